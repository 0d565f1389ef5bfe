//! Builds instances from the fleet table, with their network, disks, tags and agents.

use super::accounts::DEMO_ACCOUNT;
use std::net::Ipv4Addr;

use aws_sdk_ec2::types::{Address, DomainType, Subnet, Tag};
use jiff::{SignedDuration, Timestamp};

use super::ages::days_before;
use super::fleet::{MachineRow, Twist, services_of};
use super::ids::ids_for;
use super::tags::tag;
use super::{images, security};
use crate::clock::{later, to_aws};
use crate::ec2;
use crate::ec2::{CidrBlocks, Disk, Instance, Metadata, Os, Power};
use crate::ssm::node::{Ailment, Node, Reach};
use crate::state::{Region, SandboxState};

pub(super) fn add(state: &mut SandboxState, account: &str, row: &MachineRow, start: Timestamp) {
    let region = state.region(account, row.region);
    let subnet = subnet(region, account, row);
    let instance = instance(region, account, row, &subnet, start);
    let disk = Disk {
        id: ids_for(&format!("{account} disk of {}", row.name)).ec2("vol"),
        size: if row.os == Os::Windows { 50 } else { 8 },
        device: root_device(row.os).to_owned(),
        zone: subnet.availability_zone().unwrap_or_default().to_owned(),
        created: to_aws(instance.launched),
    };
    let tags = tags(row);
    region.ec2.tags.put(&instance.id, &tags);
    region.ec2.tags.put(&instance.id, &[schedule(row), mistakes(row)].concat());
    region.ec2.tags.put(&disk.id, &tags);
    let mut volume = disk.attached_to(&instance.id);
    // Old volumes are unencrypted.
    volume.encrypted = Some(row.age <= 250);
    region.ec2.volumes.push(volume);
    region.ssm.nodes.insert(instance.id.clone(), node(row));
    if row.twist == Twist::Bastion {
        region.ec2.addresses.push(address(&instance));
    }
    region.ec2.instances.insert(instance.id.clone(), instance);
}

fn tags(row: &MachineRow) -> Vec<Tag> {
    if row.twist == Twist::Untagged {
        return Vec::new();
    }
    let app = row.app.unwrap_or_default();
    let all = [("Name", row.name), ("App", app), ("Env", row.env), ("Owner", row.owner)];
    all.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| tag(key, value)).collect()
}

/// Returns the schedule tag of a machine that does not run all the time.
fn schedule(row: &MachineRow) -> Vec<Tag> {
    let schedule = match row.name {
        "app30-worker-3" | "app50-report-2" => "office-hours",
        "app30-worker-6" => "mon-fri 08:00-18:00 Europe/Berlin",
        "ci-runner-1" => "mon-fri 06:00-22:00 UTC",
        _ => return Vec::new(),
    };
    vec![tag("Schedule", schedule)]
}

/// Returns tag values outside the allowed lists, as findings for audits.
fn mistakes(row: &MachineRow) -> Vec<Tag> {
    match row.name {
        "ci-runner-1" => vec![tag("Env", "Prod")],
        "jane-test-do-not-delete" => vec![tag("Env", "tmp")],
        _ => Vec::new(),
    }
}

fn instance(region: &Region, account: &str, row: &MachineRow, subnet: &Subnet, start: Timestamp) -> Instance {
    let launched = days_before(start, row.age);
    let batch = format!("{account} {} {:?} {}", row.region, row.app, row.age);
    let reservation_id = match row.app {
        Some(_) => ids_for(&batch).ec2("r"),
        None => ids_for(&format!("{batch} {}", row.name)).ec2("r"),
    };
    let known = region.ec2.instances.values();
    let together = known.filter(|other| other.reservation_id == reservation_id).count();
    let bastion = row.twist == Twist::Bastion;
    Instance {
        id: ids_for(&format!("{account} {}", row.name)).ec2("i"),
        reservation_id,
        launch_index: i32::try_from(together).unwrap_or_default(),
        image_id: own_image(account, row).unwrap_or_else(|| row.os.image_id(row.region)),
        instance_type: row.kind.to_owned(),
        subnet_id: subnet.subnet_id().unwrap_or_default().to_owned(),
        private_ip: address_in(region, subnet),
        public_ip: public_ip(row),
        elastic: bastion,
        key_name: Some("ops".to_owned()),
        groups: groups(region, row),
        profile: has_profile(row).then(|| "moonfleet-instance".to_owned()),
        client_token: None,
        launched,
        power: power(row, launched, start),
        termination_protection: bastion,
        stop_protection: false,
        detailed_monitoring: row.env == "prod",
        impaired: row.twist == Twist::Impaired,
        metadata: if row.age > 250 { Metadata::v1() } else { Metadata::v2() },
        source_dest_check: true,
        user_data: None,
        spot_request: None,
    }
}

