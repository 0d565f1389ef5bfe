//! Services of models behind the same interface as those of the SDK.

use std::collections::{BTreeSet, HashSet};

use moonfleet_core::{Map, Pairs, STAY_LISTS, Shape, Type, Value};

use crate::{
    DOWNLOAD_TO, DOWNLOADED_FILE, Risk, SERVICES, Service, basic_service, catalogue, check, listed_service,
    nearest_service, service, service_names, text_forms,
};

fn operation(service_name: &str, name: &str) -> &'static crate::Operation {
    let service = service(service_name).expect("a service");
    service.operation(name).unwrap_or_else(|| panic!("{service_name}.{name} does not exist"))
}

#[test]
fn every_service_of_aws_is_known() {
    assert!(service_names().count() >= 445);
    assert!(catalogue().iter().map(|listed| listed.operations.len()).sum::<usize>() >= 19_900);
    for (alias, name) in [("alb", "elbv2"), ("rg", "resource_groups"), ("cfn", "cloudformation")] {
        assert_eq!(service(alias).map(|service| service.name), Some(name));
        assert_eq!(listed_service(alias).map(|listed| listed.name), Some(name));
    }
    assert!(basic_service("rg").is_some() && basic_service("alb").is_none(), "the SDK has Resource Groups");
    assert!(service("nonsense").is_none() && listed_service("nonsense").is_none());
}

#[test]
fn the_catalogue_has_the_names_and_risks_of_the_services() {
    for listed in catalogue().iter().filter(|listed| ["ec2", "rds", "s3", "sts"].contains(&listed.name)) {
        let service = listed.service();
        assert!(service.operations().iter().map(|operation| operation.name).eq(listed.operations.iter().copied()));
        assert!(service.waiters().iter().map(|waiter| waiter.name).eq(listed.waiters.iter().copied()));
        for operation in service.operations() {
            assert_eq!(listed.risk(operation.name), Some(operation.risk), "{}.{}", service.name, operation.name);
        }
        assert_eq!(listed.risk("no_such_operation"), None);
    }
}

#[test]
fn a_service_is_suggested_by_its_title_and_by_similar_names() {
    for (name, expected) in [
        ("rsd", Some("rds")),
        ("cloudwatch_logs", Some("logs")),
        ("Step Functions", Some("stepfunctions")),
        ("documentdb", Some("docdb")),
        ("resource-groups", Some("resource_groups")),
        ("elbv3", Some("elbv2")),
        ("zzzzzz", None),
    ] {
        assert_eq!(nearest_service(name), expected, "{name}");
    }
}

#[test]
fn the_risk_follows_from_the_verb_and_unknown_verbs_can_destroy() {
    for (service, name, risk) in [
        ("rds", "describe_db_instances", Risk::Read),
        ("rds", "start_db_instance", Risk::Write),
        ("rds", "delete_db_instance", Risk::Destroy),
        ("dynamodb", "batch_get_item", Risk::Read),
        ("dynamodb", "batch_write_item", Risk::Destroy),
        ("sqs", "purge_queue", Risk::Destroy),
        ("kms", "schedule_key_deletion", Risk::Destroy),
    ] {
        assert_eq!(operation(service, name).risk, risk, "{service}.{name}");
    }
}

#[test]
fn pages_follow_tokens_of_every_kind() {
    let pages = |service, name| operation(service, name).pages.as_ref().expect("it has pages");
    assert_eq!(pages("s3", "list_objects_v2").tokens.len(), 1);
    let tokens = &pages("route53", "list_resource_record_sets").tokens;
    let inputs: Vec<_> = tokens.iter().map(|token| token.input).collect();
    assert_eq!(inputs, ["start_record_name", "start_record_type", "start_record_identifier"]);
    // The token of a table's scan is a map.
    assert_eq!(pages("dynamodb", "scan").tokens[0].output, ["last_evaluated_key"]);
    assert_eq!(operation("s3", "list_objects_v2").items.as_ref().map(|items| items.path), Some(&["contents"][..]));
}

#[test]
fn pages_that_no_parameter_asks_for_are_known() {
    for (service, name, token) in [
        ("s3", "list_objects", "next_marker"),
        ("kinesis", "get_records", "next_shard_iterator"),
        ("logs", "get_log_events", "next_forward_token"),
        ("route53", "list_geo_locations", "next_continent_code"),
    ] {
        assert_eq!(operation(service, name).unfollowed_token(), Some(token), "{service}.{name}");
    }
    for (service, name) in [("s3", "list_objects_v2"), ("ce", "get_cost_and_usage"), ("kms", "describe_key")] {
        assert_eq!(operation(service, name).unfollowed_token(), None, "{service}.{name}");
    }
}

