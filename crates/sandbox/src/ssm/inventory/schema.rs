//! AWS's inventory types, with the attributes that the sandbox uses.

use aws_sdk_ssm::{
    operation::get_inventory_schema::{GetInventorySchemaInput, GetInventorySchemaOutput},
    types::{InventoryAttributeDataType, InventoryItemAttribute, InventoryItemSchema},
};

use super::current::unknown_type;
use super::state;
use crate::ApiError;
use crate::ssm::pages::Pages;
use crate::state::Call;

const SCHEMAS: &[(&str, &str, &[&str])] = &[
    (
        "AWS:Application",
        "1.1",
        &[
            "Name",
            "ApplicationType",
            "Publisher",
            "Version",
            "Release",
            "Epoch",
            "InstalledTime",
            "Architecture",
            "URL",
            "Summary",
            "PackageId",
        ],
    ),
    (
        "AWS:AWSComponent",
        "1.0",
        &["Name", "ApplicationType", "Publisher", "Version", "InstalledTime", "Architecture", "URL"],
    ),
    ("AWS:BillingInfo", "1.0", &["BillingProductId"]),
    (
        "AWS:ComplianceItem",
        "1.0",
        &["ComplianceType", "ExecutionId", "ExecutionType", "ExecutionTime", "Id", "Title", "Status", "Severity"],
    ),
    (
        "AWS:File",
        "1.0",
        &["Name", "Size", "Description", "FileVersion", "InstalledDate", "ModificationTime", "InstalledDir"],
    ),
    (
        "AWS:InstanceDetailedInformation",
        "1.0",
        &["CPUModel", "CPUCores", "CPUs", "CPUSpeedMHz", "CPUSockets", "CPUHyperThreadEnabled", "OSServicePack"],
    ),
    (
        "AWS:InstanceInformation",
        "1.0",
        &[
            "AgentType",
            "AgentVersion",
            "ComputerName",
            "InstanceId",
            "InstanceStatus",
            "IpAddress",
            "PlatformName",
            "PlatformType",
            "PlatformVersion",
            "ResourceType",
        ],
    ),
    ("AWS:Network", "1.0", &["Name", "SubnetMask", "Gateway", "DHCPServer", "DNSServer", "MacAddress", "IPV4", "IPV6"]),
    (
        "AWS:PatchSummary",
        "1.0",
        &["PatchGroup", "BaselineId", "InstalledCount", "MissingCount", "FailedCount", "NotApplicableCount"],
    ),
    (
        "AWS:Service",
        "1.0",
        &["Name", "DisplayName", "ServiceType", "Status", "DependentServices", "ServicesDependedOn", "StartType"],
    ),
    ("AWS:Tag", "1.0", &["Key", "Value"]),
    ("AWS:WindowsUpdate", "1.0", &["HotFixId", "Description", "InstalledTime", "InstalledBy"]),
];

/// Returns the attributes of a type; `None` if AWS has no such type.
pub(super) fn attributes(name: &str) -> Option<&'static [&'static str]> {
    SCHEMAS.iter().find(|(known, ..)| *known == name).map(|(_, _, attributes)| *attributes)
}

pub(crate) fn get_inventory_schema(
    call: &mut Call<'_>,
    input: &GetInventorySchemaInput,
) -> Result<GetInventorySchemaOutput, ApiError> {
    if input.aggregator == Some(true) || input.sub_type == Some(true) {
        let message = "the sandbox does not simulate GetInventorySchema with Aggregator or SubType";
        return Err(ApiError::new("ValidationException", message));
    }
    let mut schemas = Vec::new();
    for (name, version, attributes) in SCHEMAS {
        schemas.push(schema(name, version, attributes)?);
    }
    for (name, item) in custom(call) {
        let names: Vec<&str> = item.content.iter().flat_map(|entry| entry.keys().map(String::as_str)).collect();
        schemas.push(schema(name, &item.schema_version, &names)?);
    }
    if let Some(name) = input.type_name() {
        schemas.retain(|schema| schema.type_name().starts_with(name));
        if schemas.is_empty() {
            return Err(unknown_type(name));
        }
    }
    let pages = Pages { sizes: 50..=200, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(schemas, ("schemas", input.type_name()), |schema| schema.type_name().to_owned())?;
    Ok(GetInventorySchemaOutput::builder().set_schemas(Some(page.items)).set_next_token(page.next_token).build())
}

/// Returns the custom types of the account.
fn custom<'a>(call: &'a Call<'_>) -> std::collections::BTreeMap<&'a str, &'a state::Item> {
    let items = call.region.ssm.inventory.values().flatten();
    items.filter(|(name, _)| name.starts_with("Custom:")).map(|(name, item)| (name.as_str(), item)).collect()
}

fn schema(name: &str, version: &str, attributes: &[&str]) -> Result<InventoryItemSchema, ApiError> {
    let mut schema = InventoryItemSchema::builder().type_name(name).version(version);
    let mut seen: Vec<&str> = Vec::new();
    for attribute in attributes {
        if seen.contains(attribute) {
            continue;
        }
        seen.push(attribute);
        let shown =
            InventoryItemAttribute::builder().name(*attribute).data_type(InventoryAttributeDataType::String).build()?;
        schema = schema.attributes(shown);
    }
    Ok(schema.build()?)
}
