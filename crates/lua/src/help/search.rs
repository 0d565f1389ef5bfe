//! Searches help with patterns: `*vpc*`, `ec2.describe_*`, `*quote*`.

use moonfleet_bindings::{ListedService, Risk, catalogue};
use wildmatch::WildMatch;

use super::{RISKS, stub};

pub struct SearchResults {
    pub pattern: String,
    /// Services, each with its title.
    pub services: Vec<(&'static str, &'static str)>,
    pub operations: Vec<ServiceMatches>,
    pub waiters: Vec<String>,
    /// Modules and functions, each with the first sentence of its description.
    pub modules: Vec<(String, String)>,
    pub functions: Vec<(String, String)>,
}

/// The matching operations of a service, grouped by risk. No group is empty.
pub struct ServiceMatches {
    pub service: &'static str,
    pub risks: Vec<(Risk, Vec<&'static str>)>,
}

/// Returns whether the text is a pattern: no name contains these characters.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Returns all services, operations, waiters, modules and functions whose name matches, with or without the part before
/// the dot, and all services, modules and functions whose title or description matches. Reads only the models of
/// services with matching operations, for their risk.
pub fn search(pattern: &str) -> SearchResults {
    let pattern_match = WildMatch::new_case_insensitive(pattern);
    let has_dot = pattern.contains('.');
    let matches_name = |name: &str| {
        pattern_match.matches(name) || name.rsplit('.').next().is_some_and(|last| pattern_match.matches(last))
    };
    let is_in = |service: &str, name: &str| {
        pattern_match.matches(name) || has_dot && pattern_match.matches(&format!("{service}.{name}"))
    };
    let stubs = stub::stubs();
    let functions = stubs.functions().filter_map(|name| stubs.function(name));
    let modules = stubs.modules().filter_map(|name| stubs.module(name));
    let waiters = catalogue().iter().flat_map(|listed| {
        let own = listed.waiters.iter().filter(|name| is_in(&format!("{}.wait", listed.name), name));
        own.map(|name| format!("{}.wait.{name}", listed.name))
    });
    let services = catalogue().iter().filter(|listed| {
        let names = std::iter::once(&listed.name).chain(&listed.aliases);
        names.chain([&listed.title]).any(|name| pattern_match.matches(name))
    });
    SearchResults {
        pattern: pattern.to_owned(),
        services: services.map(|listed| (listed.name, listed.title)).collect(),
        operations: catalogue()
            .iter()
            .filter_map(|listed| operations(listed, |name| is_in(listed.name, name)))
            .collect(),
        waiters: waiters.collect(),
        modules: modules
            .filter(|module| matches_name(&module.name) || pattern_match.matches(&module.prose))
            .map(|module| (module.name, stub::first_sentence(&module.prose)))
            .collect(),
        functions: functions
            .filter(|function| matches_name(&function.name) || pattern_match.matches(&function.prose))
            .map(|function| (function.name, stub::first_sentence(&function.prose)))
            .collect(),
    }
}

/// Returns the matching operations of a service by their risk; none if none matches.
fn operations(listed: &ListedService, matches: impl Fn(&str) -> bool) -> Option<ServiceMatches> {
    let found: Vec<&'static str> = listed.operations.iter().copied().filter(|name| matches(name)).collect();
    if found.is_empty() {
        return None;
    }
    let with_risk = |risk| found.iter().copied().filter(|name| listed.risk(name) == Some(risk)).collect::<Vec<_>>();
    let risks = RISKS.map(|risk| (risk, with_risk(risk))).into_iter();
    Some(ServiceMatches { service: listed.name, risks: risks.filter(|(_, names)| !names.is_empty()).collect() })
}

impl SearchResults {
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.operations.is_empty()
            && self.waiters.is_empty()
            && self.modules.is_empty()
            && self.functions.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(pattern: &str) -> Vec<String> {
        search(pattern).functions.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn names_are_found_with_and_without_their_service() {
        let of_ec2 = |pattern: &str| {
            let found = search(pattern).operations.into_iter().find(|found| found.service == "ec2");
            found.expect("operations of EC2").risks
        };
        let short = of_ec2("describe_vpc*");
        assert_eq!(short, of_ec2("EC2.describe_vpc*"));
        assert!(short.len() == 1 && short[0].1.contains(&"describe_vpcs"), "{short:?}");
        assert!(search("iam.describe_vpc*").is_empty());
        let vpc = search("*vpc*");
        assert!(vpc.waiters.iter().any(|name| name == "ec2.wait.vpc_available"));
        let ec2 = vpc.operations.iter().find(|found| found.service == "ec2").expect("operations of EC2");
        let risks: Vec<Risk> = ec2.risks.iter().map(|(risk, _)| *risk).collect();
        assert_eq!(risks, RISKS);
    }

    #[test]
    fn functions_are_found_by_their_description() {
        assert!(functions("*quote*").contains(&"sh.quote".to_owned()));
        assert!(functions("*every target*").contains(&"fleet.run".to_owned()));
        assert_eq!(functions("fleet.ru?"), ["fleet.run"]);
        assert!(search("zzz*").is_empty());
    }
}
