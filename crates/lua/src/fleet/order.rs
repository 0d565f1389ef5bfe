//! Reads the command and the options of a fleet run.

use std::time::Duration;

use mlua::{Error, Result, Table, Value};
use moonfleet_core::limit::{EXPECTED, Limit};
use moonfleet_engine::fleet::plan::TargetChoice;
use moonfleet_engine::fleet::{FleetTarget, OutputDestination, RunRequest, Shell, Work};

use crate::options::Options;

/// The default of `timeout`.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(300);
/// The default of `execution_timeout`.
const EXECUTION_TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) fn read(options: &mut Options, work: Value, choices: &[TargetChoice]) -> Result<RunRequest> {
    let shell = match options.string("shell")?.as_deref() {
        None => None,
        Some("sh") => Some(Shell::Sh),
        Some("powershell") => Some(Shell::PowerShell),
        Some(other) => return Err(options.wrong("shell", "\"sh\" or \"powershell\"", &format!("{other:?}"))),
    };
    let folder = options.string("working_directory")?;
    let stop_on_error = options.boolean("stop_on_error")?.unwrap_or(false);
    let work = match work {
        Value::String(text) => Work::Commands { lines: vec![text.to_str()?.to_owned()], shell, folder, stop_on_error },
        Value::Table(table) => match table.get::<Option<String>>("document")? {
            Some(name) => {
                for option in ["shell", "working_directory", "stop_on_error"] {
                    if !options.value(option)?.is_nil() {
                        return Err(options.wrong(option, "left out with a document", "a value"));
                    }
                }
                Work::Document { name, parameters: parameters(&table)? }
            }
            None => {
                let lines = table.sequence_values::<String>().collect::<Result<_>>()?;
                Work::Commands { lines, shell, folder, stop_on_error }
            }
        },
        other => {
            let expected = "a command, a list of commands, or {document=, parameters=}";
            return Err(Error::external(format!(
                "fleet.run: the second argument must be {expected}, got {}",
                other.type_name()
            )));
        }
    };
    if matches!(&work, Work::Commands { lines, .. } if lines.iter().all(|line| line.trim().is_empty())) {
        return Err(Error::external("fleet.run: the command is empty"));
    }
    let delivery = options.duration("timeout")?.unwrap_or(DELIVERY_TIMEOUT);
    if !(30..=2_592_000).contains(&delivery.as_secs()) {
        return Err(options.wrong(
            "timeout",
            "from \"30s\" to \"30d\", the range of Systems Manager",
            &format!("{}s", delivery.as_secs()),
        ));
    }
    let execution = options.duration("execution_timeout")?;
    let s3_bucket = options.string("s3_bucket")?;
    if s3_bucket.is_none() {
        options.need("s3_bucket", &["s3_prefix"])?;
    }
    let server_side = match options.boolean("server_side")? {
        Some(true) => Some(server_side(choices)?),
        _ => None,
    };
    Ok(RunRequest {
        execution: execution.or(work.execution()).unwrap_or(EXECUTION_TIMEOUT),
        work,
        comment: options.string("comment")?.unwrap_or_else(|| "moonfleet".to_owned()),
        delivery,
        max_concurrency: limit(options, "max_concurrency", 1)?,
        max_errors: limit(options, "max_errors", 0)?,
        output: OutputDestination {
            s3_bucket,
            s3_prefix: options.string("s3_prefix")?,
            cloud_watch_group: options.string("cloud_watch_group")?,
        },
        server_side,
    })
}

/// Reads the options of `fleet.attach`. The commands are already sent, so only the timeouts can be set.
pub(super) fn read_attach(options: &mut Options) -> Result<RunRequest> {
    Ok(RunRequest {
        work: Work::Document { name: String::new(), parameters: Vec::new() },
        comment: String::new(),
        delivery: options.duration("timeout")?.unwrap_or(DELIVERY_TIMEOUT),
        execution: options.duration("execution_timeout")?.unwrap_or(EXECUTION_TIMEOUT),
        max_concurrency: None,
        max_errors: None,
        output: OutputDestination::default(),
        server_side: None,
    })
}

/// Checks the rules that depend on the targets.
pub(super) fn check(request: &RunRequest, targets: &[FleetTarget]) -> Result<()> {
    let mut documents = targets.iter().map(|target| request.document(target));
    let first = documents.next();
    if request.server_side.is_some() && documents.any(|document| Some(document) != first) {
        let problem = "fleet.run: `server_side` sends one command, but the targets have several platforms; \
                       set `shell`, or leave out `server_side`";
        return Err(Error::external(problem));
    }
    Ok(())
}

/// Returns the target of Systems Manager for one tag or group: its key and its values.
fn server_side(choices: &[TargetChoice]) -> Result<(String, Vec<String>)> {
    match choices {
        [TargetChoice::Tags(tags)] if tags.len() == 1 => Ok((format!("tag:{}", tags[0].0), tags[0].1.clone())),
        [TargetChoice::Group(name)] => Ok(("resource-groups:Name".to_owned(), vec![name.clone()])),
        _ => Err(Error::external("fleet.run: with `server_side` the targets must be one tag or one resource group")),
    }
}

fn parameters(table: &Table) -> Result<Vec<(String, Vec<String>)>> {
    for key in table.pairs::<Value, Value>() {
        let (key, _) = key?;
        let key = key.to_string()?;
        if key != "document" && key != "parameters" {
            return Err(Error::external(format!(
                "fleet.run: unknown field `{key}` beside `document`; the only other field is `parameters`"
            )));
        }
    }
    let Some(given) = table.get::<Option<Table>>("parameters")? else { return Ok(Vec::new()) };
    let mut parameters = Vec::new();
    for pair in given.pairs::<String, Value>() {
        let (name, value) = pair?;
        let expected = || {
            let expected = "text or a list of texts; for a JSON parameter, use json.encode";
            Error::external(format!("fleet.run: the document parameter {name} must be {expected}"))
        };
        let values = match value {
            Value::Table(list) => {
                let values: Vec<String> = list.sequence_values().collect::<Result<_>>().map_err(|_| expected())?;
                if values.len() != list.pairs::<Value, Value>().count() {
                    return Err(expected());
                }
                values
            }
            other => vec![other.to_string()?],
        };
        parameters.push((name, values));
    }
    parameters.sort();
    Ok(parameters)
}

/// Reads a number or a percentage of machines.
fn limit(options: &mut Options, name: &'static str, min: usize) -> Result<Option<Limit>> {
    let value = options.value(name)?;
    let limit = match &value {
        Value::Nil => return Ok(None),
        Value::Integer(count) => usize::try_from(*count).ok().map(Limit::Count),
        Value::String(text) => text.to_str()?.parse().ok(),
        _ => None,
    };
    let is_large_enough = |limit: &Limit| match limit {
        Limit::Count(count) | Limit::Percent(count) => *count >= min,
    };
    let limit = limit.filter(is_large_enough).map(Some);
    limit.ok_or_else(|| options.wrong(name, EXPECTED, &shown(&value)))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::String(text) => format!("\"{}\"", text.to_string_lossy()),
        other => other.type_name().to_owned(),
    }
}
