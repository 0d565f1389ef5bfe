//! The simulated account of `--sandbox`, and the names of its operations.

use serde_json::json;

use crate::support::{Shell, sandbox};

#[test]
fn a_service_lists_its_operations() {
    let counted = Shell::new().returned("local n = 0 for name, op in pairs(ec2) do n = n + 1 end return n");
    assert_eq!(counted, 830, "pairs lists all operations");
}

#[test]
fn the_sandbox_filters_by_tag() {
    let found = sandbox().eval(r#"ec2.describe_instances.all{filters={["tag:App"]="App20"}}"#);
    let found = found.as_array().expect("a list");
    assert!(found.len() >= 3);
    assert!(found.iter().all(|instance| instance["tags"]["App"] == "App20"));
    let all = sandbox().eval("#ec2.describe_instances.all{}");
    assert!(all.as_u64().is_some_and(|all| all > found.len() as u64), "there are others");
}

#[test]
fn the_sandbox_ignores_the_aws_configuration() {
    let ran = Shell::new()
        .sandbox()
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_PROFILE", "absent")
        .args(["-p", "sts.get_caller_identity().account"]);
    ran.run().code(0).printed("123456789012\n");
}

#[test]
fn operations_without_simulation_are_errors_with_their_name() {
    sandbox().chunk("ec2.create_vpn_gateway{type='ipsec.1'}").code(1).says("ec2.create_vpn_gateway").says("simulate");
}

#[test]
fn an_unknown_filter_is_an_error_as_in_aws() {
    sandbox()
        .chunk("ec2.describe_instances{filters={['no-such-filter']='x'}}")
        .code(1)
        .says("InvalidParameterValue")
        .says("no-such-filter");
}

#[test]
fn suggestions_for_read_operations_are_no_changes() {
    for (wrong, right) in [
        ("list_instances", "describe_instances"),
        ("get_instances", "describe_instances"),
        ("descibe_instances", "describe_instances"),
        ("start_instance", "start_instances"),
    ] {
        sandbox().chunk(&format!("ec2.{wrong}()")).code(1).says(&format!("did you mean ec2.{right}?"));
    }
    sandbox().chunk("ec2.wait.instance_stopped{instance_ids={'i-1'}, timeuot='3s'}").code(1).says("timeout and delay");
}

#[test]
fn services_from_models_are_simulated_or_refused_by_their_name() {
    let buckets = sandbox().returned(
        "local s3 = aws.service 's3'
         s3.put_object{bucket='logs', key='a/b.txt', body='hello', metadata={owner='ada'}}
         local read = s3.get_object{bucket='logs', key='a/b.txt'}
         local names = {}
         for _, bucket in ipairs(s3.list_buckets().buckets) do names[#names + 1] = bucket.name end
         return {names, read.body, read.metadata.owner, s3.list_objects_v2{bucket='logs', delimiter='/'}.common_prefixes[1].prefix}",
    );
    let names = json!(["logs", "moonfleet-demo-app20-files", "moonfleet-demo-archive"]);
    assert_eq!(buckets, json!([names, "hello", "ada", "a/"]));
    for name in ["rds.describe_db_instances", "elbv2.describe_load_balancers", "s3.list_objects_v2"] {
        let (service, operation) = name.split_once('.').unwrap();
        let input = if service == "s3" { "{bucket='none-of-ours'}" } else { "{}" };
        let ran = sandbox().chunk(&format!("aws.service('{service}').{operation}{input}"));
        let problem =
            if service == "s3" { "NoSuchBucket".to_owned() } else { format!("the sandbox does not simulate {name}") };
        ran.code(1).says(&problem);
    }
}
