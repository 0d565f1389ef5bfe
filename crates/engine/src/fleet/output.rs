//! Whole outputs: Systems Manager keeps the beginning only, and puts the rest into a bucket
//! where it is told to.

use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStreamError;
use moonfleet_bindings::sdk_failure;
use moonfleet_client::{Session, spawn};
use moonfleet_core::CallFailure;
use moonfleet_core::Error;
use url::Url;

/// What a machine wrote may be anything; this is more than anybody reads.
const LARGEST: i64 = 64 * 1024 * 1024;

pub(super) async fn fetch(session: &Arc<Session>, url: &str) -> Result<String, Error> {
    let place =
        Object::parse_url(url).ok_or_else(|| Error::new("BadResponse", format!("{url:?} is no address of S3's")))?;
    let s3 = session.s3(place.region.as_deref()).await?;
    let request = s3.get_object().bucket(&place.bucket).key(&place.key);
    let told = |failure: CallFailure| Error {
        service: Some("s3".to_owned()),
        operation: Some("get_object".to_owned()),
        region: place.region.clone().or_else(|| session.region()),
        ..Error::from(failure)
    };
    let fetched = spawn(async move {
        let object = request.send().await.map_err(sdk_failure)?;
        let length = object.content_length().unwrap_or_default();
        if length > LARGEST {
            return Ok(Err(Error::new(
                "TooLarge",
                format!("it has {length} bytes, and at most {LARGEST} are fetched"),
            )));
        }
        let broken = |e: ByteStreamError| Error { retryable: true, ..Error::new("ConnectionFailed", e.to_string()) };
        Ok(object.body.collect().await.map_err(broken))
    });
    let body = fetched.await.map_err(|panic| panic.bug())?.map_err(told)??;
    Ok(String::from_utf8_lossy(&body.into_bytes()).into_owned())
}

/// An object by the address that Systems Manager gives:
/// `https://s3.eu-west-1.amazonaws.com/bucket/key`.
#[derive(Debug, PartialEq)]
struct Object {
    region: Option<String>,
    bucket: String,
    key: String,
}

impl Object {
    fn parse_url(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let mut labels: Vec<&str> = url.host_str()?.split('.').collect();
        let service = labels.iter().position(|label| *label == "s3" || label.starts_with("s3-"))?;
        let path = percent_encoding::percent_decode_str(url.path().strip_prefix('/')?).decode_utf8().ok()?;
        // The bucket stands before the service, or else first in the path.
        let before = labels.drain(..service).collect::<Vec<_>>().join(".");
        let (bucket, key) = if before.is_empty() {
            let (bucket, key) = path.split_once('/')?;
            (bucket.to_owned(), key.to_owned())
        } else {
            (before, path.into_owned())
        };
        let region = labels.first()?.strip_prefix("s3-").or(labels.get(1).copied());
        let region = region.filter(|region| *region != "amazonaws").map(str::to_owned);
        (!bucket.is_empty() && !key.is_empty()).then_some(Object { region, bucket, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_in_all_their_forms() {
        let object = |region: Option<&str>| Object {
            region: region.map(str::to_owned),
            bucket: "logs.example".to_owned(),
            key: "fleet/id/i-1/awsrunShellScript/0.awsrunShellScript/std out".to_owned(),
        };
        let key = "fleet/id/i-1/awsrunShellScript/0.awsrunShellScript/std%20out";
        for (host, region) in [
            ("s3.eu-west-1.amazonaws.com/logs.example", Some("eu-west-1")),
            ("s3-eu-west-1.amazonaws.com/logs.example", Some("eu-west-1")),
            ("s3.cn-north-1.amazonaws.com.cn/logs.example", Some("cn-north-1")),
            ("s3.amazonaws.com/logs.example", None),
            ("logs.example.s3.eu-west-1.amazonaws.com", Some("eu-west-1")),
        ] {
            assert_eq!(Object::parse_url(&format!("https://{host}/{key}")), Some(object(region)), "{host}");
        }
        for other in ["", "https://example.com/a/b", "https://s3.eu-west-1.amazonaws.com/bucket", "s3://bucket/key"] {
            assert_eq!(Object::parse_url(other), None, "{other}");
        }
    }
}
