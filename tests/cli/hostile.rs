//! Chunks that try to escape from `--contain`, `--memory` and `--timeout`. Each file of `hostile/` runs in its own
//! process, in a folder that this file prepares and searches for traces. The first line of a chunk names the expected
//! end.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::support::server::{Reply, Server};
use crate::support::{MEASURED, Shell, repository};

const TIMEOUT: Duration = Duration::from_secs(1);
/// The time after the limit until the process must be gone. A machine that builds at the same time needs most of it.
const GRACE: Duration = Duration::from_secs(4);
/// The exit code of a run whose time is over.
const OUT_OF_TIME: i32 = 5;
/// The most memory of a process. The limit of --memory applies only to Lua's values.
const RESIDENT: u64 = 512 << 20;
/// The number of concurrent processes. More would wait for each other instead of for the limit.
const AT_ONCE: usize = 4;

#[test]
fn every_hostile_chunk_is_stopped_without_a_trace() {
    let chunks = chunks(&repository().join("tests/hostile"));
    assert!(chunks.len() >= 300, "there are only {}", chunks.len());
    assert_stopped(chunks, Wall::WithLua);
}

/// With the refusals of Lua's own functions switched off, the kernel alone is the wall.
#[cfg(target_os = "linux")]
#[test]
fn no_hostile_chunk_reaches_anything_without_the_refusals_of_lua() {
    assert_stopped(chunks(&repository().join("tests/hostile")), Wall::WithoutLua);
}

/// The walls around a chunk.
#[derive(Clone, Copy, PartialEq)]
enum Wall {
    WithLua,
    WithoutLua,
}

/// A text in every file and variable that a chunk must not read.
const CANARY: &str = "CANARY-7f3a";

fn assert_stopped(chunks: Vec<PathBuf>, wall: Wall) {
    let _alone = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    let bytecode = bytecode();
    let start = start_of_a_process(&bytecode, wall);
    let left = Mutex::new(VecDeque::from(chunks));
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(chunk) = { left.lock().expect("no other thread has failed").pop_front() } {
                    let problems = problems(&chunk, &bytecode, start, wall);
                    wrong.lock().expect("no other thread has failed").extend(problems);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread has failed");
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
}

/// The chunks, sorted by name.
fn chunks(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the repository");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let inside = |path: PathBuf| if path.is_dir() { chunks(&path) } else { vec![path] };
    paths.into_iter().flat_map(inside).collect()
}

/// Bytecode, which a run without --contain can create, and no run may load.
fn bytecode() -> Vec<u8> {
    let dump = "io.open('dumped', 'wb'):write(string.dump(function() io.open('made', 'w') end))";
    let ran = Shell::new().chunk(dump).code(0);
    fs::read(ran.home.path().join("dumped")).expect("the bytecode")
}

/// The start time of a process while others run. The limits count from the begin of the script.
fn start_of_a_process(bytecode: &[u8], wall: Wall) -> Duration {
    let start = || {
        let run = Run::of("", bytecode, wall);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.took
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(start)).collect();
        running.into_iter().map(|run| run.join().expect("a process that ends")).max().unwrap_or_default()
    })
}

