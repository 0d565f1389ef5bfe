//! Inventory as real clients see it.

use std::collections::HashMap;

use aws_sdk_ssm::{
    Client,
    types::{
        InventoryAggregator, InventoryFilter, InventoryItem, InventoryQueryOperatorType as Operator,
        InventoryResultEntity, ResultAttribute,
    },
};

use crate::testing::{Account, code};

fn filter(key: &str, operator: Operator, value: &str) -> InventoryFilter {
    InventoryFilter::builder().key(key).r#type(operator).values(value).build().unwrap()
}

async fn nodes(ssm: &Client, filters: &[InventoryFilter]) -> Vec<InventoryResultEntity> {
    let call = ssm.get_inventory().set_filters(Some(filters.to_vec()));
    call.send().await.unwrap().entities().to_vec()
}

#[tokio::test]
async fn nodes_are_found_by_inventory() {
    let ssm = Account::new().ssm();
    let name = |value| filter("AWS:Application.Name", Operator::Equal, value);
    let version = |value| filter("AWS:Application.Version", Operator::Equal, value);
    assert_eq!(nodes(&ssm, &[]).await.len(), 15);
    assert_eq!(nodes(&ssm, &[name("nginx")]).await.len(), 7);
    // A name and a version are those of one application.
    assert_eq!(nodes(&ssm, &[name("openssl"), version("3.0.8")]).await.len(), 1);
    assert_eq!(nodes(&ssm, &[name("openssl"), version("5.2.15")]).await.len(), 0);
    let lost = filter("AWS:InstanceInformation.InstanceStatus", Operator::Equal, "ConnectionLost");
    let lost = nodes(&ssm, &[lost]).await;
    assert_eq!(lost.len(), 1);
    let facts = &lost[0].data().unwrap()["AWS:InstanceInformation"].content()[0];
    assert_eq!(facts["PlatformName"], "Amazon Linux");
    let begins = filter("AWS:Application.Name", Operator::BeginWith, "Microsoft");
    assert_eq!(nodes(&ssm, &[begins]).await.len(), 1);
}

#[tokio::test]
async fn result_attribute_selects_a_type_and_keeps_all_nodes() {
    let ssm = Account::new().ssm();
    let attribute = |name: &str| ResultAttribute::builder().type_name(name).build().unwrap();
    let call = ssm.get_inventory().result_attributes(attribute("AWS:Application")).max_results(50);
    let output = call.send().await.unwrap();
    let empty = output.entities().iter().filter(|entity| entity.data().unwrap().is_empty()).count();
    assert_eq!((output.entities().len(), empty), (15, 1));
    let unknown = ssm.get_inventory().result_attributes(attribute("AWS:Weather"));
    assert_eq!(code(unknown.send().await), "InvalidTypeNameException");
    let two = ssm.get_inventory().result_attributes(attribute("AWS:File")).result_attributes(attribute("AWS:Tag"));
    assert_eq!(code(two.send().await), "InvalidResultAttributeException");
}

#[tokio::test]
async fn unknown_filters_are_refused() {
    let ssm = Account::new().ssm();
    for (key, operator) in [
        ("AWS:Application.Colour", Operator::Equal),
        ("AWS:Weather.Rain", Operator::Equal),
        ("Name", Operator::Equal),
        ("AWS:Application.Name", Operator::Exists),
    ] {
        let call = ssm.get_inventory().filters(filter(key, operator, "x"));
        assert_eq!(code(call.send().await), "InvalidFilter", "{key}");
    }
}

#[tokio::test]
async fn aggregators_count_nodes() {
    let ssm = Account::new().ssm();
    let inner = InventoryAggregator::builder().expression("AWS:InstanceInformation.PlatformVersion").build();
    let outer = InventoryAggregator::builder().expression("AWS:InstanceInformation.PlatformName").aggregators(inner);
    let output = ssm.get_inventory().aggregators(outer.build()).send().await.unwrap();
    let content = output.entities()[0].data().unwrap()["AWS:InstanceInformation"].content();
    let counts = content
        .iter()
        .map(|row| (row["PlatformName"].as_str(), row["PlatformVersion"].as_str(), row["Count"].as_str()));
    let counts: Vec<_> = counts.collect();
    assert!(counts.contains(&("Ubuntu", "24.04", "4")), "{counts:?}");
    let none = ssm.get_inventory().aggregators(InventoryAggregator::builder().build());
    assert_eq!(code(none.send().await), "InvalidAggregatorException");
}

#[tokio::test]
async fn pages_lose_no_items() {
    let ssm = Account::new().ssm();
    let pages = ssm.get_inventory().max_results(4).into_paginator().send().try_collect().await.unwrap();
    let sizes: Vec<usize> = pages.iter().map(|page| page.entities().len()).collect();
    assert_eq!(sizes, [4, 4, 4, 3]);
    let schemas = ssm.get_inventory_schema().send().await.unwrap();
    assert!(schemas.schemas().iter().any(|schema| schema.type_name() == "Custom:Ownership"));
    assert_eq!(code(ssm.get_inventory_schema().type_name("AWS:Weather").send().await), "InvalidTypeNameException");
}

#[tokio::test]
async fn entries_are_put_listed_and_deleted() {
    let ssm = Account::new().ssm();
    let id = "mi-0c4e8d1f2a3b45678";
    let item = |kind: &str, entry: &[(&str, &str)]| {
        let entry = entry.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        InventoryItem::builder()
            .type_name(kind)
            .schema_version("1.0")
            .capture_time("2026-11-23T12:00:00Z")
            .content(entry.collect::<HashMap<_, _>>())
            .build()
            .unwrap()
    };
    let put = |item| ssm.put_inventory().instance_id(id).items(item).send();
    put(item("Custom:Rack", &[("Row", "7")])).await.unwrap();
    assert_eq!(code(put(item("AWS:Application", &[("Colour", "red")])).await), "InvalidItemContentException");
    assert_eq!(code(put(item("AWS:Weather", &[])).await), "InvalidTypeNameException");
    let list = || ssm.list_inventory_entries().instance_id(id).type_name("Custom:Rack").send();
    assert_eq!(list().await.unwrap().entries()[0]["Row"], "7");
    let dry = ssm.delete_inventory().type_name("Custom:Rack").dry_run(true).send().await.unwrap();
    assert_eq!(dry.deletion_summary().unwrap().total_count(), 1);
    assert_eq!(list().await.unwrap().entries().len(), 1);
    ssm.delete_inventory().type_name("Custom:Rack").send().await.unwrap();
    assert!(list().await.unwrap().entries().is_empty());
    assert_eq!(code(ssm.delete_inventory().type_name("AWS:File").send().await), "InvalidTypeNameException");
}
