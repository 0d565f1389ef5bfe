//! Looking at resources: what they are called and what they are like, through whichever
//! operation describes their kind. Nobody lists these: the declarations say what reads what.

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

/// A target, and what was seen of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedTarget {
    pub target: Target,
    pub name: Option<String>,
    /// What it is like, without times; none where nothing describes it or it is not there.
    pub state: Option<Json>,
}

/// What one request can be asked about.
const ASKED: usize = 100;

/// Looks at all of them. What cannot be looked at is among them too.
pub async fn describe_targets(
    session: &Arc<Session>,
    of: &'static Service,
    operation: &Operation,
    targets: &[Target],
) -> Vec<DescribedTarget> {
    let kinds = by_kind(targets);
    let looks = kinds.iter().map(|(kind, ids)| async move {
        let Some(describer) = Describer::find(of, operation, kind, ids) else { return Vec::new() };
        describer.describe(session, ids).await
    });
    let records: Vec<(String, Map)> = join_all(looks).await.into_iter().flatten().collect();
    let seen = targets.iter().map(|target| {
        let record = records.iter().find(|(id, _)| *id == target.id).map(|(_, record)| record);
        DescribedTarget { target: target.clone(), name: record.and_then(name), state: record.map(state) }
    });
    seen.collect()
}

/// EC2's ids are EC2's wherever they are named; all else belongs to the service that names it.
fn owner(of: &'static Service, ids: &[String]) -> &'static Service {
    if ids.iter().all(|id| looks_like_id(id)) { named("ec2", "describe_tags").0 } else { of }
}

/// All there are of the kind that these are of; none where no operation lists it.
pub async fn count(
    session: &Arc<Session>,
    of: &'static Service,
    kind: &str,
    ids: &[String],
) -> Option<Result<usize, Error>> {
    let of = owner(of, ids);
    let lists = |operation: &&'static Operation| {
        operation.name.starts_with("describe_") && operation.input().field(&format!("{kind}_ids")).is_some()
    };
    let operation = of.operations().iter().filter(lists).min_by_key(|operation| operation.name.len())?;
    let counted = async {
        let input = check(of.name, operation, Value::Nil)?;
        let items = every_item(session, of, operation, input).await?;
        Ok(items.iter().filter(|item| !is_gone(item)).count())
    };
    Some(counted.await)
}

/// Terminated instances are listed for an hour.
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
    fn find(of: &'static Service, change: &Operation, kind: &str, ids: &[String]) -> Option<Describer> {
        let of = owner(of, &ids[..1]);
        let noun =
            |name: &str| name.split_once('_').map_or(String::new(), |(_, noun)| noun.trim_end_matches('s').to_owned());
        let candidates = of.operations().iter().filter_map(|operation| {
            let reads = operation.risk == Risk::Read
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
            (reads && is_enough && fits).then_some(Describer {
                service: of,
                operation,
                field: field.name(),
                takes_many,
            })
        });
        // What is called as the change is, or as the kind is, describes it; else the shortest name is the plainest.
        candidates.min_by_key(|describer| {
            let its = noun(describer.operation.name);
            let is_same = its == noun(change.name) || its == kind;
            (!is_same, describer.operation.name.len())
        })
    }

    /// What there is of these; ids that do not exist are left out.
    async fn describe(&self, session: &Arc<Session>, ids: &[String]) -> Vec<(String, Map)> {
        if !self.takes_many {
            return join_all(ids.iter().map(|id| self.one(session, id))).await.into_iter().flatten().collect();
        }
        let chunks = ids.chunks(ASKED).map(|ids| async move {
            match self.many(session, ids).await {
                Ok(found) => found,
                // One id that is gone makes the whole request fail.
                Err(_) if ids.len() > 1 => {
                    let each = ids.iter().map(|id| self.many(session, std::slice::from_ref(id)));
                    join_all(each).await.into_iter().filter_map(Result::ok).flatten().collect()
                }
                Err(error) => {
                    tracing::debug!("guard: {} is not looked at: {error}", ids.join(", "));
                    Vec::new()
                }
            }
        });
        join_all(chunks).await.into_iter().flatten().collect()
    }

    async fn many(&self, session: &Arc<Session>, ids: &[String]) -> Result<Vec<(String, Map)>, Error> {
        let input = check(self.service.name, self.operation, self.asks(list(ids)))?;
        let items = every_item(session, self.service, self.operation, input).await?;
        let named = items.into_iter().filter_map(|item| {
            let is_its =
                |id: &&String| item.0.iter().any(|(_, value)| matches!(value, Value::String(text) if text == *id));
            Some((ids.iter().find(is_its)?.clone(), item))
        });
        Ok(named.collect())
    }

    async fn one(&self, session: &Arc<Session>, id: &str) -> Option<(String, Map)> {
        let input = check(self.service.name, self.operation, self.asks(Value::from(id))).ok()?;
        let mut pager = Pager::new(session.clone(), self.service, self.operation, input, CallOptions::default());
        match pager.next().await {
            Ok(answer) => Some((id.to_owned(), answered(answer?))),
            Err(error) => {
                tracing::debug!("guard: {id} is not looked at: {error}");
                None
            }
        }
    }

    fn asks(&self, ids: Value) -> Value {
        Value::Map([(self.field.to_owned(), ids)].into_iter().collect())
    }
}

async fn every_item(
    session: &Arc<Session>,
    of: &'static Service,
    operation: &'static Operation,
    input: Map,
) -> Result<Vec<Map>, Error> {
    let mut pager = Pager::new(session.clone(), of, operation, input, CallOptions::default());
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

/// The name that its owner gave it: the tag of EC2's resources.
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

/// A resource as it can be compared: without what changes by itself or says nothing, and
/// lists, which come in any order, in one order.
fn state(record: &Map) -> Json {
    plain(&Value::Map(record.clone())).unwrap_or_default()
}

/// Texts that hold a time, and say no more than another field does.
const IN_WORDS: &[&str] = &["state_transition_reason"];

fn plain(value: &Value) -> Option<Json> {
    match value {
        Value::Nil | Value::Time(_) => None,
        Value::Map(map) => {
            // Tags are compared by their keys.
            let fields = map.0.iter().filter(|(name, _)| !IN_WORDS.contains(&name.as_str()));
            let fields: serde_json::Map<_, _> =
                fields.filter_map(|(name, value)| Some((name.clone(), plain(value)?))).collect();
            (!fields.is_empty()).then_some(Json::Object(fields))
        }
        Value::List(items) => {
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

/// A list of keys and values as a map.
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

/// What is different, a line for each: `tags.App: "App20", now "App30"`.
pub fn differences(before: &DescribedTarget, now: &DescribedTarget) -> Vec<String> {
    match (&before.state, &now.state) {
        (Some(_), None) => vec!["is not there any more".to_owned()],
        (None, Some(_)) => vec!["is there now and was not".to_owned()],
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
        let shown = |value: &Json| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
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
