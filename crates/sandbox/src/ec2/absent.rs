//! Kinds of resources that the account has none of. Their lists are empty, and the operations that create them are
//! not simulated. Ids and filters are checked as for the others.

use aws_sdk_ec2::types::{Filter, Tag};

use crate::ApiError;
use crate::ec2::filters::Filters;
use crate::ec2::query::{IdKind, dry_run};
use crate::state::Call;

/// A kind by its ids and filters, which compare nothing.
pub(crate) struct AbsentKind {
    id: IdKind,
    pub(crate) filters: Filters<()>,
}

impl AbsentKind {
    /// Checks a query for resources, of which there are none.
    fn check(&self, ids: &[String], filters: &[Filter], is_dry_run: Option<bool>) -> Result<(), ApiError> {
        self.id.check_shape(ids)?;
        self.filters.select(Vec::new(), filters)?;
        dry_run(is_dry_run)?;
        self.id.check_existence(ids, |_| false)
    }
}

/// Each line: the operation, the setter of its list and its ids; the prefix and the error code of an id; the filters.
/// Filters for tags are named by their kind.
macro_rules! absent {
    ($($kind:ident: $operation:ident($input:ident) -> $output:ident.$set_list:ident by $ids:ident $filter:ident,
        $prefix:literal $code:literal, $tags:ident [$($name:literal)*];)*) => {
        $(
            pub(crate) const $kind: AbsentKind = AbsentKind {
                id: IdKind {
                    prefix: $prefix,
                    malformed: concat!($code, ".Malformed"),
                    missing: concat!($code, ".NotFound"),
                    one_missing: "The ID '{}' does not exist",
                    many_missing: "The IDs '{}' do not exist",
                },
                filters: Filters { fields: &[$(($name, |()| Vec::new()),)*], tags: $tags },
            };

            pub(crate) fn $operation(
                _call: &mut Call<'_>,
                input: &aws_sdk_ec2::operation::$operation::$input,
            ) -> Result<aws_sdk_ec2::operation::$operation::$output, ApiError> {
                $kind.check(input.$ids(), input.$filter(), input.dry_run)?;
                Ok(aws_sdk_ec2::operation::$operation::$output::builder().$set_list(Some(Vec::new())).build())
            }
        )*
    };
}

const TAGS: Option<fn(&()) -> &[Tag]> = Some(|()| &[]);
const NO_TAGS: Option<fn(&()) -> &[Tag]> = None;

