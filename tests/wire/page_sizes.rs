//! Listings ask for large pages, and do without where a server refuses that.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn listings_ask_for_the_largest_pages() {
    let cases = [
        ("ec2.describe_instances.all{}", instances(&[], None), ("MaxResults", "1000")),
        ("ec2.describe_instances.all{max_results=7}", instances(&[], None), ("MaxResults", "7")),
        ("iam.list_users.all{}", users(&[], None), ("MaxItems", "1000")),
    ];
    for (call, reply, (name, value)) in cases {
        let server = Server::always(reply);
        on(&server).eval(call);
        assert_eq!(server.requests()[0].parameter(name).as_deref(), Some(value), "{call}");
    }
    for (call, most) in [("ssm.get_parameters_by_path.all{path='/'}", 10), ("ssm.list_commands.all{}", 50)] {
        let server = Server::always(Reply::json("{\"Parameters\":[],\"Commands\":[]}"));
        on(&server).eval(call);
        assert_eq!(server.requests()[0].json()["MaxResults"], most, "{call}");
    }
    let server = Server::always(instances(&[], None));
    on(&server).eval("ec2.describe_instances{}");
    assert_eq!(server.requests()[0].parameter("MaxResults"), None, "a plain call is sent as it is");
}

#[test]
fn a_server_that_refuses_unpaged_listings_is_asked_in_pages() {
    let server = Server::start(|request| match request.parameter("MaxResults") {
        Some(_) => instances(&[&["i-1"]], None),
        None => ec2_error(400, "OperationNotPermitted", "The account has too many resources; use pagination"),
    });
    let count = |call: &str| on(&server).eval(&format!("#ec2.describe_instances.all{call}"));
    assert_eq!(count("{}"), 1);
    assert_eq!(count("{instance_ids={'i-1'}}"), 1);
    assert_eq!(server.requests().len(), 3, "the listing with ids is asked twice");
}

#[test]
fn a_server_that_refuses_a_page_size_is_asked_without() {
    let server =
        Server::start(|request| match (request.parameter("MaxResults"), request.parameter("NextToken").as_deref()) {
            (Some(_), _) => ec2_error(400, "InvalidParameterCombination", "MaxResults does not go with this"),
            (None, None) => instances(&[&["i-1"]], Some("second")),
            (None, Some(_)) => instances(&[&["i-2"]], None),
        });
    let ids = "local ids = {} for i in ec2.describe_instances.items{} do ids[#ids + 1] = i.instance_id end return ids";
    assert_eq!(on(&server).returned(ids), json!(["i-1", "i-2"]));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn ids_are_sent_without_a_page_size() {
    let server = Server::always(instances(&[&["i-1"]], None));
    on(&server).eval("ec2.describe_instances.all{instance_ids={'i-1'}}");
    assert_eq!(sent(&server, 0), pairs(&[("InstanceId.1", "i-1")]));
}

#[test]
fn another_error_of_the_first_page_is_the_error_of_the_listing() {
    let server = Server::always(ec2_error(400, "InvalidParameterValue", "The filter 'nope' is invalid"));
    let error = caught(on(&server), "ec2.describe_instances.all{filters={nope='x'}}");
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("InvalidParameterValue"), &json!("The filter 'nope' is invalid"))
    );
    assert_eq!(server.requests().len(), 2);
}
