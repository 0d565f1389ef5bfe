//! Builds the route table, gateways and network ACL of a VPC.

use aws_sdk_ec2::types::{
    Address, AttachmentStatus, ConnectivityType, InternetGateway, InternetGatewayAttachment, NatGateway,
    NatGatewayAddress, NatGatewayAddressStatus, NatGatewayState, NetworkAcl, NetworkAclAssociation, NetworkAclEntry,
    Route, RouteOrigin, RouteState, RouteTable, RouteTableAssociation, RouteTableAssociationState,
    RouteTableAssociationStateCode, RuleAction, Subnet,
};
use jiff::Timestamp;

use super::interface_ids::interface_id;
use super::new_vpc::NewVpc;
use crate::clock::to_aws;
use crate::ids::Ids;

/// The main route table, the internet gateway and the network ACL of a VPC.
pub(crate) struct NewRouting {
    pub routes: RouteTable,
    pub gateway: InternetGateway,
    pub acl: NetworkAcl,
}

/// Returns a routing in which an internet gateway is the default route and the network ACL allows
/// everything.
pub(crate) fn plumbing(account: &str, net: &NewVpc) -> NewRouting {
    let vpc_id = net.vpc.vpc_id().unwrap_or_default();
    let mut ids = Ids::for_name(&format!("plumbing of {vpc_id}"));
    let attachment = InternetGatewayAttachment::builder().vpc_id(vpc_id).state(AttachmentStatus::from("available"));
    let gateway_id = ids.ec2("igw");
    NewRouting {
        routes: main_routes(&mut ids, account, net, &gateway_id),
        acl: open_acl(&mut ids, account, net),
        gateway: InternetGateway::builder()
            .internet_gateway_id(gateway_id)
            .owner_id(account)
            .attachments(attachment.build())
            .build(),
    }
}

pub(crate) fn main_routes(ids: &mut Ids, account: &str, net: &NewVpc, gateway_id: &str) -> RouteTable {
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

pub(crate) fn open_acl(ids: &mut Ids, account: &str, net: &NewVpc) -> NetworkAcl {
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

/// Returns a NAT gateway in the subnet and associates the address with it.
pub(crate) fn nat_gateway(
    id: &str,
    subnet: &Subnet,
    private_ip: &str,
    address: &mut Address,
    created: Timestamp,
) -> NatGateway {
    address.association_id = Some(Ids::for_name(&format!("association of {id}")).ec2("eipassoc"));
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
