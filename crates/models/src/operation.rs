//! Operations: what a request is made of, and how its answers are paged.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::names::snake;
use crate::service::ShapeLines;
use crate::shape::{Reference, ShapeId};
use crate::text::{Malformed, Words, head_and_body};

#[derive(Debug)]
pub struct Operation {
    /// In snake case.
    pub name: Box<str>,
    /// The name in the API.
    pub api_name: &'static str,
    pub http_method: &'static str,
    /// The path and query of the request, with labels in braces.
    pub http_uri: &'static str,
    /// The HTTP status of a successful answer, if the model names one.
    pub http_status: Option<u16>,
    /// The input; its wire name and namespace are those of the root element of an XML body.
    pub input: Option<Reference>,
    pub output: Option<ShapeId>,
    /// The element of an answer that contains the output.
    pub result_wrapper: Option<Cow<'static, str>>,
    /// Sorted by name.
    pub errors: Box<[ShapeId]>,
    /// How requests are signed, if not as the service says: `smithy.api#noAuth`.
    pub auth: Option<Box<[&'static str]>>,
    pub unsigned_payload: bool,
    pub checksum: Option<Checksum>,
    /// Constant parameters of the endpoint rules.
    pub static_context: Box<[(&'static str, ContextValue)]>,
    /// Parameters of the endpoint rules, as JMESPath expressions over the input.
    pub context_paths: Box<[(&'static str, Cow<'static, str>)]>,
    /// The start of the host name, with members in braces.
    pub host_prefix: Option<&'static str>,
    pub endpoint_discovery: Option<EndpointDiscovery>,
    /// The operation that tells the endpoints of the service's other operations.
    pub discovers_endpoints: bool,
    /// The encodings that a request body may be compressed with.
    pub request_compression: Box<[&'static str]>,
    pub read_only: bool,
    pub idempotent: bool,
    pub deprecated: bool,
    pub pages: Option<Pages>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    Text(Cow<'static, str>),
    Boolean(bool),
}

/// The checksums of a request and its answer. Members have the names of the model.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checksum {
    pub required: bool,
    /// The input's member that names the algorithm.
    pub request_algorithm_member: Option<&'static str>,
    /// The input's member that turns the check of the answer on.
    pub response_mode_member: Option<&'static str>,
    pub response_algorithms: Box<[&'static str]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointDiscovery {
    Optional,
    Required,
}

/// How the pages of an operation continue. Each text is a JMESPath expression in the names of the model, mostly one
/// name or a path.
#[derive(Debug, Default, PartialEq)]
pub struct Pages {
    /// The members of the input that take the tokens, in the order of `output_tokens`.
    pub input_tokens: Box<[Cow<'static, str>]>,
    pub output_tokens: Box<[Cow<'static, str>]>,
    /// The lists that continue over the pages; the first one is the main list.
    pub items: Box<[Cow<'static, str>]>,
    /// The member of the input for the size of a page.
    pub page_size: Option<&'static str>,
    /// True if there are more pages.
    pub more: Option<Cow<'static, str>>,
    /// Parts of the output that belong to all pages.
    pub constant: Box<[Cow<'static, str>]>,
    /// The model declares no paginator; this one follows from the pair of tokens.
    pub derived: bool,
}

impl Operation {
    /// Requests have a signature, if the service's others do.
    pub fn is_signed(&self) -> bool {
        !self.auth.as_deref().is_some_and(|auth| auth.contains(&"smithy.api#noAuth"))
    }

    pub(crate) fn read(
        entry: &'static str,
        shapes: &ShapeLines,
        common_errors: &[ShapeId],
    ) -> Result<Operation, Malformed> {
        let (head, body) = head_and_body(entry);
        let mut words = Words::new(head);
        words.expect("the kind")?;
        let api_name = words.expect("the name")?;
        let mut operation = Operation {
            name: snake(api_name).into(),
            api_name,
            http_method: words.expect("the method")?,
            http_uri: words.expect("the path")?,
            http_status: None,
            input: None,
            output: None,
            result_wrapper: None,
            errors: common_errors.into(),
            auth: None,
            unsigned_payload: false,
            checksum: None,
            static_context: Box::default(),
            context_paths: Box::default(),
            host_prefix: None,
            endpoint_discovery: None,
            discovers_endpoints: false,
            request_compression: Box::default(),
            read_only: false,
            idempotent: false,
            deprecated: false,
            pages: None,
        };
        while let Some((key, value)) = words.next_pair() {
            match (key, value) {
                ("status", Some(status)) => operation.http_status = Some(words.number(status)?),
                ("readonly", None) => operation.read_only = true,
                ("idempotent", None) => operation.idempotent = true,
                ("deprecated", None) => operation.deprecated = true,
                ("unsigned-payload", None) => operation.unsigned_payload = true,
                ("discovers-endpoints", None) => operation.discovers_endpoints = true,
                ("endpoint-discovery", None) => operation.endpoint_discovery = Some(EndpointDiscovery::Optional),
                ("endpoint-discovery", Some("required")) => {
                    operation.endpoint_discovery = Some(EndpointDiscovery::Required);
                }
                _ => return Err(words.unknown(key)),
            }
        }
        for line in body {
            operation.read_line(Words::new(line), shapes)?;
        }
        Ok(operation)
    }

    fn read_line(&mut self, mut words: Words, shapes: &ShapeLines) -> Result<(), Malformed> {
        match words.expect("the kind of the line")? {
            "input" => {
                let mut input = Reference::to(self.shape(words.expect("the shape")?, shapes, &words)?);
                input.read_words(&mut words)?;
                self.input = Some(input);
            }
            "output" => {
                self.output = Some(self.shape(words.expect("the shape")?, shapes, &words)?);
                self.result_wrapper = words.next().map(|wrapper| self.unstarred(wrapper));
            }
            "errors" => self.errors = errors(words, &self.errors, shapes)?,
            "auth" => self.auth = Some(words.collect()),
            "compression" => self.request_compression = words.collect(),
            "host-prefix" => self.host_prefix = Some(words.expect("the prefix")?),
            "checksum" => self.checksum = Some(checksum(words)?),
            "context" => self.static_context = values(words, context_value)?,
            "context-path" => self.context_paths = values(words, |words, value| words.unquote(value))?,
            "pages" => self.pages = Some(pages(words)?),
            other => return Err(words.unknown(other)),
        }
        Ok(())
    }

    fn shape(&self, name: &'static str, shapes: &ShapeLines, words: &Words) -> Result<ShapeId, Malformed> {
        shapes.find(&self.unstarred(name), words)
    }

    /// Returns a name that is whole again: `*Request` begins with the operation's name.
    fn unstarred(&self, name: &'static str) -> Cow<'static, str> {
        match name.strip_prefix('*') {
            Some(rest) => Cow::Owned(format!("{}{rest}", self.api_name)),
            None => Cow::Borrowed(name),
        }
    }
}

/// Reads `errors Other -Common`: how the errors differ from the common ones.
fn errors(words: Words, common: &[ShapeId], shapes: &ShapeLines) -> Result<Box<[ShapeId]>, Malformed> {
    let mut errors: BTreeSet<ShapeId> = common.iter().copied().collect();
    for word in words.clone() {
        match word.strip_prefix('-') {
            _ if word == "none" => errors.clear(),
            Some(missing) => _ = errors.remove(&shapes.find(missing, &words)?),
            None => _ = errors.insert(shapes.find(word, &words)?),
        }
    }
    Ok(errors.into_iter().collect())
}

fn values<T>(
    mut words: Words,
    read: impl Fn(&Words, &'static str) -> Result<T, Malformed>,
) -> Result<Box<[(&'static str, T)]>, Malformed> {
    let mut values = Vec::new();
    while let Some((key, value)) = words.next_pair() {
        let value = value.ok_or_else(|| words.malformed(format!("{key} has no value")))?;
        values.push((key, read(&words, value)?));
    }
    Ok(values.into())
}

fn context_value(words: &Words, value: &'static str) -> Result<ContextValue, Malformed> {
    Ok(match value {
        "true" => ContextValue::Boolean(true),
        "false" => ContextValue::Boolean(false),
        text => ContextValue::Text(words.unquote(text)?),
    })
}

fn checksum(mut words: Words) -> Result<Checksum, Malformed> {
    let mut checksum = Checksum::default();
    while let Some((key, value)) = words.next_pair() {
        match (key, value) {
            ("required", None) => checksum.required = true,
            ("algorithm", Some(member)) => checksum.request_algorithm_member = Some(member),
            ("mode", Some(member)) => checksum.response_mode_member = Some(member),
            ("answers", Some(algorithms)) => checksum.response_algorithms = algorithms.split(',').collect(),
            _ => return Err(words.unknown(key)),
        }
    }
    Ok(checksum)
}

fn pages(mut words: Words) -> Result<Pages, Malformed> {
    let mut pages = Pages::default();
    let (mut inputs, mut outputs, mut items, mut constant) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while let Some((key, value)) = words.next_pair() {
        match (key, value) {
            ("derived", None) => pages.derived = true,
            ("input", Some(path)) => inputs.push(words.unquote(path)?),
            ("output", Some(path)) => outputs.push(words.unquote(path)?),
            ("items", Some(path)) => items.push(words.unquote(path)?),
            ("constant", Some(path)) => constant.push(words.unquote(path)?),
            ("size", Some(member)) => pages.page_size = Some(member),
            ("more", Some(path)) => pages.more = Some(words.unquote(path)?),
            _ => return Err(words.unknown(key)),
        }
    }
    Ok(Pages {
        input_tokens: inputs.into(),
        output_tokens: outputs.into(),
        items: items.into(),
        constant: constant.into(),
        ..pages
    })
}
