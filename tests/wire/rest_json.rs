//! REST JSON: Resource Groups.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn resource_groups_pages_in_the_query_and_in_the_body() {
    let group = |name: &str| format!(r#"{{"GroupName":"{name}","GroupArn":"arn:aws:resource-groups:::group/{name}"}}"#);
    let server = Server::start(move |request| match request.path().contains("nextToken=t%2F2") {
        false => Reply::rest(format!(r#"{{"GroupIdentifiers":[{}],"NextToken":"t/2"}}"#, group("a"))),
        true => Reply::rest(format!(r#"{{"GroupIdentifiers":[{}]}}"#, group("b"))),
    });
    let names = on(&server).returned(
        r#"local names = {}
           for g in rg.list_groups.items{filters={["resource-type"]="AWS::EC2::Instance"}, max_results=1} do
             names[#names + 1] = g.group_name
           end
           return names"#,
    );
    assert_eq!(names, json!(["a", "b"]));
    assert_eq!(server.operations(), ["/groups-list", "/groups-list"]);
    assert!(server.requests()[0].path().contains("maxResults=1"));
    let filter = json!({"Filters": [{"Name": "resource-type", "Values": ["AWS::EC2::Instance"]}]});
    assert_eq!(server.requests()[1].json(), filter);
}

#[test]
fn a_groups_resources_are_listed_with_the_errors_of_its_query() {
    let server = Server::start(|request| match request.json()["NextToken"].as_str() {
        None => Reply::rest(
            r#"{"ResourceIdentifiers":[{"ResourceArn":"arn:aws:ec2:::instance/i-1","ResourceType":"AWS::EC2::Instance"}],
                "Resources":[],"NextToken":"2","QueryErrors":[{"ErrorCode":"CLOUDFORMATION_STACK_INACTIVE","Message":"gone"}]}"#,
        ),
        Some(_) => Reply::rest(
            r#"{"ResourceIdentifiers":[{"ResourceArn":"arn:aws:ec2:::instance/i-2","ResourceType":"AWS::EC2::Instance"}],
                "Resources":[],"QueryErrors":[]}"#,
        ),
    });
    let page = on(&server).eval("resource_groups.list_group_resources{group='App20'}");
    assert_eq!(page["query_errors"], json!([{"error_code": "CLOUDFORMATION_STACK_INACTIVE", "message": "gone"}]));
    assert_eq!(page["resources"], json!([]));
    let all = on(&server).eval("resource_groups.list_group_resources.all{group='App20'}");
    let arns: Vec<_> = all.as_array().into_iter().flatten().map(|r| r["resource_arn"].clone()).collect();
    assert_eq!(arns, [json!("arn:aws:ec2:::instance/i-1"), json!("arn:aws:ec2:::instance/i-2")]);
    assert_eq!(server.operations()[0], "/list-group-resources");
}
