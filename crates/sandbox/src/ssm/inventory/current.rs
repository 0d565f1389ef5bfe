//! The inventory of all nodes at the time of a call.

use super::state::{Inventory, Item, entry};
use crate::ApiError;
use crate::ssm::machine::Machine;
use crate::ssm::nodes;
use crate::state::Call;

pub(super) const INFORMATION: &str = "AWS:InstanceInformation";

/// Returns the inventory of all nodes: managed ones, and those that have reported once.
pub(super) fn current_inventory(call: &Call<'_>) -> Inventory {
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

pub(super) fn information(call: &Call<'_>, id: &str, machine: Option<&Machine>) -> Item {
    let Some(machine) = machine else {
        let gone = !call.region.ec2.instances.contains_key(id);
        let status = if gone { "Terminated" } else { "Stopped" };
        return Item::new("1.0", call.now, vec![entry([("InstanceId", id), ("InstanceStatus", status)])]);
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
    Item::new("1.0", last_ping, vec![facts])
}

/// The error for an unknown type.
pub(super) fn unknown_type(name: &str) -> ApiError {
    ApiError::new("InvalidTypeNameException", format!("The parameter type name isn't valid: {name}."))
}
