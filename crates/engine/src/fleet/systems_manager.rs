//! The real Systems Manager, through the same calls that scripts make.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use moonfleet_client::by_name::{all_items, answered, list, map, maps, named, pages, text};
use moonfleet_client::remote::{RemoteCall, RemoteReply, RemoteRequest, unexpected};
use moonfleet_client::{CallOptions, spawn, spawn_cleanup};
use moonfleet_core::Error;
use moonfleet_core::error::PLANNED;
use moonfleet_core::{Map, Value};

use super::api::{Batch, Invocation, InvocationText, Ssm};
use super::engine::BATCH;
use super::progress::FLEET_MESSAGES;
use super::{RunRequest, output};
use crate::context::Context;
use crate::dispatch::{Dispatched, dispatch};
use crate::guard::GuardedCall;
use crate::record;

/// An account and region of a run, with the run's request.
pub struct FleetLocation<'a> {
    pub session: Context,
    pub request: &'a RunRequest,
}

/// Refuses a run that may not send commands.
pub async fn may_send(session: &Context) -> Result<(), Error> {
    let (ssm, send) = named("ssm", "send_command");
    if let Some(remote) = session.remote() {
        let call = RemoteCall::new(session, ssm, send, Map::default(), CallOptions::default());
        return remote.ask(RemoteRequest::Check(call)).await.map(drop);
    }
    let passes = session.guard().check(session, ssm, send);
    passes.inspect_err(|error| record::refused(session, ssm, send, &Value::Nil, error))
}

/// Refuses a run that may not send to all of these ids, before it sends to the first.
pub async fn may_send_to(session: &Context, ids: &[String]) -> Result<(), Error> {
    let (service, operation) = named("ssm", "send_command");
    let input = map([("instance_ids", list(ids))]);
    if let Some(remote) = session.remote() {
        let call = RemoteCall::new(session, service, operation, input, CallOptions::default());
        return remote.ask(RemoteRequest::Examine(call)).await.map(drop);
    }
    session.guard().examine(GuardedCall { session, service, operation, input: &input }).await.map(drop)
}

/// Calls an operation by name.
async fn call(session: &Context, service: &str, operation: &str, input: Map) -> Result<Map, Error> {
    let (service, operation) = named(service, operation);
    match dispatch(session.clone(), service, operation, Value::Map(input), CallOptions::default()).await? {
        Dispatched::Answer(answer) => Ok(answered(answer)),
        Dispatched::Planned(_) => Err(Error::new(PLANNED, "planned, not sent")),
    }
}

