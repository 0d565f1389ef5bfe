//! Listing, reading and cancelling commands that were sent.

use aws_sdk_ssm::{
    operation::{
        cancel_command::{CancelCommandInput, CancelCommandOutput},
        get_command_invocation::{GetCommandInvocationInput, GetCommandInvocationOutput},
        list_command_invocations::{ListCommandInvocationsInput, ListCommandInvocationsOutput},
        list_commands::{ListCommandsInput, ListCommandsOutput},
    },
    types::{
        self, CloudWatchOutputConfig, CommandFilter, CommandFilterKey, CommandInvocationStatus as Invoked,
        CommandPlugin, CommandPluginStatus,
    },
};
use jiff::{SignedDuration, Timestamp};

use super::pages::Pages;
use super::throttling;
use crate::ApiError;
use crate::clock::{later, to_aws};
use crate::ssm::command_lifecycle::{Command, Invocation, Stage, VISIBLE_AFTER};
use crate::ssm::state::SsmState;
use crate::state::Call;

const STDOUT_LIMIT: usize = 24_000;
const STDERR_LIMIT: usize = 8_000;
const LIST_LIMIT: usize = 2_500;
const TRUNCATED: &str = "--output truncated--";

pub(crate) fn list_commands(call: &mut Call<'_>, input: &ListCommandsInput) -> Result<ListCommandsOutput, ApiError> {
    throttling::check(call, "ListCommands")?;
    check_id(input.command_id())?;
    let now = call.now;
    let mut commands = Vec::new();
    for command in visible(call, input.command_id()) {
        let concerns = |id: &str| command.invocations.iter().any(|invocation| invocation.instance_id == id);
        let summary = command.summary(now);
        let over = !matches!(summary.status.as_str(), "Pending" | "InProgress" | "Cancelling");
        let fits = fits(input.filters(), command, summary.status.as_str(), summary.details, over)?;
        if fits && input.instance_id().is_none_or(concerns) {
            commands.push(show(command, now));
        }
    }
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("commands", input.command_id(), input.instance_id(), input.filters());
    let page = pages.cut(commands, request, |command| command.command_id().unwrap_or_default().to_owned())?;
    Ok(ListCommandsOutput::builder().set_commands(Some(page.items)).set_next_token(page.next_token).build())
}

pub(crate) fn list_command_invocations(
    call: &mut Call<'_>,
    input: &ListCommandInvocationsInput,
) -> Result<ListCommandInvocationsOutput, ApiError> {
    throttling::check(call, "ListCommandInvocations")?;
    check_id(input.command_id())?;
    let mut invocations = Vec::new();
    for command in visible(call, input.command_id()) {
        for invocation in &command.invocations {
            let stage = invocation.stage(call.now);
            let wanted = input.instance_id().is_none_or(|id| id == invocation.instance_id);
            let status = stage.status.as_str();
            if wanted && fits(input.filters(), command, status, stage.details, stage.is_over())? {
                invocations.push(show_invocation(
                    output_region(call, command),
                    command,
                    invocation,
                    &stage,
                    input.details,
                ));
            }
        }
    }
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("invocations", input.command_id(), input.instance_id(), input.filters());
    let page = pages.cut(invocations, request, |invocation| {
        format!("{:?} {:?}", invocation.command_id(), invocation.instance_id())
    })?;
    Ok(ListCommandInvocationsOutput::builder()
        .set_command_invocations(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub(crate) fn get_command_invocation(
    call: &mut Call<'_>,
    input: &GetCommandInvocationInput,
) -> Result<GetCommandInvocationOutput, ApiError> {
    check_id(input.command_id())?;
    let unknown = || ApiError::new("InvocationDoesNotExist", "An error occurred (InvocationDoesNotExist)");
    let command = visible(call, input.command_id()).next().ok_or_else(unknown)?;
    let invocation = command
        .invocations
        .iter()
        .find(|invocation| Some(invocation.instance_id.as_str()) == input.instance_id())
        .ok_or_else(unknown)?;
    let plugin = command.document.plugin();
    if input.plugin_name().is_some_and(|name| name != plugin) {
        let message = "The plugin name isn't valid.";
        return Err(ApiError::new("InvalidPluginName", message));
    }
    let stage = invocation.stage(call.now);
    let region = output_region(call, command);
    let (stdout, stderr) =
        stage.outcome.map(|outcome| (outcome.stdout.as_str(), outcome.stderr.as_str())).unwrap_or_default();
    Ok(GetCommandInvocationOutput::builder()
        .command_id(&command.id)
        .instance_id(&invocation.instance_id)
        .comment(&command.comment)
        .document_name(command.document.name())
        .document_version(&command.document_version)
        .plugin_name(plugin)
        .response_code(stage.code)
        .execution_start_date_time(date(stage.started))
        .execution_elapsed_time(elapsed(&stage))
        .execution_end_date_time(date(stage.ended))
        .standard_output_content(cut(stdout, STDOUT_LIMIT))
        .standard_output_url(address(region, command, invocation, Stream::Out))
        .standard_error_content(cut(stderr, STDERR_LIMIT))
        .standard_error_url(address(region, command, invocation, Stream::Error))
        .cloud_watch_output_config(no_cloud_watch())
        .status_details(stage.details)
        .status(stage.status)
        .build())
}

pub(crate) fn cancel_command(call: &mut Call<'_>, input: &CancelCommandInput) -> Result<CancelCommandOutput, ApiError> {
    check_id(input.command_id())?;
    let now = call.now;
    let command = call
        .region
        .ssm
        .commands
        .iter_mut()
        .find(|command| Some(command.id.as_str()) == input.command_id())
        .ok_or_else(invalid_command_id)?;
    let ids = input.instance_ids();
    let known = |id: &String| command.invocations.iter().any(|one| one.instance_id == *id);
    if let Some(id) = ids.iter().find(|id| !known(id)) {
        let message = format!("The instance {id} is not a target of the command.");
        return Err(ApiError::new("InvalidInstanceId", message));
    }
    for invocation in &mut command.invocations {
        if ids.is_empty() || ids.contains(&invocation.instance_id) {
            invocation.cancelled.get_or_insert(now);
        }
    }
    Ok(CancelCommandOutput::builder().build())
}

/// Returns the visible commands, newest first.
fn visible<'a>(call: &'a Call<'_>, id: Option<&'a str>) -> impl Iterator<Item = &'a Command> {
    let now = call.now;
    call.region
        .ssm
        .commands
        .iter()
        .rev()
        .filter(move |command| id.is_none_or(|id| command.id == id) && command.is_visible(now))
}

fn check_id(id: Option<&str>) -> Result<(), ApiError> {
    let shaped = |id: &str| {
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12] && id.chars().all(|character| character == '-' || character.is_ascii_hexdigit())
    };
    match id {
        Some(id) if !shaped(id) => Err(invalid_command_id()),
        _ => Ok(()),
    }
}

