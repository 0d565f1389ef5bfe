//! Answers in AWS's formats, and access to the requests.

use serde_json::Value;

use crate::support::Shell;
use crate::support::server::{REQUEST_ID, Reply, Server};

pub(crate) fn on(server: &Server) -> Shell {
    Shell::new().endpoint(&server.url)
}

/// Without the check of protection tags, which makes calls of its own.
pub(crate) fn changing(server: &Server) -> Shell {
    on(server).file(".config/moonfleet/settings.toml", "protect_tag = ''").arg("--yes")
}

/// Returns the fields of the error of `call`.
pub(crate) fn caught(shell: Shell, call: &str) -> Value {
    shell.returned(&format!(
        "local ok, e = pcall(function() return {call} end)
         assert(not ok, 'the call succeeded')
         return {{
           code = e.code, message = e.message, service = e.service, operation = e.operation, region = e.region,
           request_id = e.request_id, status = e.status, retryable = e.retryable, text = tostring(e),
         }}"
    ))
}

/// Makes each call after `setup`. The error of each must contain its text, and nothing may be sent.
#[track_caller]
pub(crate) fn fail_unsent<S: AsRef<str>>(server: &Server, setup: &str, cases: &[(S, &str)]) {
    let calls: Vec<_> = cases.iter().map(|(call, _)| format!("function() return {} end", call.as_ref())).collect();
    let texts = on(server).returned(&format!(
        "{setup}
         local texts = {{}}
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
        .map(|((call, part), text)| format!("{}\n  wanted {part}\n  got    {text}", call.as_ref()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    server.saw_nothing();
}

#[track_caller]
pub(crate) fn has(text: &Value, part: &str) {
    let text = text.as_str().unwrap_or_else(|| panic!("no text: {text}"));
    assert!(text.contains(part), "{text:?} lacks {part:?}");
}

#[track_caller]
pub(crate) fn sent(server: &Server, number: usize) -> Vec<(String, String)> {
    server.requests().get(number).unwrap_or_else(|| panic!("there were {}", server.requests().len())).parameters()
}

pub(crate) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Makes a page with a reservation for each list of instance ids.
pub(crate) fn instances(reservations: &[&[&str]], next_token: Option<&str>) -> Reply {
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

pub(crate) fn instance(id: &str) -> String {
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
            <futureField>from a later API</futureField>
        </item>"
    )
}

pub(crate) fn ec2_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::xml(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"#
    ))
    .status(status)
}

pub(crate) fn tags(next_token: Option<&str>, keys: &[&str]) -> Reply {
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

pub(crate) fn users(names: &[&str], marker: Option<&str>) -> Reply {
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

pub(crate) fn query_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::xml(format!(
        r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
  <RequestId>{REQUEST_ID}</RequestId>
</ErrorResponse>"#
    ))
    .status(status)
}

pub(crate) const IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>11111111-2222-3333-4444-555555555555</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"#;