impl FleetLocation<'_> {
    async fn ssm(&self, operation: &str, input: Map) -> Result<Map, Error> {
        call(&self.session, "ssm", operation, input).await
    }

    async fn invocations(&self, input: Map) -> Result<Vec<Map>, Error> {
        all_items(&self.session, "ssm", "list_command_invocations", "command_invocations", input).await
    }

    /// Returns one invocation from the list, with its steps.
    async fn detailed(&self, command: &str, id: &str) -> Result<Option<Map>, Error> {
        let input = map([("command_id", command.into()), ("instance_id", id.into()), ("details", Value::Bool(true))]);
        Ok(self.invocations(input).await?.into_iter().find(|seen| text(seen, "instance_id") == id))
    }

    async fn step(&self, command: &str, id: &str, plugin: Option<&str>) -> Result<Invocation, Error> {
        let mut input = map([("command_id", command.into()), ("instance_id", id.into())]);
        if let Some(plugin) = plugin {
            input.set("plugin_name", plugin.into());
        }
        let seen = self.ssm("get_command_invocation", input).await?;
        let time = |name| Some(text(&seen, name)).filter(|text| !text.is_empty());
        Ok(Invocation {
            id: id.to_owned(),
            status: text(&seen, "status"),
            details: text(&seen, "status_details"),
            exit_code: code(&seen),
            stdout: output_of(&seen, "standard_output_content", "standard_output_url"),
            stderr: output_of(&seen, "standard_error_content", "standard_error_url"),
            started: time("execution_start_date_time"),
            ended: time("execution_end_date_time"),
        })
    }

    /// Returns an invocation with the outputs of all steps of its document, in their order.
    async fn steps(&self, command: &str, id: &str) -> Result<Option<Invocation>, Error> {
        let Some(mut listed) = self.detailed(command, id).await? else { return Ok(None) };
        let plugins: Vec<String> =
            maps(listed.take("command_plugins")).iter().map(|plugin| text(plugin, "name")).collect();
        let mut whole: Option<Invocation> = None;
        for plugin in &plugins {
            let step = self.step(command, id, Some(plugin)).await?;
            whole = Some(match whole {
                None => step,
                Some(before) => Invocation {
                    exit_code: before.exit_code.filter(|code| *code > 0).or(step.exit_code),
                    stdout: joined(before.stdout, step.stdout),
                    stderr: joined(before.stderr, step.stderr),
                    started: before.started.or(step.started),
                    ended: step.ended.or(before.ended),
                    ..before
                },
            });
        }
        let (status, details) = (text(&listed, "status"), text(&listed, "status_details"));
        Ok(whole.map(|whole| Invocation { status, details, ..whole }))
    }

    fn request(&self, batch: &Batch) -> Map {
        let parameters = batch.parameters.iter().map(|(name, values)| (name.clone(), list(values))).collect();
        let mut request = map([
            ("document_name", batch.document.as_str().into()),
            ("parameters", Value::Map(parameters)),
            ("timeout_seconds", Value::Integer(self.request.delivery.as_secs() as i64)),
            ("comment", batch.comment.as_str().into()),
            ("max_concurrency", batch.max_concurrency.as_str().into()),
            ("max_errors", batch.max_errors.as_str().into()),
        ]);
        match &self.request.server_side {
            Some((key, values)) => {
                let target = map([("key", key.as_str().into()), ("values", list(values))]);
                request.set("targets", Value::List(vec![Value::Map(target)]));
            }
            None => request.set("instance_ids", list(&batch.ids)),
        }
        if let Some(bucket) = &self.request.output.s3_bucket {
            request.set("output_s3_bucket_name", bucket.as_str().into());
        }
        if let Some(prefix) = &self.request.output.s3_prefix {
            request.set("output_s3_key_prefix", prefix.as_str().into());
        }
        if let Some(group) = &self.request.output.cloud_watch_group {
            let config = map([
                ("cloud_watch_log_group_name", group.as_str().into()),
                ("cloud_watch_output_enabled", Value::Bool(true)),
            ]);
            request.set("cloud_watch_output_config", Value::Map(config));
        }
        request
    }
}

impl Ssm for FleetLocation<'_> {
    async fn send(&self, batch: &Batch) -> Result<String, Error> {
        let mut answer = self.ssm("send_command", self.request(batch)).await?;
        match answer.take("command") {
            Value::Map(command) if !text(&command, "command_id").is_empty() => Ok(text(&command, "command_id")),
            _ => Err(Error::new("BadResponse", "SendCommand was answered without a command")),
        }
    }

    async fn find(&self, comment: &str) -> Result<Option<String>, Error> {
        find(&self.session, comment).await
    }

    async fn list(&self, command: &str) -> Result<Vec<Invocation>, Error> {
        Ok(self.invocations(map([("command_id", command.into())])).await?.into_iter().map(listed).collect())
    }

    async fn peek(&self, command: &str, id: &str) -> Result<Option<Invocation>, Error> {
        Ok(self.detailed(command, id).await?.map(listed))
    }

    async fn get(&self, command: &str, id: &str) -> Result<Invocation, Error> {
        match self.step(command, id, None).await {
            // A document of several steps needs a request for each of them.
            Err(error) if error.code == "InvalidPluginName" => self.steps(command, id).await?.ok_or(error),
            seen => seen,
        }
    }

    async fn selected(&self, command: &str) -> Result<Option<usize>, Error> {
        let Some(sent) = sent(&self.session, command).await? else { return Ok(None) };
        let is_over = !UNDER_WAY.contains(&text(&sent, "status").as_str());
        Ok(is_over.then(|| match sent.get("target_count") {
            Some(Value::Integer(count)) => usize::try_from(*count).unwrap_or_default(),
            _ => 0,
        }))
    }

    async fn fetch(&self, url: &str) -> Result<String, Error> {
        let Some(remote) = self.session.remote() else { return output::fetch(&self.session, url, None).await };
        let session = self.session.settings().clone();
        match remote.ask(RemoteRequest::Output { session, url: url.to_owned() }).await? {
            RemoteReply::Text(text) => Ok(text),
            other => Err(unexpected(&other)),
        }
    }

    async fn cancel(&self, command: &str, ids: &[String]) -> Result<(), Error> {
        // CancelCommand takes as many ids as SendCommand.
        for ids in ids.chunks(BATCH) {
            self.ssm("cancel_command", map([("command_id", command.into()), ("instance_ids", list(ids))])).await?;
        }
        Ok(())
    }

    fn abandon(&self, command: &str) {
        let session = self.session.clone();
        let command = command.to_owned();
        spawn_cleanup(async move { cancel(&session, &command).await });
    }

    fn abandon_sent(&self, comment: &str) {
        let session = self.session.clone();
        let comment = comment.to_owned();
        spawn_cleanup(async move {
            for pause in CLEANUP_PAUSES {
                tokio::time::sleep(pause).await;
                if let Some(command) = find(&session, &comment).await? {
                    tracing::warn!(target: FLEET_MESSAGES, "fleet: the command was sent as {command}; cancelling it");
                    return cancel(&session, &command).await;
                }
            }
            tracing::warn!(target: FLEET_MESSAGES, "fleet: found no command with the comment {comment:?}");
            Ok(())
        });
    }

    async fn pause(&self, time: Duration) {
        spawn(async move { tokio::time::sleep(time).await }).await.ok();
    }

    fn clock(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// The pauses between attempts to find or cancel a command while the process ends.
const CLEANUP_PAUSES: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_millis(700), Duration::from_millis(1500)];

