//! What the generator knows of a service.

use std::collections::BTreeMap;

use crate::risk::Risk;

pub(crate) struct Service {
    /// The standard name, as scripts write it: `resource_groups`.
    pub name: String,
    pub crate_name: String,
    pub operations: Vec<Operation>,
    pub waiters: Vec<Waiter>,
    pub types: BTreeMap<String, Definition>,
    /// Operations that could not be declared, each with its reason.
    pub left_out: Vec<(String, String)>,
    /// How many operations the SDK crate defines.
    pub defined: usize,
}

pub(crate) struct Operation {
    /// `describe_tags`
    pub name: String,
    /// `DescribeTags`
    pub api_name: String,
    pub risk: Risk,
    /// A read whose answer holds credentials.
    pub issues_credentials: bool,
    pub input: Vec<Field>,
    pub output: Vec<Field>,
    pub pages: Option<Tokens>,
    /// The path to the items in the output: empty where there is no one list.
    pub items: Vec<String>,
    /// Fields of the list's parent that each item takes along.
    pub inherits: Vec<String>,
}

/// The names of the field that asks for a page and of the one that announces the next.
pub(crate) struct Tokens {
    pub input: String,
    pub output: Vec<String>,
}

pub(crate) struct Waiter {
    pub name: String,
    /// The name of the operation that it polls.
    pub operation: String,
    pub min_delay: u64,
    pub max_delay: u64,
    /// Where in the answer the state stands that is waited for, where it is one field.
    pub state: Vec<String>,
}

pub(crate) enum Definition {
    Structure(Vec<Field>),
    /// A tagged enum of the SDK: exactly one of the fields is there.
    Union(Vec<Variant>),
    /// Texts. The SDK itself lists those that it knows.
    Enumeration,
}

#[derive(Clone)]
pub(crate) struct Field {
    pub name: String,
    pub ty: Type,
    /// A caller has to give it.
    pub required: bool,
    /// The SDK hides it in its own debug output.
    pub secret: bool,
    /// The service executes requests with the same token in this field only once.
    pub idempotency_token: bool,
}

pub(crate) struct Variant {
    /// As the SDK spells it: `Instance`.
    pub name: String,
    pub field: Field,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Type {
    Bool,
    Integer,
    Long,
    Float,
    Double,
    String,
    Timestamp,
    Blob,
    Named(String),
    List(Box<Type>),
    Map(Box<Type>),
}

impl Type {
    pub(crate) fn named(&self) -> Option<&str> {
        match self {
            Type::Named(name) => Some(name),
            Type::List(item) | Type::Map(item) => item.named(),
            _ => None,
        }
    }
}

impl Service {
    pub(crate) fn census(&self) -> String {
        let mut text = format!(
            "{}: {} of {} operations, {} types, {} waiters",
            self.name,
            self.operations.len(),
            self.defined,
            self.types.len(),
            self.waiters.len()
        );
        for (operation, reason) in &self.left_out {
            text += &format!("\n  left out: {operation}: {reason}");
        }
        text
    }
}