#[test]
fn lists_of_keys_and_values_are_maps_in_all_services() {
    let (mut tags, mut filters, mut services) = (0, 0, BTreeSet::new());
    let mut stay_lists: BTreeSet<&str> = STAY_LISTS.into();
    for name in service_names().filter(|name| !SERVICES.iter().any(|service| service.name == *name)) {
        for shape in structures_of(service(name).expect("a service")) {
            stay_lists.remove(shape.name);
            for field in shape.fields {
                match field.ty.pairs() {
                    Some((_, Pairs::KeyValue { .. })) => {
                        tags += 1;
                        services.insert(name);
                    }
                    Some((_, Pairs::KeyValues { .. })) => filters += 1,
                    None => {}
                }
            }
        }
    }
    assert_eq!(stay_lists, BTreeSet::new(), "structures that are gone; remove their rows");
    assert_eq!(
        (tags, services.len(), filters),
        (1630, 186, 331),
        "fields with tags, their services, fields with filters"
    );
}

/// Returns the structures of a service, each once.
fn structures_of(service: &'static Service) -> Vec<&'static Shape> {
    let mut found: Vec<&'static Shape> = Vec::new();
    let mut seen = HashSet::new();
    let mut left: Vec<_> = service.operations().iter().flat_map(|each| [each.input(), each.output()]).collect();
    while let Some(shape) = left.pop() {
        if seen.insert(std::ptr::from_ref(shape)) {
            found.push(shape);
            left.extend(shape.fields.iter().filter_map(|field| field.ty.structure()));
        }
    }
    found
}

#[test]
fn tags_are_maps_whatever_their_fields_are_called() {
    let field = |service, name, field| operation(service, name).input().field(field).expect("a field").ty.pairs();
    let pairs = |of: Option<(_, Pairs)>| of.map(|(_, pairs)| pairs);
    let names = |key, value| Some(Pairs::KeyValue { key, value });
    assert_eq!(pairs(field("rds", "add_tags_to_resource", "tags")), names("key", "value"));
    assert_eq!(pairs(field("kms", "tag_resource", "tags")), names("tag_key", "tag_value"));
    // Each tag says whether instances inherit it.
    assert_eq!(pairs(field("autoscaling", "create_or_update_tags", "tags")), None);
    let filters = pairs(field("rds", "describe_db_instances", "filters"));
    assert_eq!(filters, Some(Pairs::KeyValues { key: "name", values: "values" }));
    let filters = pairs(field("secretsmanager", "list_secrets", "filters"));
    assert_eq!(filters, Some(Pairs::KeyValues { key: "key", values: "values" }));
}

#[test]
fn policies_may_be_tables_and_user_data_is_sent_as_base64() {
    let policy = Value::Map(Map::from_iter([("Version".to_owned(), Value::from("2012-10-17"))]));
    for (service, name, id, field) in [
        ("s3", "put_bucket_policy", "bucket", "policy"),
        ("kms", "put_key_policy", "key_id", "policy"),
        ("secretsmanager", "put_resource_policy", "secret_id", "resource_policy"),
        ("ecr", "set_repository_policy", "repository_name", "policy_text"),
    ] {
        let input = Map::from_iter([(id.to_owned(), Value::from("x")), (field.to_owned(), policy.clone())]);
        let checked = check(service, operation(service, name), Value::Map(input)).expect("it is valid");
        assert_eq!(checked.get(field), Some(&Value::from(r#"{"Version":"2012-10-17"}"#)), "{service}.{name}");
    }
    let data = Map::from_iter([("user_data".to_owned(), Value::from("#!/bin/sh"))]);
    let sent = text_forms::to_send(operation("autoscaling", "create_launch_configuration").input(), data);
    assert_eq!(sent.get("user_data"), Some(&Value::from("IyEvYmluL3No")));
}

#[test]
fn an_empty_list_is_sent_where_it_has_a_meaning_of_its_own() {
    let input = |name: &str, value: Value| Value::Map(Map::from_iter([(name.to_owned(), value)]));
    let empty = || Value::List(Vec::new());
    let checked = |service, name, value| check(service, operation(service, name), value).map_err(|e| e.to_string());
    let mut detached = Map::from_iter([("function_name".to_owned(), Value::from("f"))]);
    detached.set("vpc_config", input("subnet_ids", empty()));
    let detached = checked("lambda", "update_function_configuration", Value::Map(detached)).expect("it is valid");
    assert_eq!(detached.get("vpc_config"), Some(&input("subnet_ids", empty())));
    for (service, name, field) in [
        ("rds", "describe_db_instances", "filters"),
        ("autoscaling", "describe_auto_scaling_groups", "auto_scaling_group_names"),
        ("cloudwatch", "describe_alarms", "alarm_names"),
        ("resourcegroupstaggingapi", "get_resources", "tag_filters"),
    ] {
        let refused = checked(service, name, input(field, empty())).expect_err("all resources");
        assert!(refused.contains("the list is empty"), "{refused}");
    }
}

#[test]
fn inputs_are_checked_along_the_model() {
    let describe = operation("rds", "describe_db_instances");
    let input = Map::from_iter([("db_instance".to_owned(), Value::from("ledger"))]);
    let error = check("rds", describe, Value::Map(input)).unwrap_err().to_string();
    assert!(error.contains("unknown parameter 'db_instance'"), "{error}");
    let error = check("sqs", operation("sqs", "create_queue"), Value::Nil).unwrap_err().to_string();
    assert!(error.contains("required parameter 'queue_name' is missing"), "{error}");
}

#[test]
fn no_operation_has_a_field_with_the_name_of_ours_for_files() {
    let mut downloads = 0;
    for service in service_names().filter_map(service) {
        for operation in service.operations() {
            let count = |shape: &Shape, name| shape.names().filter(|field| *field == name).count();
            if operation.output().fields.iter().any(|field| field.is_stream) {
                downloads += 1;
                assert_eq!(count(operation.input(), DOWNLOAD_TO), 1, "{}.{}", service.name, operation.name);
                assert_eq!(count(operation.output(), DOWNLOADED_FILE), 1, "{}.{}", service.name, operation.name);
            }
        }
    }
    assert!(downloads > 25, "{downloads}");
}

#[test]
fn a_file_is_read_for_each_required_checksum() {
    for model in service_names().filter_map(moonfleet_models::service) {
        for operation in model.operations().filter(|operation| operation.checksum.as_ref().is_some_and(|c| c.required))
        {
            let input = operation.input.as_ref().and_then(|input| model.shape(input.target).as_structure());
            if input.is_some_and(|input| input.members.iter().any(|member| member.streaming)) {
                let checksum = moonfleet_protocols::checksum_for_stream(model, operation, &Map::default());
                assert!(checksum.is_some(), "{}.{}", model.name, operation.name);
            }
        }
    }
}

#[test]
fn answers_show_personal_data_and_hide_credentials() {
    let accounts = operation("organizations", "list_accounts").output();
    let account = accounts.field("accounts").and_then(|field| field.ty.structure()).expect("accounts");
    assert!(["name", "email"].iter().all(|name| !account.field(name).expect("a field").secret));
    let given = operation("organizations", "create_account").input();
    assert!(["account_name", "email"].iter().all(|name| given.field(name).expect("a field").secret));
    let value = operation("secretsmanager", "get_secret_value").output();
    assert!(value.field("secret_string").expect("a field").secret);
    assert!(operation("kms", "decrypt").output().field("plaintext").expect("a field").secret);
}

#[test]
fn lists_and_maps_of_secrets_are_secret() {
    let field = |service, name, field| operation(service, name).input().field(field).expect("a field");
    assert!(field("rds", "create_db_instance", "master_user_password").secret);
    let mut found = 0;
    for name in ["lambda", "cognito_idp", "chime", "codebuild", "ssm_incidents", "location"] {
        for operation in service(name).expect("a service").operations() {
            let is_collection = |ty: &Type| matches!(ty, Type::List(Type::String) | Type::Map(Type::String));
            let fields = operation.input().fields.iter().chain(operation.output().fields);
            found += fields.filter(|field| field.secret && is_collection(&field.ty)).count();
        }
    }
    assert!(found > 0, "no list or map of texts is secret");
}

#[test]
fn shapes_that_hold_themselves_end() {
    // The value of an item can be a list of values.
    let value = operation("dynamodb", "put_item").input().field("item").expect("a field");
    let Type::Map(Type::Structure(value)) = value.ty else { panic!("a map of structures") };
    assert!(value.get().is_union);
    let list = value.get().field("l").expect("a list").ty.structure().expect("of structures");
    assert!(std::ptr::eq(list, value.get()));
}
