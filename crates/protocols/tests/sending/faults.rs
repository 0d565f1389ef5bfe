//! Retries, and answers that a service or a proxy would not send on a good day, in each protocol.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use aws_smithy_types::retry::RetryConfig;
use moonfleet_core::Map;
use moonfleet_protocols::ServiceError;

use crate::call;
use crate::prepared::{Prepared, Recorder};

type Failed = Box<SdkError<ServiceError, HttpResponse>>;

/// A list in each protocol, and the error of its throttling.
const CALLS: &[(&str, &str, &str)] = &[
    ("organizations.list_accounts", r#"{"Accounts":[]}"#, r#"{"__type":"TooManyRequestsException","message":"slow"}"#),
    ("lambda.list_functions", r#"{"Functions":[]}"#, r#"{"__type":"TooManyRequestsException","Type":"User"}"#),
    (
        "autoscaling.describe_auto_scaling_groups",
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>",
        "<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error></ErrorResponse>",
    ),
    (
        "ec2.describe_tags",
        "<DescribeTagsResponse><tagSet/></DescribeTagsResponse>",
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors><RequestID>r</RequestID></Response>",
    ),
    (
        "route53.list_hosted_zones",
        "<ListHostedZonesResponse><HostedZones/></ListHostedZonesResponse>",
        "<ErrorResponse><Error><Code>Throttling</Code></Error><RequestId>r</RequestId></ErrorResponse>",
    ),
];

fn answer(status: u16, body: &'static str) -> Prepared {
    Some((status, Vec::new(), body))
}

async fn run(name: &str, answers: Vec<Prepared>) -> (Result<Map, Failed>, usize) {
    let (recorder, config) = Recorder::with(answers);
    let answered = call(&config, name, Map::default()).await.map(|output| output.fields.to_map());
    (answered, recorder.requests().len())
}

#[tokio::test]
async fn unavailable_services_are_called_again() {
    for (name, list, _) in CALLS {
        let (answered, sent) = run(name, vec![answer(503, ""), None, answer(200, list)]).await;
        assert!(answered.is_ok(), "{name}: {answered:?}");
        assert_eq!(sent, 3, "{name}");
    }
}

#[tokio::test]
async fn throttled_calls_are_sent_again() {
    for (name, list, throttled) in CALLS {
        let (answered, sent) = run(name, vec![answer(400, throttled), answer(200, list)]).await;
        assert!(answered.is_ok(), "{name}: {answered:?}");
        assert_eq!(sent, 2, "{name}");
    }
}

#[tokio::test]
async fn pages_of_proxies_keep_their_status() {
    for (name, ..) in CALLS {
        let (answered, sent) = run(name, vec![answer(403, "<html><body>not from here<br></body></html>")]).await;
        let Err(error) = answered else { panic!("{name} succeeded") };
        let SdkError::ServiceError(error) = *error else { panic!("{name}: {error:?}") };
        assert_eq!((error.err().status, error.err().code(), sent), (403, None, 1), "{name}");
    }
}

#[tokio::test]
async fn cut_answers_are_errors() {
    for (name, list, _) in CALLS {
        let (answered, _) = run(name, vec![answer(200, &list[..list.len() - 1])]).await;
        let Err(error) = answered else { panic!("{name} succeeded") };
        assert!(matches!(*error, SdkError::ResponseError(_)), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected() {
    for (name, list, _) in CALLS {
        let hour_ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&hour_ahead).expect("a date");
        let refused = match list.starts_with('{') {
            true => r#"{"__type":"RequestTimeTooSkewed","message":"m"}"#,
            false => "<R><Errors><Error><Code>RequestTimeTooSkewed</Code></Error></Errors></R>",
        };
        let (recorder, config) = Recorder::with([Some((403, vec![("date", date)], refused)), answer(200, list)]);
        let answered = call(&config, name, Map::default()).await;
        assert!(answered.is_ok(), "{name}: {answered:?}");
        let signed: Vec<_> =
            recorder.requests().iter().map(|sent| sent.header("x-amz-date").map(str::to_owned)).collect();
        assert!(signed.len() == 2 && signed[0] < signed[1], "{name}: {signed:?}");
    }
}

#[tokio::test]
async fn calls_without_retries_are_sent_once() {
    for (name, _, throttled) in CALLS {
        for prepared in [answer(503, ""), answer(400, throttled), None] {
            let (recorder, config) = Recorder::with([prepared]);
            let config = config.into_builder().retry_config(RetryConfig::disabled()).build();
            assert!(call(&config, name, Map::default()).await.is_err(), "{name}");
            assert_eq!(recorder.requests().len(), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn attempts_have_the_same_idempotency_token() {
    let (recorder, config) = Recorder::with([answer(503, ""), answer(200, r#"{"jobId":"j"}"#)]);
    let input = crate::map(
        r#"{"account_id":"123456789012","operation":{},"report":{"enabled":false},"priority":1,"role_arn":"r"}"#,
    );
    call(&config, "s3control.create_job", input).await.expect_err("the answer is JSON");
    let bodies: Vec<_> =
        recorder.requests().into_iter().map(|sent| String::from_utf8(sent.body).expect("XML")).collect();
    let [first, second] = &bodies[..] else { panic!("{bodies:?}") };
    assert!(first.contains("<ClientRequestToken>") && first == second, "{bodies:?}");
}
