//! Differences between two JSON values.

use serde_json::Value;

/// Returns the paths at which the two sides differ; without list indices, so that a path names a kind of difference.
pub(crate) fn differences(theirs: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(theirs, ours, String::new(), &mut found);
    found.dedup();
    found
}

fn collect(theirs: &Value, ours: &Value, path: String, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => collect(value, other, format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key} is missing")),
                }
            }
            found.extend(b.keys().filter(|key| !a.contains_key(*key)).map(|key| format!("{path}.{key} is too much")));
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| collect(a, b, format!("{path}[]"), found));
        }
        (a, b) if a == b => {}
        _ => found.push(path),
    }
}
