//! A sweep of 16 regions in 10 accounts against a local server that answers in 100 ms, compared with
//! a Python script on boto3 with a pool of as many threads.
//!
//! `cargo bench --bench sweep`; boto3 must be installed for the `python3` in PATH, or for the one in
//! MOONFLEET_PYTHON.

mod measure;
mod serve;

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use measure::{medians, ratio, show};
use serve::{message, serve, start};

const ROUNDS: usize = 5;
const ACCOUNTS: usize = 10;
const REGIONS: usize = 16;
/// Concurrent regions: each account has a tenth of them, so 16 regions take 4 turns.
const LIMIT: usize = 40;
const ANSWER: Duration = Duration::from_millis(100);

fn main() {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return serve(answer);
    }
    let (mut server, url) = start();
    let url = url.as_str();

    let mut moonfleet = Command::new(env!("CARGO_BIN_EXE_moonfleet"));
    moonfleet.args(["--endpoint-url", url, "-e", &script()]);
    let python = std::env::var("MOONFLEET_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut boto = Command::new(&python);
    boto.args(["-c", BOTO, url]);
    for program in [&mut moonfleet, &mut boto] {
        program.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
        program.env("AWS_REGION", "eu-central-1").env("AWS_DEFAULT_REGION", "eu-central-1");
    }
    let has_boto = Command::new(&python).args(["-c", "import boto3"]).stderr(Stdio::null()).status();
    let ours = if has_boto.is_ok_and(|status| status.success()) {
        let [ours, theirs] = medians(ROUNDS, [moonfleet, boto]);
        show("boto3, 40 threads", theirs);
        println!("boto3 takes {:.1} times our wall time", ratio(theirs.wall, ours.wall));
        ours
    } else {
        println!("boto3 is not installed, so the comparison is skipped");
        let [ours] = medians(ROUNDS, [moonfleet]);
        ours
    };
    server.kill().and_then(|()| server.wait()).expect("the server was started here");
    show("moonfleet", ours);
    // The role of each account, and then its regions in turns.
    let turns = 1 + REGIONS.div_ceil(LIMIT.div_ceil(ACCOUNTS));
    let least = ANSWER * u32::try_from(turns).expect("a few turns");
    println!("the limit allows {} ms: {:.2} times that", least.as_millis(), ratio(ours.wall, least));
}

fn script() -> String {
    format!(
        "local roles, regions = {{}}, {{}}
         for n = 1, {ACCOUNTS} do roles[n] = ('arn:aws:iam::%012d:role/reader'):format(n) end
         for n = 1, {REGIONS} do regions[n] = 'xx-test-' .. n end
         local swept = sweep.accounts(roles, function() return ec2.describe_tags.all{{}} end,
                                      {{regions = regions, limit = {LIMIT}}})
         assert(swept.complete and #swept.results == {ACCOUNTS} * {REGIONS})"
    )
}

const BOTO: &str = r#"
import sys
from concurrent.futures import ThreadPoolExecutor
import boto3
url = sys.argv[1]
base = boto3.Session()
def account(n):
    arn = f"arn:aws:iam::{n:012d}:role/reader"
    keys = base.client("sts", endpoint_url=url).assume_role(RoleArn=arn, RoleSessionName="sweep")["Credentials"]
    return n, boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
def tags(place):
    n, session, region = place
    pages = session.client("ec2", region_name=region, endpoint_url=url).get_paginator("describe_tags").paginate()
    return [dict(tag, account=n, region=region) for page in pages for tag in page["Tags"]]
with ThreadPoolExecutor(40) as pool:
    accounts = list(pool.map(account, range(1, 11)))
    places = [(n, session, f"xx-test-{r}") for r in range(1, 17) for n, session in accounts]
    rows = [row for rows in pool.map(tags, places) for row in rows]
assert len(rows) == 160
"#;

fn answer(request: &str) -> Vec<u8> {
    thread::sleep(ANSWER);
    message(if request.contains("Action=AssumeRole") { ROLE } else { TAGS })
}

const ROLE: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
    <Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
const TAGS: &str = "<DescribeTagsResponse><tagSet><item><key>Name</key><value>x</value><resourceId>i-1</resourceId>\
    <resourceType>instance</resourceType></item></tagSet></DescribeTagsResponse>";
