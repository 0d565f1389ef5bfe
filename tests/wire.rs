//! Calls over real HTTP against canned answers in the four protocols that AWS speaks here:
//! EC2 query, AWS query, JSON 1.1 and REST JSON. What goes out, what comes in, and what
//! happens when the answer is an error, or none.

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Shell;
use support::server::{REQUEST_ID, Reply, Server};

fn on(server: &Server) -> Shell {
    Shell::new().endpoint(&server.url)
}

/// What a chunk says of the error that `call` ends in.
fn caught(shell: Shell, call: &str) -> Value {
    shell.returned(&format!(
        "local ok, e = pcall(function() return {call} end)
         assert(not ok, 'the call went well')
         return {{
           code = e.code, message = e.message, service = e.service, operation = e.operation, region = e.region,
           request_id = e.request_id, status = e.status, retryable = e.retryable, text = tostring(e),
         }}"
    ))
}

#[track_caller]
fn has(text: &Value, part: &str) {
    let text = text.as_str().unwrap_or_else(|| panic!("no text: {text}"));
    assert!(text.contains(part), "{text:?} lacks {part:?}");
}

#[track_caller]
fn sent(server: &Server, number: usize) -> Vec<(String, String)> {
    server.requests().get(number).unwrap_or_else(|| panic!("there were {}", server.requests().len())).parameters()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

// The answers, as AWS writes them.

/// A page with a reservation for each list of instance ids.
fn instances(reservations: &[&[&str]], next_token: Option<&str>) -> Reply {
    let reservations: String = reservations
        .iter()
        .enumerate()
        .map(|(at, ids)| {
            let items: String = ids.iter().map(|id| instance(id)).collect();
            format!(
                "<item><reservationId>r-{at}{}</reservationId><ownerId>123456789012</ownerId><groupSet/>\
                 <instancesSet>{items}</instancesSet></item>",
                ids.first().unwrap_or(&"")
            )
        })
        .collect();
    let token = next_token.map_or(String::new(), |token| format!("<nextToken>{token}</nextToken>"));
    Reply::xml(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>{REQUEST_ID}</requestId>
    <reservationSet>{reservations}</reservationSet>{token}
</DescribeInstancesResponse>"#
    ))
}

fn instance(id: &str) -> String {
    format!(
        "<item>
            <instanceId>{id}</instanceId>
            <imageId>ami-0abcdef1234567890</imageId>
            <instanceState><code>16</code><name>running</name></instanceState>
            <privateDnsName/>
            <instanceType>m6i.large</instanceType>
            <launchTime>2026-01-31T07:00:00.000Z</launchTime>
            <placement><availabilityZone>eu-central-1a</availabilityZone><tenancy>default</tenancy></placement>
            <productCodes/>
            <ebsOptimized>false</ebsOptimized>
            <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId>
              <attachTime>2026-01-31T07:00:05.000Z</attachTime></ebs></item></blockDeviceMapping>
            <tagSet><item><key>App</key><value>App20</value></item><item><key>Name</key><value>{id} &amp; co</value></item>
            </tagSet>
            <futureField>what a later API adds</futureField>
        </item>"
    )
}

fn ec2_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::xml(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"#
    ))
    .status(status)
}

fn tags(next_token: Option<&str>, keys: &[&str]) -> Reply {
    let items: String = keys
        .iter()
        .map(|key| {
            format!(
                "<item><resourceId>i-1</resourceId><resourceType>instance</resourceType><key>{key}</key><value/></item>"
            )
        })
        .collect();
    let token = next_token.map_or(String::new(), |token| format!("<nextToken>{token}</nextToken>"));
    Reply::xml(format!(
        "<DescribeTagsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{REQUEST_ID}</requestId>\
         <tagSet>{items}</tagSet>{token}</DescribeTagsResponse>"
    ))
}

fn users(names: &[&str], marker: Option<&str>) -> Reply {
    let members: String = names
        .iter()
        .map(|name| {
            format!(
                "<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDA{name}</UserId>\
                 <Arn>arn:aws:iam::123456789012:user/{name}</Arn><CreateDate>2019-06-01T12:00:00Z</CreateDate></member>"
            )
        })
        .collect();
    let marker = match marker {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    Reply::xml(format!(
        r#"<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <ListUsersResult><Users>{members}</Users>{marker}</ListUsersResult>
  <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>
</ListUsersResponse>"#
    ))
}

fn query_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::xml(format!(
        r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
  <RequestId>{REQUEST_ID}</RequestId>
</ErrorResponse>"#
    ))
    .status(status)
}

const IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>11111111-2222-3333-4444-555555555555</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"#;

