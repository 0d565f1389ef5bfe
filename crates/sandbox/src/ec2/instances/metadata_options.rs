//! The metadata options of one instance.

use aws_sdk_ec2::types::{
    HttpTokensState, InstanceMetadataEndpointState, InstanceMetadataOptionsRequest, InstanceMetadataOptionsResponse,
    InstanceMetadataOptionsState, InstanceMetadataProtocolState, InstanceMetadataTagsState,
};

use crate::ApiError;
use crate::ec2::query::invalid;

/// The metadata options of an instance.
#[derive(Clone)]
pub(crate) struct Metadata {
    pub tokens: HttpTokensState,
    pub endpoint: InstanceMetadataEndpointState,
    pub hops: i32,
    pub ipv6: InstanceMetadataProtocolState,
    pub tags: InstanceMetadataTagsState,
}

impl Metadata {
    /// Returns options that require a token (IMDSv2), the default of newer images.
    pub(crate) fn v2() -> Metadata {
        Metadata {
            tokens: HttpTokensState::Required,
            endpoint: InstanceMetadataEndpointState::Enabled,
            hops: 2,
            ipv6: InstanceMetadataProtocolState::Disabled,
            tags: InstanceMetadataTagsState::Disabled,
        }
    }

    /// Returns options that also allow requests without a token (IMDSv1).
    pub(crate) fn v1() -> Metadata {
        Metadata { tokens: HttpTokensState::Optional, hops: 1, ..Metadata::v2() }
    }

    /// Applies the options of a launch request.
    pub(crate) fn with(self, request: Option<&InstanceMetadataOptionsRequest>) -> Result<Metadata, ApiError> {
        let Some(request) = request else {
            return Ok(self);
        };
        Ok(Metadata {
            tokens: request.http_tokens.clone().unwrap_or(self.tokens),
            endpoint: request.http_endpoint.clone().unwrap_or(self.endpoint),
            hops: hops(request.http_put_response_hop_limit)?.unwrap_or(self.hops),
            ipv6: request.http_protocol_ipv6.clone().unwrap_or(self.ipv6),
            tags: request.instance_metadata_tags.clone().unwrap_or(self.tags),
        })
    }

    pub(crate) fn to_aws(&self) -> InstanceMetadataOptionsResponse {
        self.in_state(InstanceMetadataOptionsState::Applied)
    }

    pub(crate) fn in_state(&self, state: InstanceMetadataOptionsState) -> InstanceMetadataOptionsResponse {
        InstanceMetadataOptionsResponse::builder()
            .state(state)
            .http_tokens(self.tokens.clone())
            .http_endpoint(self.endpoint.clone())
            .http_put_response_hop_limit(self.hops)
            .http_protocol_ipv6(self.ipv6.clone())
            .instance_metadata_tags(self.tags.clone())
            .build()
    }
}

pub(crate) fn hops(asked: Option<i32>) -> Result<Option<i32>, ApiError> {
    match asked {
        Some(hops) if !(1..=64).contains(&hops) => {
            Err(invalid(format!("Value ({hops}) for parameter httpPutResponseHopLimit is invalid. It is 1 to 64.")))
        }
        hops => Ok(hops),
    }
}
