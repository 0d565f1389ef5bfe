//! Who exactly: what a script names as targets becomes a list of machines, which is what
//! runs, whatever happens to tags and groups afterwards.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use moonfleet_client::by_name;
use moonfleet_client::by_name::{all_items, list, map, maps, pages, text};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::FleetTarget;
use crate::context::Context;

/// Values that a filter may have.
const FILTERED: usize = 200;
/// Nodes in one page, and in one filter.
const NODES: usize = 50;

/// What a script names.
#[derive(Clone, Debug)]
pub enum TargetChoice {
    Machine(MachineRef),
    /// Machines with all of these tags; several values of one are alternatives.
    Tags(Vec<(String, Vec<String>)>),
    Group(String),
}

/// A machine by its id, and what a row said of it.
#[derive(Clone, Debug, Default)]
pub struct MachineRef {
    pub id: String,
    pub name: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub windows: Option<bool>,
}

/// The accounts and regions of a run, each once, and the machines that were chosen in them:
/// in the order of the choices, each once.
pub struct FleetPlan {
    pub places: Vec<Context>,
    pub targets: Vec<FleetTarget>,
}

/// `elsewhere`: machines that say that they are in another region than these are looked for there.
pub async fn resolve(places: Vec<Context>, choices: &[TargetChoice], elsewhere: bool) -> Result<FleetPlan, Error> {
    if choices.is_empty() {
        return Ok(FleetPlan { places, targets: Vec::new() });
    }
    let mut places = places;
    if elsewhere {
        let here = places.clone();
        let regions: BTreeSet<&str> = choices.iter().filter_map(TargetChoice::region).collect();
        places.extend(here.iter().flat_map(|session| regions.iter().map(|region| session.in_region(region))));
    }
    let places = each_once(places).await?;
    let mut targets: Vec<FleetTarget> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |target: FleetTarget| {
        if seen.insert((target.place, target.id.clone())) {
            targets.push(target);
        }
    };
    // Tags and groups mean the places that were named, or the one that the caller is in.
    let asked = if elsewhere { &places[..1] } else { &places[..] };
    for choice in choices {
        let tags_or_group = match choice {
            TargetChoice::Machine(machine) => {
                let place = place_of(&places, machine, elsewhere)?;
                add(machine.clone().into_target(place, &places[place]));
                continue;
            }
            other => other,
        };
        let found = try_join_all(asked.iter().map(|session| async move {
            match tags_or_group {
                TargetChoice::Group(name) => members(session, name).await,
                TargetChoice::Tags(tags) => tagged(session, tags).await,
                TargetChoice::Machine(_) => Ok(Vec::new()),
            }
        }));
        for (place, mut found) in found.await?.into_iter().enumerate() {
            found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
            found.into_iter().for_each(|machine| add(machine.into_target(place, &places[place])));
        }
    }
    describe(&places, &mut targets).await;
    Ok(FleetPlan { places, targets })
}

