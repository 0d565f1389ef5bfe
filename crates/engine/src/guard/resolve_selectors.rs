//! The instances that tags and groups select, for calls that name their targets so.

use moonfleet_client::by_name::{all_items, instances, list, map, maps, pages, text};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::GuardedCall;
use super::targets::{INSTANCE_IDS, Selector, Target};

/// Returns the instances and nodes that match all selectors.
pub(super) async fn resolve_selectors(call: GuardedCall<'_>, selectors: &[Selector]) -> Result<Vec<Target>, Error> {
    let mut filters = Vec::new();
    for Selector { key, values } in selectors {
        match key.as_str() {
            "resource-groups:Name" | "ResourceGroup" => return group_members(call, values).await,
            "tag-key" => filters.push(filter("tag-key", values)),
            // The only selector with this key has the value `*`.
            _ if key.eq_ignore_ascii_case(INSTANCE_IDS) => return managed_nodes(call, &[]).await,
            _ if key.starts_with("tag:") => filters.push(filter(key, values)),
            _ => {
                return Err(
                    call.refused(&format!("cannot resolve the target key {key:?} to instances; give instance ids"))
                );
            }
        }
    }
    let mut found: Vec<Target> = managed_nodes(call, &filters).await?;
    // Systems Manager does not list an instance whose agent is silent, but delivers the command once it is back.
    filters.push(filter("instance-state-name", &["pending", "running", "stopping", "stopped"].map(str::to_owned)));
    let input = map([("filters", Value::List(filters))]);
    let instances = instances(call.session, input).await?;
    let instances = instances.iter().map(|instance| target(text(instance, "instance_id")));
    found.extend(instances.filter(|target| !found.contains(target)).collect::<Vec<_>>());
    Ok(found)
}

/// Returns the nodes that Systems Manager knows and that match all filters: EC2's instances and others.
async fn managed_nodes(call: GuardedCall<'_>, filters: &[Value]) -> Result<Vec<Target>, Error> {
    let keyed = maps(Value::List(filters.to_vec())).into_iter().map(|mut filter| {
        let key = ("key", Value::from(text(&filter, "name").as_str()));
        Value::Map(map([key, ("values", filter.take("values"))]))
    });
    let keyed: Vec<_> = keyed.collect();
    let input = if keyed.is_empty() { Map::default() } else { map([("filters", Value::List(keyed))]) };
    let nodes =
        all_items(call.session, "ssm", "describe_instance_information", "instance_information_list", input).await?;
    Ok(nodes.iter().map(|node| target(text(node, "instance_id"))).collect())
}

async fn group_members(call: GuardedCall<'_>, groups: &[String]) -> Result<Vec<Target>, Error> {
    let mut targets = Vec::new();
    for group in groups {
        let input = map([("group", group.as_str().into())]);
        let mut problem = None;
        pages(call.session, "resource_groups", "list_group_resources", input, |page| {
            problem = maps(page.take("query_errors")).into_iter().next();
            let members =
                maps(page.take("resources")).into_iter().filter_map(|mut member| match member.take("identifier") {
                    Value::Map(identifier) => instance_of(&identifier),
                    _ => None,
                });
            targets.extend(members);
            Ok(problem.is_none())
        })
        .await?;
        if let Some(problem) = problem {
            return Err(call.refused(&format!(
                "the group {group} is incomplete: {}: {}; give instance ids",
                text(&problem, "error_code"),
                text(&problem, "message")
            )));
        }
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
