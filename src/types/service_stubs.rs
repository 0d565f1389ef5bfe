//! Writes the LuaCATS stubs of the AWS services from the registry of operations: the operations, and the types
//! of their inputs and outputs. This module only reads the registry, and writes no file.
//!
//! An input structure is named `ec2.input.Filter`, an output structure `ec2.Filter`. They differ in which fields
//! are required, in lists, which an output always has, and in lists that an input may write as a map. A structure
//! that is used both ways inherits from its input form, so that an answer can be passed back as an input.

use std::collections::BTreeMap;
use std::fmt::Write;

use moonfleet_bindings::{ItemList, Operation, Risk, Service, catalogue};
use moonfleet_core::{Enumeration, Field, Pairs, Shape, Type};
use moonfleet_lua::aws::functions;

/// The first lines of each file. `_` keeps editors from offering the file to `require`.
const HEAD: &str = "---@meta _\n-- Written by `moonfleet types install` from the program's operations. Do not edit.\n";

/// Bytes. Lua language servers skip files that are larger than half a megabyte.
const LARGEST: usize = 400_000;

/// Lua's keywords and those of `---@field`, which are field names only in brackets.
const KEYWORDS: &str = "and break do else elseif end false for function goto if in local nil not or repeat return then \
                        true until while package private protected public";

const OPTIONS: &str = "opts?: moonfleet.CallOptions";

/// The file in the folder of each service that declares the service.
pub(super) const FILE: &str = "service.lua";

