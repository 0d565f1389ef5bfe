//! Systems Manager data of the machines: inventory, patches, associations, compliance and sessions.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::types::{
    AssociationComplianceSeverity as Severity, AssociationSyncCompliance, ComplianceExecutionSummary, ComplianceItem,
    ComplianceSeverity, ComplianceStatus, OperatingSystem, PatchComplianceDataState as State, PatchOperationType,
    Target,
};
use jiff::{SignedDuration, Timestamp};

use super::ages::days_before;
use super::ids::ids_for;
use super::tags::{instance_named, tag};
use crate::clock::{later, to_aws};
use crate::ec2::Os;
use crate::ssm::associations::state::{Association, AssociationVersion, Execution, NodeOutcome, NodeStatus};
use crate::ssm::inventory::state::{Item, entry};
use crate::ssm::node::Reach;
use crate::ssm::patches_for;
use crate::ssm::patching::state::{Baseline, Owner, Patch, Scan};
use crate::ssm::state::Session;
use crate::state::{Region, SandboxState};

pub(super) fn add(state: &mut SandboxState, account: &str, start: Timestamp) {
    let home = state.region(account, "eu-central-1");
    add_patch_groups(home, start);
    no_agent(home, "ci-runner-1");
    add_custom_compliance(home, start);
    add_sessions(home, account, start);
    for name in ["eu-central-1", "eu-west-1", "us-east-1"] {
        let region = state.region(account, name);
        for node in nodes(region, name, start) {
            if !SILENT.contains(&node.name.as_str()) {
                region.ssm.inventory.insert(node.id.clone(), inventory(&node, start));
            }
            if !NEVER_SCANNED.contains(&node.name.as_str()) {
                let scan = scan(region, &node, start);
                region.ssm.patching.scans.insert(node.id.clone(), scan);
            }
        }
        add_associations(region, name, start);
    }
}

/// Machines without inventory, and machines that were never scanned.
const SILENT: &[&str] = &["bastion-fra", "app10-checkout-6"];
const NEVER_SCANNED: &[&str] = &["app30-worker-3", "app10-checkout-6"];

struct ManagedNode {
    id: String,
    name: String,
    os: Os,
    group: String,
}

/// Returns the running machines with an agent.
fn nodes(region: &Region, name: &str, start: Timestamp) -> Vec<ManagedNode> {
    let tag_of = |id: &str, key: &str| {
        region.ec2.tags.get(id).find(|(own, _)| *own == key).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let has_agent = |id: &str| region.ssm.nodes.get(id).is_some_and(|node| node.reach != Reach::Absent);
    let instances =
        region.ec2.instances.values().filter(|instance| {
            instance.profile.is_some() && instance.up_for(start).is_some() && has_agent(&instance.id)
        });
    let of_ec2 = instances.map(|instance| ManagedNode {
        id: instance.id.clone(),
        name: tag_of(&instance.id, "Name"),
        os: Os::of_image(name, &instance.image_id),
        group: tag_of(&instance.id, "PatchGroup"),
    });
    let hybrids = region.ssm.nodes.iter().filter_map(|(id, node)| {
        let hybrid = node.hybrid.as_ref()?;
        Some(ManagedNode { id: id.clone(), name: hybrid.name.to_owned(), os: Os::Ubuntu, group: String::new() })
    });
    of_ec2.chain(hybrids).collect()
}

const BASELINE: &str = "pb-0a6c1f4d2b8e93750";

fn add_patch_groups(region: &mut Region, start: Timestamp) {
    for name in ["app10-checkout-1", "app10-checkout-2", "app10-checkout-4"] {
        if let Some(id) = instance_named(region, name) {
            region.ec2.tags.put(&id, &[tag("PatchGroup", "prod-linux")]);
        }
    }
    let system = OperatingSystem::AmazonLinux2023;
    region.ssm.patching.groups.insert(("prod-linux".to_owned(), system.as_str().to_owned()), BASELINE.to_owned());
    region.ssm.patching.baselines.push(Baseline {
        id: BASELINE.to_owned(),
        name: "prod-amazon-linux".to_owned(),
        description: "Security after three days".to_owned(),
        system,
        owner: Owner::Account,
        classifications: vec!["Security".to_owned()],
        approve_after_days: 3,
        rejected: Vec::new(),
        created: days_before(start, 240),
    });
}

// The image of this machine was built without an agent.
fn no_agent(region: &mut Region, name: &str) {
    if let Some(id) = instance_named(region, name)
        && let Some(node) = region.ssm.nodes.get_mut(&id)
    {
        node.reach = Reach::Absent;
    }
}

/// Returns the patches whose state differs from `Installed`.
const WANTING: &[(&str, &str, State)] = &[
    ("app10-checkout-4", "openssl", State::Failed),
    ("app10-checkout-4", "kernel", State::Missing),
    ("app10-checkout-2", "kernel", State::InstalledPendingReboot),
    ("app30-worker-2", "libssl3t64", State::Missing),
    ("app30-worker-2", "openssh-server", State::Missing),
    ("app50-report-1", "KB5068787", State::Missing),
    ("app20-web-7", "kernel", State::Missing),
    ("app20-web-7", "glibc", State::Missing),
    ("app20-web-1", "tzdata", State::InstalledOther),
    ("bastion-fra", "tzdata", State::NotApplicable),
];

fn scan(region: &Region, node: &ManagedNode, start: Timestamp) -> Scan {
    let age = if node.name == "app40-search-2" { 41 } else { 1 };
    let ended = later(days_before(start, age), SignedDuration::from_hours(3));
    let patch = |release: &'static crate::ssm::Release| {
        let odd = WANTING.iter().find(|(name, patch, _)| *name == node.name && *patch == release.name());
        let state = odd.map_or(State::Installed, |(.., state)| state.clone());
        let there = !matches!(state, State::Missing | State::Failed | State::NotApplicable);
        Patch { release, state, installed: there.then(|| days_before(start, 9)) }
    };
    let own = node.group == "prod-linux";
    Scan {
        baseline_id: if own { BASELINE.to_owned() } else { of_aws(node.os, region) },
        patch_group: node.group.clone(),
        operation: PatchOperationType::Scan,
        snapshot_id: ids_for(&format!("scan of {}", node.id)).uuid(),
        started: later(ended, SignedDuration::from_secs(-25)),
        ended,
        patches: patches_for(node.os).map(patch).collect(),
    }
}

