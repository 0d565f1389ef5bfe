//! Pages of IAM's lists.

use std::fmt::Debug;

use super::errors::invalid;
use crate::ApiError;
use crate::page::{BadToken, Page, page};

/// Builds a list's output: the items and the marker of the next page.
macro_rules! paged {
    ($output:ident.$set:ident, $page:expr) => {{
        let page = $page;
        $output::builder()
            .$set(Some(page.items))
            .is_truncated(page.next_token.is_some())
            .set_marker(page.next_token)
            .build()
    }};
}

/// Returns a page of a list. IAM's pages have a marker instead of a token, and 100 items by
/// default.
pub(super) fn cut<T>(
    items: Vec<T>,
    request: impl Debug,
    max_items: Option<i32>,
    marker: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, ApiError> {
    let size = max_items.unwrap_or(100);
    let out_of_range = match size {
        ..1 => Some("greater than or equal to 1"),
        1001.. => Some("less than or equal to 1000"),
        _ => None,
    };
    if let Some(expected) = out_of_range {
        let constraint = format!("Member must have value {expected}");
        return Err(invalid(size, "maxItems", &constraint));
    }
    let size = size.unsigned_abs() as usize;
    page(items, &request, size, marker, key).map_err(|BadToken| ApiError::new("ValidationError", "Invalid Marker."))
}

pub(super) fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

pub(super) use paged;
