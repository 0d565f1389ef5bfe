//! EC2 as real clients see it: instances, filters, pages and tags here, the rest by resource.

mod launching;
mod network;
mod prices;
mod storage;

use std::collections::BTreeSet;

use aws_sdk_ec2::{
    Client,
    types::{Filter, Instance, InstanceType, ResourceType, Tag, TagSpecification},
};

use super::Os;
use crate::testing::{Account, code, failure};

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(ToString::to_string).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

async fn find(ec2: &Client, filters: &[(&str, &[&str])]) -> Vec<Instance> {
    let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
    let output = ec2.describe_instances().set_filters(Some(filters)).send().await.unwrap();
    output.reservations().iter().flat_map(|one| one.instances().to_vec()).collect()
}

async fn state_of(ec2: &Client, id: &str) -> String {
    let found = find(ec2, &[("instance-id", &[id])]).await;
    found.first().map_or("gone".into(), |one| one.state().unwrap().name().unwrap().to_string())
}

fn name_of(instance: &Instance) -> &str {
    let tag = instance.tags().iter().find(|tag| tag.key() == Some("Name"));
    tag.and_then(|tag| tag.value()).unwrap_or_default()
}

async fn launch(ec2: &Client, token: &str) -> Vec<Instance> {
    let tags = TagSpecification::builder().resource_type(ResourceType::Instance).tags(tag("App", "New")).build();
    let output = ec2
        .run_instances()
        .image_id(Os::AmazonLinux.image_id("eu-central-1"))
        .instance_type(InstanceType::T3Micro)
        .min_count(2)
        .max_count(2)
        .client_token(token)
        .tag_specifications(tags)
        .send()
        .await;
    output.unwrap().instances().to_vec()
}

#[tokio::test]
async fn filters_are_anded_and_their_values_ored() {
    let ec2 = Account::new().ec2();
    let both = find(&ec2, &[("tag:App", &["App10", "App20"])]).await.len();
    let ten = find(&ec2, &[("tag:App", &["App10"])]).await.len();
    let twenty = find(&ec2, &[("tag:App", &["App20"])]).await.len();
    assert_eq!((ten, twenty, both), (5, 4, 9));
    let running = find(&ec2, &[("tag:App", &["App20"]), ("instance-state-name", &["running"])]).await;
    assert_eq!(running.len(), 3);
}

#[tokio::test]
async fn filters_support_wildcards_and_are_case_sensitive() {
    let ec2 = Account::new().ec2();
    assert_eq!(find(&ec2, &[("tag:Name", &["app20-web-?"])]).await.len(), 3);
    assert_eq!(find(&ec2, &[("tag:Name", &["APP20*"])]).await.len(), 0);
    assert_eq!(find(&ec2, &[("tag:Name", &[r"app20\*"])]).await.len(), 0);
    assert_eq!(find(&ec2, &[("tag-key", &["Owner"]), ("tag:App", &["App40"])]).await.len(), 2);
    assert!(!find(&ec2, &[("launch-time", &["2026-11-*"])]).await.is_empty());
    assert_eq!(find(&ec2, &[("platform", &["windows"])]).await.len(), 2);
    let protected = find(&ec2, &[("monitoring-state", &["enabled"]), ("tag:App", &["App30"])]).await;
    assert_eq!(protected.len(), 2);
}

