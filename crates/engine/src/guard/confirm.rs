//! The question before something is destroyed: what it is, how much, and where.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moonfleet_bindings::Risk;
use moonfleet_client::by_name::{read, texts};
use moonfleet_client::spawn;
use moonfleet_core::Map;
use moonfleet_core::error::REFUSED;
use moonfleet_core::sanitize;
use moonfleet_core::{Ask, Error};

use super::targets::{Target, by_kind, created, looks_like_id};
use super::{GuardedCall, resources};
use crate::guard::describe::{count, describe_targets};

/// As many are listed by name.
const LISTED: usize = 20;

pub(super) async fn ask(call: GuardedCall<'_>, targets: &[Target]) -> Result<(), Error> {
    let account = call.session.caller().await?.account.clone();
    let does = if call.operation.risk == Risk::Destroy { "destroys" } else { "changes" };
    let amount = resources(targets.len().max(created(call.operation, call.input)).max(1));
    let name = format!("{}.{}", call.service.name, call.operation.name);
    let place = call.session.region().map_or(account.clone(), |region| format!("{account}, {region}"));
    let mut question = format!("{name} {does} {amount} in account {place}:\n");
    for seen in
        describe_targets(call.session, call.service, call.operation, &targets[..targets.len().min(LISTED)]).await
    {
        let title = match seen.name {
            Some(name) => format!("  {}", sanitize::line(&name)),
            // Perhaps another region or account is meant.
            None if seen.state.is_none() && looks_like_id(&seen.target.id) => "  not found there".to_owned(),
            None => String::new(),
        };
        question += &format!("  {}{title}\n", sanitize::line(&seen.target.id));
    }
    if targets.len() > LISTED {
        question += &format!("  and {} more\n", targets.len() - LISTED);
    }
    let agreed = match is_all(call, targets).await {
        Some(all) => {
            let alias = alias(call).await;
            let name =
                alias.as_ref().map_or("id".to_owned(), |alias| format!("alias ({}) or id", sanitize::line(alias)));
            question += &format!("That is {all}. Type the account's {name} to go on: ");
            let typed = answer(call.session.ask(), question).await?;
            typed == account || alias.is_some_and(|alias| alias == typed)
        }
        None => {
            question += "Go on? [y/N] ";
            agrees(call.session.ask(), question).await?
        }
    };
    match agreed {
        true => Ok(()),
        false => Err(call.refused("it was not confirmed")),
    }
}

/// A plain question, for whoever has listed already what it is about.
pub async fn agrees(ask: &Arc<dyn Ask>, question: String) -> Result<bool, Error> {
    Ok(["y", "yes"].contains(&answer(ask, question).await?.to_lowercase().as_str()))
}

/// Whether it is a whole fleet, in words.
async fn is_all(call: GuardedCall<'_>, targets: &[Target]) -> Option<String> {
    if targets.len() > LISTED {
        return Some(format!("more than {LISTED}"));
    }
    for (kind, ids) in by_kind(targets) {
        // What cannot be counted is no fleet: its list is there to be read.
        if ids.len() > 1
            && let Some(Ok(all)) = count(call.session, call.service, kind, &ids).await
            && all <= ids.len()
        {
            return Some(format!("every {} there", kind.replace('_', " ")));
        }
    }
    None
}

async fn alias(call: GuardedCall<'_>) -> Option<String> {
    let mut answer = read(call.session, "iam", "list_account_aliases", Map::default()).await.ok()?;
    texts(answer.take("account_aliases")).into_iter().next()
}

/// Reads a line, on a thread of its own. Its question is withdrawn when this is dropped.
async fn answer(ask: &Arc<dyn Ask>, question: String) -> Result<String, Error> {
    struct QuestionGuard(Arc<AtomicBool>);
    impl Drop for QuestionGuard {
        fn drop(&mut self) {
            self.0.store(false, Ordering::SeqCst);
        }
    }
    let wanted = QuestionGuard(Arc::new(AtomicBool::new(true)));
    let (ask, is_wanted) = (ask.clone(), wanted.0.clone());
    let read =
        spawn(
            async move { tokio::task::spawn_blocking(move || ask.line(&sanitize::block(&question), &is_wanted)).await },
        );
    let failed = |problem: String| Error::new(REFUSED, format!("refused, nothing was sent: {problem}"));
    match read.await {
        Ok(Ok(Ok(line))) => Ok(line.trim().to_owned()),
        Ok(Ok(Err(e))) => Err(failed(format!("the terminal cannot be read: {e}"))),
        Ok(Err(panic)) => Err(failed(panic.to_string())),
        Err(panic) => Err(panic.bug()),
    }
}
