//! Errors of every protocol as values with fields.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{REQUEST_ID, Reply, Server};

#[test]
fn an_ec2_error_is_a_value_with_fields() {
    let message = "The instance ID 'i-0123' does not exist";
    let server = Server::always(ec2_error(400, "InvalidInstanceID.NotFound", message));
    let error = caught(on(&server), "ec2.describe_instances{instance_ids={'i-0123'}}");
    let text = format!(
        "ec2.describe_instances: InvalidInstanceID.NotFound: {message} (region eu-central-1, request {REQUEST_ID})"
    );
    assert_eq!(
        error,
        json!({
            "code": "InvalidInstanceID.NotFound", "message": message, "service": "ec2",
            "operation": "describe_instances", "region": "eu-central-1", "request_id": REQUEST_ID, "status": 400,
            "retryable": false, "text": text,
        })
    );
    assert_eq!(server.requests().len(), 1, "errors of this kind are not retried");
}

#[test]
fn errors_of_the_other_protocols_have_the_same_fields() {
    let cases = [
        (
            query_error(404, "NoSuchEntity", "The user with name bob cannot be found."),
            "iam.get_user{user_name='bob'}",
            json!(["NoSuchEntity", "The user with name bob cannot be found.", "iam", "get_user", 404]),
        ),
        (
            Reply::json(r#"{"__type":"InvalidDocument","Message":"Document with name X does not exist."}"#).status(400),
            "ssm.send_command{document_name='X', instance_ids={'i-1'}}",
            json!(["InvalidDocument", "Document with name X does not exist.", "ssm", "send_command", 400]),
        ),
        (
            Reply::rest(r#"{"Message":"Cannot find group: App20"}"#)
                .status(404)
                .header("x-amzn-errortype", "NotFoundException:http://internal.amazon.com/coral/"),
            "rg.get_group{group='App20'}",
            json!(["NotFoundException", "Cannot find group: App20", "resource_groups", "get_group", 404]),
        ),
        (
            Reply::json(r#"{"__type":"com.amazonaws.ssm#NeverHeardOf","message":"a code that the SDK does not know"}"#)
                .status(400),
            "ssm.get_parameter{name='x'}",
            json!(["NeverHeardOf", "a code that the SDK does not know", "ssm", "get_parameter", 400]),
        ),
    ];
    for (reply, call, expected) in cases {
        let server = Server::always(reply);
        let e = caught(on(&server), call);
        assert_eq!(json!([e["code"], e["message"], e["service"], e["operation"], e["status"]]), expected, "{call}");
        assert_eq!(e["request_id"], REQUEST_ID, "{call}");
    }
}

#[test]
fn an_error_without_a_message_has_a_text() {
    let server = Server::always(Reply::json(r#"{"__type":"ParameterNotFound"}"#).status(400));
    let error = caught(on(&server), "ssm.get_parameter{name='/absent'}");
    assert_eq!(error["code"], "ParameterNotFound");
    assert!(error["message"].as_str().is_some_and(|m| !m.is_empty() && !m.contains("None")), "{error}");
    has(&error["text"], "ssm.get_parameter: ParameterNotFound");
}

const REFUSAL: &str = "pcall(ec2.describe_tags, {})";

#[test]
fn errors_survive_rethrowing_and_tasks() {
    let server = Server::always(ec2_error(403, "UnauthorizedOperation", "You are not authorized"));
    let seen = on(&server).returned(&format!(
        "local function describe(e) return e.code .. ' ' .. e.status .. ' ' .. e.operation end
         local _, first = {REFUSAL}
         local _, again = pcall(error, first)
         local _, deep = pcall(function() local ok, e = {REFUSAL} error(e, 0) end)
         local _, handled = xpcall(ec2.describe_tags, function(e) return e end, {{}})
         local _, raised = pcall(task.map, {{1}}, function() ec2.describe_tags{{}} end)
         local _, errors = task.map({{1}}, function() ec2.describe_tags{{}} end, {{on_error='collect'}})
         local _, rethrown = pcall(task.map, {{1}}, function() local ok, e = {REFUSAL} error(e) end)
         local co = coroutine.create(function() ec2.describe_tags{{}} end)
         local _, resumed = coroutine.resume(co)
         local _, wrapped = pcall(coroutine.wrap(function() ec2.describe_tags{{}} end))
         local all = {{}}
         for at, e in ipairs{{first, again, deep, handled, raised, errors[1].error, rethrown, resumed, wrapped}} do
           all[at] = describe(e)
         end
         return all"
    ));
    assert_eq!(seen, json!(vec!["UnauthorizedOperation 403 describe_tags"; 9]));
}

#[test]
fn an_uncaught_error_names_the_line_and_the_call() {
    let server = Server::always(ec2_error(403, "UnauthorizedOperation", "You are not authorized"));
    on(&server)
        .script("local x = 1\nec2.describe_tags{}\n")
        .code(1)
        .says("script.lua:2: ec2.describe_tags: UnauthorizedOperation: You are not authorized (region eu-central-1")
        .never_says("[C]")
        .never_says("__mlua");
}

#[test]
fn an_error_can_be_walked_over() {
    let server = Server::always(ec2_error(403, "UnauthorizedOperation", "No."));
    let error = on(&server).returned(
        "local _, e = pcall(ec2.describe_tags) local found = {} for name, value in pairs(e) do found[name] = value end
         return found",
    );
    assert_eq!((&error["code"], &error["status"]), (&json!("UnauthorizedOperation"), &json!(403)));
}

#[test]
fn the_request_id_is_read_from_the_body_too() {
    let in_body = "<Response><Errors><Error><Code>Odd</Code><Message>No.</Message></Error></Errors>\
                   <RequestID>in-the-body</RequestID></Response>";
    let server = Server::always(Reply::xml(in_body).status(400).header("x-amzn-requestid", ""));
    let error = caught(on(&server), "ec2.describe_tags{}");
    assert_eq!(error["request_id"], "in-the-body");
}

#[test]
fn a_change_that_must_wait_for_the_previous_one_is_repeated() {
    let busy = query_error(400, "PriorRequestNotComplete", "The previous request is not complete.");
    let server = Server::replies([busy, Reply::xml("<CreateUserResponse/>")]);
    on(&server).arg("--yes").chunk("pcall(iam.create_user, {user_name='ada'})").code(0);
    assert_eq!(server.operations(), ["CreateUser", "CreateUser"]);
}

#[test]
fn a_call_inside_of_a_function_of_c_says_what_to_do() {
    let server = Server::always(tags(None, &["App"]));
    let calls = [
        "table.sort({2, 1}, function(a, b) ec2.describe_tags{} return a < b end)",
        "string.gsub('ab', '.', function(c) ec2.describe_tags{} return c end)",
        "tostring(setmetatable({}, {__tostring = function() ec2.describe_tags{} return 'x' end}))",
    ];
    for call in calls {
        on(&server).chunk(call).code(1).says("make the call before").never_says("C-call boundary");
    }
}
