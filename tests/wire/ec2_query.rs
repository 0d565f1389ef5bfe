//! EC2 query: parameters by position, XML answers.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn ec2_gets_filters_given_as_a_map() {
    let server = Server::always(instances(&[], None));
    on(&server).eval(
        r#"ec2.describe_instances{filters={["tag:App"]="App20", ["instance-state-name"]={"running","stopped"}}, max_results=50}"#,
    );
    assert_eq!(
        sent(&server, 0),
        pairs(&[
            ("Filter.1.Name", "instance-state-name"),
            ("Filter.1.Value.1", "running"),
            ("Filter.1.Value.2", "stopped"),
            ("Filter.2.Name", "tag:App"),
            ("Filter.2.Value.1", "App20"),
            ("MaxResults", "50"),
        ])
    );
    let request = &server.requests()[0];
    assert_eq!(request.operation(), "DescribeInstances");
    assert!(request.header("authorization").is_some_and(|a| a.contains("/eu-central-1/ec2/aws4_request")));
}

#[test]
fn ec2_gets_filters_in_aws_own_form() {
    let server = Server::always(instances(&[], None));
    on(&server).eval(r#"ec2.describe_instances{filters={{name="tag:App", values={"App20"}}}}"#);
    on(&server).eval(r#"ec2.describe_instances{filters={{Name="tag:App", Values={"App20"}}}}"#);
    for number in 0..2 {
        assert_eq!(sent(&server, number), pairs(&[("Filter.1.Name", "tag:App"), ("Filter.1.Value.1", "App20")]));
    }
}

#[test]
fn ec2_gets_tags_ids_and_nested_structures() {
    let server =
        Server::always(ec2_error(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."));
    let error = caught(
        on(&server),
        r#"ec2.run_instances{
             image_id="ami-1", instance_type="t3.micro", min_count=1, max_count=2, dry_run=true, client_token="once",
             security_group_ids={"sg-1", "sg-2"},
             tag_specifications={{resource_type="instance", tags={App="App20"}}},
             block_device_mappings={{device_name="/dev/xvda", ebs={volume_size=30, delete_on_termination=true}}},
           }"#,
    );
    assert_eq!(error["code"], "DryRunOperation");
    assert_eq!(
        sent(&server, 0),
        pairs(&[
            ("BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
            ("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"),
            ("BlockDeviceMapping.1.Ebs.VolumeSize", "30"),
            ("ClientToken", "once"),
            ("DryRun", "true"),
            ("ImageId", "ami-1"),
            ("InstanceType", "t3.micro"),
            ("MaxCount", "2"),
            ("MinCount", "1"),
            ("SecurityGroupId.1", "sg-1"),
            ("SecurityGroupId.2", "sg-2"),
            ("TagSpecification.1.ResourceType", "instance"),
            ("TagSpecification.1.Tag.1.Key", "App"),
            ("TagSpecification.1.Tag.1.Value", "App20"),
        ])
    );
}

#[test]
fn ec2_takes_times_as_values_and_as_text() {
    let server = Server::always(Reply::xml(
        r#"<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotPriceHistorySet/>
           </DescribeSpotPriceHistoryResponse>"#,
    ));
    on(&server).eval(
        r#"ec2.describe_spot_price_history{start_time=time.parse("2026-01-31T07:00:00Z"), end_time="2026-02-01T00:00:00+01:00"}"#,
    );
    assert_eq!(sent(&server, 0), pairs(&[("EndTime", "2026-01-31T23:00:00Z"), ("StartTime", "2026-01-31T07:00:00Z")]));
}

#[test]
fn ec2_answers_are_tables_with_tags_as_maps_and_times_as_values() {
    let server = Server::always(instances(&[&["i-1"]], None));
    let rows = on(&server).returned(
        r#"local answer = ec2.describe_instances{}
           local instance = answer.reservations[1].instances[1]
           return {
             count = #answer.reservations, id = instance.instance_id, app = instance.tags.App, name = instance.tags.Name,
             state = instance.state.name, code = instance.state.code, optimized = instance.ebs_optimized,
             volume = instance.block_device_mappings[1].ebs.volume_id,
             launched = tostring(instance.launch_time),
             hour_later = instance.launch_time + time.hours(1) > instance.launch_time,
             age = instance.block_device_mappings[1].ebs.attach_time - instance.launch_time,
             absent = instance.platform == nil, no_token = answer.next_token == nil, dns = instance.private_dns_name,
           }"#,
    );
    assert_eq!(
        rows,
        json!({
            "count": 1, "id": "i-1", "app": "App20", "name": "i-1 & co", "state": "running", "code": 16,
            "optimized": false, "volume": "vol-1", "launched": "2026-01-31T07:00:00Z", "hour_later": true, "age": 5,
            "absent": true, "no_token": true, "dns": "",
        })
    );
}

#[test]
fn empty_lists_stay_lists() {
    let server = Server::always(instances(&[], None));
    assert_eq!(on(&server).eval("ec2.describe_instances{}"), json!({"reservations": []}));
    assert_eq!(on(&server).eval("ec2.describe_instances.all{}"), json!([]));

    let server = Server::always(instances(&[&["i-1"]], None));
    let instance = &on(&server).eval("ec2.describe_instances.all{}")[0];
    assert_eq!(instance["product_codes"], json!([]));
    assert_eq!(instance["network_interfaces"], json!([]), "a list that the answer does not contain");
    assert_eq!(instance["tags"], json!({"App": "App20", "Name": "i-1 & co"}));
    assert_eq!(instance["launch_time"], "2026-01-31T07:00:00Z");
}

#[test]
fn items_of_describe_instances_are_instances_with_their_reservation() {
    let server = Server::always(instances(&[&["i-1", "i-2"], &["i-3"]], None));
    let rows = on(&server).returned(
        "local rows = {}
         for at, i in ipairs(ec2.describe_instances.all{}) do
           rows[at] = i.instance_id .. ' ' .. i.reservation_id .. ' ' .. i.owner_id
         end
         return rows",
    );
    assert_eq!(rows, json!(["i-1 r-0i-1 123456789012", "i-2 r-0i-1 123456789012", "i-3 r-1i-3 123456789012"]));
}
