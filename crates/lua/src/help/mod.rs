//! The help of operations, services, modules and functions, as plain data. All of it comes from
//! the declarations and the editor stubs, so no text is written twice. `render.rs` formats it;
//! `global.rs` finds the topic of a Lua value.

mod example;
mod field;
pub mod global;
mod nearest;
pub mod reference;
mod render;
mod search;
mod stub;

use moonfleet_bindings::{
    ExtraAction, ListedService, Operation, Risk, SERVICES, Service, Waiter, action, catalogue, listed_service, needs,
    price,
};
use moonfleet_core::{Field, Pairs, Shape, Type, Usd};

use crate::aws::{any_service, resolve};

pub use field::FieldHelp;
pub use render::render;
pub use search::{SearchResults, is_pattern, search};
pub use stub::{Definition, Function, Module, StubEntry, Stubs, stubs};

pub enum Topic {
    Overview(Overview),
    Service(ServiceHelp),
    Operation(OperationHelp),
    Field(FieldHelp),
    Waiter(WaiterHelp),
    Module(Module),
    Function(Function),
    Found(SearchResults),
}

/// The names of all topics.
pub struct Overview {
    /// The services that every script has, each with the number of its operations.
    pub services: Vec<(&'static str, usize)>,
    /// The number of all other services.
    pub others: usize,
    pub modules: Vec<String>,
    pub functions: Vec<String>,
}

pub struct ServiceHelp {
    pub name: &'static str,
    /// "Amazon Relational Database Service"
    pub title: &'static str,
    pub aliases: &'static [&'static str],
    /// Whether scripts must declare the service in their header.
    pub is_declared: bool,
    pub operations: usize,
    pub risks: Vec<(Risk, usize)>,
    pub waiters: Vec<&'static str>,
    /// A sample of its operations for each risk.
    pub samples: Vec<(Risk, Vec<&'static str>)>,
    pub link: String,
}

pub struct OperationHelp {
    /// `ec2.run_instances`
    pub name: String,
    pub risk: Risk,
    pub gives_secrets: bool,
    /// The price of each request, and of each page.
    pub price: Option<Usd>,
    /// The IAM action of the call itself, and the further actions that it can need.
    pub action: Option<String>,
    pub needs: Vec<ExtraAction>,
    /// Required parameters come first.
    pub parameters: Vec<Member>,
    pub result: Vec<Member>,
    pub items: Option<ItemsHelp>,
    pub has_pages: bool,
    /// The parameter with the number of items of a page, and its maximum.
    pub page_size: Option<(&'static str, i64)>,
    /// A call with all required parameters; its values are placeholders.
    pub example: String,
    pub link: String,
}

pub struct WaiterHelp {
    /// `ec2.wait.instance_running`
    pub name: String,
    pub polls: String,
    pub parameters: Vec<Member>,
    pub example: String,
}

/// The main list in the answer of an operation.
pub struct ItemsHelp {
    /// `reservations.instances`
    pub path: String,
    pub members: Vec<Member>,
}

pub struct Member {
    pub name: &'static str,
    /// The type as it is written in Lua.
    pub ty: String,
    pub required: bool,
    pub secret: bool,
    /// The known values, or the names of the fields.
    pub inner: Inner,
}

pub enum Inner {
    None,
    Values(&'static [&'static str]),
    Fields(Vec<&'static str>),
    /// Exactly one of these.
    OneOf(Vec<&'static str>),
}

/// No topic has this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no help on '{name}'; {}", if nearest.is_empty() {
    "help() lists all topics".to_owned()
} else {
    format!("did you mean {}?", nearest.join(", "))
})]
pub struct UnknownTopic {
    pub name: String,
    pub nearest: Vec<String>,
}

/// Returns the topic of this name: `ec2`, `ec2.run_instances`, `run_instances`, `ec2.wait.instance_running`,
/// `fleet`, `fleet.run`, a field such as `ec2.run_instances.placement`, or all matches of a pattern.
pub fn about(name: &str) -> Result<Topic, UnknownTopic> {
    let name = name.trim().trim_end_matches("()");
    if is_pattern(name) {
        let found = Some(search(name)).filter(|found| !found.is_empty());
        return found.map(Topic::Found).ok_or_else(|| UnknownTopic { name: name.to_owned(), nearest: Vec::new() });
    }
    let stubs = stub::stubs();
    let found = about_service(name, resolve)
        .or_else(|| stubs.function(name).map(Topic::Function))
        .or_else(|| stubs.module(name).map(Topic::Module))
        .or_else(|| unique_operation(name))
        .or_else(|| about_service(name, any_service));
    found.ok_or_else(|| UnknownTopic { name: name.to_owned(), nearest: nearest::nearest(name) })
}

