//! Requests that cost money or have a pace of their own, against a server.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use crate::support::{Shell, sandbox};

const COSTS: &str = "for _ in aws.service('ce').get_cost_and_usage.pages{
    time_period = {start = '2026-01-01', ['end'] = '2026-02-01'}, granularity = 'MONTHLY', metrics = {'UnblendedCost'},
} do end";

/// Answers with three pages.
fn three_pages() -> Server {
    let page = |token: &str| Reply::json(format!("{{\"ResultsByTime\": []{token}}}"));
    Server::replies([page(", \"NextPageToken\": \"2\""), page(", \"NextPageToken\": \"3\""), page("")])
}

#[test]
fn each_page_costs_and_the_run_says_what_it_spent() {
    let server = three_pages();
    Shell::new().endpoint(&server.url).chunk(COSTS).code(0).says("3 requests cost 0.03 USD");
    let server = three_pages();
    Shell::new().endpoint(&server.url).args(["--max-cost", "0.03"]).chunk(COSTS).code(0);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_request_above_max_cost_is_refused_and_not_sent() {
    let server = three_pages();
    Shell::new()
        .endpoint(&server.url)
        .args(["--max-cost", "0.02"])
        .chunk(COSTS)
        .code(4)
        .says("ce.get_cost_and_usage: refused, nothing was sent")
        .says("the request costs 0.01 USD, after 0.02 USD in this run; the limit (max_cost) is 0.02 USD");
    assert_eq!(server.requests().len(), 2);
    let server = three_pages();
    let caught = format!("print(pcall(function() {COSTS} end))\n{COSTS}");
    Shell::new().endpoint(&server.url).args(["--max-cost", "0.005"]).chunk(&caught).code(4);
    server.saw_nothing();
}

#[test]
fn the_strictest_max_cost_holds_and_a_wrong_one_is_an_error() {
    let with = |settings: &str, option: &str| {
        let server = three_pages();
        let shell = Shell::new().endpoint(&server.url).file(".config/moonfleet/settings.toml", settings);
        (shell.args(["--max-cost", option]).chunk(COSTS), server)
    };
    let (ran, server) = with("max_cost = 0.01\n[profile.default]\nmax_cost = 5\n", "1");
    ran.code(4).says("the limit (max_cost) is 0.01 USD");
    assert_eq!(server.requests().len(), 1);
    let (ran, _) = with("max_cost = 'cheap'\n", "1");
    ran.code(2).says("an amount of dollars such as 0.50");
    Shell::new().args(["--max-cost", "cheap", "-e", ""]).run().code(2).says("an amount of dollars such as 0.50");
}

#[test]
fn a_plan_counts_what_its_changes_would_cost() {
    let issue =
        "aws.service('acm_pca').issue_certificate{certificate_authority_arn = 'arn:aws:acm-pca:eu-central-1:1:x',
        csr = 'x', signing_algorithm = 'SHA256WITHRSA', validity = {value = 1, type = 'DAYS'}}";
    sandbox().arg("--plan").chunk(issue).code(0).says("1 request, including the planned changes, costs 0.75 USD");
    sandbox().args(["--plan", "--max-cost", "0.5"]).chunk(issue).code(4).says("the request costs 0.75 USD");
}

#[test]
fn help_shows_the_price() {
    sandbox().chunk("help(aws.service('ce').get_cost_and_usage)").code(0).prints("0.01 USD for each request and page");
}

#[test]
fn an_operation_with_a_pace_of_its_own_is_sent_no_faster() {
    let times = std::sync::Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let server = Server::start(move |_| {
        seen.lock().expect("no test panics here").push(Instant::now());
        Reply::json("{\"Events\": []}")
    });
    let chunk = "task.map({1, 2, 3, 4}, function() aws.service('cloudtrail').lookup_events{} end)";
    Shell::new().endpoint(&server.url).chunk(chunk).code(0);
    let times = times.lock().expect("no test panics here");
    assert_eq!(times.len(), 4);
    // Two at once, and then two in a second.
    assert!(times[3].duration_since(times[0]) >= Duration::from_millis(900), "{times:?}");
}
