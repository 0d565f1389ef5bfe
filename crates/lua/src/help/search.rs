//! What a pattern finds: `*vpc*`, `ec2.describe_*`, `*quote*`.

use moonfleet_bindings::{Risk, SERVICES, Service};
use wildmatch::WildMatch;

use super::{RISKS, stub};

pub struct SearchResults {
    pub pattern: String,
    pub operations: Vec<OfService>,
    pub waiters: Vec<String>,
    /// Modules and functions, each with what is said of it first.
    pub modules: Vec<(String, String)>,
    pub functions: Vec<(String, String)>,
}

/// The operations of a service that has some, by their risks.
pub struct OfService {
    pub service: &'static str,
    pub risks: Vec<(Risk, Vec<&'static str>)>,
}

/// Names have no such letters.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// All whose name it is, with or without what stands before the dot; and of modules and
/// functions those of which it is said.
pub fn search(pattern: &str) -> SearchResults {
    let wanted = WildMatch::new_case_insensitive(pattern);
    let is_called =
        |name: &str| wanted.matches(name) || name.rsplit('.').next().is_some_and(|last| wanted.matches(last));
    let stubs = stub::stubs();
    let functions = stubs.functions().filter_map(|name| stubs.function(name));
    let modules = stubs.modules().filter_map(|name| stubs.module(name));
    let called = |service: &Service, name: &str| is_called(&format!("{}.{name}", service.name));
    let waiters = SERVICES.iter().flat_map(|service| {
        let service_help = service.waiters().iter().map(|waiter| format!("{}.wait.{}", service.name, waiter.name));
        service_help.filter(|name| is_called(name)).collect::<Vec<_>>()
    });
    SearchResults {
        pattern: pattern.to_owned(),
        operations: SERVICES
            .iter()
            .map(|service| {
                let of = |risk| service.operations().iter().filter(move |operation| operation.risk == risk);
                let names = |risk| of(risk).map(|o| o.name).filter(|name| called(service, name)).collect::<Vec<_>>();
                let risks = RISKS.map(|risk| (risk, names(risk))).into_iter();
                OfService { service: service.name, risks: risks.filter(|(_, names)| !names.is_empty()).collect() }
            })
            .filter(|found| !found.risks.is_empty())
            .collect(),
        waiters: waiters.collect(),
        modules: modules
            .filter(|module| is_called(&module.name) || wanted.matches(&module.prose))
            .map(|module| (module.name, stub::first_sentence(&module.prose)))
            .collect(),
        functions: functions
            .filter(|function| is_called(&function.name) || wanted.matches(&function.prose))
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
    fn functions_are_found_by_what_is_said_of_them() {
        assert!(functions("*quote*").contains(&"sh.quote".to_owned()));
        assert!(functions("*every target*").contains(&"fleet.run".to_owned()));
        assert_eq!(functions("fleet.ru?"), ["fleet.run"]);
        assert!(search("zzz*").is_empty());
    }
}
