//! The review of risks: where the evidence about an operation disagrees, and the decisions.

mod authorization;

use std::collections::{BTreeMap, BTreeSet};

use moonfleet_models::iam::named_action;
use moonfleet_models::risk::{Risk, by_verb, decisions, judge, verb, verbs};
use moonfleet_models::{Operation, Protocol, Service, service, service_names};

use authorization::{Reference, golden};

/// What a source says of an operation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    Read,
    Change,
}

/// The sources that say something of an operation, in the order verb, trait, method, level.
type Evidence = Vec<(&'static str, Says)>;

fn evidence(service: &Service, operation: &Operation, reference: &Reference) -> Evidence {
    let says = |is_read: bool| if is_read { Says::Read } else { Says::Change };
    let by_verb = by_verb(&operation.name).map(|judgement| says(judgement.risk == Risk::Read));
    let by_trait = operation.read_only.then_some(Says::Read);
    let has_methods = service.metadata.protocols.iter().any(|p| matches!(p, Protocol::RestJson | Protocol::RestXml));
    let by_method = match operation.http_method {
        "GET" | "HEAD" => Some(Says::Read),
        "PUT" | "DELETE" | "PATCH" => Some(Says::Change),
        _ => None,
    };
    let level = named_action(service, operation).and_then(|action| reference.level(&action));
    [
        ("verb", by_verb),
        ("readonly trait", by_trait),
        ("HTTP method", by_method.filter(|_| has_methods)),
        ("access level", level.map(|level| says(matches!(level, "Read" | "List")))),
    ]
    .into_iter()
    .filter_map(|(source, says)| Some((source, says?)))
    .collect()
}

fn disagree(evidence: &Evidence) -> bool {
    evidence.iter().any(|(_, says)| *says != evidence[0].1)
}

fn operations() -> impl Iterator<Item = (&'static Service, &'static Operation)> {
    service_names().flat_map(|name| {
        let service = service(name).expect("it has a model");
        service.operations().map(move |operation| (service, operation))
    })
}

#[test]
fn every_disagreement_is_decided_and_every_decision_is_needed() {
    let reference = Reference::read();
    let decided: BTreeMap<_, _> = decisions().map(|decision| (decision.operation, decision)).collect();
    let (mut undecided, mut idle) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for (service, operation) in operations() {
        let name = format!("{}.{}", service.name, operation.name);
        let evidence = evidence(service, operation, &reference);
        match decided.get(name.as_str()) {
            None if disagree(&evidence) => undecided.push(name),
            None => {}
            Some(decision) => {
                seen.insert(decision.operation);
                if !disagree(&evidence) && by_verb(&operation.name) == Some(decision.judgement) {
                    idle.push(name);
                }
            }
        }
    }
    assert!(
        undecided.is_empty(),
        "add these to crates/models/risks/decisions.txt, by AWS's documentation: {undecided:#?}"
    );
    assert!(idle.is_empty(), "remove these from crates/models/risks/decisions.txt; the evidence agrees: {idle:#?}");
    let gone: Vec<_> = decided.keys().filter(|name| !seen.contains(*name)).collect();
    assert!(gone.is_empty(), "remove these from crates/models/risks/decisions.txt; they do not exist: {gone:#?}");
}

#[test]
fn decisions_are_sorted_and_have_a_reason() {
    let names: Vec<_> = decisions().map(|decision| decision.operation).collect();
    assert!(names.is_sorted(), "crates/models/risks/decisions.txt is not sorted by operation");
    for decision in decisions() {
        assert!(decision.reason.len() > 5, "{} has no reason", decision.operation);
    }
}

#[test]
fn every_verb_is_judged_and_used() {
    let judged: Vec<&str> = verbs().map(|(verb, _)| verb).collect();
    assert!(judged.is_sorted(), "crates/models/risks/verbs.txt is not sorted");
    let used: BTreeSet<&str> = operations().map(|(_, operation)| verb(&operation.name)).collect();
    let judged: BTreeSet<&str> = judged.into_iter().collect();
    let (unjudged, unused): (Vec<_>, Vec<_>) = (used.difference(&judged).collect(), judged.difference(&used).collect());
    assert!(unjudged.is_empty(), "add these to crates/models/risks/verbs.txt: {unjudged:?}");
    assert!(unused.is_empty(), "remove these from crates/models/risks/verbs.txt: {unused:?}");
}

/// Keeps the numbers of the review, for the next reviewer.
#[test]
fn the_review_has_its_numbers() {
    let reference = Reference::read();
    let mut combinations: BTreeMap<String, usize> = BTreeMap::new();
    let mut risks: BTreeMap<String, usize> = BTreeMap::new();
    let mut disagreements = 0;
    for (service, operation) in operations() {
        let evidence = evidence(service, operation, &reference);
        let sources = |wanted| {
            let of = evidence.iter().filter(|(_, says)| *says == wanted).map(|(source, _)| *source);
            of.collect::<Vec<_>>().join(", ")
        };
        disagreements += usize::from(disagree(&evidence));
        let combination = match (sources(Says::Read), sources(Says::Change)) {
            (read, change) if change.is_empty() => format!("read by {read}"),
            (read, change) if read.is_empty() => format!("change by {change}"),
            (read, change) => format!("read by {read}; change by {change}"),
        };
        *combinations.entry(combination).or_default() += 1;
        let judged = judge(&service.name, &operation.name).expect("every verb is judged");
        *risks.entry(judged.to_string()).or_default() += 1;
    }
    let mut lines = vec![format!("operations {}", operations().count())];
    lines.extend(risks.iter().map(|(risk, count)| format!("risk {risk} {count}")));
    lines.push(format!("disagreements {disagreements}"));
    lines.push(format!("decisions {}", decisions().count()));
    lines.extend(combinations.iter().map(|(combination, count)| format!("{count} {combination}")));
    golden("risks/review.txt", &lines);
}
