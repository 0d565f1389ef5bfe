//! A cache of the resources of an account for completion: ids, names and tags. The first use fetches them in the
//! background, and a use after a minute fetches them again; completion never waits, and uses the present content. No
//! other module calls AWS without a call of the user.

mod list_operations;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moonfleet_bindings::check;
use moonfleet_client::Pager;
use moonfleet_client::by_name::{answered, maps, named, text};
use moonfleet_client::{CallOptions, Task, non_interactive, spawn};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};
use moonfleet_engine::Context;

pub use list_operations::ListOperation;

/// The age after which the resources of a kind are fetched again.
const MAX_AGE: Duration = Duration::from_secs(60);
/// The largest number of resources of one kind. A longer list of candidates is not useful, and costs memory.
pub const MOST: usize = 50_000;
/// The options of calls in the background.
const BACKGROUND_CALL: CallOptions =
    CallOptions { timeout: Some(Duration::from_secs(30)), retries: Some(1), max_pages: None };

#[derive(Clone, Copy)]
pub enum ResourceKind {
    Resources(ListOperation),
    Tags,
    Profiles,
}

/// A resource: the text that an argument takes, such as an id, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedResource {
    pub text: Box<str>,
    pub name: Option<Box<str>>,
}

#[derive(Default)]
pub struct Values {
    pub named: Vec<NamedResource>,
    pub tags: BTreeMap<String, BTreeSet<String>>,
}

/// The cached resources, by account, region and kind.
#[derive(Clone, Default)]
pub struct ResourceCache(Arc<Mutex<HashMap<EntryKey, CacheEntry>>>);

type EntryKey = (String, String, String);

#[derive(Default)]
struct CacheEntry {
    values: Arc<Values>,
    /// When the values were last requested.
    requested: Option<Instant>,
    /// The running request. Dropping it cancels the request.
    request: Option<Task<()>>,
}

impl ResourceCache {
    /// Returns the cached resources of a kind. If they are old or missing, requests them in the background.
    pub fn values(&self, session: &Context, kind: ResourceKind) -> Arc<Values> {
        let key = (session.owner(), session.region().unwrap_or_default(), kind.label());
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(key.clone()).or_default();
        // A request that failed or has no answer yet is not repeated before that age either.
        if entry.requested.is_none_or(|requested| requested.elapsed() > MAX_AGE) {
            entry.requested = Some(Instant::now());
            entry.request = Some(spawn(non_interactive(refresh(self.clone(), key, session.clone(), kind))));
        }
        entry.values.clone()
    }

    /// Stores values as if AWS had returned them, for tests and benchmarks.
    pub fn insert(&self, session: &Context, kind: ResourceKind, values: Values) {
        let key = (session.owner(), session.region().unwrap_or_default(), kind.label());
        self.put(&key, values);
    }

    fn put(&self, key: &EntryKey, values: Values) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(key.clone()).or_default();
        entry.values = Arc::new(values);
        entry.requested = Some(Instant::now());
    }

    /// Waits for all running requests.
    #[cfg(test)]
    pub fn wait_until_idle(&self) {
        loop {
            let task = || {
                self.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .values_mut()
                    .find_map(|entry| entry.request.take())
            };
            match task() {
                Some(task) => futures_executor::block_on(task).expect("no panic"),
                None => return,
            }
        }
    }
}

impl ResourceKind {
    fn label(&self) -> String {
        match self {
            ResourceKind::Resources(list) => format!("{}.{} {}", list.service.name, list.operation.name, list.field),
            ResourceKind::Tags => "tags".to_owned(),
            ResourceKind::Profiles => "profiles".to_owned(),
        }
    }
}

async fn refresh(cache: ResourceCache, key: EntryKey, session: Context, kind: ResourceKind) {
    let fetched = match kind {
        ResourceKind::Resources(list) => resources(&session, &list).await,
        ResourceKind::Tags => tags(&session).await,
        ResourceKind::Profiles => profile_names(&session).await,
    };
    match fetched {
        Ok(values) => cache.put(&key, values),
        // Only a debug message: the user did not make this call, and loses no more than some candidates.
        Err(error) => tracing::debug!("completion: cannot fetch {}: {error}", kind.label()),
    }
}

async fn resources(session: &Context, list: &ListOperation) -> Result<Values, Error> {
    let mut named = Vec::new();
    let path = list.operation.items.as_ref().map_or(&[][..], |items| items.path);
    pages(session, *list, list.input(), |page| {
        let mut level = vec![page];
        for step in path {
            level = level.into_iter().flat_map(|mut map| maps(map.take(step))).collect();
        }
        named.extend(level.iter().filter_map(|item| {
            let id = text(item, list.field);
            let name = name_tag(item).or_else(|| list.name.map(|field| text(item, field)));
            let name = name.filter(|name| !name.is_empty()).map(String::into_boxed_str);
            (!id.is_empty()).then(|| NamedResource { text: id.into_boxed_str(), name })
        }));
        named.len() < MOST
    })
    .await?;
    named.truncate(MOST);
    named.sort();
    named.dedup_by(|later, first| later.text == first.text);
    Ok(Values { named, ..Values::default() })
}

