//! The instances that tags and groups select, for calls that name their targets so.

use moonfleet_client::by_name::{all_items, instances, list, map, text};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::GuardedCall;
use super::targets::{Selector, Target};

/// Returns the instances that match all selectors.
pub(super) async fn resolve_selectors(call: GuardedCall<'_>, selectors: &[Selector]) -> Result<Vec<Target>, Error> {
    let mut filters = Vec::new();
    for Selector { key, values } in selectors {
        match key.as_str() {
            "resource-groups:Name" => return group_members(call, values).await,
            "tag-key" => filters.push(filter("tag-key", values)),
            // `*` selects every instance and needs no filter.
            "InstanceIds" => {}
            _ if key.starts_with("tag:") => filters.push(filter(key, values)),
            _ => {
                return Err(
                    call.refused(&format!("cannot resolve the target key {key:?} to instances; give instance ids"))
                );
            }
        }
    }
    filters.push(filter("instance-state-name", &["pending", "running", "stopping", "stopped"].map(str::to_owned)));
    let input = map([("filters", Value::List(filters))]);
    let instances = instances(call.session, input).await?;
    Ok(instances.iter().map(|instance| target(text(instance, "instance_id"))).collect())
}

async fn group_members(call: GuardedCall<'_>, groups: &[String]) -> Result<Vec<Target>, Error> {
    let mut targets = Vec::new();
    for group in groups {
        let input = map([("group", group.as_str().into())]);
        let members = all_items(call.session, "resource_groups", "list_group_resources", "resources", input).await?;
        targets.extend(members.into_iter().filter_map(|mut member| match member.take("identifier") {
            Value::Map(identifier) => instance_of(&identifier),
            _ => None,
        }));
    }
    Ok(targets)
}

fn instance_of(identifier: &Map) -> Option<Target> {
    let arn = text(identifier, "resource_arn");
    let id = arn.rsplit_once(":instance/")?.1;
    Some(target(id.to_owned()))
}

fn target(id: String) -> Target {
    Target { kind: "instance".to_owned(), id }
}

fn filter(name: &str, values: &[String]) -> Value {
    Value::Map(map([("name", name.into()), ("values", list(values))]))
}