#[tokio::test]
async fn unknown_filters_fail_without_resources() {
    let account = Account::new();
    for region in ["eu-central-1", "ap-south-1"] {
        let ec2 = account.at(region).ec2();
        let call = ec2.describe_instances().filters(filter("foo", &["bar"]));
        let expected = ("InvalidParameterValue".into(), "The filter 'foo' is invalid".into());
        assert_eq!(failure(call.send().await), expected);
        let call = ec2.describe_volumes().filters(filter("instance-id", &["bar"]));
        assert_eq!(code(call.send().await), "InvalidParameterValue");
    }
    let call = account.ec2().describe_instance_status().filters(filter("tag:App", &["App20"]));
    assert_eq!(code(call.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn pages_lose_and_repeat_no_items() {
    let ec2 = Account::new().ec2();
    let whole: Vec<String> = find(&ec2, &[]).await.into_iter().filter_map(|one| one.instance_id).collect();
    let mut pages = ec2.describe_instances().max_results(5).into_paginator().send();
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        let items = page.reservations().iter().flat_map(|one| one.instances());
        let ids: Vec<String> = items.filter_map(|one| one.instance_id.clone()).collect();
        sizes.push(ids.len());
        seen.extend(ids);
    }
    assert!(sizes.len() > 3 && sizes.iter().all(|size| *size <= 5), "{sizes:?}");
    assert_eq!(seen.len(), seen.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(seen.iter().collect::<BTreeSet<_>>(), whole.iter().collect::<BTreeSet<_>>());
}

#[tokio::test]
async fn page_sizes_and_tokens_are_checked() {
    let ec2 = Account::new().ec2();
    let id = find(&ec2, &[]).await[0].instance_id.clone().unwrap();
    let call = ec2.describe_instances().instance_ids(id).max_results(5);
    assert_eq!(code(call.send().await), "InvalidParameterCombination");
    for size in [4, 1001] {
        let call = ec2.describe_instances().max_results(size);
        assert_eq!(code(call.send().await), "InvalidParameterValue");
    }
    let call = ec2.describe_instances().next_token("nonsense");
    assert_eq!(code(call.send().await), "InvalidPaginationToken");
}

#[tokio::test]
async fn unknown_ids_fail_but_unmatched_filters_do_not() {
    let ec2 = Account::new().ec2();
    let one = ec2.describe_instances().instance_ids("i-0123456789abcdef0");
    assert_eq!(
        failure(one.clone().send().await),
        ("InvalidInstanceID.NotFound".into(), "The instance ID 'i-0123456789abcdef0' does not exist".into())
    );
    let two = one.instance_ids("i-0123456789abcdef1").send().await;
    assert_eq!(failure(two).1, "The instance IDs 'i-0123456789abcdef0, i-0123456789abcdef1' do not exist");
    for id in ["foo", "i-xyz", "vol-0123456789abcdef0"] {
        let call = ec2.describe_instances().instance_ids(id);
        assert_eq!(code(call.send().await), "InvalidInstanceID.Malformed", "{id}");
    }
    assert!(find(&ec2, &[("instance-id", &["i-0123456789abcdef0"])]).await.is_empty());
}

#[tokio::test]
async fn dry_run_changes_nothing() {
    let ec2 = Account::new().ec2();
    let id = find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0].instance_id.clone().unwrap();
    let call = ec2.terminate_instances().instance_ids(&id).dry_run(true);
    assert_eq!(code(call.send().await), "DryRunOperation");
    let call = ec2.create_tags().resources(&id).tags(tag("Name", "other")).dry_run(true);
    assert_eq!(code(call.send().await), "DryRunOperation");
    assert_eq!(state_of(&ec2, &id).await, "running");
    assert_eq!(find(&ec2, &[("tag:Name", &["app20-web-1"])]).await.len(), 1);
}

#[tokio::test]
async fn instance_passes_through_its_states() {
    let account = Account::new();
    let ec2 = account.ec2();
    let launched = launch(&ec2, "one").await;
    assert_eq!(launched.len(), 2);
    let id = launched[0].instance_id().unwrap();
    assert_eq!(state_of(&ec2, id).await, "pending");
    assert_eq!(find(&ec2, &[("tag:App", &["New"])]).await.len(), 2);
    account.wait(5);
    assert_eq!(state_of(&ec2, id).await, "running");
    ec2.stop_instances().instance_ids(id).send().await.unwrap();
    assert_eq!(state_of(&ec2, id).await, "stopping");
    assert_eq!(code(ec2.start_instances().instance_ids(id).send().await), "IncorrectInstanceState");
    account.wait(5);
    assert_eq!(state_of(&ec2, id).await, "stopped");
    assert_eq!(code(ec2.reboot_instances().instance_ids(id).send().await), "IncorrectInstanceState");
    ec2.start_instances().instance_ids(id).send().await.unwrap();
    account.wait(5);
    assert_eq!(state_of(&ec2, id).await, "running");
    let change = ec2.terminate_instances().instance_ids(id).send().await.unwrap();
    let change = &change.terminating_instances()[0];
    assert_eq!(change.previous_state().unwrap().code(), Some(16));
    assert_eq!(change.current_state().unwrap().code(), Some(32));
    account.wait(5);
    assert_eq!(state_of(&ec2, id).await, "terminated");
    account.wait(3600);
    assert_eq!(state_of(&ec2, id).await, "gone");
    let call = ec2.describe_instances().instance_ids(id);
    assert_eq!(code(call.send().await), "InvalidInstanceID.NotFound");
}

#[tokio::test]
async fn client_token_launches_once() {
    let account = Account::new();
    let ec2 = account.ec2();
    let ids = |launched: Vec<Instance>| -> Vec<_> { launched.into_iter().filter_map(|one| one.instance_id).collect() };
    let first = ids(launch(&ec2, "same").await);
    assert_eq!(first, ids(launch(&ec2, "same").await));
    assert_ne!(first, ids(launch(&ec2, "other").await));
    let other = ec2
        .run_instances()
        .image_id(Os::Ubuntu.image_id("eu-central-1"))
        .instance_type(InstanceType::T3Micro)
        .min_count(1)
        .max_count(1)
        .client_token("same");
    assert_eq!(code(other.send().await), "IdempotentParameterMismatch");
}

#[tokio::test]
async fn launches_are_checked() {
    let ec2 = Account::new().ec2();
    let base = || ec2.run_instances().min_count(1).max_count(1).instance_type(InstanceType::T3Micro);
    assert_eq!(code(base().image_id("ami-0123456789abcdef0").send().await), "InvalidAMIID.NotFound");
    assert_eq!(code(base().image_id("image").send().await), "InvalidAMIID.Malformed");
    let good = || base().image_id(Os::Ubuntu.image_id("eu-central-1"));
    assert_eq!(code(good().key_name("missing").send().await), "InvalidKeyPair.NotFound");
    assert_eq!(code(good().subnet_id("subnet-0123456789abcdef0").send().await), "InvalidSubnetID.NotFound");
    assert_eq!(code(good().instance_type("t9.mega".into()).send().await), "InvalidParameterValue");
    assert_eq!(code(good().min_count(3).max_count(2).send().await), "InvalidParameterValue");
    assert_eq!(code(good().dry_run(true).send().await), "DryRunOperation");
}

#[tokio::test]
async fn protected_instances_cannot_be_terminated() {
    let ec2 = Account::new().ec2();
    let bastion = &find(&ec2, &[("tag:Name", &["bastion-*"])]).await[0];
    let other = &find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0];
    let ids = [bastion, other].map(|one| one.instance_id().unwrap().to_owned());
    let call = ec2.terminate_instances().set_instance_ids(Some(ids.to_vec()));
    assert_eq!(code(call.send().await), "OperationNotPermitted");
    assert_eq!(state_of(&ec2, &ids[1]).await, "running");
}

#[tokio::test]
async fn tags_are_set_listed_and_removed() {
    let ec2 = Account::new().ec2();
    let id = find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0].instance_id.clone().unwrap();
    let tags_of = async || {
        let by_id = filter("resource-id", &[&id]);
        let output = ec2.describe_tags().filters(by_id).send().await.unwrap();
        let tags = output.tags().iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())));
        tags.collect::<Vec<_>>()
    };
    let call = ec2.create_tags().resources(&id).tags(tag("Cost*", "1")).tags(tag("Env", ""));
    call.send().await.unwrap();
    assert!(tags_of().await.contains(&("Cost*".into(), "1".into())));
    assert!(tags_of().await.contains(&("Env".into(), String::new())));
    let call = ec2.delete_tags().resources(&id).tags(tag("Cost*", "2"));
    call.send().await.unwrap();
    assert!(tags_of().await.contains(&("Cost*".into(), "1".into())));
    let by_key = Tag::builder().key("Cost*").build();
    ec2.delete_tags().resources(&id).tags(by_key).send().await.unwrap();
    assert!(!tags_of().await.iter().any(|(key, _)| key == "Cost*"));
    let call = ec2.describe_tags().filters(filter("tag:App", &["App2*"]));
    let values = call.send().await.unwrap();
    assert!(values.tags().iter().all(|tag| tag.key() == Some("App")));
    assert_eq!(values.tags().len(), 8);
}

