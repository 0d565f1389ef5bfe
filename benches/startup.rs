//! The cost of starting without work, compared with plain Lua.
//!
//! `cargo bench --bench startup`; lua5.4 is Debian's package of that name.

mod measure;

use std::process::Command;

use measure::{medians, ratio, show};

const ROUNDS: usize = 51;

fn main() {
    let mut moonfleet = Command::new(env!("CARGO_BIN_EXE_moonfleet"));
    moonfleet.args(["-e", ""]);
    let mut lua = Command::new("lua5.4");
    lua.args(["-e", ""]);
    if lua.output().is_err() {
        let [cost] = medians(ROUNDS, [moonfleet]);
        show("moonfleet -e ''", cost);
        println!("lua5.4 is not installed, so the comparison is skipped");
        return;
    }
    let [ours, theirs] = medians(ROUNDS, [moonfleet, lua]);
    show("moonfleet -e ''", ours);
    show("lua5.4 -e ''", theirs);
    println!("ratio: {:.1} times the wall time", ratio(ours.wall, theirs.wall));
}