fn of_aws(os: Os, region: &Region) -> String {
    // The region's name is in each subnet's zone.
    let zone = region.ec2.subnets.first().and_then(|subnet| subnet.availability_zone()).unwrap_or_default();
    crate::ssm::default_baseline(zone.trim_end_matches(char::is_alphabetic), os)
}

#[rustfmt::skip]
const APPLICATIONS: &[(Os, &str, &str, &str, &str)] = &[
    (Os::AmazonLinux, "amazon-ssm-agent", "3.3.3050.0", "Amazon.com", "x86_64"),
    (Os::AmazonLinux, "bash", "5.2.15", "Amazon Linux", "x86_64"),
    (Os::AmazonLinux, "curl-minimal", "8.11.1", "Amazon Linux", "x86_64"),
    (Os::AmazonLinux, "kernel", "6.1.158", "Amazon Linux", "x86_64"),
    (Os::AmazonLinux, "openssl", "3.2.2", "Amazon Linux", "x86_64"),
    (Os::AmazonLinux, "python3", "3.9.24", "Amazon Linux", "x86_64"),
    (Os::Ubuntu, "amazon-ssm-agent", "3.3.3050.0", "Amazon.com", "amd64"),
    (Os::Ubuntu, "bash", "5.2.21", "Ubuntu Developers", "amd64"),
    (Os::Ubuntu, "libssl3t64", "3.0.13", "Ubuntu Developers", "amd64"),
    (Os::Ubuntu, "openjdk-21-jre-headless", "21.0.8", "Ubuntu Developers", "amd64"),
    (Os::Ubuntu, "python3", "3.12.3", "Ubuntu Developers", "amd64"),
    (Os::Windows, "Amazon SSM Agent", "3.3.3050.0", "Amazon Web Services", "x86_64"),
    (Os::Windows, "AWS Tools for Windows", "3.15.3050", "Amazon Web Services Developer Relations", "x86_64"),
    (Os::Windows, "Microsoft Edge", "142.0.3595.69", "Microsoft Corporation", "i386"),
    (Os::Windows, "Microsoft SQL Server Reporting Services", "15.0.9760.70", "Microsoft Corporation", "i386"),
];

// Version drift on one machine.
const VERSIONS: &[(&str, &str, &str)] = &[
    ("app20-web-7", "kernel", "6.1.97"),
    ("app20-web-7", "openssl", "3.0.8"),
    ("app10-checkout-4", "openssl", "3.0.8"),
    ("app30-worker-2", "libssl3t64", "3.0.12"),
];

