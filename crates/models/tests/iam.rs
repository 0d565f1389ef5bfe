//! The actions of IAM, compared with AWS's Service Authorization Reference.

mod authorization;

use std::collections::BTreeSet;

use moonfleet_models::iam::{exceptions, named_action};
use moonfleet_models::{Operation, Service, service, service_names};

use authorization::{Reference, golden};

fn operations() -> impl Iterator<Item = (&'static Service, &'static Operation)> {
    service_names().flat_map(|name| {
        let service = service(name).expect("it has a model");
        service.operations().map(move |operation| (service, operation))
    })
}

#[test]
fn actions_exist_in_the_reference_or_are_listed_as_unknown() {
    let reference = Reference::read();
    let mut unknown = Vec::new();
    let mut known = 0;
    for (service, operation) in operations() {
        match named_action(service, operation) {
            Some(action) if reference.level(&action).is_none() => {
                unknown.push(format!("{}.{} {action}", service.name, operation.name));
            }
            _ => known += 1,
        }
    }
    assert!(known >= 19_100, "only {known} actions are known");
    golden("iam/unknown.txt", &unknown);
}

#[test]
fn every_exception_is_needed() {
    let lines: Vec<_> = exceptions().collect();
    assert!(lines.is_sorted(), "crates/models/iam/actions.txt is not sorted");
    let names: BTreeSet<&str> = lines.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), lines.len(), "a name has two lines in crates/models/iam/actions.txt");
    for (name, exception) in lines {
        let (service_name, operation) = name.split_once('.').unwrap_or((name, ""));
        let service =
            service(service_name).unwrap_or_else(|| panic!("{name}: there is no such service; remove the line"));
        if operation.is_empty() {
            assert_ne!(exception, service.metadata.signing_name, "{name} has this prefix anyway; remove the line");
            continue;
        }
        let operation = service.operation(operation);
        let operation = operation.unwrap_or_else(|| panic!("{name}: there is no such operation; remove the line"));
        let by_name = format!("{}:{}", service.metadata.signing_name, operation.api_name);
        let other_prefix = names.contains(service_name);
        assert!(exception != by_name || other_prefix, "{name} has this action anyway; remove the line");
    }
}

#[test]
fn prefixes_and_actions_follow_the_reference() {
    let action = |service_name: &str, operation: &str| {
        let service = service(service_name).expect("a service");
        moonfleet_models::iam::action(service, service.operation(operation).expect("an operation"))
    };
    for (service, operation, expected) in [
        ("cloudwatch", "list_metrics", "cloudwatch:ListMetrics"),
        ("logs", "describe_log_groups", "logs:DescribeLogGroups"),
        ("elbv2", "describe_load_balancers", "elasticloadbalancing:DescribeLoadBalancers"),
        ("sesv2", "send_email", "ses:SendEmail"),
        ("apigateway", "get_rest_apis", "apigateway:GET"),
        ("apigatewayv2", "delete_api", "apigateway:DELETE"),
        ("stepfunctions", "list_state_machines", "states:ListStateMachines"),
        ("opensearch", "describe_domains", "es:DescribeDomains"),
        ("resourcegroupstaggingapi", "get_resources", "tag:GetResources"),
        ("dynamodbstreams", "list_streams", "dynamodb:ListStreams"),
        ("bedrock_runtime", "converse", "bedrock:InvokeModel"),
        ("iot_data", "publish", "iot:Publish"),
        ("s3", "list_objects_v2", "s3:ListBucket"),
        ("sso_admin", "list_instances", "sso:ListInstances"),
        ("ec2", "describe_tags", "ec2:DescribeTags"),
        ("resource_groups", "get_group", "resource-groups:GetGroup"),
    ] {
        assert_eq!(action(service, operation).as_deref(), Some(expected), "{service}.{operation}");
    }
    for (service, operation) in
        [("sts", "get_caller_identity"), ("sts", "assume_role_with_saml"), ("sso", "list_accounts")]
    {
        assert_eq!(action(service, operation), None, "{service}.{operation}");
    }
}
