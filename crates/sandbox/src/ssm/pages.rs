//! Pages of SSM's lists.

use super::errors::invalid;
use crate::ApiError;
use crate::page::{BadToken, Page, page};

/// Page parameters of an SSM list. The limits differ between lists, the errors do not.
pub(super) struct Pages<'a> {
    pub sizes: std::ops::RangeInclusive<i32>,
    pub default: i32,
    pub asked: Option<i32>,
    pub token: Option<&'a str>,
}

impl Pages<'_> {
    pub(super) fn cut<T>(
        &self,
        items: Vec<T>,
        request: impl std::fmt::Debug,
        key: impl Fn(&T) -> String,
    ) -> Result<Page<T>, ApiError> {
        let size = self.asked.unwrap_or(self.default);
        let (least, most) = (self.sizes.start(), self.sizes.end());
        if size < *least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            return Err(invalid(size, "maxResults", &constraint));
        }
        if size > *most {
            let constraint = format!("Member must have value less than or equal to {most}");
            return Err(invalid(size, "maxResults", &constraint));
        }
        let size = size.unsigned_abs() as usize;
        page(items, &request, size, self.token, key)
            .map_err(|BadToken| ApiError::new("InvalidNextToken", "The specified token isn't valid."))
    }
}
