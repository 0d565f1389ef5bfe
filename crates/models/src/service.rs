//! A service: its metadata, and its operations, shapes, waiters and endpoint rules, which are read when they are first
//! used.

use std::sync::OnceLock;

use crate::archive;
use crate::endpoint_rules::EndpointRules;
use crate::names::snake;
use crate::operation::Operation;
use crate::shape::{Shape, ShapeId};
use crate::text::{Malformed, Words, entries, head_and_body};
use crate::waiter::Waiter;

#[derive(Debug)]
pub struct Service {
    /// The name in scripts: botocore's, with `_`.
    pub name: Box<str>,
    /// The name in botocore and the AWS CLI.
    pub cli_name: &'static str,
    pub metadata: Metadata,
    /// Sorted by name.
    operations: Box<[Lazy<Operation>]>,
    /// Sorted by name.
    waiters: Box<[Lazy<Waiter>]>,
    shapes: ShapeLines,
    /// The errors of operations that list no others.
    common_errors: Box<[ShapeId]>,
    /// The codes of errors that have another name, sorted.
    error_codes: OnceLock<Box<[(&'static str, ShapeId)]>>,
    /// The whole text form.
    text: &'static str,
    endpoint_rules: &'static str,
    read_endpoint_rules: OnceLock<EndpointRules>,
}

/// What a service says of all its operations.
#[derive(Debug, Default)]
pub struct Metadata {
    /// "Amazon Relational Database Service"
    pub title: &'static str,
    pub service_id: &'static str,
    pub api_version: &'static str,
    /// The protocols that the service offers; never empty.
    pub protocols: Box<[Protocol]>,
    pub json_version: Option<&'static str>,
    pub target_prefix: Option<&'static str>,
    pub endpoint_prefix: &'static str,
    /// The default of the signature's scope.
    pub signing_name: &'static str,
    /// botocore's name: `v4`, `s3`, `s3v4`, `v2`, `bearer`.
    pub signature_version: &'static str,
    /// Smithy's names of the ways to sign, in the order of preference; may be empty.
    pub auth: Box<[&'static str]>,
    pub xml_namespace: Option<&'static str>,
    /// The one host name of a service without regions, in the oldest botocore form.
    pub global_endpoint: Option<&'static str>,
    /// Answers in JSON or CBOR name errors by the codes of the service's former query protocol.
    pub query_compatible: bool,
    pub checksum_format: Option<&'static str>,
    /// HTTP/2: `optional`, or `eventstream` where only event streams need it.
    pub http2: Option<&'static str>,
    pub deprecated: bool,
}

/// In the order in which botocore prefers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Json,
    RestJson,
    RestXml,
    Cbor,
    Query,
    Ec2,
}

impl Protocol {
    const NAMES: [(&str, Protocol); 6] = [
        ("json", Protocol::Json),
        ("rest-json", Protocol::RestJson),
        ("rest-xml", Protocol::RestXml),
        ("smithy-rpc-v2-cbor", Protocol::Cbor),
        ("query", Protocol::Query),
        ("ec2", Protocol::Ec2),
    ];

    pub(crate) fn named(name: &str) -> Option<Protocol> {
        Protocol::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, protocol)| protocol)
    }
}

impl Service {
    /// Reads a model in its text form. Only the names are read now.
    pub fn read(text: &'static str) -> Result<Service, Malformed> {
        let mut header = None;
        let mut operations: Vec<Lazy<Operation>> = Vec::new();
        let mut waiters: Vec<Lazy<Waiter>> = Vec::new();
        let mut shapes = Vec::new();
        let mut endpoint_rules = None;
        for entry in entries(text) {
            let (kind, rest) = entry.split_once([' ', '\n']).unwrap_or((entry, ""));
            let name = rest.split([' ', '\n']).next().unwrap_or_default();
            match kind {
                "service" => header = Some((name, entry)),
                "operation" => operations.push(Lazy::new(snake(name).into(), entry)),
                "waiter" => waiters.push(Lazy::new(snake(name).into(), entry)),
                "endpoints" => endpoint_rules = Some(entry),
                _ => shapes.push(Lazy::new(name, entry)),
            }
        }
        let (cli_name, header) = header.ok_or_else(|| Malformed::new("", "the service's own lines are missing"))?;
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        waiters.sort_by(|a, b| a.name.cmp(&b.name));
        let shapes = ShapeLines(shapes.into());
        if !shapes.0.is_sorted_by(|a, b| a.name < b.name) {
            return Err(Malformed::new(header, "the shapes are not sorted by name"));
        }
        Ok(Service {
            name: cli_name.replace('-', "_").into(),
            cli_name,
            metadata: Metadata::read(header)?,
            operations: operations.into(),
            waiters: waiters.into(),
            common_errors: common_errors(header, &shapes)?,
            shapes,
            error_codes: OnceLock::new(),
            text,
            endpoint_rules: endpoint_rules.ok_or_else(|| Malformed::new(header, "the endpoint rules are missing"))?,
            read_endpoint_rules: OnceLock::new(),
        })
    }

