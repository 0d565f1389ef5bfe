//! The process that starts a contained one and makes its calls.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use futures_executor::block_on;
use moonfleet_client::{Task as Running, spawn};
use moonfleet_core::Failure;
use moonfleet_core::exit_code::FAILED;
use moonfleet_engine::Context;
use moonfleet_engine::remote::{AllowedSessions, CallBroker};
use moonfleet_lua::host::mark_incomplete;
use moonfleet_lua::report::{OutputStyle, collect};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Document;
use tokio::sync::mpsc;

use super::header::header;
use super::link::Outlet;
use super::messages::{FromChild, Reply, RunTask, Task};
use super::process::{Child, Ended, WAITING};
use super::readable::{own_files, readable};
use super::watch::Watch;
use crate::cli::Cli;
use crate::script_source::ScriptSource;
use crate::testing::TestFile;
use crate::unattended;
use crate::work::Work;

/// The time limit of an example in a help text. It may wait; its computations have a limit of their own.
const EXAMPLE: Duration = Duration::from_secs(20);

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
    let watch = Watch::signals(&child)?;
    let status = child.wait()?;
    watch.end();
    match status.code() {
        Some(code) => Ok(u8::try_from(code).unwrap_or(FAILED)),
        None => Err(killed(status)),
    }
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
    let is_prompt = matches!(work, Work::Prompt);
    let broker = CallBroker::new(session.clone(), sessions, facts.map(|facts| facts.risk), is_prompt)?;
    let output = vm.lua().app_data_ref::<OutputStyle>().map(|output| output.clone()).unwrap_or_default();
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
    let watch = Watch::limits(&child, cli, is_prompt)?;
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
                    // A task of its own turns a panic into an error.
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
    Err(killed(child.wait()?))
}

/// Returns a report whose accounts and template do not come from the child.
fn with_own_origin(mut report: Document, broker: &CallBroker, session: &Context, vm: &Vm) -> Document {
    if report.about.accounts.iter().any(|account| !broker.knows_account(account)) {
        report.about.accounts = session.account().into_iter().collect();
    }
    report.template = vm.lua().app_data_ref::<OutputStyle>().and_then(|output| output.template.clone());
    report
}

/// Starts a thread that sends replies, because sending blocks while the child does not read.
fn reply_from_a_thread(outlet: Arc<Outlet>) -> Sender<Reply> {
    let (sender, receiver) = channel::<Reply>();
    thread::spawn(move || receiver.iter().try_for_each(|reply| outlet.send(&reply)));
    sender
}

fn misbehaved(problem: &str) -> Failure {
    Failure::failed(format!("the contained process was ended: {problem}"))
}

fn killed(status: ExitStatus) -> Failure {
    Failure::failed(format!("the contained process did not end by itself: {status}"))
}
