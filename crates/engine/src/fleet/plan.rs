//! The plan: the targets that a script names become a fixed list of machines. Later changes of
//! tags and groups do not change it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use moonfleet_client::by_name;
use moonfleet_client::by_name::{all_items, list, map, maps, pages, text};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::FleetTarget;
use crate::context::Context;

/// The most values of one EC2 filter.
const VALUES_PER_FILTER: usize = 200;
/// The most nodes in one page, and in one filter of Systems Manager.
const NODES_PER_PAGE: usize = 50;

/// A target as a script names it.
#[derive(Clone, Debug)]
pub enum TargetChoice {
    Machine(MachineRef),
    /// Machines with all of these tags; several values of one are alternatives.
    Tags(Vec<(String, Vec<String>)>),
    Group(String),
}

/// A machine by its id, with the known fields of the row that named it.
#[derive(Clone, Debug, Default)]
pub struct MachineRef {
    pub id: String,
    pub name: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub windows: Option<bool>,
}

/// The accounts and regions of a run, each once, and its machines in the order of the choices,
/// each once.
pub struct FleetPlan {
    pub locations: Vec<Context>,
    pub targets: Vec<FleetTarget>,
}

/// Resolves choices to machines. `elsewhere`: adds the regions of rows that name another region.
pub async fn resolve(locations: Vec<Context>, choices: &[TargetChoice], elsewhere: bool) -> Result<FleetPlan, Error> {
    if choices.is_empty() {
        return Ok(FleetPlan { locations, targets: Vec::new() });
    }
    let mut locations = locations;
    if elsewhere {
        let here = locations.clone();
        let regions: BTreeSet<&str> = choices.iter().filter_map(TargetChoice::region).collect();
        locations.extend(here.iter().flat_map(|session| regions.iter().map(|region| session.in_region(region))));
    }
    let locations = each_once(locations).await?;
    let mut targets: Vec<FleetTarget> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |target: FleetTarget| {
        if seen.insert((target.location, target.id.clone())) {
            targets.push(target);
        }
    };
    // Tags and groups are resolved in the named locations, or else in that of the caller.
    let searched = if elsewhere { &locations[..1] } else { &locations[..] };
    for choice in choices {
        let tags_or_group = match choice {
            TargetChoice::Machine(machine) => {
                let location = location_of(&locations, machine, elsewhere)?;
                add(machine.clone().into_target(location, &locations[location]));
                continue;
            }
            other => other,
        };
        let found = try_join_all(searched.iter().map(|session| async move {
            match tags_or_group {
                TargetChoice::Group(name) => members(session, name).await,
                TargetChoice::Tags(tags) => tagged(session, tags).await,
                TargetChoice::Machine(_) => Ok(Vec::new()),
            }
        }));
        for (location, mut found) in found.await?.into_iter().enumerate() {
            found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
            found.into_iter().for_each(|machine| add(machine.into_target(location, &locations[location])));
        }
    }
    describe(&locations, &mut targets).await;
    Ok(FleetPlan { locations, targets })
}

/// Removes sessions of an account and region that another session has too, so that no command
/// runs twice: two profiles may belong to one account.
pub async fn each_once(locations: Vec<Context>) -> Result<Vec<Context>, Error> {
    let mut once: Vec<Context> = Vec::new();
    for session in locations {
        session.learn_account().await?;
        // If the account is unknown, sessions of the same caller count as the same account.
        let account = |session: &Context| session.account().ok_or_else(|| session.settings().principal.clone());
        let location =
            |session: &Context| (account(session), session.region(), session.settings().principal.endpoint_url.clone());
        let is_same = |other: &Context| location(&session) == location(other);
        if !once.iter().any(is_same) {
            once.push(session);
        }
    }
    Ok(once)
}

impl TargetChoice {
    fn region(&self) -> Option<&str> {
        match self {
            TargetChoice::Machine(machine) => machine.region.as_deref(),
            _ => None,
        }
    }
}

