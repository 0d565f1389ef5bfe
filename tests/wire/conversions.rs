//! Texts, times and numbers that AWS's own tools convert, and answers that lack a part.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{REQUEST_ID, Reply, Server};

const SCRIPT: &str = "#!/bin/sh\necho 'grüße'\n";
const SCRIPT_IN_BASE64: &str = "IyEvYmluL3NoCmVjaG8gJ2dyw7zDn2UnCg==";

fn ec2_answer(operation: &str, body: &str) -> Reply {
    Reply::xml(format!(
        "<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{REQUEST_ID}</requestId>\
         {body}</{operation}Response>"
    ))
}

fn iam_answer(operation: &str, body: &str) -> Reply {
    Reply::xml(format!("<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"))
}

#[test]
fn user_data_of_a_launch_is_text_in_scripts_and_base64_on_the_wire() {
    let server = Server::always(ec2_answer("RunInstances", "<instancesSet/>"));
    on(&server)
        .arg("--yes")
        .chunk(&format!(
            "for _, data in ipairs {{ {SCRIPT:?}, '\\0\\255gzip' }} do
               ec2.run_instances{{min_count=1, max_count=1, user_data=data}}
             end"
        ))
        .code(0);
    let data: Vec<_> = server.requests().iter().map(|request| request.parameter("UserData")).collect();
    assert_eq!(data, [Some(SCRIPT_IN_BASE64.to_owned()), Some("AP9nemlw".to_owned())]);
}

#[test]
fn user_data_that_must_be_base64_is_checked_before_it_is_sent() {
    let server = Server::always(Reply::Hangup);
    let data = format!("user_data={SCRIPT:?}");
    for call in [
        format!("ec2.create_launch_template{{launch_template_name='x', launch_template_data={{{data}}}}}"),
        format!("ec2.create_launch_template_version{{launch_template_data={{{data}}}}}"),
        format!("ec2.request_spot_instances{{launch_specification={{{data}}}}}"),
        format!(
            "ec2.request_spot_fleet{{spot_fleet_request_config={{iam_fleet_role='r', target_capacity=1, \
             launch_specifications={{{{{data}}}}}}}}}"
        ),
        format!(
            "ec2.run_scheduled_instances{{scheduled_instance_id='s', launch_specification={{image_id='ami-1', {data}}}}}"
        ),
        format!("ec2.import_instance{{platform='Windows', launch_specification={{user_data={{data={SCRIPT:?}}}}}}}"),
    ] {
        let error = caught(on(&server), &call);
        assert_eq!(error["code"], "InvalidInput", "{call}");
        has(&error["text"], "base64.encode(text)");
        // A secret in the message would be a leak.
        assert!(!error["text"].as_str().unwrap_or_default().contains("echo"), "{error}");
    }
    server.saw_nothing();
    let server = Server::always(ec2_answer("CreateLaunchTemplate", ""));
    on(&server)
        .arg("--yes")
        .chunk(&format!(
            "ec2.create_launch_template{{launch_template_name='x',
               launch_template_data={{user_data=base64.encode({SCRIPT:?})}}}}"
        ))
        .code(0);
    assert_eq!(server.requests()[0].parameter("LaunchTemplateData.UserData").as_deref(), Some(SCRIPT_IN_BASE64));
}

