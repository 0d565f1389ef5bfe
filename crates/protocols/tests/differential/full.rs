//! All operations of all services. `SERVICES=s3,sqs` limits the services. `UPDATE_CORPUS=1` records the corpus again.

use std::time::Instant;

use crate::cases::{Apis, Compared, Kind, compare, text};
use crate::corpus::Recording;
use crate::differences::Differences;
use crate::python::generate;

/// Each result with this distance is damaged, to see that the comparison finds it.
const DAMAGED: usize = 200;
/// How many examples are shown of results that differ.
const EXAMPLES: usize = 40;
/// The least part of cases that are identical.
const LEAST: f64 = 0.999;

#[test]
#[ignore = "needs botocore and minutes"]
fn all_requests_are_those_of_botocore() {
    run(Kind::Requests);
}

#[test]
#[ignore = "needs botocore and minutes"]
fn all_answers_are_read_as_by_botocore() {
    run(Kind::Answers);
}

#[test]
#[ignore = "needs botocore and minutes"]
fn all_errors_are_read_as_by_botocore() {
    run(Kind::Errors);
}

#[test]
#[ignore = "needs botocore and minutes"]
fn all_events_are_read_as_by_botocore() {
    run(Kind::Events);
}

#[test]
#[ignore = "needs botocore and minutes"]
fn all_endpoints_are_those_of_botocore() {
    run(Kind::Endpoints);
}

fn run(kind: Kind) {
    let services: Vec<String> =
        std::env::var("SERVICES").map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let started = Instant::now();
    let mut apis = Apis::default();
    let mut found = Differences::default();
    let (mut count, mut identical, mut shown, mut missed, mut panics) = (0, 0, 0, 0, 0);
    let mut corpus = std::env::var_os("UPDATE_CORPUS").map(|_| Recording::new(kind));
    generate(kind.name(), &services, &mut |case| {
        count += 1;
        let mut compared = compare(&mut apis, kind, &case);
        panics += usize::from(compared.is_panic());
        let paths = compared.differences();
        if paths.is_empty() {
            identical += 1;
            corpus.iter_mut().for_each(|corpus| corpus.consider(&mut apis, &case));
        } else if shown < EXAMPLES {
            shown += 1;
            show(&case, &paths, &compared);
        }
        for path in paths {
            found.add(kind, &case, path);
        }
        if count % DAMAGED == 0 {
            compared.damage(count);
            missed += usize::from(compared.differences().is_empty());
        }
    });
    corpus.into_iter().for_each(Recording::write);
    let part = identical as f64 / count as f64;
    let seconds = started.elapsed().as_secs_f64();
    println!("{}: {identical} of {count} identical ({:.3} %) in {seconds:.0} s", kind.name(), part * 100.0);
    assert_eq!(panics, 0, "some cases panicked");
    assert_eq!(missed, 0, "the comparison did not find some damaged results");
    if services.is_empty() {
        let unexpected = found.unexpected(kind);
        assert!(unexpected.is_empty(), "these differences are not the known ones:\n{unexpected}");
        assert!(part >= LEAST, "only {:.3} % are identical", part * 100.0);
    }
}

fn show(case: &serde_json::Value, paths: &[String], compared: &Compared) {
    let [service, protocol, operation, kind] =
        ["service", "protocol", "operation", "kind"].map(|name| text(case, name));
    println!("{service} {protocol} {operation} {kind}: {}", paths.join(", "));
    for path in paths.iter().take(3) {
        let steps = || path.split([' ', '[']).next().unwrap_or_default().split('.').skip(1).take(2);
        let part = |value: &serde_json::Value| {
            let part = steps().fold(value.clone(), |value, step| value.get(step).cloned().unwrap_or_default());
            part.to_string().chars().take(400).collect::<String>()
        };
        println!("    botocore {}\n    ours     {}", part(&compared.theirs), part(&compared.ours));
    }
}
