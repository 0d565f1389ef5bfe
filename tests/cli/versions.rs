//! Versions are compared as the package managers themselves compare them. Without dpkg and rpm these tests do nothing;
//! if CI is set, they fail.

use std::env;
use std::process::Command;

use crate::support::Shell;

const PAIRS: usize = 400;

/// Parts of versions that occur in distributions, and all separators.
const PARTS: [&str; 24] = [
    "0", "00", "1", "2", "10", "15", "9", "k", "a", "p1", "rc1", "git", "beta2", "deb12u5", "ubuntu3", "amzn2023", ".",
    ".", "+", "~", "~~", ".0", "1k", "x",
];

#[test]
fn versions_of_debian_compare_as_dpkg_compares_them() {
    if !is_installed("dpkg") {
        return;
    }
    let pairs = pairs(&[]);
    let expected = pairs.iter().map(|(one, other)| {
        let holds = |relation| {
            let mut dpkg = Command::new("dpkg");
            dpkg.args(["--compare-versions", one, relation, other]).status().expect("dpkg").success()
        };
        if holds("lt") { -1 } else { i32::from(holds("gt")) }
    });
    compare("dpkg", &pairs, expected.collect());
}

#[test]
fn versions_of_red_hat_compare_as_rpm_compares_them() {
    if !is_installed("rpm") {
        return;
    }
    let pairs = pairs(&["^", "_", "^git1"]);
    let calls: Vec<_> = pairs.iter().map(|(one, other)| format!("rpm.vercmp('{one}', '{other}')")).collect();
    let code = format!("%{{lua: for _, order in ipairs {{ {} }} do print(order .. '\\n') end}}", calls.join(", "));
    let printed = Command::new("rpm").args(["--eval", &code]).output().expect("rpm").stdout;
    let printed = String::from_utf8(printed).expect("numbers");
    let expected: Vec<i32> = printed.split_whitespace().map(|order| order.parse().expect("a number")).collect();
    assert_eq!(expected.len(), pairs.len(), "{printed}");
    compare("rpm", &pairs, expected);
}

fn is_installed(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    assert!(found || env::var_os("CI").is_none(), "{tool} is missing; tests in CI need it");
    found
}

/// Returns pairs of versions with a release, some with an epoch. Most pairs differ in few parts.
fn pairs(more: &[&'static str]) -> Vec<(String, String)> {
    let parts: Vec<&str> = PARTS.iter().chain(more).copied().collect();
    let mut random = fastrand::Rng::with_seed(19);
    let text = |random: &mut fastrand::Rng| {
        let count = random.usize(0..5);
        let rest: String = (0..count).map(|_| random.choice(&parts).copied().unwrap_or_default()).collect();
        format!("{}{rest}", random.u32(0..3))
    };
    let version = |random: &mut fastrand::Rng| {
        let epoch = ["", "", "0:", "1:"][random.usize(0..4)];
        format!("{epoch}{}-{}", text(random), text(random))
    };
    let mut pairs = Vec::new();
    while pairs.len() < PAIRS {
        let one = version(&mut random);
        let mut other = version(&mut random);
        if random.bool() {
            let at = random.usize(1..=one.len());
            other = format!("{}{}{}", &one[..at], random.choice(&parts).copied().unwrap_or_default(), &one[at..]);
        }
        if [&one, &other].iter().all(|version| version.matches([':', '-']).count() <= 2 && is_valid(version)) {
            pairs.push((one, other));
        }
    }
    pairs
}

/// Whether the epoch is a number, and the version and the release begin with a digit.
fn is_valid(version: &str) -> bool {
    let begins_with_digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    epoch.chars().all(|digit| digit.is_ascii_digit())
        && rest.split_once('-').is_some_and(|(version, release)| [version, release].into_iter().all(begins_with_digit))
}

fn compare(scheme: &str, pairs: &[(String, String)], expected: Vec<i32>) {
    let lines: Vec<_> = pairs.iter().map(|(one, other)| format!("{{ '{one}', '{other}' }}")).collect();
    let chunk = format!(
        "local versions = require 'versions' for _, pair in ipairs {{ {} }} do print(versions.compare(pair[1], pair[2], \
         '{scheme}')) end",
        lines.join(", ")
    );
    let ran = Shell::new().file("compare.lua", &chunk).args(["--sandbox", "compare.lua"]).run().code(0);
    let ours: Vec<i32> = ran.stdout.lines().map(|order| order.parse().expect("a number")).collect();
    let wrong: Vec<_> = pairs.iter().zip(ours.iter().zip(&expected)).filter(|(_, (our, right))| our != right).collect();
    assert_eq!(ours.len(), pairs.len());
    assert!(wrong.is_empty(), "{scheme}: a pair, our order, the right order: {wrong:?}");
    for order in [-1, 0, 1] {
        assert!(expected.contains(&order), "no pair has the order {order}");
    }
}
