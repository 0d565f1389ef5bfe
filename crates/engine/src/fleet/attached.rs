//! Finding the commands of an earlier run: the account and region of each, and its targets.

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

/// How long a command is searched for: lists show a command some seconds after it was sent.
const SEARCH_TIME: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// Returns the commands in the order in which their run has sent them, and their known targets.
pub async fn find(locations: &[Context], ids: Vec<String>) -> Result<(Vec<FleetTarget>, Vec<Attached>), Error> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for id in ids.into_iter().filter(|id| seen.insert(id.clone())) {
        found.extend(find_one(locations, id).await?);
    }
    found.sort_by(|a, b| a.number.cmp(&b.number));
    let mut targets: Vec<FleetTarget> = Vec::new();
    let mut commands = Vec::new();
    for FoundCommand { location, id, machines, is_server_side, .. } in found {
        let first = targets.len();
        let (account, region) = (locations[location].account(), locations[location].region());
        targets.extend(machines.into_iter().map(|id| FleetTarget {
            location,
            id,
            account: account.clone(),
            region: region.clone(),
            ..FleetTarget::default()
        }));
        commands.push(Attached { location, id, targets: (first..targets.len()).collect(), is_server_side });
    }
    describe(locations, &mut targets).await;
    Ok((targets, commands))
}

struct FoundCommand {
    location: usize,
    id: String,
    machines: Vec<String>,
    is_server_side: bool,
    /// The run that has sent the command, and the index of its first target in the run.
    number: Option<(String, usize)>,
}

async fn find_one(locations: &[Context], id: String) -> Result<Vec<FoundCommand>, Error> {
    let begun = Instant::now();
    loop {
        let mut found = Vec::new();
        let mut failed = None;
        for (location, session) in locations.iter().enumerate() {
            match find_in(session, location, &id).await {
                Ok(command) => found.extend(command),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            _ if !found.is_empty() => return Ok(found),
            // The command may be in the account or region that could not be searched.
            Some(error) => return Err(error),
            None => {}
        }
        if begun.elapsed() > SEARCH_TIME {
            let regions = locations.iter().filter_map(|session| session.region()).collect::<Vec<_>>().join(", ");
            let problem = format!(
                "fleet.attach: found no command {id} in {regions}; \
                 name its region or session with {{regions={{…}}}} or {{sessions={{…}}}}"
            );
            return Err(Error::new("NotFound", problem));
        }
        spawn(async { tokio::time::sleep(PAUSE).await }).await.ok();
    }
}

async fn find_in(session: &Context, location: usize, id: &str) -> Result<Option<FoundCommand>, Error> {
    let is_unknown = |error: &Error| error.code == "InvalidCommandId";
    let found = |command: &Map, machines, is_server_side| {
        let number = number(&text(command, "comment"));
        Some(FoundCommand { location, id: id.to_owned(), machines, is_server_side, number })
    };
    match sent(session, id).await {
        Ok(Some(mut command)) => {
            let machines = texts(command.take("instance_ids"));
            let is_server_side = machines.is_empty();
            let machines = if is_server_side { listed(session, id).await.unwrap_or_default() } else { machines };
            Ok(found(&command, machines, is_server_side))
        }
        Ok(None) => Ok(None),
        Err(error) if is_unknown(&error) => Ok(None),
        // The list of invocations contains the targets as well.
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

/// Returns the run and the index of the first target from a comment: `… mf-0a1b2c3d-50-2` belongs
/// to the command that begins with the fifty-first target.
fn number(comment: &str) -> Option<(String, usize)> {
    let (tag, _attempt) = comment.rsplit(' ').next()?.rsplit_once('-')?;
    let (run, first) = tag.rsplit_once('-')?;
    run.starts_with("mf-").then(|| first.parse().ok()).flatten().map(|first| (run.to_owned(), first))
}
