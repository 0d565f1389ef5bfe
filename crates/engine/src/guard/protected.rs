//! Resources that carry the protecting tag. EC2 says in one answer which do; the other
//! services are asked for each resource.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use moonfleet_bindings::{Operation, Service, check};
use moonfleet_client::by_name::{all_items, answered, map, maps, read, text};
use moonfleet_client::send;
use moonfleet_client::{CallOptions, Session};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::targets::{Target, looks_like_id};

/// How long EC2's answer is good: a loop of changes asks once.
const FRESH: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Protected {
    known: Mutex<HashMap<CacheKey, (Instant, Ids)>>,
}

type Ids = Arc<BTreeSet<String>>;

/// An account and a region, and the tag.
type CacheKey = (String, Option<String>, String);

impl Protected {
    /// Those of the targets that are protected.
    pub(super) async fn among(
        &self,
        session: &Arc<Session>,
        of: &'static Service,
        operation: &Operation,
        tag: &str,
        targets: &[Target],
    ) -> Result<Vec<String>, Error> {
        let (ec2_ids, others): (Vec<&Target>, Vec<&Target>) =
            targets.iter().partition(|target| id_of(target).is_some());
        let mut found = Vec::new();
        if !ec2_ids.is_empty() {
            let protected = self.ec2_ids(session, tag).await?;
            let is_protected = |target: &&&Target| id_of(target).is_some_and(|id| protected.contains(id));
            found.extend(ec2_ids.iter().filter(is_protected).map(|target| target.id.clone()));
        }
        let mut asked = others;
        if asked.iter().any(|target| is_node(target)) {
            // Of many nodes only those are asked for their tags that have this one.
            let tagged = node_ids(session, tag).await?;
            asked.retain(|target| !is_node(target) || tagged.contains(&target.id));
        }
        let asked = asked.into_iter().map(|target| async move {
            let tags = tags(session, of, operation, target).await?;
            Ok::<_, Error>(tags.iter().any(|key| key == tag).then(|| target.id.clone()))
        });
        found.extend(try_join_all(asked).await?.into_iter().flatten());
        Ok(found)
    }

    /// All that are protected in the session's account and region.
    pub(super) async fn ec2_ids(&self, session: &Arc<Session>, tag: &str) -> Result<Ids, Error> {
        let place = (session.owner(), session.region(), tag.to_owned());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some((at, ids)) = known
            && at.elapsed() < FRESH
        {
            return Ok(ids);
        }
        let filter = map([("name", "key".into()), ("values", Value::List(vec![tag.into()]))]);
        let input = map([("filters", Value::List(vec![Value::Map(filter)]))]);
        let tags = unless_not_offered(all_items(session, "ec2", "describe_tags", "tags", input).await)?;
        // There are servers that do not heed filters.
        let tags = tags.iter().flatten().filter(|found| text(found, "key") == tag);
        let ids: BTreeSet<String> = tags.map(|tag| text(tag, "resource_id")).collect();
        let ids = Arc::new(ids);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(place, (Instant::now(), ids.clone()));
        Ok(ids)
    }

    /// Tags have been changed, perhaps those that protect.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The id of a resource of EC2's, also where an ARN names it.
fn id_of(target: &Target) -> Option<&str> {
    let of_arn = || target.id.strip_prefix("arn:")?.split(':').nth(1).filter(|service| *service == "ec2");
    let id = match of_arn() {
        Some(_) => target.id.rsplit(['/', ':']).next()?,
        None => &target.id,
    };
    looks_like_id(id).then_some(id)
}

/// Other servers than AWS have no tags everywhere.
fn unless_not_offered<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_offered() || error.is_not_found() || error.code == "BadResponse" => {
            tracing::debug!("guard: no tags are known: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The keys of a resource's tags; none where its kind has no tags or it is not there.
async fn tags(
    session: &Arc<Session>,
    of: &'static Service,
    operation: &Operation,
    target: &Target,
) -> Result<Vec<String>, Error> {
    let asked = match of.name {
        "iam" => iam_tags(session, of, target).await,
        "resource_groups" => group_tags(session, target).await,
        "ssm" => ssm_tags(session, operation, target).await,
        _ => return Ok(Vec::new()),
    };
    Ok(unless_not_offered(asked)?.unwrap_or_default())
}

/// IAM has an operation for each kind that can be tagged, named after it.
async fn iam_tags(session: &Arc<Session>, iam: &'static Service, target: &Target) -> Result<Vec<String>, Error> {
    // AWS's own policies are nobody's to tag.
    if target.id.starts_with("arn:aws:iam::aws:") {
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

/// A machine that is not EC2's.
fn is_node(target: &Target) -> bool {
    target.kind == "instance" && target.id.starts_with("mi-")
}

/// Machines that are not of EC2's: Systems Manager says in one answer which have the tag.
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
