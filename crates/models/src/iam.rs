//! The action of IAM that an operation needs: `cloudwatch:ListMetrics`.
//!
//! Mostly it is the name that signs the service's requests, and the name of the operation. `iam/actions.txt` has what differs:
//! `cloudwatch cloudwatch` is the prefix of a service, `apigateway apigateway:METHOD` an action for each HTTP method, and
//! `s3.list_buckets s3:ListAllMyBuckets` the action of an operation, or `none`. `tests/iam.rs` compares all of them with
//! AWS's Service Authorization Reference (`data/iam-actions.txt`) and keeps `iam/unknown.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::operation::Operation;
use crate::service::Service;

/// Returns the action of an operation; `None` if all callers may make it: a policy cannot allow or deny requests without
/// a signature, and a few others.
pub fn action(service: &Service, operation: &Operation) -> Option<String> {
    named_action(service, operation).filter(|_| operation.is_signed())
}

/// Returns the action of an operation, also of one whose requests need no signature.
pub fn named_action(service: &Service, operation: &Operation) -> Option<String> {
    let exceptions = &*EXCEPTIONS;
    if let Some(action) = exceptions.get(format!("{}.{}", service.name, operation.name).as_str()) {
        return (*action != "none").then(|| (*action).to_owned());
    }
    let prefix = exceptions.get(&*service.name).copied().unwrap_or(service.metadata.signing_name);
    Some(match prefix.strip_suffix(":METHOD") {
        Some(prefix) => format!("{prefix}:{}", operation.http_method),
        None => format!("{prefix}:{}", operation.api_name),
    })
}

/// Returns the lines of `iam/actions.txt`: a service or an operation, and its prefix or action.
pub fn exceptions() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../iam/actions.txt").lines().map(|line| line.split_once(' ').unwrap_or((line, "")))
}

static EXCEPTIONS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| exceptions().collect());
