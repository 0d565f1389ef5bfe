//! The text of the prompt: profile, account, role, restrictions, and region.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use moonfleet_client::by_name::{read, texts};
use moonfleet_client::{Role, Task, spawn};
use moonfleet_core::Map;
use moonfleet_core::sanitize;
use moonfleet_engine::Context;

const QUIET: &str = "\x1b[2m";
const WARNING: &str = "\x1b[33m";
const REGION: &str = "\x1b[1m";
const END: &str = "\x1b[0m";

/// The aliases of accounts, fetched once for each principal.
#[derive(Default)]
pub(super) struct Accounts {
    aliases: Arc<Mutex<HashMap<String, String>>>,
    /// The tasks that fetch them. Dropping a task cancels it.
    tasks: HashMap<String, Task<()>>,
}

impl Accounts {
    /// Fetches the account of a session and its alias in the background, if the session has made calls already. The
    /// prompt makes no calls before the user does.
    pub(super) fn learn(&mut self, session: &Context) {
        let principal = format!("{:?}", session.settings().principal);
        if !session.has_called() || self.tasks.contains_key(&principal) {
            return;
        }
        let (session, aliases) = (session.clone(), self.aliases.clone());
        let fetch = async move {
            let Ok(caller) = session.caller().await else { return };
            // Without the permission, the prompt shows the account's id.
            if let Ok(mut answer) = read(&session, "iam", "list_account_aliases", Map::default()).await
                && let Some(alias) = texts(answer.take("account_aliases")).into_iter().next()
            {
                aliases.lock().unwrap_or_else(PoisonError::into_inner).insert(caller.account.clone(), alias);
            }
        };
        self.tasks.insert(principal, spawn(fetch));
    }

    fn name(&self, account: String) -> String {
        self.aliases.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned().unwrap_or(account)
    }
}

/// Returns the prompt without and with colours. The visible characters are the same.
pub(super) fn text(session: &Context, accounts: &Accounts) -> (String, String) {
    let parts = parts(session, accounts);
    let mut texts = (String::new(), String::new());
    for (style, part) in parts {
        texts.0 += &part;
        texts.1 += &format!("{style}{part}{END}");
    }
    texts
}

fn parts(session: &Context, accounts: &Accounts) -> Vec<(&'static str, String)> {
    let principal = &session.settings().principal;
    let role = principal.roles.last().map(role_name);
    let account = session.account().map(|account| accounts.name(account));
    let known = principal.profile.clone().into_iter().chain(account).chain(role);
    let mut parts: Vec<_> = known.map(|part| (QUIET, format!("{} ", sanitize::line(&part)))).collect();
    if session.guard().rules(session).read_only {
        parts.push((WARNING, "read-only ".to_owned()));
    }
    let sandbox = if session.is_sandbox() { "sandbox " } else { "" };
    let region = session.region().unwrap_or_else(|| "aws".to_owned());
    parts.push((REGION, format!("{sandbox}{}> ", sanitize::line(&region))));
    parts
}

/// Returns the last part of the ARN: `arn:aws:iam::123456789012:role/team/operator` is `operator`.
fn role_name(role: &Role) -> String {
    role.arn.rsplit('/').next().unwrap_or_default().to_owned()
}