// EC2 query.

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
    let told = on(&server).returned(
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
        told,
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
    assert_eq!(instance["network_interfaces"], json!([]), "a list that the answer does not even have");
    assert_eq!(instance["tags"], json!({"App": "App20", "Name": "i-1 & co"}));
    assert_eq!(instance["launch_time"], "2026-01-31T07:00:00Z");
}

#[test]
fn items_of_describe_instances_are_instances_that_know_their_reservation() {
    let server = Server::always(instances(&[&["i-1", "i-2"], &["i-3"]], None));
    let told = on(&server).returned(
        "local told = {}
         for at, i in ipairs(ec2.describe_instances.all{}) do
           told[at] = i.instance_id .. ' ' .. i.reservation_id .. ' ' .. i.owner_id
         end
         return told",
    );
    assert_eq!(told, json!(["i-1 r-0i-1 123456789012", "i-2 r-0i-1 123456789012", "i-3 r-1i-3 123456789012"]));
}

// Pages.

/// Three pages, the second of them empty.
fn paged() -> Server {
    Server::start(|request| match request.parameter("NextToken").as_deref() {
        None => instances(&[&["i-1", "i-2"], &["i-3"]], Some("page/2+=")),
        Some("page/2+=") => instances(&[], Some("page3")),
        Some("page3") => instances(&[&["i-4"]], None),
        Some(other) => ec2_error(400, "InvalidNextToken", other),
    })
}

const IDS: &str = "local ids = {} for _, i in ipairs(list) do ids[#ids + 1] = i.instance_id end return ids";

