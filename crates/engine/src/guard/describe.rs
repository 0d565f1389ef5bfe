//! Reading the names and the state of resources. The operation that describes a kind of resource
//! is found in the declarations of the operations; no list names it.

use std::sync::Arc;

use futures_util::future::join_all;
use moonfleet_bindings::{Operation, Risk, Service, check};
use moonfleet_client::Pager;
use moonfleet_client::by_name::{answered, list, maps, named};
use moonfleet_client::{CallOptions, Session};
use moonfleet_core::Error;
use moonfleet_core::json::Json as AsJson;
use moonfleet_core::{Map, Type, Value};
use serde_json::Value as Json;

use super::targets::{Target, by_kind, looks_like_id};

/// A target with its name and state.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedTarget {
    pub target: Target,
    pub name: Option<String>,
    /// The description without times; `None` if no operation describes the target or it does not exist.
    pub state: Option<Json>,
}

/// The most ids in one request.
const IDS_PER_REQUEST: usize = 100;

/// Describes the targets. The result contains every target; those that cannot be read have no state.
pub async fn describe_targets(
    session: &Arc<Session>,
    service: &'static Service,
    operation: &Operation,
    targets: &[Target],
) -> Vec<DescribedTarget> {
    let kinds = by_kind(targets);
    let descriptions = kinds.iter().map(|(kind, ids)| async move {
        let Some(describer) = Describer::find(service, operation, kind, ids) else { return Vec::new() };
        describer.describe(session, ids).await
    });
    let records: Vec<(String, Map)> = join_all(descriptions).await.into_iter().flatten().collect();
    let described = targets.iter().map(|target| {
        let record = records.iter().find(|(id, _)| *id == target.id).map(|(_, record)| record);
        DescribedTarget { target: target.clone(), name: record.and_then(name), state: record.map(state) }
    });
    described.collect()
}

/// Returns EC2 for ids of EC2's form, which other services name too, and else the given service.
fn owner(service: &'static Service, ids: &[String]) -> &'static Service {
    if ids.iter().all(|id| looks_like_id(id)) { named("ec2", "describe_tags").0 } else { service }
}

/// Counts all resources of a kind in the account and region; `None` if no operation lists the kind.
pub async fn count(
    session: &Arc<Session>,
    service: &'static Service,
    kind: &str,
    ids: &[String],
) -> Option<Result<usize, Error>> {
    let service = owner(service, ids);
    let lists_kind = |operation: &&'static Operation| {
        operation.name.starts_with("describe_") && operation.input().field(&format!("{kind}_ids")).is_some()
    };
    let operation = service.operations().iter().filter(lists_kind).min_by_key(|operation| operation.name.len())?;
    let counting = async {
        let input = check(service.name, operation, Value::Nil)?;
        let items = every_item(session, service, operation, input).await?;
        Ok(items.iter().filter(|item| !is_gone(item)).count())
    };
    Some(counting.await)
}

/// Whether the item is deleted or about to be. EC2 lists terminated instances for an hour.
fn is_gone(item: &Map) -> bool {
    let state = match item.get("state") {
        Some(Value::Map(state)) => state.get("name"),
        state => state,
    };
    matches!(state, Some(Value::String(state)) if ["terminated", "shutting-down", "deleted"].contains(&state.as_str()))
}

/// The operation that describes resources by their ids.
struct Describer {
    service: &'static Service,
    operation: &'static Operation,
    /// The parameter that takes the ids.
    field: &'static str,
    takes_many: bool,
}

impl Describer {
    fn find(service: &'static Service, change: &Operation, kind: &str, ids: &[String]) -> Option<Describer> {
        let service = owner(service, &ids[..1]);
        let noun =
            |name: &str| name.split_once('_').map_or(String::new(), |(_, noun)| noun.trim_end_matches('s').to_owned());
        let candidates = service.operations().iter().filter_map(|operation| {
            let reads = operation.risk == Risk::Read
                && !operation.issues_credentials
                && ["get_", "describe_"].iter().any(|verb| operation.name.starts_with(verb));
            let field = operation.input().fields.iter().find(|field| {
                let own = field.name();
                own == kind
                    || own
                        .strip_prefix(kind)
                        .is_some_and(|rest| ["_ids", "_id", "_names", "_name", "_arn"].contains(&rest))
            })?;
            let is_enough =
                operation.input().fields.iter().all(|other| !other.required || other.name() == field.name());
            let takes_many = matches!(field.ty, Type::List(Type::String));
            let fits = takes_many || matches!(field.ty, Type::String);
            (reads && is_enough && fits).then_some(Describer { service, operation, field: field.name(), takes_many })
        });
        // An operation whose noun is that of the change or of the kind goes first, then the shortest name.
        candidates.min_by_key(|describer| {
            let described = noun(describer.operation.name);
            let is_same = described == noun(change.name) || described == kind;
            (!is_same, describer.operation.name.len())
        })
    }

    /// Returns the descriptions by id, without ids that do not exist.
    async fn describe(&self, session: &Arc<Session>, ids: &[String]) -> Vec<(String, Map)> {
        if !self.takes_many {
            return join_all(ids.iter().map(|id| self.describe_one(session, id))).await.into_iter().flatten().collect();
        }
        let chunks = ids.chunks(IDS_PER_REQUEST).map(|ids| async move {
            match self.describe_many(session, ids).await {
                Ok(found) => found,
                // One id that does not exist makes the whole request fail.
                Err(_) if ids.len() > 1 => {
                    let each = ids.iter().map(|id| self.describe_many(session, std::slice::from_ref(id)));
                    join_all(each).await.into_iter().filter_map(Result::ok).flatten().collect()
                }
                Err(error) => {
                    tracing::debug!("guard: cannot describe {}: {error}", ids.join(", "));
                    Vec::new()
                }
            }
        });
        join_all(chunks).await.into_iter().flatten().collect()
    }

