//! A moto server, which ends with the tests.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

pub(crate) struct Server {
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Option<Server> {
        let Some(program) = program() else {
            assert!(env::var_os("CI").is_none(), "moto_server is missing; tests in CI need it");
            println!("skipped: there is no moto_server; .ci/run installs it, or set MOONFLEET_MOTO");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let (ready, is_ready) = mpsc::channel();
        // The server ends with the thread that started it, and the threads of tests end early.
        std::thread::spawn(move || {
            let mut command = Command::new(program);
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::piped());
            end_with_parent(&mut command);
            let mut process = command.spawn().expect("moto starts");
            // The server would stop as soon as the pipe of its messages is full.
            for line in BufReader::new(process.stderr.take().expect("its messages")).lines().map_while(Result::ok) {
                if line.contains("Running on") {
                    ready.send(()).expect("the first test waits");
                }
            }
            process.wait().expect("moto ends");
        });
        is_ready.recv().expect("moto does not end at its start");
        Some(Server { url: format!("http://127.0.0.1:{port}") })
    }
}

/// Ends the server with this process, also if a signal ends it.
#[cfg(target_os = "linux")]
fn end_with_parent(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    // SAFETY: `prctl` is safe between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent(_: &mut Command) {}

pub(crate) fn program() -> Option<PathBuf> {
    if let Some(named) = env::var_os("MOONFLEET_MOTO") {
        return Some(named.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")));
    cache.map(|cache| cache.join("moonfleet/moto/bin/moto_server")).filter(|file| file.is_file())
}
