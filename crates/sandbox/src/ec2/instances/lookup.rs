//! Finds the instances that calls can see.

use super::instance::Instance;
use crate::ApiError;
use crate::ec2::query::{INSTANCE_ID, demand};
use crate::state::Call;

/// Returns the instances that AWS still lists, which includes recently terminated ones.
pub(crate) fn visible<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Instance> {
    let now = call.now;
    call.region.ec2.instances.values().filter(move |instance| instance.is_visible(now))
}

/// Returns the instance with the given id.
pub(crate) fn find_instance<'a>(call: &'a Call<'_>, id: Option<&str>) -> Result<&'a Instance, ApiError> {
    let id = demand(id, "InstanceId")?;
    INSTANCE_ID.check_shape(&[id.to_owned()])?;
    visible(call).find(|known| known.id == id).ok_or_else(|| INSTANCE_ID.not_found(id))
}
