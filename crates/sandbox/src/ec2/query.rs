//! Describing a list: ids, filters, pages and dry runs for every resource; and checks that changes
//! share.

use std::{fmt::Debug, ops::RangeInclusive};

use aws_sdk_ec2::types::Filter;
use moonfleet_core::error::NOT_SIMULATED;

use super::{filters::Filters, resources::Resource};
use crate::ApiError;
use crate::page::{BadToken, Page, page};

/// The shape of a resource's ids, and EC2's errors for them.
pub(crate) struct IdKind {
    pub prefix: &'static str,
    pub malformed: &'static str,
    pub missing: &'static str,
    /// Message for one missing id; `{}` is replaced by the id.
    pub one_missing: &'static str,
    /// Message for several missing ids; `{}` is replaced by `a, b`.
    pub many_missing: &'static str,
}

pub(super) const INSTANCE_ID: IdKind = IdKind {
    prefix: "i",
    malformed: "InvalidInstanceID.Malformed",
    missing: "InvalidInstanceID.NotFound",
    one_missing: "The instance ID '{}' does not exist",
    many_missing: "The instance IDs '{}' do not exist",
};

impl IdKind {
    pub(crate) fn check_shape(&self, ids: &[String]) -> Result<(), ApiError> {
        ids.iter().try_for_each(|id| self.check_one_shape(id))
    }

    fn check_one_shape(&self, id: &str) -> Result<(), ApiError> {
        let prefix = self.prefix;
        let Some(digits) = id.strip_prefix(prefix).and_then(|id| id.strip_prefix('-')) else {
            let message = format!("Invalid id: \"{id}\" (expecting \"{prefix}-...\")");
            return Err(ApiError::new(self.malformed, message));
        };
        let long_enough = matches!(digits.len(), 8 | 17);
        if long_enough && digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(());
        }
        Err(ApiError::new(self.malformed, format!("Invalid id: \"{id}\"")))
    }

    pub(crate) fn not_found(&self, id: &str) -> ApiError {
        ApiError::new(self.missing, self.one_missing.replace("{}", id))
    }

    /// Fails if `exists` returns false for an id, with all such ids in one message.
    pub(crate) fn check_existence(&self, ids: &[String], exists: impl Fn(&str) -> bool) -> Result<(), ApiError> {
        let missing: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !exists(id)).collect();
        let sentence = match missing.len() {
            0 => return Ok(()),
            1 => self.one_missing,
            _ => self.many_missing,
        };
        let message = sentence.replace("{}", &missing.join(", "));
        Err(ApiError::new(self.missing, message))
    }
}

/// Describes one resource type: its ids, filters and page sizes.
pub(crate) struct ResourceKind<T: 'static> {
    pub id: IdKind,
    pub filters: Filters<T>,
    pub page_sizes: RangeInclusive<i32>,
    /// The parameter that cannot be combined with MaxResults.
    pub ids_parameter: &'static str,
}

/// The fields that the inputs of all describe operations share.
#[derive(Default)]
pub(crate) struct DescribeQuery<'a> {
    pub ids: &'a [String],
    pub filters: &'a [Filter],
    pub max_results: Option<i32>,
    pub next_token: Option<&'a str>,
    pub dry_run: Option<bool>,
}

/// Builds the query of an input whose ids are in the field `$ids`.
macro_rules! query {
    ($input:expr, $ids:ident) => {
        $crate::ec2::query::DescribeQuery {
            ids: $input.$ids(),
            filters: $input.filters(),
            max_results: $input.max_results,
            next_token: $input.next_token(),
            dry_run: $input.dry_run,
        }
    };
}
pub(super) use query;

impl<T: Resource> ResourceKind<T> {
    /// Returns the item with the given id.
    pub(crate) fn find<'a>(&self, items: &'a [T], id: Option<&str>, parameter: &str) -> Result<&'a T, ApiError> {
        let id = demand(id, parameter)?;
        self.id.check_shape(&[id.to_owned()])?;
        items.iter().find(|item| item.id() == id).ok_or_else(|| self.id.not_found(id))
    }

    pub(crate) fn describe(&self, items: Vec<T>, query: &DescribeQuery<'_>) -> Result<Page<T>, ApiError> {
        self.id.check_shape(query.ids)?;
        let size = page_size(query, &self.page_sizes, self.ids_parameter)?;
        let selected = self.filters.select(items.clone(), query.filters)?;
        dry_run(query.dry_run)?;
        self.id.check_existence(query.ids, |id| items.iter().any(|item| item.id() == id))?;
        let asked_for = |item: &T| query.ids.is_empty() || query.ids.iter().any(|id| id == item.id());
        let selected = selected.into_iter().filter(asked_for).collect();
        cut(selected, query, self.id.prefix, size, |item| item.id().to_owned())
    }
}

/// Checks MaxResults and returns the page size; the default is 1000.
pub(super) fn page_size(
    query: &DescribeQuery<'_>,
    allowed: &RangeInclusive<i32>,
    ids_parameter: &str,
) -> Result<usize, ApiError> {
    let Some(asked) = query.max_results else {
        return Ok(1000);
    };
    if !query.ids.is_empty() {
        let message = format!("The parameter {ids_parameter} cannot be used with the parameter maxResults");
        return Err(ApiError::new("InvalidParameterCombination", message));
    }
    if allowed.contains(&asked) {
        return Ok(asked.unsigned_abs() as usize);
    }
    let expected = match asked < *allowed.start() {
        true => format!("greater than or equal to {}", allowed.start()),
        false => format!("less than or equal to {}", allowed.end()),
    };
    let message = format!("Value ( {asked} ) for parameter maxResults is invalid. Expecting a value {expected}.");
    Err(ApiError::new("InvalidParameterValue", message))
}

pub(super) fn cut<T>(
    items: Vec<T>,
    query: &DescribeQuery<'_>,
    kind: impl Debug,
    size: usize,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, ApiError> {
    let request = (kind, query.filters, query.ids);
    let bad_token = |BadToken| {
        let message = "The specified pagination token is not valid or is expired.";
        ApiError::new("InvalidPaginationToken", message)
    };
    page(items, &request, size, query.next_token, key).map_err(bad_token)
}

/// Fails with `DryRunOperation` if the flag is set, which is EC2's success of a dry run.
pub(super) fn dry_run(flag: Option<bool>) -> Result<(), ApiError> {
    if flag != Some(true) {
        return Ok(());
    }
    let message = "Request would have succeeded, but DryRun flag is set.";
    Err(ApiError::new("DryRunOperation", message).with_status(412))
}

/// Fails if the list of a required parameter is empty.
pub(super) fn require<'a, T>(values: &'a [T], parameter: &str) -> Result<&'a [T], ApiError> {
    if !values.is_empty() {
        return Ok(values);
    }
    let message = format!("The request must contain the parameter {parameter}");
    Err(ApiError::new("MissingParameter", message))
}

/// Fails if a required parameter is absent.
pub(super) fn demand<T>(value: Option<T>, parameter: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| {
        let message = format!("The request must contain the parameter {parameter}");
        ApiError::new("MissingParameter", message)
    })
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", message)
}

/// Refuses parameters that would change the answer and are not simulated. Each comes with a flag
/// that tells whether it is set.
pub(super) fn refuse_unsimulated(operation: &str, parameters: &[(&str, bool)]) -> Result<(), ApiError> {
    match parameters.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((parameter, _)) => {
            let message = format!("{NOT_SIMULATED} ec2.{operation} with {parameter}");
            Err(ApiError::new("UnsupportedOperation", message))
        }
    }
}
