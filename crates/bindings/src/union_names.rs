//! Adds the names that aws-sdk-iam leaves out of requests: it sends the members of the union `PolicyIdentifier` without
//! saying which one is set, and IAM ignores or refuses them. The generator's `fixups/unnamed_unions.rs` checks that
//! the SDK still does so.

use std::fmt::Write;

use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyInput;
use aws_sdk_iam::types::PolicyIdentifier;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const LIST: &str = "PolicyExclusionList.";

/// Returns the interceptor that the clients of a service need.
pub(crate) fn repair(service: &str) -> Option<SharedInterceptor> {
    (service == "iam").then(|| SharedInterceptor::new(NamePolicyIdentifiers))
}

#[derive(Debug)]
struct NamePolicyIdentifiers;

impl Intercept for NamePolicyIdentifiers {
    fn name(&self) -> &'static str {
        "NamePolicyIdentifiers"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(input) = context.input().downcast_ref::<SimulatePrincipalPolicyInput>() {
            config.interceptor_state().store_put(Named(named(input.policy_exclusion_list())));
        }
        Ok(())
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Named(named)) = config.load::<Named>().filter(|named| !named.0.is_empty()) else { return Ok(()) };
        let request = context.request_mut();
        let body = request.body().bytes().ok_or("the body of a request to IAM is in memory")?;
        let body = without_list(std::str::from_utf8(body)?) + named;
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        Ok(())
    }
}

/// The list as parameters, each with a leading `&`. The SDK drops the input when it has written the request.
#[derive(Debug)]
struct Named(String);

impl Storable for Named {
    type Storer = StoreReplace<Named>;
}

fn without_list(body: &str) -> String {
    let others: Vec<&str> = body.split('&').filter(|parameter| !parameter.starts_with(LIST)).collect();
    others.join("&")
}

fn named(identifiers: &[PolicyIdentifier]) -> String {
    let mut parameters = String::new();
    for (at, identifier) in (1..).zip(identifiers) {
        let mut add = |member: &str, value: &str| {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            write!(parameters, "&{LIST}member.{at}.{member}={value}").expect("writing to a string cannot fail");
        };
        match identifier {
            PolicyIdentifier::PolicyType(kind) => add("PolicyType", kind.as_str()),
            PolicyIdentifier::PolicyArn(arn) => add("PolicyArn", arn),
            PolicyIdentifier::InlinePolicyIdentifier(inline) => {
                add("InlinePolicyIdentifier.PolicyName", inline.policy_name());
                add("InlinePolicyIdentifier.AttachmentType", inline.attachment_type().as_str());
                add("InlinePolicyIdentifier.AttachmentName", inline.attachment_name());
            }
            // The SDK has refused it before.
            _ => {}
        }
    }
    parameters
}
