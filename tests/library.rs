//! The library's own tests, and the runner that runs them.

mod support;

use support::Shell;

#[test]
fn the_library_and_the_scripts_pass_their_tests() {
    let ran = Shell::new().args(["test", "stdlib", "scripts"]).run();
    assert!(ran.ended_with(0), "{}\n{}", ran.stdout, ran.stderr);
}
