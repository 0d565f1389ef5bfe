//! Builds a VPC with its subnets and its default security group.

use aws_sdk_ec2::types::{SecurityGroup, Subnet, SubnetState, Tenancy, Vpc, VpcState};

use crate::ec2::regions::zone_names;
use crate::ec2::security_groups::new_group::group;
use crate::ids::Ids;

/// A VPC with a subnet in each zone and its default security group.
pub(crate) struct NewVpc {
    pub vpc: Vpc,
    pub subnets: Vec<Subnet>,
    pub group: SecurityGroup,
}

/// Returns the default VPC of a region.
pub(crate) fn default_vpc(account: &str, region: &str) -> NewVpc {
    let seed = format!("{account}/{region}")
        .bytes()
        .fold(17, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    net(&mut Ids::from_seed(seed), account, region, CidrBlocks::Default)
}

/// The CIDR blocks of a VPC and its subnets.
pub(crate) enum CidrBlocks {
    Default,
    /// `10.N.0.0/16`, a `/24` for each zone.
    Private(u8),
}

impl CidrBlocks {
    fn vpc(&self) -> String {
        match self {
            CidrBlocks::Default => "172.31.0.0/16".to_owned(),
            CidrBlocks::Private(second) => format!("10.{second}.0.0/16"),
        }
    }

    fn subnet(&self, zone: usize) -> String {
        match self {
            CidrBlocks::Default => format!("172.31.{}.0/20", zone * 16),
            CidrBlocks::Private(second) => format!("10.{second}.{}.0/24", zone + 1),
        }
    }

    fn is_default(&self) -> bool {
        matches!(self, CidrBlocks::Default)
    }
}

pub(crate) fn net(ids: &mut Ids, account: &str, region: &str, blocks: CidrBlocks) -> NewVpc {
    let vpc_id = ids.ec2("vpc");
    let subnets = zone_names(region).into_iter().enumerate().map(|(at, zone)| {
        let id = ids.ec2("subnet");
        Subnet::builder()
            .subnet_arn(format!("arn:aws:ec2:{region}:{account}:subnet/{id}"))
            .subnet_id(id)
            .vpc_id(&vpc_id)
            .owner_id(account)
            .availability_zone(zone)
            .cidr_block(blocks.subnet(at))
            .default_for_az(blocks.is_default())
            .map_public_ip_on_launch(blocks.is_default())
            .state(SubnetState::Available)
            .build()
    });
    let subnets = subnets.collect();
    NewVpc {
        vpc: Vpc::builder()
            .vpc_id(&vpc_id)
            .owner_id(account)
            .cidr_block(blocks.vpc())
            .dhcp_options_id(ids.ec2("dopt"))
            .instance_tenancy(Tenancy::Default)
            .is_default(blocks.is_default())
            .state(VpcState::Available)
            .build(),
        subnets,
        group: group(ids, account, &vpc_id, "default", "default VPC security group"),
    }
}
