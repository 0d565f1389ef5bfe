//! Service settings of Systems Manager.

use aws_sdk_ssm::{
    operation::get_service_setting::{GetServiceSettingInput, GetServiceSettingOutput},
    types::ServiceSetting,
};

use crate::ApiError;
use crate::state::Call;

/// The settings and their default values.
const DEFAULTS: &[(&str, &str)] = &[
    ("/ssm/appconfig/enabled", "true"),
    ("/ssm/automation/customer-script-log-destination", ""),
    ("/ssm/automation/enable-adaptive-concurrency", "false"),
    ("/ssm/documents/console/public-sharing-permission", "Enable"),
    ("/ssm/managed-instance/activation-tier", "standard"),
    ("/ssm/managed-instance/default-ec2-instance-management-role", "$None"),
    ("/ssm/opsinsights/opscenter", "Disabled"),
    ("/ssm/parameter-store/default-parameter-tier", "Standard"),
    ("/ssm/parameter-store/high-throughput-enabled", "false"),
];

pub(super) fn get_service_setting(
    call: &mut Call<'_>,
    input: &GetServiceSettingInput,
) -> Result<GetServiceSettingOutput, ApiError> {
    let asked = input.setting_id().unwrap_or_default();
    // The setting may be given by its ARN.
    let id = asked.split_once(":servicesetting").map_or(asked, |(_, id)| id);
    let (id, value) = DEFAULTS.iter().find(|(known, _)| *known == id).ok_or_else(|| {
        let message = format!("Setting {asked} not found or not supported.");
        ApiError::new("ServiceSettingNotFound", message)
    })?;
    let setting = ServiceSetting::builder()
        .setting_id(*id)
        .setting_value(*value)
        .last_modified_user("System")
        .arn(format!("arn:aws:ssm:{}:{}:servicesetting{id}", call.region_name, call.account_id))
        .status("Default")
        .build();
    Ok(GetServiceSettingOutput::builder().service_setting(setting).build())
}
