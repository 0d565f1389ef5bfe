//! The operations that are refused by name.

use std::collections::BTreeMap;

use moonfleet_core::{Map, Value};
use moonfleet_protocols::{Error, Settings, check_coverage};

use crate::{call, map};

#[test]
fn operations_are_refused_by_name() {
    let mut refused: BTreeMap<String, (usize, Vec<&str>)> = BTreeMap::new();
    let mut covered = 0;
    for name in moonfleet_models::service_names() {
        let service = moonfleet_models::service(name).expect("a service");
        for operation in service.operations() {
            match check_coverage(service, operation) {
                Ok(()) => covered += 1,
                Err(error) => {
                    let (count, services) = refused.entry(error.to_string()).or_default();
                    *count += 1;
                    if services.last() != Some(&name) {
                        services.push(name);
                    }
                }
            }
        }
    }
    let lines = refused.iter().map(|(what, (count, services))| format!("{count} {what}: {}", services.join(", ")));
    let report = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(report, include_str!("refused.txt").trim_end(), "the refused operations have changed");
    assert!(covered > 19_900, "only {covered} operations are covered");
}

#[test]
fn buckets_that_need_another_signature_are_refused() {
    let (api, operation) = call("s3.get_object");
    let settings = Settings { region: Some("us-east-1".to_owned()), ..Settings::default() };
    let signing = |bucket: &str| {
        let input = Map(vec![("bucket".to_owned(), bucket.into()), ("key".to_owned(), "k".into())]);
        api.endpoint(operation, &input, &settings).and_then(|endpoint| endpoint.signing())
    };
    let plain = signing("bucket").expect("an endpoint");
    assert_eq!((plain.name.as_deref(), plain.double_encoding), (Some("s3"), Some(false)));
    let express = signing("bucket--use1-az4--x-s3");
    assert_eq!(express, Err(Error::NotCovered("requests signed with sigv4-s3express".to_owned())));
    let several = signing("arn:aws:s3::123456789012:accesspoint:mrap.mrap");
    assert_eq!(several, Err(Error::NotCovered("requests signed with sigv4a".to_owned())));
}

#[test]
fn parameters_of_the_rules_come_from_the_operation() {
    let (api, operation) = call("s3control.list_access_points");
    let settings = Settings { region: Some("eu-west-1".to_owned()), ..Settings::default() };
    let endpoint = api.endpoint(operation, &map(r#"{"account_id":"123456789012"}"#), &settings).expect("an endpoint");
    assert_eq!(endpoint.url, "https://123456789012.s3-control.eu-west-1.amazonaws.com");
    let own = Settings { endpoint_url: Some("http://127.0.0.1:4566".to_owned()), ..settings };
    let (api, operation) = call("sqs.list_queues");
    assert_eq!(api.endpoint(operation, &Map::default(), &own).expect("an endpoint").url, "http://127.0.0.1:4566");
    let global = api.endpoint(operation, &Map::default(), &Settings { use_fips: true, ..own });
    assert!(matches!(global, Err(Error::Endpoint(_))), "{global:?}");
    let none = api.endpoint(operation, &Map(vec![("queue_name_prefix".to_owned(), Value::Nil)]), &Settings::default());
    assert!(matches!(none, Err(Error::Endpoint(_))), "{none:?}");
}

#[test]
fn host_prefixes_are_not_in_endpoints_already() {
    let settings = Settings { region: Some("us-east-1".to_owned()), ..Settings::default() };
    let mut count = 0;
    let mut doubled = std::collections::BTreeSet::new();
    for name in moonfleet_models::service_names() {
        let service = moonfleet_models::service(name).expect("a service");
        for operation in service.operations().filter(|operation| operation.host_prefix.is_some()) {
            let structure = operation.input.as_ref().and_then(|input| service.shape(input.target).as_structure());
            let labels = structure.iter().flat_map(|structure| &structure.members).filter(|member| member.host_label);
            let input: Map = labels.map(|member| (member.name.to_string(), Value::from("label"))).collect();
            let prefix = operation.host_prefix.unwrap_or_default().split('{').next().unwrap_or_default();
            let prefix = if prefix.is_empty() { "label." } else { prefix };
            // Some services need other parameters for an endpoint.
            let Ok(endpoint) = moonfleet_protocols::Api::of(service).endpoint(operation, &input, &settings) else {
                continue;
            };
            count += 1;
            if endpoint.url.contains(&format!("://{prefix}")) {
                doubled.insert(name);
            }
        }
    }
    assert!(count > 100, "{count}");
    // Those of `HOST_PREFIX_IS_IN_ENDPOINT` in `quirks.rs`.
    assert_eq!(doubled.into_iter().collect::<Vec<_>>(), ["s3control"]);
}