/// The stubs of these services by their paths: a folder for each service, and `services.lua`.
pub(super) fn files(services: &[&'static Service]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("services.lua".to_owned(), index(services))]);
    for service in services {
        StubWriter::new(service).write(&mut files);
    }
    files
}

/// The services that every session has. Those without stubs have a type that accepts every operation.
fn index(services: &[&'static Service]) -> String {
    let mut text = format!("{HEAD}\n---@class moonfleet.Services\n");
    // A session has another field of the name `account`.
    for name in catalogue().iter().map(|listed| listed.name).filter(|name| *name != "account") {
        let has_stubs = services.iter().any(|service| service.name == name);
        writeln!(text, "---@field {name} {}", if has_stubs { name } else { "moonfleet.Service" }).unwrap();
    }
    text
}

/// Stubs by the names of the operations or types that they describe.
type Entries = BTreeMap<String, String>;

/// Writes one file if it is not too large, else one for each first letter, and so on: a new operation then
/// changes one small file.
fn divide(stem: &str, entries: Entries, letters: usize, files: &mut BTreeMap<String, String>) {
    if entries.is_empty() {
        return;
    }
    let text = HEAD.to_owned() + &entries.values().map(|entry| format!("\n{entry}")).collect::<String>();
    if text.len() <= LARGEST {
        files.insert(format!("{stem}.lua"), text);
        return;
    }
    let mut parts: BTreeMap<char, Entries> = BTreeMap::new();
    for (name, entry) in entries {
        let letter = name
            .chars()
            .nth(letters)
            .expect("the stub of a single name is smaller than the limit")
            .to_ascii_lowercase();
        parts.entry(letter).or_default().insert(name, entry);
    }
    let mark = if letters == 0 { "-" } else { "" };
    for (letter, part) in parts {
        divide(&format!("{stem}{mark}{letter}"), part, letters + 1, files);
    }
}

/// The types that inputs or outputs are made of, by their names.
#[derive(Default)]
struct Reachable {
    shapes: BTreeMap<&'static str, &'static Shape>,
    enumerations: BTreeMap<&'static str, &'static Enumeration>,
}

impl Reachable {
    fn add_fields(&mut self, shape: &'static Shape) {
        shape.fields.iter().for_each(|field| self.add(field.ty));
    }

    fn add(&mut self, ty: Type) {
        match ty {
            Type::List(item) | Type::Map(item) => self.add(*item),
            Type::Enumeration(enumeration) => {
                self.enumerations.insert(enumeration.name, enumeration);
            }
            Type::Structure(shape) => {
                let shape = shape.get();
                if self.shapes.insert(shape.name, shape).is_none() {
                    self.add_fields(shape);
                }
            }
            _ => {}
        }
    }
}

struct StubWriter {
    service: &'static Service,
    inputs: Reachable,
    outputs: Reachable,
}

impl StubWriter {
    fn new(service: &'static Service) -> Self {
        let (mut inputs, mut outputs) = (Reachable::default(), Reachable::default());
        for operation in service.operations() {
            inputs.add_fields(operation.input());
            outputs.add_fields(operation.output());
        }
        StubWriter { service, inputs, outputs }
    }

    fn write(&self, files: &mut BTreeMap<String, String>) {
        let folder = self.service.name;
        files.insert(format!("{folder}/{FILE}"), format!("{HEAD}\n{}", self.class()));
        for (name, entries) in [
            ("operations", self.operations()),
            ("inputs", self.input_structures()),
            ("structures", self.output_structures()),
            ("enumerations", self.enumerations()),
        ] {
            divide(&format!("{folder}/{name}"), entries, 0, files);
        }
    }

    /// The class of the service, with a line for every operation and waiter.
    fn class(&self) -> String {
        let name = self.service.name;
        let mut text = format!("---@class {name}\n");
        for operation in self.service.operations() {
            writeln!(text, "---@field {0} {name}.{0} # {1}", operation.name, operation.risk).unwrap();
        }
        for (function, ty) in functions(self.service) {
            writeln!(text, "---@field {function} {ty}").unwrap();
        }
        if self.service.waiters().is_empty() {
            return text + &format!("{name} = {{}}\n");
        }
        text + &format!("---@field wait {name}.wait\n{name} = {{}}\n") + &self.waiters()
    }

    fn waiters(&self) -> String {
        let name = self.service.name;
        let mut text = format!("\n---@class {name}.wait\n");
        let mut inputs = BTreeMap::new();
        for waiter in self.service.waiters() {
            let api_name = waiter.operation.api_name;
            let input = format!("{name}.wait.{api_name}Input");
            let parameter = parameter(waiter.operation, &input);
            writeln!(text, "---@field {} fun({parameter}, {OPTIONS}): {name}.{api_name}Output|true", waiter.name)
                .unwrap();
            inputs.insert(input, api_name);
        }
        for (input, api_name) in inputs {
            writeln!(text, "\n---@class {input}: {name}.{api_name}Input, moonfleet.WaitOptions").unwrap();
        }
        text
    }

    fn operations(&self) -> Entries {
        self.service
            .operations()
            .iter()
            .map(|operation| (operation.name.to_owned(), self.operation(operation)))
            .collect()
    }

    fn operation(&self, operation: &'static Operation) -> String {
        let Operation { name, api_name, .. } = operation;
        let service = self.service.name;
        let parameters = format!("{}, {OPTIONS}", parameter(operation, &format!("{service}.{api_name}Input")));
        let output = format!("{service}.{api_name}Output");
        let mut text = format!("---@class {service}.{api_name}Input\n{}", self.input_fields(operation.input().fields));
        write!(text, "\n---@class {output}\n{}", self.output_fields(operation.output().fields)).unwrap();
        write!(text, "\n---@class {service}.{name}\n---@overload fun({parameters}): {output}\n").unwrap();
        // An operation that changes something has no `all`, `items` and `pages`.
        if operation.risk != Risk::Read {
            return text;
        }
        if let Some(items) = &operation.items {
            let (parent, mut item) = self.item(operation, items);
            if !items.inherits.is_empty() {
                let class = format!("{service}.{api_name}Item");
                let inherited = parent.fields.iter().filter(|field| items.inherits.contains(&field.name()));
                text.insert_str(0, &format!("---@class {class}: {item}\n{}\n", self.output_fields(inherited)));
                item = class;
            }
            writeln!(text, "---@field all fun({parameters}): {item}[]").unwrap();
            writeln!(text, "---@field items fun({parameters}): fun(): {item}?").unwrap();
        }
        writeln!(text, "---@field pages fun({parameters}): fun(): {output}?").unwrap();
        text
    }

    /// The structure that holds the list of an operation's items, and the type of an item.
    fn item(&self, operation: &'static Operation, items: &ItemList) -> (&'static Shape, String) {
        let (last, path) = items.path.split_last().expect("a path to items has a step");
        let parent = path.iter().try_fold(operation.output(), |shape, step| shape.field(step)?.ty.structure());
        let parent = parent.expect("a path to items leads through structures");
        match parent.field(last).expect("a path to items leads to a field").ty {
            Type::List(item) => (parent, self.output_type(*item)),
            other => panic!("the items of {} must be a list, not a {other}", operation.name),
        }
    }

    fn input_structures(&self) -> Entries {
        let entry = |shape: &&'static Shape| {
            let note = if shape.is_union { "---Exactly one of these.\n" } else { "" };
            let class = format!("{}.input.{}", self.service.name, shape.name);
            (shape.name.to_owned(), format!("{note}---@class {class}\n{}", self.input_fields(shape.fields)))
        };
        self.inputs.shapes.values().map(entry).collect()
    }

    fn output_structures(&self) -> Entries {
        let service = self.service.name;
        let entry = |shape: &&'static Shape| {
            let name = shape.name;
            let inherits = self.inputs.shapes.contains_key(name);
            let parent = if inherits { format!(": {service}.input.{name}") } else { String::new() };
            let mut text = format!("---@class {service}.{name}{parent}\n");
            for field in shape.fields {
                let line = self.output_field(field, shape.is_union);
                if !inherits || line != self.input_field(field) {
                    text += &line;
                }
            }
            (name.to_owned(), text)
        };
        self.outputs.shapes.values().map(entry).collect()
    }

    /// Each is an alias of `string`, because services have values that the SDK does not know yet.
    fn enumerations(&self) -> Entries {
        let entry = |enumeration: &&'static Enumeration| {
            let values: String = enumeration.values.iter().map(|value| format!("---| {value:?}\n")).collect();
            let alias = format!("{}.{}", self.service.name, enumeration.name);
            (enumeration.name.to_owned(), format!("---@alias {alias} string\n{values}"))
        };
        self.inputs.enumerations.values().chain(self.outputs.enumerations.values()).map(entry).collect()
    }

    fn input_fields(&self, fields: &'static [Field]) -> String {
        fields.iter().map(|field| self.input_field(field)).collect()
    }

    fn output_fields(&self, fields: impl IntoIterator<Item = &'static Field>) -> String {
        fields.into_iter().map(|field| self.output_field(field, false)).collect()
    }

    fn input_field(&self, field: &Field) -> String {
        line(field.name(), !field.required, &with_secret(field, self.input_type(field.ty)))
    }

    /// A union has only one of its fields; any other output has all its lists, and all required fields.
    fn output_field(&self, field: &Field, is_union: bool) -> String {
        let is_always_there = field.required || matches!(field.ty, Type::List(_));
        line(field.name(), is_union || !is_always_there, &with_secret(field, self.output_type(field.ty)))
    }

    fn input_type(&self, ty: Type) -> String {
        match (ty, ty.pairs()) {
            (Type::Timestamp, _) => "Time|string".to_owned(),
            (Type::Structure(shape), _) if shape.get().is_attribute_value() => "any".to_owned(),
            (Type::Structure(shape), _) => format!("{}.input.{}", self.service.name, shape.get().name),
            (Type::List(item), Some((_, Pairs::KeyValue { .. }))) => {
                format!("{}|{}[]", self.output_type(ty), self.input_type(*item))
            }
            (Type::List(item), Some((_, Pairs::KeyValues { .. }))) => {
                format!("moonfleet.Filters|{}[]", self.input_type(*item))
            }
            (Type::List(item), None) => list(&self.input_type(*item)),
            (Type::Map(value), _) => format!("table<string, {}>", self.input_type(*value)),
            _ => self.output_type(ty),
        }
    }

    fn output_type(&self, ty: Type) -> String {
        let service = self.service.name;
        match (ty, ty.pairs()) {
            (Type::Bool, _) => "boolean".to_owned(),
            (Type::Integer | Type::Long, _) => "integer".to_owned(),
            (Type::Number, _) => "number".to_owned(),
            (Type::String | Type::Blob, _) => "string".to_owned(),
            (Type::Timestamp, _) => "Time".to_owned(),
            (Type::Enumeration(enumeration), _) => format!("{service}.{}", enumeration.name),
            (Type::Document, _) => "any".to_owned(),
            (Type::Structure(shape), _) if shape.get().is_attribute_value() => "any".to_owned(),
            (Type::Structure(shape), _) => format!("{service}.{}", shape.get().name),
            (Type::List(_), Some((shape, Pairs::KeyValue { key, .. }))) => {
                let key = shape.field(key).expect("a list of keys and values has keys");
                format!("table<{}, string>", self.output_type(key.ty))
            }
            (Type::List(item), _) => list(&self.output_type(*item)),
            (Type::Map(value), _) => format!("table<string, {}>", self.output_type(*value)),
        }
    }
}

