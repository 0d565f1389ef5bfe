//! The instance metadata service: which version an instance demands, and what new ones begin with.

use aws_sdk_ec2::{
    operation::{
        get_instance_metadata_defaults::{GetInstanceMetadataDefaultsInput, GetInstanceMetadataDefaultsOutput},
        modify_instance_metadata_options::{ModifyInstanceMetadataOptionsInput, ModifyInstanceMetadataOptionsOutput},
    },
    types::{
        HttpTokensState, InstanceMetadataDefaultsResponse, InstanceMetadataEndpointState,
        InstanceMetadataOptionsRequest, InstanceMetadataOptionsResponse, InstanceMetadataOptionsState,
        InstanceMetadataProtocolState, InstanceMetadataTagsState,
    },
};

use crate::ApiError;
use crate::ec2::instances::describe::find_instance;
use crate::ec2::query::{dry_run, invalid};
use crate::state::Call;

/// What an instance answers about itself, and to whom.
#[derive(Clone)]
pub struct Metadata {
    pub tokens: HttpTokensState,
    pub endpoint: InstanceMetadataEndpointState,
    pub hops: i32,
    pub ipv6: InstanceMetadataProtocolState,
    pub tags: InstanceMetadataTagsState,
}

impl Metadata {
    /// Only with a token, as the newer images want it.
    pub fn v2() -> Metadata {
        Metadata {
            tokens: HttpTokensState::Required,
            endpoint: InstanceMetadataEndpointState::Enabled,
            hops: 2,
            ipv6: InstanceMetadataProtocolState::Disabled,
            tags: InstanceMetadataTagsState::Disabled,
        }
    }

    /// To everybody who can make the instance send a request.
    pub fn v1() -> Metadata {
        Metadata { tokens: HttpTokensState::Optional, hops: 1, ..Metadata::v2() }
    }

    /// With what a launch asks for.
    pub fn with(self, request: Option<&InstanceMetadataOptionsRequest>) -> Result<Metadata, ApiError> {
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

    pub fn to_aws(&self) -> InstanceMetadataOptionsResponse {
        self.in_state(InstanceMetadataOptionsState::Applied)
    }

    fn in_state(&self, state: InstanceMetadataOptionsState) -> InstanceMetadataOptionsResponse {
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

fn hops(asked: Option<i32>) -> Result<Option<i32>, ApiError> {
    match asked {
        Some(hops) if !(1..=64).contains(&hops) => {
            Err(invalid(format!("Value ({hops}) for parameter httpPutResponseHopLimit is invalid. It is 1 to 64.")))
        }
        hops => Ok(hops),
    }
}

pub fn modify_instance_metadata_options(
    call: &mut Call<'_>,
    input: &ModifyInstanceMetadataOptionsInput,
) -> Result<ModifyInstanceMetadataOptionsOutput, ApiError> {
    let instance = find_instance(call, input.instance_id())?;
    if instance.state(call.now).is_gone() {
        let message = format!("The instance '{}' is not in a state in which its options can be modified.", instance.id);
        return Err(ApiError::new("IncorrectInstanceState", message));
    }
    let request = InstanceMetadataOptionsRequest::builder()
        .set_http_tokens(input.http_tokens.clone())
        .set_http_endpoint(input.http_endpoint.clone())
        .set_http_put_response_hop_limit(input.http_put_response_hop_limit)
        .set_http_protocol_ipv6(input.http_protocol_ipv6.clone())
        .set_instance_metadata_tags(input.instance_metadata_tags.clone())
        .build();
    let metadata = instance.metadata.clone().with(Some(&request))?;
    let id = instance.id.clone();
    dry_run(input.dry_run)?;
    let answer = metadata.in_state(InstanceMetadataOptionsState::Pending);
    if let Some(instance) = call.region.ec2.instances.get_mut(&id) {
        instance.metadata = metadata;
    }
    Ok(ModifyInstanceMetadataOptionsOutput::builder().instance_id(id).instance_metadata_options(answer).build())
}

/// Nobody has set any in the sandbox's accounts: each image decides.
pub fn get_instance_metadata_defaults(
    _: &mut Call<'_>,
    input: &GetInstanceMetadataDefaultsInput,
) -> Result<GetInstanceMetadataDefaultsOutput, ApiError> {
    dry_run(input.dry_run)?;
    let none = InstanceMetadataDefaultsResponse::builder().build();
    Ok(GetInstanceMetadataDefaultsOutput::builder().account_level(none).build())
}
