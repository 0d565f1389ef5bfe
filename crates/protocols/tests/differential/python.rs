//! Runs the generator of cases with a Python that has botocore: the one of moto, which `.ci/run` installs.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns a Python with botocore. MOONFLEET_MOTO names the `moto_server` beside it.
fn python() -> PathBuf {
    let of_variable = env::var_os("MOONFLEET_MOTO").map(PathBuf::from);
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")));
    let server = of_variable.or_else(|| cache.map(|cache| cache.join("moonfleet/moto/bin/moto_server")));
    let python = server.unwrap_or_default().with_file_name("python3");
    assert!(python.is_file(), "there is no {}; .ci/run installs it, or set MOONFLEET_MOTO", python.display());
    python
}

/// Runs the generator and gives each case to `each`.
pub(crate) fn generate(kind: &str, services: &[String], each: &mut dyn FnMut(serde_json::Value)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/botocore");
    let mut program = Command::new(python())
        .args(["-B".as_ref(), folder.as_os_str()])
        .arg(kind)
        .args(services)
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let lines = BufReader::new(program.stdout.take().expect("its output")).lines();
    for line in lines {
        each(serde_json::from_str(&line.expect("UTF-8")).expect("a case is JSON"));
    }
    let status = program.wait().expect("Python ends");
    assert!(status.success(), "the generator of {kind} failed: {status}");
}
