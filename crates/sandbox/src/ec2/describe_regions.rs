//! Describing regions and availability zones.

use aws_sdk_ec2::{
    operation::{
        describe_availability_zones::{DescribeAvailabilityZonesInput, DescribeAvailabilityZonesOutput},
        describe_regions::{DescribeRegionsInput, DescribeRegionsOutput},
    },
    types::{self, AvailabilityZoneOptInStatus, AvailabilityZoneState},
};

use super::filters::{Filters, maybe};
use super::query::dry_run;
use super::regions::{DEFAULT_REGIONS, OPT_IN_REGIONS, zone_id, zone_names};
use crate::ApiError;
use crate::state::Call;

pub(super) const REGIONS: Filters<types::Region> = Filters {
    fields: &[
        ("endpoint", |r| maybe(r.endpoint())),
        ("opt-in-status", |r| maybe(r.opt_in_status())),
        ("region-name", |r| maybe(r.region_name())),
    ],
    tags: None,
};

pub(super) fn describe_regions(
    _: &mut Call<'_>,
    input: &DescribeRegionsInput,
) -> Result<DescribeRegionsOutput, ApiError> {
    let enabled = DEFAULT_REGIONS.map(|name| region(name, "opt-in-not-required"));
    let disabled = OPT_IN_REGIONS.map(|name| region(name, "not-opted-in"));
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

pub(super) fn region(name: &str, status: &str) -> types::Region {
    types::Region::builder()
        .region_name(name)
        .endpoint(format!("ec2.{name}.amazonaws.com"))
        .opt_in_status(status)
        .build()
}

pub(super) const ZONES: Filters<types::AvailabilityZone> = Filters {
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

pub(super) fn describe_availability_zones(
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

pub(super) fn check_names(
    names: &[String],
    parameter: &str,
    code: &str,
    exists: impl Fn(&str) -> bool,
) -> Result<(), ApiError> {
    match names.iter().find(|name| !exists(name)) {
        None => Ok(()),
        Some(name) => Err(ApiError::new(code, format!("Invalid {parameter}: [{name}]"))),
    }
}

pub(super) fn zone(region: &str, name: String, number: usize) -> types::AvailabilityZone {
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