absent! {
    CAPACITY_RESERVATIONS: describe_capacity_reservations(DescribeCapacityReservationsInput) -> DescribeCapacityReservationsOutput.set_capacity_reservations by capacity_reservation_ids filters,
        "cr" "InvalidCapacityReservationId", NO_TAGS
        ["availability-zone" "end-date" "end-date-type" "instance-match-criteria" "instance-platform" "instance-type" "outpost-arn" "owner-id" "placement-group-arn" "start-date" "state" "tenancy"];
    CUSTOMER_GATEWAYS: describe_customer_gateways(DescribeCustomerGatewaysInput) -> DescribeCustomerGatewaysOutput.set_customer_gateways by customer_gateway_ids filters,
        "cgw" "InvalidCustomerGatewayID", TAGS
        ["bgp-asn" "customer-gateway-id" "ip-address" "state" "type"];
    EGRESS_ONLY_INTERNET_GATEWAYS: describe_egress_only_internet_gateways(DescribeEgressOnlyInternetGatewaysInput) -> DescribeEgressOnlyInternetGatewaysOutput.set_egress_only_internet_gateways by egress_only_internet_gateway_ids filters,
        "eigw" "InvalidEgressOnlyInternetGatewayId", TAGS
        [];
    FLEETS: describe_fleets(DescribeFleetsInput) -> DescribeFleetsOutput.set_fleets by fleet_ids filters,
        "fleet" "InvalidFleetId", NO_TAGS
        ["activity-status" "excess-capacity-termination-policy" "fleet-state" "replace-unhealthy-instances" "type"];
    PLACEMENT_GROUPS: describe_placement_groups(DescribePlacementGroupsInput) -> DescribePlacementGroupsOutput.set_placement_groups by group_ids filters,
        "pg" "InvalidPlacementGroupId", TAGS
        ["group-arn" "group-name" "spread-level" "state" "strategy"];
    TRANSIT_GATEWAYS: describe_transit_gateways(DescribeTransitGatewaysInput) -> DescribeTransitGatewaysOutput.set_transit_gateways by transit_gateway_ids filters,
        "tgw" "InvalidTransitGatewayID", NO_TAGS
        ["options.amazon-side-asn" "options.association-default-route-table-id" "options.auto-accept-shared-attachments" "options.default-route-table-association" "options.default-route-table-propagation" "options.dns-support" "options.propagation-default-route-table-id" "options.vpn-ecmp-support" "owner-id" "state" "transit-gateway-id"];
    TRANSIT_GATEWAY_ATTACHMENTS: describe_transit_gateway_attachments(DescribeTransitGatewayAttachmentsInput) -> DescribeTransitGatewayAttachmentsOutput.set_transit_gateway_attachments by transit_gateway_attachment_ids filters,
        "tgw-attach" "InvalidTransitGatewayAttachmentID", NO_TAGS
        ["association.state" "association.transit-gateway-route-table-id" "resource-id" "resource-owner-id" "resource-type" "state" "transit-gateway-attachment-id" "transit-gateway-id" "transit-gateway-owner-id"];
    VPC_ENDPOINTS: describe_vpc_endpoints(DescribeVpcEndpointsInput) -> DescribeVpcEndpointsOutput.set_vpc_endpoints by vpc_endpoint_ids filters,
        "vpce" "InvalidVpcEndpointId", TAGS
        ["ip-address-type" "service-name" "service-region" "vpc-endpoint-id" "vpc-endpoint-state" "vpc-endpoint-type" "vpc-id"];
    FLOW_LOGS: describe_flow_logs(DescribeFlowLogsInput) -> DescribeFlowLogsOutput.set_flow_logs by flow_log_ids filter,
        "fl" "InvalidFlowLogId", TAGS
        ["deliver-log-status" "flow-log-id" "log-destination-type" "log-group-name" "resource-id" "traffic-type"];
    VPC_PEERING_CONNECTIONS: describe_vpc_peering_connections(DescribeVpcPeeringConnectionsInput) -> DescribeVpcPeeringConnectionsOutput.set_vpc_peering_connections by vpc_peering_connection_ids filters,
        "pcx" "InvalidVpcPeeringConnectionID", TAGS
        ["accepter-vpc-info.cidr-block" "accepter-vpc-info.owner-id" "accepter-vpc-info.vpc-id" "expiration-time" "requester-vpc-info.cidr-block" "requester-vpc-info.owner-id" "requester-vpc-info.vpc-id" "status-code" "status-message" "vpc-peering-connection-id"];
    VPN_CONNECTIONS: describe_vpn_connections(DescribeVpnConnectionsInput) -> DescribeVpnConnectionsOutput.set_vpn_connections by vpn_connection_ids filters,
        "vpn" "InvalidVpnConnectionID", TAGS
        ["bgp-asn" "customer-gateway-configuration" "customer-gateway-id" "option.static-routes-only" "route.destination-cidr-block" "state" "transit-gateway-id" "type" "vpn-connection-id" "vpn-gateway-id"];
    VPN_GATEWAYS: describe_vpn_gateways(DescribeVpnGatewaysInput) -> DescribeVpnGatewaysOutput.set_vpn_gateways by vpn_gateway_ids filters,
        "vgw" "InvalidVpnGatewayID", TAGS
        ["amazon-side-asn" "attachment.state" "attachment.vpc-id" "availability-zone" "state" "type" "vpn-gateway-id"];
}