    /// Reads every line of the model, as an untrusted one needs before its use: the other functions panic on damage.
    pub fn read_all(&self) -> Result<(), Malformed> {
        for operation in &self.operations {
            operation.get(|entry| Operation::read(entry, &self.shapes, &self.common_errors))?;
        }
        for waiter in &self.waiters {
            waiter.get(Waiter::read)?;
        }
        for id in self.shape_ids() {
            self.read_shape(id)?;
        }
        self.read_endpoint_rules()?;
        Ok(())
    }

    /// Returns the protocol that is used: of those that the service offers, the one that botocore prefers.
    pub fn protocol(&self) -> Protocol {
        *self.metadata.protocols.iter().min().expect("a service has a protocol")
    }

    /// Returns the names of all operations in snake case, sorted.
    pub fn operation_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.operations.iter().map(|operation| &*operation.name)
    }

    /// Returns an operation by its snake case name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let at = self.operations.binary_search_by(|operation| (*operation.name).cmp(name)).ok()?;
        Some(self.operation_at(at))
    }

    pub fn operations(&self) -> impl ExactSizeIterator<Item = &Operation> {
        (0..self.operations.len()).map(|at| self.operation_at(at))
    }

    fn operation_at(&self, at: usize) -> &Operation {
        self.undamaged(self.operations[at].get(|entry| Operation::read(entry, &self.shapes, &self.common_errors)))
    }

    pub fn waiter_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.waiters.iter().map(|waiter| &*waiter.name)
    }

    /// Returns a waiter by its snake case name.
    pub fn waiter(&self, name: &str) -> Option<&Waiter> {
        let waiter = self.waiters.iter().find(|waiter| *waiter.name == *name)?;
        Some(self.undamaged(waiter.get(Waiter::read)))
    }

    pub fn waiters(&self) -> impl ExactSizeIterator<Item = &Waiter> {
        self.waiters.iter().map(|waiter| self.undamaged(waiter.get(Waiter::read)))
    }

    pub fn shape_count(&self) -> usize {
        self.shapes.0.len()
    }

    pub fn shape_ids(&self) -> impl ExactSizeIterator<Item = ShapeId> + use<> {
        (0..self.shapes.0.len() as u32).map(ShapeId)
    }

    pub fn shape(&self, id: ShapeId) -> &Shape {
        // Most shapes have been read before.
        if let Some(shape) = self.shapes.0[id.index()].read.get() {
            return shape;
        }
        self.undamaged(self.read_shape(id))
    }

    /// Returns a shape by its name in the model.
    pub fn shape_named(&self, name: &str) -> Option<&Shape> {
        self.shapes.id(name).map(|id| self.shape(id))
    }

    /// Returns the shape of an error by its code in answers, or by its name if no error has this code.
    pub fn error(&self, code: &str) -> Option<&Shape> {
        let codes = self.error_codes.get_or_init(|| self.shapes.error_codes());
        match codes.binary_search_by_key(&code, |(code, _)| code) {
            Ok(at) => Some(self.shape(codes[at].1)),
            Err(_) => self.shape_named(code).filter(|shape| shape.as_structure().is_some_and(|s| s.error.is_some())),
        }
    }

    /// Returns the rules that find the service's endpoints.
    pub fn endpoint_rules(&self) -> &EndpointRules {
        self.undamaged(self.read_endpoint_rules())
    }

    /// Returns the text form of all but the endpoint rules, which come last.
    pub fn text_without_endpoint_rules(&self) -> &'static str {
        self.text.strip_suffix(self.endpoint_rules).unwrap_or(self.text)
    }

    /// Returns the endpoint rules in the text form.
    pub(crate) fn endpoint_rules_text(&self) -> &'static str {
        self.endpoint_rules
    }

    fn read_shape(&self, id: ShapeId) -> Result<&Shape, Malformed> {
        self.shapes.0[id.index()].get(|entry| Shape::read(id, entry, &self.shapes))
    }

    fn read_endpoint_rules(&self) -> Result<&EndpointRules, Malformed> {
        if let Some(rules) = self.read_endpoint_rules.get() {
            return Ok(rules);
        }
        let rules = EndpointRules::read(self.endpoint_rules, archive::shared_endpoint_rules)?;
        Ok(self.read_endpoint_rules.get_or_init(|| rules))
    }

    fn undamaged<T>(&self, read: Result<T, Malformed>) -> T {
        read.unwrap_or_else(|e| panic!("the model of {} is damaged: {e}", self.name))
    }
}

