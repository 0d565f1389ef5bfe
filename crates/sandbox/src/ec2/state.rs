//! The state of EC2 in one region of one account.

use std::collections::BTreeMap;

use aws_sdk_ec2::types;
use jiff::Timestamp;

use super::client_tokens::ClientTokens;
use super::images::catalog::catalog;
use super::instances::instance::Instance;
use super::launch_templates::template::Template;
use super::network::new_routing::plumbing;
use super::network::new_vpc::default_vpc;
use super::sharing::Sharing;
use super::tag_store::Ec2Tags;

/// The state of EC2 in one region of one account. `tags` holds the tags of all resources.
pub(crate) struct Ec2State {
    pub instances: BTreeMap<String, Instance>,
    pub volumes: Vec<types::Volume>,
    pub snapshots: Vec<types::Snapshot>,
    /// Permissions of snapshots, by snapshot id.
    pub snapshot_sharing: BTreeMap<String, Sharing>,
    pub images: Vec<types::Image>,
    pub image_sharing: BTreeMap<String, Sharing>,
    pub key_pairs: Vec<types::KeyPairInfo>,
    pub vpcs: Vec<types::Vpc>,
    pub subnets: Vec<types::Subnet>,
    pub route_tables: Vec<types::RouteTable>,
    pub internet_gateways: Vec<types::InternetGateway>,
    pub nat_gateways: Vec<types::NatGateway>,
    pub network_acls: Vec<types::NetworkAcl>,
    pub security_groups: Vec<types::SecurityGroup>,
    pub addresses: Vec<types::Address>,
    pub templates: Vec<Template>,
    pub spot_requests: Vec<types::SpotInstanceRequest>,
    pub reserved: Vec<types::ReservedInstances>,
    pub tags: Ec2Tags,
    pub encrypts_by_default: bool,
    /// Start times of detachments, by volume id.
    pub(super) leaving: BTreeMap<String, Timestamp>,
    pub(super) modifications: Vec<types::VolumeModification>,
    pub(super) tokens: ClientTokens,
}

impl Ec2State {
    pub(crate) fn fresh(account: &str, region: &str) -> Ec2State {
        let net = default_vpc(account, region);
        let plumbing = plumbing(account, &net);
        Ec2State {
            instances: BTreeMap::new(),
            volumes: Vec::new(),
            snapshots: Vec::new(),
            snapshot_sharing: BTreeMap::new(),
            images: catalog(region),
            image_sharing: BTreeMap::new(),
            key_pairs: Vec::new(),
            vpcs: vec![net.vpc],
            subnets: net.subnets,
            route_tables: vec![plumbing.routes],
            internet_gateways: vec![plumbing.gateway],
            nat_gateways: Vec::new(),
            network_acls: vec![plumbing.acl],
            security_groups: vec![net.group],
            addresses: Vec::new(),
            templates: Vec::new(),
            spot_requests: Vec::new(),
            reserved: Vec::new(),
            tags: Ec2Tags::default(),
            encrypts_by_default: false,
            leaving: BTreeMap::new(),
            modifications: Vec::new(),
            tokens: ClientTokens::default(),
        }
    }
}