#[tokio::test]
async fn tags_are_limited() {
    let ec2 = Account::new().ec2();
    let id = find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0].instance_id.clone().unwrap();
    let call = ec2.create_tags().resources(&id).tags(tag("aws:mine", "x"));
    assert_eq!(code(call.send().await), "InvalidParameterValue");
    let call = ec2.create_tags().resources(&id).tags(tag("Env", "a")).tags(tag("Env", "b"));
    assert_eq!(code(call.send().await), "InvalidParameterValue");
    let many = |count: usize| (0..count).map(|at| tag(&format!("k{at}"), "v")).collect::<Vec<_>>();
    let call = ec2.create_tags().resources(&id).set_tags(Some(many(47)));
    assert_eq!(code(call.send().await), "TagLimitExceeded");
    let call = ec2.create_tags().resources(&id).set_tags(Some(many(46)));
    call.clone().send().await.unwrap();
    call.send().await.unwrap();
    let call = ec2.create_tags().resources(&id).tags(tag("one more", "v"));
    assert_eq!(code(call.send().await), "TagLimitExceeded");
    let call = ec2.create_tags().resources("i-0123456789abcdef0").tags(tag("a", "b"));
    assert_eq!(code(call.send().await), "InvalidInstanceID.NotFound");
}

#[tokio::test]
async fn status_lists_running_instances_by_default() {
    let account = Account::new().at("us-east-1");
    let ec2 = account.ec2();
    let running = ec2.describe_instance_status().send().await.unwrap();
    let all = ec2.describe_instance_status().include_all_instances(true).send().await.unwrap();
    assert!(all.instance_statuses().len() > running.instance_statuses().len());
    let impaired =
        ec2.describe_instance_status().filters(filter("instance-status.status", &["impaired"])).send().await.unwrap();
    assert_eq!(impaired.instance_statuses().len(), 1);
}

