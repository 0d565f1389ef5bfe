//! Answers that are cut, empty, or of an unusual form.

use moonfleet_core::Value;
use moonfleet_protocols::{Error, Failure};

use crate::{at, call, read, response};

/// An answer with a list in each protocol.
const ANSWERS: &[(&str, &str)] = &[
    ("organizations.list_accounts", r#"{"Accounts":[{"Id":"1","Name":"a"},{"Id":"2","Name":"b"}],"NextToken":"n"}"#),
    ("lambda.list_functions", r#"{"Functions":[{"FunctionName":"a","Timeout":3},{"FunctionName":"b"}]}"#),
    (
        "iam.list_users",
        "<ListUsersResponse><ListUsersResult><Users><member><UserName>a</UserName></member><member><UserName>b</UserName>\
         </member></Users></ListUsersResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListUsersResponse>",
    ),
    (
        "ec2.describe_tags",
        "<DescribeTagsResponse><tagSet><item><key>a</key></item><item><key>b</key></item></tagSet></DescribeTagsResponse>",
    ),
    (
        "s3.list_buckets",
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name></Bucket></Buckets>\
         </ListAllMyBucketsResult>",
    ),
];

fn unreadable(name: &str, body: impl Into<Vec<u8>>) -> String {
    match read(name, body) {
        Err(Failure::Call(Error::Answer(problem))) => problem,
        other => panic!("{name}: expected an error of the answer, got {other:?}"),
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_an_error() {
    for (name, body) in ANSWERS {
        assert!(read(name, *body).is_ok(), "{name}");
        for end in 0..body.len() {
            unreadable(name, &body[..end]);
        }
    }
    // {"metrics": [{"name": "a"}]} and more in CBOR.
    let fields: [&[u8]; 4] = [b"\xa1\x67Metrics\x9f", b"\xa1\x6aMetricName\x61a", b"\xa1\x6aMetricName\x61b", b"\xff"];
    let body = fields.concat();
    let (_, operation) = call("cloudwatch.list_metrics");
    let service = moonfleet_models::service("cloudwatch").expect("a service");
    let api = moonfleet_protocols::Api::with_protocol(service, moonfleet_models::Protocol::Cbor);
    let whole = api.answer(operation, &response(200, &[], body.clone())).expect("an answer");
    assert_eq!(at(&whole.to_map(), "metrics.1.metric_name"), Some(&Value::from("b")));
    for end in 0..body.len() {
        let cut = api.answer(operation, &response(200, &[], &body[..end]));
        assert!(matches!(cut, Err(Failure::Call(Error::Answer(_)))), "{end}: {cut:?}");
    }
}

#[test]
fn a_body_shorter_than_its_declared_length_is_an_error() {
    let (api, operation) = call("s3.get_object");
    let whole = api.answer(operation, &response(200, &[("content-length", "5")], "hello"));
    assert_eq!(at(&whole.expect("an object").to_map(), "body"), Some(&Value::from("hello")));
    let cut = api.answer(operation, &response(200, &[("content-length", "6")], "hello"));
    assert_eq!(
        cut.expect_err("it is cut").to_string(),
        "the answer ends in the middle, after 5 of 6 bytes; call again"
    );
    let (api, operation) = call("s3.head_object");
    let head = api.answer(operation, &response(200, &[("content-length", "6")], ""));
    assert_eq!(at(&head.expect("a head").to_map(), "content_length"), Some(&Value::Integer(6)));
}

#[test]
fn an_empty_answer_is_no_empty_list() {
    for (name, _) in ANSWERS {
        assert!(unreadable(name, "").contains("the answer is empty"), "{name}");
        assert!(unreadable(name, " \n").contains("the answer is empty"), "{name}");
    }
    assert_eq!(read("sqs.delete_queue", "").expect("no output"), moonfleet_core::Map::default());
    assert_eq!(read("iam.delete_user", "").expect("no output"), moonfleet_core::Map::default());
}

#[test]
fn a_login_page_is_no_answer() {
    for (name, _) in ANSWERS.iter().filter(|(name, _)| !name.starts_with("ec2") && !name.starts_with("s3")) {
        unreadable(name, "<html><body><p>Please log in<br></body></html>");
    }
}

#[test]
fn scalars_are_read_leniently() {
    let lambda = read("lambda.list_functions", r#"{"Functions":[{"Timeout":"3","CodeSize":1e3,"FunctionName":7}]}"#);
    let lambda = lambda.expect("an answer");
    assert_eq!(at(&lambda, "functions.0.timeout"), Some(&Value::Integer(3)));
    assert_eq!(at(&lambda, "functions.0.code_size"), Some(&Value::Integer(1000)));
    assert_eq!(at(&lambda, "functions.0.function_name"), Some(&Value::from("7")));
    let users = |field: &str| {
        let body = format!(
            "<ListUsersResponse><ListUsersResult><IsTruncated>{field}</IsTruncated></ListUsersResult></ListUsersResponse>"
        );
        at(&read("iam.list_users", body).expect("an answer"), "is_truncated").cloned()
    };
    assert_eq!(users("True"), Some(Value::Bool(true)));
    assert_eq!(users(" false "), Some(Value::Bool(false)));
    assert_eq!(users(""), None);
    assert!(matches!(read("lambda.list_functions", r#"{"Functions":[{"Timeout":"x"}]}"#), Err(Failure::Call(_))));
    assert!(matches!(read("lambda.list_functions", r#"{"Functions":{}}"#), Err(Failure::Call(_))));
}

#[test]
fn times_are_read_in_each_form_of_aws() {
    for text in [
        "2024-02-29T13:37:11Z",
        "2024-02-29T13:37:11.000Z",
        "2024-02-29T14:37:11+01:00",
        "2024-02-29T13:37:11+0000",
        "2024-02-29T13:37:11",
        "1709213831",
        "Thu, 29 Feb 2024 13:37:11 GMT",
    ] {
        let body = format!(
            "<GetUserResponse><GetUserResult><User><CreateDate>{text}</CreateDate></User></GetUserResult></GetUserResponse>"
        );
        let user = read("iam.get_user", body).expect(text);
        let Some(Value::Time(time)) = at(&user, "user.create_date") else { panic!("{text}: {user:?}") };
        assert_eq!(time.as_second(), 1_709_213_831, "{text}");
    }
    for (number, milliseconds) in [("1709213831", 0), ("1.709213831E9", 0), ("1709213831.123", 123)] {
        let accounts = format!(r#"{{"Accounts":[{{"JoinedTimestamp":{number}}}]}}"#);
        let accounts = read("organizations.list_accounts", accounts).expect(number);
        let Some(Value::Time(time)) = at(&accounts, "accounts.0.joined_timestamp") else { panic!("{accounts:?}") };
        assert_eq!(time.as_millisecond(), 1_709_213_831_000 + milliseconds, "{number}");
    }
}

#[test]
fn floats_have_the_digits_of_the_answer() {
    let body = "<DescribeReservedInstancesOfferingsResponse><reservedInstancesOfferingsSet><item><usagePrice>0.05</usagePrice></item></reservedInstancesOfferingsSet></DescribeReservedInstancesOfferingsResponse>";
    let offers = read("ec2.describe_reserved_instances_offerings", body).expect("an answer");
    assert_eq!(at(&offers, "reserved_instances_offerings.0.usage_price"), Some(&Value::Float(0.05)));
}

#[test]
fn deep_answers_are_refused_and_not_a_crash() {
    let deep = |levels: usize| {
        format!(r#"{{"Item":{{"a":{}{{"S":"x"}}{}}}}}"#, r#"{"L":["#.repeat(levels), "]}".repeat(levels))
    };
    assert!(read("dynamodb.get_item", deep(30)).is_ok());
    unreadable("dynamodb.get_item", deep(20_000));
    unreadable("iam.list_users", "<a><ListUsersResult>".repeat(5000));
}

#[test]
fn unknown_fields_and_members_of_unions_are_skipped() {
    let item = read("dynamodb.get_item", r#"{"Item":{"a":{"New":{"x":[1]}},"b":{"S":"x"}},"More":{"y":[{}]}}"#);
    let item = item.expect("an answer");
    assert_eq!(at(&item, "item.b.s"), Some(&Value::from("x")));
    assert_eq!(at(&item, "item.a"), Some(&Value::Map(moonfleet_core::Map::default())));
}

#[test]
fn the_location_of_a_bucket_is_the_root_itself() {
    let location =
        |body: &str| at(&read("s3.get_bucket_location", body).expect("an answer"), "location_constraint").cloned();
    let namespace = r#"xmlns="http://s3.amazonaws.com/doc/2006-03-01/""#;
    assert_eq!(
        location(&format!("<LocationConstraint {namespace}>eu-west-1</LocationConstraint>")),
        Some("eu-west-1".into())
    );
    assert_eq!(location(&format!("<LocationConstraint {namespace}/>")), None);
}
