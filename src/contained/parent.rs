//! The process that starts a contained one, answers its requests, and ends it if it does not end by itself.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use futures_executor::block_on;
use moonfleet_client::{Task as Running, spawn};
use moonfleet_core::Failure;
use moonfleet_core::exit_code::{OUT_OF_TIME, SIGNALLED};
use moonfleet_engine::Context;
use moonfleet_engine::remote::{AllowedSessions, CallBroker};
use moonfleet_lua::host::mark_incomplete;
use moonfleet_lua::interrupt::handled_signals;
use moonfleet_lua::report::{OutputStyle, collect};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Document;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use tokio::sync::mpsc;

use super::child::SOCKET;
use super::header::header;
use super::link::{Inlet, Outlet};
use super::messages::{FromChild, Reply, RunTask, Task};
use super::relay::RelayedStreams;
use crate::cli::Cli;
use crate::runner::interrupted;
use crate::script_source::ScriptSource;
use crate::testing::TestFile;
use crate::trailing_options;
use crate::unattended;
use crate::work::Work;

/// Environment variables of a contained process: those that say how to write on the terminal and where times are.
const ENVIRONMENT: [&str; 9] =
    ["COLORTERM", "COLUMNS", "LANG", "LC_ALL", "LC_CTYPE", "LINES", "NO_COLOR", "TERM", "TZ"];
/// The time that a child has to clean up after a signal or its time limit, before it is killed. It needs less.
const CLEANUP: Duration = Duration::from_secs(6);
/// The number of messages that wait to be read. A child that sends more waits.
const WAITING: usize = 4;

/// The time limit of an example in a help text. It may wait; its computations have a limit of their own.
const EXAMPLE: Duration = Duration::from_secs(20);

/// A running child. Dropping it kills it.
pub(super) struct Child {
    process: process::Child,
    outlet: Arc<Outlet>,
    inlet: Option<Inlet>,
    streams: RelayedStreams,
}

/// How a child has ended.
pub(super) enum Ended {
    Exited,
    Killed,
    OutOfTime,
}

impl Child {
    /// Starts a child.
    pub(super) fn start(task: &Task) -> Result<Self, Failure> {
        Self::start_with(task, &[])
    }

    /// Starts a child that gets these environment variables too.
    fn start_with(task: &Task, environment: &[String]) -> Result<Self, Failure> {
        let failed = |e: io::Error| Failure::failed(format!("cannot start a contained process: {e}"));
        let (own, theirs) = UnixStream::pair().map_err(failed)?;
        inherit(theirs.as_raw_fd()).map_err(failed)?;
        let mut words = trailing_options::words().into_iter();
        let program = words.next();
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        set_program_name(&mut command, program);
        command.args(words).env_clear().env(SOCKET, theirs.as_raw_fd().to_string());
        let granted = ENVIRONMENT.into_iter().chain(environment.iter().map(String::as_str));
        command.envs(granted.filter_map(|name| Some((name, std::env::var_os(name)?))));
        let streams = RelayedStreams::replace_pipes(&mut command).map_err(failed)?;
        let process = command.spawn().map_err(failed)?;
        // The child alone has the other ends now, so that their end is its end.
        drop((command, theirs));
        let outlet = Arc::new(Outlet::new(own.try_clone().map_err(failed)?));
        let child = Child { process, outlet, inlet: Some(Inlet::from_child(own)), streams };
        child.outlet.send(task).map_err(failed)?;
        Ok(child)
    }