/// The input may be left out if it has no required field.
fn parameter(operation: &Operation, class: &str) -> String {
    let mark = if operation.input().fields.iter().any(|field| field.required) { "" } else { "?" };
    format!("input{mark}: {class}")
}

/// A secret that an answer held is also accepted where an input takes a secret text.
fn with_secret(field: &Field, ty: String) -> String {
    if field.secret && matches!(field.ty, Type::String | Type::Blob) { ty + "|Secret" } else { ty }
}

fn line(name: &str, optional: bool, ty: &str) -> String {
    let mark = if optional { "?" } else { "" };
    let name = if KEYWORDS.split(' ').any(|word| word == name) { format!("[\"{name}\"]") } else { name.to_owned() };
    format!("---@field {name}{mark} {ty}\n")
}

fn list(item: &str) -> String {
    if item.contains('|') { format!("({item})[]") } else { format!("{item}[]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_divided_by_letters() {
        let entry = |name: &str| (name.to_owned(), "x".repeat(LARGEST / 2));
        let mut files = BTreeMap::new();
        divide("ec2/structures", ["Ab", "Ac", "Ad", "Bc"].map(entry).into(), 0, &mut files);
        let divided = ["ab", "ac", "ad", "b"].map(|letters| format!("ec2/structures-{letters}.lua"));
        assert!(files.keys().eq(&divided), "{:?}", files.keys());
    }
}
