//! Limits on size and performance of each volume type.

use std::ops::RangeInclusive;

use aws_sdk_ec2::types::VolumeType;

use crate::ApiError;
use crate::ec2::query::invalid;

/// Size and performance that a request asks for.
pub(crate) struct RequestedSize {
    pub size: i32,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
}

/// The resulting performance.
pub(crate) struct Performance {
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
}

impl RequestedSize {
    /// Returns the performance, or EC2's error if the type does not allow the request.
    pub(crate) fn performance_for(&self, kind: &VolumeType) -> Result<Performance, ApiError> {
        let sizes = sizes(kind)?;
        if !sizes.contains(&self.size) {
            let (bound, side) = match self.size < *sizes.start() {
                true => (sizes.start(), "at least"),
                false => (sizes.end(), "at most"),
            };
            return Err(invalid(format!(
                "Volume of {}GiB is invalid for volume type {kind}; must be {side} {bound}GiB.",
                self.size
            )));
        }
        Ok(Performance { iops: self.iops(kind)?, throughput: self.throughput(kind)? })
    }

    fn iops(&self, kind: &VolumeType) -> Result<Option<i32>, ApiError> {
        let allowed = match kind {
            VolumeType::Gp3 => 3000..=80_000,
            VolumeType::Io1 => 100..=64_000,
            VolumeType::Io2 => 100..=256_000,
            _ if self.iops.is_some() => return Err(unsupported("iops", kind)),
            VolumeType::Gp2 => return Ok(Some(self.size.saturating_mul(3).clamp(100, 16_000))),
            _ => return Ok(None),
        };
        let standard = (*kind == VolumeType::Gp3).then_some(3000);
        let Some(iops) = self.iops.or(standard) else {
            let message = format!("The parameter iops must be specified for {kind} volumes.");
            return Err(ApiError::new("MissingParameter", message));
        };
        check("iops", iops, &allowed, kind)
    }

    fn throughput(&self, kind: &VolumeType) -> Result<Option<i32>, ApiError> {
        match kind {
            VolumeType::Gp3 => check("throughput", self.throughput.unwrap_or(125), &(125..=2000), kind),
            _ if self.throughput.is_some() => Err(unsupported("throughput", kind)),
            _ => Ok(None),
        }
    }
}

fn sizes(kind: &VolumeType) -> Result<RangeInclusive<i32>, ApiError> {
    Ok(match kind {
        VolumeType::Gp2 => 1..=16_384,
        VolumeType::Gp3 => 1..=65_536,
        VolumeType::Io1 => 4..=16_384,
        VolumeType::Io2 => 4..=65_536,
        VolumeType::Sc1 | VolumeType::St1 => 125..=16_384,
        VolumeType::Standard => 1..=1024,
        other => {
            return Err(invalid(format!("Value ({other}) for parameter volumeType is invalid. Unknown volume type.")));
        }
    })
}

fn check(
    parameter: &str,
    value: i32,
    allowed: &RangeInclusive<i32>,
    kind: &VolumeType,
) -> Result<Option<i32>, ApiError> {
    if allowed.contains(&value) {
        return Ok(Some(value));
    }
    let (least, most) = (allowed.start(), allowed.end());
    Err(invalid(format!(
        "Volume {parameter} of {value} is invalid for volume type {kind}; must be between {least} and {most}."
    )))
}

fn unsupported(parameter: &str, kind: &VolumeType) -> ApiError {
    let message = format!("The parameter {parameter} is not supported for {kind} volumes.");
    ApiError::new("InvalidParameterCombination", message)
}
