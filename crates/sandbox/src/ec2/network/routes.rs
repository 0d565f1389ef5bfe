//! Describing route tables, internet and NAT gateways, and network ACLs.

use aws_sdk_ec2::{
    operation::{
        describe_internet_gateways::{DescribeInternetGatewaysInput, DescribeInternetGatewaysOutput},
        describe_nat_gateways::{DescribeNatGatewaysInput, DescribeNatGatewaysOutput},
        describe_network_acls::{DescribeNetworkAclsInput, DescribeNetworkAclsOutput},
        describe_route_tables::{DescribeRouteTablesInput, DescribeRouteTablesOutput},
    },
    types::{
        AttachmentStatus, InternetGateway, NatGateway, NetworkAcl, RouteOrigin, RouteState, RouteTable, RuleAction,
    },
};

use crate::ApiError;
use crate::ec2::filters::{Filters, each, maybe};
use crate::ec2::query::{DescribeQuery, IdKind, ResourceKind, query};
use crate::state::Call;

pub(crate) const ROUTE_TABLES: ResourceKind<RouteTable> = ResourceKind {
    id: IdKind {
        prefix: "rtb",
        malformed: "InvalidRouteTableId.Malformed",
        missing: "InvalidRouteTableID.NotFound",
        one_missing: "The routeTable ID '{}' does not exist",
        many_missing: "The routeTable IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("association.main", |t| t.associations().iter().flat_map(|one| maybe(one.main())).collect()),
            ("association.route-table-association-id", |t| {
                each(t.associations(), |one| one.route_table_association_id())
            }),
            ("association.route-table-id", |t| each(t.associations(), |one| one.route_table_id())),
            ("association.subnet-id", |t| each(t.associations(), |one| one.subnet_id())),
            ("owner-id", |t| maybe(t.owner_id())),
            ("route-table-id", |t| maybe(t.route_table_id())),
            ("route.destination-cidr-block", |t| each(t.routes(), |route| route.destination_cidr_block())),
            ("route.destination-ipv6-cidr-block", |t| each(t.routes(), |route| route.destination_ipv6_cidr_block())),
            ("route.gateway-id", |t| each(t.routes(), |route| route.gateway_id())),
            ("route.nat-gateway-id", |t| each(t.routes(), |route| route.nat_gateway_id())),
            ("route.origin", |t| each(t.routes(), |route| route.origin().map(RouteOrigin::as_str))),
            ("route.state", |t| each(t.routes(), |route| route.state().map(RouteState::as_str))),
            ("vpc-id", |t| maybe(t.vpc_id())),
        ],
        tags: Some(|t| t.tags()),
    },
    page_sizes: 5..=100,
    ids_parameter: "routeTableIds",
};

pub(crate) fn describe_route_tables(
    call: &mut Call<'_>,
    input: &DescribeRouteTablesInput,
) -> Result<DescribeRouteTablesOutput, ApiError> {
    let state = &call.region.ec2;
    let page = ROUTE_TABLES.describe(state.tags.tagged(&state.route_tables), &query!(input, route_table_ids))?;
    Ok(DescribeRouteTablesOutput::builder().set_route_tables(Some(page.items)).set_next_token(page.next_token).build())
}

