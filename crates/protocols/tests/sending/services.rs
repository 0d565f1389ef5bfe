//! Create, read and delete in services of each protocol.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use moonfleet_core::{Map, Value};
use moonfleet_protocols::{Input, InputStream};

use crate::prepared::Recorder;
use crate::{at, call, config, config_for, done, length, map, text};

#[tokio::test]
async fn sts_knows_the_caller() {
    let Some(config) = config() else { return };
    let caller = done(&config, "sts.get_caller_identity", "{}").await;
    assert_eq!(text(&caller, "account"), "123456789012");
}

#[tokio::test]
async fn s3_keeps_objects() {
    let Some(config) = config() else { return };
    done(&config, "s3.create_bucket", r#"{"bucket":"moonfleet-objects"}"#).await;
    let key = "a//b/../c d+ü&~.txt";
    let object = |more: &str| map(&format!(r#"{{"bucket":"moonfleet-objects","key":"{key}"{more}}}"#));
    call(&config, "s3.put_object", object(r#","body":"hello","metadata":{"a":"b"},"checksum_algorithm":"CRC32C""#))
        .await
        .expect("stored");
    let listed = done(&config, "s3.list_objects_v2", r#"{"bucket":"moonfleet-objects"}"#).await;
    assert_eq!((text(&listed, "contents.0.key"), at(&listed, "contents.0.size")), (key, &Value::Integer(5)));
    let head = call(&config, "s3.head_object", object("")).await.expect("an object").fields.to_map();
    assert_eq!((text(&head, "metadata.a"), at(&head, "content_length")), ("b", &Value::Integer(5)));
    let got = call(&config, "s3.get_object", object("")).await.expect("an object");
    let body = ByteStream::new(got.body.expect("a stream")).collect().await.expect("the bytes").into_bytes();
    assert_eq!(&body[..], b"hello");
    // The answer of this call can hold an error after the status 200.
    let copy = format!(
        r#"{{"bucket":"moonfleet-objects","key":"copy","copy_source":"moonfleet-objects/{}"}}"#,
        "a//b/../c%20d%2B%C3%BC%26~.txt"
    );
    let copied = done(&config, "s3.copy_object", &copy).await;
    assert!(text(&copied, "copy_object_result.e_tag").starts_with('"'), "{copied:?}");
    let delete =
        format!(r#"{{"bucket":"moonfleet-objects","delete":{{"objects":[{{"key":"{key}"}},{{"key":"copy"}}]}}}}"#);
    let deleted = done(&config, "s3.delete_objects", &delete).await;
    assert_eq!(length(&deleted, "deleted"), 2);
    let gone = call(&config, "s3.head_object", object("")).await.expect_err("it is deleted");
    let gone = gone.as_service_error().expect("an error of the service");
    assert_eq!((gone.status, gone.code.as_deref()), (404, Some("NotFound")));
    let gone = call(&config, "s3.get_object", object("")).await.expect_err("it is deleted");
    assert_eq!(gone.as_service_error().and_then(|error| error.code.as_deref()), Some("NoSuchKey"));
    done(&config, "s3.delete_bucket", r#"{"bucket":"moonfleet-objects"}"#).await;
    let buckets = done(&config, "s3.list_buckets", "{}").await;
    assert!(!format!("{buckets:?}").contains("moonfleet-objects"), "{buckets:?}");
}

#[tokio::test]
async fn s3_streams_bytes_in_both_directions() {
    let Some(config) = config() else { return };
    done(&config, "s3.create_bucket", r#"{"bucket":"moonfleet-streams"}"#).await;
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let file = std::env::temp_dir().join(format!("moonfleet-stream-{}", std::process::id()));
    std::fs::write(&file, &bytes).expect("a file");
    let body: SdkBody = ByteStream::from_path(&file).await.expect("a stream").into_inner();
    let fields = map(r#"{"bucket":"moonfleet-streams","key":"big"}"#);
    call(&config, "s3.put_object", Input::with_stream(fields.clone(), InputStream { body, sha256: None }))
        .await
        .expect("stored");
    std::fs::remove_file(file).expect("the file");
    let got = call(&config, "s3.get_object", fields).await.expect("an object");
    let mut stream = ByteStream::new(got.body.expect("a stream"));
    let (mut chunks, mut read) = (0, Vec::new());
    while let Some(chunk) = stream.next().await {
        read.extend_from_slice(&chunk.expect("bytes"));
        chunks += 1;
    }
    assert!(read == bytes, "{} of {} bytes", read.len(), bytes.len());
    assert!(chunks > 1, "the object came as a whole");
}

#[tokio::test]
async fn sqs_delivers_a_message() {
    let Some(config) = config() else { return };
    let queue = done(&config, "sqs.create_queue", r#"{"queue_name":"q","attributes":{"VisibilityTimeout":"1"}}"#).await;
    let url = text(&queue, "queue_url").to_owned();
    done(&config, "sqs.send_message", &format!(r#"{{"queue_url":"{url}","message_body":"hello"}}"#)).await;
    let got = done(&config, "sqs.receive_message", &format!(r#"{{"queue_url":"{url}"}}"#)).await;
    assert_eq!(text(&got, "messages.0.body"), "hello");
    done(&config, "sqs.delete_queue", &format!(r#"{{"queue_url":"{url}"}}"#)).await;
    let gone = call(&config, "sqs.get_queue_url", map(r#"{"queue_name":"q"}"#)).await.expect_err("it is deleted");
    let code = gone.as_service_error().and_then(|error| error.code.as_deref());
    assert_eq!(code, Some("AWS.SimpleQueueService.NonExistentQueue"));
}

#[tokio::test]
async fn sns_has_topics_with_tags() {
    let Some(config) = config() else { return };
    let topic = done(&config, "sns.create_topic", r#"{"name":"t","tags":[{"key":"a","value":"b & c"}]}"#).await;
    let arn = text(&topic, "topic_arn").to_owned();
    let tags = done(&config, "sns.list_tags_for_resource", &format!(r#"{{"resource_arn":"{arn}"}}"#)).await;
    assert_eq!(text(&tags, "tags.0.value"), "b & c");
    done(&config, "sns.delete_topic", &format!(r#"{{"topic_arn":"{arn}"}}"#)).await;
    let missing = map(r#"{"topic_arn":"arn:aws:sns:us-east-1:123456789012:none"}"#);
    let missing = call(&config, "sns.get_topic_attributes", missing).await.expect_err("there is no such topic");
    assert_eq!(missing.as_service_error().and_then(|error| error.code.as_deref()), Some("NotFound"));
}

#[tokio::test]
async fn dynamodb_keeps_items() {
    let Some(config) = config() else { return };
    let table = r#"{"table_name":"t","key_schema":[{"attribute_name":"k","key_type":"HASH"}],"attribute_definitions":
        [{"attribute_name":"k","attribute_type":"S"}],"billing_mode":"PAY_PER_REQUEST"}"#;
    done(&config, "dynamodb.create_table", table).await;
    let item = r#"{"table_name":"t","item":{"k":{"s":"1"},"n":{"n":"7"},"l":{"l":[{"bool":true},{"null":true}]},"m":{"m":{"x":{"ss":["a"]}}}}}"#;
    let mut item = map(item);
    let Some(Value::Map(fields)) = item.get_mut("item") else { panic!("no item") };
    fields.set("b", Value::Map(Map(vec![("b".to_owned(), Value::Bytes(vec![0, 255]))])));
    call(&config, "dynamodb.put_item", item).await.expect("stored");
    let got = done(&config, "dynamodb.get_item", r#"{"table_name":"t","key":{"k":{"s":"1"}}}"#).await;
    assert_eq!((text(&got, "item.n.n"), at(&got, "item.l.l.0.bool")), ("7", &Value::Bool(true)));
    assert_eq!(at(&got, "item.b.b"), &Value::Bytes(vec![0, 255]));
    assert_eq!(text(&got, "item.m.m.x.ss.0"), "a");
    let condition = r#"{"table_name":"t","item":{"k":{"s":"1"}},"condition_expression":"attribute_not_exists(k)"}"#;
    let refused = call(&config, "dynamodb.put_item", map(condition)).await.expect_err("the item exists");
    let code = refused.as_service_error().and_then(|error| error.code.as_deref());
    assert_eq!(code, Some("ConditionalCheckFailedException"));
    done(&config, "dynamodb.delete_table", r#"{"table_name":"t"}"#).await;
}

#[tokio::test]
async fn lambda_lists_functions() {
    let Some(config) = config() else { return };
    let functions = done(&config, "lambda.list_functions", r#"{"max_items":10}"#).await;
    assert_eq!(length(&functions, "functions"), 0);
    let missing = call(&config, "lambda.get_function", map(r#"{"function_name":"none"}"#)).await.expect_err("none");
    let missing = missing.as_service_error().expect("an error of the service");
    assert_eq!((missing.status, missing.code.as_deref()), (404, Some("ResourceNotFoundException")));
}

#[tokio::test]
async fn route_53_takes_the_ids_that_it_gives() {
    let Some(config) = config() else { return };
    let zone = done(&config, "route53.create_hosted_zone", r#"{"name":"example.com.","caller_reference":"1"}"#).await;
    let id = text(&zone, "hosted_zone.id").to_owned();
    assert!(id.starts_with("/hostedzone/"), "{id}");
    let record = r#"{"action":"CREATE","resource_record_set":{"name":"a.example.com.","type":"A","ttl":60,"resource_records":[{"value":"10.0.0.1"}]}}"#;
    let change = format!(r#"{{"hosted_zone_id":"{id}","change_batch":{{"comment":"<&>","changes":[{record}]}}}}"#);
    done(&config, "route53.change_resource_record_sets", &change).await;
    let list = format!(r#"{{"hosted_zone_id":"{id}","start_record_name":"a.example.com.","start_record_type":"A"}}"#);
    let records = done(&config, "route53.list_resource_record_sets", &list).await;
    assert!(format!("{records:?}").contains("10.0.0.1"), "{records:?}");
    let delete = change.replace("CREATE", "DELETE");
    done(&config, "route53.change_resource_record_sets", &delete).await;
    done(&config, "route53.delete_hosted_zone", &format!(r#"{{"id":"{id}"}}"#)).await;
}

#[tokio::test]
async fn ec2_and_iam_work_without_their_sdk_crates() {
    let Some(config) = config() else { return };
    let vpc = done(
        &config,
        "ec2.create_vpc",
        r#"{"cidr_block":"10.9.0.0/16","tag_specifications":
        [{"resource_type":"vpc","tags":[{"key":"Name","value":"x y"}]}]}"#,
    )
    .await;
    let id = text(&vpc, "vpc.vpc_id").to_owned();
    let vpcs = done(&config, "ec2.describe_vpcs", r#"{"filters":[{"name":"tag:Name","values":["x y"]}]}"#).await;
    assert_eq!((length(&vpcs, "vpcs"), text(&vpcs, "vpcs.0.vpc_id")), (1, id.as_str()));
    done(&config, "ec2.delete_vpc", &format!(r#"{{"vpc_id":"{id}"}}"#)).await;
    let unknown = call(&config, "ec2.describe_vpcs", map(r#"{"vpc_ids":["vpc-0"]}"#)).await.expect_err("none");
    let unknown = unknown.as_service_error().expect("an error of the service");
    assert_eq!(unknown.code.as_deref(), Some("InvalidVpcID.NotFound"));
    done(&config, "iam.create_user", r#"{"user_name":"u","tags":[{"key":"a","value":"b"}]}"#).await;
    let users = done(&config, "iam.list_users", "{}").await;
    assert!(format!("{users:?}").contains("arn:aws:iam::123456789012:user/u"), "{users:?}");
}

#[tokio::test]
async fn s3_control_finds_a_server_on_this_machine() {
    let Some(config) = config() else { return };
    let block = r#""account_id":"123456789012","public_access_block_configuration":{"block_public_acls":true}"#;
    done(&config, "s3control.put_public_access_block", &format!("{{{block}}}")).await;
    let got = done(&config, "s3control.get_public_access_block", r#"{"account_id":"123456789012"}"#).await;
    assert_eq!(at(&got, "public_access_block_configuration.block_public_acls"), &Value::Bool(true));
}

#[tokio::test]
async fn what_is_not_covered_is_not_sent() {
    // A closed port: a request would fail in another way.
    let config = config_for("http://127.0.0.1:1");
    let refused = call(&config, "sdb.list_domains", Map::default()).await.expect_err("it is refused");
    let texts = format!("{refused:?}");
    assert!(texts.contains("requests signed with Signature Version 2"), "{texts}");
    let sent = call(&config, "sqs.list_queues", Map::default()).await.expect_err("nothing listens");
    assert!(matches!(*sent, aws_smithy_runtime_api::client::result::SdkError::DispatchFailure(_)), "{sent:?}");
}

#[tokio::test]
async fn a_configured_endpoint_need_not_be_discovered() {
    let (recorder, config) = Recorder::with([Some((200, Vec::new(), r#"{"Databases":[]}"#))]);
    let configured = config.clone().into_builder().endpoint_url("http://127.0.0.1:4566").build();
    let list = async |config| call(config, "timestream_write.list_databases", Map::default()).await;
    let refused = list(&config).await.expect_err("the endpoint must be discovered");
    assert!(matches!(*refused, SdkError::ConstructionFailure(_)), "{refused:?}");
    list(&configured).await.expect("an answer");
    assert_eq!(recorder.requests().len(), 1);
}
