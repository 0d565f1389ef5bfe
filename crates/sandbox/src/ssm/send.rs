//! SendCommand: checks a command, selects its machines and schedules it.

use aws_sdk_ssm::operation::send_command::{SendCommandInput, SendCommandOutput};
use jiff::SignedDuration;

use super::errors::{at_least, at_most, invalid};
use super::machine::Machine;
use super::node::Reach;
use super::nodes::machines;
use super::parameters::expand;
use super::targets::{check_target, targeted};
use super::{agent, commands, documents, patching, powershell, throttling};
use crate::ApiError;
use crate::clock::later;
use crate::ssm::command_lifecycle::{Command, CommandDocument, Fate, Invocation, schedule};
use crate::state::Call;

pub(super) fn send_command(call: &mut Call<'_>, input: &SendCommandInput) -> Result<SendCommandOutput, ApiError> {
    throttling::check(call, "SendCommand")?;
    let document = document(input)?;
    check_limits(input)?;
    let script = Script::parse(call, input, document)?;
    let machines = recipients(call, input, document)?;
    let command = plan(call, input, document, &script, machines)?;
    let shown = commands::show(&command, call.now);
    call.region.ssm.commands.push(command);
    Ok(SendCommandOutput::builder().command(shown).build())
}

fn document(input: &SendCommandInput) -> Result<CommandDocument, ApiError> {
    let name = input.document_name().unwrap_or_default();
    // The document may be given by its ARN.
    let short = name.rsplit('/').next().unwrap_or(name);
    CommandDocument::from_name(short).ok_or_else(|| {
        let message = format!("Document with name {name} does not exist.");
        ApiError::new("InvalidDocument", message)
    })
}

fn check_limits(input: &SendCommandInput) -> Result<(), ApiError> {
    let seconds = input.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT);
    if seconds < 30 {
        return Err(at_least(seconds, "timeoutSeconds", "value", 30));
    }
    if seconds > 2_592_000 {
        return Err(at_most(seconds, "timeoutSeconds", "value", 2_592_000));
    }
    let comment = input.comment().unwrap_or_default();
    if comment.chars().count() > 100 {
        return Err(at_most(comment, "comment", "length", 100));
    }
    if input.instance_ids().len() > 50 {
        let ids = format!("[{}]", input.instance_ids().join(", "));
        return Err(at_most(ids, "instanceIds", "length", 50));
    }
    Rate::parse(input.max_concurrency().unwrap_or("50"), "maxConcurrency", 1)?;
    Rate::parse(input.max_errors().unwrap_or("0"), "maxErrors", 0)?;
    check_targets(input)
}

const DEFAULT_TIMEOUT: i32 = 3600;

fn check_targets(input: &SendCommandInput) -> Result<(), ApiError> {
    let refuse = |message: &str| Err(ApiError::new("ValidationException", message));
    match (input.instance_ids().is_empty(), input.targets().is_empty()) {
        (true, true) => return refuse("Either InstanceIds or Targets must be specified."),
        (false, false) => return refuse("InstanceIds and Targets cannot be specified together."),
        _ => (),
    }
    if input.targets().len() > 5 {
        return Err(at_most(input.targets().len(), "targets", "length", 5));
    }
    input.targets().iter().try_for_each(check_target)
}

/// MaxConcurrency or MaxErrors: `3` or `10%`.
enum Rate {
    Count(usize),
    Percent(usize),
}

impl Rate {
    fn parse(text: &str, member: &str, least: usize) -> Result<Rate, ApiError> {
        let number = text.strip_suffix('%').unwrap_or(text);
        let shaped = number.chars().all(|digit| digit.is_ascii_digit()) && (number == "0" || !number.starts_with('0'));
        let value = number.parse().ok().filter(|value| shaped && *value >= least);
        match (value, text.ends_with('%')) {
            (Some(value), false) => Ok(Rate::Count(value)),
            (Some(value), true) if value <= 100 => Ok(Rate::Percent(value)),
            _ => {
                let first = if least == 0 { "[0]|[1-9][0-9]%|[0-9]%" } else { "[1-9][0-9]%|[1-9]%" };
                let constraint =
                    format!("Member must satisfy regular expression pattern: ^([1-9][0-9]*|{first}|100%)$");
                Err(invalid(text, member, &constraint))
            }
        }
    }

    fn count_for(&self, targets: usize) -> usize {
        match self {
            Rate::Count(count) => *count,
            Rate::Percent(percent) => targets * percent / 100,
        }
    }
}

/// The parsed parameters of a document.
struct Script {
    work: Work,
    execution_timeout: SignedDuration,
}

enum Work {
    Lines(Vec<String>),
    Patching(patching::Operation),
}

impl Script {
    fn parse(call: &Call<'_>, input: &SendCommandInput, document: CommandDocument) -> Result<Script, ApiError> {
        let given = input.parameters().cloned().unwrap_or_default();
        let known = documents::find(document.name()).ok_or_else(|| documents::unknown(document.name()))?;
        known.check(&given)?;
        let first = |name: &str| given.get(name).and_then(|values| values.first()).map(String::as_str);
        let work = match document {
            CommandDocument::Patch => {
                Work::Patching(patching::Operation::parse(first("Operation"), first("RebootOption"))?)
            }
            CommandDocument::Shell | CommandDocument::PowerShell => {
                let lines = given.get("commands").map(Vec::as_slice).unwrap_or_default();
                let expanded = lines.iter().map(|line| expand(&call.region.ssm.parameters, line));
                Work::Lines(expanded.collect::<Result<_, _>>()?)
            }
        };
        Ok(Script { work, execution_timeout: execution_timeout(first("executionTimeout").unwrap_or("3600"))? })
    }
}