impl MachineRef {
    fn into_target(self, location: usize, session: &Context) -> FleetTarget {
        FleetTarget {
            location,
            id: self.id,
            name: self.name.unwrap_or_default(),
            account: self.account.or_else(|| session.account()),
            region: session.region(),
            windows: self.windows,
        }
    }
}

/// Returns the location of a machine: a row of a sweep names it, a bare id is in that of the run.
fn location_of(locations: &[Context], machine: &MachineRef, elsewhere: bool) -> Result<usize, Error> {
    let fits = |session: &Context| {
        let same = |named: &Option<String>, own: Option<String>| named.is_none() || own.is_none() || *named == own;
        same(&machine.region, session.region()) && same(&machine.account, session.account())
    };
    let fitting: Vec<usize> = (0..locations.len()).filter(|at| fits(&locations[*at])).collect();
    match fitting[..] {
        [one] => Ok(one),
        // If the script names no locations, the first one is that of the caller.
        [first, ..] if elsewhere => Ok(first),
        [] => {
            let location = [machine.account.as_deref(), machine.region.as_deref()].into_iter().flatten();
            let location = location.collect::<Vec<_>>().join(" ");
            Err(bad(format!(
                "{} is in {location}, but no session of the run covers it; add one to `sessions`",
                machine.id
            )))
        }
        _ => Err(bad(format!(
            "{} may be in any of {} accounts and regions; give {{instance_id=, region=}}",
            machine.id,
            locations.len()
        ))),
    }
}

fn bad(problem: String) -> Error {
    Error::new("BadTargets", format!("fleet: {problem}"))
}

fn filter(name: &str, values: &[String]) -> Value {
    Value::Map(map([("name", name.into()), ("values", list(values))]))
}

/// Returns running instances and hybrid nodes with the tags.
async fn tagged(session: &Context, tags: &[(String, Vec<String>)]) -> Result<Vec<MachineRef>, Error> {
    let mut filters = vec![filter("instance-state-name", &["running".to_owned()])];
    filters.extend(tags.iter().map(|(key, values)| filter(&format!("tag:{key}"), values)));
    let mut machines = instances(session, filters).await?;
    let mut filters = vec![string_filter("ResourceType", &["ManagedInstance".to_owned()])];
    filters.extend(tags.iter().map(|(key, values)| string_filter(&format!("tag:{key}"), values)));
    machines.extend(nodes(session, filters).await?);
    Ok(machines)
}

fn string_filter(key: &str, values: &[String]) -> Value {
    Value::Map(map([("key", key.into()), ("values", list(values))]))
}

async fn instances(session: &Context, filters: Vec<Value>) -> Result<Vec<MachineRef>, Error> {
    let input = map([("filters", Value::List(filters))]);
    let instances = by_name::instances(session, input).await?.into_iter();
    Ok(instances.map(instance).collect())
}

fn instance(mut instance: Map) -> MachineRef {
    let tags = maps(instance.take("tags"));
    let name = tags.iter().find(|tag| text(tag, "key") == "Name").map(|tag| text(tag, "value"));
    MachineRef {
        id: text(&instance, "instance_id"),
        name: name.or(Some(String::new())),
        windows: Some(text(&instance, "platform").eq_ignore_ascii_case("windows")),
        ..MachineRef::default()
    }
}

/// Returns hybrid nodes: managed nodes that are not EC2 instances.
async fn nodes(session: &Context, filters: Vec<Value>) -> Result<Vec<MachineRef>, Error> {
    let input = map([("filters", Value::List(filters)), ("max_results", Value::Integer(NODES_PER_PAGE as i64))]);
    let nodes = all_items(session, "ssm", "describe_instance_information", "instance_information_list", input).await;
    let nodes = match nodes {
        Err(error) if error.is_not_offered() => {
            tracing::warn!("hybrid nodes are left out: this server has no DescribeInstanceInformation");
            Vec::new()
        }
        nodes => nodes?,
    };
    let hybrid = nodes.into_iter().filter(|node| text(node, "instance_id").starts_with("mi-"));
    Ok(hybrid.map(node).collect())
}