impl Metadata {
    fn read(entry: &'static str) -> Result<Metadata, Malformed> {
        let (_, body) = head_and_body(entry);
        let mut metadata = Metadata::default();
        for line in body {
            let words = Words::new(line);
            let (key, value) = line.trim_start().split_once(' ').unwrap_or((line.trim_start(), ""));
            match key {
                "title" => metadata.title = value,
                "id" => metadata.service_id = value,
                "version" => metadata.api_version = value,
                "protocols" => {
                    let named = |name| Protocol::named(name).ok_or_else(|| words.unknown(name));
                    metadata.protocols = value.split(' ').map(named).collect::<Result<_, _>>()?;
                }
                "json" => metadata.json_version = Some(value),
                "target" => metadata.target_prefix = Some(value),
                "endpoint" => metadata.endpoint_prefix = value,
                "signing" => metadata.signing_name = value,
                "signature" => metadata.signature_version = value,
                "auth" => metadata.auth = value.split(' ').collect(),
                "namespace" => metadata.xml_namespace = Some(value),
                "global-endpoint" => metadata.global_endpoint = Some(value),
                "query-compatible" => metadata.query_compatible = true,
                "checksum" => metadata.checksum_format = Some(value),
                "http2" => metadata.http2 = Some(value),
                "deprecated" => metadata.deprecated = true,
                "errors" => {}
                other => return Err(words.unknown(other)),
            }
        }
        if metadata.signing_name.is_empty() {
            metadata.signing_name = metadata.endpoint_prefix;
        }
        if metadata.protocols.is_empty() {
            return Err(Malformed::new(entry, "the service has no protocol"));
        }
        Ok(metadata)
    }
}

fn common_errors(header: &'static str, shapes: &ShapeLines) -> Result<Box<[ShapeId]>, Malformed> {
    let (_, mut body) = head_and_body(header);
    let Some(line) = body.find(|line| line.starts_with(" errors ")) else { return Ok(Box::default()) };
    let mut words = Words::new(line);
    words.next();
    words.clone().map(|name| shapes.find(name, &words)).collect()
}

/// The shapes of a service, sorted by name.
#[derive(Debug)]
pub(crate) struct ShapeLines(Box<[Lazy<Shape, &'static str>]>);

impl ShapeLines {
    fn id(&self, name: &str) -> Option<ShapeId> {
        self.0.binary_search_by_key(&name, |shape| shape.name).ok().map(|at| ShapeId(at as u32))
    }

    /// Returns the codes of errors that have another name than their shape, sorted. No shape is read.
    fn error_codes(&self) -> Box<[(&'static str, ShapeId)]> {
        let code = |(shape, id): (&Lazy<Shape, _>, u32)| {
            let (head, _) = head_and_body(shape.entry);
            let code = head.split(' ').find_map(|word| word.strip_prefix("code="))?;
            Some((code, ShapeId(id)))
        };
        let mut codes: Vec<_> = self.0.iter().zip(0..).filter_map(code).collect();
        codes.sort();
        codes.into()
    }

    /// Returns the shape that a line refers to.
    pub(crate) fn find(&self, name: &str, words: &Words) -> Result<ShapeId, Malformed> {
        self.id(name).ok_or_else(|| words.malformed(format!("there is no shape {name}")))
    }
}

/// An entry that is read when it is first used.
#[derive(Debug)]
struct Lazy<T, Name = Box<str>> {
    name: Name,
    entry: &'static str,
    read: OnceLock<Box<T>>,
}

impl<T, Name> Lazy<T, Name> {
    fn new(name: Name, entry: &'static str) -> Self {
        Lazy { name, entry, read: OnceLock::new() }
    }

    fn get(&self, read: impl FnOnce(&'static str) -> Result<T, Malformed>) -> Result<&T, Malformed> {
        if let Some(value) = self.read.get() {
            return Ok(value);
        }
        let value = Box::new(read(self.entry)?);
        Ok(self.read.get_or_init(|| value))
    }
}
