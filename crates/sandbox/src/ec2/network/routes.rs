//! How packets leave a VPC: route tables, internet and NAT gateways, network ACLs.

use aws_sdk_ec2::{
    operation::{
        describe_internet_gateways::{DescribeInternetGatewaysInput, DescribeInternetGatewaysOutput},
        describe_nat_gateways::{DescribeNatGatewaysInput, DescribeNatGatewaysOutput},
        describe_network_acls::{DescribeNetworkAclsInput, DescribeNetworkAclsOutput},
        describe_route_tables::{DescribeRouteTablesInput, DescribeRouteTablesOutput},
    },
    types::{
        Address, AttachmentStatus, ConnectivityType, InternetGateway, InternetGatewayAttachment, NatGateway,
        NatGatewayAddress, NatGatewayAddressStatus, NatGatewayState, NetworkAcl, NetworkAclAssociation,
        NetworkAclEntry, Route, RouteOrigin, RouteState, RouteTable, RouteTableAssociation, RouteTableAssociationState,
        RouteTableAssociationStateCode, RuleAction, Subnet,
    },
};
use jiff::Timestamp;

use super::interfaces::interface_id;
use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::filters::{Filters, each, maybe};
use crate::ec2::network::networks::Net;
use crate::ec2::query::{IdKind, Kind, Query, query};
use crate::state::{Call, Ids};

