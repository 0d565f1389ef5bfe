//! What stands before a line: who calls, in which role, what is not allowed, and where.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use moonfleet_client::by_name::{read, texts};
use moonfleet_client::{Role, Task, spawn};
use moonfleet_core::Map;
use moonfleet_core::sanitize;
use moonfleet_engine::Context;

const QUIET: &str = "\x1b[2m";
const WARNING: &str = "\x1b[33m";
const PLACE: &str = "\x1b[1m";
const END: &str = "\x1b[0m";

/// The names of accounts, each by the callers that were seen in it.
#[derive(Default)]
pub(super) struct Accounts {
    aliases: Arc<Mutex<HashMap<String, String>>>,
    /// Who was asked about; dropping one would end its question.
    asked: HashMap<String, Task<()>>,
}

impl Accounts {
    /// Asks for the account of a session and for its name, without making anybody wait. Only
    /// where calls are made already: the prompt by itself asks nobody for anything.
    pub(super) fn learn(&mut self, session: &Context) {
        let principal = format!("{:?}", session.settings().principal);
        if !session.has_called() || self.asked.contains_key(&principal) {
            return;
        }
        let (session, aliases) = (session.clone(), self.aliases.clone());
        let ask = async move {
            let Ok(caller) = session.caller().await else { return };
            // Who may not read it sees the id.
            if let Ok(mut answer) = read(&session, "iam", "list_account_aliases", Map::default()).await
                && let Some(alias) = texts(answer.take("account_aliases")).into_iter().next()
            {
                aliases.lock().unwrap_or_else(PoisonError::into_inner).insert(caller.account.clone(), alias);
            }
        };
        self.asked.insert(principal, spawn(ask));
    }

    fn name(&self, account: String) -> String {
        self.aliases.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned().unwrap_or(account)
    }
}

/// The prompt without colours and with them; a person sees the same characters in both.
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
    let place = session.region().unwrap_or_else(|| "aws".to_owned());
    parts.push((PLACE, format!("{sandbox}{}> ", sanitize::line(&place))));
    parts
}

/// `arn:aws:iam::123456789012:role/team/operator` is `operator`.
fn role_name(role: &Role) -> String {
    role.arn.rsplit('/').next().unwrap_or_default().to_owned()
}
