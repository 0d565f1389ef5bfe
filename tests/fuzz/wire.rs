//! Answers in each protocol of AWS, through the real client and the bindings.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use moonfleet_client::by_name::{list, map, read};
use moonfleet_client::{CallOptions, Hooks, Principal, Session, SessionSettings};
use moonfleet_core::{Map, Value, known_secrets};
use proptest::prelude::*;

use crate::configuration::environment;
use crate::mutate::{Bytes, damaged};
use crate::watch::{assert_safe, cases, watched};

/// Answers every request with the same bytes, which need not be text.
pub(crate) struct RawServer {
    pub url: String,
    answer: Arc<Mutex<(u16, Vec<u8>)>>,
}

impl RawServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a local port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
        let answer = Arc::new(Mutex::new((200, Vec::new())));
        let shared = answer.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = shared.clone();
                std::thread::spawn(move || serve(stream, &answer));
            }
        });
        RawServer { url, answer }
    }

    pub(crate) fn answer(&self, status: u16, body: &[u8]) {
        *self.answer.lock().expect("nothing panics while it holds this") = (status, body.to_vec());
    }
}

fn serve(stream: TcpStream, answer: &Mutex<(u16, Vec<u8>)>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        let (status, body) = answer.lock().expect("nothing panics while it holds this").clone();
        let head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n\r\n", body.len());
        writer.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    }
}

/// A call whose answers are fuzzed.
struct Call {
    service: &'static str,
    operation: &'static str,
    input: fn() -> Map,
}

/// Sends a call, and answers it with these bytes.
fn call(call: &Call, status: u16, body: &[u8]) {
    static SERVER: OnceLock<RawServer> = OnceLock::new();
    // The server has one answer at a time.
    static ONE: Mutex<()> = Mutex::new(());
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    /// The number of calls that the rate limiter of a region allows without a delay.
    const BURST: usize = 40;
    environment();
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let server = SERVER.get_or_init(RawServer::start);
    server.answer(status, body);
    let region = format!("fuzz-{}", CALLS.fetch_add(1, Ordering::Relaxed) / BURST);
    static SESSION: OnceLock<Mutex<(String, Arc<Session>)>> = OnceLock::new();
    let settings = |region: &str| SessionSettings {
        principal: Principal { endpoint_url: Some(server.url.clone()), ..Principal::default() },
        region: Some(region.to_owned()),
        calls: CallOptions { timeout: Some(Duration::from_secs(20)), retries: Some(0), ..CallOptions::default() },
        ..SessionSettings::default()
    };
    let session =
        SESSION.get_or_init(|| Mutex::new((region.clone(), Session::new(settings(&region), Hooks::default()))));
    let mut session = session.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if session.0 != region {
        *session = (region.clone(), session.1.with(settings(&region)));
    }
    let answer =
        watched(body, || futures_executor::block_on(read(&session.1, call.service, call.operation, (call.input)())));
    match answer {
        // A secret in an answer becomes known, and is redacted.
        Ok(answer) => drop(format!("{:?}", known_secrets::redact_value(Value::Map(answer)))),
        Err(error) => {
            assert_ne!(error.code, "Bug", "{error}");
            // An error shows the message of the service, but no data of an answer that should be a success.
            if status < 300 {
                assert_safe(&error.to_string());
            }
        }
    }
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![8 => Just(200_u16), 2 => Just(400), 1 => Just(403), 1 => Just(500), 1 => 201_u16..600]
}

const XML: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<item>",
    "</item>",
    "<item/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&lt;",
    "&#0;",
    "&#x110000;",
    "&b;",
    " xmlns=\"x\"",
    "<a:b>",
    "true",
    "1",
    "2020-01-01T00:00:00Z",
    "9999999999",
    "\u{1b}",
    "<member>",
    "</member>",
    "<Error>",
    "<Code>",
];

const EC2: &[&str] = &[
    "<?xml version=\"1.0\"?><DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><reservationSet><item><reservationId>r-1</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item><instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState><launchTime>2026-01-01T00:00:00.000Z</launchTime><ebsOptimized>false</ebsOptimized><tagSet><item><key>Name</key><value>web</value></item></tagSet><cpuOptions><coreCount>2</coreCount></cpuOptions></item></instancesSet></item></reservationSet><nextToken>t</nextToken></DescribeInstancesResponse>",
    "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>The ID 'i-1' does not exist</Message></Error></Errors><RequestID>r</RequestID></Response>",
    "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
];

