//! 20,000 instances in 20 pages from a local server: a script's loop over
//! `ec2.describe_instances.items`, compared with a bare loop over the SDK's paginator.
//!
//! `cargo bench --bench listing`. The server and both loops are separate processes, so that the time
//! and memory of each are measured separately.

mod measure;
mod serve;

use std::fmt::Write as _;
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
    let pages: Vec<_> = (0..PAGES).map(response).collect();
    serve(move |request| {
        let page = request.split('&').find_map(|p| p.strip_prefix("NextToken=page-"));
        pages[page.map_or(0, |page| page.parse().expect("our own token"))].clone()
    });
}

fn response(page: usize) -> Vec<u8> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>8f7724cf-496f-496e-8fe3-example</requestId><reservationSet>",
    );
    for at in 0..PAGE_SIZE {
        instance(&mut xml, page * PAGE_SIZE + at);
    }
    xml += "</reservationSet>";
    if page + 1 < PAGES {
        write!(xml, "<nextToken>page-{}</nextToken>", page + 1).expect("writing to a string cannot fail");
    }
    xml += "</DescribeInstancesResponse>";
    message(&xml)
}

/// Writes an instance with its tags, a volume and a network interface, about 2.4 kB.
fn instance(xml: &mut String, n: usize) {
    write!(
        xml,
        "<item><reservationId>r-{n:017x}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
         <instanceId>i-{n:017x}</instanceId><imageId>ami-0c7dc21e65ebf7095</imageId>\
         <instanceState><code>16</code><name>running</name></instanceState>\
         <privateDnsName>ip-10-{a}-{b}-10.eu-central-1.compute.internal</privateDnsName><dnsName/><reason/>\
         <keyName>ops</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m6i.large</instanceType>\
         <launchTime>2026-10-14T00:22:51.000Z</launchTime><placement><availabilityZone>eu-central-1a</availabilityZone>\
         <groupName/><tenancy>default</tenancy></placement><monitoring><state>enabled</state></monitoring>\
         <subnetId>subnet-086977e49ebde620d</subnetId><vpcId>vpc-0a98171a8888d1fe3</vpcId>\
         <privateIpAddress>10.{a}.{b}.10</privateIpAddress><sourceDestCheck>true</sourceDestCheck>\
         <groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>app20-web</groupName></item></groupSet>\
         <architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>\
         <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{n:017x}</volumeId>\
         <status>attached</status><attachTime>2026-10-14T00:22:52.000Z</attachTime>\
         <deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>\
         <virtualizationType>hvm</virtualizationType><clientToken/>\
         <tagSet><item><key>Name</key><value>app20-web-{n}</value></item><item><key>App</key><value>App20</value></item>\
         <item><key>Env</key><value>prod</value></item><item><key>Owner</key><value>team-web</value></item></tagSet>\
         <hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-{n:017x}</networkInterfaceId>\
         <subnetId>subnet-086977e49ebde620d</subnetId><vpcId>vpc-0a98171a8888d1fe3</vpcId><description/>\
         <ownerId>123456789012</ownerId><status>in-use</status><macAddress>0a:1b:2c:3d:4e:5f</macAddress>\
         <privateIpAddress>10.{a}.{b}.10</privateIpAddress><sourceDestCheck>true</sourceDestCheck>\
         <attachment><attachmentId>eni-attach-{n:017x}</attachmentId><deviceIndex>0</deviceIndex><status>attached</status>\
         <attachTime>2026-10-14T00:22:51.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>\
         <privateIpAddressesSet><item><privateIpAddress>10.{a}.{b}.10</privateIpAddress><primary>true</primary></item>\
         </privateIpAddressesSet></item></networkInterfaceSet><ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport>\
         <metadataOptions><state>applied</state><httpTokens>required</httpTokens>\
         <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions>\
         </item></instancesSet></item>",
        a = n / 250 % 250,
        b = n % 250,
    )
    .expect("writing to a string cannot fail");
}
