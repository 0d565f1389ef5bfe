//! The contained process: it takes its rights away, and then runs Lua.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use futures_util::future::BoxFuture;
use moonfleet_client::remote::{Remote, RemoteNotice, RemoteReply, RemoteRequest};
use moonfleet_client::{Hooks, shutdown};
use moonfleet_core::exit_code::FAILED;
use moonfleet_core::{Clock, Error, Failure, exit_hooks};
use moonfleet_engine::Context;
use moonfleet_engine::guard::{Guard, GuardOptions};
use moonfleet_isolation::{Rights, isolate, limit_cpu_time};
use moonfleet_lua::containment::Bounds;
use moonfleet_lua::failure;
use moonfleet_lua::host::missing_results;
use moonfleet_lua::output::Output;
use moonfleet_lua::report::{ReportCollector, collect_reports};
use moonfleet_lua::script::read_header;
use moonfleet_lua::set_library_files;
use moonfleet_report::Document;
use tokio::sync::oneshot;

use super::link::{Inlet, Outlet};
use super::messages::{FromChild, Reply, RunTask, Task};
use crate::cli::{self, Cli, Command};
use crate::failure_report::report_failure;
use crate::{assets, machine, run, script_list, terminal, testing};

/// The environment variable with the number of the socket to the parent.
pub(super) const SOCKET: &str = "MOONFLEET_CONTAINED";
/// The CPU time in seconds that a script can use while it is only looked at.
const LOOKING: u64 = 1;

static ISOLATED: AtomicBool = AtomicBool::new(false);
static LINK: OnceLock<Arc<Link>> = OnceLock::new();

/// Whether this process has taken its rights away.
pub fn is_isolated() -> bool {
    ISOLATED.load(Ordering::SeqCst)
}

/// Returns the connection to the parent, in a process that runs a script for it.
pub(crate) fn link() -> Option<&'static Arc<Link>> {
    LINK.get()
}

/// Whether this process is a contained one.
pub fn is_child() -> bool {
    std::env::var_os(SOCKET).is_some()
}

/// Does the work of a contained process.
pub fn enter() -> ExitCode {
    let socket = std::env::var(SOCKET).ok().and_then(|number| number.parse::<RawFd>().ok());
    // SAFETY: no other thread runs yet.
    unsafe { std::env::remove_var(SOCKET) };
    let Some(socket) = socket else { return ExitCode::from(FAILED) };
    // SAFETY: the parent has opened it for this process alone, and nothing else uses it.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(socket) });
    close_inherited(socket.as_raw_fd());
    let Ok(outlet) = socket.try_clone() else { return ExitCode::from(FAILED) };
    let (mut inlet, outlet) = (Inlet::from_parent(socket), Outlet::new(outlet));
    match inlet.receive::<Task>() {
        Ok(Some((task, _))) => perform(task, inlet, outlet),
        // The parent has ended, or is another version of the program.
        Ok(None) | Err(_) => ExitCode::from(FAILED),
    }
}

/// Closes all files that the process was started with, except its standard streams and the socket.
fn close_inherited(socket: RawFd) {
    const FIRST: RawFd = 3;
    // SAFETY: `sysconf` only returns a number.
    let most = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    let most = RawFd::try_from(most).unwrap_or(1024).clamp(1024, 1 << 20);
    for file in (FIRST..most).filter(|file| *file != socket) {
        // SAFETY: nothing in this process uses these files: they were opened by the programs that started it.
        unsafe { libc::close(file) };
    }
}

fn perform(task: Task, inlet: Inlet, outlet: Outlet) -> ExitCode {
    set_library_files(&assets::Library);
    match task {
        Task::ReadHeaders(sources) => {
            let results = close_doors(Vec::new(), false, Some(LOOKING))
                .map(|()| sources.into_iter().map(|source| read_header(&source.source, source.words.as_deref())));
            let Ok(results) = results else { return ExitCode::from(FAILED) };
            let sent = results.enumerate().try_for_each(|(at, result)| outlet.send(&FromChild::Header(at, result)));
            ExitCode::from(if sent.is_ok() { 0 } else { FAILED })
        }
        Task::RunExample { name, script, readable } => {
            let output = close_doors(readable, false, Some(LOOKING));
            let output = output.and_then(|()| script_list::example_output(&name, script));
            let sent = outlet.send(&FromChild::Example(output));
            ExitCode::from(if sent.is_ok() { 0 } else { FAILED })
        }
        Task::RunTests { files, readable } => {
            let cli = own_command_line();
            run::log_to_stderr(&cli);
            let done = close_doors(readable, io::stdin().is_terminal(), None).and_then(|()| match &cli.command {
                Some(Command::Test(tests)) => testing::run_files(&cli, tests, &files),
                _ => Err(Failure::failed("the command line does not run tests")),
            });
            done.map_or_else(|failure| report_failure(&failure), ExitCode::from)
        }
        Task::Run(task) => run_task(*task, inlet, outlet),
    }
}

/// Returns the command line. The parent has put moonfleet's options before the script.
fn own_command_line() -> Cli {
    let words: Vec<OsString> = std::env::args_os().collect();
    cli::parse(&words).with_command_options()
}

/// Takes all rights away from this process, but to read these files and folders.
fn close_doors(readable: Vec<PathBuf>, terminal: bool, cpu_time: Option<u64>) -> Result<(), Failure> {
    let closed = cpu_time.map_or(Ok(()), limit_cpu_time).map_err(Into::into);
    let closed = closed.and_then(|()| isolate(&Rights { readable, terminal }));
    closed.map_err(|e| Failure::failed(format!("the script was not run, because it cannot be contained: {e}")))?;
    ISOLATED.store(true, Ordering::SeqCst);
    Ok(())
}