    /// Passes the messages of the child to `take`, until it has ended, the time is up, or no message came for `silence`.
    /// Then kills it.
    pub(super) fn until_ended(
        mut self,
        limit: Duration,
        silence: Duration,
        mut take: impl FnMut(FromChild),
    ) -> Result<Ended, Failure> {
        let until = Instant::now() + limit;
        let (sender, receiver) = std::sync::mpsc::sync_channel(WAITING);
        let Some(mut inlet) = self.inlet.take() else { return Ok(Ended::Exited) };
        thread::spawn(move || {
            while let Ok(Some((message, _))) = inlet.receive()
                && sender.send(message).is_ok()
            {}
        });
        loop {
            match receiver.recv_timeout(until.saturating_duration_since(Instant::now()).min(silence)) {
                Ok(message) => take(message),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => return Ok(Ended::OutOfTime),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.process.wait();
        let status = status.map_err(|e| Failure::failed(format!("cannot wait for a contained process: {e}")))?;
        Ok(if status.code().is_some() { Ended::Exited } else { Ended::Killed })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.streams.finish();
    }
}

/// Lets a child process inherit a file. No other process is started meanwhile.
fn inherit(file: RawFd) -> io::Result<()> {
    // SAFETY: the file is open, and the call only changes its flags.
    match unsafe { libc::fcntl(file, libc::F_SETFD, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn set_program_name(command: &mut Command, program: Option<std::ffi::OsString>) {
    use std::os::unix::process::CommandExt as _;
    if let Some(program) = program {
        command.arg0(program);
    }
}

#[cfg(not(unix))]
fn set_program_name(_: &mut Command, _: Option<std::ffi::OsString>) {}

/// Returns the output of a script's example, which runs in the sandbox.
pub(crate) fn example(name: &str, script: &ScriptSource) -> Result<String, Failure> {
    let readable = readable(script.folder.as_ref(), &[]);
    let child = Child::start(&Task::RunExample { name: name.to_owned(), script: script.clone(), readable })?;
    let mut output = None;
    let ended = child.until_ended(EXAMPLE, EXAMPLE, |message| {
        if let FromChild::Example(result) = message {
            output = Some(result);
        }
    })?;
    match (output, ended) {
        (Some(output), _) => output,
        (None, Ended::OutOfTime | Ended::Killed) => Ok("The example takes too long for the help.\n".to_owned()),
        (None, Ended::Exited) => Err(Failure::failed("the process that runs the example has failed")),
    }
}

/// Runs tests in a child, which can read the files beside them. Returns its exit code.
pub(crate) fn run_tests(files: Vec<TestFile>) -> Result<u8, Failure> {
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.folder.as_deref()).collect();
    let readable = folders.into_iter().flat_map(own_files).collect();
    let mut child = Child::start(&Task::RunTests { files, readable })?;
    let _signals = forward_signals(child.process.id());
    let status = child.process.wait();
    let status = status.map_err(|e| Failure::failed(format!("cannot wait for a contained process: {e}")))?;
    match status.code() {
        Some(code) => Ok(u8::try_from(code).unwrap_or(1)),
        None => Err(killed(status)),
    }
}

/// Returns what a script can read: the files of its folder, and those of the folders of `--path`.
pub(crate) fn readable(folder: Option<&PathBuf>, paths: &[PathBuf]) -> Vec<PathBuf> {
    folder.map(|folder| own_files(folder)).into_iter().flatten().chain(paths.iter().cloned()).collect()
}

/// Returns the files of a script's folder. A folder that holds the home folder or those of the system is not the
/// script's own: then only the Lua files in it are.
fn own_files(folder: &Path) -> Vec<PathBuf> {
    let home = etcetera::home_dir().ok().and_then(|home| home.canonicalize().ok());
    let mut private = home.into_iter().chain(["/etc", "/proc", "/root", "/var"].map(PathBuf::from));
    match folder.canonicalize() {
        Ok(real) if !private.any(|private| private.starts_with(&real)) => vec![folder.to_owned()],
        Ok(_) => lua_files(folder),
        // Without the folder there are no files in it.
        Err(_) => Vec::new(),
    }
}

fn lua_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // A link could lead to a private file.
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "lua")).collect()
}

/// Runs Lua in a contained process, and makes its calls. Returns the exit code of the run.
pub(crate) fn run(
    cli: &Cli,
    session: &Context,
    vm: &Vm,
    work: Work,
    sessions: AllowedSessions,
    now: Option<jiff::Timestamp>,
) -> Result<u8, Failure> {
    let (facts, folder) = match &work {
        Work::Script { script, .. } => (header(script)?, script.folder.as_ref()),
        _ => (None, None),
    };
    let broker =
        CallBroker::new(session.clone(), sessions, facts.map(|facts| facts.risk), matches!(work, Work::Prompt))?;
    let output = vm.lua().app_data_ref::<OutputStyle>().map(|output| output.clone()).unwrap_or_default();
    let is_prompt = matches!(work, Work::Prompt);
    let task = RunTask {
        readable: readable(folder, &cli.path),
        work,
        region: session.region(),
        now,
        plan: session.guard().plan().is_some(),
        collects: unattended::collects(vm.lua()),
        format: output.format,
        style: output.style,
        template: output.template,
        lua_refuses: cli.lua_refuses,
    };
    let child = Child::start_with(&Task::Run(Box::new(task)), &cli.allow_env)?;
    let watch = Watch::start(&child, cli, is_prompt)?;
    let ended = block_on(serve(child, Arc::new(broker), session, vm, &watch));
    watch.reason().map_or(ended, Err)
}

/// Bytes of requests that may wait for their answers.
const MAX_UNANSWERED: usize = 256 << 20;
/// Bytes of all reports of a run.
const MAX_REPORTS: usize = 512 << 20;

/// Answers the requests of a child until it has ended.
async fn serve(
    mut child: Child,
    broker: Arc<CallBroker>,
    session: &Context,
    vm: &Vm,
    watch: &Watch,
) -> Result<u8, Failure> {
    let (sender, mut messages) = mpsc::channel(WAITING);
    if let Some(mut inlet) = child.inlet.take() {
        thread::spawn(move || {
            while let Some(message) = inlet.receive().transpose()
                && sender.blocking_send(message).is_ok()
            {}
        });
    }
    let replies = reply_from_a_thread(child.outlet.clone());
    let mut running: HashMap<u64, (Running<()>, usize)> = HashMap::new();
    let (mut unanswered, mut reported) = (0, 0);
    while let Some(message) = messages.recv().await {
        let (message, length) =
            message.map_err(|e| misbehaved(&format!("it sent a message that cannot be read: {e}")))?;
        match message {
            FromChild::Request { id, request } => {
                running.retain(|_, (work, length)| {
                    unanswered -= if work.is_finished() { *length } else { 0 };
                    !work.is_finished()
                });
                unanswered += length;
                if unanswered > MAX_UNANSWERED || running.contains_key(&id) {
                    return Err(misbehaved("it sent too many requests"));
                }
                let (broker, replies) = (broker.clone(), replies.clone());
                let work = async move {
                    let answer = spawn(async move { broker.answer(request).await });
                    let result = answer.await.unwrap_or_else(|panic| Err(panic.bug()));
                    // A child that has ended needs no reply.
                    let _ = replies.send(Reply { id, result });
                };
                running.insert(id, (spawn(work), length));
            }
            FromChild::Cancel(id) => {
                unanswered -= running.remove(&id).map_or(0, |(_, length)| length);
            }
            FromChild::Notice(notice) => broker.notice(notice),
            FromChild::Report(document) => {
                reported += length;
                if reported > MAX_REPORTS {
                    return Err(misbehaved("its reports are too long"));
                }
                collect(vm.lua(), &with_own_origin(document, &broker, session, vm));
            }
            FromChild::Ended { result, missing } => {
                missing.into_iter().for_each(|reason| mark_incomplete(vm.lua(), reason));
                watch.end();
                return result;
            }
            FromChild::Header(..) | FromChild::Example(_) => {}
        }
    }
    watch.end();
    let status = child.process.wait();
    Err(status.map_or_else(|e| Failure::failed(format!("cannot wait for the contained process: {e}")), killed))
}

/// Returns a report whose account and template do not come from the child.
fn with_own_origin(mut report: Document, broker: &CallBroker, session: &Context, vm: &Vm) -> Document {
    if report.about.account.as_ref().is_some_and(|account| !broker.knows_account(account)) {
        report.about.account = session.account();
    }
    report.template = vm.lua().app_data_ref::<OutputStyle>().and_then(|output| output.template.clone());
    report
}

/// Starts a thread that sends replies, because sending blocks while the child does not read.
fn reply_from_a_thread(outlet: Arc<Outlet>) -> std::sync::mpsc::Sender<Reply> {
    let (sender, receiver) = std::sync::mpsc::channel::<Reply>();
    thread::spawn(move || receiver.iter().try_for_each(|reply| outlet.send(&reply)));
    sender
}

fn misbehaved(problem: &str) -> Failure {
    Failure::failed(format!("the contained process was ended: {problem}"))
}

fn killed(status: ExitStatus) -> Failure {
    Failure::failed(format!("the contained process did not end by itself: {status}"))
}

/// Ends a child that does not end by itself: after signals, at its time limit, or when it takes too much memory.
struct Watch {
    reason: Arc<Mutex<Option<Failure>>>,
    has_ended: Arc<AtomicBool>,
}

impl Watch {
    fn start(child: &Child, cli: &Cli, is_prompt: bool) -> Result<Self, Failure> {
        let watch = Watch { reason: Arc::default(), has_ended: Arc::default() };
        let killer = Killer { child: child.process.id(), reason: watch.reason.clone(), ended: watch.has_ended.clone() };
        let failed = |e: io::Error| Failure::usage(format!("cannot catch signals: {e}"));
        let mut signals = Signals::new(handled_signals()).map_err(failed)?;
        let on_signal = killer.clone();
        thread::spawn(move || {
            for signal in signals.forever() {
                // The terminal sends Ctrl-C to the child too.
                if signal != SIGINT || !has_terminal() {
                    on_signal.signal(signal);
                }
                if signal != SIGINT || !is_prompt {
                    let killer = on_signal.clone();
                    let code = i32::from(SIGNALLED) + signal;
                    thread::spawn(move || killer.kill_after(CLEANUP, interrupted(code, None)));
                }
            }
        });
        if let Some(timeout) = cli.timeout.filter(|_| !is_prompt) {
            let killer = killer.clone();
            let reason = interrupted(OUT_OF_TIME.into(), Some(timeout));
            thread::spawn(move || killer.kill_after(timeout + CLEANUP, reason));
        }
        if let Some(memory) = cli.memory {
            thread::spawn(move || killer.limit_memory(memory));
        }
        Ok(watch)
    }