fn power(row: &MachineRow, launched: Timestamp, start: Timestamp) -> Power {
    match row.twist {
        Twist::Stopped(days) => Power::Off(days_before(start, days)),
        Twist::Terminated => Power::Gone(later(start, SignedDuration::from_mins(-20))),
        // Stays pending long enough to be seen.
        Twist::Launching => Power::On(later(start, SignedDuration::from_mins(10))),
        _ => Power::On(launched),
    }
}

fn has_profile(row: &MachineRow) -> bool {
    !matches!(row.twist, Twist::Unmanaged | Twist::Untagged)
}

fn node(row: &MachineRow) -> Node {
    let plain = Node { services: services_of(row.app), ..Node::online(row.os) };
    match row.twist {
        Twist::ConnectionLost(hours) => Node { reach: Reach::ConnectionLost { hours }, ..plain },
        Twist::Undeliverable(hours) => Node { reach: Reach::Undeliverable { hours }, ..plain },
        Twist::DiskFull => Node { ailment: Some(Ailment::DiskFull), ..plain },
        Twist::OldAgent => Node { agent_version: "3.2.1630.0", ..plain },
        Twist::OldKernel => Node { kernel: "6.1.97-104.177.amzn2023.x86_64", ..plain },
        Twist::ServiceDown => Node { services: &[], ..plain },
        _ => plain,
    }
}

fn root_device(os: Os) -> &'static str {
    match os {
        Os::AmazonLinux => "/dev/xvda",
        Os::Ubuntu | Os::Windows => "/dev/sda1",
    }
}

/// Returns the row's subnet in the region's VPC, and adds the VPC if needed.
fn subnet(region: &mut Region, account: &str, row: &MachineRow) -> Subnet {
    let name = format!("main-{}", row.region);
    if !region.ec2.vpcs.iter().any(|vpc| vpc.is_default == Some(false)) {
        add_vpc(region, account, row.region, &name);
    }
    let own = region.ec2.subnets.iter().filter(|subnet| subnet.default_for_az == Some(false));
    own.cycle().nth(row.zone).cloned().unwrap_or_else(|| Subnet::builder().build())
}

fn add_vpc(region: &mut Region, account: &str, region_name: &str, name: &str) {
    let mut ids = ids_for(&format!("{account} {name}"));
    let second = match region_name {
        "eu-central-1" => 20,
        "eu-west-1" => 30,
        _ => 40,
    };
    let net = ec2::net(&mut ids, account, region_name, CidrBlocks::Private(second));
    let vpc_id = net.vpc.vpc_id().unwrap_or_default().to_owned();
    let mut web = ec2::group(&mut ids, account, &vpc_id, "web", "HTTP and HTTPS from anywhere");
    web.ip_permissions = Some(vec![ec2::rule("tcp", Some(80), "0.0.0.0/0"), ec2::rule("tcp", Some(443), "0.0.0.0/0")]);
    let mut ssh = ec2::group(&mut ids, account, &vpc_id, "ssh-from-anywhere", "Temporary, see OPS-1187");
    ssh.ip_permissions = Some(vec![ec2::rule("tcp", Some(22), "0.0.0.0/0")]);
    let mut internal = ec2::group(&mut ids, account, &vpc_id, "internal", "All from inside");
    internal.ip_permissions = Some(vec![ec2::rule("-1", None, "10.0.0.0/8")]);

    let state = &mut region.ec2;
    state.tags.put(&vpc_id, &[tag("Name", name), tag("Owner", "team-platform")]);
    for subnet in &net.subnets {
        let zone = subnet.availability_zone().unwrap_or_default();
        let named = tag("Name", &format!("private-{zone}"));
        state.tags.put(subnet.subnet_id().unwrap_or_default(), &[named]);
    }
    let plumbing = ec2::plumbing(account, &net);
    state.tags.put(plumbing.gateway.internet_gateway_id().unwrap_or_default(), &[tag("Name", name)]);
    state.route_tables.push(plumbing.routes);
    state.internet_gateways.push(plumbing.gateway);
    state.network_acls.push(plumbing.acl);
    state.vpcs.push(net.vpc);
    state.subnets.extend(net.subnets);
    state.security_groups.extend([net.group, web, ssh, internal]);
    state.security_groups.extend(security::groups(account, region_name, &vpc_id));
    let key = aws_sdk_ec2::types::KeyPairInfo::builder()
        .key_pair_id(ids.ec2("key"))
        .key_name("ops")
        .key_type(aws_sdk_ec2::types::KeyType::Ed25519)
        .key_fingerprint("5c0Yd1m2wq1cYTvOvI7m2k7l3w4Q5C1t8kq6yZ0a9eM=");
    state.key_pairs.push(key.build());
}