pub(crate) const INTERNET_GATEWAYS: ResourceKind<InternetGateway> = ResourceKind {
    id: IdKind {
        prefix: "igw",
        malformed: "InvalidInternetGatewayId.Malformed",
        missing: "InvalidInternetGatewayID.NotFound",
        one_missing: "The internetGateway ID '{}' does not exist",
        many_missing: "The internetGateway IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("attachment.state", |g| each(g.attachments(), |one| one.state().map(AttachmentStatus::as_str))),
            ("attachment.vpc-id", |g| each(g.attachments(), |one| one.vpc_id())),
            ("internet-gateway-id", |g| maybe(g.internet_gateway_id())),
            ("owner-id", |g| maybe(g.owner_id())),
        ],
        tags: Some(|g| g.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "internetGatewayIds",
};

pub(crate) fn describe_internet_gateways(
    call: &mut Call<'_>,
    input: &DescribeInternetGatewaysInput,
) -> Result<DescribeInternetGatewaysOutput, ApiError> {
    let state = &call.region.ec2;
    let gateways = state.tags.tagged(&state.internet_gateways);
    let page = INTERNET_GATEWAYS.describe(gateways, &query!(input, internet_gateway_ids))?;
    Ok(DescribeInternetGatewaysOutput::builder()
        .set_internet_gateways(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub(crate) const NAT_GATEWAYS: ResourceKind<NatGateway> = ResourceKind {
    id: IdKind {
        prefix: "nat",
        malformed: "InvalidNatGatewayId.Malformed",
        missing: "NatGatewayNotFound",
        one_missing: "NAT gateway {} was not found",
        many_missing: "NAT gateways {} were not found",
    },
    filters: Filters {
        fields: &[
            ("nat-gateway-id", |g| maybe(g.nat_gateway_id())),
            ("state", |g| maybe(g.state())),
            ("subnet-id", |g| maybe(g.subnet_id())),
            ("vpc-id", |g| maybe(g.vpc_id())),
        ],
        tags: Some(|g| g.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "natGatewayIds",
};

pub(crate) fn describe_nat_gateways(
    call: &mut Call<'_>,
    input: &DescribeNatGatewaysInput,
) -> Result<DescribeNatGatewaysOutput, ApiError> {
    let state = &call.region.ec2;
    // Only this operation names its filters `filter`.
    let query = DescribeQuery {
        ids: input.nat_gateway_ids(),
        filters: input.filter(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let page = NAT_GATEWAYS.describe(state.tags.tagged(&state.nat_gateways), &query)?;
    Ok(DescribeNatGatewaysOutput::builder().set_nat_gateways(Some(page.items)).set_next_token(page.next_token).build())
}

pub(crate) const NETWORK_ACLS: ResourceKind<NetworkAcl> = ResourceKind {
    id: IdKind {
        prefix: "acl",
        malformed: "InvalidNetworkAclId.Malformed",
        missing: "InvalidNetworkAclID.NotFound",
        one_missing: "The networkAcl ID '{}' does not exist",
        many_missing: "The networkAcl IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("association.association-id", |a| each(a.associations(), |one| one.network_acl_association_id())),
            ("association.network-acl-id", |a| each(a.associations(), |one| one.network_acl_id())),
            ("association.subnet-id", |a| each(a.associations(), |one| one.subnet_id())),
            ("default", |a| maybe(a.is_default())),
            ("entry.cidr", |a| each(a.entries(), |entry| entry.cidr_block())),
            ("entry.protocol", |a| each(a.entries(), |entry| entry.protocol())),
            ("entry.rule-action", |a| each(a.entries(), |entry| entry.rule_action().map(RuleAction::as_str))),
            ("entry.egress", |a| a.entries().iter().flat_map(|entry| maybe(entry.egress())).collect()),
            ("entry.rule-number", |a| a.entries().iter().flat_map(|entry| maybe(entry.rule_number())).collect()),
            ("network-acl-id", |a| maybe(a.network_acl_id())),
            ("owner-id", |a| maybe(a.owner_id())),
            ("vpc-id", |a| maybe(a.vpc_id())),
        ],
        tags: Some(|a| a.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "networkAclIds",
};

pub(crate) fn describe_network_acls(
    call: &mut Call<'_>,
    input: &DescribeNetworkAclsInput,
) -> Result<DescribeNetworkAclsOutput, ApiError> {
    let state = &call.region.ec2;
    let page = NETWORK_ACLS.describe(state.tags.tagged(&state.network_acls), &query!(input, network_acl_ids))?;
    Ok(DescribeNetworkAclsOutput::builder().set_network_acls(Some(page.items)).set_next_token(page.next_token).build())
}
