//! Evaluating IAM's policy documents, independent of any account.
//!
//! [`document`] reads and checks documents, [`pattern`] matches names with wildcards and
//! variables, [`condition`] compares values with the context of a request, and this module
//! combines statements like IAM: a matching Deny wins, and a request without a matching Allow is
//! denied. The caller collects the documents: the sandbox from its accounts,
//! `stdlib/policies.lua` from the answers of a real account.
//!
//! Unknown values make a verdict conditional instead of wrong: without a context, a condition may
//! be met or not.

mod condition;
mod document;
mod pattern;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use document::{Choice, Condition, Effect, Malformed, PolicyDocument, PolicyPrincipal, Purpose, Statement};
pub use place::statement_positions;

use condition::is_met;
use pattern::{Variables, matches_action, matches_resource, variables};

/// The known context keys of a request, with their values.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The values by the lower-case names of the keys.
    values: BTreeMap<String, Vec<String>>,
    /// Whether the request has no other keys.
    is_complete: bool,
}

impl RequestContext {
    /// Makes a complete context: the request has no other keys.
    pub fn complete<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> RequestContext {
        let values = entries.into_iter().filter(|(_, values)| !values.is_empty());
        RequestContext { values: values.map(|(key, values)| (key.to_lowercase(), values)).collect(), is_complete: true }
    }

    /// Makes a partial context: other keys may have any value.
    pub fn partial<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> RequestContext {
        RequestContext { is_complete: false, ..RequestContext::complete(entries) }
    }

    /// Returns the values of a key; `None` if it is not set or not known.
    pub fn get(&self, key: &str) -> Option<&Vec<String>> {
        self.values.get(&key.to_lowercase())
    }
}

#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub action: &'a str,
    /// The ARN of the resource; `None` is any resource.
    pub resource: Option<&'a str>,
    /// The names of the caller, for documents with principals; `None` is an unknown caller.
    pub caller: Option<&'a [PolicyPrincipal]>,
    /// The context; `None` is unknown.
    pub context: Option<&'a RequestContext>,
}

/// Whether a part of a statement matches a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Match {
    No,
    /// The match depends on unknown values.
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
        // The action is compared first, because most statements are for other actions.
        let action = self.action(request.action);
        if action == Match::No {
            return Match::No;
        }
        let variables = self.variables(request);
        let conditions = self.conditions.iter().map(|condition| is_met(condition, request.context, variables));
        Match::all_match([action, self.resource(request), self.principal(request)].into_iter().chain(conditions))
    }

    /// Returns the context keys of the conditions and of the policy variables.
    pub fn context_keys(&self) -> Vec<String> {
        let resources = self.resources.iter().flat_map(Choice::items);
        let values = self.conditions.iter().flat_map(|condition| &condition.values);
        let named = self.conditions.iter().map(|condition| condition.key.clone());
        let texts = resources.chain(values).filter(|_| self.has_variables);
        named.chain(texts.flat_map(|text| variables(text))).collect()
    }

    fn variables<'a>(&self, request: &Request<'a>) -> Variables<'a> {
        match request.context {
            _ if !self.has_variables => Variables::None,
            Some(context) => Variables::Of(context),
            None => Variables::Unknown,
        }
    }

    fn action(&self, action: &str) -> Match {
        matches_choice(&self.actions, |pattern| Match::is(matches_action(pattern, action)))
    }

    fn resource(&self, request: &Request<'_>) -> Match {
        let Some(resources) = &self.resources else { return Match::Yes };
        let Some(resource) = request.resource else { return self.matches_any_resource(resources) };
        matches_choice(resources, |pattern| matches_resource(pattern, resource, self.variables(request)))
    }

    /// Matches an unspecified resource. An Allow for some resources allows it; only a Deny for all
    /// resources certainly denies it.
    fn matches_any_resource(&self, resources: &Choice<String>) -> Match {
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
                matches_choice(principals, |named| Match::is(caller.iter().any(|name| named.includes(name))))
            }
        }
    }
}

fn matches_choice<T>(choice: &Choice<T>, matches_item: impl Fn(&T) -> Match) -> Match {
    match choice {
        Choice::Only(items) => Match::any(items.iter().map(matches_item)),
        Choice::AllBut(items) => Match::any(items.iter().map(matches_item)).not(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Allowed,
    /// The decision depends on unknown values.
    Conditional,
    ExplicitDeny,
    ImplicitDeny,
}

impl Verdict {
    /// Returns the name of IAM's simulator, which has no name for [`Verdict::Conditional`].
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Conditional => "conditional",
            Verdict::ExplicitDeny => "explicitDeny",
            Verdict::ImplicitDeny => "implicitDeny",
        }
    }

    /// Combines this verdict with that of documents that only limit, such as a permissions boundary.
    pub fn limited_by(self, limit: Verdict) -> Verdict {
        match (self, limit) {
            (Verdict::ExplicitDeny, _) | (_, Verdict::ExplicitDeny) => Verdict::ExplicitDeny,
            (Verdict::ImplicitDeny, _) | (_, Verdict::ImplicitDeny) => Verdict::ImplicitDeny,
            (Verdict::Conditional, _) | (_, Verdict::Conditional) => Verdict::Conditional,
            (Verdict::Allowed, Verdict::Allowed) => Verdict::Allowed,
        }
    }
}

/// A statement that matches a request, by the indices of its document and of the statement in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MatchedStatement {
    pub document: usize,
    pub statement: usize,
    pub effect: Effect,
    pub matched: Match,
}

pub struct Decision {
    pub verdict: Verdict,
    /// The statements that decide: the denials of an explicit deny, else those that allow.
    pub statements: Vec<MatchedStatement>,
}

/// Decides about a request from all documents of a caller.
pub fn decide(documents: &[&PolicyDocument], request: &Request<'_>) -> Decision {
    let mut matching = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        for (number, statement) in document.statements.iter().enumerate() {
            let matched = statement.matches(request);
            if matched != Match::No {
                matching.push(MatchedStatement { document: at, statement: number, effect: statement.effect, matched });
            }
        }
    }
    let strongest = |effect| Match::any(matching.iter().filter(|one| one.effect == effect).map(|one| one.matched));
    let verdict = match (strongest(Effect::Deny), strongest(Effect::Allow)) {
        (Match::Yes, _) => Verdict::ExplicitDeny,
        (_, Match::No) => Verdict::ImplicitDeny,
        (Match::No, Match::Yes) => Verdict::Allowed,
        _ => Verdict::Conditional,
    };
    match verdict {
        Verdict::ExplicitDeny => matching.retain(|one| one.effect == Effect::Deny && one.matched == Match::Yes),
        Verdict::ImplicitDeny => matching.clear(),
        Verdict::Allowed => matching.retain(|one| one.effect == Effect::Allow && one.matched == Match::Yes),
        Verdict::Conditional => {}
    }
    Decision { verdict, statements: matching }
}