pub const ROUTE_TABLES: Kind<RouteTable> = Kind {
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

pub fn describe_route_tables(
    call: &mut Call<'_>,
    input: &DescribeRouteTablesInput,
) -> Result<DescribeRouteTablesOutput, ApiError> {
    let state = &call.region.ec2;
    let page = ROUTE_TABLES.describe(state.tags.on(&state.route_tables), &query!(input, route_table_ids))?;
    Ok(DescribeRouteTablesOutput::builder().set_route_tables(Some(page.items)).set_next_token(page.next_token).build())
}

pub const INTERNET_GATEWAYS: Kind<InternetGateway> = Kind {
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

pub fn describe_internet_gateways(
    call: &mut Call<'_>,
    input: &DescribeInternetGatewaysInput,
) -> Result<DescribeInternetGatewaysOutput, ApiError> {
    let state = &call.region.ec2;
    let gateways = state.tags.on(&state.internet_gateways);
    let page = INTERNET_GATEWAYS.describe(gateways, &query!(input, internet_gateway_ids))?;
    Ok(DescribeInternetGatewaysOutput::builder()
        .set_internet_gateways(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub const NAT_GATEWAYS: Kind<NatGateway> = Kind {
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

pub fn describe_nat_gateways(
    call: &mut Call<'_>,
    input: &DescribeNatGatewaysInput,
) -> Result<DescribeNatGatewaysOutput, ApiError> {
    let state = &call.region.ec2;
    // Of all operations, this one calls its filters `filter`.
    let query = Query {
        ids: input.nat_gateway_ids(),
        filters: input.filter(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let page = NAT_GATEWAYS.describe(state.tags.on(&state.nat_gateways), &query)?;
    Ok(DescribeNatGatewaysOutput::builder().set_nat_gateways(Some(page.items)).set_next_token(page.next_token).build())
}

pub const NETWORK_ACLS: Kind<NetworkAcl> = Kind {
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

pub fn describe_network_acls(
    call: &mut Call<'_>,
    input: &DescribeNetworkAclsInput,
) -> Result<DescribeNetworkAclsOutput, ApiError> {
    let state = &call.region.ec2;
    let page = NETWORK_ACLS.describe(state.tags.on(&state.network_acls), &query!(input, network_acl_ids))?;
    Ok(DescribeNetworkAclsOutput::builder().set_network_acls(Some(page.items)).set_next_token(page.next_token).build())
}

/// What a VPC has besides its subnets.
pub struct Plumbing {
    pub routes: RouteTable,
    pub gateway: InternetGateway,
    pub acl: NetworkAcl,
}

/// Everything goes out by an internet gateway, and the network ACL stops nothing.
pub fn plumbing(account: &str, net: &Net) -> Plumbing {
    let vpc_id = net.vpc.vpc_id().unwrap_or_default();
    let mut ids = Ids::of(&format!("plumbing of {vpc_id}"));
    let attachment = InternetGatewayAttachment::builder().vpc_id(vpc_id).state(AttachmentStatus::from("available"));
    let gateway_id = ids.ec2("igw");
    Plumbing {
        routes: main_routes(&mut ids, account, net, &gateway_id),
        acl: open_acl(&mut ids, account, net),
        gateway: InternetGateway::builder()
            .internet_gateway_id(gateway_id)
            .owner_id(account)
            .attachments(attachment.build())
            .build(),
    }
}

fn main_routes(ids: &mut Ids, account: &str, net: &Net, gateway_id: &str) -> RouteTable {
    let table_id = ids.ec2("rtb");
    let state = RouteTableAssociationState::builder().state(RouteTableAssociationStateCode::Associated).build();
    let main = RouteTableAssociation::builder()
        .main(true)
        .route_table_association_id(ids.ec2("rtbassoc"))
        .route_table_id(&table_id)
        .association_state(state);
    let route = |cidr: &str, gateway: &str, origin: RouteOrigin| {
        let route = Route::builder().destination_cidr_block(cidr).gateway_id(gateway);
        route.origin(origin).state(RouteState::Active).build()
    };
    RouteTable::builder()
        .route_table_id(table_id)
        .set_vpc_id(net.vpc.vpc_id.clone())
        .owner_id(account)
        .associations(main.build())
        .set_propagating_vgws(Some(Vec::new()))
        .routes(route(net.vpc.cidr_block().unwrap_or_default(), "local", RouteOrigin::CreateRouteTable))
        .routes(route("0.0.0.0/0", gateway_id, RouteOrigin::CreateRoute))
        .build()
}

fn open_acl(ids: &mut Ids, account: &str, net: &Net) -> NetworkAcl {
    let acl_id = ids.ec2("acl");
    let entry = |egress: bool, number: i32, action: RuleAction| {
        let entry = NetworkAclEntry::builder().egress(egress).rule_number(number).rule_action(action);
        entry.protocol("-1").cidr_block("0.0.0.0/0").build()
    };
    let entries =
        [true, false].map(|egress| [entry(egress, 100, RuleAction::Allow), entry(egress, 32_767, RuleAction::Deny)]);
    let associations = net.subnets.iter().map(|subnet| {
        NetworkAclAssociation::builder()
            .network_acl_association_id(ids.ec2("aclassoc"))
            .network_acl_id(&acl_id)
            .set_subnet_id(subnet.subnet_id.clone())
            .build()
    });
    let associations = associations.collect();
    NetworkAcl::builder()
        .network_acl_id(acl_id)
        .set_vpc_id(net.vpc.vpc_id.clone())
        .owner_id(account)
        .is_default(true)
        .set_entries(Some(entries.concat()))
        .set_associations(Some(associations))
        .build()
}

/// A NAT gateway in a subnet, which takes the address.
pub fn nat_gateway(
    id: &str,
    subnet: &Subnet,
    private_ip: &str,
    address: &mut Address,
    created: Timestamp,
) -> NatGateway {
    address.association_id = Some(Ids::of(&format!("association of {id}")).ec2("eipassoc"));
    address.network_interface_id = Some(interface_id(id));
    address.network_interface_owner_id.clone_from(&subnet.owner_id);
    address.private_ip_address = Some(private_ip.to_owned());
    let held = NatGatewayAddress::builder()
        .set_allocation_id(address.allocation_id.clone())
        .set_association_id(address.association_id.clone())
        .set_public_ip(address.public_ip.clone())
        .network_interface_id(interface_id(id))
        .private_ip(private_ip)
        .is_primary(true)
        .status(NatGatewayAddressStatus::Succeeded);
    NatGateway::builder()
        .nat_gateway_id(id)
        .set_subnet_id(subnet.subnet_id.clone())
        .set_vpc_id(subnet.vpc_id.clone())
        .connectivity_type(ConnectivityType::Public)
        .create_time(to_aws(created))
        .nat_gateway_addresses(held.build())
        .state(NatGatewayState::Available)
        .build()
}