fn execution_timeout(text: &str) -> Result<SignedDuration, ApiError> {
    let seconds = text.parse().ok().filter(|seconds| (1..=172_800).contains(seconds));
    seconds.map(SignedDuration::from_secs).ok_or_else(|| {
        let message = format!("Value \"{text}\" of parameter \"executionTimeout\" must match the pattern \"([1-9][0-9]{{0,4}})|(1[0-6][0-9]{{4}})|(17[0-1][0-9]{{3}})|(172[0-7][0-9]{{2}})|(172800)\".");
        ApiError::new("InvalidParameters", message)
    })
}

fn recipients(call: &Call<'_>, input: &SendCommandInput, document: CommandDocument) -> Result<Vec<Machine>, ApiError> {
    if input.instance_ids().is_empty() {
        return Ok(targeted(call, input.targets()));
    }
    let ids = input.instance_ids();
    if let Some(id) = ids.iter().find(|id| ids.iter().filter(|other| other == id).count() > 1) {
        let message = format!("You can't specify the managed node ID {id} in more than one place.");
        return Err(ApiError::new("DuplicateInstanceId", message));
    }
    let mut known = machines(call);
    let missing: Vec<&str> =
        ids.iter().filter(|id| !known.iter().any(|machine| &machine.id == *id)).map(String::as_str).collect();
    if !missing.is_empty() {
        let message =
            format!("Instances [[{}]] not in a valid state for account {}", missing.join(", "), call.account_id);
        return Err(ApiError::new("InvalidInstanceId", message));
    }
    known.retain(|machine| ids.contains(&machine.id));
    known.sort_by_key(|machine| ids.iter().position(|id| *id == machine.id));
    match known.iter().find(|machine| !supports(document, machine)) {
        None => Ok(known),
        Some(machine) => {
            let message = format!(
                "The document {} does not support the platform type of the instance {}.",
                document.name(),
                machine.id
            );
            Err(ApiError::new("UnsupportedPlatformType", message))
        }
    }
}

fn supports(document: CommandDocument, machine: &Machine) -> bool {
    document != CommandDocument::Shell || !machine.is_windows()
}

fn plan(
    call: &mut Call<'_>,
    input: &SendCommandInput,
    document: CommandDocument,
    script: &Script,
    machines: Vec<Machine>,
) -> Result<Command, ApiError> {
    let max_concurrency = input.max_concurrency().unwrap_or("50");
    let max_errors = input.max_errors().unwrap_or("0");
    let concurrency = Rate::parse(max_concurrency, "maxConcurrency", 1)?.count_for(machines.len());
    let allowed_errors = Rate::parse(max_errors, "maxErrors", 0)?.count_for(machines.len());
    let timeout_seconds = input.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT);
    let expires = later(call.now, SignedDuration::from_secs(timeout_seconds.into()));
    let fates = machines.iter().map(|machine| fate(call, document, script, machine)).collect();
    let courses = schedule(call.now, expires, fates, concurrency, allowed_errors);
    let invocations = machines.into_iter().zip(courses).map(|(machine, course)| Invocation {
        instance_id: machine.id,
        instance_name: machine.name,
        course,
        cancelled: None,
    });
    Ok(Command {
        invocations: invocations.collect(),
        id: call.ids.uuid(),
        requested: call.now,
        document,
        document_version: input.document_version().unwrap_or("$DEFAULT").to_owned(),
        comment: input.comment().unwrap_or_default().to_owned(),
        parameters: input.parameters().cloned().unwrap_or_default(),
        instance_ids: input.instance_ids().to_vec(),
        targets: input.targets().to_vec(),
        timeout_seconds,
        max_concurrency: max_concurrency.to_owned(),
        max_errors: max_errors.to_owned(),
        allowed_errors,
        output_s3_bucket: input.output_s3_bucket_name.clone(),
        output_s3_prefix: input.output_s3_key_prefix.clone(),
    })
}

fn fate(call: &mut Call<'_>, document: CommandDocument, script: &Script, machine: &Machine) -> Fate {
    if !supports(document, machine) {
        return Fate::Refused("InvalidPlatform");
    }
    match machine.node.reach {
        Reach::Undeliverable { .. } => Fate::Refused("Undeliverable"),
        Reach::ConnectionLost { .. } | Reach::Absent => Fate::Silent,
        Reach::Online => {
            let mut outcome = match (&script.work, document) {
                (Work::Patching(operation), _) => patching::run(call, machine, *operation),
                (Work::Lines(lines), CommandDocument::PowerShell) => powershell::run(machine, call.now, lines),
                (Work::Lines(lines), _) => agent::run(machine, call.now, lines),
            };
            let killed = outcome.took > script.execution_timeout;
            outcome.took = outcome.took.min(script.execution_timeout);
            Fate::Answers { outcome, killed }
        }
    }
}
