//! The lines of a record, and reading them. A change has two lines, one from before it was sent
//! and one from after; reading joins them to one call.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use moonfleet_bindings::{Operation, Service, service};
use moonfleet_client::Role;
use moonfleet_core::json::Json;
use moonfleet_core::json::Parsed;
use moonfleet_core::{Value, suggest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::undo::reversible::Facts;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLine {
    /// The start time and the id of the process.
    pub run: String,
    /// The number of the call in its run, from 1.
    pub call: u64,
    pub time: String,
    pub outcome: CallOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The roles of the caller; each was assumed by the one before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub service: String,
    pub operation: String,
    pub risk: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    #[serde(
        default,
        skip_serializing_if = "Value::is_nil",
        serialize_with = "to_json",
        deserialize_with = "from_json"
    )]
    pub input: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Facts>,
    /// The parts of the answer that undo needs, and the identifiers in it.
    #[serde(
        default,
        skip_serializing_if = "Value::is_nil",
        serialize_with = "to_json",
        deserialize_with = "from_json"
    )]
    pub answer: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallOutcome {
    /// The call is about to be sent.
    #[default]
    Begun,
    Ok,
    Failed,
    /// The guard refused the call.
    Refused,
    /// The call was cancelled, or its answer was lost.
    Unknown,
}

fn to_json<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
    Json(value).serialize(to)
}

fn from_json<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Parsed::deserialize(from).map(|Parsed(value)| value)
}

/// The calls of a record, in the order in which they began.
pub struct Record {
    pub calls: Vec<Recorded>,
    /// The numbers of lines that end in the middle, because a run was killed.
    pub torn: Vec<usize>,
}

pub struct Recorded {
    pub line: RecordLine,
    pub what: Callee,
}

/// The operation of a recorded call.
#[derive(Clone, Copy)]
pub struct Callee {
    pub service: &'static Service,
    pub operation: &'static Operation,
}

#[derive(Debug, thiserror::Error)]
pub enum RecordReadError {
    #[error("cannot read the record '{}': {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{}:{line}: not a line of a record: {cause}", path.display())]
    Broken { path: PathBuf, line: usize, cause: serde_json::Error },
    #[error("{}:{line}: {problem}", path.display())]
    Unknown { path: PathBuf, line: usize, problem: String },
}

pub fn read_record(path: &Path) -> Result<Record, RecordReadError> {
    let bytes = fs::read(path).map_err(|cause| RecordReadError::Unreadable { path: path.to_owned(), cause })?;
    // A torn line can end in the middle of a character.
    let text = String::from_utf8_lossy(&bytes);
    let mut record = Record { calls: Vec::new(), torn: Vec::new() };
    let mut indices: HashMap<(String, u64), usize> = HashMap::new();
    for (number, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let line: RecordLine = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(cause) if cause.is_eof() => {
                record.torn.push(number);
                continue;
            }
            Err(cause) => return Err(RecordReadError::Broken { path: path.to_owned(), line: number, cause }),
        };
        let key = (line.run.clone(), line.call);
        match indices.get(&key) {
            Some(&index) => {
                let begun = &mut record.calls[index].line;
                if (&begun.service, &begun.operation) != (&line.service, &line.operation) {
                    let problem = format!(
                        "the line ends call {} as {}.{}, but the call began as {}.{}",
                        line.call, line.service, line.operation, begun.service, begun.operation
                    );
                    return Err(RecordReadError::Unknown { path: path.to_owned(), line: number, problem });
                }
                complete_line(begun, line);
            }
            None => {
                let what = callee(&line).map_err(|problem| {
                    let path = path.to_owned();
                    RecordReadError::Unknown { path, line: number, problem }
                })?;
                indices.insert(key, record.calls.len());
                record.calls.push(Recorded { line, what });
            }
        }
    }
    // Calls without a second line: their result was not recorded.
    let begun = record.calls.iter_mut().filter(|call| call.line.outcome == CallOutcome::Begun);
    begun.for_each(|call| call.line.outcome = CallOutcome::Unknown);
    Ok(record)
}

fn complete_line(begun: &mut RecordLine, end: RecordLine) {
    let input = std::mem::take(&mut begun.input);
    let before = begun.before.take();
    *begun = RecordLine { time: std::mem::take(&mut begun.time), input, before, ..end };
}

fn callee(line: &RecordLine) -> Result<Callee, String> {
    let (service_name, operation) = (line.service.as_str(), line.operation.as_str());
    let Some(service) = service(service_name) else { return Err(format!("there is no service '{service_name}'")) };
    service.operation(operation).map(|operation| Callee { service, operation }).ok_or_else(|| {
        let nearest = suggest::nearest(operation, service.operations().iter().map(|operation| operation.name));
        let hint = nearest.map_or(String::new(), |nearest| format!("; did you mean {service_name}.{nearest}?"));
        format!("{service_name}.{operation}: no such operation{hint}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_of_a_call_name_the_same_operation() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = |outcome: &str, operation: &str| {
            format!(
                r#"{{"run":"r","call":1,"time":"t","outcome":"{outcome}","service":"ec2","operation":"{operation}","risk":"write"}}"#
            )
        };
        fs::write(file.path(), [line("begun", "create_tags"), line("ok", "breate_tags")].join("\n")).unwrap();
        let problem = read_record(file.path()).err().expect("an error").to_string();
        let expected = ":2: the line ends call 1 as ec2.breate_tags, but the call began as ec2.create_tags";
        assert!(problem.ends_with(expected), "{problem}");
    }
}
