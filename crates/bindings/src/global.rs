//! Operations whose answer is the same in all regions.

use moonfleet_core::Value;

use crate::operation::{Operation, Service};

/// Operations of regional services, and the parameter that makes them regional. The endpoints of all regions list the
/// buckets of all regions: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.
const SAME_EVERYWHERE: [(&str, &str, &str); 1] = [("s3", "list_buckets", "bucket_region")];

/// Whether the regions of a partition share the endpoint of a call, or its answer.
pub fn is_global(service: &Service, operation: &Operation, input: &Value) -> bool {
    let is_given =
        |parameter: &str| matches!(input, Value::Map(input) if input.get(parameter).is_some_and(|v| !v.is_nil()));
    let same = SAME_EVERYWHERE.iter().find(|(of, name, _)| (*of, *name) == (service.name, operation.name));
    match same {
        Some((.., regional_with)) => !is_given(regional_with),
        None => moonfleet_models::built_in(service.name).is_some_and(moonfleet_protocols::has_one_endpoint),
    }
}
