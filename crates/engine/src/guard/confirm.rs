//! The question before a destructive call: which operation, which resources, in which account
//! and region.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moonfleet_bindings::Risk;
use moonfleet_client::by_name::{read, texts};
use moonfleet_client::spawn;
use moonfleet_core::Map;
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Ask, Error};
use moonfleet_core::{counted, sanitize};

use super::GuardedCall;
use super::amount::amount;
use super::protected::reads_tags;
use super::targets::{Target, by_kind, looks_like_id};
use crate::guard::describe::{count, describe_targets};

/// The most resources that the question lists; a larger change needs the account typed.
const LISTED: usize = 20;

/// Asks about a call. `reason` says why a call is destructive whose operation is not, `protect_tag` which tag protects
/// resources.
pub(super) async fn ask(
    call: GuardedCall<'_>,
    targets: &[Target],
    reason: Option<&str>,
    protect_tag: Option<&str>,
) -> Result<(), Error> {
    let account = call.session.caller().await?.account.clone();
    let verb = if reason.is_some() || call.operation.risk == Risk::Destroy { "destroys" } else { "changes" };
    let amount = counted(targets.len().max(amount(call.operation, call.input)), "resource");
    let name = format!("{}.{}", call.service.name, call.operation.name);
    let region = call.session.region().map_or(String::new(), |region| format!(", {region}"));
    let mut question = format!("{name} {verb} {amount} in account {account}{region}:\n");
    if let Some(reason) = reason {
        question += &format!("  {}\n", sanitize::line(reason));
    }
    let listed = &targets[..targets.len().min(LISTED)];
    for described in describe_targets(call.session, call.service, call.operation, listed).await {
        let title = match described.name {
            Some(name) => format!("  {}", sanitize::line(&name)),
            // The id may belong to another region or account.
            None if described.state.is_none() && looks_like_id(&described.target.id) => "  not found".to_owned(),
            None => String::new(),
        };
        question += &format!("  {}{title}\n", sanitize::line(&described.target.id));
    }
    if targets.len() > LISTED {
        question += &format!("  and {} more\n", targets.len() - LISTED);
    }
    if let Some(tag) = protect_tag.filter(|_| !reads_tags(call.service)) {
        let tag = sanitize::line(tag);
        question += &format!(
            "  not checked: whether the tag {tag} protects them; tags of {} are not read\n",
            call.service.name
        );
    }
    let confirmed = match describe_large_change(call, targets).await {
        Some(extent) => {
            let alias = alias(call).await;
            let name = alias
                .as_ref()
                .map_or("account id".to_owned(), |alias| format!("account alias ({}) or id", sanitize::line(alias)));
            question += &format!("The call affects {extent}. Type the {name} to continue: ");
            let typed = read_line(call.session.ask(), question).await?;
            typed == account || alias.is_some_and(|alias| alias == typed)
        }
        None => {
            question += "Continue? [y/N] ";
            ask_yes_no(call.session.ask(), question).await?
        }
    };
    match confirmed {
        true => Ok(()),
        false => Err(call.refused("the call was not confirmed")),
    }
}

/// Asks a question that is answered with `y` or `yes`, and with anything else for no.
pub async fn ask_yes_no(ask: &Arc<dyn Ask>, question: String) -> Result<bool, Error> {
    Ok(["y", "yes"].contains(&read_line(ask, question).await?.to_lowercase().as_str()))
}

/// Returns how much a large change affects, such as `every instance in the region`; `None` for a
/// change of fewer than all resources of a kind, all of which the question lists.
async fn describe_large_change(call: GuardedCall<'_>, targets: &[Target]) -> Option<String> {
    if targets.len() > LISTED {
        return Some(format!("more than {LISTED} resources"));
    }
    for (kind, ids) in by_kind(targets) {
        // A kind that no operation lists cannot be counted; the question lists its resources.
        if ids.len() > 1
            && let Some(Ok(all)) = count(call.session, call.service, kind, &ids).await
            && all <= ids.len()
        {
            return Some(format!("every {} in the region", kind.replace('_', " ")));
        }
    }
    None
}

async fn alias(call: GuardedCall<'_>) -> Option<String> {
    let mut answer = read(call.session, "iam", "list_account_aliases", Map::default()).await.ok()?;
    texts(answer.take("account_aliases")).into_iter().next()
}

/// Shows a question and reads a line, on a thread of its own. Dropping the future withdraws the
/// question.
async fn read_line(ask: &Arc<dyn Ask>, question: String) -> Result<String, Error> {
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
        Ok(Ok(Err(e))) => Err(failed(format!("cannot read from the terminal: {e}"))),
        Ok(Err(panic)) => Err(failed(panic.to_string())),
        Err(panic) => Err(panic.bug()),
    }
}