fn inventory(node: &ManagedNode, start: Timestamp) -> BTreeMap<String, Item> {
    let captured = later(start, SignedDuration::from_hours(-7));
    let installed = days_before(start, 9).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let version = |name: &str, usual: &'static str| {
        VERSIONS.iter().find(|(node_name, of, _)| *node_name == node.name && *of == name).map_or(usual, |(.., own)| own)
    };
    let applications = APPLICATIONS.iter().filter(|(os, ..)| *os == node.os);
    let mut applications: Vec<_> = applications
        .map(|(_, name, usual, publisher, architecture)| {
            entry([
                ("Name", *name),
                ("Version", version(name, usual)),
                ("Publisher", publisher),
                ("Architecture", architecture),
                ("InstalledTime", &installed),
            ])
        })
        .collect();
    if node.name.starts_with("app10-checkout") || node.name.starts_with("app20-web") {
        let nginx =
            [("Name", "nginx"), ("Version", "1.28.0"), ("Publisher", "Amazon Linux"), ("Architecture", "x86_64")];
        applications.push(entry(nginx.into_iter().chain([("InstalledTime", installed.as_str())])));
    }
    let agent = [
        ("Name", "amazon-ssm-agent"),
        ("Version", "3.3.3050.0"),
        ("Publisher", "Amazon Web Services"),
        ("ApplicationType", "AWSComponent"),
    ];
    let interface = if node.os == Os::Windows { "Ethernet 3" } else { "ens5" };
    let mut mac = ids_for(&format!("mac of {}", node.id)).uuid();
    mac.truncate(4);
    let mac = format!("06:4f:12:{}:{}:0a", &mac[..2], &mac[2..]);
    let network = [("Name", interface), ("MacAddress", mac.as_str()), ("SubnetMask", "255.255.240.0")];
    let mut items = BTreeMap::from([
        ("AWS:Application".to_owned(), Item::new("1.1", captured, applications)),
        ("AWS:AWSComponent".to_owned(), Item::new("1.0", captured, vec![entry(agent)])),
        ("AWS:Network".to_owned(), Item::new("1.0", captured, vec![entry(network)])),
    ]);
    if node.os == Os::Windows {
        let services = [("Spooler", "Print Spooler", "Running"), ("W32Time", "Windows Time", "Stopped")];
        let service = |(name, shown, status): (&str, &str, &str)| {
            entry([("Name", name), ("DisplayName", shown), ("Status", status), ("StartType", "Automatic")])
        };
        let services = services.into_iter().map(service).collect();
        items.insert("AWS:Service".to_owned(), Item::new("1.0", captured, services));
    }
    if node.name.starts_with("app20-web") {
        let rack = entry([("CostCentre", "4711"), ("Contact", "team-web@example.com")]);
        items.insert("Custom:Ownership".to_owned(), Item::new("1.0", captured, vec![rack]));
    }
    items
}

fn add_custom_compliance(region: &mut Region, start: Timestamp) {
    let rows = [
        ("app10-checkout-1", ComplianceStatus::Compliant, "The last backup is a day old."),
        ("app10-checkout-2", ComplianceStatus::NonCompliant, "The last backup is 12 days old."),
    ];
    for (name, status, reason) in rows {
        let Some(id) = instance_named(region, name) else { continue };
        let at = ComplianceExecutionSummary::builder().execution_time(to_aws(days_before(start, 1))).build();
        let item = ComplianceItem::builder()
            .compliance_type("Custom:Backup")
            .resource_type("ManagedInstance")
            .resource_id(&id)
            .id("nightly-backup")
            .title("A backup of the last two days")
            .status(status)
            .severity(ComplianceSeverity::High)
            .set_execution_summary(at.ok())
            .details("Reason", reason);
        region.ssm.compliance.insert((id, "Custom:Backup".to_owned()), vec![item.build()]);
    }
}

struct Wanted {
    name: &'static str,
    document: &'static str,
    target: (&'static str, &'static str),
    parameters: &'static [(&'static str, &'static str)],
    schedule: &'static str,
    severity: Severity,
    /// The machines on which the association fails.
    fails: &'static [&'static str],
}

