//! Operations on the metadata options of instances.

use aws_sdk_ec2::{
    operation::{
        get_instance_metadata_defaults::{GetInstanceMetadataDefaultsInput, GetInstanceMetadataDefaultsOutput},
        modify_instance_metadata_options::{ModifyInstanceMetadataOptionsInput, ModifyInstanceMetadataOptionsOutput},
    },
    types::{InstanceMetadataDefaultsResponse, InstanceMetadataOptionsRequest, InstanceMetadataOptionsState},
};

use super::lookup::find_instance;
use crate::ApiError;
use crate::ec2::query::dry_run;
use crate::state::Call;

pub(crate) fn modify_instance_metadata_options(
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

/// Returns no defaults: in the sandbox's accounts the image decides.
pub(crate) fn get_instance_metadata_defaults(
    _: &mut Call<'_>,
    input: &GetInstanceMetadataDefaultsInput,
) -> Result<GetInstanceMetadataDefaultsOutput, ApiError> {
    dry_run(input.dry_run)?;
    let none = InstanceMetadataDefaultsResponse::builder().build();
    Ok(GetInstanceMetadataDefaultsOutput::builder().account_level(none).build())
}