#[test]
fn console_output_is_decoded() {
    let output = format!("<instanceId>i-1</instanceId><output>{SCRIPT_IN_BASE64}\n</output>");
    let server = Server::always(ec2_answer("GetConsoleOutput", &output));
    assert_eq!(on(&server).eval("ec2.get_console_output{instance_id='i-1'}.output"), SCRIPT);
    let server = Server::always(ec2_answer("GetConsoleOutput", "<instanceId>i-1</instanceId>"));
    assert_eq!(on(&server).eval("ec2.get_console_output{instance_id='i-1'}.output == nil"), true);
}

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::100%25/*"}]}"#;

fn encoded(document: &str) -> String {
    document.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn policy_documents_are_json_in_every_answer() {
    let role = |document: &str| {
        format!(
            "<Path>/</Path><RoleName>web</RoleName><RoleId>AROA1</RoleId><Arn>arn:aws:iam::1:role/web</Arn>\
             <CreateDate>2026-01-31T07:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>"
        )
    };
    let document = encoded(DOCUMENT);
    let inline = format!("<PolicyName>p</PolicyName><PolicyDocument>{document}</PolicyDocument>");
    let version = format!("<Document>{document}</Document><VersionId>v1</VersionId>");
    let cases = [
        (
            iam_answer("GetRole", &format!("<Role>{}</Role>", role(&document))),
            "iam.get_role{role_name='web'}.role.assume_role_policy_document",
        ),
        (
            iam_answer("ListRoles", &format!("<Roles><member>{}</member></Roles>", role(&document))),
            "iam.list_roles.all{}[1].assume_role_policy_document",
        ),
        (
            iam_answer("GetPolicyVersion", &format!("<PolicyVersion>{version}</PolicyVersion>")),
            "iam.get_policy_version{policy_arn='arn:aws:iam::1:policy/p', version_id='v1'}.policy_version.document",
        ),
        (
            iam_answer("GetUserPolicy", &format!("<UserName>ada</UserName>{inline}")),
            "iam.get_user_policy{user_name='ada', policy_name='p'}.policy_document",
        ),
        (
            iam_answer(
                "GetAccountAuthorizationDetails",
                &format!(
                    "<UserDetailList><member><UserPolicyList><member>{inline}</member></UserPolicyList></member>\
                     </UserDetailList><Policies><member><PolicyVersionList><member>{version}</member>\
                     </PolicyVersionList></member></Policies>"
                ),
            ),
            "iam.get_account_authorization_details{}.user_detail_list[1].user_policy_list[1].policy_document",
        ),
        // Servers other than AWS send JSON, in which a percent sign is itself.
        (
            iam_answer("GetRole", &format!("<Role>{}</Role>", role(DOCUMENT))),
            "iam.get_role{role_name='web'}.role.assume_role_policy_document",
        ),
    ];
    for (reply, expression) in cases {
        assert_eq!(on(&Server::always(reply)).eval(expression), DOCUMENT, "{expression}");
    }
}

#[test]
fn a_policy_document_can_be_given_as_a_table() {
    let statement = "{Version='2012-10-17', Statement={{Effect='Allow', Action='s3:*', Resource={'*'}}}}";
    let json = r#"{"Statement":[{"Action":"s3:*","Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}"#;
    let cases = [
        ("iam.create_role{role_name='x', assume_role_policy_document=P}", "AssumeRolePolicyDocument"),
        ("iam.put_role_policy{role_name='x', policy_name='p', policy_document=P}", "PolicyDocument"),
        ("iam.simulate_custom_policy{action_names={'s3:Get'}, policy_input_list={P}}", "PolicyInputList.member.1"),
        ("sts.assume_role{role_arn='arn:aws:iam::1:role/x', role_session_name='s', policy=P}", "Policy"),
        ("ec2.create_vpc_endpoint{vpc_id='vpc-1', policy_document=P}", "PolicyDocument"),
    ];
    for (call, parameter) in cases {
        let server = Server::always(Reply::xml("<Response/>"));
        on(&server).arg("--yes").chunk(&format!("local P = {statement} pcall(function() {call} end)")).code(0);
        let given = server.requests().iter().find_map(|request| request.parameter(parameter));
        assert_eq!(given.as_deref(), Some(json), "{call}");
    }
    let server = Server::always(Reply::Hangup);
    let call = format!("iam.create_role{{role_name='x', assume_role_policy_document={statement:?}}}");
    let call = call.replace("\"{", "{").replace("}\"", "}").replace("'s3:*'", "print");
    has(&caught(on(&server), &call)["text"], "function");
    server.saw_nothing();
}

#[test]
fn a_union_is_sent_with_the_name_of_its_member() {
    let server = Server::always(iam_answer("SimulatePrincipalPolicy", ""));
    on(&server)
        .chunk(
            "iam.simulate_principal_policy{
               policy_source_arn='arn:aws:iam::1:role/x', action_names={'s3:Get'},
               policy_exclusion_list={
                 {policy_arn='arn:aws:iam::aws:policy/A&B'}, {policy_type='SCP'},
                 {inline_policy_identifier={policy_name='p', attachment_type='ROLE', attachment_name='x'}},
               },
             }",
        )
        .code(0);
    let list = "PolicyExclusionList.member";
    let inline = "InlinePolicyIdentifier";
    let expected = [
        ("ActionNames.member.1".to_owned(), "s3:Get"),
        (format!("{list}.1.PolicyArn"), "arn:aws:iam::aws:policy/A&B"),
        (format!("{list}.2.PolicyType"), "SCP"),
        (format!("{list}.3.{inline}.AttachmentName"), "x"),
        (format!("{list}.3.{inline}.AttachmentType"), "ROLE"),
        (format!("{list}.3.{inline}.PolicyName"), "p"),
        ("PolicySourceArn".to_owned(), "arn:aws:iam::1:role/x"),
    ];
    let expected: Vec<_> = expected.map(|(name, value)| (name, value.to_owned())).to_vec();
    assert_eq!(sent(&server, 0), expected);
}

#[test]
fn optional_booleans_can_be_left_out() {
    let server = Server::always(Reply::json("{\"Command\":{}}"));
    on(&server)
        .arg("--yes")
        .chunk(
            "ssm.send_command{document_name='X', instance_ids={'i-1'}, alarm_configuration={alarms={{name='a'}}},
               cloud_watch_output_config={cloud_watch_log_group_name='g'}}",
        )
        .code(0);
    let sent = server.requests()[0].json();
    assert_eq!(sent["CloudWatchOutputConfig"]["CloudWatchLogGroupName"], "g");
    assert_eq!(sent["AlarmConfiguration"]["Alarms"], json!([{"Name": "a"}]));
}

#[test]
fn numbers_have_the_digits_of_the_answer() {
    let offering = "<reservedInstancesOfferingsSet><item><usagePrice>0.05</usagePrice><fixedPrice>1234.1</fixedPrice>\
                    </item></reservedInstancesOfferingsSet>";
    let server = Server::always(ec2_answer("DescribeReservedInstancesOfferings", offering));
    let prices = on(&server)
        .returned("local o = ec2.describe_reserved_instances_offerings.all{}[1] return {o.usage_price, o.fixed_price}");
    assert_eq!(prices, json!([0.05, 1234.1]));
}

#[test]
fn fields_that_the_answer_lacks_are_nil() {
    let running = "<JobCreationDate>2026-01-31T07:00:00Z</JobCreationDate><ServicesLastAccessed/>";
    let server = Server::always(iam_answer("GetServiceLastAccessedDetails", running));
    let job = on(&server).returned(
        "local job = iam.get_service_last_accessed_details{job_id='00000000-0000-0000-0000-000000000000'}
         return {created = job.job_creation_date, completed = tostring(job.job_completion_date),
                 status = tostring(job.job_status)}",
    );
    assert_eq!(job, json!({"created": "2026-01-31T07:00:00Z", "completed": "nil", "status": "nil"}));
}

#[test]
fn a_tag_without_a_value_is_an_empty_text() {
    let volume = "<volumeSet><item><volumeId>vol-1</volumeId><tagSet><item><key>Empty</key></item>\
                  <item><key>App</key><value>App20</value></item></tagSet></item></volumeSet>";
    let server = Server::always(ec2_answer("DescribeVolumes", volume));
    let tags = on(&server).eval("ec2.describe_volumes.all{}[1].tags");
    assert_eq!(tags, json!({"Empty": "", "App": "App20"}));
}

#[test]
fn an_ec2_error_without_a_message_says_so() {
    for body in ["<Code>Odd</Code>", "<Code>Odd</Code><Message/>", "<Code>Odd</Code><Message></Message>"] {
        let error =
            format!("<Response><Errors><Error>{body}</Error></Errors><RequestID>in-body</RequestID></Response>");
        let server = Server::always(Reply::xml(error).status(400));
        let error = caught(on(&server), "ec2.describe_tags{}");
        assert_eq!((&error["code"], &error["message"]), (&json!("Odd"), &json!("the service gave no reason")));
    }
}

#[test]
fn times_are_accepted_as_boto3_accepts_them() {
    let server = Server::always(ec2_answer("DescribeSpotPriceHistory", ""));
    let times = ["'2026-01-31'", "'2026-01-31T07:00:00'", "'2026-01-31T09:00:00+02:00'", "1769842800", "1769842800.5"];
    on(&server)
        .chunk(&format!(
            "for _, t in ipairs{{{}}} do ec2.describe_spot_price_history{{start_time=t}} end",
            times.join(", ")
        ))
        .code(0);
    let sent: Vec<_> = server.requests().iter().filter_map(|request| request.parameter("StartTime")).collect();
    let expected = [
        "2026-01-31T00:00:00Z",
        "2026-01-31T07:00:00Z",
        "2026-01-31T07:00:00Z",
        "2026-01-31T07:00:00Z",
        "2026-01-31T07:00:00.5Z",
    ];
    assert_eq!(sent, expected);
    for wrong in ["'yesterday'", "'2026-13-01'", "1769842800000000", "true"] {
        let error = caught(on(&server), &format!("ec2.describe_spot_price_history{{start_time={wrong}}}"));
        has(&error["text"], "start_time: expected");
    }
    assert_eq!(server.requests().len(), times.len());
}

#[test]
fn copies_of_snapshots_have_a_presigned_url_of_the_source_region() {
    let server = Server::always(ec2_answer("CopySnapshot", "<snapshotId>snap-2</snapshotId>"));
    let copy = "ec2.copy_snapshot{source_region='us-west-2', source_snapshot_id='snap-1', encrypted=true";
    on(&server).arg("--yes").chunk(&format!("{copy}}} {copy}, presigned_url='mine'}}")).code(0);
    let requests = server.requests();
    assert_eq!(requests[0].parameter("DestinationRegion").as_deref(), Some("eu-central-1"));
    let url = url::Url::parse(&requests[0].parameter("PresignedUrl").expect("a URL")).expect("a URL");
    let of = |name: &str| url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned());
    assert!(url.as_str().starts_with(&server.url), "{url}");
    for (name, value) in [
        ("Action", "CopySnapshot"),
        ("SourceRegion", "us-west-2"),
        ("SourceSnapshotId", "snap-1"),
        ("DestinationRegion", "eu-central-1"),
        ("X-Amz-Expires", "3600"),
    ] {
        assert_eq!(of(name).as_deref(), Some(value), "{name}");
    }
    assert!(of("X-Amz-Credential").is_some_and(|scope| scope.contains("/us-west-2/ec2/")), "{url}");
    assert_eq!(of("X-Amz-Signature").map(|signature| signature.len()), Some(64));
    assert_eq!(requests[1].parameter("PresignedUrl").as_deref(), Some("mine"));
    assert_eq!(requests[1].parameter("DestinationRegion"), None);
}
