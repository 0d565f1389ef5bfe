//! What stands between a script and a change: the one place that every call passes before
//! it is sent. It knows what an operation can do, what it would touch, and what this run
//! may do; it knows nothing of Lua, so no script goes round it.
//!
//! A change is, in this order: allowed at all, asked about where somebody has to be asked
//! and can be, in an account that is not blocked, within the cap, not of what is protected,
//! and then planned, confirmed or sent.

mod confirm;
pub mod describe;
pub mod plan;
pub mod plan_file;
mod protected;
mod resolve_selectors;
mod rules;
pub mod targets;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use moonfleet_bindings::{Operation, Risk, Service};
use moonfleet_client::Session;
use moonfleet_core::Error;
use moonfleet_core::Limit;
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Map, Value};

use plan::ChangePlan;
use protected::Protected;
use targets::{Target, by_kind};

pub use confirm::agrees;
pub use rules::{AccountId, Confirm, PROTECT_TAG, Rules, UserRules};

/// The target of what is said of plans, which somebody has asked for.
pub const MESSAGES: &str = "moonfleet::guard";

/// What the process was started with.
#[derive(Default)]
pub struct GuardOptions {
    /// Of the command line.
    pub rules: Rules,
    pub user: UserRules,
    /// Nobody need be asked.
    pub yes: bool,
    /// Changes are planned, and not made.
    pub plan: bool,
}

pub struct Guard {
    options: GuardOptions,
    declared: Mutex<DeclaredRisk>,
    /// The riskiest that was let through.
    passed: AtomicU8,
    plan: Option<ChangePlan>,
    /// Somebody has been asked about all that follows.
    agreed: AtomicBool,
    touched: Mutex<Touched>,
    protected: Protected,
    /// One question at a time.
    asking: tokio::sync::Mutex<()>,
}

/// What the cap is held against.
#[derive(Debug, Default)]
struct Touched {
    ids: HashSet<(String, Option<String>, String)>,
    created: usize,
    /// Of each kind in each place, how many there were at first.
    counts: HashMap<(String, Option<String>, String), usize>,
}

/// What a script says that it needs.
#[derive(Clone, Copy, Default)]
pub enum DeclaredRisk {
    /// It has no header.
    #[default]
    Nothing,
    /// It is going to, with a header that its text ends in.
    NotYet,
    Risk(Risk),
}

/// A call that wants to be made.
#[derive(Clone, Copy)]
pub struct GuardedCall<'a> {
    pub session: &'a Arc<Session>,
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub input: &'a Map,
}

pub enum Permit {
    Send,
    /// It is the change of this number in the plan, and not to be sent.
    Planned(usize),
}

impl Guard {
    pub fn new(options: GuardOptions) -> Self {
        let plan = options.plan.then(ChangePlan::default);
        let (declared, passed, agreed, touched, protected, asking) = Default::default();
        Guard { options, declared, passed, plan, agreed, touched, protected, asking }
    }