/// Two profiles may be the same account, and nobody means to run a command there twice.
pub async fn each_once(places: Vec<Context>) -> Result<Vec<Context>, Error> {
    let mut once: Vec<Context> = Vec::new();
    for session in places {
        session.learn_account().await?;
        // Where the account is not known, the same caller is the same account.
        let account = |session: &Context| session.account().ok_or_else(|| session.settings().principal.clone());
        let place =
            |session: &Context| (account(session), session.region(), session.settings().principal.endpoint_url.clone());
        let is_same = |other: &Context| place(&session) == place(other);
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
    fn into_target(self, place: usize, session: &Context) -> FleetTarget {
        FleetTarget {
            place,
            id: self.id,
            name: self.name.unwrap_or_default(),
            account: self.account.or_else(|| session.account()),
            region: session.region(),
            windows: self.windows,
        }
    }
}

/// A row of a sweep says where it is from; a bare id is where the run is.
fn place_of(places: &[Context], machine: &MachineRef, elsewhere: bool) -> Result<usize, Error> {
    let fits = |session: &Context| {
        let same = |said: &Option<String>, own: Option<String>| said.is_none() || own.is_none() || *said == own;
        same(&machine.region, session.region()) && same(&machine.account, session.account())
    };
    let fitting: Vec<usize> = (0..places.len()).filter(|at| fits(&places[*at])).collect();
    match fitting[..] {
        [one] => Ok(one),
        // Where nobody has named the places, the first is where the caller is.
        [first, ..] if elsewhere => Ok(first),
        [] => {
            let place = [machine.account.as_deref(), machine.region.as_deref()].into_iter().flatten();
            let place = place.collect::<Vec<_>>().join(" ");
            Err(bad(format!(
                "{} is in {place}, which none of the run's sessions speaks for; name one in `sessions`",
                machine.id
            )))
        }
        _ => Err(bad(format!(
            "{} does not say which of the {} regions or accounts it is in; give {{instance_id=, region=}}",
            machine.id,
            places.len()
        ))),
    }
}

fn bad(problem: String) -> Error {
    Error::new("BadTargets", format!("fleet: {problem}"))
}

fn filter(name: &str, values: &[String]) -> Value {
    Value::Map(map([("name", name.into()), ("values", list(values))]))
}

/// Running instances, and the hybrid nodes with the same tags.
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

/// Managed nodes that are in no EC2.
async fn nodes(session: &Context, filters: Vec<Value>) -> Result<Vec<MachineRef>, Error> {
    let input = map([("filters", Value::List(filters)), ("max_results", Value::Integer(NODES as i64))]);
    let nodes = all_items(session, "ssm", "describe_instance_information", "instance_information_list", input).await;
    let nodes = match nodes {
        Err(error) if error.is_not_offered() => {
            tracing::warn!("hybrid nodes are not looked for, this server has no DescribeInstanceInformation");
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

/// The machines of a resource group. A group that could not be resolved as a whole is no
/// smaller group.
async fn members(session: &Context, name: &str) -> Result<Vec<MachineRef>, Error> {
    let mut ids = BTreeSet::new();
    let input = map([("group", name.into())]);
    pages(session, "resource_groups", "list_group_resources", input, |page| {
        if let Some(error) = maps(page.take("query_errors")).into_iter().next() {
            let (code, message) = (text(&error, "error_code"), text(&error, "message"));
            return Err(bad(format!("the resource group {name} is not complete: {code}: {message}")));
        }
        let named =
            maps(page.take("resources")).into_iter().filter_map(|mut resource| match resource.take("identifier") {
                Value::Map(identifier) => Some(identifier),
                _ => None,
            });
        // Older servers name them in the older list, which AWS fills as well.
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
    for ids in ids.chunks(FILTERED) {
        let running = filter("instance-state-name", &["running".to_owned()]);
        machines.extend(instances(session, vec![running, filter("instance-id", ids)]).await?);
    }
    machines.extend(hybrid.into_iter().map(|id| MachineRef { id, ..MachineRef::default() }));
    Ok(machines)
}

/// Names and platforms of those of whom only the id is known. What cannot be found out does
/// not keep anybody from running: they are asked for by a shell script then.
pub async fn describe(places: &[Context], targets: &mut [FleetTarget]) {
    for (place, session) in places.iter().enumerate() {
        let is_bare =
            |target: &&FleetTarget| target.place == place && (target.name.is_empty() || target.windows.is_none());
        let bare = targets.iter().filter(is_bare);
        let (hybrid, ids): (Vec<_>, Vec<_>) =
            bare.map(|target| target.id.clone()).partition(|id| id.starts_with("mi-"));
        let mut known: BTreeMap<String, MachineRef> = BTreeMap::new();
        let mut learn = |found: Result<Vec<MachineRef>, Error>| match found {
            Ok(machines) => known.extend(machines.into_iter().map(|machine| (machine.id.clone(), machine))),
            Err(error) => tracing::warn!("names and platforms are not known: {error}"),
        };
        for ids in ids.chunks(FILTERED) {
            learn(instances(session, vec![filter("instance-id", ids)]).await);
        }
        for ids in hybrid.chunks(NODES) {
            learn(nodes(session, vec![string_filter("InstanceIds", ids)]).await);
        }
        for target in targets.iter_mut().filter(|target| target.place == place) {
            if let Some(machine) = known.remove(&target.id) {
                target.name = machine.name.filter(|_| target.name.is_empty()).unwrap_or_else(|| target.name.clone());
                target.windows = target.windows.or(machine.windows);
            }
        }
    }
}
