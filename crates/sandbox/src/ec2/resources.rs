//! The table of resource types with an id and tags.

use aws_sdk_ec2::types::{self, Tag};

/// A resource with an id. Its tags are in the tag store.
pub(crate) trait Resource: Clone + 'static {
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
    DhcpOptions by dhcp_options_id, tagged in tags;
    Image by image_id, tagged in tags;
    Instance by instance_id, tagged in tags;
    InternetGateway by internet_gateway_id, tagged in tags;
    KeyPairInfo by key_pair_id, tagged in tags;
    LaunchTemplate by launch_template_id, tagged in tags;
    ManagedPrefixList by prefix_list_id, tagged in tags;
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
