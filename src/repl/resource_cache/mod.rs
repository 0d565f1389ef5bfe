//! What there is in an account, for who types its name: ids, names, tags. It is asked for when
//! it is first wanted and every minute that it is wanted again, and nobody waits for it: what is
//! there is used meanwhile. No other module asks AWS for what nobody has called for.

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

const FRESH: Duration = Duration::from_secs(60);
/// Of one kind. Nobody reads further, and the memory is better spent on results.
pub const MOST: usize = 50_000;
/// What nobody waits for need not be tried for long.
const PATIENCE: CallOptions = CallOptions { timeout: Some(Duration::from_secs(30)), retries: Some(1), max_pages: None };

#[derive(Clone, Copy)]
pub enum ResourceKind {
    Resources(ListOperation),
    Tags,
    Profiles,
}

/// Something that can be named, and what people call it.
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

/// All that is known, by account, region and kind.
#[derive(Clone, Default)]
pub struct ResourceCache(Arc<Mutex<HashMap<ShelfKey, Shelf>>>);

type ShelfKey = (String, String, String);

#[derive(Default)]
struct Shelf {
    values: Arc<Values>,
    asked: Option<Instant>,
    /// Dropped with the shelf, which ends the asking.
    under_way: Option<Task<()>>,
}

impl ResourceCache {
    /// What is known of a kind now. Where that is old, or nothing, it is asked for.
    pub fn values(&self, session: &Context, kind: ResourceKind) -> Arc<Values> {
        let key = (session.owner(), session.region().unwrap_or_default(), kind.label());
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.entry(key.clone()).or_default();
        // An answer that does not come, or an error, is not asked for again at once either.
        if shelf.asked.is_none_or(|asked| asked.elapsed() > FRESH) {
            shelf.asked = Some(Instant::now());
            shelf.under_way = Some(spawn(non_interactive(refresh(self.clone(), key, session.clone(), kind))));
        }
        shelf.values.clone()
    }

    /// As if AWS had answered this.
    pub fn learn(&self, session: &Context, kind: ResourceKind, values: Values) {
        let key = (session.owner(), session.region().unwrap_or_default(), kind.label());
        self.put(&key, values);
    }

    fn put(&self, key: &ShelfKey, values: Values) {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.entry(key.clone()).or_default();
        shelf.values = Arc::new(values);
        shelf.asked = Some(Instant::now());
    }

    /// Waits for what is being asked for.
    #[cfg(test)]
    pub fn wait_until_idle(&self) {
        loop {
            let task =
                || self.0.lock().unwrap_or_else(PoisonError::into_inner).values_mut().find_map(|s| s.under_way.take());
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
            ResourceKind::Resources(lister) => {
                format!("{}.{} {}", lister.service.name, lister.operation.name, lister.field)
            }
            ResourceKind::Tags => "tags".to_owned(),
            ResourceKind::Profiles => "profiles".to_owned(),
        }
    }
}

async fn refresh(live: ResourceCache, key: ShelfKey, session: Context, kind: ResourceKind) {
    let asked = match kind {
        ResourceKind::Resources(lister) => resources(&session, &lister).await,
        ResourceKind::Tags => tags(&session).await,
        ResourceKind::Profiles => profile_names(&session).await,
    };
    match asked {
        Ok(values) => live.put(&key, values),
        // Nobody has asked for it; what is missing is only not offered.
        Err(error) => tracing::debug!("completion: {} are not known: {error}", kind.label()),
    }
}

async fn resources(session: &Context, lister: &ListOperation) -> Result<Values, Error> {
    let mut named = Vec::new();
    let path = lister.operation.items.as_ref().map_or(&[][..], |items| items.path);
    pages(session, *lister, lister.input(), |page| {
        let mut level = vec![page];
        for step in path {
            level = level.into_iter().flat_map(|mut map| maps(map.take(step))).collect();
        }
        named.extend(level.iter().filter_map(|item| {
            let id = text(item, lister.field);
            let name = tag(item).or_else(|| lister.name.map(|field| text(item, field)));
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

/// Its `Name`.
fn tag(item: &Map) -> Option<String> {
    let Some(Value::List(tags)) = item.get("tags") else { return None };
    tags.iter().find_map(|tag| match tag {
        Value::Map(tag) if text(tag, "key") == "Name" => Some(text(tag, "value")),
        _ => None,
    })
}

async fn tags(session: &Context) -> Result<Values, Error> {
    let (service, operation) = named("ec2", "describe_tags");
    let lister = ListOperation { service, operation, field: "key", name: None };
    let mut tags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut count = 0;
    let mut rows = 0;
    pages(session, lister, Map::default(), |mut page| {
        for tag in maps(page.take("tags")) {
            rows += 1;
            count += usize::from(tags.entry(text(&tag, "key")).or_default().insert(text(&tag, "value")));
        }
        // Many things have the same tag; at some point the next page says nothing new.
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

/// Each page of an operation that only reads, as long as the next one is wanted.
async fn pages(
    session: &Context,
    lister: ListOperation,
    input: Map,
    mut use_page: impl FnMut(Map) -> bool,
) -> Result<(), Error> {
    let ListOperation { service, operation, .. } = lister;
    let input = check(service.name, operation, Value::Map(input))?;
    let mut pager = Pager::new(session.session().clone(), service, operation, input, PATIENCE);
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
        ResourceKind::Resources(ListOperation::for_parameter(service, operation, parameter).expect("a lister"))
    }

    #[test]
    fn what_is_not_known_is_asked_for_and_not_waited_for() {
        let (session, _) = sandbox();
        let live = ResourceCache::default();
        let instances = resources_of("describe_instances", "instance_ids");
        assert!(live.values(&session, instances).named.is_empty());
        live.wait_until_idle();
        let values = live.values(&session, instances);
        assert!(values.named.iter().any(|known| known.name.as_deref() == Some("app20-web-1")));
        assert!(values.named.iter().all(|known| known.text.starts_with("i-")));
    }

    #[test]
    fn each_region_has_its_own() {
        let (session, _) = sandbox();
        let live = ResourceCache::default();
        let instances = resources_of("describe_instances", "instance_ids");
        let there = session.in_region("us-east-1");
        for session in [&session, &there] {
            live.values(session, instances);
        }
        live.wait_until_idle();
        let is = |known: &NamedResource, name| known.name.as_deref() == Some(name);
        assert!(live.values(&there, instances).named.iter().any(|known| is(known, "app20-web-6")));
        assert!(!live.values(&session, instances).named.iter().any(|known| is(known, "app20-web-6")));
    }

    #[test]
    fn tags_are_known_by_their_keys() {
        let (session, _) = sandbox();
        let live = ResourceCache::default();
        live.values(&session, ResourceKind::Tags);
        live.wait_until_idle();
        let values = live.values(&session, ResourceKind::Tags);
        assert!(values.tags["App"].contains("App20"));
    }

    #[test]
    fn an_error_is_not_asked_for_again_at_once() {
        let (session, sandbox) = sandbox();
        sandbox.inject("ec2.describe_tags", ApiError::new("UnauthorizedOperation", "no"), 1);
        let live = ResourceCache::default();
        for _ in 0..2 {
            live.values(&session, ResourceKind::Tags);
            live.wait_until_idle();
        }
        assert!(live.values(&session, ResourceKind::Tags).tags.is_empty());
    }
}