fn groups(region: &Region, row: &MachineRow) -> Vec<String> {
    let names: &[&str] = match (row.twist, row.app) {
        (Twist::Bastion, _) => &["ssh-from-anywhere"],
        _ if row.name == "app50-report-1" => &["internal", "rdp-vendor"],
        _ if row.name == "app10-ledger-1" => &["internal", "ledger-db"],
        (Twist::Untagged, _) if row.age > 250 => &["launch-wizard-1"],
        (_, Some("App10" | "App20")) => &["web", "internal"],
        _ => &["internal"],
    };
    let all = &region.ec2.security_groups;
    names
        .iter()
        .filter_map(|name| all.iter().find(|group| group.group_name() == Some(name)))
        .filter_map(|group| group.group_id.clone())
        .collect()
}

/// Returns the next free address; machines count up from 10 in their subnet.
fn address_in(region: &Region, subnet: &Subnet) -> Ipv4Addr {
    let id = subnet.subnet_id().unwrap_or_default();
    let neighbours = region.ec2.instances.values().filter(|other| other.subnet_id == id).count();
    let base = subnet.cidr_block().unwrap_or_default().split('/').next().unwrap_or_default();
    let [a, b, c, _] = base.parse().unwrap_or(Ipv4Addr::new(10, 0, 0, 0)).octets();
    Ipv4Addr::new(a, b, c, 10 + u8::try_from(neighbours).unwrap_or_default())
}

/// Returns the public address: bastions have an elastic one, two more machines one from their
/// launch.
fn public_ip(row: &MachineRow) -> Option<Ipv4Addr> {
    Some(match row.name {
        "bastion-fra" => Ipv4Addr::new(3, 120, 14, 86),
        "bastion-dub" => Ipv4Addr::new(34, 240, 71, 203),
        "bastion-iad" => Ipv4Addr::new(54, 210, 33, 9),
        "app10-ledger-1" => Ipv4Addr::new(18, 184, 90, 17),
        "unnamed-2" => Ipv4Addr::new(3, 84, 201, 66),
        _ => return None,
    })
}

/// Returns the account's own image for machines that start from one.
fn own_image(account: &str, row: &MachineRow) -> Option<String> {
    let name = match row.name {
        "app20-web-1" | "app20-web-2" | "app20-web-3" if account == DEMO_ACCOUNT => "app20-golden-v12",
        "app10-ledger-1" => "app10-ledger-2025",
        _ => return None,
    };
    images::id(name)
}

fn address(instance: &Instance) -> Address {
    let mut ids = ids_for(&format!("address of {}", instance.id));
    Address::builder()
        .allocation_id(ids.ec2("eipalloc"))
        .association_id(ids.ec2("eipassoc"))
        .network_interface_id(ec2::interface_id(&instance.id))
        .public_ipv4_pool("amazon")
        .domain(DomainType::Vpc)
        .instance_id(&instance.id)
        .private_ip_address(instance.private_ip.to_string())
        .set_public_ip(instance.public_ip.map(|ip| ip.to_string()))
        .build()
}