const QUERY: &[&str] = &[
    "<GetUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetUserResult><User><Path>/</Path><UserName>bob</UserName><UserId>AIDA</UserId><Arn>arn:aws:iam::123456789012:user/bob</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Tags><member><Key>a</Key><Value>b</Value></member></Tags></User></GetUserResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetUserResponse>",
    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>No user bob</Message></Error><RequestId>r</RequestId></ErrorResponse>",
];

const CREDENTIALS: &[&str] = &[
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/a/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>hunter2canary-key</SecretAccessKey><SessionToken>hunter2canary-token</SessionToken><Expiration>2026-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
];

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "null",
    "true",
    "1",
    "-0",
    "1.5",
    "1e400",
    "\\u0000",
    "\\ud800",
    "\\",
    "{\"a\":",
    "[[",
    "\"__type\":\"X\"",
    "\"message\":null",
    "\"Parameter\":{",
    "1700000000.5",
    "-9223372036854775809",
];

const AWS_JSON: &[&str] = &[
    "{\"Parameter\":{\"Name\":\"/app/token\",\"Type\":\"SecureString\",\"Value\":\"hunter2canary-value\",\"Version\":3,\"LastModifiedDate\":1.7000000005E9,\"ARN\":\"arn:aws:ssm:eu-central-1:123456789012:parameter/app/token\",\"DataType\":\"text\"}}",
    "{\"__type\":\"com.amazonaws.ssm#ParameterNotFound\",\"message\":\"no such parameter\"}",
    "{}",
];

const REST_JSON: &[&str] = &[
    "{\"GroupIdentifiers\":[{\"GroupName\":\"App20\",\"GroupArn\":\"arn:aws:resource-groups:eu-central-1:123456789012:group/App20\",\"Criticality\":3}],\"Groups\":[{\"GroupArn\":\"a\",\"Name\":\"App20\",\"Description\":\"d\",\"Criticality\":1}],\"NextToken\":\"t\"}",
    "{\"Code\":\"NotFoundException\",\"Message\":\"Cannot find group\"}",
];

const DESCRIBE_INSTANCES: Call = Call { service: "ec2", operation: "describe_instances", input: || map([]) };
const GET_USER: Call = Call { service: "iam", operation: "get_user", input: || map([("user_name", "bob".into())]) };
const ASSUME_ROLE: Call = Call {
    service: "sts",
    operation: "assume_role",
    input: || map([("role_arn", "arn:aws:iam::123456789012:role/a".into()), ("role_session_name", "s".into())]),
};
const GET_PARAMETER: Call =
    Call { service: "ssm", operation: "get_parameter", input: || map([("name", "/app/token".into())]) };
const LIST_GROUPS: Call = Call { service: "resource_groups", operation: "list_groups", input: || map([]) };
const DESCRIBE_TAGS: Call = Call {
    service: "ec2",
    operation: "describe_tags",
    input: || {
        let filter = map([("name", "key".into()), ("values", list(&["App".to_owned()]))]);
        map([("filters", Value::List(vec![Value::Map(filter)]))])
    },
};

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn ec2_query(Bytes(body) in damaged(EC2, XML), status in status()) {
        call(&DESCRIBE_INSTANCES, status, &body);
        call(&DESCRIBE_TAGS, status, &body);
    }

    #[test]
    fn query_xml(Bytes(body) in damaged(QUERY, XML), status in status()) {
        call(&GET_USER, status, &body);
    }

    #[test]
    fn query_xml_with_a_secret(Bytes(body) in damaged(CREDENTIALS, XML), status in status()) {
        call(&ASSUME_ROLE, status, &body);
    }

    #[test]
    fn aws_json(Bytes(body) in damaged(AWS_JSON, JSON), status in status()) {
        call(&GET_PARAMETER, status, &body);
    }

    #[test]
    fn rest_json(Bytes(body) in damaged(REST_JSON, JSON), status in status()) {
        call(&LIST_GROUPS, status, &body);
    }
}
