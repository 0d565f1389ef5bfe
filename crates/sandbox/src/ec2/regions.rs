//! Where things are: regions and their availability zones.

use aws_sdk_ec2::{
    operation::{
        describe_availability_zones::{DescribeAvailabilityZonesInput, DescribeAvailabilityZonesOutput},
        describe_regions::{DescribeRegionsInput, DescribeRegionsOutput},
    },
    types::{self, AvailabilityZoneOptInStatus, AvailabilityZoneState},
};

use super::{
    filters::{Filters, maybe},
    query::dry_run,
};
use crate::ApiError;
use crate::state::Call;

/// Enabled in every account, as on AWS.
const DEFAULT: [&str; 17] = [
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

/// To be enabled first; no account of the sandbox has done so.
const OPT_IN: [&str; 11] = [
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

/// The region under its name in the sandbox, if calls to it can succeed.
pub fn enabled_region(name: &str) -> Result<&'static str, ApiError> {
    // What SDKs call the region of global services such as IAM.
    let name = if name == "aws-global" { "us-east-1" } else { name };
    if let Some(known) = DEFAULT.into_iter().find(|known| *known == name) {
        return Ok(known);
    }
    if OPT_IN.contains(&name) {
        let message = "AWS was not able to validate the provided access credentials";
        return Err(ApiError::new("AuthFailure", message).with_status(401));
    }
    let message = format!("the sandbox has no region \"{name}\"");
    Err(ApiError::new("UnknownEndpoint", message))
}

pub const REGIONS: Filters<types::Region> = Filters {
    fields: &[
        ("endpoint", |r| maybe(r.endpoint())),
        ("opt-in-status", |r| maybe(r.opt_in_status())),
        ("region-name", |r| maybe(r.region_name())),
    ],
    tags: None,
};

pub fn describe_regions(_: &mut Call<'_>, input: &DescribeRegionsInput) -> Result<DescribeRegionsOutput, ApiError> {
    let enabled = DEFAULT.map(|name| region(name, "opt-in-not-required"));
    let disabled = OPT_IN.map(|name| region(name, "not-opted-in"));
    let names = input.region_names();
    let shown = |region: &types::Region| match names {
        [] => input.all_regions == Some(true) || region.opt_in_status() != Some("not-opted-in"),
        names => names.iter().any(|name| Some(name.as_str()) == region.region_name()),
    };
    let known: Vec<_> = enabled.into_iter().chain(disabled).collect();
    check_names(names, "region", "InvalidParameterValue", |name| {
        known.iter().any(|region| region.region_name() == Some(name))
    })?;
    let regions = known.into_iter().filter(shown).collect();
    let regions = REGIONS.select(regions, input.filters())?;
    dry_run(input.dry_run)?;
    Ok(DescribeRegionsOutput::builder().set_regions(Some(regions)).build())
}

fn region(name: &str, status: &str) -> types::Region {
    types::Region::builder()
        .region_name(name)
        .endpoint(format!("ec2.{name}.amazonaws.com"))
        .opt_in_status(status)
        .build()
}

pub const ZONES: Filters<types::AvailabilityZone> = Filters {
    fields: &[
        ("group-name", |z| maybe(z.group_name())),
        ("opt-in-status", |z| maybe(z.opt_in_status())),
        ("region-name", |z| maybe(z.region_name())),
        ("state", |z| maybe(z.state())),
        ("zone-id", |z| maybe(z.zone_id())),
        ("zone-name", |z| maybe(z.zone_name())),
        ("zone-type", |z| maybe(z.zone_type())),
    ],
    tags: None,
};

pub fn describe_availability_zones(
    call: &mut Call<'_>,
    input: &DescribeAvailabilityZonesInput,
) -> Result<DescribeAvailabilityZonesOutput, ApiError> {
    let zones: Vec<_> = zone_names(call.region_name)
        .into_iter()
        .enumerate()
        .map(|(at, name)| zone(call.region_name, name, at + 1))
        .collect();
    check_names(input.zone_names(), "availability zone", "InvalidParameterValue", |name| {
        zones.iter().any(|zone| zone.zone_name() == Some(name))
    })?;
    let named =
        |names: &[String], own: Option<&str>| names.is_empty() || names.iter().any(|name| Some(name.as_str()) == own);
    let asked_for = |zone: &types::AvailabilityZone| {
        named(input.zone_names(), zone.zone_name()) && named(input.zone_ids(), zone.zone_id())
    };
    let zones = ZONES.select(zones.into_iter().filter(asked_for).collect(), input.filters())?;
    dry_run(input.dry_run)?;
    Ok(DescribeAvailabilityZonesOutput::builder().set_availability_zones(Some(zones)).build())
}

fn check_names(names: &[String], what: &str, code: &str, exists: impl Fn(&str) -> bool) -> Result<(), ApiError> {
    match names.iter().find(|name| !exists(name)) {
        None => Ok(()),
        Some(name) => Err(ApiError::new(code, format!("Invalid {what}: [{name}]"))),
    }
}

pub fn zone_names(region: &str) -> [String; 3] {
    ["a", "b", "c"].map(|letter| format!("{region}{letter}"))
}

pub fn zone_ids(region: &str) -> [String; 3] {
    [1, 2, 3].map(|number| zone_id(region, number))
}

fn zone_id(region: &str, number: usize) -> String {
    format!("{}-az{number}", abbreviation(region))
}

fn zone(region: &str, name: String, number: usize) -> types::AvailabilityZone {
    types::AvailabilityZone::builder()
        .zone_name(name)
        .zone_id(zone_id(region, number))
        .region_name(region)
        .group_name(format!("{region}-zg-1"))
        .network_border_group(region)
        .zone_type("availability-zone")
        .opt_in_status(AvailabilityZoneOptInStatus::OptInNotRequired)
        .state(AvailabilityZoneState::Available)
        .set_messages(Some(Vec::new()))
        .build()
}

/// `euc1` of `eu-central-1`, `apse2` of `ap-southeast-2`.
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
