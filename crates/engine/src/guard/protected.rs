//! Resources that have the protecting tag. EC2 lists them in one answer; the other services need
//! a request for each resource.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use moonfleet_bindings::{Operation, Service, check};
use moonfleet_client::by_name::{all_items, answered, map, maps, read, text};
use moonfleet_client::send;
use moonfleet_client::{CallOptions, Session};
use moonfleet_core::Error;
use moonfleet_core::arn;
use moonfleet_core::{Map, Value};

use super::owners::owners;
use super::targets::{Target, looks_like_id};

/// How long EC2's answer is cached, so that a loop of changes asks once.
const CACHE_TIME: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Protected {
    cache: Mutex<HashMap<CacheKey, (Instant, Ids)>>,
}

type Ids = Arc<BTreeSet<String>>;

/// Account, region and tag.
type CacheKey = (String, Option<String>, String);

impl Protected {
    /// Returns the ids of the protected targets.
    pub(super) async fn among(
        &self,
        session: &Arc<Session>,
        service: &'static Service,
        operation: &Operation,
        tag: &str,
        targets: &[Target],
    ) -> Result<Vec<String>, Error> {
        let (ec2_ids, others): (Vec<&Target>, Vec<&Target>) =
            targets.iter().partition(|target| ec2_id(target).is_some());
        let mut found = Vec::new();
        if !ec2_ids.is_empty() || service.name == "ec2" {
            let protected = self.ec2_ids(session, tag).await?;
            let is_protected = |target: &&&Target| ec2_id(target).is_some_and(|id| protected.contains(id));
            found.extend(ec2_ids.iter().filter(is_protected).map(|target| target.id.clone()));
            if service.name == "ec2" && !protected.is_empty() {
                found.extend(by_owner(session, operation, &protected, targets).await?);
            }
        }
        let mut candidates = others;
        if candidates.iter().any(|target| is_node(target)) {
            // One list of the nodes with the tag saves a request for each node.
            let tagged = node_ids(session, tag).await?;
            candidates.retain(|target| !is_node(target) || tagged.contains(&target.id));
        }
        let checks = candidates.into_iter().map(|target| async move {
            let tags = tags(session, service, operation, target).await?;
            Ok::<_, Error>(tags.iter().any(|key| key == tag).then(|| target.id.clone()))
        });
        found.extend(try_join_all(checks).await?.into_iter().flatten());
        Ok(found)
    }

    /// Returns the ids of all protected EC2 resources in the session's account and region.
    pub(super) async fn ec2_ids(&self, session: &Arc<Session>, tag: &str) -> Result<Ids, Error> {
        let key = (session.owner(), session.region(), tag.to_owned());
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((at, ids)) = cached
            && at.elapsed() < CACHE_TIME
        {
            return Ok(ids);
        }
        let filter = map([("name", "key".into()), ("values", Value::List(vec![tag.into()]))]);
        let input = map([("filters", Value::List(vec![Value::Map(filter)]))]);
        let tags = unless_not_offered(all_items(session, "ec2", "describe_tags", "tags", input).await)?;
        // Some servers ignore filters.
        let tags = tags.iter().flatten().filter(|found| text(found, "key") == tag);
        let ids: BTreeSet<String> = tags.map(|tag| text(tag, "resource_id")).collect();
        let ids = Arc::new(ids);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(key, (Instant::now(), ids.clone()));
        Ok(ids)
    }

