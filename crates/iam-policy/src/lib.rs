//! What IAM's policy documents allow: the language itself, apart from any account.
//!
//! [`document`] reads and checks documents, [`pattern`] matches names with wildcards and
//! variables, [`condition`] compares with what is known of a request, and this module adds
//! statements up as IAM does: what is denied is denied, what nobody allows is not allowed.
//! Who has which documents is the caller's business: the sandbox knows it of its accounts,
//! `stdlib/policies.lua` reads it off an account's own answers.
//!
//! What is not known makes an answer conditional rather than wrong: without a context a
//! condition may hold or not.

mod condition;
mod document;
mod pattern;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use document::{Choice, Condition, Document, Effect, Malformed, Principal, Purpose, Statement};
pub use place::places;

use condition::holds;
use pattern::{matches_action, matches_resource, variables};

/// What is known of a request.
#[derive(Clone, Debug)]
pub struct Context {
    /// By the lower-case names of the keys.
    values: BTreeMap<String, Vec<String>>,
    /// Whether there is nothing else.
    is_complete: bool,
}

impl Context {
    /// All there is.
    pub fn whole<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> Context {
        let values = entries.into_iter().filter(|(_, values)| !values.is_empty());
        Context { values: values.map(|(key, values)| (key.to_lowercase(), values)).collect(), is_complete: true }
    }

    /// Some of it: what it does not say may be anything.
    pub fn part<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> Context {
        Context { is_complete: false, ..Context::whole(entries) }
    }

    pub fn get(&self, key: &str) -> Option<&Vec<String>> {
        self.values.get(&key.to_lowercase())
    }
}

#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub action: &'a str,
    /// None is something, whatever it is.
    pub resource: Option<&'a str>,
    /// Who asks, where the document is one that says who may: the names that stand for them.
    pub caller: Option<&'a [Principal]>,
    /// None where it is not known.
    pub context: Option<&'a Context>,
}

/// Whether a part of a statement is about a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Match {
    No,
    Perhaps,
    Yes,
}

impl Match {
    fn is(yes: bool) -> Match {
        if yes { Match::Yes } else { Match::No }
    }

    fn not(self) -> Match {
        match self {
            Match::No => Match::Yes,
            Match::Perhaps => Match::Perhaps,
            Match::Yes => Match::No,
        }
    }

    fn any(all: impl IntoIterator<Item = Match>) -> Match {
        all.into_iter().max().unwrap_or(Match::No)
    }

    fn all_match(all: impl IntoIterator<Item = Match>) -> Match {
        all.into_iter().min().unwrap_or(Match::Yes)
    }
}

impl Statement {
    pub fn matches(&self, request: &Request<'_>) -> Match {
        // The cheapest first: most statements are about other actions.
        let action = self.action(request.action);
        if action == Match::No {
            return Match::No;
        }
        let conditions = self.conditions.iter().map(|condition| holds(condition, request.context));
        Match::all_match([action, self.resource(request), self.principal(request)].into_iter().chain(conditions))
    }

    /// The context keys that it asks for, also as variables.
    pub fn keys(&self) -> Vec<String> {
        let resources = self.resources.iter().flat_map(Choice::items);
        let values = self.conditions.iter().flat_map(|condition| &condition.values);
        let named = self.conditions.iter().map(|condition| condition.key.clone());
        named.chain(resources.chain(values).flat_map(|text| variables(text))).collect()
    }

    fn action(&self, action: &str) -> Match {
        chosen(&self.actions, |pattern| Match::is(matches_action(pattern, action)))
    }

    fn resource(&self, request: &Request<'_>) -> Match {
        let Some(resources) = &self.resources else { return Match::Yes };
        let Some(resource) = request.resource else { return self.something(resources) };
        chosen(resources, |pattern| matches_resource(pattern, resource, request.context))
    }

    /// Something is allowed where anything is, and denied for certain only where all is.
    fn something(&self, resources: &Choice<String>) -> Match {
        match (self.effect, resources) {
            (Effect::Allow, _) => Match::Yes,
            (Effect::Deny, Choice::Only(patterns)) if patterns.iter().any(|pattern| pattern == "*") => Match::Yes,
            (Effect::Deny, _) => Match::Perhaps,
        }
    }

    fn principal(&self, request: &Request<'_>) -> Match {
        match (&self.principals, request.caller) {
            (None, _) => Match::Yes,
            (Some(_), None) => Match::Perhaps,
            (Some(principals), Some(caller)) => {
                chosen(principals, |named| Match::is(caller.iter().any(|name| named.names(name))))
            }
        }
    }
}

fn chosen<T>(choice: &Choice<T>, is: impl Fn(&T) -> Match) -> Match {
    match choice {
        Choice::Only(items) => Match::any(items.iter().map(is)),
        Choice::AllBut(items) => Match::any(items.iter().map(is)).not(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Allowed,
    /// That depends on what is not known.
    Conditional,
    ExplicitDeny,
    ImplicitDeny,
}

impl Verdict {
    /// In the words of IAM's simulator, and one more.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Conditional => "conditional",
            Verdict::ExplicitDeny => "explicitDeny",
            Verdict::ImplicitDeny => "implicitDeny",
        }
    }

    /// What a second set of documents, which can only limit, leaves of this.
    pub fn limited_by(self, limit: Verdict) -> Verdict {
        match (self, limit) {
            (Verdict::ExplicitDeny, _) | (_, Verdict::ExplicitDeny) => Verdict::ExplicitDeny,
            (Verdict::ImplicitDeny, _) | (_, Verdict::ImplicitDeny) => Verdict::ImplicitDeny,
            (Verdict::Conditional, _) | (_, Verdict::Conditional) => Verdict::Conditional,
            (Verdict::Allowed, Verdict::Allowed) => Verdict::Allowed,
        }
    }
}

/// A statement that had a say, by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    pub document: usize,
    pub statement: usize,
    pub effect: Effect,
    pub matched: Match,
}

pub struct Decision {
    pub verdict: Verdict,
    /// Those that decided: the denying ones where it is denied, else those that allow.
    pub by: Vec<Said>,
}

pub fn decide(documents: &[&Document], request: &Request<'_>) -> Decision {
    let mut said = Vec::new();
    for (document, of) in documents.iter().enumerate() {
        for (statement, is) in of.statements.iter().enumerate() {
            let matched = is.matches(request);
            if matched != Match::No {
                said.push(Said { document, statement, effect: is.effect, matched });
            }
        }
    }
    let strongest = |effect| Match::any(said.iter().filter(|one| one.effect == effect).map(|one| one.matched));
    let verdict = match (strongest(Effect::Deny), strongest(Effect::Allow)) {
        (Match::Yes, _) => Verdict::ExplicitDeny,
        (_, Match::No) => Verdict::ImplicitDeny,
        (Match::No, Match::Yes) => Verdict::Allowed,
        _ => Verdict::Conditional,
    };
    match verdict {
        Verdict::ExplicitDeny => said.retain(|one| one.effect == Effect::Deny && one.matched == Match::Yes),
        Verdict::ImplicitDeny => said.clear(),
        Verdict::Allowed => said.retain(|one| one.effect == Effect::Allow && one.matched == Match::Yes),
        Verdict::Conditional => {}
    }
    Decision { verdict, by: said }
}
