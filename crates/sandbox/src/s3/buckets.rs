//! Buckets: creating, finding and deleting them.

use moonfleet_core::{Map, Value};

use super::errors::{access_denied, invalid_argument, no_such_bucket, other_region};
use super::names::check_bucket;
use super::state::{Bucket, hex};
use crate::ApiError;
use crate::ec2::regions::enabled_region;
use crate::model_call::{ModelInput, answer, not_simulated, optional, text};
use crate::page::page;
use crate::state::Call;

/// The region whose buckets have no location.
const FIRST_REGION: &str = "us-east-1";
const LARGEST_PAGE: i64 = 10_000;

/// Returns the bucket of a call, which the caller may use at this endpoint.
pub(super) fn bucket<'c>(call: &'c mut Call<'_>, input: &ModelInput) -> Result<&'c mut Bucket, ApiError> {
    let region = call.region_name;
    let bucket = owned_bucket(call, input)?;
    if bucket.region == region { Ok(bucket) } else { Err(other_region()) }
}

fn owned_bucket<'c>(call: &'c mut Call<'_>, input: &ModelInput) -> Result<&'c mut Bucket, ApiError> {
    let name = input.text("bucket").unwrap_or_default();
    let bucket = own_bucket(call, name)?;
    match input.text("expected_bucket_owner") {
        Some(owner) if owner != bucket.account => Err(access_denied()),
        _ => Ok(bucket),
    }
}

/// Returns a bucket of the caller's account in any region.
pub(super) fn own_bucket<'c>(call: &'c mut Call<'_>, name: &str) -> Result<&'c mut Bucket, ApiError> {
    check_bucket(name)?;
    let account = call.account_id;
    let bucket = call.s3.buckets.get_mut(name).ok_or_else(no_such_bucket)?;
    // Without bucket policies and ACLs, no other account has access.
    if bucket.account == account { Ok(bucket) } else { Err(access_denied()) }
}

pub(super) fn create_bucket(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let name = input.text("bucket").unwrap_or_default();
    check_bucket(name)?;
    let region = new_region(call.region_name, input)?;
    if let Some(existing) = call.s3.buckets.get(name) {
        if existing.account != call.account_id {
            let message = "The requested bucket name is not available. The bucket namespace is shared by all users of \
                           the system. Please select a different name and try again.";
            return Err(ApiError::new("BucketAlreadyExists", message).with_status(409));
        }
        // The oldest region accepts the repeated request.
        if (region, existing.region.as_str()) != (FIRST_REGION, FIRST_REGION) {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(ApiError::new("BucketAlreadyOwnedByYou", message).with_status(409));
        }
    } else {
        call.s3.buckets.insert(name.to_owned(), Bucket::new(call.account_id, region, call.now));
    }
    let location = match call.region_name {
        FIRST_REGION => format!("/{name}"),
        _ => format!("http://{name}.s3.amazonaws.com/"),
    };
    Ok(answer([("location", location.into())]))
}

/// Returns the region of a new bucket: that of the endpoint, which the request must name everywhere but in the oldest
/// region.
fn new_region(endpoint: &str, input: &ModelInput) -> Result<&'static str, ApiError> {
    let configuration = input.map("create_bucket_configuration");
    let others = ["location", "bucket", "tags"];
    let other = configuration.and_then(|given| others.into_iter().find(|name| given.get(name).is_some()));
    if let Some(other) = other {
        return Err(not_simulated(&format!("s3.create_bucket with create_bucket_configuration.{other}")));
    }
    let constraint = configuration.and_then(|given| given.get("location_constraint")).and_then(text);
    let constraint = if constraint == Some("EU") { Some("eu-west-1") } else { constraint };
    let incompatible = |constraint: &str| {
        let message = format!(
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was \
             sent to."
        );
        Err(ApiError::new("IllegalLocationConstraintException", message))
    };
    match constraint {
        None if endpoint == FIRST_REGION => Ok(FIRST_REGION),
        None => incompatible("unspecified"),
        Some(region) if region == FIRST_REGION && endpoint == FIRST_REGION => Err(invalid_location()),
        Some(region) if region != endpoint && endpoint != FIRST_REGION => incompatible(region),
        Some(region) => enabled_region(region).map_err(|_| invalid_location()),
    }
}

fn invalid_location() -> ApiError {
    ApiError::new("InvalidLocationConstraint", "The specified location-constraint is not valid")
}

pub(super) fn delete_bucket(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    if !bucket(call, input)?.objects.is_empty() {
        let message = "The bucket you tried to delete is not empty";
        return Err(ApiError::new("BucketNotEmpty", message).with_status(409));
    }
    call.s3.buckets.remove(input.text("bucket").unwrap_or_default());
    Ok(Map::default())
}

pub(super) fn head_bucket(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let region = bucket(call, input)?.region.clone();
    Ok(answer([("bucket_region", region.into()), ("access_point_alias", Value::Bool(false))]))
}

/// The location of a bucket can be asked at each endpoint.
pub(super) fn get_bucket_location(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let region = &owned_bucket(call, input)?.region;
    Ok(answer([("location_constraint", optional(Some(region.as_str()).filter(|region| *region != FIRST_REGION)))]))
}

pub(super) fn list_buckets(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let prefix = input.text("prefix");
    let region = input.text("bucket_region");
    let size = input.integer("max_buckets").unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(invalid_argument("Argument max-buckets must be an integer between 1 and 10000"));
    }
    let account = call.account_id;
    let own = call.s3.buckets.iter().filter(|(name, bucket)| {
        bucket.account == account
            && prefix.is_none_or(|prefix| name.starts_with(prefix))
            && region.is_none_or(|region| bucket.region == region)
    });
    // Only an answer to a request with a parameter has the regions.
    let has_region = ["prefix", "bucket_region", "max_buckets", "continuation_token"]
        .into_iter()
        .any(|name| input.value(name).is_some());
    let token = input.text("continuation_token");
    let page = page(own.collect(), &(prefix, region), size as usize, token, |(name, _)| (*name).clone());
    let page = page.map_err(|_| invalid_argument("The continuation token provided is incorrect"))?;
    let item = |(name, bucket): (&String, &Bucket)| {
        Value::Map(answer([
            ("name", name.clone().into()),
            ("creation_date", Value::Time(bucket.created)),
            ("bucket_region", optional(has_region.then(|| bucket.region.clone()))),
        ]))
    };
    Ok(answer([
        ("buckets", Value::List(page.items.into_iter().map(item).collect())),
        ("owner", owner(account)),
        ("continuation_token", optional(page.next_token)),
        ("prefix", optional(prefix)),
    ]))
}

/// Returns the owner of an account's buckets and objects, by its canonical user id of 64 digits.
pub(super) fn owner(account: &str) -> Value {
    use md5::{Digest as _, Md5};
    let half = |salt: &str| hex(&Md5::digest(format!("{salt}{account}")));
    Value::Map(answer([("id", (half("canonical ") + &half("user ")).into())]))
}
