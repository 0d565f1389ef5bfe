//! The same calls made by Moonfleet and by boto3, each on a moto of its own: the answers are equal, except for the
//! differences that are declared here.
//!
//! moto makes the same ids for the same calls in the same order, once its random numbers have a seed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::moto::{Moto, moto};
use crate::support::moto::{python_with_botocore, run_python};

/// One call a line: `name = service.operation {input}`. A text such as `$vpc.vpc.vpc_id` is a part of the answer with
/// that name.
const CALLS: &str = include_str!("boto3_calls.txt");

/// Makes such calls with boto3.
pub(crate) const PROGRAM: &str = concat!(include_str!("boto3_common.py"), include_str!("boto3.py"));

// Differences in the form of answers, which hold for all calls:
//
// * Tags are maps in Moonfleet, and lists of keys and values in boto3 ([`as_map`]).
// * Lists and maps that the answer lacks are empty in Moonfleet, and absent in boto3 ([`is_absent`]).
// * Passwords, keys and values of secure parameters are secrets ([`same`]).
// * Policies are JSON text in Moonfleet, and dictionaries in boto3 ([`same`]).
// * A number or a boolean with a default has it where the answer lacks the field ([`same`]).
// * A number or a boolean that moto sends for a text is text in Moonfleet ([`same`]).
// * The two servers answer at different times ([`same`]).

/// A difference of a single call: operation, field in the spelling of [`dense`], and the reason. A row that no longer
/// applies fails the test.
pub(crate) type Difference = (&'static str, &'static str, &'static str);

const DIFFERENCES: &[Difference] = &[
    ("ec2.run_instances", "clienttoken", "each makes a token of its own"),
    ("ec2.describe_instances", "clienttoken", "each makes a token of its own"),
    ("ec2.describe_instances", "statetransitionreason", "the text has the time"),
    ("ec2.create_key_pair", "keyfingerprint", "moto makes keys without the seed"),
    ("ec2.describe_key_pairs", "keyfingerprint", "moto makes keys without the seed"),
    ("ec2.describe_reserved_instances_offerings", "fixedprice", "moto makes prices without the seed"),
];

#[test]
fn answers_are_those_of_boto3() {
    let (Some(ours), Some(python)) = (moto(), python_with_botocore()) else { return };
    let theirs = moto().expect("moto is there");
    let calls = calls();
    assert!(calls.len() >= 250, "{}", calls.len());
    for server in [&ours, &theirs] {
        seed(server, &python);
    }
    let input = json!({"endpoint": theirs.url(), "calls": calls});
    let expected = run_python(&python, PROGRAM, &[], &input.to_string());
    let expected: Vec<Value> = serde_json::from_str(&expected).expect("JSON");
    let answers = answers(&ours, &calls);
    assert_eq!(answers.len(), calls.len());
    let mut comparison = Comparison::with(DIFFERENCES);
    let mut failed = 0;
    for ((call, ours), theirs) in calls.iter().zip(&answers).zip(&expected) {
        failed += usize::from(theirs.get("error").is_some());
        comparison.add(format!("{}.{}", text(&call["service"]), text(&call["operation"])), ours, theirs);
    }
    comparison.finish();
    // Errors are compared too, but a server that refuses everything would show nothing.
    assert!(failed * 5 < calls.len(), "{failed} of {} calls failed", calls.len());
    eprintln!("{} calls, {failed} of them refused by both, {} declared differences", calls.len(), DIFFERENCES.len());
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn calls() -> Vec<Value> {
    let lines = CALLS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (head, input) = line.split_once(" {").unwrap_or_else(|| panic!("no input: {line}"));
            let (name, operation) = head.split_once(" = ").unwrap_or(("", head));
            let (service, operation) = operation.split_once('.').unwrap_or_else(|| panic!("no service: {line}"));
            let input: Value = serde_json::from_str(&format!("{{{input}")).unwrap_or_else(|e| panic!("{e}: {line}"));
            json!({"name": name, "service": service, "operation": operation, "input": input})
        })
        .collect()
}

/// Makes the random numbers of a server those of the other.
fn seed(server: &Moto, python: &std::path::Path) {
    const SEED: &str = "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1], method='POST'))";
    run_python(python, SEED, &[&format!("{}/moto-api/seed?a=42", server.url())], "");
}