fn problems(chunk: &Path, bytecode: &[u8], start: Duration, wall: Wall) -> Vec<String> {
    let name = chunk.strip_prefix(repository()).unwrap_or(chunk).display().to_string();
    let source = fs::read_to_string(chunk).expect("a chunk of Lua");
    let Some(expected) = source.lines().next().and_then(Expected::read_all) else {
        return vec![format!("{name}: its first line does not say how it has to end")];
    };
    // Without the refusals, an attempt fails in another way.
    let is_expected = |run: &Run| match wall {
        Wall::WithLua => expected.iter().any(|expected| expected.is_met(run)),
        Wall::WithoutLua => run.code.is_some(),
    };
    let mut run = Run::of(&source, bytecode, wall);
    // Under load, the time can end before anything else does.
    if run.code == Some(OUT_OF_TIME) && !is_expected(&run) {
        run = Run { took: run.took, ..Run::within("20s", &source, bytecode, wall) };
    }
    let ends_as_expected = is_expected(&run);
    let mut problems = Vec::new();
    if !ends_as_expected {
        problems.push(format!("it ended with {:?}, expected was {expected:?}", run.code));
    }
    let limit = TIMEOUT + GRACE + start;
    // Other load on the machine only adds time, so the best of three counts.
    let is_late = |took: Duration| took > limit;
    if wall == Wall::WithLua && is_late(run.took) && (0..2).all(|_| is_late(Run::of(&source, bytecode, wall).took)) {
        problems.push(format!("it took {:?}, of which {start:?} to begin, and no less twice again", run.took));
    }
    if run.resident > RESIDENT {
        problems.push(format!("it held {} MB", run.resident >> 20));
    }
    if run.stderr.contains("panicked") {
        problems.push("the program panicked".to_owned());
    }
    if run.printed.contains(CANARY) || run.stderr.contains(CANARY) {
        problems.push("it has read a private file".to_owned());
    }
    if run.requests > 0 {
        problems.push("it has sent a request".to_owned());
    }
    if run.left_processes {
        problems.push("a process is left".to_owned());
    }
    problems.extend(run.traces);
    problems.into_iter().map(|problem| format!("{name}: {problem}\n{}", tail(&run.stderr))).collect()
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(3)..].iter().map(|line| format!("\t{line:.300}\n")).collect()
}

#[derive(Debug)]
enum Expected {
    Code(i32),
    OutOfMemory,
    /// The attempt can end in several ways, which differ only in their message.
    Any,
}

impl Expected {
    /// Parses alternatives: on a busy machine, a chunk that fills memory may reach the time limit first.
    fn read_all(line: &str) -> Option<Vec<Self>> {
        line.strip_prefix("-- expect: ")?.split(" or ").map(Expected::read).collect()
    }

    fn read(expected: &str) -> Option<Self> {
        Some(match expected {
            "done" => Expected::Code(0),
            "error" => Expected::Code(1),
            "refused" => Expected::Code(4),
            "out of time" => Expected::Code(5),
            "out of memory" => Expected::OutOfMemory,
            "any" => Expected::Any,
            other => Expected::Code(other.strip_prefix("exit ")?.parse().ok()?),
        })
    }

    fn is_met(&self, run: &Run) -> bool {
        match self {
            Expected::Code(code) => run.code == Some(*code),
            Expected::OutOfMemory => run.code == Some(1) && run.stderr.contains("raise it with --memory"),
            Expected::Any => matches!(run.code, Some(0 | 1 | 3 | 4 | 5)),
        }
    }
}

struct Run {
    /// `None` if a signal ended it.
    code: Option<i32>,
    took: Duration,
    resident: u64,
    printed: String,
    stderr: String,
    requests: usize,
    left_processes: bool,
    traces: Vec<String>,
}

impl Run {
    fn of(source: &str, bytecode: &[u8], wall: Wall) -> Self {
        Run::within("1s", source, bytecode, wall)
    }

    fn within(timeout: &str, source: &str, bytecode: &[u8], wall: Wall) -> Self {
        // Nothing is sent to this server. It only counts requests.
        let server = Server::always(Reply::Hangup);
        let source = &source.replace("http://127.0.0.1:9", &server.url);
        let shell = Shell::new().sandbox().args(["--contain", "--timeout", timeout, "--memory", "64MB"]);
        let refuses = if wall == Wall::WithLua { "true" } else { "false" };
        let shell = shell.args(["--lua-refuses", refuses]).env("CANARY", CANARY);
        let shell = shell.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url);
        let (command, home) = shell.arg("script/hostile.lua").into_command();
        furnish(home.path(), source, bytecode);
        let before = state(home.path());
        let started = Instant::now();
        let mut child = start(command);
        let group = i32::try_from(child.id()).expect("a process id");
        let output = thread::spawn({
            let stdout = child.stdout.take().expect("a pipe");
            move || read(stdout)
        });
        let stderr = child.stderr.take().expect("a pipe");
        let stderr = thread::spawn(move || read(stderr));
        let used = child.wait4().expect("our own child");
        let took = started.elapsed();
        // A process that still holds the pipe cannot be found; the members of a process group can.
        // SAFETY: kill takes only numbers, and the group belongs to the child.
        let left_processes = unsafe { libc::kill(-group, 0) } == 0;
        if left_processes {
            // SAFETY: as above.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        Run {
            requests: server.requests().len(),
            printed: output.join().expect("a thread that reads"),
            code: used.status.code(),
            took,
            resident: used.rusage.maxrss,
            stderr: stderr.join().expect("a thread that reads"),
            left_processes,
            traces: traces(&before, &state(home.path())),
        }
    }
}

