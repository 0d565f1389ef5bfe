//! Checks of inputs, on real operations.

use moonfleet_core::{Map, Secret, Value};

use crate::{check, secrets, service};

fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn checked(operation: &str, input: Value) -> Result<Map, String> {
    let (service_name, operation) = operation.split_once('.').expect("service.operation");
    let service = service(service_name).expect("a service");
    let operation = service.operation(operation).expect("an operation");
    check(service.name, operation, input).map_err(|e| e.to_string())
}

fn error_of(operation: &str, input: Value) -> String {
    checked(operation, input).expect_err("the input is bad")
}

const DESCRIBE: &str = "ec2.describe_instances";

#[test]
fn filters_as_maps_become_aws_lists() {
    let filters =
        map([("tag:App", "App20".into()), ("instance-state-name", list(["running".into(), "stopped".into()]))]);
    let as_map = checked(DESCRIBE, map([("filters", filters)]));
    let as_list = checked(
        DESCRIBE,
        map([(
            "filters",
            list([
                map([("name", "tag:App".into()), ("values", list(["App20".into()]))]),
                map([("Name", "instance-state-name".into()), ("Values", list(["running".into(), "stopped".into()]))]),
            ]),
        )]),
    );
    assert!(as_map.is_ok());
    assert_eq!(as_map, as_list);
}

#[test]
fn tags_as_maps_become_aws_lists() {
    let tags = |tags| map([("resources", list(["i-1".into()])), ("tags", tags)]);
    let as_map = checked("ec2.create_tags", tags(map([("App", "App20".into())])));
    let as_list = checked("ec2.create_tags", tags(list([map([("key", "App".into()), ("value", "App20".into())])])));
    assert!(as_map.is_ok());
    assert_eq!(as_map, as_list);
}

#[test]
fn filter_values_become_text() {
    let filters = map([("ebs-optimized", Value::Bool(true)), ("instance-state-code", Value::Integer(16))]);
    let checked = checked(DESCRIBE, map([("filters", filters)])).expect("the input is good");
    let text = format!("{checked:?}");
    assert!(text.contains("\"true\"") && text.contains("\"16\""), "{text}");
}

#[test]
fn unknown_parameters_are_errors_with_path_and_suggestion() {
    assert_eq!(
        error_of(DESCRIBE, map([("filter", Value::Nil)])),
        "ec2.describe_instances: unknown parameter 'filter'; did you mean 'filters'?"
    );
    let input = map([
        ("min_count", Value::Integer(1)),
        ("max_count", Value::Integer(1)),
        ("placement", map([("tenanzy", "default".into())])),
    ]);
    assert_eq!(
        error_of("ec2.run_instances", input),
        "ec2.run_instances: placement: unknown parameter 'tenanzy'; did you mean 'tenancy'?"
    );
}

#[test]
fn wrong_types_are_errors_with_path_and_both_types() {
    let input = map([("instance_ids", list(["i-1".into(), Value::Integer(2)]))]);
    assert_eq!(error_of(DESCRIBE, input), "ec2.describe_instances: instance_ids[2]: expected string, got integer");
    let input = map([("filters", map([("tag:App", map([("x", "y".into())]))]))]);
    assert_eq!(
        error_of(DESCRIBE, input),
        "ec2.describe_instances: filters[\"tag:App\"]: expected string or list of strings, got table"
    );
    let input = map([("max_results", Value::Float(1.5))]);
    assert_eq!(error_of(DESCRIBE, input), "ec2.describe_instances: max_results: expected integer, got number");
    let input = map([("max_results", Value::Integer(1 << 40))]);
    assert!(error_of(DESCRIBE, input).ends_with("does not fit into 32 bits"));
}

#[test]
fn whole_floats_are_integers() {
    assert!(checked(DESCRIBE, map([("max_results", Value::Float(50.0))])).is_ok());
}

#[test]
fn missing_parameters_are_named() {
    assert_eq!(error_of("iam.create_user", Value::Nil), "iam.create_user: required parameter 'user_name' is missing");
    assert_eq!(
        error_of("ec2.run_instances", Value::Nil),
        "ec2.run_instances: required parameters are missing: max_count, min_count"
    );
}

#[test]
fn empty_lists_are_errors() {
    let empty = || Value::Map(Map::default());
    for input in [
        map([("instance_ids", list([]))]),
        map([("instance_ids", empty())]),
        map([("filters", empty())]),
        map([("filters", map([("tag:App", list([]))]))]),
        map([("filters", map([("tag:App", empty())]))]),
    ] {
        assert!(error_of(DESCRIBE, input.clone()).contains("leave"), "{input:?}");
    }
    let input = map([("resources", list(["i-1".into()])), ("tags", empty())]);
    assert!(error_of("ec2.delete_tags", input).contains("tags: the list is empty"));
}

#[test]
fn unions_have_exactly_one_key() {
    let both = map([("automation", map([])), ("other", map([]))]);
    let input = map([("document_name", "AWS-X".into()), ("execution_inputs", both)]);
    assert_eq!(
        error_of("ssm.start_execution_preview", input),
        "ssm.start_execution_preview: execution_inputs: expected exactly one of automation, got 2 keys"
    );
}

#[test]
fn times_are_read_from_text() {
    let input = map([("start_time", "2026-01-31T07:00:00Z".into()), ("availability_zone", "eu-west-1a".into())]);
    let checked = checked("ec2.describe_spot_price_history", input).expect("the input is good");
    assert!(matches!(checked.get("start_time"), Some(Value::Time(_))));
    let error = error_of("ec2.describe_spot_price_history", map([("start_time", "yesterday".into())]));
    assert!(error.contains("start_time: expected a time such as"), "{error}");
}

fn secrets_of(operation: &str, input: &Value) -> Vec<String> {
    let (service_name, name) = operation.split_once('.').expect("service.operation");
    let operation = service(service_name).and_then(|service| service.operation(name)).expect("an operation");
    let mut seen = Vec::new();
    secrets::visit_input(operation, input, &mut |text| seen.push(String::from_utf8_lossy(text).into_owned()));
    seen
}

#[test]
fn secrets_are_revealed_only_in_checked_input() {
    let secret = || Value::Secret(Secret::new("hunter2"));
    let input = map([("user_name", "me".into()), ("password", secret())]);
    assert_eq!(format!("{input:?}").matches("hunter2").count(), 0);
    let sent = checked("iam.create_login_profile", input).expect("a good input");
    assert_eq!(sent.get("password"), Some(&"hunter2".into()));
    let tags = map([("resources", list([secret()])), ("tags", map([("a", secret())]))]);
    let sent = checked("ec2.create_tags", tags).expect("a good input");
    assert_eq!(sent.get("resources"), Some(&list(["hunter2".into()])));
}

#[test]
fn secrets_are_found_even_in_wrong_input() {
    let create = "iam.create_login_profile";
    assert_eq!(secrets_of(create, &map([("user_name", "me".into()), ("password", "pw".into())])), ["pw"]);
    assert_eq!(secrets_of(create, &map([("pasword", "pw".into())])), ["pw"]);
    assert_eq!(secrets_of(create, &map([("password", list(["pw".into()]))])), ["pw"]);
    let put = |ty: &str| secrets_of("ssm.put_parameter", &map([("value", "v".into()), ("type", ty.into())]));
    assert_eq!((put("SecureString").len(), put("String").len()), (1, 0));
    let data = map([("user_data", "script".into()), ("key_name", "k".into())]);
    assert_eq!(secrets_of("ec2.create_launch_template", &map([("launch_template_data", data)])), ["script"]);
}
