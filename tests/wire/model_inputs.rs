//! Inputs and answers of services from models, as they are on the wire: maps of tags and filters, empty lists, pages.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn a_function_is_detached_from_its_subnets_by_empty_lists() {
    let server = Server::always(Reply::rest(r#"{"FunctionName": "f"}"#));
    let updated = changing(&server).eval(
        "aws.service('lambda').update_function_configuration{
           function_name='f', vpc_config={subnet_ids={}, security_group_ids=json.list()}}",
    );
    assert_eq!(updated["function_name"], "f");
    assert_eq!(server.requests()[0].json(), json!({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}}));
}

#[test]
fn tags_are_maps_under_the_names_that_the_service_has_for_them() {
    let server = Server::start(|request| match request.header("x-amz-target") {
        Some(target) if target.ends_with("ListResourceTags") => {
            Reply::json(r#"{"Tags": [{"TagKey": "Team", "TagValue": "db"}, {"TagKey": "Empty"}]}"#)
        }
        _ => Reply::json("{}"),
    });
    let tags = on(&server).eval("aws.service('kms').list_resource_tags{key_id='k'}.tags");
    assert_eq!(tags, json!({"Team": "db", "Empty": ""}));
    changing(&server).returned(
        "local kms = aws.service 'kms'
         kms.tag_resource{key_id='k', tags={Team='db'}}
         kms.tag_resource{key_id='k', tags={{tag_key='Team', tag_value='db'}}}
         kms.tag_resource{key_id='k', tags={{TagKey='Team', TagValue='db'}}}
         return true",
    );
    let sent: Vec<_> = server.requests()[1..].iter().map(|request| request.json()["Tags"].clone()).collect();
    assert_eq!(sent, vec![json!([{"TagKey": "Team", "TagValue": "db"}]); 3]);
}

#[test]
fn filters_are_maps_in_the_query_protocol() {
    let xml = r#"<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
        <DescribeDBInstancesResult><DBInstances/></DescribeDBInstancesResult></DescribeDBInstancesResponse>"#;
    let server = Server::always(Reply::xml(xml));
    on(&server).eval("aws.service('rds').describe_db_instances{filters={engine={'mysql', 'postgres'}}}.db_instances");
    let parameter = |name: &str| server.requests()[0].parameter(name);
    for (name, value) in [("Name", "engine"), ("Values.Value.1", "mysql"), ("Values.Value.2", "postgres")] {
        assert_eq!(parameter(&format!("Filters.Filter.1.{name}")).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn lists_go_on_over_pages_that_follow_from_the_tokens() {
    let server = Server::start(|request| {
        let (id, token) =
            if request.parameter("NextToken").is_some() { ("2", "") } else { ("1", "<NextToken>more</NextToken>") };
        Reply::xml(format!(
            r#"<DescribeInstanceRefreshesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
            <DescribeInstanceRefreshesResult><InstanceRefreshes><member><InstanceRefreshId>{id}</InstanceRefreshId></member>
            </InstanceRefreshes>{token}</DescribeInstanceRefreshesResult></DescribeInstanceRefreshesResponse>"#
        ))
    });
    let refreshes =
        on(&server).eval("aws.service('autoscaling').describe_instance_refreshes.all{auto_scaling_group_name='g'}");
    assert_eq!(refreshes[0]["instance_refresh_id"], "1");
    assert_eq!(refreshes[1]["instance_refresh_id"], "2");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_list_whose_pages_cannot_be_followed_is_refused_by_name() {
    let server = Server::always(Reply::Hangup);
    for (call, token) in [
        ("aws.service('s3').list_objects.all{bucket='b'}", "next_marker"),
        ("aws.service('kinesis').get_records.items{shard_iterator='s'}", "next_shard_iterator"),
    ] {
        let error = caught(on(&server), call);
        let message = error.to_string();
        assert!(message.contains(&format!("can go on at its `{token}`")), "{message}");
    }
    server.saw_nothing();
}

#[test]
fn a_date_of_expiry_that_is_none_is_left_out() {
    let object = |expires: &str| {
        let server = Server::always(Reply::rest("body").header("expires", expires));
        on(&server).eval("aws.service('s3').get_object{bucket='b', key='k'}")
    };
    let wrong = object("0");
    assert_eq!((&wrong["body"], &wrong["expires"]), (&json!("body"), &json!(null)));
    assert_eq!(object("Sat, 31 Jan 2026 07:00:00 GMT")["expires"], "2026-01-31T07:00:00Z");
}
