//! The guard between scripts and AWS: every call passes it before it is sent. The guard knows
//! the risk of an operation, the resources that a call would change, and the rules of the run.
//! It does not depend on Lua, so no script can bypass it.
//!
//! The checks of a change run in this order: the risk is allowed, a needed confirmation is
//! possible, the account is not blocked, the number of resources is within the limit, and no
//! resource is protected. The change is then planned, or confirmed and sent.

pub mod amount;
mod confirm;
mod cost;
pub mod describe;
mod owners;
pub mod plan;
pub mod plan_file;
mod protected;
mod resolve_selectors;
mod risk;
mod rules;
pub mod targets;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use moonfleet_bindings::{Operation, Risk, Service};
use moonfleet_client::{Meter as _, Session};
use moonfleet_core::Error;
use moonfleet_core::counted;
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Map, Value};

use amount::{amount, hidden_amount};
use plan::ChangePlan;
use protected::Protected;
use targets::{Target, by_kind};

pub use confirm::ask_yes_no;
pub use cost::{CostMeter, Spent};
pub use rules::{AccountId, Confirm, MaxTargets, PROTECT_TAG, Rules, UserRules};

/// The tracing target of messages about plans. The log shows them by default.
pub const MESSAGES: &str = "moonfleet::guard";

/// The options of the process that concern the guard.
#[derive(Default)]
pub struct GuardOptions {
    /// The rules from the command line.
    pub rules: Rules,
    pub user: UserRules,
    /// Skip confirmation prompts.
    pub yes: bool,
    /// Plan changes instead of making them.
    pub plan: bool,
}

pub struct Guard {
    options: Arc<GuardOptions>,
    costs: Arc<CostMeter>,
    declared: Mutex<DeclaredRisk>,
    plan: Option<ChangePlan>,
    run: Mutex<RunState>,
    protected: Protected,
    /// The accounts of profiles, read when a rule needs them first.
    profile_accounts: OnceLock<Vec<(String, String)>>,
    /// Held during a question, so that only one is shown at a time.
    question: tokio::sync::Mutex<()>,
}

/// The facts that belong to one run, and are forgotten when the next one begins.
#[derive(Debug, Default)]
struct RunState {
    /// The highest risk of the calls that were allowed so far; `None` if there was only reading.
    highest_risk: Option<Risk>,
    /// Whether all further changes are confirmed.
    is_confirmed: bool,
    touched: Touched,
}

/// The resources that the run has changed or created so far, which `max_targets` limits.
#[derive(Debug, Default)]
struct Touched {
    ids: HashSet<ResourceKey>,
    /// The same for a percentage: kind and id in one text.
    ids_with_kinds: HashSet<ResourceKey>,
    /// The number of resources that calls created, or changed without naming them.
    unnamed: usize,
    /// The number of resources of a kind when the run first changed one of them.
    counts: HashMap<ResourceKey, usize>,
}

/// Account, region, and the id or kind of a resource.
type ResourceKey = (String, Option<String>, String);

/// The risk that a script's header declares.
#[derive(Clone, Copy, Default)]
pub enum DeclaredRisk {
    /// The script has no header.
    #[default]
    Nothing,
    /// The script's top level runs; the header at its end is not read yet.
    NotYet,
    Risk(Risk),
}

/// A call whose permission is checked.
#[derive(Clone, Copy)]
pub struct GuardedCall<'a> {
    pub session: &'a Arc<Session>,
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub input: &'a Map,
}

pub enum Permit {
    Send,
    /// The call is added to the plan as the change with this number, and must not be sent.
    Planned(usize),
}

impl GuardOptions {
    /// Returns the rules of the command line and of the settings for the session's profile.
    fn rules_of(&self, session: &Session) -> Rules {
        self.rules.over(&self.user.for_profile(session.settings().principal.profile.as_deref()))
    }
}

impl Guard {
    pub fn new(options: GuardOptions) -> Self {
        let plan = options.plan.then(ChangePlan::default);
        let (declared, run, protected, question) = Default::default();
        let profile_accounts = OnceLock::new();
        let options = Arc::new(options);
        let costs = Arc::new(CostMeter::new(options.clone()));
        Guard { options, costs, declared, plan, run, protected, profile_accounts, question }
    }

