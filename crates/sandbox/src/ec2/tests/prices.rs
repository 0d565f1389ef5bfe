//! Tests of instance types, spot prices and reserved instances.

use aws_sdk_ec2::{primitives::DateTime, types::InstanceType};

use super::{filter, find};
use crate::testing::{Account, code};

#[tokio::test]
async fn prices_are_newest_first_and_do_not_change() {
    let ec2 = Account::new().ec2();
    let now = 1_795_435_200;
    let ask = || {
        let call = ec2.describe_spot_price_history().instance_types(InstanceType::M6iLarge);
        let call = call.product_descriptions("Linux/UNIX").availability_zone("eu-central-1a");
        call.start_time(DateTime::from_secs(now - 7 * 24 * 3600)).end_time(DateTime::from_secs(now))
    };
    let week = ask().send().await.unwrap();
    let prices = week.spot_price_history();
    assert_eq!((prices.len(), week.next_token()), (29, Some("")));
    assert!(prices.is_sorted_by(|a, b| a.timestamp() > b.timestamp()));
    let value = |at: usize| prices[at].spot_price().unwrap().parse::<f64>().unwrap();
    assert!((0..29).all(|at| value(at) > 0.01 && value(at) < 0.115), "{prices:?}");
    assert!(value(0) != value(28));
    let mut seen = Vec::new();
    let mut pages = ask().max_results(10).into_paginator().send();
    while let Some(page) = pages.next().await {
        seen.extend(page.unwrap().spot_price_history().to_vec());
    }
    assert_eq!(seen, prices);
}

#[tokio::test]
async fn without_times_current_prices_are_returned() {
    let ec2 = Account::new().ec2();
    let call = ec2.describe_spot_price_history().instance_types(InstanceType::M6iLarge);
    assert_eq!(call.send().await.unwrap().spot_price_history().len(), 6);
    let arm = ec2.describe_spot_price_history().instance_types(InstanceType::M7gLarge).product_descriptions("Windows");
    assert!(arm.send().await.unwrap().spot_price_history().is_empty());
    let call = ec2.describe_spot_price_history().filters(filter("foo", &["bar"]));
    assert_eq!(code(call.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn types_are_filtered() {
    let ec2 = Account::new().ec2();
    let call = ec2.describe_instance_types();
    let call = call.filters(filter("processor-info.supported-architecture", &["arm64"]));
    let arm = call.filters(filter("vcpu-info.default-vcpus", &["4"])).send().await.unwrap();
    let names: Vec<_> = arm.instance_types().iter().map(|one| one.instance_type().unwrap().as_str()).collect();
    assert_eq!(names, ["c7g.xlarge", "m7g.xlarge", "r7g.xlarge"]);
    let old = ec2.describe_instance_types().filters(filter("current-generation", &["false"])).send().await.unwrap();
    assert_eq!(old.instance_types().len(), 3);
    let call = ec2.describe_instance_type_offerings().location_type("availability-zone".into());
    let zones = call.filters(filter("instance-type", &["m6i.metal"])).send().await.unwrap();
    assert_eq!(zones.instance_type_offerings().len(), 2);
}

#[tokio::test]
async fn reservations_expire() {
    let account = Account::new();
    let ec2 = account.ec2();
    let active = async || {
        let call = ec2.describe_reserved_instances().filters(filter("state", &["active"]));
        call.send().await.unwrap().reserved_instances().len()
    };
    assert_eq!(active().await, 2);
    let all = ec2.describe_reserved_instances().send().await.unwrap();
    assert_eq!(all.reserved_instances().len(), 3);
    let id = all.reserved_instances()[0].reserved_instances_id().unwrap();
    let one = ec2.describe_reserved_instances().reserved_instances_ids(id).send().await.unwrap();
    assert_eq!(one.reserved_instances().len(), 1);
    account.wait(20 * 24 * 3600);
    assert_eq!(active().await, 1);
}

#[tokio::test]
async fn spot_request_ends_with_its_instance() {
    let account = Account::new();
    let ec2 = account.ec2();
    let spot = find(&ec2, &[("instance-lifecycle", &["spot"])]).await;
    let id = spot[0].instance_id().unwrap();
    let state = async || {
        let requests = ec2.describe_spot_instance_requests().send().await.unwrap();
        requests.spot_instance_requests()[0].state().unwrap().to_string()
    };
    assert_eq!(state().await, "active");
    ec2.terminate_instances().instance_ids(id).send().await.unwrap();
    account.wait(10);
    assert_eq!(state().await, "closed");
}