pub fn overview() -> Overview {
    let stubs = stub::stubs();
    Overview {
        services: SERVICES.iter().map(|service| (service.name, service.operations().len())).collect(),
        others: catalogue().len() - SERVICES.len(),
        modules: stubs.modules().map(str::to_owned).collect(),
        functions: stubs.functions().filter(|name| !name.contains(['.', ':'])).map(str::to_owned).collect(),
    }
}

/// Returns all names that `about` knows, in their long form.
pub fn names() -> Vec<String> {
    let stubs = stub::stubs();
    let mut names: Vec<String> = stubs.modules().chain(stubs.functions()).map(str::to_owned).collect();
    names.extend(catalogue().iter().flat_map(names_of));
    names
}

/// Returns the names of a service, its operations and its waiters, in their long form.
fn names_of(listed: &ListedService) -> impl Iterator<Item = String> {
    let operations = listed.operations.iter().map(|operation| format!("{}.{operation}", listed.name));
    let waiters = listed.waiters.iter().map(|waiter| format!("{}.wait.{waiter}", listed.name));
    std::iter::once(listed.name.to_owned()).chain(operations).chain(waiters)
}

fn about_service(name: &str, resolve: fn(&str) -> Option<&'static Service>) -> Option<Topic> {
    let (service, rest) = name.split_once('.').map_or((name, None), |(service, rest)| (service, Some(rest)));
    let service = resolve(service)?;
    let Some(rest) = rest.filter(|rest| *rest != "wait") else {
        return Some(Topic::Service(service_help(service)));
    };
    if let Some(waiter) = rest.strip_prefix("wait.").and_then(|name| service.waiter(name)) {
        return Some(Topic::Waiter(waiter_help(service, waiter)));
    }
    let forms = [".all", ".items", ".pages"];
    let name = forms.iter().find_map(|form| rest.strip_suffix(form)).unwrap_or(rest);
    if let Some(operation) = service.operation(name) {
        return Some(Topic::Operation(operation_help(service, operation)));
    }
    let (name, path) = rest.split_once('.')?;
    let path = forms.iter().find_map(|form| path.strip_prefix(&format!("{}.", &form[1..]))).unwrap_or(path);
    field::about(service, service.operation(name)?, path).map(Topic::Field)
}

/// Returns the operation of this name if only one service has it; the services that every script has come first.
fn unique_operation(name: &str) -> Option<Topic> {
    let with_name = catalogue().iter().filter(|listed| listed.operations.binary_search(&name).is_ok());
    let (mut bound, mut others): (Vec<_>, Vec<_>) = with_name.partition(|listed| resolve(listed.name).is_some());
    let found = if bound.is_empty() { &mut others } else { &mut bound };
    let service = found.pop().filter(|_| found.is_empty())?.service();
    Some(Topic::Operation(operation_help(service, service.operation(name)?)))
}

const RISKS: [Risk; 3] = [Risk::Read, Risk::Write, Risk::Destroy];
const SAMPLES: usize = 4;

pub fn service_help(service: &'static Service) -> ServiceHelp {
    let with_risk = |risk| service.operations().iter().filter(move |operation| operation.risk == risk);
    let samples = |risk| {
        let step = with_risk(risk).count().div_ceil(SAMPLES).max(1);
        with_risk(risk).step_by(step).map(|operation| operation.name).collect()
    };
    let listed = listed_service(service.name).expect("the catalogue has every service");
    ServiceHelp {
        name: service.name,
        title: listed.title,
        aliases: &listed.aliases,
        is_declared: resolve(service.name).is_none(),
        operations: service.operations().len(),
        risks: RISKS.map(|risk| (risk, with_risk(risk).count())).to_vec(),
        waiters: service.waiters().iter().map(|waiter| waiter.name).collect(),
        samples: RISKS.map(|risk| (risk, samples(risk))).to_vec(),
        link: link(service, None),
    }
}