    async fn describe_many(&self, session: &Arc<Session>, ids: &[String]) -> Result<Vec<(String, Map)>, Error> {
        let input = check(self.service.name, self.operation, self.input(list(ids)))?;
        let items = every_item(session, self.service, self.operation, input).await?;
        let by_id = items.into_iter().filter_map(|item| {
            let names_item =
                |id: &&String| item.0.iter().any(|(_, value)| matches!(value, Value::String(text) if text == *id));
            Some((ids.iter().find(names_item)?.clone(), item))
        });
        Ok(by_id.collect())
    }

    async fn describe_one(&self, session: &Arc<Session>, id: &str) -> Option<(String, Map)> {
        let input = check(self.service.name, self.operation, self.input(Value::from(id))).ok()?;
        let mut pager = Pager::new(session.clone(), self.service, self.operation, input, CallOptions::default());
        match pager.next().await {
            Ok(answer) => Some((id.to_owned(), answered(answer?))),
            Err(error) => {
                tracing::debug!("guard: cannot describe {id}: {error}");
                None
            }
        }
    }

    fn input(&self, ids: Value) -> Value {
        Value::Map([(self.field.to_owned(), ids)].into_iter().collect())
    }
}

async fn every_item(
    session: &Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
) -> Result<Vec<Map>, Error> {
    let mut pager = Pager::new(session.clone(), service, operation, input, CallOptions::default());
    let path = operation.items.as_ref().map_or(&[][..], |items| items.path);
    let mut all = Vec::new();
    while let Some(page) = pager.next().await? {
        let mut level = vec![answered(page)];
        for step in path {
            level = level.into_iter().flat_map(|mut map| maps(map.take(step))).collect();
        }
        all.append(&mut level);
    }
    Ok(all)
}

/// Returns the tag `Name`, by which EC2's owners name resources.
fn name(record: &Map) -> Option<String> {
    let Some(Value::List(tags)) = record.get("tags") else { return None };
    tags.iter().find_map(|tag| match tag {
        Value::Map(tag) if matches!(tag.get("key"), Some(Value::String(key)) if key == "Name") => {
            match tag.get("value") {
                Some(Value::String(name)) if !name.is_empty() => Some(name.clone()),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Returns a description that can be compared: without times and empty values, and with lists
/// sorted, because services return them in any order.
fn state(record: &Map) -> Json {
    plain(&Value::Map(record.clone())).unwrap_or_default()
}

/// Fields whose text contains a time and repeats another field.
const IGNORED_FIELDS: &[&str] = &["state_transition_reason"];

fn plain(value: &Value) -> Option<Json> {
    match value {
        Value::Nil | Value::Time(_) => None,
        Value::Map(map) => {
            let fields = map.0.iter().filter(|(name, _)| !IGNORED_FIELDS.contains(&name.as_str()));
            let fields: serde_json::Map<_, _> =
                fields.filter_map(|(name, value)| Some((name.clone(), plain(value)?))).collect();
            (!fields.is_empty()).then_some(Json::Object(fields))
        }
        Value::List(items) => {
            // Tags are compared by their keys.
            if let Some(tags) = pairs(items) {
                return Some(tags);
            }
            let mut items: Vec<Json> = items.iter().filter_map(plain).collect();
            items.sort_by_cached_key(Json::to_string);
            (!items.is_empty()).then_some(Json::Array(items))
        }
        other => serde_json::to_value(AsJson(other)).ok(),
    }
}

/// Returns a list of keys and values as a map; `None` for other lists.
fn pairs(items: &[Value]) -> Option<Json> {
    let pair = |item: &Value| match item {
        Value::Map(map) if map.0.len() == 2 => match (map.get("key"), map.get("value")) {
            (Some(Value::String(key)), Some(Value::String(value))) => Some((key.clone(), Json::from(value.as_str()))),
            _ => None,
        },
        _ => None,
    };
    let pairs: serde_json::Map<_, _> = items.iter().map(pair).collect::<Option<_>>()?;
    (!pairs.is_empty()).then_some(Json::Object(pairs))
}

/// Returns the differences, each as a line: `tags.App: "App20", now "App30"`.
pub fn differences(before: &DescribedTarget, now: &DescribedTarget) -> Vec<String> {
    match (&before.state, &now.state) {
        (Some(_), None) => vec!["no longer exists".to_owned()],
        (None, Some(_)) => vec!["exists now, but did not when the plan was made".to_owned()],
        (None, None) => Vec::new(),
        (Some(before), Some(now)) => {
            let mut found = Vec::new();
            compare("", before, now, &mut found);
            found
        }
    }
}

fn compare(path: &str, before: &Json, now: &Json, found: &mut Vec<String>) {
    if before == now {
        return;
    }
    let (Json::Object(one), Json::Object(other)) = (before, now) else {
        let shown = |value: &Json| if value.is_null() { "not set".to_owned() } else { value.to_string() };
        found.push(format!("{path}: {}, now {}", shown(before), shown(now)));
        return;
    };
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(&inner, one.get(name).unwrap_or(&Json::Null), other.get(name).unwrap_or(&Json::Null), found);
    }
}
