//! The data of a service in the generator.

use std::collections::BTreeMap;

use moonfleet_models::Risk;

pub(crate) struct Service {
    /// The standard name, as scripts write it: `resource_groups`.
    pub name: String,
    pub crate_name: String,
    pub operations: Vec<Operation>,
    pub waiters: Vec<Waiter>,
    pub types: BTreeMap<String, Definition>,
    /// Operations that could not be declared, each with its reason.
    pub left_out: Vec<(String, String)>,
    /// The number of operations in the SDK crate.
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
    /// The path to the items in the output; empty if there is no main list.
    pub items: Vec<String>,
    /// The fields of the structure around the list that each item inherits.
    pub inherits: Vec<String>,
}

/// The fields with the token of a page: in the input, and in the output for the next page.
pub(crate) struct Tokens {
    pub input: String,
    pub output: Vec<String>,
    /// None if the caller cannot choose the size of a page.
    pub size: Option<PageSize>,
}

pub(crate) struct PageSize {
    pub field: String,
    /// The largest size that the service accepts, at most 1,000.
    pub most: u32,
}

pub(crate) struct Waiter {
    pub name: String,
    /// The name of the operation that it polls.
    pub operation: String,
    pub min_delay: u64,
    pub max_delay: u64,
    /// The path to the state in the output; empty if it is not one field.
    pub state: Vec<String>,
}

pub(crate) enum Definition {
    Structure(Vec<Field>),
    /// A tagged enum of the SDK: exactly one of the fields is set.
    Union(Vec<Variant>),
    /// A text with known values, which the SDK lists.
    Enumeration,
}

#[derive(Clone)]
pub(crate) struct Field {
    pub name: String,
    pub ty: Type,
    /// The caller must set it.
    pub required: bool,
    /// The SDK redacts it in its debug output.
    pub secret: bool,
    /// The service executes requests with the same token in this field only once.
    pub idempotency_token: bool,
    pub text_form: TextForm,
}

/// How the text in a field differs between scripts and the wire. `moonfleet_core::TextForm` explains the forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TextForm {
    Plain,
    SentAsBase64,
    Base64,
    ReadFromBase64,
    Policy,
    AbsentIfEmpty,
}

pub(crate) struct Variant {
    /// The name in the SDK: `Instance`.
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
    pub(crate) fn summary(&self) -> String {
        let mut text = format!(
            "{}: operations {} of {}, types {}, waiters {}",
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