#[test]
fn all_has_every_item_of_every_page_once() {
    let server = paged();
    let ids = on(&server).returned(&format!(
        r#"local list = ec2.describe_instances.all{{filters={{["tag:App"]="App20"}}, max_results=5}} {IDS}"#
    ));
    assert_eq!(ids, json!(["i-1", "i-2", "i-3", "i-4"]));
    let base = [("Filter.1.Name", "tag:App"), ("Filter.1.Value.1", "App20"), ("MaxResults", "5")];
    assert_eq!(sent(&server, 0), pairs(&base));
    for (number, token) in [(1, "page/2+="), (2, "page3")] {
        assert_eq!(sent(&server, number), pairs(&[&base[..], &[("NextToken", token)]].concat()));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn items_walks_over_every_item_once() {
    let server = paged();
    let ids = on(&server).returned(
        "local ids = {} for i in ec2.describe_instances.items{} do ids[#ids + 1] = i.instance_id end return ids",
    );
    assert_eq!(ids, json!(["i-1", "i-2", "i-3", "i-4"]));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn items_can_be_left_early() {
    let server = paged();
    assert_eq!(on(&server).returned("for i in ec2.describe_instances.items() do return i.instance_id end"), "i-1");
    assert!(server.requests().len() <= 2, "more was fetched than the page in use and the next one");
}

#[test]
fn pages_gives_whole_answers_with_the_empty_one_among_them() {
    let server = paged();
    let sizes = on(&server).returned(
        "local n = {} for page in ec2.describe_instances.pages{} do n[#n + 1] = #page.reservations end return n",
    );
    assert_eq!(sizes, json!([2, 0, 1]));
}

#[test]
fn one_call_is_one_request_and_shows_the_token() {
    let server = paged();
    assert_eq!(on(&server).eval("ec2.describe_instances{}.next_token"), "page/2+=");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_callers_own_table_is_not_changed_by_paging() {
    let server = paged();
    let input = on(&server).returned("local input = {max_results=5} ec2.describe_instances.all(input) return input");
    assert_eq!(input, json!({"max_results": 5}));
}

#[test]
fn a_token_that_comes_twice_is_an_error_and_no_endless_loop() {
    for form in ["ec2.describe_tags.all{}", "(function() for _ in ec2.describe_tags.items{} do end end)()"] {
        let server = Server::always(tags(Some("again"), &["App"]));
        let error = caught(on(&server), form);
        assert_eq!(error["code"], "RepeatedToken");
        assert_eq!(error["operation"], "describe_tags");
        has(&error["text"], "ec2.describe_tags");
        has(&error["text"], "again");
        assert!(server.requests().len() <= 3, "{form}: {}", server.requests().len());
    }
}

#[test]
fn an_empty_token_ends_as_none_does() {
    let server = Server::always(tags(Some(""), &["App", "Owner"]));
    assert_eq!(on(&server).eval("#ec2.describe_tags.all{}"), 2);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_error_on_a_later_page_is_an_error_and_no_shorter_list() {
    let server = Server::start(|request| match request.parameter("NextToken") {
        None => tags(Some("2"), &["App"]),
        Some(_) => ec2_error(400, "InvalidPaginationToken", "The token has expired"),
    });
    for form in ["ec2.describe_tags.all{}", "(function() for _ in ec2.describe_tags.items{} do end end)()"] {
        assert_eq!(caught(on(&server), form)["code"], "InvalidPaginationToken");
    }
}

#[test]
fn a_token_of_the_callers_own_is_where_paging_starts() {
    let server = paged();
    let ids = on(&server).returned(&format!("local list = ec2.describe_instances.all{{next_token='page3'}} {IDS}"));
    assert_eq!(ids, json!(["i-4"]));
}

#[test]
fn operations_without_pages_have_items_as_well() {
    let server = Server::always(Reply::xml(
        r#"<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>
             <item><regionName>eu-central-1</regionName><regionEndpoint>ec2.eu-central-1.amazonaws.com</regionEndpoint></item>
             <item><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint></item>
           </regionInfo></DescribeRegionsResponse>"#,
    ));
    let regions = on(&server).eval("ec2.describe_regions.all{}");
    assert_eq!(regions[1]["region_name"], "eu-west-1");
    assert_eq!(regions.as_array().map(Vec::len), Some(2));
}

#[test]
fn an_operation_without_a_list_has_no_items() {
    let server = Server::always(Reply::xml(IDENTITY));
    let error = caught(on(&server), "sts.get_caller_identity.all{}");
    has(&error["text"], "sts.get_caller_identity");
    server.saw_nothing();
}

// AWS query.

#[test]
fn iam_pages_by_marker() {
    let server = Server::start(|request| match request.parameter("Marker").as_deref() {
        None => users(&["ada", "grace"], Some("AAAA==")),
        Some("AAAA==") => users(&["linus"], None),
        Some(other) => query_error(400, "ValidationError", other),
    });
    let told = on(&server).returned(
        "local told = {}
         for at, user in ipairs(iam.list_users.all{path_prefix='/', max_items=2}) do
           told[at] = user.user_name .. ' ' .. user.create_date
         end
         return told",
    );
    let created = "2019-06-01T12:00:00Z";
    assert_eq!(told, json!([format!("ada {created}"), format!("grace {created}"), format!("linus {created}")]));
    assert_eq!(sent(&server, 0), pairs(&[("MaxItems", "2"), ("PathPrefix", "/")]));
    assert_eq!(sent(&server, 1), pairs(&[("Marker", "AAAA=="), ("MaxItems", "2"), ("PathPrefix", "/")]));
}

#[test]
fn a_single_iam_page_has_its_fields() {
    let server = Server::always(users(&["ada"], Some("next")));
    let page = on(&server).eval("iam.list_users()");
    assert_eq!(page["is_truncated"], true);
    assert_eq!(page["marker"], "next");
    assert_eq!(page["users"][0]["arn"], "arn:aws:iam::123456789012:user/ada");
    assert_eq!(page["users"][0]["tags"], json!({}));
    assert_eq!(page["users"][0].get("password_last_used"), None);
}

#[test]
fn iam_gets_tags_given_as_a_map() {
    let server = Server::always(Reply::xml(
        r#"<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateUserResult><User><Path>/</Path>
           <UserName>ada</UserName><UserId>AIDA1</UserId><Arn>arn:aws:iam::1:user/ada</Arn>
           <CreateDate>2019-06-01T12:00:00Z</CreateDate>
           <Tags><member><Key>Team</Key><Value>web</Value></member></Tags></User></CreateUserResult></CreateUserResponse>"#,
    ));
    let user = on(&server).eval("iam.create_user{user_name='ada', tags={Team='web'}}.user");
    assert_eq!(user["tags"], json!({"Team": "web"}));
    assert_eq!(
        sent(&server, 0),
        pairs(&[("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "web"), ("UserName", "ada")])
    );
}

#[test]
fn sts_says_who_calls() {
    let server = Server::always(Reply::xml(IDENTITY));
    assert_eq!(
        on(&server).eval("sts.get_caller_identity()"),
        json!({"account": "123456789012", "arn": "arn:aws:iam::123456789012:user/ada", "user_id": "AIDAEXAMPLE"})
    );
    assert_eq!(server.operations(), ["GetCallerIdentity"]);
}

// JSON 1.1.

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
    // The guard has asked whether the tag chooses anything protected.
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
    assert_eq!(server.requests()[1].json(), json!({"Path": "/", "Recursive": true, "NextToken": "t2"}));
}

// REST JSON.

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
fn a_groups_resources_are_listed_with_what_went_wrong_in_its_query() {
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

// Errors.

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
    assert_eq!(server.requests().len(), 1, "such an error is not tried again");
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
fn an_error_without_a_message_still_says_something() {
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
        "local function told(e) return e.code .. ' ' .. e.status .. ' ' .. e.operation end
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
           all[at] = told(e)
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

// Bad input ends here.

#[test]
fn bad_input_is_named_with_its_path_and_sends_nothing() {
    let server = Server::always(Reply::Hangup);
    let cases = [
        ("ec2.describe_instances{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        (
            "ec2.describe_instances{InstanceIds={'i-1'}}",
            "unknown parameter 'InstanceIds'; did you mean 'instance_ids'?",
        ),
        ("ec2.describe_instances.all{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        ("ec2.describe_instances.items{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        ("ec2.describe_instances.pages{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        ("ec2.wait.instance_running{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        (
            "ec2.run_instances{min_count=1, max_count=1, block_device_mappings={{}, {ebs={volume_sise=3}}}}",
            "block_device_mappings[2].ebs: unknown parameter 'volume_sise'; did you mean 'volume_size'?",
        ),
        ("sts.get_caller_identity{user='me'}", "unknown parameter 'user'; it takes none"),
        ("ec2.describe_instances{max_results='many'}", "max_results: expected integer, got string"),
        ("ec2.describe_instances{max_results=1.5}", "max_results: expected integer, got number"),
        ("ec2.describe_instances{max_results=2^40}", "max_results: 1099511627776 does not fit into 32 bits"),
        ("ec2.describe_instances{dry_run='yes'}", "dry_run: expected boolean, got string"),
        ("ec2.describe_instances{instance_ids='i-1'}", "instance_ids: expected list of strings, got string"),
        ("ec2.describe_instances{instance_ids={'i-1', 2}}", "instance_ids[2]: expected string, got integer"),
        (
            "ec2.describe_instances{filters={['tag:App']={{}}}}",
            "filters[\"tag:App\"][1]: expected string or list of strings, got table",
        ),
        (
            "ec2.run_instances{min_count=1, max_count=1, tag_specifications={{tags={App=20}}}}",
            "tag_specifications[1].tags.App: expected string, got integer",
        ),
        ("ec2.describe_spot_price_history{start_time='yesterday'}", "start_time: expected a time"),
        ("ec2.describe_instances('i-1')", "got string"),
        ("ec2.run_instances{min_count=1}", "required parameter 'max_count' is missing"),
        ("ssm.send_command{}", "required parameter 'document_name' is missing"),
        ("ec2.describe_instances{instance_ids={}}", "instance_ids: the list is empty"),
        ("ec2.terminate_instances{instance_ids=json.list()}", "instance_ids: the list is empty"),
        ("ec2.stop_instances{instance_ids={}}", "instance_ids: the list is empty"),
        ("ssm.send_command{document_name='X', instance_ids={}}", "instance_ids: the list is empty"),
        ("ssm.send_command{document_name='X', targets={}}", "targets: the list is empty"),
        ("ec2.describe_instances{filters={}}", "filters: the list is empty"),
        ("ec2.describe_instances{filters={['tag:App']={}}}", "filters[\"tag:App\"]: a filter without values"),
        ("ec2.describe_instances{filters={{name='tag:App', values={}}}}", "filters[1].values: the list is empty"),
        ("ec2.describe_instances{print}", "is a function"),
        ("ec2.descibe_instances{}", "no such operation; did you mean ec2.describe_instances?"),
        ("ec2.DescribeInstances{}", "no such operation; did you mean ec2.describe_instances?"),
        ("ec2.describe_instances.al{}", "did you mean ec2.describe_instances.all?"),
        ("ec2.wait.instance_runing{instance_ids={'i-1'}}", "did you mean ec2.wait.instance_running?"),
    ];
    let calls: Vec<_> = cases.iter().map(|(call, _)| format!("function() return {call} end")).collect();
    let texts = on(&server).returned(&format!(
        "local texts = {{}}
         for at, call in ipairs{{{}}} do
           local ok, e = pcall(call)
           texts[at] = ok and 'went well' or tostring(e)
         end
         return texts",
        calls.join(", ")
    ));
    let wrong: Vec<_> = cases
        .iter()
        .zip(texts.as_array().expect("a list of texts"))
        .filter(|((_, part), text)| !text.as_str().unwrap_or_default().contains(part))
        .map(|((call, part), text)| format!("{call}\n  wanted {part}\n  got    {text}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    server.saw_nothing();
}

#[test]
fn an_input_error_is_a_value_of_its_own_code() {
    let server = Server::always(Reply::Hangup);
    let error = caught(on(&server), "ec2.describe_instances{filter={}}");
    assert_eq!(error["code"], "InvalidInput");
    assert_eq!(error["service"], "ec2");
    assert_eq!(error["operation"], "describe_instances");
    assert_eq!(error["retryable"], false);
    assert_eq!(error["text"], "ec2.describe_instances: unknown parameter 'filter'; did you mean 'filters'?");
}

/// A proxy in front of all that is not local: a call that fell through to AWS would show here.
fn behind_a_proxy(proxy: &Server) -> Shell {
    Shell::new().credentials().env("HTTPS_PROXY", &proxy.url).env("HTTP_PROXY", &proxy.url)
}

#[test]
fn the_proxy_sees_a_call_to_aws() {
    // Without this the tests below could not fail.
    let proxy = Server::always(Reply::Hangup);
    behind_a_proxy(&proxy).chunk("sts.get_caller_identity()").code(1);
    assert!(!proxy.requests().is_empty());
}

#[test]
fn an_endpoint_that_is_no_url_never_falls_through_to_aws() {
    let proxy = Server::always(Reply::Hangup);
    for (name, url) in [
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
        ("AWS_ENDPOINT_URL", "http://"),
        ("AWS_ENDPOINT_URL_STS", "not a url"),
    ] {
        behind_a_proxy(&proxy)
            .env(name, url)
            .chunk("sts.get_caller_identity()")
            .code(1)
            .says("BadConfiguration")
            .says(name)
            .says(url);
    }
    for url in ["nonsense", "localhost:4566", "ftp://localhost"] {
        let ran = behind_a_proxy(&proxy).args(["--endpoint-url", url]).chunk("sts.get_caller_identity()");
        assert!(ran.stderr.contains("--endpoint-url") && ran.stderr.contains(url), "{}", ran.stderr);
    }
    behind_a_proxy(&proxy)
        .chunk("aws.session{endpoint_url='nonsense'}.sts.get_caller_identity()")
        .code(1)
        .says("nonsense");
    proxy.saw_nothing();
}

#[test]
fn an_endpoint_in_the_profile_that_is_no_url_never_falls_through_to_aws() {
    let proxy = Server::always(Reply::Hangup);
    let profiles = [
        "[default]\nendpoint_url = localhost:4566\n",
        "[default]\nservices = local\n[services local]\nsts =\n  endpoint_url = localhost:4566\n",
    ];
    for profile in profiles {
        behind_a_proxy(&proxy)
            .file(".aws/config", profile)
            .chunk("sts.get_caller_identity()")
            .code(1)
            .says("endpoint_url")
            .says("localhost:4566");
    }
    proxy.saw_nothing();
}

#[test]
fn the_endpoint_of_the_environment_and_of_the_profile_is_used() {
    let server = Server::always(Reply::xml(IDENTITY));
    let call = "sts.get_caller_identity().account";
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
        assert_eq!(Shell::new().credentials().env(name, &server.url).eval(call), "123456789012");
    }
    let profile = format!("[profile local]\nregion = eu-west-1\nendpoint_url = {}\n", server.url);
    let keys = "[local]\naws_access_key_id = AKIALOCAL\naws_secret_access_key = x\n";
    let shell = Shell::new().file(".aws/config", &profile).file(".aws/credentials", keys);
    assert_eq!(shell.args(["--profile", "local"]).eval(call), "123456789012");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[2].header("authorization").is_some_and(|a| a.contains("AKIALOCAL") && a.contains("/eu-west-1/")));
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_not_utf8_is_no_panic() {
    use std::os::unix::ffi::OsStrExt;
    let server = Server::always(Reply::xml(IDENTITY));
    on(&server)
        .env("NOISE", std::ffi::OsStr::from_bytes(b"\xff\xfe"))
        .chunk("print(sts.get_caller_identity().account)")
        .code(0)
        .printed("123456789012\n");
}

#[test]
fn no_credentials_and_no_region_are_said_with_what_to_do() {
    let server = Server::always(Reply::Hangup);
    let without_region = Shell::new().args(["--endpoint-url", &server.url]).env("AWS_ACCESS_KEY_ID", "A");
    without_region.env("AWS_SECRET_ACCESS_KEY", "b").chunk("ec2.describe_tags{}").code(1).says("--region");
    let without_keys = Shell::new().args(["--endpoint-url", &server.url, "--region", "eu-west-1"]);
    without_keys.chunk("ec2.describe_tags{}").code(1).says("ec2.describe_tags").says("--profile");
    server.saw_nothing();
}

#[test]
fn an_unknown_profile_is_an_error_that_names_it() {
    let server = Server::always(Reply::xml(IDENTITY));
    let call = "sts.get_caller_identity()";
    let config = "[default]\nregion = eu-west-1\n";
    on(&server).args(["--profile", "absent"]).file(".aws/config", config).chunk(call).code(1).says("absent");
    on(&server)
        .file(".aws/config", config)
        .chunk(&format!("aws.session{{profile='absent'}}.{call}"))
        .code(1)
        .says("absent");
    server.saw_nothing();
}

#[test]
fn a_profile_that_is_asked_for_comes_before_the_keys_of_the_environment() {
    let server = Server::always(Reply::xml(IDENTITY));
    on(&server)
        .args(["--profile", "prod"])
        .file(".aws/credentials", "[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = x\n")
        .chunk("sts.get_caller_identity()")
        .code(0);
    assert!(
        server.requests()[0].header("authorization").is_some_and(|a| a.contains("AKIAPROD/")),
        "{:?}",
        server.requests()
    );
}

#[test]
fn a_session_of_another_region_calls_there() {
    let server = Server::always(tags(None, &["App"]));
    let script = "local a, b = aws.session{region='eu-west-1'}, aws.session{region='us-east-1'}
                  a.ec2.describe_tags{} b.ec2.describe_tags{} aws.ec2.describe_tags{} ec2.describe_tags{}
                  print(a.region, b.region, aws.region)";
    on(&server).chunk(script).code(0).printed("eu-west-1\tus-east-1\teu-central-1\n");
    let regions: Vec<_> = server
        .requests()
        .iter()
        .filter_map(|r| r.header("authorization")?.split('/').nth(2).map(str::to_owned))
        .collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1", "eu-central-1", "eu-central-1"]);
}

#[test]
fn the_option_region_comes_before_the_environment() {
    let server = Server::always(tags(None, &["App"]));
    on(&server).args(["--region", "ap-south-1"]).chunk("ec2.describe_tags{}").code(0);
    assert!(server.requests()[0].header("authorization").is_some_and(|a| a.contains("/ap-south-1/ec2/")));
}

#[test]
fn no_call_means_no_request_and_no_look_for_credentials() {
    let server = Server::always(Reply::Hangup);
    Shell::new()
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/credentials", server.url))
        .args(["--endpoint-url", &server.url])
        .chunk("local f = ec2.describe_instances; local s = aws.session{region='eu-west-1'}; print(s.region)")
        .code(0)
        .printed("eu-west-1\n");
    server.saw_nothing();
}

// The guard.

const READER: &str = "return script {
  summary = 'Reads.', risk = 'read',
  run = function()
    BODY
  end,
}";

#[test]
fn a_script_that_reads_cannot_write() {
    let server = Server::always(Reply::Hangup);
    let write = "ec2.create_tags{resources={'i-1'}, tags={App='App20'}}";
    on(&server)
        .script(&READER.replace("BODY", write))
        .code(4)
        .says("ec2.create_tags: refused, nothing was sent")
        .says("script.lua:4:");
    on(&server).script(&READER.replace("BODY", &format!("task.map({{1}}, function() {write} end)"))).code(4);
    on(&server).script(&READER.replace("BODY", "ec2.terminate_instances{instance_ids={'i-1'}}")).code(4);
    server.saw_nothing();
}

#[test]
fn a_refusal_is_an_error_that_a_script_can_catch_and_not_go_round() {
    let server = Server::always(Reply::Hangup);
    let body = "local input = {resources={'i-1'}, tags={App='App20'}}
                local ok, e = pcall(ec2.create_tags, input)
                print(ok, e.code, e.operation)
                print(pcall(aws.session{region='eu-west-1'}.ec2.create_tags, input))
                print(pcall(ec2.create_tags.pages, input))
                print(coroutine.wrap(function() return pcall(ec2.create_tags, input) end)())";
    let ran = on(&server).script(&READER.replace("BODY", body)).code(0).prints("false\tRefused\tcreate_tags\n");
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("false\t")).count(), 4, "{}", ran.stdout);
    server.saw_nothing();
}

#[test]
fn a_script_that_writes_cannot_destroy_and_one_that_reads_can_read() {
    let server = Server::always(tags(None, &["App"]));
    let writer = READER.replace("'read'", "'write'");
    on(&server).script(&writer.replace("BODY", "ec2.terminate_instances{instance_ids={'i-1'}}")).code(4);
    server.saw_nothing();
    on(&server).script(&READER.replace("BODY", "print(#ec2.describe_tags{}.tags)")).code(0).printed("1\n");
}

// Faults.

#[test]
fn a_service_that_keeps_failing_is_tried_again_and_then_named() {
    let server = Server::always(ec2_error(500, "InternalError", "An internal error has occurred"));
    let error = caught(on(&server), "ec2.describe_tags{}");
    assert_eq!(error["code"], "InternalError");
    assert_eq!(error["status"], 500);
    assert_eq!(error["retryable"], true);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_failing_server_that_is_none_of_awss_is_named_by_its_status() {
    let server = Server::always(Reply::rest("<html><h1>502 Bad Gateway</h1></html>").status(502));
    for call in
        ["ec2.describe_tags{}", "iam.list_users{}", "ssm.get_parameter{name='x'}", "resource_groups.list_groups{}"]
    {
        let error = caught(on(&server), call);
        assert_eq!(error["status"], 502, "{call}: {error}");
        assert_eq!(error["retryable"], true, "{call}: {error}");
        has(&error["text"], call.split('{').next().expect("a call has a name"));
        has(&error["text"], "502");
    }
}

#[test]
fn what_fails_once_and_throttling_are_tried_again() {
    let once = [
        ec2_error(503, "RequestLimitExceeded", "Request limit exceeded."),
        ec2_error(400, "Throttling", "Rate exceeded"),
        ec2_error(503, "Unavailable", "The service is unavailable. Please try again shortly."),
        Reply::Hangup,
    ];
    for reply in once {
        let server = Server::replies([reply, tags(None, &["App"])]);
        assert_eq!(on(&server).eval("#ec2.describe_tags.all{}"), 1);
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn endless_throttling_is_named() {
    let server =
        Server::always(Reply::json(r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#).status(400));
    let error = caught(on(&server), "ssm.get_parameter({name='x'}, {retries=1})");
    assert_eq!(error["code"], "ThrottlingException");
    assert_eq!(error["retryable"], true);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_connection_that_is_cut_is_an_error_that_says_so() {
    let server = Server::always(Reply::Hangup);
    let error = caught(on(&server), "ec2.describe_tags{}");
    assert_eq!(error["code"], "ConnectionFailed");
    assert_eq!(error["retryable"], true);
    assert_eq!(error["operation"], "describe_tags");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_port_where_nobody_listens_is_an_error_that_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a local port");
    let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
    drop(listener);
    let error = caught(Shell::new().endpoint(&url), "ec2.describe_tags{}");
    assert_eq!(error["code"], "ConnectionFailed");
    has(&error["text"], "refused");
}

/// The text of a page with two instances, and where the second begins.
fn two_instances() -> (String, usize) {
    let Reply::Answer { body, .. } = instances(&[&["i-1", "i-2"]], None) else { unreachable!("a page is an answer") };
    let second = body.find("<instanceId>i-2").expect("there is a second instance");
    (body, second)
}

#[test]
fn an_answer_that_is_torn_off_is_never_a_shorter_answer() {
    let (whole, second) = two_instances();
    for text in [&whole[..], &whole[..second]] {
        let server = Server::always(Reply::Torn(text.to_owned()));
        let error = caught(on(&server), "ec2.describe_instances.all{}");
        assert_eq!(error["operation"], "describe_instances");
        assert_eq!(error["retryable"], true, "{error}");
    }
}

#[test]
fn xml_that_ends_too_early_is_never_a_shorter_answer() {
    let (whole, second) = two_instances();
    let last = whole.rfind("</reservationSet>").expect("the list ends");
    let wrong: Vec<_> = [second, second - 20, last]
        .into_iter()
        .filter_map(|cut| {
            let server = Server::always(Reply::xml(&whole[..cut]));
            let told = on(&server).returned(
                "local ok, e = pcall(ec2.describe_instances.all, {})
                 return {ok = ok, code = not ok and e.code or nil, found = ok and #e or nil}",
            );
            (told != json!({"ok": false, "code": "BadResponse"}))
                .then(|| format!("cut at {cut} of {}: {told}", whole.len()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_answer_that_is_something_else_is_named_and_never_empty() {
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

// Many at once.

#[test]
fn calls_wait_at_the_same_time() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        Reply::xml(IDENTITY)
    });
    let started = Instant::now();
    let accounts = on(&server).returned(
        "return (task.map({1, 2, 3, 4, 5, 6, 7, 8}, function() return sts.get_caller_identity().account end))",
    );
    assert_eq!(accounts, json!(vec!["123456789012"; 8]));
    assert!(started.elapsed() < Duration::from_millis(2000), "{:?}", started.elapsed());
}

#[test]
fn answers_of_many_tasks_do_not_get_mixed_up() {
    let server = Server::start(|request| {
        let name = request.json()["Name"].as_str().unwrap_or_default().to_owned();
        std::thread::sleep(Duration::from_millis(name.len() as u64 * 7 % 30));
        Reply::json(json!({"Parameter": {"Name": name, "Type": "String", "Value": name, "Version": 1}}).to_string())
    });
    let wrong = on(&server).returned(
        "local names = {}
         for n = 1, 60 do names[n] = '/' .. string.rep('x', n) end
         local values = task.map(names, function(name) return ssm.get_parameter{name=name}.parameter.value end, {limit=20})
         local wrong = json.list()
         for n, name in ipairs(names) do if values[n] ~= name then wrong[#wrong + 1] = n end end
         return wrong",
    );
    assert_eq!(wrong, json!([]));
    assert_eq!(server.requests().len(), 60);
}

#[test]
fn each_request_can_be_traced() {
    let server = Server::replies([ec2_error(503, "Unavailable", "Not now."), tags(None, &["App"])]);
    let ran = on(&server).arg("--trace").chunk("ec2.describe_tags{}").code(0).never_says("example");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, expected) in lines.iter().zip([["attempt=1", "status=503"], ["attempt=2", "status=200"]]) {
        let same = ["service=\"ec2\"", "operation=\"DescribeTags\"", "region=\"eu-central-1\"", "ms=", "request_id="];
        assert!(same.iter().chain(&expected).all(|part| line.contains(part)), "{line}");
    }
}

#[test]
fn machines_read_the_trace_as_json() {
    let server = Server::always(tags(None, &["App"]));
    let ran = on(&server).args(["--trace", "--log-format", "json"]).chunk("ec2.describe_tags{}").code(0);
    let line: Value = serde_json::from_str(&ran.stderr).expect("one line of JSON");
    assert_eq!(line["operation"], "DescribeTags");
    assert_eq!(line["status"], 200);
    assert!(line["ms"].is_u64());
}

#[test]
fn whatever_is_wrong_with_an_input_has_the_same_code_and_says_the_operation() {
    let server = Server::always(Reply::xml(""));
    for (call, said) in [
        ("ec2.describe_instances{instance_ids={'a', nil, 'b'}}", ".instance_ids has an item 3 but no item 2"),
        ("ec2.describe_instances{instance_ids={print}}", ".instance_ids[1] is a function"),
        ("ec2:describe_instances{}", "ec2.describe_instances{…} with a dot"),
        ("ec2.describe_instances({}, {timout='1s'})", "did you mean `timeout`?"),
        ("ec2.descibe_instances{}", "did you mean ec2.describe_instances?"),
    ] {
        let told =
            on(&server).returned(&format!("local _, e = pcall(function() {call} end) return {{e.code, tostring(e)}}"));
        assert_eq!(told[0], "InvalidInput", "{call}: {told}");
        assert!(told[1].as_str().is_some_and(|text| text.contains(said)), "{call}: {told}");
    }
    server.saw_nothing();
}

#[test]
fn an_error_can_be_walked_over() {
    let server = Server::always(ec2_error(403, "UnauthorizedOperation", "No."));
    let told = on(&server).returned(
        "local _, e = pcall(ec2.describe_tags) local found = {} for name, value in pairs(e) do found[name] = value end
         return found",
    );
    assert_eq!((&told["code"], &told["status"]), (&json!("UnauthorizedOperation"), &json!(403)));
}

/// Every service, every operation.
#[test]
fn a_run_that_is_read_only_sends_nothing_that_could_change_anything() {
    let server = Server::always(Reply::xml(""));
    let walk = "local counts = {}
        for _, service in ipairs{'ec2', 'iam', 'ssm', 'resource_groups', 'sts'} do
          for name, operation in pairs(_G[service]) do
            if not tostring(operation):find('(read)', 1, true) then
              local ok, e = pcall(operation, {})
              assert(not ok and e.code == 'Refused' and e.message:find('--read-only', 1, true), service .. '.' .. name)
              counts[service] = (counts[service] or 0) + 1
            end
          end
        end
        return counts";
    let counts = on(&server).arg("--read-only").returned(walk);
    let refused: u64 = counts.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    println!("{refused} operations refused: {counts}");
    assert!(refused > 500, "{counts}");
    on(&server).arg("--read-only").chunk("ec2.terminate_instances{instance_ids={'i-1'}}").code(4).says("--read-only");
    server.saw_nothing();
}
