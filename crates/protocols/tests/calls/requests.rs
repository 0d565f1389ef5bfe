//! Requests of unusual inputs.

use jiff::Timestamp;
use moonfleet_core::{Map, Secret, Value};
use moonfleet_protocols::{Error, PreparedRequest, needs_token, new_token};

use crate::{call, map};

fn request(name: &str, input: &Map) -> Result<PreparedRequest, Error> {
    let (api, operation) = call(name);
    api.request(operation, input)
}

fn body(name: &str, input: &Map) -> String {
    let made = request(name, input).expect("a request");
    String::from_utf8(made.request.body().bytes().expect("a body").to_vec()).expect("UTF-8")
}

fn problem(name: &str, input: &str) -> String {
    request(name, &map(input)).expect_err("the input is wrong").to_string()
}

#[test]
fn wrong_inputs_are_refused_with_their_path() {
    let tags = r#"{"resource_id":"1","tags":[{"key":"a","value":"b"},{"key":"a","value":3}]}"#;
    assert_eq!(problem("organizations.tag_resource", tags), "tags[2].value: expected string, got integer");
    assert_eq!(problem("organizations.tag_resource", r#"{"tag":[]}"#), "tag: the model has no such field");
    assert_eq!(problem("lambda.invoke", "{}"), "function_name: a value is needed for the path of the request");
    let empty = problem("s3.delete_object", r#"{"bucket":"b","key":""}"#);
    assert_eq!(empty, "key: the text is empty, and the path of the request needs one");
    let large = problem("lambda.list_functions", r#"{"max_items":3000000000}"#);
    assert_eq!(large, "max_items: 3000000000 does not fit into 32 bits");
}

#[test]
fn deep_inputs_are_refused() {
    let nested = |levels: usize| {
        let value = Map(vec![("s".to_owned(), "x".into())]);
        let wrap = |value: Map| Map(vec![("l".to_owned(), Value::List(vec![Value::Map(value)]))]);
        let value = (0..levels).fold(value, |value, _| wrap(value));
        let item = Map(vec![("a".to_owned(), Value::Map(value))]);
        Map(vec![("table_name".to_owned(), "t".into()), ("item".to_owned(), Value::Map(item))])
    };
    assert!(request("dynamodb.put_item", &nested(32)).is_ok());
    let error = request("dynamodb.put_item", &nested(1000)).expect_err("too deep").to_string();
    assert!(error.ends_with("the input is nested more than 200 times"), "{error}");
}

#[test]
fn secrets_are_sent_as_they_are() {
    let secret = Map(vec![("secret_string".to_owned(), Value::Secret(Secret::new("hunter2")))]);
    let body = body("secretsmanager.put_secret_value", &secret);
    assert_eq!(body, r#"{"SecretString":"hunter2"}"#);
}

#[test]
fn times_before_1970_have_their_fraction() {
    let time: Timestamp = "1969-12-31T23:59:58.500Z".parse().expect("a time");
    let input = Map(vec![("start_time".to_owned(), Value::Time(time))]);
    let body = body("cloudtrail.lookup_events", &input);
    assert_eq!(body, r#"{"StartTime":-1.5}"#);
}

#[test]
fn a_part_of_a_host_name_is_checked() {
    let made =
        request("s3control.get_public_access_block", &map(r#"{"account_id":"123456789012"}"#)).expect("a request");
    assert_eq!(made.host_prefix.as_deref(), Some("123456789012."));
    let refused = problem("s3control.get_public_access_block", r#"{"account_id":"evil.example.com/"}"#);
    assert!(refused.starts_with("account_id: \"evil.example.com/\" cannot be part of a host name"), "{refused}");
}

#[test]
fn the_bucket_is_in_the_endpoint() {
    let made = request("s3.get_object", &map(r#"{"bucket":"b","key":"a//b/../c d"}"#)).expect("a request");
    assert_eq!(made.request.uri(), "/a//b/../c%20d");
    let made = request("s3.list_objects_v2", &map(r#"{"bucket":"b","prefix":"x"}"#)).expect("a request");
    assert_eq!(made.request.uri(), "/?list-type=2&prefix=x");
}

#[test]
fn ids_of_route_53_lose_their_path() {
    let made = request("route53.get_hosted_zone", &map(r#"{"id":"/hostedzone/Z1"}"#)).expect("a request");
    assert_eq!(made.request.uri(), "/2013-04-01/hostedzone/Z1");
}

#[test]
fn checksums_are_right() {
    // The check values of "123456789".
    for (algorithm, header, value) in [
        ("CRC32", "x-amz-checksum-crc32", "y/Q5Jg=="),
        ("CRC32C", "x-amz-checksum-crc32c", "4waSgw=="),
        ("CRC64NVME", "x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
        ("SHA1", "x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ] {
        let input = format!(r#"{{"bucket":"b","key":"k","body":"123456789","checksum_algorithm":"{algorithm}"}}"#);
        let made = request("s3.put_object", &map(&input)).expect("a request");
        assert_eq!(made.request.headers().get(header), Some(value), "{algorithm}");
    }
    let unknown = problem("s3.put_object", r#"{"bucket":"b","key":"k","body":"x","checksum_algorithm":"SHA512"}"#);
    assert_eq!(unknown, "checksums of the algorithm SHA512 are not supported");
}

#[test]
fn tokens_fit_their_parameters() {
    const UUID: &str = "0b7b3b0e-6f0e-4d0a-9c39-5ddc2ee4b1c6";
    let (mut count, mut wrong) = (0, Vec::new());
    for name in moonfleet_models::service_names() {
        let service = moonfleet_models::service(name).expect("a service");
        for operation in service.operations() {
            let Some(member) = needs_token(service, operation) else { continue };
            let shape = service.shape(member.target.target);
            let token = new_token(service, member, UUID);
            let length = token.len() as f64;
            let fits_length =
                shape.bounds.min.is_none_or(|min| length >= min) && shape.bounds.max.is_none_or(|max| length <= max);
            let pattern =
                shape.pattern.as_deref().and_then(|pattern| regex_lite::Regex::new(&format!("^(?:{pattern})$")).ok());
            if !fits_length || pattern.is_some_and(|pattern| !pattern.is_match(&token)) {
                wrong.push(format!(
                    "{name}.{}: {token} does not fit {:?} {:?}",
                    operation.name, shape.bounds, shape.pattern
                ));
            }
            count += 1;
        }
    }
    assert!(count > 1000, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