/// Starts a process in its own group, so that its children are found.
fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.spawn().expect("the program starts")
}

/// Reads to the end, and returns the beginning.
fn read(mut pipe: impl Read) -> String {
    const KEPT: u64 = 1 << 20;
    let mut kept = Vec::new();
    pipe.by_ref().take(KEPT).read_to_end(&mut kept).expect("a pipe");
    std::io::copy(&mut pipe, &mut std::io::sink()).expect("a pipe");
    String::from_utf8_lossy(&kept).into_owned()
}

/// Fills the working directory: the folder of the script, and files that it must not change.
fn furnish(home: &Path, source: &str, bytecode: &[u8]) {
    let files: &[(&str, &[u8])] = &[
        ("canary/file", b"untouched CANARY-7f3a"),
        (".aws/credentials", b"[default]\naws_secret_access_key = CANARY-7f3a\n"),
        (".aws/config", b"[profile process]\ncredential_process = touch made\n# CANARY-7f3a\n"),
        (".ssh/id_rsa", b"CANARY-7f3a"),
        (".config/moonfleet/settings.toml", b"# CANARY-7f3a\n"),
        (".local/state/moonfleet/history", b"CANARY-7f3a\n"),
        ("canary/data.csv", b"a\n1\n"),
        ("canary/module.lua", b"io.open('made', 'w')"),
        ("bytecode.luac", bytecode),
        ("script/own", b"untouched"),
        ("script/hostile.lua", source.as_bytes()),
        ("script/compiled.lua", bytecode),
        ("script/modules/spawns.lua", b"os.execute('touch made')"),
        ("script/modules/itself.lua", b"return require('modules.itself')"),
        ("script/modules/one.lua", b"return require('modules.two')"),
        ("script/modules/two.lua", b"return require('modules.one')"),
        ("script/modules/loops.lua", b"while true do end"),
        ("script/modules/fills.lua", b"local t = {} while true do t[#t + 1] = {} end"),
        ("script/modules/kept.lua", b"return 'kept'"),
    ];
    for (name, bytes) in files.iter().copied() {
        let path = home.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in a temporary folder");
        fs::write(path, bytes).expect("a file in a temporary folder");
    }
    let links = [
        ("leads", "../canary"),
        ("link.lua", "../canary/module.lua"),
        ("inside.lua", "modules/kept.lua"),
        ("circle.lua", "circle.lua"),
    ];
    for (name, target) in links {
        symlink(target, home.join("script").join(name)).expect("a link in a temporary folder");
    }
    for name in ["fifo", "script/pipe.lua"] {
        let made = Command::new("mkfifo").arg(home.join(name)).status().expect("mkfifo");
        assert!(made.success(), "{name} is made");
    }
}

type State = BTreeMap<PathBuf, (u32, i64, i64, Option<Vec<u8>>)>;

/// Returns the modes, modification times and contents of all files in a folder.
fn state(folder: &Path) -> State {
    let mut state = State::new();
    for entry in fs::read_dir(folder).expect("a folder in a temporary folder") {
        let path = entry.expect("an entry").path();
        let known = fs::symlink_metadata(&path).expect("a listed file");
        if known.is_dir() {
            state.extend(self::state(&path));
        }
        let contents = known.is_file().then(|| fs::read(&path).expect("a file"));
        state.insert(path, (known.mode(), known.mtime(), known.mtime_nsec(), contents));
    }
    state
}

