//! DHCP options: the set that each VPC has from its beginning.

use std::collections::BTreeSet;

use aws_sdk_ec2::{
    operation::describe_dhcp_options::{DescribeDhcpOptionsInput, DescribeDhcpOptionsOutput},
    types::{AttributeValue, DhcpConfiguration, DhcpOptions},
};

use crate::ApiError;
use crate::ec2::filters::{Filters, each, maybe};
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::state::Call;

pub(crate) const DHCP_OPTIONS: ResourceKind<DhcpOptions> = ResourceKind {
    id: IdKind {
        prefix: "dopt",
        malformed: "InvalidDhcpOptionsId.Malformed",
        missing: "InvalidDhcpOptionID.NotFound",
        one_missing: "The dhcpOption ID '{}' does not exist",
        many_missing: "The dhcpOption IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("dhcp-options-id", |o| maybe(o.dhcp_options_id())),
            ("key", |o| each(o.dhcp_configurations(), |one| one.key())),
            ("owner-id", |o| maybe(o.owner_id())),
            ("value", |o| o.dhcp_configurations().iter().flat_map(|one| each(one.values(), |v| v.value())).collect()),
        ],
        tags: Some(|o| o.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "dhcpOptionsIds",
};

pub(crate) fn describe_dhcp_options(
    call: &mut Call<'_>,
    input: &DescribeDhcpOptionsInput,
) -> Result<DescribeDhcpOptionsOutput, ApiError> {
    let ids: BTreeSet<_> = call.region.ec2.vpcs.iter().filter_map(|vpc| vpc.dhcp_options_id()).collect();
    let options: Vec<_> = ids.into_iter().map(|id| first_options(id, call.account_id, call.region_name)).collect();
    let page = DHCP_OPTIONS.describe(call.region.ec2.tags.tagged(&options), &query!(input, dhcp_options_ids))?;
    Ok(DescribeDhcpOptionsOutput::builder().set_dhcp_options(Some(page.items)).set_next_token(page.next_token).build())
}

fn first_options(id: &str, account: &str, region: &str) -> DhcpOptions {
    let domain = match region {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    let setting = |key: &str, value: &str| {
        let value = AttributeValue::builder().value(value).build();
        DhcpConfiguration::builder().key(key).values(value).build()
    };
    DhcpOptions::builder()
        .dhcp_options_id(id)
        .owner_id(account)
        .dhcp_configurations(setting("domain-name", &domain))
        .dhcp_configurations(setting("domain-name-servers", "AmazonProvidedDNS"))
        .build()
}