    /// Stops watching: the child ends, and its number can soon be that of another process.
    fn end(&self) {
        let _reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        self.has_ended.store(true, Ordering::SeqCst);
    }

    /// Returns why the child was killed, if it was.
    fn reason(self) -> Option<Failure> {
        self.end();
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[derive(Clone)]
struct Killer {
    child: u32,
    reason: Arc<Mutex<Option<Failure>>>,
    ended: Arc<AtomicBool>,
}

impl Killer {
    fn signal(&self, signal: i32) {
        let _known = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.ended.load(Ordering::SeqCst) {
            send_signal(self.child, signal);
        }
    }

    fn kill_after(&self, time: Duration, reason: Failure) {
        thread::sleep(time);
        self.kill(reason);
    }

    fn kill(&self, reason: Failure) {
        let mut known = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.ended.load(Ordering::SeqCst) {
            known.get_or_insert(reason);
            send_signal(self.child, libc::SIGKILL);
        }
    }

    /// Kills the child when it takes far more memory than the limit of its script: Lua's limit does not count the
    /// copies that the program makes of a script's values.
    fn limit_memory(&self, memory: ByteSize) {
        let limit = moonfleet_lua::containment::process_limit(memory);
        while !self.ended.load(Ordering::SeqCst) {
            if resident_bytes(self.child).is_some_and(|used| used > limit) {
                self.kill(Failure::failed(moonfleet_lua::containment::PROCESS_TOO_LARGE));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Returns the memory of a process; `None` if the system does not say.
fn resident_bytes(process: u32) -> Option<u64> {
    let pages = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let pages: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: `sysconf` only returns a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Some(pages * u64::try_from(page).ok()?)
}

fn has_terminal() -> bool {
    io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal()
}

fn send_signal(process: u32, signal: i32) {
    if let Ok(process) = libc::pid_t::try_from(process) {
        // SAFETY: `kill` takes two numbers. The child is not waited for yet, so that its number is still its own.
        unsafe { libc::kill(process, signal) };
    }
}

/// Passes signals on to a child while the guard lives.
fn forward_signals(process: u32) -> io::Result<()> {
    let mut signals = Signals::new(handled_signals())?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if signal != SIGINT || !has_terminal() {
                send_signal(process, signal);
            }
        }
    });
    Ok(())
}
