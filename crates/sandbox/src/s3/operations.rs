//! The operations of S3 that are simulated.

use super::objects::get_object;
use crate::registry::{Registry, simulate};

pub(crate) fn register(registry: &mut Registry) {
    simulate!(registry, "s3", aws_sdk_s3, {
        get_object => get_object,
    });
}
