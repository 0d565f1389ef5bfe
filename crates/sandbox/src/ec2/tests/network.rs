//! Security groups and their rules, interfaces, routes and addresses.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, UserIdGroupPair};

use super::{filter, find};
use crate::testing::{Account, code, failure};

fn port(port: i32) -> aws_sdk_ec2::types::builders::IpPermissionBuilder {
    IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port)
}

fn from(cidr: &str) -> IpRange {
    IpRange::builder().cidr_ip(cidr).build()
}

#[tokio::test]
async fn rules_are_grouped_by_permission_and_listed_singly() {
    let ec2 = Account::new().ec2();
    let vpcs = ec2.describe_vpcs().filters(filter("is-default", &["false"])).send().await.unwrap();
    let vpc = vpcs.vpcs()[0].vpc_id().unwrap();
    let group = ec2.create_security_group().group_name("app").description("The app").vpc_id(vpc);
    let id = group.clone().send().await.unwrap().group_id.unwrap();
    assert_eq!(code(group.send().await), "InvalidGroup.Duplicate");
    let v6 = Ipv6Range::builder().cidr_ipv6("::/0").build();
    let own = UserIdGroupPair::builder().group_id(&id).build();
    let bundle = port(443).ip_ranges(from("10.1.2.3/8")).ipv6_ranges(v6).user_id_group_pairs(own).build();
    let authorize = ec2.authorize_security_group_ingress().group_id(&id);
    let rules = authorize.clone().ip_permissions(bundle).send().await.unwrap();
    assert_eq!(rules.security_group_rules().len(), 3);
    assert_eq!(rules.security_group_rules()[0].cidr_ipv4(), Some("10.0.0.0/8"));
    let again = authorize.ip_protocol("tcp").from_port(443).to_port(443).cidr_ip("10.0.0.0/8").send().await;
    let expected = "the specified rule \"peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW\" already exists";
    assert_eq!(failure(again), ("InvalidPermission.Duplicate".into(), expected.into()));
    let shown = ec2.describe_security_groups().group_ids(&id).send().await.unwrap();
    assert_eq!(shown.security_groups()[0].ip_permissions().len(), 1);
    let of_group = ec2.describe_security_group_rules().filters(filter("group-id", &[&id])).send().await.unwrap();
    assert_eq!(of_group.security_group_rules().len(), 4);
    let rule = rules.security_group_rules()[1].security_group_rule_id().unwrap();
    let revoked = ec2.revoke_security_group_ingress().group_id(&id).security_group_rule_ids(rule).send().await.unwrap();
    assert_eq!(revoked.revoked_security_group_rules()[0].cidr_ipv6(), Some("::/0"));
    let missing =
        ec2.revoke_security_group_ingress().group_id(&id).ip_permissions(port(1).ip_ranges(from("0.0.0.0/0")).build());
    assert_eq!(code(missing.send().await), "InvalidPermission.NotFound");
    let everything = IpPermission::builder().ip_protocol("-1").ip_ranges(from("0.0.0.0/0")).build();
    ec2.revoke_security_group_egress().group_id(&id).ip_permissions(everything).send().await.unwrap();
    ec2.delete_security_group().group_id(&id).send().await.unwrap();
    assert_eq!(code(ec2.delete_security_group().group_id(&id).send().await), "InvalidGroup.NotFound");
}

#[tokio::test]
async fn rules_are_checked() {
    let ec2 = Account::new().ec2();
    let groups = ec2.describe_security_groups().filters(filter("group-name", &["web"])).send().await.unwrap();
    let id = groups.security_groups()[0].group_id().unwrap();
    let add = |rule: IpPermission| ec2.authorize_security_group_ingress().group_id(id).ip_permissions(rule).send();
    assert_eq!(code(add(port(70_000).ip_ranges(from("0.0.0.0/0")).build()).await), "InvalidParameterValue");
    assert_eq!(code(add(port(22).ip_ranges(from("10.0.0/8")).build()).await), "InvalidParameterValue");
    assert_eq!(code(add(port(22).build()).await), "MissingParameter");
    let missing = UserIdGroupPair::builder().group_id("sg-0123456789abcdef0").build();
    assert_eq!(code(add(port(22).user_id_group_pairs(missing).build()).await), "InvalidGroup.NotFound");
    let fine = port(8080).ip_ranges(from("0.0.0.0/0")).build();
    let dry = ec2.authorize_security_group_ingress().group_id(id).ip_permissions(fine).dry_run(true);
    assert_eq!(code(dry.send().await), "DryRunOperation");
    assert_eq!(code(ec2.delete_security_group().group_id(id).send().await), "DependencyViolation");
    let default = ec2.describe_security_groups().filters(filter("group-name", &["default"])).send().await.unwrap();
    let id = default.security_groups()[0].group_id().unwrap();
    assert_eq!(code(ec2.delete_security_group().group_id(id).send().await), "CannotDelete");
}

#[tokio::test]
async fn interfaces_list_the_users_of_a_group() {
    let ec2 = Account::new().ec2();
    let of_group = filter("group-name", &["rdp-vendor"]);
    let used = ec2.describe_network_interfaces().filters(of_group).send().await.unwrap();
    let machine = &find(&ec2, &[("tag:Name", &["app50-report-1"])]).await[0];
    assert_eq!(used.network_interfaces()[0].attachment().unwrap().instance_id(), machine.instance_id());
    let id = machine.network_interfaces()[0].network_interface_id();
    assert_eq!(used.network_interfaces()[0].network_interface_id(), id);
    let unused = ec2.describe_network_interfaces().filters(filter("group-name", &["debug-all"])).send().await.unwrap();
    assert!(unused.network_interfaces().is_empty());
}

#[tokio::test]
async fn network_has_gateways_and_routes() {
    let ec2 = Account::new().ec2();
    let tables = ec2.describe_route_tables().filters(filter("route.destination-cidr-block", &["0.0.0.0/0"]));
    assert_eq!(tables.send().await.unwrap().route_tables().len(), 2);
    assert_eq!(ec2.describe_internet_gateways().send().await.unwrap().internet_gateways().len(), 2);
    assert_eq!(ec2.describe_network_acls().send().await.unwrap().network_acls().len(), 2);
    let nat = ec2.describe_nat_gateways().filter(filter("state", &["available"])).send().await.unwrap();
    assert_eq!(nat.nat_gateways().len(), 1);
}

#[tokio::test]
async fn addresses_are_moved_and_released() {
    let account = Account::new();
    let ec2 = account.ec2();
    let made = ec2.allocate_address().send().await.unwrap();
    let allocation = made.allocation_id().unwrap();
    let machine = &find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0];
    let instance = machine.instance_id().unwrap();
    let associate = ec2.associate_address().allocation_id(allocation).instance_id(instance);
    let association = associate.send().await.unwrap().association_id.unwrap();
    let public_ip = async || find(&ec2, &[("instance-id", &[instance])]).await[0].public_ip_address.clone();
    assert_eq!(public_ip().await.as_deref(), made.public_ip());
    assert_eq!(code(ec2.release_address().allocation_id(allocation).send().await), "InvalidIPAddress.InUse");
    ec2.disassociate_address().association_id(association).send().await.unwrap();
    assert_eq!(public_ip().await, None);
    ec2.associate_address().allocation_id(allocation).instance_id(instance).send().await.unwrap();
    ec2.terminate_instances().instance_ids(instance).send().await.unwrap();
    account.wait(10);
    ec2.release_address().allocation_id(allocation).send().await.unwrap();
    assert_eq!(code(ec2.release_address().allocation_id(allocation).send().await), "InvalidAllocationID.NotFound");
}
