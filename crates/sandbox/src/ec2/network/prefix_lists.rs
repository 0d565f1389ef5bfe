//! Managed prefix lists: those that AWS has in each region, for its own services.

use aws_sdk_ec2::{
    operation::describe_managed_prefix_lists::{DescribeManagedPrefixListsInput, DescribeManagedPrefixListsOutput},
    types::{ManagedPrefixList, PrefixListState},
};

use crate::ApiError;
use crate::ec2::filters::{Filters, maybe};
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::state::Call;

pub(crate) const PREFIX_LISTS: ResourceKind<ManagedPrefixList> = ResourceKind {
    id: IdKind {
        prefix: "pl",
        malformed: "InvalidPrefixListId.Malformed",
        missing: "InvalidPrefixListID.NotFound",
        one_missing: "The prefix list ID '{}' does not exist",
        many_missing: "The prefix list IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("owner-id", |l| maybe(l.owner_id())),
            ("prefix-list-id", |l| maybe(l.prefix_list_id())),
            ("prefix-list-name", |l| maybe(l.prefix_list_name())),
        ],
        tags: None,
    },
    page_sizes: 1..=100,
    ids_parameter: "prefixListIds",
};

pub(crate) fn describe_managed_prefix_lists(
    call: &mut Call<'_>,
    input: &DescribeManagedPrefixListsInput,
) -> Result<DescribeManagedPrefixListsOutput, ApiError> {
    let lists: Vec<_> = ["dynamodb", "s3"].iter().map(|service| of_aws(call.region_name, service)).collect();
    let page = PREFIX_LISTS.describe(call.region.ec2.tags.tagged(&lists), &query!(input, prefix_list_ids))?;
    Ok(DescribeManagedPrefixListsOutput::builder()
        .set_prefix_lists(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn of_aws(region: &str, service: &str) -> ManagedPrefixList {
    let name = format!("com.amazonaws.{region}.{service}");
    // The same id at every call, another one in every region.
    let digits = name.bytes().fold(0_u32, |digits, byte| digits.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let id = format!("pl-{digits:08x}");
    ManagedPrefixList::builder()
        .prefix_list_arn(format!("arn:aws:ec2:{region}:aws:prefix-list/{id}"))
        .prefix_list_id(id)
        .prefix_list_name(name)
        .address_family("IPv4")
        .owner_id("AWS")
        .state(PrefixListState::CreateComplete)
        .build()
}
