//! Checks the data of a launch template version.

use aws_sdk_ec2::types::RequestLaunchTemplateData;

use crate::ApiError;
use crate::ec2::instances::user_data::check_user_data;
use crate::ec2::query::refuse_unsimulated;
use crate::ec2::tags;

/// Refuses data that a launch in the sandbox does not support.
pub(crate) fn check_data(operation: &str, data: &RequestLaunchTemplateData) -> Result<(), ApiError> {
    for specification in data.tag_specifications() {
        tags::check_tags(specification.tags(), specification.tags().len())?;
    }
    check_user_data(data.user_data())?;
    refuse_unsimulated(
        operation,
        &[
            ("instance_market_options", data.instance_market_options.is_some()),
            ("instance_requirements", data.instance_requirements.is_some()),
            ("cpu_options", data.cpu_options.is_some()),
            ("credit_specification", data.credit_specification.is_some()),
            ("capacity_reservation_specification", data.capacity_reservation_specification.is_some()),
            ("hibernation_options", data.hibernation_options.is_some()),
            ("enclave_options", data.enclave_options.is_some()),
            ("license_specifications", !data.license_specifications().is_empty()),
            ("private_dns_name_options", data.private_dns_name_options.is_some()),
            ("maintenance_options", data.maintenance_options.is_some()),
            ("kernel_id", data.kernel_id.is_some()),
            ("ram_disk_id", data.ram_disk_id.is_some()),
            ("an alias as image_id", data.image_id().is_some_and(|id| id.starts_with("resolve:"))),
        ],
    )
}