pub fn operation_help(service: &'static Service, operation: &'static Operation) -> OperationHelp {
    let name = format!("{}.{}", service.name, operation.name);
    OperationHelp {
        risk: operation.risk,
        gives_secrets: operation.gives_secrets(),
        price: price(service, operation),
        action: action(service, operation),
        needs: needs(service, operation),
        parameters: fields_of(operation.input(), Direction::Input),
        result: fields_of(operation.output(), Direction::Output),
        // Operations that change something cannot be paged.
        items: operation
            .items
            .as_ref()
            .filter(|_| operation.risk == Risk::Read)
            .map(|items| ItemsHelp { path: items.path.join("."), members: item_members(operation.output(), items) }),
        has_pages: operation.pages.is_some(),
        page_size: operation.pages.as_ref().and_then(|pages| pages.size.as_ref()).map(|size| (size.field, size.most)),
        example: example::call(&name, operation.input()),
        link: link(service, Some(operation)),
        name,
    }
}

fn waiter_help(service: &'static Service, waiter: &'static Waiter) -> WaiterHelp {
    let name = format!("{}.wait.{}", service.name, waiter.name);
    WaiterHelp {
        polls: format!("{}.{}", service.name, waiter.operation.name),
        parameters: fields_of(waiter.operation.input(), Direction::Input),
        example: example::call(&name, waiter.operation.input()),
        name,
    }
}

/// Returns the page on a service or on one of its operations: in AWS's API reference, or in boto3's, whose addresses
/// consist of names.
fn link(service: &Service, operation: Option<&Operation>) -> String {
    let book = match service.name {
        "ec2" => "AWSEC2",
        "iam" => "IAM",
        "resource_groups" => "ARG",
        "ssm" => "systems-manager",
        "sts" => "STS",
        other => {
            let page = operation.map_or(String::new(), |operation| format!("/client/{}", operation.name));
            let name = other.replace('_', "-");
            return format!(
                "https://boto3.amazonaws.com/v1/documentation/api/latest/reference/services/{name}{page}.html"
            );
        }
    };
    let page = operation.map_or("Welcome".to_owned(), |operation| format!("API_{}", operation.api_name));
    format!("https://docs.aws.amazon.com/{book}/latest/APIReference/{page}.html")
}

/// Returns the fields of an item, and those that it inherits from the structure around its list.
fn item_members(output: &'static Shape, items: &moonfleet_bindings::ItemList) -> Vec<Member> {
    let parents = walk(output, &items.path[..items.path.len() - 1]);
    let inherited = items.inherits.iter().filter_map(|name| parents?.field(name));
    let own = item_shape(output, items).map(|shape| shape.fields.iter()).into_iter().flatten();
    inherited.chain(own).map(|field| member(field, Direction::Output)).collect()
}