#[tokio::test]
async fn other_lists_return_resources() {
    let account = Account::new();
    let ec2 = account.ec2();
    let regions = ec2.describe_regions().send().await.unwrap();
    assert_eq!(regions.regions().len(), 17);
    let regions = ec2.describe_regions().all_regions(true).send().await.unwrap();
    assert_eq!(regions.regions().len(), 28);
    let zones = ec2.describe_availability_zones().send().await.unwrap();
    assert_eq!(zones.availability_zones()[0].zone_id(), Some("euc1-az1"));
    let images = ec2.describe_images().owners("self").send().await.unwrap();
    assert_eq!(images.images().len(), 4);
    let images = ec2.describe_images().owners("amazon").send().await.unwrap();
    assert_eq!(images.images().len(), 2);
    let loose = ec2.describe_volumes().filters(filter("status", &["available"])).send().await.unwrap();
    assert_eq!(loose.volumes().len(), 3);
    let open = filter("ip-permission.cidr", &["0.0.0.0/0"]);
    let groups = ec2.describe_security_groups().filters(open).send().await.unwrap();
    assert_eq!(groups.security_groups().len(), 6);
    let vpcs = ec2.describe_vpcs().filters(filter("is-default", &["false"])).send().await.unwrap();
    assert_eq!(vpcs.vpcs().len(), 1);
    let subnets = ec2.describe_subnets().filters(filter("vpc-id", &[vpcs.vpcs()[0].vpc_id().unwrap()]));
    assert_eq!(subnets.send().await.unwrap().subnets().len(), 3);
    let types = ec2.describe_instance_types().instance_types(InstanceType::T3Micro).send().await.unwrap();
    assert_eq!(types.instance_types()[0].memory_info().unwrap().size_in_mib(), Some(1024));
    assert_eq!(ec2.describe_key_pairs().send().await.unwrap().key_pairs().len(), 1);
    assert_eq!(ec2.describe_addresses().send().await.unwrap().addresses().len(), 3);
    assert_eq!(ec2.describe_snapshots().owner_ids("self").send().await.unwrap().snapshots().len(), 8);
}

#[tokio::test]
async fn terminated_instance_deletes_its_root_volume() {
    let account = Account::new();
    let ec2 = account.ec2();
    let app20 = &find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0];
    let id = app20.instance_id().unwrap();
    let volumes = async || {
        let call = ec2.describe_volumes().filters(filter("attachment.instance-id", &[id]));
        call.send().await.unwrap().volumes().len()
    };
    assert_eq!(volumes().await, 1);
    ec2.terminate_instances().instance_ids(id).send().await.unwrap();
    account.wait(10);
    assert_eq!(volumes().await, 0);
    assert_eq!(name_of(&find(&ec2, &[("instance-id", &[id])]).await[0]), "app20-web-1");
}

#[test]
fn bindings_know_every_simulated_filter() {
    let sandbox = crate::Sandbox::seeded();
    let ec2 = moonfleet_bindings::service("ec2").expect("EC2 is bound");
    let operations = sandbox.operations().filter_map(|name| ec2.operation(name.strip_prefix("ec2.")?));
    let filtering: Vec<_> = operations.filter(|operation| operation.input().field("filters").is_some()).collect();
    assert!(filtering.len() > 10);
    for operation in filtering {
        let mut simulated = super::filter_names(operation.name);
        simulated.sort_unstable();
        simulated.dedup();
        assert!(!simulated.is_empty(), "{}", operation.name);
        assert_eq!(moonfleet_bindings::filter_names(operation.name), simulated, "{}", operation.name);
    }
}