/// Cancels a command. Retries are safe, because cancelling twice has no effect.
async fn cancel(session: &Context, command: &str) -> Result<(), Error> {
    let mut pauses = CLEANUP_PAUSES.iter();
    loop {
        let cancelled = call(session, "ssm", "cancel_command", map([("command_id", command.into())])).await;
        match (cancelled, pauses.next()) {
            (Err(error), Some(pause)) if error.retryable => tokio::time::sleep(*pause).await,
            (cancelled, _) => return cancelled.map(drop),
        }
    }
}

async fn find(session: &Context, comment: &str) -> Result<Option<String>, Error> {
    // The newest commands come first; the command was sent in the last minutes.
    let after = session.now() - jiff::SignedDuration::from_mins(15);
    let after = after.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let filter = map([("key", "InvokedAfter".into()), ("value", after.as_str().into())]);
    let input = map([("filters", Value::List(vec![Value::Map(filter)]))]);
    let mut found = None;
    pages(session, "ssm", "list_commands", input, |page| {
        let ours = maps(page.take("commands")).into_iter().find(|command| text(command, "comment") == comment);
        found = ours.map(|command| text(&command, "command_id"));
        Ok(found.is_none())
    })
    .await?;
    Ok(found)
}

/// Returns a command as it was sent; `None` if it is not in the list.
pub async fn sent(session: &Context, command: &str) -> Result<Option<Map>, Error> {
    let commands =
        all_items(session, "ssm", "list_commands", "commands", map([("command_id", command.into())])).await?;
    Ok(commands.into_iter().find(|sent| text(sent, "command_id") == command))
}

/// The statuses of a command that is not done.
const UNDER_WAY: [&str; 4] = ["Pending", "InProgress", "Delayed", "Cancelling"];

fn code(map: &Map) -> Option<i64> {
    match map.get("response_code") {
        Some(Value::Integer(code)) => Some(*code),
        _ => None,
    }
}

/// Reads an invocation from a list. In lists with details, a plugin has the beginning of standard
/// output and standard error as one text.
fn listed(mut seen: Map) -> Invocation {
    // Of several steps, the failed one is shown, or else the last.
    let mut plugins = maps(seen.take("command_plugins"));
    let failed = plugins.iter().position(|plugin| text(plugin, "status") == "Failed");
    let plugin =
        if plugins.is_empty() { Map::default() } else { plugins.swap_remove(failed.unwrap_or(plugins.len() - 1)) };
    Invocation {
        id: text(&seen, "instance_id"),
        status: text(&seen, "status"),
        details: text(&seen, "status_details"),
        exit_code: code(&plugin),
        stdout: output_of(&plugin, "output", "standard_output_url"),
        ..Invocation::default()
    }
}

/// Joins the outputs of two steps. The result has no URL, because a URL is that of one step only.
fn joined(before: InvocationText, after: InvocationText) -> InvocationText {
    let texts = [before.text, after.text].into_iter().filter(|text| !text.is_empty());
    InvocationText { text: texts.collect::<Vec<_>>().join("\n"), url: String::new() }
}

fn output_of(map: &Map, content: &str, url: &str) -> InvocationText {
    InvocationText { text: text(map, content), url: text(map, url) }
}
