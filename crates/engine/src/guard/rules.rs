//! The rules for changes that the command line and the settings give.

use std::collections::BTreeMap;
use std::fmt;

use moonfleet_core::Usd;
use moonfleet_core::aws_environment;
use moonfleet_core::limit::{EXPECTED, Limit};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// The tag that protects a resource by default.
pub const PROTECT_TAG: &str = "moonfleet:protect";

/// The rules of one source. Rules that are not set leave the decision to another source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    #[serde(default)]
    pub read_only: bool,
    /// Refuses reads that issue credentials.
    #[serde(default)]
    pub no_credentials: bool,
    #[serde(default, deserialize_with = "deserialize_limit")]
    pub max_targets: MaxTargets,
    /// The most that the requests of a run may cost, where AWS charges by the request.
    pub max_cost: Option<Usd>,
    /// The tag that protects a resource from changes; an empty tag turns the protection off.
    pub protect_tag: Option<String>,
    /// Accounts in which no changes are made.
    #[serde(default)]
    pub blocked_accounts: Vec<AccountId>,
    pub confirm: Option<Confirm>,
}

/// The most resources that a run may change: a number, and a percentage of the resources of a kind. Both hold, because
/// only a count in the account could tell which of them is stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaxTargets {
    pub count: Option<usize>,
    pub percent: Option<usize>,
}

impl From<Option<Limit>> for MaxTargets {
    fn from(limit: Option<Limit>) -> Self {
        match limit {
            Some(Limit::Count(count)) => MaxTargets { count: Some(count), percent: None },
            Some(Limit::Percent(percent)) => MaxTargets { count: None, percent: Some(percent) },
            None => MaxTargets::default(),
        }
    }
}

impl MaxTargets {
    pub fn is_set(self) -> bool {
        self != MaxTargets::default()
    }

    /// Returns the limits that hold if those of both sources hold.
    fn with(self, other: MaxTargets) -> Self {
        let stricter = |one: Option<usize>, other: Option<usize>| one.into_iter().chain(other).min();
        MaxTargets { count: stricter(self.count, other.count), percent: stricter(self.percent, other.percent) }
    }
}

impl fmt::Display for MaxTargets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count.map(|count| Limit::Count(count).to_string());
        let percent = self.percent.map(|percent| Limit::Percent(percent).to_string());
        f.write_str(&count.into_iter().chain(percent).collect::<Vec<_>>().join(" and "))
    }
}

/// The calls that need a confirmation at the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    #[default]
    Destroy,
    /// All changes, destructive or not.
    Write,
}

/// The id of an account. Rules use ids because names may change and look alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountId(pub String);

impl TryFrom<String> for AccountId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        match id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()) {
            true => Ok(AccountId(id)),
            false => Err(format!("{id:?} is not an account id; write its twelve digits in quotes")),
        }
    }
}

/// The rules of the user's settings: the general ones, and more for some profiles.
#[derive(Clone, Debug, Default)]
pub struct UserRules {
    pub general: Rules,
    pub profiles: BTreeMap<String, Rules>,
    /// The file with the rules, for messages.
    pub file: String,
}

impl UserRules {
    /// Returns the rules for a profile; `None` is the profile that the environment names.
    pub fn for_profile(&self, profile: Option<&str>) -> Rules {
        let profile = profile.map(str::to_owned).or_else(aws_environment::profile);
        let profile = profile.unwrap_or_else(|| "default".to_owned());
        match self.profiles.get(&profile) {
            Some(rules) => rules.over(&self.general),
            None => self.general.clone(),
        }
    }
}

impl Rules {
    /// Combines two sources: the prohibitions and limits of both hold. The tag of `self` goes first.
    pub fn over(&self, other: &Rules) -> Rules {
        Rules {
            read_only: self.read_only || other.read_only,
            no_credentials: self.no_credentials || other.no_credentials,
            max_targets: self.max_targets.with(other.max_targets),
            max_cost: self.max_cost.into_iter().chain(other.max_cost).min(),
            protect_tag: self.protect_tag.clone().or_else(|| other.protect_tag.clone()),
            blocked_accounts: [&self.blocked_accounts[..], &other.blocked_accounts].concat(),
            confirm: self.confirm.max(other.confirm),
        }
    }

    /// Returns the tag that protects resources; `None` if protection is off.
    pub fn protect_tag(&self) -> Option<&str> {
        Some(self.protect_tag.as_deref().unwrap_or(PROTECT_TAG)).filter(|tag| !tag.is_empty())
    }

    pub fn blocks(&self, account: &str) -> bool {
        self.blocked_accounts.iter().any(|blocked| blocked.0 == account)
    }
}

/// Reads a limit, which is a number or a string such as `"10%"`.
fn deserialize_limit<'de, D: Deserializer<'de>>(from: D) -> Result<MaxTargets, D::Error> {
    struct Either;
    impl Visitor<'_> for Either {
        type Value = Limit;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(EXPECTED)
        }

        fn visit_i64<E: de::Error>(self, count: i64) -> Result<Limit, E> {
            let count = usize::try_from(count).map_err(|_| E::invalid_value(de::Unexpected::Signed(count), &self))?;
            Ok(Limit::Count(count))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Limit, E> {
            text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
    from.deserialize_any(Either).map(|limit| Some(limit).into())
}
