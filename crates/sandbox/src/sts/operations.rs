//! The operations of STS that are simulated.

use super::assume_role::assume_role;
use super::identity::{get_access_key_info, get_caller_identity};
use crate::registry::{Registry, simulate};

pub(crate) fn register(registry: &mut Registry) {
    simulate!(registry, "sts", aws_sdk_sts, {
        get_caller_identity => get_caller_identity,
        assume_role => assume_role,
        get_access_key_info => get_access_key_info,
    });
}
