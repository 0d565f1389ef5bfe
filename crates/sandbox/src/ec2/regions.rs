//! The table of regions, and the names of their availability zones.

use crate::ApiError;

/// Regions that are enabled in every account.
pub(crate) const DEFAULT_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Opt-in regions. No account of the sandbox has enabled one.
pub(crate) const OPT_IN_REGIONS: [&str; 11] = [
    "af-south-1",
    "ap-east-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
];

/// Returns the region's name in the sandbox, or the error of a region that is not enabled or
/// unknown.
pub(crate) fn enabled_region(name: &str) -> Result<&'static str, ApiError> {
    // SDKs use this name for global services such as IAM.
    let name = if name == "aws-global" { "us-east-1" } else { name };
    if let Some(known) = DEFAULT_REGIONS.into_iter().find(|known| *known == name) {
        return Ok(known);
    }
    if OPT_IN_REGIONS.contains(&name) {
        let message = "AWS was not able to validate the provided access credentials";
        return Err(ApiError::new("AuthFailure", message).with_status(401));
    }
    let message = format!("the sandbox has no region \"{name}\"");
    Err(ApiError::new("UnknownEndpoint", message))
}

pub(crate) fn zone_names(region: &str) -> [String; 3] {
    ["a", "b", "c"].map(|letter| format!("{region}{letter}"))
}

pub(crate) fn zone_ids(region: &str) -> [String; 3] {
    [1, 2, 3].map(|number| zone_id(region, number))
}

pub(crate) fn zone_id(region: &str, number: usize) -> String {
    format!("{}-az{number}", abbreviation(region))
}

/// Returns `euc1` for `eu-central-1`, `apse2` for `ap-southeast-2`.
fn abbreviation(region: &str) -> String {
    let parts: Vec<&str> = region.split('-').collect();
    let [area, side, number] = parts[..] else {
        return region.to_owned();
    };
    let side = match side {
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        other => other.get(..1).unwrap_or_default(),
    };
    format!("{area}{side}{number}")
}
