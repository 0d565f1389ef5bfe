//! JSON 1.1: Systems Manager.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn ssm_gets_commands_with_maps_of_lists() {
    let server = Server::always(Reply::json(
        r#"{"Command":{"CommandId":"c-1","DocumentName":"AWS-RunShellScript","Status":"Pending","RequestedDateTime":1769842800.5,
            "ExpiresAfter":1.7698464E9,"Parameters":{"commands":["uptime"]},"InstanceIds":[],
            "Targets":[{"Key":"tag:App","Values":["App20"]}],"TargetCount":0,"CompletedCount":0,"ErrorCount":0,
            "DeliveryTimedOutCount":0,"NewInTheService":{"x":[1]}}}"#,
    ));
    let command = on(&server).eval(
        r#"ssm.send_command{
             document_name="AWS-RunShellScript", parameters={commands={"uptime"}}, targets={["tag:App"]={"App20"}},
             timeout_seconds=60, comment="Größe \u{1f319}",
           }.command"#,
    );
    // The guard has read whether the tag selects protected instances.
    assert_eq!(server.operations(), ["DescribeTags", "SendCommand"]);
    assert_eq!(
        server.requests()[1].json(),
        json!({
            "DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["uptime"]},
            "Targets": [{"Key": "tag:App", "Values": ["App20"]}], "TimeoutSeconds": 60, "Comment": "Größe \u{1f319}",
        })
    );
    assert_eq!(command["requested_date_time"], "2026-01-31T07:00:00.5Z");
    assert_eq!(command["expires_after"], "2026-01-31T08:00:00Z");
    assert_eq!(command["parameters"], json!({"commands": ["uptime"]}));
    assert_eq!(command["instance_ids"], json!([]));
    assert_eq!(command["targets"], json!([{"key": "tag:App", "values": ["App20"]}]));
}

#[test]
fn ssm_pages_by_next_token() {
    let server = Server::start(|request| match request.json()["NextToken"].as_str() {
        None => {
            Reply::json(r#"{"Parameters":[{"Name":"/a","Type":"String","Value":"1","Version":3}],"NextToken":"t2"}"#)
        }
        Some(_) => Reply::json(r#"{"Parameters":[{"Name":"/b","Type":"StringList","Value":"2,3","Version":1}]}"#),
    });
    let parameters = on(&server).eval("ssm.get_parameters_by_path.all{path='/', recursive=true}");
    assert_eq!(
        parameters,
        json!([
            {"name": "/a", "type": "String", "value": "1", "version": 3},
            {"name": "/b", "type": "StringList", "value": "2,3", "version": 1},
        ])
    );
    assert_eq!(
        server.requests()[1].json(),
        json!({"Path": "/", "Recursive": true, "MaxResults": 10, "NextToken": "t2"})
    );
}