    fn run(&self) -> MutexGuard<'_, RunState> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses calls above the declared risk from now on. Returns an error if such a call was
    /// already made.
    pub fn declare(&self, declared: DeclaredRisk) -> Result<(), Error> {
        *self.declared.lock().unwrap_or_else(PoisonError::into_inner) = declared;
        match declared {
            DeclaredRisk::Risk(risk) if self.run().highest_risk > Some(risk) => Err(Error::new(
                REFUSED,
                format!(
                    "not started: the script declares risk = \"{risk}\", but this run has already made riskier calls"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Returns the plan; `None` if changes are made instead of planned.
    pub fn plan(&self) -> Option<&ChangePlan> {
        self.plan.as_ref()
    }

    /// Begins a run: the facts of the run before are forgotten, and protection is read again. At the prompt each line
    /// is a run.
    pub fn begin(&self) {
        *self.run() = RunState::default();
        self.costs.forget();
        self.protected.forget();
    }

    /// Refuses operations whose risk the run does not allow. Needs no input.
    pub fn check(&self, session: &Session, service: &Service, operation: &Operation) -> Result<(), Error> {
        self.check_credentials(session, service, operation)?;
        if operation.risk == Risk::Read {
            return Ok(());
        }
        let declared = *self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = if self.options.rules.read_only {
            "the run is --read-only".to_owned()
        } else if self.rules(session).read_only {
            format!("read_only is set in {}", self.options.user.file)
        } else {
            match declared {
                DeclaredRisk::Risk(declared) if operation.risk > declared => {
                    format!("the script declares risk = \"{declared}\"")
                }
                DeclaredRisk::NotYet => "only the script's run function may make changes".to_owned(),
                _ => return Ok(()),
            }
        };
        Err(refusal(service, operation, &format!("the operation's risk is {}; {reason}", operation.risk)))
    }

    /// Refuses calls that issue credentials, if the run may not have them: reads that are declared so, and changes
    /// whose answers hold secrets, such as a new access key.
    fn check_credentials(&self, session: &Session, service: &Service, operation: &Operation) -> Result<(), Error> {
        let is_issued = operation.risk > Risk::Read && operation.gives_secrets();
        if !(operation.issues_credentials || is_issued) || !self.rules(session).no_credentials {
            return Ok(());
        }
        let reason = match self.options.rules.no_credentials {
            true => "the run is --no-credentials, which is the default under --contain".to_owned(),
            false => format!("no_credentials is set in {}", self.options.user.file),
        };
        Err(refusal(service, operation, &format!("the call issues credentials; {reason}")))
    }

    /// Decides about a call whose input was checked. Asks for a confirmation if one is needed.
    pub async fn permit(&self, call: GuardedCall<'_>) -> Result<Permit, Error> {
        if call.operation.risk == Risk::Read || call.is_dry_run() {
            return Ok(Permit::Send);
        }
        let rules = self.rules_of_account(call).await?;
        let mut reason = None;
        let mut needs_confirmation = false;
        if self.plan.is_none() && !self.skips_confirmation() {
            let call_risk = call.risk().await?;
            needs_confirmation = rules.needs_confirmation(call_risk.risk);
            if needs_confirmation && !call.session.ask().is_possible() {
                let does = if call_risk.risk == Risk::Destroy { "is destructive" } else { "makes a change" };
                let why = call_risk.reason.map_or(String::new(), |reason| format!(" ({reason})"));
                return Err(call.refused(&format!(
                    "the call {does}{why} and needs a confirmation, but there is no terminal; --yes skips the question"
                )));
            }
            reason = call_risk.reason;
        }
        let targets = self.examine(call).await?;
        if let Some(plan) = &self.plan {
            self.costs.charge(call.session, call.service, call.operation)?;
            return plan.add(call, &targets).await.map(Permit::Planned);
        }
        if needs_confirmation {
            let _one_at_a_time = self.question.lock().await;
            confirm::ask(call, &targets, reason.as_deref(), rules.protect_tag()).await?;
        }
        if call.operation.name.contains("tag") {
            self.protected.forget();
        }
        let mut run = self.run();
        run.highest_risk = run.highest_risk.max(Some(call.operation.risk));
        Ok(Permit::Send)
    }

    /// Returns the resources that a call would change; an error if it may not change them.
    pub async fn examine(&self, call: GuardedCall<'_>) -> Result<Vec<Target>, Error> {
        let rules = self.rules_of_account(call).await?;
        let mut targets = targets::targets(call.operation, call.input);
        self.check_account(call, &rules, &targets).await?;
        let selectors = targets::selectors(call.operation, call.input);
        if !selectors.is_empty() && self.needs_selected_ids(call, &rules).await? {
            let selected = resolve_selectors::resolve_selectors(call, &selectors).await?;
            targets.extend(selected.into_iter().filter(|target| !targets.contains(target)).collect::<Vec<_>>());
        }
        self.check_max_targets(call, rules.max_targets, &targets).await?;
        self.check_protected(call, &rules, &targets).await?;
        Ok(targets)
    }

    /// Refuses the call if the tag protects one of its resources now. Reads the tags again.
    pub async fn check_protection_again(&self, call: GuardedCall<'_>) -> Result<(), Error> {
        self.protected.forget();
        let rules = self.rules(call.session);
        self.check_protected(call, &rules, &targets::targets(call.operation, call.input)).await
    }

    /// Skips confirmation prompts for the rest of the run.
    pub fn skip_confirmation(&self) {
        self.run().is_confirmed = true;
    }

    /// Returns the rules of the command line and of the settings for the session's profile.
    pub fn rules(&self, session: &Session) -> Rules {
        self.options.rules_of(session)
    }

    /// Returns the meter that counts what requests cost.
    pub fn costs(&self) -> &Arc<CostMeter> {
        &self.costs
    }

    /// Returns the rules for a change: also those of other profiles of the same account, which a script could avoid by
    /// naming another profile or a role. Refuses the call if one of them is read-only.
    async fn rules_of_account(&self, call: GuardedCall<'_>) -> Result<Rules, Error> {
        let mut rules = self.rules(call.session);
        if self.options.user.profiles.is_empty() {
            return Ok(rules);
        }
        let accounts = match self.profile_accounts.get() {
            Some(accounts) => accounts,
            None => {
                let accounts = call.session.profile_accounts()?;
                self.profile_accounts.get_or_init(|| accounts)
            }
        };
        let ruled =
            accounts.iter().filter_map(|(name, account)| Some((name, account, self.options.user.profiles.get(name)?)));
        let ruled: Vec<_> = ruled.collect();
        if ruled.is_empty() {
            return Ok(rules);
        }
        let own = call.session.caller().await?.account.as_str();
        for (name, account, of_profile) in ruled.into_iter().filter(|(_, account, _)| *account == own) {
            if of_profile.read_only {
                let file = &self.options.user.file;
                return Err(call.refused(&format!(
                    "read_only is set for the profile {name} in {file}, and this session has its account {account}"
                )));
            }
            rules = rules.over(of_profile);
        }
        Ok(rules)
    }

    /// Whether confirmation prompts are skipped: by `--yes`, or because all changes are confirmed.
    pub fn skips_confirmation(&self) -> bool {
        self.options.yes || self.run().is_confirmed
    }

    async fn check_account(&self, call: GuardedCall<'_>, rules: &Rules, targets: &[Target]) -> Result<(), Error> {
        if rules.blocked_accounts.is_empty() {
            return Ok(());
        }
        let own = call.session.caller().await?.account.as_str();
        let of_arns = targets.iter().filter_map(|target| target.id.strip_prefix("arn:")?.split(':').nth(3));
        match [own].into_iter().chain(of_arns).find(|account| rules.blocks(account)) {
            Some(account) => Err(call.refused(&format!("account {account} is blocked by blocked_accounts"))),
            None => Ok(()),
        }
    }

    /// Whether a rule depends on the ids that tags and groups select. Finding them out takes requests.
    async fn needs_selected_ids(&self, call: GuardedCall<'_>, rules: &Rules) -> Result<bool, Error> {
        if self.plan.is_some() || rules.max_targets.is_set() {
            return Ok(true);
        }
        let Some(tag) = rules.protect_tag() else { return Ok(false) };
        Ok(!self.refuse_if_denied(call, tag, self.protected.ec2_ids(call.session, tag).await)?.is_empty())
    }

    async fn check_protected(&self, call: GuardedCall<'_>, rules: &Rules, targets: &[Target]) -> Result<(), Error> {
        let Some(tag) = rules.protect_tag().filter(|_| !targets.is_empty()) else { return Ok(()) };
        let found = self.protected.among(call.session, call.service, call.operation, tag, targets).await;
        let found = self.refuse_if_denied(call, tag, found)?;
        match found[..] {
            [] => Ok(()),
            [ref id] => Err(call.refused(&format!("{id} is protected by its tag {tag}"))),
            _ => Err(call.refused(&format!("{} are protected by their tag {tag}", abbreviate_ids(&found)))),
        }
    }

    /// Refuses the call if the caller may not read tags: protected resources would be changed unseen.
    fn refuse_if_denied<T>(&self, call: GuardedCall<'_>, tag: &str, found: Result<T, Error>) -> Result<T, Error> {
        found.map_err(|error| match error.is_denied() {
            false => error,
            true => call.refused(&format!(
                "cannot read which resources the tag {tag} protects: {error}; protect_tag = \"\" in {} turns this check off",
                self.options.user.file
            )),
        })
    }

    async fn check_max_targets(
        &self,
        call: GuardedCall<'_>,
        limits: MaxTargets,
        targets: &[Target],
    ) -> Result<(), Error> {
        if !limits.is_set() {
            return Ok(());
        }
        if let Some(affects) = hidden_amount(call.operation, call.input) {
            return Err(call.refused(&format!(
                "the call affects {affects}, a number that its input does not have; \
                 the limit (max_targets) is {limits}, so run it without a limit"
            )));
        }
        if let Some(percent) = limits.percent {
            self.check_percentage(call, percent, targets).await?;
        }
        limits.count.map_or(Ok(()), |most| self.check_count(call, most, targets))
    }

    fn check_count(&self, call: GuardedCall<'_>, most: usize, targets: &[Target]) -> Result<(), Error> {
        let touched = &mut self.run().touched;
        let before = touched.ids.len() + touched.unnamed;
        let new = targets.iter().map(|target| call.key(&target.id)).filter(|id| !touched.ids.contains(id));
        let new: HashSet<_> = new.collect();
        let unnamed = amount(call.operation, call.input).saturating_sub(targets.len());
        let now = new.len().saturating_add(unnamed);
        if before.saturating_add(now) > most {
            let now = counted(now, "resource");
            let so_far = if before == 0 { String::new() } else { format!(", after {before} in this run") };
            return Err(call.refused(&format!("the call changes {now}{so_far}; the limit (max_targets) is {most}")));
        }
        touched.unnamed += unnamed;
        touched.ids.extend(new);
        Ok(())
    }

    /// Checks a limit in percent of all resources of a kind in the account and region.
    async fn check_percentage(&self, call: GuardedCall<'_>, percent: usize, targets: &[Target]) -> Result<(), Error> {
        for (kind, ids) in by_kind(targets) {
            let known = self.run().touched.counts.get(&call.key(kind)).copied();
            let all = match known {
                Some(all) => all,
                None => self.count(call, kind, &ids).await?,
            };
            let touched = &mut self.run().touched;
            touched.counts.insert(call.key(kind), all);
            let key_with_kind = |id: &String| call.key(&format!("{kind} {id}"));
            let (account, region, _) = call.key("");
            let is_of_kind = |key: &&ResourceKey| {
                key.0 == account && key.1 == region && key.2.split_once(' ').is_some_and(|(other, _)| other == kind)
            };
            let before = touched.ids_with_kinds.iter().filter(is_of_kind).count();
            let new = ids.iter().map(key_with_kind).filter(|id| !touched.ids_with_kinds.contains(id));
            let new: HashSet<_> = new.collect();
            if (before + new.len()) * 100 > percent * all {
                return Err(call.refused(&format!(
                    "the call changes {} of {} ({kind}); the limit (max_targets) is {percent}%",
                    before + new.len(),
                    counted(all, "resource")
                )));
            }
            touched.ids_with_kinds.extend(new);
        }
        Ok(())
    }

    async fn count(&self, call: GuardedCall<'_>, kind: &str, ids: &[String]) -> Result<usize, Error> {
        match describe::count(call.session, call.service, kind, ids).await {
            Some(result) => result,
            None => Err(call.refused(&format!(
                "max_targets is a percentage, but no operation counts resources of the kind {kind}; set max_targets to a number"
            ))),
        }
    }
}

impl Rules {
    /// Whether a call of this risk needs a confirmation.
    pub fn needs_confirmation(&self, risk: Risk) -> bool {
        match self.confirm.unwrap_or_default() {
            Confirm::Destroy => risk == Risk::Destroy,
            Confirm::Write => risk > Risk::Read,
        }
    }
}

impl GuardedCall<'_> {
    /// Whether the call is one of EC2's own dry runs, which change nothing.
    fn is_dry_run(&self) -> bool {
        matches!(self.input.get("dry_run"), Some(Value::Bool(true)))
    }

    fn refused(&self, reason: &str) -> Error {
        Error {
            region: self.session.region(),
            account: self.session.account(),
            ..refusal(self.service, self.operation, reason)
        }
    }

    fn key(&self, id_or_kind: &str) -> ResourceKey {
        (self.session.owner(), self.session.region(), id_or_kind.to_owned())
    }
}

fn refusal(service: &Service, operation: &Operation, reason: &str) -> Error {
    Error {
        service: Some(service.name.to_owned()),
        operation: Some(operation.name.to_owned()),
        ..Error::new(REFUSED, format!("refused, nothing was sent: {reason}"))
    }
}

/// Returns the first ids, and the number of the others.
fn abbreviate_ids(ids: &[String]) -> String {
    const FEW: usize = 10;
    let first = ids.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    if ids.len() > FEW { format!("{first} and {} more", ids.len() - FEW) } else { first }
}
