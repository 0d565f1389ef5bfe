//! Inventory: what the machines have told of themselves.
//!
//! `AWS:InstanceInformation` is what Systems Manager knows of every managed node by itself;
//! all else is kept as an agent or a script has put it.
//!
//! * [`schema`] has the types and their attributes,
//! * [`query`] finds nodes and counts them,
//! * [`entries`] reads, puts and deletes the entries of a node.

mod entries;
mod query;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::nodes::{self, Machine};
use crate::ApiError;
use crate::state::Call;

pub use entries::{delete_inventory, list_inventory_entries, put_inventory};
pub use query::get_inventory;
pub use schema::get_inventory_schema;

pub type Entry = BTreeMap<String, String>;

/// What a node has of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub schema_version: String,
    pub capture_time: String,
    pub content: Vec<Entry>,
}

/// By node and type.
pub type Inventory = BTreeMap<String, BTreeMap<String, Item>>;

const INFORMATION: &str = "AWS:InstanceInformation";

/// All that is known of all nodes: of those that are managed now, and of those that have
/// reported something once.
fn known(call: &Call<'_>) -> Inventory {
    let mut known = call.region.ssm.inventory.clone();
    let machines = nodes::machines(call);
    for machine in &machines {
        known.entry(machine.id.clone()).or_default();
    }
    for (id, items) in &mut known {
        let machine = machines.iter().find(|machine| machine.id == *id);
        items.insert(INFORMATION.to_owned(), information(call, id, machine));
    }
    known
}

fn information(call: &Call<'_>, id: &str, machine: Option<&Machine>) -> Item {
    let Some(machine) = machine else {
        let gone = !call.region.ec2.instances.contains_key(id);
        let status = if gone { "Terminated" } else { "Stopped" };
        return Item::of("1.0", call.now, vec![entry([("InstanceId", id), ("InstanceStatus", status)])]);
    };
    let shown = nodes::show(call, machine);
    let (status, last_ping) = nodes::ping(call.now, machine.node.reach);
    let kind = if machine.node.hybrid.is_some() { "ManagedInstance" } else { "EC2Instance" };
    let status = if status.as_str() == "Online" { "Active" } else { status.as_str() };
    let ip = machine.ip.to_string();
    let facts = entry([
        ("AgentType", "amazon-ssm-agent"),
        ("AgentVersion", machine.node.agent_version),
        ("ComputerName", &machine.computer_name),
        ("InstanceId", id),
        ("InstanceStatus", status),
        ("IpAddress", &ip),
        ("PlatformName", shown.platform_name().unwrap_or_default()),
        ("PlatformType", machine.platform().as_str()),
        ("PlatformVersion", shown.platform_version().unwrap_or_default()),
        ("ResourceType", kind),
    ]);
    Item::of("1.0", last_ping, vec![facts])
}

impl Item {
    pub fn of(schema_version: &str, captured: jiff::Timestamp, content: Vec<Entry>) -> Item {
        Item {
            schema_version: schema_version.to_owned(),
            capture_time: captured.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            content,
        }
    }

    fn content_for_aws(&self) -> Vec<HashMap<String, String>> {
        self.content.iter().map(|entry| entry.clone().into_iter().collect()).collect()
    }
}

pub fn entry<'a>(facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Entry {
    facts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The fault of a type that nobody knows.
fn unknown_type(name: &str) -> ApiError {
    ApiError::new("InvalidTypeNameException", format!("The parameter type name isn't valid: {name}."))
}
