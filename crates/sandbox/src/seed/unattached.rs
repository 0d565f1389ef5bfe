//! Unattached volumes, snapshots, addresses, a NAT gateway, and a machine outside EC2.

use std::{collections::BTreeMap, net::Ipv4Addr};

use aws_sdk_ec2::types::{self, DomainType, SnapshotState, VolumeType};
use jiff::Timestamp;

use super::ages::days_before;
use super::ids::ids_for;
use super::tags::tag;
use crate::clock::to_aws;
use crate::ec2;
use crate::ec2::{Disk, Os, Sharing};
use crate::ssm::node::{Hybrid, Node};
use crate::state::{Region, SandboxState};

pub(super) fn add(state: &mut SandboxState, account: &str, start: Timestamp) {
    for loose in LOOSE_VOLUMES {
        add_volume(state.region(account, loose.region), loose, start);
    }
    for name in ["eu-central-1", "eu-west-1", "us-east-1"] {
        add_snapshots(state.region(account, name), account, name, start);
    }
    let home = state.region(account, "eu-central-1");
    home.ec2.addresses.push(loose_address("eu-central-1", "3.121.77.140"));
    share_a_snapshot(home);
    home.ssm.nodes.insert("mi-0c4e8d1f2a3b45678".to_owned(), outsider(start));
    add_nat_gateway(home, "eu-central-1", start);
    state.region(account, "us-east-1").ec2.addresses.push(loose_address("us-east-1", "54.88.17.204"));
}

struct LooseVolume {
    region: &'static str,
    zone: &'static str,
    name: &'static str,
    owner: &'static str,
    gib: i32,
    age: i64,
    kind: VolumeType,
}

#[rustfmt::skip]
const LOOSE_VOLUMES: &[LooseVolume] = &[
    LooseVolume { region: "eu-central-1", zone: "a", name: "app10-ledger-old", owner: "team-payments", gib: 500, age: 211, kind: VolumeType::Gp2 },
    LooseVolume { region: "eu-central-1", zone: "b", name: "migration-scratch", owner: "team-data", gib: 1000, age: 64, kind: VolumeType::Gp3 },
    LooseVolume { region: "eu-central-1", zone: "b", name: "", owner: "", gib: 20, age: 3, kind: VolumeType::Gp3 },
    LooseVolume { region: "eu-west-1", zone: "a", name: "", owner: "", gib: 100, age: 388, kind: VolumeType::Gp2 },
    LooseVolume { region: "us-east-1", zone: "c", name: "jane-data", owner: "", gib: 250, age: 512, kind: VolumeType::Io1 },
    LooseVolume { region: "us-east-1", zone: "a", name: "app40-reindex", owner: "team-search", gib: 750, age: 11, kind: VolumeType::Gp3 },
];

fn add_volume(region: &mut Region, loose: &LooseVolume, start: Timestamp) {
    let purpose = format!("loose {} {} {}", loose.region, loose.name, loose.gib);
    let disk = Disk {
        id: ids_for(&purpose).ec2("vol"),
        size: loose.gib,
        device: String::new(),
        zone: format!("{}{}", loose.region, loose.zone),
        created: to_aws(days_before(start, loose.age)),
    };
    let tags = [("Name", loose.name), ("Owner", loose.owner)];
    let tags: Vec<_> = tags.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| tag(key, value)).collect();
    region.ec2.tags.put(&disk.id, &tags);
    let mut volume = disk.unattached();
    // Older volumes are unencrypted, and some are not gp3.
    volume.encrypted = Some(loose.age < 100);
    if loose.kind != VolumeType::Gp3 {
        volume.throughput = None;
        volume.iops = Some((loose.gib * 3).max(100));
    }
    volume.volume_type = Some(loose.kind.clone());
    region.ec2.volumes.push(volume);
}

fn add_snapshots(region: &mut Region, account: &str, name: &str, start: Timestamp) {
    let volumes: Vec<(String, i32)> = region
        .ec2
        .volumes
        .iter()
        .take(3)
        .map(|volume| (volume.volume_id().unwrap_or_default().to_owned(), volume.size.unwrap_or(8)))
        .chain([("vol-0ffffffffffffffff".to_owned(), 300)])
        .collect();
    for ((volume, size), age) in volumes.into_iter().zip([1, 8, 95, 430]) {
        let snapshot = types::Snapshot::builder()
            .snapshot_id(ids_for(&format!("{name} snapshot of {volume}")).ec2("snap"))
            .description(format!("Nightly backup of {volume}"))
            .volume_id(volume)
            .volume_size(size)
            .owner_id(account)
            .start_time(to_aws(days_before(start, age)))
            .progress("100%")
            .state(SnapshotState::Completed)
            .storage_tier(types::StorageTier::Standard)
            .encrypted(age < 90);
        region.ec2.snapshots.push(snapshot.build());
    }
}

fn loose_address(region: &str, ip: &str) -> types::Address {
    let purpose = if region == "eu-central-1" { "loose address".to_owned() } else { format!("loose address {region}") };
    types::Address::builder()
        .allocation_id(ids_for(&purpose).ec2("eipalloc"))
        .public_ip(ip)
        .public_ipv4_pool("amazon")
        .network_border_group(region)
        .domain(DomainType::Vpc)
        .build()
}

/// Makes the oldest snapshot public, as a finding for audits.
fn share_a_snapshot(region: &mut Region) {
    let oldest = region.ec2.snapshots.iter().min_by_key(|snapshot| snapshot.start_time.map(|at| at.secs()));
    if let Some(id) = oldest.and_then(|snapshot| snapshot.snapshot_id.clone()) {
        region.ec2.snapshot_sharing.insert(id, Sharing { public: true, ..Sharing::default() });
    }
}

/// Adds a NAT gateway for machines without a public address.
fn add_nat_gateway(region: &mut Region, name: &str, start: Timestamp) {
    let Some(subnet) = region.ec2.subnets.iter().find(|subnet| subnet.default_for_az == Some(false)).cloned() else {
        return;
    };
    let mut address = loose_address(&format!("{name} of the gateway"), "18.196.5.73");
    address.network_border_group = Some(name.to_owned());
    let id = ids_for(&format!("nat gateway {name}")).ec2("nat");
    let base = subnet.cidr_block().and_then(|block| block.rsplit_once('.')).map_or("10.0.0", |(base, _)| base);
    let ip = format!("{base}.200");
    let gateway = ec2::nat_gateway(&id, &subnet, &ip, &mut address, days_before(start, 300));
    region.ec2.tags.put(&id, &[tag("Name", "nat-main"), tag("Owner", "team-platform")]);
    let allocation = address.allocation_id().unwrap_or_default();
    region.ec2.tags.put(allocation, &[tag("Name", "nat-main"), tag("Owner", "team-platform")]);
    region.ec2.addresses.push(address);
    region.ec2.nat_gateways.push(gateway);
}

fn outsider(start: Timestamp) -> Node {
    Node {
        services: &["backup-agent"],
        hybrid: Some(Hybrid {
            name: "datacentre-backup-1",
            computer_name: "backup1.dc.example.com",
            ip: Ipv4Addr::new(192, 168, 40, 12),
            activation_id: "7b1c2a94-5f03-4d0e-9a36-2d1f0e8c4b57",
            role: "service-role/AmazonEC2RunCommandRoleForManagedInstances",
            registered: days_before(start, 700),
            tags: BTreeMap::from([
                ("Name".to_owned(), "datacentre-backup-1".to_owned()),
                ("Owner".to_owned(), "team-platform".to_owned()),
            ]),
        }),
        ..Node::online(Os::Ubuntu)
    }
}