fn run_task(task: RunTask, inlet: Inlet, outlet: Outlet) -> ExitCode {
    let cli = own_command_line();
    exit_hooks::register(terminal::restore);
    run::log_to_stderr(&cli);
    // A policy is made of a run that is only looked at.
    let cpu_time = cli.rehearse.then_some(LOOKING);
    let closed = close_doors(task.readable.clone(), io::stdin().is_terminal(), cpu_time);
    let clock = task.now.map(moonfleet_sandbox::Clock::running_from);
    let link = Arc::new(Link {
        outlet,
        pending: Mutex::default(),
        next: AtomicU64::new(0),
        region: task.region.clone(),
        clock,
    });
    let link = LINK.get_or_init(|| link).clone();
    let result = closed.and_then(|()| {
        link.clone().listen(inlet)?;
        run_lua(&cli, task, &link)
    });
    let (result, missing) = match result {
        Ok((result, missing)) => (result, missing),
        Err(failure) => (Err(failure), Vec::new()),
    };
    link.end(result, missing);
    ExitCode::SUCCESS
}

/// Runs the Lua of a task. Returns how it ended, and the missing parts of its results.
fn run_lua(cli: &Cli, task: RunTask, link: &Arc<Link>) -> Result<(Result<u8, Failure>, Vec<String>), Failure> {
    let terminal = Arc::new(terminal::Terminal);
    let remote: Arc<dyn Remote> = link.clone();
    let hooks = Hooks { remote: Some(remote), ask: terminal.clone(), progress: terminal, ..Hooks::default() };
    let guard = Guard::new(GuardOptions { plan: task.plan, ..GuardOptions::default() });
    let session = Context::new(cli.session_settings(), hooks, guard, None);
    let output = Output { format: task.format, style: task.style, template: task.template, pager: Some(String::new()) };
    let bounds = Bounds { contained: task.lua_refuses, memory: cli.memory, paths: cli.path.clone() };
    let vm = machine::builder(&session).output(output).bounds(bounds).build().map_err(|e| failure::from_host(&e))?;
    // Not dropped: the end of the process frees the memory, and finalizers of a script could delay it.
    let vm = std::mem::ManuallyDrop::new(vm);
    if let Some(hides) = task.collects {
        collect_reports(vm.lua(), Rc::new(ForwardedReports { link: link.clone(), hides }));
    }
    let ended = run::run_work(cli, &session, &vm, task.work, None);
    let ended = ended.and_then(|code| vm.flush().map(|()| code));
    shutdown();
    Ok((ended, missing_results(vm.lua())))
}

/// Sends the reports of the run to the parent.
struct ForwardedReports {
    link: Arc<Link>,
    hides: bool,
}

impl ReportCollector for ForwardedReports {
    fn collect(&self, document: &Document) -> bool {
        self.link.send(&FromChild::Report(document.clone()));
        self.hides
    }
}

type Answer = Result<RemoteReply, Error>;

/// The connection to the parent.
pub(crate) struct Link {
    outlet: Outlet,
    pending: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    next: AtomicU64,
    region: Option<String>,
    clock: Option<moonfleet_sandbox::Clock>,
}

impl Link {
    /// Starts the thread that receives the replies.
    fn listen(self: Arc<Self>, mut inlet: Inlet) -> Result<(), Failure> {
        let receive = move || {
            while let Ok(Some((Reply { id, result }, _))) = inlet.receive() {
                let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                // The script may no longer wait.
                let _ = pending.map(|pending| pending.send(result));
            }
            // Without its parent, the process can do nothing.
            exit_hooks::exit(FAILED.into());
        };
        let started = thread::Builder::new().name("moonfleet-replies".to_owned()).spawn(receive);
        started.map(drop).map_err(|e| Failure::failed(format!("cannot start a thread: {e}")))
    }

    fn send(&self, message: &FromChild) {
        // If the parent has ended, this process is about to end too.
        let _ = self.outlet.send(message);
    }

    /// Tells the parent how the work has ended.
    pub(crate) fn end(&self, result: Result<u8, Failure>, missing: Vec<String>) {
        self.send(&FromChild::Ended { result: result.map_err(Failure::redacted), missing });
    }
}

/// Cancels a request that is no longer waited for.
struct CancelOnDrop {
    link: Arc<Link>,
    id: u64,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let was_pending = self.link.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        if was_pending.is_some() {
            self.link.send(&FromChild::Cancel(self.id));
        }
    }
}

impl Remote for Link {
    fn ask(&self, request: RemoteRequest) -> BoxFuture<'static, Answer> {
        let Some(link) = LINK.get().cloned() else {
            return Box::pin(async { Err(Error::new("Bug", "there is no connection to the parent")) });
        };
        Box::pin(async move {
            let id = link.next.fetch_add(1, Ordering::SeqCst);
            let (sender, receiver) = oneshot::channel();
            link.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
            let _cancel = CancelOnDrop { link: link.clone(), id };
            link.outlet
                .send(&FromChild::Request { id, request })
                .map_err(|e| Error::new("Bug", format!("the request cannot be sent to the parent: {e}")))?;
            receiver.await.unwrap_or_else(|_| Err(Error::new("Bug", "the parent has not replied")))
        })
    }

    fn notify(&self, notice: RemoteNotice) {
        self.send(&FromChild::Notice(notice));
    }

    fn region(&self) -> Option<String> {
        self.region.clone()
    }

    fn clock(&self) -> Option<Arc<dyn Clock>> {
        self.clock.clone().map(|clock| Arc::new(clock) as Arc<dyn Clock>)
    }
}