    /// From here on nothing riskier passes than what the script says that it needs. An error
    /// where something has.
    pub fn declare(&self, declared: DeclaredRisk) -> Result<(), Error> {
        *self.declared.lock().unwrap_or_else(PoisonError::into_inner) = declared;
        match declared {
            DeclaredRisk::Risk(risk) if self.passed.load(Ordering::SeqCst) > risk as u8 => Err(Error::new(
                REFUSED,
                format!(
                    "refused, run is not called: the script declares risk = \"{risk}\", and has done more before that"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The plan that is made, where one is.
    pub fn plan(&self) -> Option<&ChangePlan> {
        self.plan.as_ref()
    }

    /// At the prompt each line is a run of its own.
    pub fn begin(&self) {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner) = Touched::default();
    }

    /// What can be said without knowing the input: whether the run may do such things at all.
    pub fn check(&self, session: &Session, service: &Service, operation: &Operation) -> Result<(), Error> {
        if operation.risk == Risk::Read {
            return Ok(());
        }
        let declared = *self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        let why = if self.options.rules.read_only {
            "the run is --read-only".to_owned()
        } else if self.rules(session).read_only {
            format!("read_only is set in {}", self.options.user.file)
        } else {
            match declared {
                DeclaredRisk::Risk(declared) if operation.risk > declared => {
                    format!("the script declares risk = \"{declared}\"")
                }
                DeclaredRisk::NotYet => "and what changes something belongs into the script's run".to_owned(),
                _ => return Ok(()),
            }
        };
        Err(refusal(service, operation, &format!("the operation's risk is {}, {why}", operation.risk)))
    }

    /// Whether a call with a checked input may be sent.
    pub async fn permit(&self, call: GuardedCall<'_>) -> Result<Permit, Error> {
        if call.operation.risk == Risk::Read || call.is_dry_run() {
            return Ok(Permit::Send);
        }
        let rules = self.rules(call.session);
        let asks = self.plan.is_none() && !self.says_yes() && rules.asks_about(call.operation);
        if asks && !call.session.ask().is_possible() {
            let does = if call.operation.risk == Risk::Destroy { "destroys" } else { "changes something" };
            return Err(
                call.refused(&format!("it {does}, and there is no terminal to ask at; --yes says that it is meant"))
            );
        }
        let targets = self.examine(call).await?;
        if let Some(plan) = &self.plan {
            return plan.add(call, &targets).await.map(Permit::Planned);
        }
        if asks {
            let _one_at_a_time = self.asking.lock().await;
            confirm::ask(call, &targets).await?;
        }
        if call.operation.name.contains("tag") {
            self.protected.forget();
        }
        self.passed.fetch_max(call.operation.risk as u8, Ordering::SeqCst);
        Ok(Permit::Send)
    }

    /// What a call would touch, where it may touch that.
    pub async fn examine(&self, call: GuardedCall<'_>) -> Result<Vec<Target>, Error> {
        let rules = self.rules(call.session);
        let mut targets = targets::targets(call.operation, call.input);
        self.is_not_blocked(call, &rules, &targets).await?;
        let selectors = targets::selectors(call.operation, call.input);
        if !selectors.is_empty() && self.wants_names(call, &rules).await? {
            let selected = resolve_selectors::resolve_selectors(call, &selectors).await?;
            targets.extend(selected.into_iter().filter(|target| !targets.contains(target)).collect::<Vec<_>>());
        }
        self.is_within_cap(call, rules.max_targets, &targets).await?;
        self.is_not_protected(call, &rules, &targets).await?;
        Ok(targets)
    }

    /// From here on nobody is asked.
    pub fn agree(&self) {
        self.agreed.store(true, Ordering::SeqCst);
    }

    pub fn rules(&self, session: &Session) -> Rules {
        self.options.rules.over(&self.options.user.for_profile(session.settings().principal.profile.as_deref()))
    }

    /// Whether somebody has said that all is meant.
    pub fn says_yes(&self) -> bool {
        self.options.yes || self.agreed.load(Ordering::SeqCst)
    }

    async fn is_not_blocked(&self, call: GuardedCall<'_>, rules: &Rules, targets: &[Target]) -> Result<(), Error> {
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

    /// Whether it matters whom tags and groups choose, which costs requests to find out.
    async fn wants_names(&self, call: GuardedCall<'_>, rules: &Rules) -> Result<bool, Error> {
        if self.plan.is_some() || rules.max_targets.is_some() {
            return Ok(true);
        }
        let Some(tag) = rules.protect_tag() else { return Ok(false) };
        Ok(!self.refuse_if_denied(call, tag, self.protected.ec2_ids(call.session, tag).await)?.is_empty())
    }

    async fn is_not_protected(&self, call: GuardedCall<'_>, rules: &Rules, targets: &[Target]) -> Result<(), Error> {
        let Some(tag) = rules.protect_tag().filter(|_| !targets.is_empty()) else { return Ok(()) };
        let found = self.protected.among(call.session, call.service, call.operation, tag, targets).await;
        let found = self.refuse_if_denied(call, tag, found)?;
        match found[..] {
            [] => Ok(()),
            [ref id] => Err(call.refused(&format!("{id} is protected by its tag {tag}"))),
            _ => Err(call.refused(&format!("{} are protected by their tag {tag}", abbreviate_ids(&found)))),
        }
    }

    /// Who may not see tags cannot be told what they protect, and would go ahead blindly.
    fn refuse_if_denied<T>(&self, call: GuardedCall<'_>, tag: &str, asked: Result<T, Error>) -> Result<T, Error> {
        asked.map_err(|error| match error.is_denied() {
            false => error,
            true => call.refused(&format!(
                "it cannot be seen what the tag {tag} protects: {error}; protect_tag = \"\" in {} turns this off",
                self.options.user.file
            )),
        })
    }

    async fn is_within_cap(&self, call: GuardedCall<'_>, cap: Option<Limit>, targets: &[Target]) -> Result<(), Error> {
        match cap {
            None => Ok(()),
            Some(Limit::Count(most)) => {
                let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
                let before = touched.ids.len() + touched.created;
                let new = targets.iter().map(|target| call.place(&target.id)).filter(|id| !touched.ids.contains(id));
                let new: HashSet<_> = new.collect();
                let created = targets::created(call.operation, call.input);
                if before + new.len() + created > most {
                    let now = new.len() + created;
                    let so_far = if before == 0 { String::new() } else { format!(", after {before} in this run") };
                    return Err(call.refused(&format!(
                        "it is about {}{so_far}, and the cap (max_targets) is {most}",
                        resources(now)
                    )));
                }
                touched.created += created;
                touched.ids.extend(new);
                Ok(())
            }
            Some(Limit::Percent(percent)) => self.is_within_share(call, percent, targets).await,
        }
    }

    /// So many of all there are of a kind, in the account and region.
    async fn is_within_share(&self, call: GuardedCall<'_>, percent: usize, targets: &[Target]) -> Result<(), Error> {
        for (kind, ids) in by_kind(targets) {
            let known = {
                let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
                touched.counts.get(&call.place(kind)).copied()
            };
            let all = match known {
                Some(all) => all,
                None => self.count(call, kind, &ids).await?,
            };
            let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
            touched.counts.insert(call.place(kind), all);
            let mark = |id: &String| call.place(&format!("{kind} {id}"));
            let place = call.place("");
            let is_its = |(account, region, id): &&(String, Option<String>, String)| {
                *account == place.0 && *region == place.1 && id.split_once(' ').is_some_and(|(of, _)| of == kind)
            };
            let before = touched.ids.iter().filter(is_its).count();
            let new: HashSet<_> = ids.iter().map(mark).filter(|id| !touched.ids.contains(id)).collect();
            if (before + new.len()) * 100 > percent * all {
                return Err(call.refused(&format!(
                    "it is about {} of {all} ({kind}), and the cap (max_targets) is {percent}%",
                    before + new.len()
                )));
            }
            touched.ids.extend(new);
        }
        Ok(())
    }

    async fn count(&self, call: GuardedCall<'_>, kind: &str, ids: &[String]) -> Result<usize, Error> {
        match describe::count(call.session, call.service, kind, ids).await {
            Some(counted) => counted,
            None => Err(call.refused(&format!(
                "the cap (max_targets) is a share, and how many there are of its kind ({kind}) is not known; give a number"
            ))),
        }
    }
}

impl Rules {
    /// Whether somebody has to agree to it.
    pub fn asks_about(&self, operation: &Operation) -> bool {
        match self.confirm.unwrap_or_default() {
            Confirm::Destroy => operation.risk == Risk::Destroy,
            Confirm::Write => operation.risk > Risk::Read,
        }
    }
}

impl GuardedCall<'_> {
    /// AWS itself only says what it would do.
    fn is_dry_run(&self) -> bool {
        matches!(self.input.get("dry_run"), Some(Value::Bool(true)))
    }

    fn refused(&self, why: &str) -> Error {
        Error {
            region: self.session.region(),
            account: self.session.account(),
            ..refusal(self.service, self.operation, why)
        }
    }

    fn place(&self, id: &str) -> (String, Option<String>, String) {
        (self.session.owner(), self.session.region(), id.to_owned())
    }
}

fn refusal(service: &Service, operation: &Operation, why: &str) -> Error {
    Error {
        service: Some(service.name.to_owned()),
        operation: Some(operation.name.to_owned()),
        ..Error::new(REFUSED, format!("refused, nothing was sent: {why}"))
    }
}

fn resources(count: usize) -> String {
    if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") }
}

/// The first few of many.
fn abbreviate_ids(ids: &[String]) -> String {
    const FEW: usize = 10;
    let first = ids.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    if ids.len() > FEW { format!("{first} and {} more", ids.len() - FEW) } else { first }
}