const ASSOCIATIONS: &[Wanted] = &[
    Wanted {
        name: "gather-inventory",
        document: "AWS-GatherSoftwareInventory",
        target: ("InstanceIds", "*"),
        parameters: &[],
        schedule: "rate(12 hours)",
        severity: Severity::Unspecified,
        fails: &[],
    },
    Wanted {
        name: "update-agent",
        document: "AWS-UpdateSSMAgent",
        target: ("InstanceIds", "*"),
        parameters: &[("version", "")],
        schedule: "rate(14 days)",
        severity: Severity::Medium,
        fails: &["app10-checkout-4", "app10-checkout-6"],
    },
];

// Only if the patch group exists in this region.
const PATCHING: Wanted = Wanted {
    name: "patch-scan",
    document: "AWS-RunPatchBaseline",
    target: ("tag:PatchGroup", "prod-linux"),
    parameters: &[("Operation", "Scan")],
    schedule: "cron(0 3 * * ? *)",
    severity: Severity::High,
    fails: &[],
};

fn add_associations(region: &mut Region, name: &str, start: Timestamp) {
    for wanted in ASSOCIATIONS {
        associate(region, name, wanted, start);
    }
    if name == "eu-central-1" {
        associate(region, name, &PATCHING, start);
    }
}

fn associate(region: &mut Region, name: &str, wanted: &Wanted, start: Timestamp) {
    let mut ids = ids_for(&format!("{name} association {}", wanted.name));
    let (key, value) = wanted.target;
    let target = Target::builder().key(key).values(value).build();
    let parameter = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
    let created = days_before(start, 180);
    let version = AssociationVersion {
        number: 1,
        created,
        name: Some(wanted.name.to_owned()),
        document: wanted.document.to_owned(),
        document_version: "$DEFAULT".to_owned(),
        parameters: wanted.parameters.iter().map(parameter).collect::<HashMap<_, _>>(),
        instance_id: None,
        targets: vec![target],
        schedule: Some(wanted.schedule.to_owned()),
        severity: wanted.severity.clone(),
        sync_compliance: AssociationSyncCompliance::Auto,
        max_errors: None,
        max_concurrency: None,
        only_at_cron_interval: false,
    };
    let execution = |id: String, created: Timestamp| Execution {
        id,
        created,
        version: 1,
        results: outcomes(region, name, wanted, created, start),
    };
    let executions = vec![
        execution(ids.uuid(), days_before(start, 2)),
        execution(ids.uuid(), later(start, SignedDuration::from_hours(-7))),
    ];
    let id = ids.uuid();
    let association = Association { id: id.clone(), created, versions: vec![version], executions };
    region.ssm.associations.insert(id, association);
}

fn outcomes(region: &Region, name: &str, wanted: &Wanted, created: Timestamp, start: Timestamp) -> Vec<NodeOutcome> {
    let all_nodes = wanted.target.1 == "*";
    let targets = nodes(region, name, start).into_iter().filter(|node| all_nodes || node.group == wanted.target.1);
    targets
        .map(|node| {
            let reach = region.ssm.nodes.get(&node.id).map(|node| node.reach);
            let end = match reach {
                Some(Reach::ConnectionLost { .. }) => NodeStatus::Waits,
                Some(Reach::Undeliverable { .. }) => NodeStatus::Failed,
                _ if wanted.fails.contains(&node.name.as_str()) => NodeStatus::Failed,
                _ => NodeStatus::Success,
            };
            NodeOutcome { node: node.id, ended: later(created, SignedDuration::from_secs(20)), end }
        })
        .collect()
}

fn add_sessions(region: &mut Region, account: &str, start: Timestamp) {
    let hours = |hours: i64| later(start, SignedDuration::from_hours(-hours));
    let rows = [
        ("jane", "bastion-fra", hours(170), Some(hours(169)), "OPS-1187: look at the firewall"),
        ("tom", "app10-checkout-4", hours(26), Some(hours(25)), "Disk full"),
        ("jane", "bastion-fra", hours(3), None, ""),
    ];
    for (user, machine, started, ended, reason) in rows {
        let Some(target) = instance_named(region, machine) else { continue };
        let mut digits = ids_for(&format!("session of {user} on {target} {reason}")).uuid().replace('-', "");
        digits.truncate(17);
        region.ssm.sessions.push(Session {
            id: format!("{user}-{digits}"),
            target,
            owner: format!("arn:aws:iam::{account}:user/{user}"),
            document: "SSM-SessionManagerRunShell".to_owned(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            started,
            ended,
        });
    }
}