fn answers(server: &Moto, calls: &[Value]) -> Vec<Value> {
    let shell = server.shell().file(".config/moonfleet/settings.toml", "protect_tag = ''").arg("--yes");
    let ran = shell
        .stdin(&Value::Array(calls.to_vec()).to_string())
        .chunk(
            r#"local answers, results = {}, json.list()
            local function given(value)
              if type(value) == "table" then
                for key, inner in pairs(value) do value[key] = given(inner) end
                return value
              end
              local name, path = tostring(value):match "^%$(%w+)%.(.*)$"
              if not answers[name] then return value end
              local part = answers[name]
              for step in path:gmatch "[^.]+" do part = part[tonumber(step) or step] end
              return part
            end
            for _, call in ipairs(json.decode(io.read "a")) do
              local ok, answer = pcall(_G[call.service][call.operation], given(call.input))
              if ok then answers[call.name] = answer end
              results[#results + 1] = ok and { answer = answer } or { error = answer.code or tostring(answer) }
              if not ok and answer.code == "InvalidInput" then results[#results].error = tostring(answer) end
            end
            print(json.encode(results))"#,
        )
        .code(0);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

/// Compares the answers of Moonfleet with those of boto3.
pub(crate) struct Comparison {
    differences: &'static [Difference],
    operation: String,
    wrong: Vec<String>,
    used: BTreeSet<usize>,
}

impl Comparison {
    pub(crate) fn with(differences: &'static [Difference]) -> Self {
        Comparison { differences, operation: String::new(), wrong: Vec::new(), used: BTreeSet::new() }
    }

    /// Compares the answers of a call. Returns whether they are equal, up to declared differences.
    pub(crate) fn add(&mut self, operation: String, ours: &Value, theirs: &Value) -> bool {
        let before = self.wrong.len();
        self.operation = operation;
        self.compare("", &dense_keys(ours), &dense_keys(theirs));
        self.wrong.len() == before
    }

    #[track_caller]
    pub(crate) fn finish(self) {
        assert!(self.wrong.is_empty(), "{} differences:\n{}", self.wrong.len(), self.wrong.join("\n"));
        let is_unused = |row: &usize| !self.used.contains(row);
        let unused: Vec<_> = (0..self.differences.len()).filter(is_unused).map(|row| self.differences[row]).collect();
        assert_eq!(unused, Vec::<Difference>::new(), "differences that are gone; remove their rows");
    }

    fn compare(&mut self, path: &str, ours: &Value, theirs: &Value) {
        match (ours, theirs) {
            (Value::Object(ours), Value::Object(theirs)) => {
                let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
                for name in names {
                    let nothing = Value::Null;
                    let (mine, other) = (ours.get(name).unwrap_or(&nothing), theirs.get(name).unwrap_or(&nothing));
                    self.compare(&format!("{path}.{name}"), mine, other);
                }
            }
            (Value::Object(map), Value::Array(_)) if as_map(theirs).is_some_and(|theirs| theirs == *map) => {}
            (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
                for (at, (mine, other)) in (1..).zip(ours.iter().zip(theirs)) {
                    self.compare(&format!("{path}.{at}"), mine, other);
                }
            }
            _ if same(ours, theirs) => {}
            _ => self.differs(path, ours, theirs),
        }
    }

    fn differs(&mut self, path: &str, ours: &Value, theirs: &Value) {
        let is_declared = |(operation, field, _): &(&str, &str, &str)| {
            *operation == self.operation && path.split('.').any(|step| step == *field)
        };
        match self.differences.iter().position(is_declared) {
            Some(row) => drop(self.used.insert(row)),
            None => self.wrong.push(format!("{}{path}: {ours}, boto3 has {theirs}", self.operation)),
        }
    }
}

/// Compares two values that are not both structures or lists.
fn same(ours: &Value, theirs: &Value) -> bool {
    let is_time = |value: &Value| {
        let text = text(value);
        text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
    };
    match (ours, theirs) {
        _ if ours == theirs || is_absent(ours) && is_absent(theirs) => true,
        (Value::Bool(false) | Value::Number(_), Value::Null) => ours == &json!(false) || ours == &json!(0),
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::String(ours), _) if ours == "<secret>" => !text(theirs).is_empty(),
        (Value::String(ours), Value::Bool(_) | Value::Number(_)) => {
            serde_json::from_str(ours).is_ok_and(|ours: Value| ours == *theirs)
        }
        (Value::String(policy), Value::Object(_)) => {
            serde_json::from_str(policy).is_ok_and(|policy| dense_keys(&policy) == *theirs)
        }
        _ => is_time(ours) && is_time(theirs),
    }
}

pub(crate) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Returns a list of keys and values as a map.
fn as_map(list: &Value) -> Option<Map<String, Value>> {
    let pair = |item: &Value| Some((dense(item.get("key")?.as_str()?), item.get("value")?.clone()));
    list.as_array()?.iter().map(pair).collect()
}

fn dense(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// Returns a value with its names in lower case and without underscores, as both spell them alike.
fn dense_keys(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (dense(name), dense_keys(value))).collect(),
        Value::Array(items) => items.iter().map(dense_keys).collect(),
        other => other.clone(),
    }
}
