//! The recorded answers of the crate `protocols`, which botocore has read.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::DeflateDecoder;
use moonfleet_models::snake;
use serde_json::Value;

use super::client::Answer;

/// Returns the answers with their operations, `ec2.describe_tags`.
pub(crate) fn answers() -> impl Iterator<Item = (String, Answer)> {
    let packed = include_bytes!("../../../protocols/tests/differential/corpus/answers.deflate");
    let mut lines = String::new();
    DeflateDecoder::new(packed.as_slice()).read_to_string(&mut lines).unwrap();
    let cases: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    cases.into_iter().filter(|case| case.get("refused").is_none()).map(|case| {
        let [service, operation] = ["service", "operation"].map(|field| case[field].as_str().unwrap());
        let answer = &case["answer"];
        let headers = answer["headers"].as_array().unwrap().iter();
        let headers = headers.map(|header| [0, 1].map(|at| header[at].as_str().unwrap().to_owned())).map(Into::into);
        let body = BASE64_STANDARD.decode(answer["body"].as_str().unwrap()).unwrap();
        (format!("{}.{}", service.replace('-', "_"), snake(operation)), Answer { headers: headers.collect(), body })
    })
}
