//! Whole outputs from S3. Systems Manager keeps only the beginning of an output, and stores the
//! whole in a bucket if the command names one.

use std::sync::Arc;

use moonfleet_bindings::service;
use moonfleet_client::{CallOptions, Session, send};
use moonfleet_core::{Error, Map, Value};
use url::Url;

/// Reads an output. With an `owner`, only from a bucket of this account.
pub(crate) async fn fetch(session: &Arc<Session>, url: &str, owner: Option<String>) -> Result<String, Error> {
    let object =
        Object::parse_url(url).ok_or_else(|| Error::new("BadResponse", format!("{url:?} is not a URL of S3")))?;
    let s3 = service("s3").expect("there is a model of S3");
    let get_object = s3.operation("get_object").expect("the model of S3 has it");
    let session = object.region.as_deref().map_or_else(|| session.clone(), |region| session.in_region(region));
    let input = [("bucket", Some(object.bucket)), ("key", Some(object.key)), ("expected_bucket_owner", owner)];
    let input: Map = input.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))).collect();
    let answer = send(session, s3, get_object, input, CallOptions::default()).await?;
    Ok(match answer.structure().named("body").to_value() {
        Value::String(text) => text,
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    })
}

/// An object in S3, from a URL of Systems Manager's: `https://s3.eu-west-1.amazonaws.com/bucket/key`.
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
        // The bucket precedes the service in the host name, or is the first part of the path.
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
    fn urls_of_every_form_are_parsed() {
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
