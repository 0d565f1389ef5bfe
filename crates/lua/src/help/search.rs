//! Searches help with patterns: `*vpc*`, `ec2.describe_*`, `*quote*`.

use moonfleet_bindings::{Risk, SERVICES, Service};
use wildmatch::WildMatch;

use super::{RISKS, stub};

pub struct SearchResults {
    pub pattern: String,
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

/// Returns all operations, waiters, modules and functions whose name matches, with or without the part before
/// the dot, and all modules and functions whose description matches.
pub fn search(pattern: &str) -> SearchResults {
    let pattern_match = WildMatch::new_case_insensitive(pattern);
    let matches_name = |name: &str| {
        pattern_match.matches(name) || name.rsplit('.').next().is_some_and(|last| pattern_match.matches(last))
    };
    let stubs = stub::stubs();
    let functions = stubs.functions().filter_map(|name| stubs.function(name));
    let modules = stubs.modules().filter_map(|name| stubs.module(name));
    let matches_operation = |service: &Service, name: &str| matches_name(&format!("{}.{name}", service.name));
    let waiters = SERVICES.iter().flat_map(|service| {
        let service_help = service.waiters().iter().map(|waiter| format!("{}.wait.{}", service.name, waiter.name));
        service_help.filter(|name| matches_name(name)).collect::<Vec<_>>()
    });
    SearchResults {
        pattern: pattern.to_owned(),
        operations: SERVICES
            .iter()
            .map(|service| {
                let with_risk = |risk| service.operations().iter().filter(move |operation| operation.risk == risk);
                let names = |risk| {
                    with_risk(risk).map(|o| o.name).filter(|name| matches_operation(service, name)).collect::<Vec<_>>()
                };
                let risks = RISKS.map(|risk| (risk, names(risk))).into_iter();
                ServiceMatches { service: service.name, risks: risks.filter(|(_, names)| !names.is_empty()).collect() }
            })
            .filter(|found| !found.risks.is_empty())
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

impl SearchResults {
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.waiters.is_empty() && self.modules.is_empty() && self.functions.is_empty()
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
        let risks: Vec<Risk> = vpc.operations[0].risks.iter().map(|(risk, _)| *risk).collect();
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
