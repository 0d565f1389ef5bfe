//! Pages of the lists of Resource Groups.

use super::errors::bad_request;
use crate::ApiError;
use crate::page::{BadToken, Page, page};

pub(super) fn cut<T>(
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