fn node(node: Map) -> MachineRef {
    let name = [text(&node, "name"), text(&node, "computer_name")].into_iter().find(|name| !name.is_empty());
    MachineRef {
        id: text(&node, "instance_id"),
        name,
        windows: Some(text(&node, "platform_type") == "Windows"),
        ..MachineRef::default()
    }
}

/// Returns the machines of a resource group; an error if the group could be resolved only in part.
async fn members(session: &Context, name: &str) -> Result<Vec<MachineRef>, Error> {
    let mut ids = BTreeSet::new();
    let input = map([("group", name.into())]);
    pages(session, "resource_groups", "list_group_resources", input, |page| {
        if let Some(error) = maps(page.take("query_errors")).into_iter().next() {
            let (code, message) = (text(&error, "error_code"), text(&error, "message"));
            return Err(bad(format!("the resource group {name} is incomplete: {code}: {message}")));
        }
        let named =
            maps(page.take("resources")).into_iter().filter_map(|mut resource| match resource.take("identifier") {
                Value::Map(identifier) => Some(identifier),
                _ => None,
            });
        // Older servers fill only the older list; AWS fills both.
        for identifier in named.chain(maps(page.take("resource_identifiers"))) {
            let arn = text(&identifier, "resource_arn");
            let id = arn.rsplit('/').next().unwrap_or_default();
            if id.starts_with("i-") || id.starts_with("mi-") {
                ids.insert(id.to_owned());
            }
        }
        Ok(true)
    })
    .await?;
    let (hybrid, ids): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| id.starts_with("mi-"));
    let mut machines = Vec::new();
    for ids in ids.chunks(VALUES_PER_FILTER) {
        let running = filter("instance-state-name", &["running".to_owned()]);
        machines.extend(instances(session, vec![running, filter("instance-id", ids)]).await?);
    }
    machines.extend(hybrid.into_iter().map(|id| MachineRef { id, ..MachineRef::default() }));
    Ok(machines)
}

/// Adds the names and platforms of targets that are known only by their id. Errors are logged and
/// do not stop the run: a machine of unknown platform gets the shell document.
pub async fn describe(locations: &[Context], targets: &mut [FleetTarget]) {
    for (location, session) in locations.iter().enumerate() {
        let is_incomplete =
            |target: &&FleetTarget| target.location == location && (target.name.is_empty() || target.windows.is_none());
        let incomplete = targets.iter().filter(is_incomplete);
        let (hybrid, ids): (Vec<_>, Vec<_>) =
            incomplete.map(|target| target.id.clone()).partition(|id| id.starts_with("mi-"));
        let mut known: BTreeMap<String, MachineRef> = BTreeMap::new();
        let mut learn = |found: Result<Vec<MachineRef>, Error>| match found {
            Ok(machines) => known.extend(machines.into_iter().map(|machine| (machine.id.clone(), machine))),
            Err(error) => tracing::warn!("cannot read names and platforms of machines: {error}"),
        };
        for ids in ids.chunks(VALUES_PER_FILTER) {
            learn(instances(session, vec![filter("instance-id", ids)]).await);
        }
        for ids in hybrid.chunks(NODES_PER_PAGE) {
            learn(nodes(session, vec![string_filter("InstanceIds", ids)]).await);
        }
        for target in targets.iter_mut().filter(|target| target.location == location) {
            if let Some(machine) = known.remove(&target.id) {
                target.name = machine.name.filter(|_| target.name.is_empty()).unwrap_or_else(|| target.name.clone());
                target.windows = target.windows.or(machine.windows);
            }
        }
    }
}
