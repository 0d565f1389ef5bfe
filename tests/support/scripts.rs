//! The scripts of the library, with their headers.

use std::fs;

use serde_json::Value;

use super::{Shell, repository};

/// Returns the names of all scripts in the folder. A list kept by hand would miss new ones.
pub(crate) fn names() -> Vec<String> {
    let files = fs::read_dir(repository().join("scripts")).expect("the folder of the scripts");
    let names = files.map(|file| file.expect("a readable folder").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter_map(|name| Some(name.strip_suffix(".lua")?.to_owned())).collect();
    names.retain(|name| !name.ends_with("_test"));
    names.sort();
    assert!(!names.is_empty());
    names
}

/// Returns the header of a script, read by the program itself.
pub(crate) fn header(name: &str) -> Value {
    let source = fs::read_to_string(repository().join(format!("scripts/{name}.lua"))).expect("a script is text");
    Shell::new().file("header.lua", &source).returned(
        "local file = assert(io.open('header.lua'))
         local header = assert(load(file:read('a'), '=header.lua', 't'))()
         local args = {}
         for name, spec in pairs(header.args or {}) do args[name] = {kind = spec[1], help = spec.help, required = spec.required} end
         return {
           summary = header.summary, risk = header.risk, args = args,
           example = header.example and header.example.args or json.null,
         }",
    )
}

/// Returns the arguments of the example as words of a command line.
pub(crate) fn words(example: &Value) -> Vec<String> {
    let arguments = example.as_object().into_iter().flatten();
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    arguments.map(|(name, value)| format!("--{name}={}", word(value))).collect()
}