    /// Clears the cache, because a call changes tags.
    pub(super) fn forget(&self) {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Returns the targets with a protected owner, each with the owner's id.
async fn by_owner(
    session: &Arc<Session>,
    operation: &Operation,
    protected: &BTreeSet<String>,
    targets: &[Target],
) -> Result<Vec<String>, Error> {
    let candidates: Vec<&Target> = targets.iter().filter(|target| !protected.contains(&target.id)).collect();
    let owners = owners(session, operation, &candidates).await?;
    let owners = owners.into_iter().filter(|(_, owner)| protected.contains(owner));
    Ok(owners.map(|(target, owner)| format!("{} ({owner})", target.id)).collect())
}

/// Returns the id of an EC2 resource that the target names by its id or its ARN.
fn ec2_id(target: &Target) -> Option<&str> {
    let service_in_arn = || target.id.strip_prefix("arn:")?.split(':').nth(1).filter(|service| *service == "ec2");
    let id = match service_in_arn() {
        Some(_) => target.id.rsplit(['/', ':']).next()?,
        None => &target.id,
    };
    looks_like_id(id).then_some(id)
}

/// Returns `None` if the server does not offer the operation. Servers other than AWS have no tags
/// for some kinds of resources.
pub(super) fn unless_not_offered<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_offered() || error.is_not_found() || error.code == "BadResponse" => {
            tracing::debug!("guard: the server lists no tags: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Returns the keys of a resource's tags; an empty list if its kind has no tags or it does not exist.
async fn tags(
    session: &Arc<Session>,
    service: &'static Service,
    operation: &Operation,
    target: &Target,
) -> Result<Vec<String>, Error> {
    let keys = match service.name {
        "iam" => iam_tags(session, service, target).await,
        "resource_groups" => group_tags(session, target).await,
        "ssm" => ssm_tags(session, operation, target).await,
        // [`reads_tags`] is false, and the confirmation says so.
        _ => return Ok(Vec::new()),
    };
    Ok(unless_not_offered(keys)?.unwrap_or_default())
}

/// Whether the tags of the service's resources are read before a change.
pub(super) fn reads_tags(service: &Service) -> bool {
    ["ec2", "iam", "resource_groups", "ssm"].contains(&service.name)
}

/// Reads tags in IAM, which has an operation for each kind, such as `list_role_tags`.
async fn iam_tags(session: &Arc<Session>, iam: &'static Service, target: &Target) -> Result<Vec<String>, Error> {
    // AWS's own policies cannot be tagged.
    if arn::is_owned_by_aws(&target.id) {
        return Ok(Vec::new());
    }
    let Some(operation) = iam.operation(&format!("list_{}_tags", target.kind)) else { return Ok(Vec::new()) };
    let Some(field) = operation.input().fields.iter().find(|field| field.required) else { return Ok(Vec::new()) };
    let input: Map = [(field.name().to_owned(), Value::from(target.id.as_str()))].into_iter().collect();
    let input = check(iam.name, operation, Value::Map(input))?;
    let answer = send(session.clone(), iam, operation, input, CallOptions::default()).await?;
    Ok(keys(answered(answer).take("tags")))
}

async fn group_tags(session: &Arc<Session>, target: &Target) -> Result<Vec<String>, Error> {
    let arn = match target.kind.as_str() {
        _ if target.id.starts_with("arn:") => target.id.clone(),
        "group" | "name" => {
            let mut found =
                read(session, "resource_groups", "get_group", map([("group", target.id.as_str().into())])).await?;
            match found.take("group") {
                Value::Map(group) => text(&group, "group_arn"),
                _ => return Ok(Vec::new()),
            }
        }
        _ => return Ok(Vec::new()),
    };
    if !arn.contains(":resource-groups:") {
        return Ok(Vec::new());
    }
    let mut found = read(session, "resource_groups", "get_tags", map([("arn", arn.into())])).await?;
    match found.take("tags") {
        Value::Map(tags) => Ok(tags.0.into_iter().map(|(key, _)| key).collect()),
        _ => Ok(Vec::new()),
    }
}

/// Whether the target is a hybrid node, which is not an EC2 instance.
fn is_node(target: &Target) -> bool {
    target.kind == "instance" && target.id.starts_with("mi-")
}

/// Returns the ids of the hybrid nodes with the tag, which Systems Manager lists in one answer.
async fn node_ids(session: &Arc<Session>, tag: &str) -> Result<BTreeSet<String>, Error> {
    let filter = map([("key", "tag-key".into()), ("values", Value::List(vec![tag.into()]))]);
    let input = map([("filters", Value::List(vec![Value::Map(filter)]))]);
    let nodes = all_items(session, "ssm", "describe_instance_information", "instance_information_list", input).await;
    let nodes = unless_not_offered(nodes)?.unwrap_or_default();
    Ok(nodes.iter().map(|node| text(node, "instance_id")).collect())
}

async fn ssm_tags(session: &Arc<Session>, operation: &Operation, target: &Target) -> Result<Vec<String>, Error> {
    let kind = match target.kind.as_str() {
        "name" | "names" if operation.name.contains("parameter") => "Parameter",
        "name" | "names" if operation.name.contains("document") => "Document",
        _ if is_node(target) => "ManagedInstance",
        "window" => "MaintenanceWindow",
        "baseline" => "PatchBaseline",
        "association" => "Association",
        "automation_execution" => "Automation",
        "ops_item" => "OpsItem",
        _ => return Ok(Vec::new()),
    };
    let input = map([("resource_type", kind.into()), ("resource_id", target.id.as_str().into())]);
    let mut found = read(session, "ssm", "list_tags_for_resource", input).await?;
    Ok(keys(found.take("tag_list")))
}

fn keys(tags: Value) -> Vec<String> {
    maps(tags).iter().map(|tag| text(tag, "key")).collect()
}
