//! The recorded cases: a part of all cases in which each combination of protocol, place, type and trait occurs, and
//! every operation of the services that people use most. `UPDATE_CORPUS=1` with the full test records them.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

use crate::cases::{Apis, Kind, compare, text};
use crate::features::features;

/// Services of which each operation is recorded.
const POPULAR: &[&str] = &[
    "autoscaling",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "ecs",
    "elbv2",
    "events",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "rds",
    "resource-groups",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
];
/// Of the other cases, one of this number is recorded.
const SAMPLED: usize = 100;
/// The longest line of a sampled case, in bytes. Longer ones are recorded for their features only.
const LONGEST: usize = 6000;
/// Each result with this distance is damaged, to see that the comparison finds it.
const DAMAGED: usize = 20;

fn file(kind: Kind) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/differential/corpus/{}.deflate", kind.name()))
}

#[test]
fn recorded_requests_are_those_of_botocore() {
    check(Kind::Requests, 1900);
}

#[test]
fn recorded_answers_are_read_as_by_botocore() {
    check(Kind::Answers, 1900);
}

#[test]
fn recorded_errors_are_read_as_by_botocore() {
    check(Kind::Errors, 290);
}

#[test]
fn recorded_events_are_read_as_by_botocore() {
    check(Kind::Events, 15);
}

#[test]
fn recorded_endpoints_are_those_of_botocore() {
    check(Kind::Endpoints, 1900);
}

fn check(kind: Kind, least: usize) {
    let packed = std::fs::read(file(kind)).expect("the corpus");
    let mut lines = String::new();
    DeflateDecoder::new(packed.as_slice()).read_to_string(&mut lines).expect("the corpus is text");
    let mut apis = Apis::default();
    let (mut wrong, mut missed) = (Vec::new(), 0);
    for (number, line) in lines.lines().enumerate() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let mut compared = compare(&mut apis, kind, &case);
        let paths = compared.differences();
        if !paths.is_empty() {
            wrong.push(format!(
                "{} {} {}: {}\n  botocore {}\n  ours     {}",
                text(&case, "service"),
                text(&case, "operation"),
                text(&case, "kind"),
                paths.join(", "),
                compared.theirs,
                compared.ours
            ));
        }
        if number % DAMAGED == 0 {
            compared.damage(number);
            missed += usize::from(compared.differences().is_empty());
        }
    }
    let count = lines.lines().count();
    assert!(count >= least, "the corpus has only {count} {}", kind.name());
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(missed, 0, "the comparison did not find some damaged results");
}

/// Chooses cases for the corpus.
pub(crate) struct Recording {
    kind: Kind,
    features: BTreeSet<String>,
    operations: BTreeSet<(String, String)>,
    seen: usize,
    lines: Vec<String>,
}

impl Recording {
    pub(crate) fn new(kind: Kind) -> Self {
        Recording { kind, features: BTreeSet::new(), operations: BTreeSet::new(), seen: 0, lines: Vec::new() }
    }

    /// Records a case that is identical, if it has something new.
    pub(crate) fn consider(&mut self, apis: &mut Apis, case: &Value) {
        let line = case.to_string();
        self.seen += 1;
        let is_short = line.len() <= LONGEST;
        let has_new_features = features(apis.api(case), self.kind, case)
            .into_iter()
            .fold(false, |new, feature| self.features.insert(feature) | new);
        let is_sampled = is_short && self.seen.is_multiple_of(self.sampled());
        if has_new_features || is_sampled || is_short && self.is_new_operation(case) {
            self.lines.push(line);
        }
    }

    fn sampled(&self) -> usize {
        match self.kind {
            Kind::Requests | Kind::Answers => SAMPLED,
            Kind::Errors | Kind::Endpoints => SAMPLED / 4,
            Kind::Events => 1,
        }
    }

    fn is_new_operation(&mut self, case: &Value) -> bool {
        let service = text(case, "service");
        let is_wanted = matches!(self.kind, Kind::Requests | Kind::Answers)
            && POPULAR.contains(&service)
            && text(case, "kind") != "least";
        is_wanted && self.operations.insert((service.to_owned(), text(case, "operation").to_owned()))
    }

    pub(crate) fn write(self) {
        let file = file(self.kind);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all((self.lines.join("\n") + "\n").as_bytes()).expect("memory");
        let packed = packed.finish().expect("memory");
        println!("{}: {} cases, {} bytes", file.display(), self.lines.len(), packed.len());
        std::fs::write(file, packed).expect("a file");
    }
}