/// Returns the shape of the items; none if they are not structures.
fn item_shape(output: &'static Shape, items: &moonfleet_bindings::ItemList) -> Option<&'static Shape> {
    walk(output, items.path)
}

fn walk(shape: &'static Shape, path: &[&str]) -> Option<&'static Shape> {
    path.iter().try_fold(shape, |shape, step| shape.field(step)?.ty.structure())
}

/// Returns the fields of a shape, required ones first.
fn fields_of(shape: &'static Shape, direction: Direction) -> Vec<Member> {
    let mut members: Vec<Member> = shape.fields.iter().map(|field| member(field, direction)).collect();
    members.sort_by_key(|member| !member.required);
    members
}

/// Whether a field belongs to an input or an output: tags and filters are written differently from how they
/// are read.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Input,
    Output,
}

fn member(field: &'static Field, direction: Direction) -> Member {
    let (ty, inner) = match field.ty.pairs() {
        Some((_, Pairs::KeyValue { .. })) => ("table {NAME = VALUE}".to_owned(), Inner::None),
        Some((shape, Pairs::KeyValues { .. })) if direction == Direction::Input => {
            (format!("table {{NAME = VALUE or list}}, or list of {}", shape.name), Inner::None)
        }
        _ => (field.ty.to_string(), inner(&field.ty)),
    };
    Member {
        name: field.name(),
        ty,
        required: field.required && direction == Direction::Input,
        secret: field.secret,
        inner,
    }
}

fn inner(ty: &Type) -> Inner {
    match ty {
        Type::Enumeration(enumeration) => Inner::Values(enumeration.values),
        Type::Structure(shape) if shape.get().is_attribute_value() => Inner::None,
        Type::Structure(shape) if shape.get().is_union => Inner::OneOf(shape.get().names().collect()),
        Type::Structure(shape) => Inner::Fields(shape.get().names().collect()),
        Type::List(item) | Type::Map(item) => inner(item),
        _ => Inner::None,
    }
}

#[cfg(test)]
mod tests {
    use moonfleet_bindings::service_name;

    use super::*;

    fn name_of(topic: &Topic) -> String {
        match topic {
            Topic::Overview(_) => "overview".to_owned(),
            Topic::Service(service) => service.name.to_owned(),
            Topic::Operation(operation) => operation.name.clone(),
            Topic::Waiter(waiter) => waiter.name.clone(),
            Topic::Module(module) => module.name.clone(),
            Topic::Function(function) => function.name.clone(),
            Topic::Field(field) => field.name.clone(),
            Topic::Found(found) => found.pattern.clone(),
        }
    }

    #[test]
    fn every_name_has_help() {
        // A test of the whole program goes through the other services.
        let is_bound = |name: &&String| {
            name.split('.').next().is_some_and(|first| service_name(first).is_none() || resolve(first).is_some())
        };
        let names = names();
        assert!(names.len() > 20_000, "{}", names.len());
        for name in names.iter().filter(is_bound) {
            let topic = about(name).unwrap_or_else(|unknown| panic!("{unknown}"));
            assert_eq!(name_of(&topic), *name);
            let text = render(&topic, 100);
            assert!(text.starts_with(name), "{text}");
            // Code and links stay whole.
            let prose = text.split("\nexample\n").next().unwrap_or_default();
            for line in prose.lines().filter(|line| !line.contains("https://")) {
                assert!(line.chars().count() <= 100 && line.trim_end() == line, "{name}: {line:?}");
            }
        }
    }

    #[test]
    fn short_names_are_understood() {
        for (short, long) in [
            ("run_instances", "ec2.run_instances"),
            ("ec2.describe_instances.all", "ec2.describe_instances"),
            ("rg.list_groups", "resource_groups.list_groups"),
            ("fleet.run()", "fleet.run"),
            ("ec2.wait", "ec2"),
            ("ec2.run_instances.placement", "ec2.run_instances.placement"),
            ("ec2.describe_instances.all.filters", "ec2.describe_instances.filters"),
            ("*vpc*", "*vpc*"),
        ] {
            assert_eq!(about(short).as_ref().map(name_of).ok().as_deref(), Some(long), "{short}");
        }
    }

    #[test]
    fn unknown_names_suggest_similar_ones() {
        let error = |name: &str| about(name).err().expect("an unknown name").to_string();
        assert!(error("ec2.run_instance").contains("ec2.run_instances"), "{}", error("ec2.run_instance"));
        assert!(error("fleet.rum").contains("fleet.run"), "{}", error("fleet.rum"));
        // Two services have it.
        let both = error("get_group");
        assert!(both.contains("iam.get_group") && both.contains("resource_groups.get_group"), "{both}");
        assert!(error("nat_gateway").contains("nat_gateway"), "{}", error("nat_gateway"));
        assert!(error("zzzzzz").contains("help() lists"), "{}", error("zzzzzz"));
        assert!(error("*zzzzzz*").contains("help() lists"), "{}", error("*zzzzzz*"));
        assert!(error("ec2.run_instances.plcement").contains("ec2.run_instances"));
    }

    #[test]
    fn every_operation_links_to_its_api_reference() {
        for service in SERVICES.iter() {
            for operation in service.operations() {
                let link = operation_help(service, operation).link;
                assert!(link.starts_with("https://docs.aws.amazon.com/") && link.ends_with(".html"), "{link}");
                assert!(link.contains(&format!("/API_{}.", operation.api_name)), "{link}");
            }
        }
    }
}
