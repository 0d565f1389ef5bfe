//! 20,000 instances in 20 pages from a local server: a script's loop over
//! `ec2.describe_instances.items`, compared with a bare loop over the SDK's paginator.
//!
//! `cargo bench --bench listing`. The server and both loops are separate processes, so that the time
//! and memory of each are measured separately.

#[path = "../tests/support/instance_page.rs"]
mod instance_page;
mod measure;
mod serve;

use std::process::Command;

use measure::{medians, ratio, show};
use serve::{message, serve, start};

const PAGES: usize = 20;
const PAGE_SIZE: usize = 1000;
const ROUNDS: usize = 7;

/// Reads three fields of every instance, one of them a tag.
const SCRIPT: &str = r#"
  local count, running = 0, 0
  for instance in ec2.describe_instances.items { max_results = 1000 } do
    count = count + 1
    if instance.state.name == "running" and instance.tags.App and instance.instance_id then running = running + 1 end
  end
  assert(count == 20000 and running == 20000, "lost some")
"#;

/// The same with a list of all instances, which takes the most memory.
const ALL: &str = r#"
  local all = ec2.describe_instances.all { max_results = 1000 }
  assert(#all == 20000, "lost some")
"#;

fn main() {
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next()) {
        (Some("serve"), _) => serve_pages(),
        (Some("bare"), Some(url)) => bare(&url),
        _ => compare(),
    }
}

fn compare() {
    let (mut server, url) = start();
    let url = url.as_str();

    let mut bare = Command::new(std::env::current_exe().expect("a running program has a file"));
    bare.args(["bare", url]);
    let moonfleet = |chunk: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moonfleet"));
        command.args(["--endpoint-url", url, "-e", chunk]);
        command
    };
    let mut contained = moonfleet(SCRIPT);
    contained.arg("--contain");
    let mut programs = [bare, moonfleet(SCRIPT), moonfleet(ALL), contained];
    for program in &mut programs {
        program.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
        program.env("AWS_REGION", "eu-central-1");
    }
    let [bare, items, all, contained] = medians(ROUNDS, programs);
    server.kill().and_then(|()| server.wait()).expect("the server was started here");
    show("bare SDK loop", bare);
    show("moonfleet, items", items);
    show("moonfleet, all", all);
    show("moonfleet, items, --contain", contained);
    println!(
        "items: {:.2} times the wall time, {:.2} times the cpu, {:.1} MB more at its peak",
        ratio(items.wall, bare.wall),
        ratio(items.cpu, bare.cpu),
        (items.memory as f64 - bare.memory as f64) / 1e6
    );
    println!(
        "--contain: {:.2} times the wall time, {:.2} times the cpu of the same script in one process",
        ratio(contained.wall, items.wall),
        ratio(contained.cpu, items.cpu)
    );
}

fn bare(url: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads start");
    runtime.block_on(async {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).endpoint_url(url).load().await;
        let client = aws_sdk_ec2::Client::new(&config);
        let mut pages = client.describe_instances().max_results(1000).into_paginator().send();
        let (mut count, mut running) = (0, 0);
        while let Some(page) = pages.next().await {
            for instance in page.expect("the server answers").reservations().iter().flat_map(|r| r.instances()) {
                count += 1;
                let state = instance.state().and_then(|s| s.name()).map(|n| n.as_str());
                let app = instance.tags().iter().find(|tag| tag.key() == Some("App"));
                running += usize::from(state == Some("running") && app.is_some() && instance.instance_id().is_some());
            }
        }
        assert_eq!((count, running), (PAGES * PAGE_SIZE, PAGES * PAGE_SIZE));
    });
}

fn serve_pages() {
    let page = |page: usize| {
        let next = (page + 1 < PAGES).then(|| format!("page-{}", page + 1));
        message(&instance_page::instance_page(page * PAGE_SIZE, PAGE_SIZE, next.as_deref()))
    };
    let pages: Vec<_> = (0..PAGES).map(page).collect();
    serve(move |request| {
        let page = request.split('&').find_map(|p| p.strip_prefix("NextToken=page-"));
        pages[page.map_or(0, |page| page.parse().expect("our own token"))].clone()
    });
}
