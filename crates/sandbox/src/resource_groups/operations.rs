//! The operations of Resource Groups that are simulated.

use super::{groups, members};
use crate::registry::{Registry, simulate};

pub(crate) fn register(registry: &mut Registry) {
    simulate!(registry, "resource_groups", aws_sdk_resourcegroups, {
        create_group => groups::create_group,
        get_group => groups::get_group,
        get_group_query => groups::get_group_query,
        update_group => groups::update_group,
        update_group_query => groups::update_group_query,
        delete_group => groups::delete_group,
        list_groups => groups::list_groups,
        get_tags => groups::get_tags,
        tag => groups::tag,
        untag => groups::untag,

        list_group_resources => members::list_group_resources,
        search_resources => members::search_resources,
        group_resources => members::group_resources,
        ungroup_resources => members::ungroup_resources,
    });
}
