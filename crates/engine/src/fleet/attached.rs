//! Runs that were begun before, by their commands: where each was sent, and to whom.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use moonfleet_client::by_name::{all_items, map, text, texts};
use moonfleet_client::spawn;
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::FleetTarget;
use super::engine::Attached;
use super::plan::describe;
use crate::context::Context;
use crate::fleet::systems_manager::sent;

/// What was sent a moment ago may not be known everywhere.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// The commands in the order in which their run has sent them, and their targets so far.
pub async fn find(places: &[Context], ids: Vec<String>) -> Result<(Vec<FleetTarget>, Vec<Attached>), Error> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for id in ids.into_iter().filter(|id| seen.insert(id.clone())) {
        found.extend(find_one(places, id).await?);
    }
    found.sort_by(|a, b| a.number.cmp(&b.number));
    let mut targets: Vec<FleetTarget> = Vec::new();
    let mut commands = Vec::new();
    for FoundCommand { place, id, machines, chooses, .. } in found {
        let first = targets.len();
        let (account, region) = (places[place].account(), places[place].region());
        targets.extend(machines.into_iter().map(|id| FleetTarget {
            place,
            id,
            account: account.clone(),
            region: region.clone(),
            ..FleetTarget::default()
        }));
        commands.push(Attached { place, id, targets: (first..targets.len()).collect(), chooses });
    }
    describe(places, &mut targets).await;
    Ok((targets, commands))
}

struct FoundCommand {
    place: usize,
    id: String,
    machines: Vec<String>,
    chooses: bool,
    /// The run that has sent it, and where in the run its targets are.
    number: Option<(String, usize)>,
}

async fn find_one(places: &[Context], id: String) -> Result<Vec<FoundCommand>, Error> {
    let begun = Instant::now();
    loop {
        let mut found = Vec::new();
        let mut failed = None;
        for (place, session) in places.iter().enumerate() {
            match find_in(session, place, &id).await {
                Ok(there) => found.extend(there),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            _ if !found.is_empty() => return Ok(found),
            // It may be where nobody could look.
            Some(error) => return Err(error),
            None => {}
        }
        if begun.elapsed() > PATIENCE {
            let regions = places.iter().filter_map(|session| session.region()).collect::<Vec<_>>().join(", ");
            let problem = format!(
                "fleet.attach: no command {id} is found in {regions}; \
                 name where it was sent with {{regions={{…}}}} or {{sessions={{…}}}}"
            );
            return Err(Error::new("NotFound", problem));
        }
        spawn(async { tokio::time::sleep(PAUSE).await }).await.ok();
    }
}

async fn find_in(session: &Context, place: usize, id: &str) -> Result<Option<FoundCommand>, Error> {
    let is_unknown = |error: &Error| error.code == "InvalidCommandId";
    let found = |command: &Map, machines, chooses| {
        let number = number(&text(command, "comment"));
        Some(FoundCommand { place, id: id.to_owned(), machines, chooses, number })
    };
    match sent(session, id).await {
        Ok(Some(mut command)) => {
            let machines = texts(command.take("instance_ids"));
            let chooses = machines.is_empty();
            let machines = if chooses { listed(session, id).await.unwrap_or_default() } else { machines };
            Ok(found(&command, machines, chooses))
        }
        Ok(None) => Ok(None),
        Err(error) if is_unknown(&error) => Ok(None),
        // The invocations tell most of it too.
        Err(error) => match listed(session, id).await {
            Ok(machines) if !machines.is_empty() => Ok(found(&Map::default(), machines, false)),
            Err(other) if is_unknown(&other) => Ok(None),
            _ => Err(error),
        },
    }
}

async fn listed(session: &Context, id: &str) -> Result<Vec<String>, Error> {
    let input = map([("command_id", Value::from(id))]);
    let invocations = all_items(session, "ssm", "list_command_invocations", "command_invocations", input).await?;
    Ok(invocations.iter().map(|invocation| text(invocation, "instance_id")).collect())
}

/// `… mf-0a1b2c3d-50-2` is the command of its run that begins with the fifty-first target.
fn number(comment: &str) -> Option<(String, usize)> {
    let (tag, _try) = comment.rsplit(' ').next()?.rsplit_once('-')?;
    let (run, first) = tag.rsplit_once('-')?;
    run.starts_with("mf-").then(|| first.parse().ok()).flatten().map(|first| (run.to_owned(), first))
}