fn traces(before: &State, after: &State) -> Vec<String> {
    let gone = before.keys().filter(|path| !after.contains_key(*path)).map(|path| ("is gone", path));
    let other = after.iter().filter(|(path, now)| before.get(*path) != Some(*now)).map(|(path, _)| ("is new", path));
    gone.chain(other).map(|(what, path)| format!("{} {what} or changed", path.display())).collect()
}

/// Runs the chunks as lines of one prompt.
#[test]
fn the_prompt_survives_hostile_lines() {
    const PROMPT: &str = "sandbox eu-central-1> ";
    // The editor redraws its prompt while a long line is typed; this marks the end.
    const TYPED: &str = "\x1b[?2004l";
    let shell =
        Shell::new().sandbox().args(["--contain", "--memory", "64MB"]).env("TERM", "xterm").env("NO_COLOR", "1");
    let (command, home) = shell.into_command();
    furnish(home.path(), "", &bytecode());
    let before = state(&home.path().join("canary"));
    let mut terminal = rexpect::session::spawn_command(command, Some(60_000)).expect("a terminal");
    terminal.exp_string(PROMPT).expect("a prompt");
    let folder = repository().join("tests/hostile");
    // These end the process, or replace Lua's functions, which every user is allowed to do.
    let ends_more = ["globals/", "gc/loop-at", "errors/standard-output"];
    let goes_on = |chunk: &PathBuf| {
        let name = chunk.strip_prefix(&folder).expect("it is in there").to_string_lossy();
        let source = fs::read_to_string(chunk).expect("a chunk of Lua");
        let ends = ["done", "error", "refused", "out of memory"].map(|end| format!("-- expect: {end}\n"));
        ends.iter().any(|end| source.starts_with(end)) && !ends_more.iter().any(|start| name.starts_with(start))
    };
    let chunks: Vec<PathBuf> = chunks(&folder).into_iter().filter(goes_on).collect();
    assert!(chunks.len() > 100, "there are only {}", chunks.len());
    let names: String = chunks.iter().map(|chunk| format!("{:?},", chunk.display().to_string())).collect();
    let run = format!("local chunks = {{{names}}} function run(at) return dofile(chunks[at]) end");
    fs::write(home.path().join("run.lua"), run).expect("a file in a temporary folder");
    let lines = (1..=chunks.len()).map(|at| format!("run({at})"));
    // Memory that a line has filled is freed afterwards.
    let filled = ["pcall(function() while true do KEPT = {KEPT} end end)", "KEPT = nil"].map(str::to_owned);
    for line in ["dofile('run.lua')".to_owned()].into_iter().chain(lines).chain(filled) {
        terminal.send_line(&line).expect("a terminal that takes a line");
        terminal.exp_string(TYPED).unwrap_or_else(|e| panic!("after {line}: {e}"));
        terminal.exp_string(PROMPT).unwrap_or_else(|e| panic!("after {line}: {e}"));
    }
    for line in ["while true do end", "while true do pcall(coroutine.wrap(function() while true do end end)) end"] {
        terminal.send_line(&format!("print('be' .. 'gun') {line}")).expect("a terminal that takes a line");
        terminal.exp_string(TYPED).unwrap_or_else(|e| panic!("after {line}: {e}"));
        terminal.exp_string("begun").unwrap_or_else(|e| panic!("after {line}: {e}"));
        terminal.send_control('c').expect("a terminal");
        terminal.exp_string("interrupted").unwrap_or_else(|e| panic!("after {line}: {e}"));
        terminal.exp_string(PROMPT).unwrap_or_else(|e| panic!("after {line}: {e}"));
    }
    terminal.send_line("1+1").expect("a terminal");
    terminal.exp_string("\n2\r\n").expect("it still evaluates");
    assert!(traces(&before, &state(&home.path().join("canary"))).is_empty());
}
