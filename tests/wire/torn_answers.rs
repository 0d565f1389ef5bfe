//! Connections that break, and answers that are truncated, empty or not from AWS.

use serde_json::json;

use crate::answers::*;
use crate::support::Shell;
use crate::support::server::{Reply, Server};

#[test]
fn a_broken_connection_is_an_error_with_its_own_code() {
    let server = Server::always(Reply::Hangup);
    let error = caught(on(&server), "ec2.describe_tags{}");
    assert_eq!(error["code"], "ConnectionFailed");
    assert_eq!(error["retryable"], true);
    assert_eq!(error["operation"], "describe_tags");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_refused_connection_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a local port");
    let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
    drop(listener);
    let error = caught(Shell::new().endpoint(&url), "ec2.describe_tags{}");
    assert_eq!(error["code"], "ConnectionFailed");
    has(&error["text"], "refused");
}

/// Returns a page with two instances, and the offset of the second.
fn two_instances() -> (String, usize) {
    let Reply::Answer { body, .. } = instances(&[&["i-1", "i-2"]], None) else { unreachable!("a page is an answer") };
    let second = body.find("<instanceId>i-2").expect("there is a second instance");
    (body, second)
}

#[test]
fn a_truncated_body_is_never_a_shorter_list() {
    let (whole, second) = two_instances();
    for text in [&whole[..], &whole[..second]] {
        let server = Server::always(Reply::Torn(text.to_owned()));
        let error = caught(on(&server), "ec2.describe_instances.all{}");
        assert_eq!(error["operation"], "describe_instances");
        assert_eq!(error["retryable"], true, "{error}");
    }
}

#[test]
fn truncated_xml_is_never_a_shorter_list() {
    let (whole, second) = two_instances();
    let last = whole.rfind("</reservationSet>").expect("the list ends");
    let wrong: Vec<_> = [second, second - 20, last]
        .into_iter()
        .filter_map(|cut| {
            let server = Server::always(Reply::xml(&whole[..cut]));
            let result = on(&server).returned(
                "local ok, e = pcall(ec2.describe_instances.all, {})
                 return {ok = ok, code = not ok and e.code or nil, found = ok and #e or nil}",
            );
            (result != json!({"ok": false, "code": "BadResponse"}))
                .then(|| format!("cut at {cut} of {}: {result}", whole.len()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_answer_that_is_not_from_aws_is_an_error_instead_of_an_empty_list() {
    let cases = [
        (Reply::xml("<html><body>Please log in</body></html>"), "ec2.describe_instances.all{}"),
        (Reply::xml("no XML <at all"), "ec2.describe_instances.all{}"),
        (Reply::xml(""), "ec2.describe_instances.all{}"),
        (Reply::xml("<html><body>Please log in</body></html>"), "iam.list_users.all{}"),
        (Reply::json("<html>"), "ssm.get_parameters_by_path.all{path='/'}"),
        (Reply::json("{\"Parameters\":[{\"Name\":\"/a\""), "ssm.get_parameters_by_path.all{path='/'}"),
        (Reply::rest("[]"), "resource_groups.list_groups.all{}"),
    ];
    for (reply, call) in cases {
        let server = Server::always(reply);
        let error = caught(on(&server), call);
        assert_eq!(error["code"], "BadResponse", "{call}: {error}");
        assert_eq!(error["retryable"], false, "{call}");
        has(&error["text"], call.split(".all").next().expect("a call has a name"));
    }
}

#[test]
fn torn_and_empty_answers_are_named_in_words() {
    let (whole, second) = two_instances();
    let ec2 = "ec2.describe_instances{}";
    let ssm = "ssm.get_parameters{names={'/a'}}";
    let cases = [
        (Reply::xml(""), ec2, "the answer is empty"),
        (Reply::json(""), ssm, "the answer is empty"),
        (Reply::xml(&whole[..second]), ec2, "the answer ends in the middle"),
        (Reply::json("{\"Parameters\":[{\"Name\":\"/a\""), ssm, "the answer ends in the middle"),
        (Reply::xml("<!DOCTYPE html><html><body>Log in</body></html>"), ec2, "the answer is a web page"),
        (Reply::json("<html>"), ssm, "the answer is a web page"),
        (Reply::json("maybe"), ssm, "the answer cannot be read"),
    ];
    for (reply, call, text) in cases {
        let error = caught(on(&Server::always(reply)), call);
        assert_eq!(error["code"], "BadResponse", "{call}: {error}");
        has(&error["message"], text);
    }
}

#[test]
fn an_empty_answer_is_right_where_a_call_has_no_result() {
    let server = Server::always(Reply::json(""));
    on(&server).arg("--yes").chunk("ssm.delete_parameter{name='/a'}").code(0);
}

#[test]
fn xml_with_comments_and_spaces_is_whole() {
    let (whole, _) = two_instances();
    let whole = whole.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<?xml version=\"1.0\"?><!-- a proxy -->");
    let whole = whole.replace("</DescribeInstancesResponse>", "</DescribeInstancesResponse >\n<!-- 12 ms -->");
    let server = Server::always(Reply::xml(&whole));
    assert_eq!(on(&server).eval("ec2.describe_instances.all{}[2].instance_type"), "m6i.large");
    let server = Server::always(Reply::xml(whole.replace("m6i.large", "<![CDATA[m6i.large]]>")));
    assert_eq!(on(&server).eval("ec2.describe_instances.all{}[1].instance_type"), "m6i.large");
}
