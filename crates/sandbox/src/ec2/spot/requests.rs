//! Requests for spot instances.

use aws_sdk_ec2::{
    operation::{
        cancel_spot_instance_requests::{CancelSpotInstanceRequestsInput, CancelSpotInstanceRequestsOutput},
        describe_spot_instance_requests::{DescribeSpotInstanceRequestsInput, DescribeSpotInstanceRequestsOutput},
    },
    types::{
        CancelSpotInstanceRequestState, CancelledSpotInstanceRequest, SpotInstanceRequest, SpotInstanceState,
        SpotInstanceStatus,
    },
};

use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::InstanceState;
use crate::ec2::filters::{Filters, maybe, time};
use crate::ec2::query::{IdKind, ResourceKind, dry_run, query, require};
use crate::state::Call;

pub(crate) const REQUESTS: ResourceKind<SpotInstanceRequest> = ResourceKind {
    id: IdKind {
        prefix: "sir",
        malformed: "InvalidSpotInstanceRequestID.Malformed",
        missing: "InvalidSpotInstanceRequestID.NotFound",
        one_missing: "The spot instance request ID '{}' does not exist",
        many_missing: "The spot instance request IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("create-time", |r| time(r.create_time())),
            ("instance-id", |r| maybe(r.instance_id())),
            ("launch-group", |r| maybe(r.launch_group())),
            ("launch.image-id", |r| maybe(r.launch_specification().and_then(|launch| launch.image_id()))),
            ("launch.instance-type", |r| maybe(r.launch_specification().and_then(|launch| launch.instance_type()))),
            ("launch.key-name", |r| maybe(r.launch_specification().and_then(|launch| launch.key_name()))),
            ("launched-availability-zone", |r| maybe(r.launched_availability_zone())),
            ("product-description", |r| maybe(r.product_description())),
            ("spot-instance-request-id", |r| maybe(r.spot_instance_request_id())),
            ("spot-price", |r| maybe(r.spot_price())),
            ("state", |r| maybe(r.state())),
            ("status-code", |r| maybe(r.status().and_then(|status| status.code()))),
            ("valid-from", |r| time(r.valid_from())),
            ("valid-until", |r| time(r.valid_until())),
        ],
        tags: Some(|r| r.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "spotInstanceRequestIds",
};

pub(crate) fn describe_spot_instance_requests(
    call: &mut Call<'_>,
    input: &DescribeSpotInstanceRequestsInput,
) -> Result<DescribeSpotInstanceRequestsOutput, ApiError> {
    let page = REQUESTS.describe(current(call), &query!(input, spot_instance_request_ids))?;
    Ok(DescribeSpotInstanceRequestsOutput::builder()
        .set_spot_instance_requests(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Returns the current requests. A one-time request ends with its instance.
fn current(call: &Call<'_>) -> Vec<SpotInstanceRequest> {
    let state = &call.region.ec2;
    let mut requests = state.tags.tagged(&state.spot_requests);
    for request in requests.iter_mut().filter(|request| request.state() == Some(&SpotInstanceState::Active)) {
        let instance = request.instance_id().and_then(|id| state.instances.get(id));
        if instance.is_none_or(|instance| instance.state(call.now) == InstanceState::Terminated) {
            request.state = Some(SpotInstanceState::Closed);
            request.status = Some(status("instance-terminated-by-user", call));
        }
    }
    requests
}

fn status(code: &str, call: &Call<'_>) -> SpotInstanceStatus {
    SpotInstanceStatus::builder().code(code).update_time(to_aws(call.now)).build()
}

/// Cancels requests. Their instances keep running.
pub(crate) fn cancel_spot_instance_requests(
    call: &mut Call<'_>,
    input: &CancelSpotInstanceRequestsInput,
) -> Result<CancelSpotInstanceRequestsOutput, ApiError> {
    let ids = require(input.spot_instance_request_ids(), "SpotInstanceRequestId")?;
    REQUESTS.id.check_shape(ids)?;
    let known = current(call);
    REQUESTS.id.check_existence(ids, |id| known.iter().any(|one| one.spot_instance_request_id() == Some(id)))?;
    dry_run(input.dry_run)?;
    let cancelled = status("request-canceled-and-instance-running", call);
    let mut answers = Vec::new();
    for request in &mut call.region.ec2.spot_requests {
        let Some(id) = request.spot_instance_request_id.clone().filter(|id| ids.contains(id)) else {
            continue;
        };
        if matches!(request.state, Some(SpotInstanceState::Active | SpotInstanceState::Open)) {
            request.state = Some(SpotInstanceState::Cancelled);
            request.status = Some(cancelled.clone());
        }
        let answer = CancelledSpotInstanceRequest::builder().spot_instance_request_id(id);
        answers.push(answer.state(CancelSpotInstanceRequestState::Cancelled).build());
    }
    Ok(CancelSpotInstanceRequestsOutput::builder().set_cancelled_spot_instance_requests(Some(answers)).build())
}