/// Returns the value of the tag `Name`.
fn name_tag(item: &Map) -> Option<String> {
    let Some(Value::List(tags)) = item.get("tags") else { return None };
    tags.iter().find_map(|tag| match tag {
        Value::Map(tag) if text(tag, "key") == "Name" => Some(text(tag, "value")),
        _ => None,
    })
}

async fn tags(session: &Context) -> Result<Values, Error> {
    let (service, operation) = named("ec2", "describe_tags");
    let list = ListOperation { service, operation, field: "key", name: None };
    let mut tags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut count = 0;
    let mut rows = 0;
    pages(session, list, Map::default(), |mut page| {
        for tag in maps(page.take("tags")) {
            rows += 1;
            count += usize::from(tags.entry(text(&tag, "key")).or_default().insert(text(&tag, "value")));
        }
        // Many resources share a tag, so further pages would hardly add new ones.
        count < MOST && rows < 4 * MOST
    })
    .await?;
    Ok(Values { tags, ..Values::default() })
}

async fn profile_names(session: &Context) -> Result<Values, Error> {
    let names = session.profiles().await?;
    let named = names.into_iter().map(|name| NamedResource { text: name.into_boxed_str(), name: None });
    Ok(Values { named: named.collect(), ..Values::default() })
}

/// Fetches the pages of a list operation until `use_page` returns false.
async fn pages(
    session: &Context,
    list: ListOperation,
    input: Map,
    mut use_page: impl FnMut(Map) -> bool,
) -> Result<(), Error> {
    let ListOperation { service, operation, .. } = list;
    let input = check(service.name, operation, Value::Map(input))?;
    let mut pager = Pager::new(session.session().clone(), service, operation, input, BACKGROUND_CALL);
    while let Some(page) = pager.next().await? {
        if !use_page(answered(page)) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::sandbox_hooks;
    use moonfleet_client::SessionSettings;
    use moonfleet_engine::guard::{Guard, GuardOptions};
    use moonfleet_sandbox::{ApiError, Sandbox};

    fn sandbox() -> (Context, Sandbox) {
        let sandbox = Sandbox::seeded();
        (
            Context::new(
                SessionSettings::default(),
                sandbox_hooks(sandbox.clone()),
                Guard::new(GuardOptions::default()),
                None,
            ),
            sandbox,
        )
    }

    fn resources_of(operation: &str, parameter: &str) -> ResourceKind {
        let (service, operation) = named("ec2", operation);
        ResourceKind::Resources(ListOperation::for_parameter(service, operation, parameter).expect("a list operation"))
    }

    #[test]
    fn missing_resources_are_fetched_in_the_background() {
        let (session, _) = sandbox();
        let cache = ResourceCache::default();
        let instances = resources_of("describe_instances", "instance_ids");
        assert!(cache.values(&session, instances).named.is_empty());
        cache.wait_until_idle();
        let values = cache.values(&session, instances);
        assert!(values.named.iter().any(|known| known.name.as_deref() == Some("app20-web-1")));
        assert!(values.named.iter().all(|known| known.text.starts_with("i-")));
    }

    #[test]
    fn each_region_has_its_own_resources() {
        let (session, _) = sandbox();
        let cache = ResourceCache::default();
        let instances = resources_of("describe_instances", "instance_ids");
        let there = session.in_region("us-east-1");
        for session in [&session, &there] {
            cache.values(session, instances);
        }
        cache.wait_until_idle();
        let has_name = |known: &NamedResource, name| known.name.as_deref() == Some(name);
        assert!(cache.values(&there, instances).named.iter().any(|known| has_name(known, "app20-web-6")));
        assert!(!cache.values(&session, instances).named.iter().any(|known| has_name(known, "app20-web-6")));
    }

    #[test]
    fn tags_are_cached_by_key() {
        let (session, _) = sandbox();
        let cache = ResourceCache::default();
        cache.values(&session, ResourceKind::Tags);
        cache.wait_until_idle();
        let values = cache.values(&session, ResourceKind::Tags);
        assert!(values.tags["App"].contains("App20"));
    }

    #[test]
    fn a_failed_request_is_not_repeated_immediately() {
        let (session, sandbox) = sandbox();
        sandbox.inject("ec2.describe_tags", ApiError::new("UnauthorizedOperation", "no"), 1);
        let cache = ResourceCache::default();
        for _ in 0..2 {
            cache.values(&session, ResourceKind::Tags);
            cache.wait_until_idle();
        }
        assert!(cache.values(&session, ResourceKind::Tags).tags.is_empty());
    }
}