fn invalid_command_id() -> ApiError {
    let message = "The specified command ID isn't valid. Verify the ID and try again.";
    ApiError::new("InvalidCommandId", message)
}

fn fits(
    filters: &[CommandFilter],
    command: &Command,
    status: &str,
    details: &str,
    over: bool,
) -> Result<bool, ApiError> {
    for filter in filters {
        let wanted = filter.value();
        let fits = match filter.key() {
            CommandFilterKey::Status => wanted == status || wanted == details,
            CommandFilterKey::DocumentName => wanted == command.document.name(),
            CommandFilterKey::ExecutionStage => wanted == if over { "Complete" } else { "Executing" },
            CommandFilterKey::InvokedAfter => command.requested > instant(wanted)?,
            CommandFilterKey::InvokedBefore => command.requested < instant(wanted)?,
            other => {
                let message = format!("The specified filter key {other} isn't valid.");
                return Err(ApiError::new("InvalidFilterKey", message));
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn instant(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|_| {
        let message = format!("The filter value {text} isn't a valid ISO 8601 time.");
        ApiError::new("ValidationException", message)
    })
}

/// Converts the command to its form in SendCommand and ListCommands.
pub(crate) fn show(command: &Command, now: Timestamp) -> types::Command {
    let summary = command.summary(now);
    types::Command::builder()
        .command_id(&command.id)
        .document_name(command.document.name())
        .document_version(&command.document_version)
        .comment(&command.comment)
        .expires_after(to_aws(command.expires()))
        .set_parameters(Some(command.parameters.clone()))
        .set_instance_ids(Some(command.instance_ids.clone()))
        .set_targets(Some(command.targets.clone()))
        .requested_date_time(to_aws(command.requested))
        .status(summary.status)
        .status_details(summary.details)
        .set_output_s3_bucket_name(Some(command.output_s3_bucket.clone().unwrap_or_default()))
        .set_output_s3_key_prefix(Some(command.output_s3_prefix.clone().unwrap_or_default()))
        .max_concurrency(&command.max_concurrency)
        .max_errors(&command.max_errors)
        .target_count(summary.targets)
        .completed_count(summary.completed)
        .error_count(summary.errors)
        .delivery_timed_out_count(summary.delivery_timeouts)
        .service_role("")
        .cloud_watch_output_config(no_cloud_watch())
        .timeout_seconds(command.timeout_seconds)
        .build()
}

fn show_invocation(
    region: &str,
    command: &Command,
    invocation: &Invocation,
    stage: &Stage<'_>,
    details: Option<bool>,
) -> types::CommandInvocation {
    let plugins = match details {
        Some(true) => vec![show_plugin(region, command, invocation, stage)],
        _ => Vec::new(),
    };
    types::CommandInvocation::builder()
        .command_id(&command.id)
        .instance_id(&invocation.instance_id)
        .instance_name(&invocation.instance_name)
        .comment(&command.comment)
        .document_name(command.document.name())
        .document_version(&command.document_version)
        .requested_date_time(to_aws(later(command.requested, VISIBLE_AFTER)))
        .status(stage.status.clone())
        .status_details(stage.details)
        .standard_output_url(address(region, command, invocation, Stream::Out))
        .standard_error_url(address(region, command, invocation, Stream::Error))
        .set_command_plugins(Some(plugins))
        .service_role("")
        .cloud_watch_output_config(no_cloud_watch())
        .build()
}

fn show_plugin(region: &str, command: &Command, invocation: &Invocation, stage: &Stage<'_>) -> CommandPlugin {
    let status = match stage.status {
        Invoked::Success => CommandPluginStatus::Success,
        Invoked::Failed => CommandPluginStatus::Failed,
        Invoked::TimedOut => CommandPluginStatus::TimedOut,
        Invoked::Cancelled => CommandPluginStatus::Cancelled,
        Invoked::Pending => CommandPluginStatus::Pending,
        _ => CommandPluginStatus::InProgress,
    };
    let output = stage.outcome.map(|outcome| outcome.combined()).unwrap_or_default();
    CommandPlugin::builder()
        .name(command.document.plugin())
        .status(status)
        .status_details(stage.details)
        .response_code(stage.code)
        .set_response_start_date_time(stage.started.map(to_aws))
        .set_response_finish_date_time(stage.ended.map(to_aws))
        .output(cut(&output, LIST_LIMIT))
        .standard_output_url(address(region, command, invocation, Stream::Out))
        .standard_error_url(address(region, command, invocation, Stream::Error))
        .set_output_s3_bucket_name(Some(command.output_s3_bucket.clone().unwrap_or_default()))
        .set_output_s3_key_prefix(Some(command.output_s3_prefix.clone().unwrap_or_default()))
        .build()
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Error,
}

/// Returns the region of the bucket for a command's output, which the agent looks up; without such a bucket, that of the
/// command.
fn output_region<'c>(call: &'c Call<'_>, command: &Command) -> &'c str {
    let bucket = command.output_s3_bucket.as_ref().and_then(|name| call.s3.buckets.get(name));
    bucket.map_or(call.region_name, |bucket| &bucket.region)
}

/// Returns the S3 URL of an output; empty if the command has no bucket.
fn address(region: &str, command: &Command, invocation: &Invocation, stream: Stream) -> String {
    match &command.output_s3_bucket {
        Some(bucket) => format!("https://s3.{region}.amazonaws.com/{bucket}/{}", key(command, invocation, stream)),
        None => String::new(),
    }
}

fn key(command: &Command, invocation: &Invocation, stream: Stream) -> String {
    let prefix = command.output_s3_prefix.as_ref().map_or(String::new(), |prefix| format!("{prefix}/"));
    let plugin = command.document.plugin().replace(':', "");
    let file = match stream {
        Stream::Out => "stdout",
        Stream::Error => "stderr",
    };
    format!("{prefix}{}/{}/{plugin}/0.{plugin}/{file}", command.id, invocation.instance_id)
}

/// The output of an invocation that has ended, for the bucket of its command.
pub(crate) struct FinishedOutput {
    pub bucket: String,
    /// The command and the instance.
    pub invocation: (String, String),
    pub ended: Timestamp,
    /// The texts by their keys.
    pub texts: [(String, String); 2],
}

/// Returns the outputs in a region that belong into a bucket.
pub(crate) fn finished_outputs(ssm: &SsmState, now: Timestamp) -> impl Iterator<Item = FinishedOutput> {
    let into_bucket = ssm.commands.iter().filter_map(|command| Some((command, command.output_s3_bucket.as_ref()?)));
    let all = into_bucket
        .flat_map(|(command, bucket)| command.invocations.iter().map(move |invocation| (command, bucket, invocation)));
    all.filter_map(move |(command, bucket, invocation)| {
        let stage = invocation.stage(now);
        let (outcome, ended) = (stage.outcome?, stage.ended?);
        Some(FinishedOutput {
            bucket: bucket.clone(),
            invocation: (command.id.clone(), invocation.instance_id.clone()),
            ended,
            texts: [(Stream::Out, &outcome.stdout), (Stream::Error, &outcome.stderr)]
                .map(|(stream, text)| (key(command, invocation, stream), text.clone())),
        })
    })
}

fn no_cloud_watch() -> CloudWatchOutputConfig {
    CloudWatchOutputConfig::builder().cloud_watch_log_group_name("").cloud_watch_output_enabled(false).build()
}

/// Truncates `text` and appends the marker.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept = limit - TRUNCATED.len();
    text.chars().take(kept).chain(TRUNCATED.chars()).collect()
}

fn date(at: Option<Timestamp>) -> String {
    at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()).unwrap_or_default()
}

fn elapsed(stage: &Stage<'_>) -> String {
    let (Some(start), Some(end)) = (stage.started, stage.ended) else {
        return String::new();
    };
    let took: SignedDuration = end.duration_since(start);
    format!("PT{}S", took.as_millis() as f64 / 1000.0)
}
