//! Finds moto, a server for AWS's protocols, and botocore beside it: both are written by other authors.
//!
//! The places are MOONFLEET_MOTO, the folder of `.ci/run` and PATH. A test that finds none is skipped and says
//! so; if CI is set, it fails.

use std::env;
use std::path::{Path, PathBuf};

pub(crate) fn moto_program() -> Option<PathBuf> {
    let found = find();
    if found.is_none() {
        assert!(env::var_os("CI").is_none(), "moto_server is missing; tests in CI need it");
        super::skipped("there is no moto_server; .ci/run installs it, or set MOONFLEET_MOTO");
    }
    found
}

/// Returns a Python that has botocore.
pub(crate) fn python_with_botocore() -> Option<PathBuf> {
    Some(moto_program()?.with_file_name("python3"))
}

/// Runs a Python program with this standard input. Returns its standard output; its errors are those of the test.
pub(crate) fn run_python(python: &Path, program: &str, args: &[&str], stdin: &str) -> String {
    let output = assert_cmd::Command::new(python)
        .args(["-c", program])
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", python.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("MOONFLEET_MOTO") {
        return Some(named.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")));
    let of_ci = cache.map(|cache| cache.join("moonfleet/moto/bin/moto_server"));
    let path = env::var_os("PATH").unwrap_or_default();
    let in_path = env::split_paths(&path).map(|folder| folder.join("moto_server"));
    of_ci.into_iter().chain(in_path).find(|file| file.is_file())
}
