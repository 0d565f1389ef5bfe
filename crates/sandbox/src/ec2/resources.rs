//! What has an id and tags: one table of the kinds of resources that a region keeps.

use aws_sdk_ec2::types::{self, ResourceType, Tag};

use super::State;

/// What has an id, and tags that are kept apart from it.
pub trait Resource: Clone + 'static {
    fn id(&self) -> &str;
    fn set_tags(&mut self, tags: Vec<Tag>);
}

macro_rules! resources {
    ($($kind:ident by $id:ident, tagged in $tags:ident;)*) => {
        $(impl Resource for types::$kind {
            fn id(&self) -> &str {
                self.$id().unwrap_or_default()
            }

            fn set_tags(&mut self, tags: Vec<Tag>) {
                self.$tags = Some(tags);
            }
        })*
    };
}

resources! {
    Address by allocation_id, tagged in tags;
    Image by image_id, tagged in tags;
    Instance by instance_id, tagged in tags;
    InternetGateway by internet_gateway_id, tagged in tags;
    KeyPairInfo by key_pair_id, tagged in tags;
    LaunchTemplate by launch_template_id, tagged in tags;
    NatGateway by nat_gateway_id, tagged in tags;
    NetworkAcl by network_acl_id, tagged in tags;
    NetworkInterface by network_interface_id, tagged in tag_set;
    ReservedInstances by reserved_instances_id, tagged in tags;
    RouteTable by route_table_id, tagged in tags;
    SecurityGroup by group_id, tagged in tags;
    SecurityGroupRule by security_group_rule_id, tagged in tags;
    Snapshot by snapshot_id, tagged in tags;
    SpotInstanceRequest by spot_instance_request_id, tagged in tags;
    Subnet by subnet_id, tagged in tags;
    Volume by volume_id, tagged in tags;
    Vpc by vpc_id, tagged in tags;
}

impl State {
    /// What kind of thing has this id; None where nothing of this region has. Instances, which
    /// come and go with the clock, are asked about elsewhere.
    pub fn type_of(&self, id: &str) -> Option<ResourceType> {
        fn has<T: Resource>(resources: &[T], id: &str) -> bool {
            resources.iter().any(|resource| resource.id() == id)
        }
        let among = [
            (ResourceType::ElasticIp, has(&self.addresses, id)),
            (ResourceType::Image, has(&self.images, id)),
            (ResourceType::InternetGateway, has(&self.internet_gateways, id)),
            (ResourceType::KeyPair, has(&self.key_pairs, id)),
            (ResourceType::LaunchTemplate, self.templates.iter().any(|template| template.id == id)),
            (ResourceType::Natgateway, has(&self.nat_gateways, id)),
            (ResourceType::NetworkAcl, has(&self.network_acls, id)),
            (ResourceType::ReservedInstances, has(&self.reserved, id)),
            (ResourceType::RouteTable, has(&self.route_tables, id)),
            (ResourceType::SecurityGroup, has(&self.security_groups, id)),
            (
                ResourceType::SecurityGroupRule,
                crate::ec2::security_groups::groups::rules(self).any(|rule| rule.id() == id),
            ),
            (ResourceType::Snapshot, has(&self.snapshots, id)),
            (ResourceType::SpotInstancesRequest, has(&self.spot_requests, id)),
            (ResourceType::Subnet, has(&self.subnets, id)),
            (ResourceType::Volume, has(&self.volumes, id)),
            (ResourceType::Vpc, has(&self.vpcs, id)),
        ];
        among.into_iter().find(|(_, is_one)| *is_one).map(|(kind, _)| kind)
    }
}
