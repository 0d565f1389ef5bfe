//! Resource Groups: groups by a query, whose members are found when they are asked for.

mod groups;
mod members;
mod query;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::ApiError;
use super::page::{BadToken, Page, page};
use crate::interceptor::{Registry, simulate};

pub use groups::Group;
pub use members::instances_of;
pub use query::Query;

pub fn register(registry: &mut Registry) {
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

/// One region of one account: groups by name, and the ARNs of the stacks that there are.
#[derive(Default)]
pub struct State {
    pub groups: BTreeMap<String, Group>,
    pub stacks: BTreeSet<String>,
}

fn bad_request(message: impl Into<String>) -> ApiError {
    ApiError::new("BadRequestException", message)
}

fn cut<T>(
    items: Vec<T>,
    request: impl std::fmt::Debug,
    max_results: Option<i32>,
    token: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, ApiError> {
    let size = max_results.unwrap_or(50);
    if !(1..=50).contains(&size) {
        return Err(bad_request(format!("MaxResults must be between 1 and 50, but is {size}.")));
    }
    page(items, &request, size.unsigned_abs() as usize, token, key)
        .map_err(|BadToken| bad_request("The pagination token is not valid."))
}
