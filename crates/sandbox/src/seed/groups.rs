//! Resource groups: by tags, by stacks, and a group of groups.

use std::collections::HashMap;

use super::tags;
use super::tags::tag;
use crate::resource_groups::Query;
use crate::resource_groups::state::ResourceGroup;
use crate::state::{Region, SandboxState};

const HOME: &str = "eu-central-1";

pub(super) fn add(state: &mut SandboxState, account: &str) {
    let region = state.region(account, HOME);
    let stack = |name: &str| {
        format!("arn:aws:cloudformation:{HOME}:{account}:stack/{name}/7f0c3a10-5d1e-11f0-9c41-0a5d2b9e6c3f")
    };
    make_of_stack(region, &stack("search"), &["app40-search-1", "app40-search-2"]);
    let billing = r#"{"ResourceTypeFilters":["AWS::EC2::Instance"],"TagFilters":[{"Key":"App","Values":["App30"]}]}"#;
    let together =
        r#"{"ResourceTypeFilters":["AWS::ResourceGroups::Group"],"TagFilters":[{"Key":"Tier","Values":["backend"]}]}"#;
    let of_stack = |name: &str| {
        let query = serde_json::json!({
            "ResourceTypeFilters": ["AWS::AllSupported"],
            "StackIdentifier": stack(name),
        });
        Query::of_stack(&query.to_string())
    };
    let groups = [
        ("App30-RG", "The billing workers", "team-billing", "backend", Query::of_tags(billing)),
        ("search-stack", "What the stack search has made", "team-search", "backend", of_stack("search")),
        ("backend", "All groups of the backend", "team-platform", "", Query::of_tags(together)),
        // The stack of this group was deleted.
        ("old-reports", "What the stack reports-v1 has made", "team-data", "", of_stack("reports-v1")),
    ];
    for (name, description, owner, tier, query) in groups {
        let Ok(query) = query else { continue };
        let tags = [("Owner", owner), ("Tier", tier)].into_iter().filter(|(_, value)| !value.is_empty());
        let group = ResourceGroup {
            name: name.to_owned(),
            arn: ResourceGroup::arn(account, HOME, name),
            description: Some(description.to_owned()),
            criticality: None,
            owner: None,
            display_name: None,
            query,
            tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<HashMap<_, _>>(),
        };
        region.groups.groups.insert(name.to_owned(), group);
    }
}

/// Tags the resources of a stack with its name.
fn make_of_stack(region: &mut Region, stack: &str, names: &[&str]) {
    region.groups.stacks.insert(stack.to_owned());
    let name = stack.split('/').nth(1).unwrap_or_default();
    for (machine, number) in names.iter().zip(1..) {
        let Some(id) = tags::instance_named(region, machine) else { continue };
        let volumes = region.ec2.volumes.iter().filter(|volume| {
            volume.attachments().iter().any(|attachment| attachment.instance_id() == Some(id.as_str()))
        });
        let ids: Vec<String> = volumes.filter_map(|volume| volume.volume_id.clone()).chain([id.clone()]).collect();
        let logical = format!("Node{number}");
        for id in ids {
            let tags = [
                tag("aws:cloudformation:stack-id", stack),
                tag("aws:cloudformation:stack-name", name),
                tag("aws:cloudformation:logical-id", &logical),
            ];
            region.ec2.tags.put(&id, &tags);
        }
    }
}
