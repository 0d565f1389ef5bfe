//! Reserved instances.

use aws_sdk_ec2::{
    operation::describe_reserved_instances::{DescribeReservedInstancesInput, DescribeReservedInstancesOutput},
    types::{RecurringCharge, RecurringChargeFrequency, ReservedInstanceState, ReservedInstances},
};

use super::{
    filters::{Filters, maybe, time},
    query::{DescribeQuery, IdKind, ResourceKind},
    resources::Resource,
};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

pub(super) const RESERVED: ResourceKind<ReservedInstances> = ResourceKind {
    id: IdKind {
        prefix: "",
        malformed: "InvalidReservedInstancesId.Malformed",
        missing: "InvalidReservedInstancesId",
        one_missing: "The reservedInstances ID '{}' does not exist",
        many_missing: "The reservedInstances IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("availability-zone", |r| maybe(r.availability_zone())),
            ("duration", |r| maybe(r.duration())),
            ("end", |r| time(r.end())),
            ("fixed-price", |r| maybe(r.fixed_price())),
            ("instance-type", |r| maybe(r.instance_type())),
            ("product-description", |r| maybe(r.product_description())),
            ("reserved-instances-id", |r| maybe(r.reserved_instances_id())),
            ("scope", |r| maybe(r.scope())),
            ("start", |r| time(r.start())),
            ("state", |r| maybe(r.state())),
            ("usage-price", |r| maybe(r.usage_price())),
        ],
        tags: Some(|r| r.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "reservedInstancesId",
};

pub(super) fn describe_reserved_instances(
    call: &mut Call<'_>,
    input: &DescribeReservedInstancesInput,
) -> Result<DescribeReservedInstancesOutput, ApiError> {
    let state = &call.region.ec2;
    let now = to_aws(call.now);
    let is_meant = |one: &ReservedInstances| {
        input.offering_class().is_none_or(|class| one.offering_class() == Some(class))
            && input.offering_type().is_none_or(|kind| one.offering_type() == Some(kind))
    };
    let mut reserved: Vec<_> = state.tags.tagged(&state.reserved).into_iter().filter(is_meant).collect();
    for one in &mut reserved {
        if one.end().is_some_and(|end| *end <= now) {
            one.state = Some(ReservedInstanceState::Retired);
        }
    }
    // Ids of reserved instances are UUIDs without a prefix to check.
    let ids = input.reserved_instances_ids();
    RESERVED.id.check_existence(ids, |id| reserved.iter().any(|one| one.id() == id))?;
    reserved.retain(|one| ids.is_empty() || ids.iter().any(|id| id == one.id()));
    let query = DescribeQuery { filters: input.filters(), dry_run: input.dry_run, ..DescribeQuery::default() };
    let page = RESERVED.describe(reserved, &query)?;
    Ok(DescribeReservedInstancesOutput::builder().set_reserved_instances(Some(page.items)).build())
}

/// Returns an hourly charge in US dollars, due whether or not the instance runs.
pub(crate) fn hourly(amount: f64) -> RecurringCharge {
    RecurringCharge::builder().amount(amount).frequency(RecurringChargeFrequency::Hourly).build()
}
