//! The documents of the account: a selection of AWS's own.

use aws_sdk_ssm::{
    operation::{
        describe_document::{DescribeDocumentInput, DescribeDocumentOutput},
        get_document::{GetDocumentInput, GetDocumentOutput},
        list_documents::{ListDocumentsInput, ListDocumentsOutput},
    },
    types::{
        DocumentDescription, DocumentFormat, DocumentHashType, DocumentIdentifier, DocumentParameter,
        DocumentParameterType, DocumentStatus, DocumentType, PlatformType,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::filters::{Comparison, Condition, SsmFilters};
use super::pages::Pages;
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;
use DocumentParameterType::{String as Text, StringList as List};

/// A parameter's name, type, default (`None` if it is required) and description.
type ParameterSpec = (&'static str, DocumentParameterType, Option<&'static str>, &'static str);

pub(super) struct Document {
    pub name: &'static str,
    pub description: &'static str,
    pub kind: DocumentType,
    pub schema: &'static str,
    pub linux: bool,
    pub windows: bool,
    pub action: &'static str,
    pub parameters: &'static [ParameterSpec],
}

const WHEN: ParameterSpec = ("executionTimeout", Text, Some("3600"), "Seconds that the command may run.");
const WHERE: ParameterSpec = ("workingDirectory", Text, Some(""), "The folder in which the command runs.");

static DOCUMENTS: &[Document] = &[
    Document {
        name: "AWS-ConfigureAWSPackage",
        description: "Install or uninstall a Distributor package.",
        kind: DocumentType::Command,
        schema: "2.2",
        linux: true,
        windows: true,
        action: "aws:configurePackage",
        parameters: &[
            ("action", Text, None, "Install or Uninstall."),
            ("name", Text, None, "The package."),
            ("version", Text, Some(""), "The version of the package."),
        ],
    },
    Document {
        name: "AWS-GatherSoftwareInventory",
        description: "Collect inventory from the managed nodes.",
        kind: DocumentType::Policy,
        schema: "2.0",
        linux: true,
        windows: true,
        action: "aws:softwareInventory",
        parameters: &[
            ("applications", Text, Some("Enabled"), "Collect applications."),
            ("awsComponents", Text, Some("Enabled"), "Collect AWS's own components."),
            ("networkConfig", Text, Some("Enabled"), "Collect the network's configuration."),
            ("services", Text, Some("Enabled"), "Collect services, on Windows."),
            ("customInventory", Text, Some("Enabled"), "Collect custom inventory."),
        ],
    },
    Document {
        name: "AWS-RunPatchBaseline",
        description: "Scan for or install patches from a patch baseline.",
        kind: DocumentType::Command,
        schema: "2.2",
        linux: true,
        windows: true,
        action: "aws:runShellScript",
        parameters: &[
            ("Operation", Text, None, "Scan or Install."),
            ("SnapshotId", Text, Some(""), "The snapshot of the baseline."),
            ("RebootOption", Text, Some("RebootIfNeeded"), "RebootIfNeeded or NoReboot."),
        ],
    },
    Document {
        name: "AWS-RunPowerShellScript",
        description: "Run a PowerShell script or specify the paths to scripts to run.",
        kind: DocumentType::Command,
        schema: "1.2",
        linux: true,
        windows: true,
        action: "aws:runPowerShellScript",
        parameters: &[("commands", List, None, "The commands to run."), WHERE, WHEN],
    },
    Document {
        name: "AWS-RunShellScript",
        description: "Run a shell script or specify the commands to run.",
        kind: DocumentType::Command,
        schema: "1.2",
        linux: true,
        windows: false,
        action: "aws:runShellScript",
        parameters: &[("commands", List, None, "The commands to run."), WHERE, WHEN],
    },
    Document {
        name: "AWS-StartPortForwardingSession",
        description: "Forward a port of a managed node through Session Manager.",
        kind: DocumentType::Session,
        schema: "1.0",
        linux: true,
        windows: true,
        action: "Port",
        parameters: &[
            ("portNumber", Text, Some("80"), "The port of the node."),
            ("localPortNumber", Text, Some("0"), "The port here."),
        ],
    },
    Document {
        name: "AWS-UpdateSSMAgent",
        description: "Update the SSM Agent to the latest or a specified version.",
        kind: DocumentType::Command,
        schema: "1.2",
        linux: true,
        windows: true,
        action: "aws:updateSsmAgent",
        parameters: &[
            ("version", Text, Some(""), "The version of the agent."),
            ("allowDowngrade", Text, Some("false"), "Whether it may become older."),
        ],
    },
    Document {
        name: "SSM-SessionManagerRunShell",
        description: "The preferences of Session Manager: a shell on a managed node.",
        kind: DocumentType::Session,
        schema: "1.0",
        linux: true,
        windows: true,
        action: "Standard_Stream",
        parameters: &[],
    },
];

/// Returns the document with the given name or ARN.
pub(super) fn find(name: &str) -> Option<&'static Document> {
    let short = name.rsplit('/').next().unwrap_or(name);
    DOCUMENTS.iter().find(|document| document.name == short)
}

pub(super) fn unknown(name: &str) -> ApiError {
    ApiError::new("InvalidDocument", format!("Document with name {name} does not exist."))
}

impl Document {
    fn platforms(&self) -> Vec<PlatformType> {
        let each = [(self.windows, PlatformType::Windows), (self.linux, PlatformType::Linux)];
        each.into_iter().filter(|(is, _)| *is).map(|(_, platform)| platform).collect()
    }

    fn content(&self) -> String {
        let parameter = |(name, kind, default, description): &ParameterSpec| {
            let mut shown = json!({ "type": kind.as_str(), "description": description });
            if let Some(default) = default {
                shown["default"] = json!(default);
            }
            ((*name).to_owned(), shown)
        };
        let parameters: serde_json::Map<String, Value> = self.parameters.iter().map(parameter).collect();
        let mut content = json!({
            "schemaVersion": self.schema,
            "description": self.description,
            "parameters": parameters,
        });
        match self.kind {
            DocumentType::Session => content["sessionType"] = json!(self.action),
            _ => content["mainSteps"] = json!([{ "action": self.action, "name": self.name.replace('-', "") }]),
        }
        content.to_string()
    }

    fn owner(&self, call: &Call<'_>) -> String {
        if self.name.starts_with("AWS-") { "Amazon".to_owned() } else { call.account_id.to_owned() }
    }

    /// Checks the parameters for a run of the document.
    pub(super) fn check(&self, given: &std::collections::HashMap<String, Vec<String>>) -> Result<(), ApiError> {
        if let Some(name) = given.keys().find(|name| !self.parameters.iter().any(|known| known.0 == name.as_str())) {
            let message = format!("Parameter \"{name}\" is not defined in the document.");
            return Err(ApiError::new("InvalidParameters", message));
        }
        let needed = self.parameters.iter().filter(|known| known.2.is_none());
        match needed.map(|known| known.0).find(|name| given.get(*name).is_none_or(Vec::is_empty)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("Parameter \"{name}\" requires at least one value.");
                Err(ApiError::new("InvalidParameters", message))
            }
        }
    }
}

// Returns the creation date of AWS's documents.
fn created() -> aws_smithy_types::DateTime {
    to_aws(Timestamp::from_second(1_700_000_000).unwrap_or_default())
}

struct Listed {
    document: &'static Document,
    owner: String,
}

const FILTERS: SsmFilters<Listed> = SsmFilters {
    fields: &[
        ("Name", |listed| vec![listed.document.name.to_owned()]),
        ("Owner", |listed| match listed.owner.as_str() {
            "Amazon" => vec!["Amazon".to_owned(), "Public".to_owned()],
            _ => vec!["Self".to_owned(), "Private".to_owned()],
        }),
        ("DocumentType", |listed| vec![listed.document.kind.as_str().to_owned()]),
        ("PlatformTypes", |listed| {
            listed.document.platforms().iter().map(|platform| platform.as_str().to_owned()).collect()
        }),
    ],
    unknown: "InvalidFilterKey",
};

pub(super) fn list_documents(call: &mut Call<'_>, input: &ListDocumentsInput) -> Result<ListDocumentsOutput, ApiError> {
    let old: Vec<(&str, Vec<String>)> =
        input.document_filter_list().iter().map(|filter| (filter.key().as_str(), vec![filter.value.clone()])).collect();
    let new = input.filters().iter().map(|filter| (filter.key().unwrap_or_default(), filter.values()));
    let conditions: Vec<Condition<'_>> = old
        .iter()
        .map(|(key, values)| (*key, values.as_slice()))
        .chain(new)
        .map(|(key, values)| {
            let comparison = if key == "Name" { Comparison::BeginWith } else { Comparison::Equal };
            Condition { key, values, comparison }
        })
        .collect();
    let all = DOCUMENTS.iter().map(|document| Listed { document, owner: document.owner(call) }).collect();
    let found = FILTERS.select(all, &conditions)?;
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("documents", input.filters(), input.document_filter_list());
    let page = pages.cut(found, request, |listed| listed.document.name.to_owned())?;
    let shown = page.items.iter().map(|Listed { document, owner }| {
        DocumentIdentifier::builder()
            .name(document.name)
            .created_date(created())
            .owner(owner)
            .set_platform_types(Some(document.platforms()))
            .document_version("1")
            .document_type(document.kind.clone())
            .schema_version(document.schema)
            .document_format(DocumentFormat::Json)
            .set_tags(Some(Vec::new()))
            .build()
    });
    Ok(ListDocumentsOutput::builder()
        .set_document_identifiers(Some(shown.collect()))
        .set_next_token(page.next_token)
        .build())
}

fn find_checked(name: Option<&str>, version: Option<&str>) -> Result<&'static Document, ApiError> {
    let name = name.unwrap_or_default();
    let document = find(name).ok_or_else(|| unknown(name))?;
    match version {
        None | Some("1" | "$DEFAULT" | "$LATEST") => Ok(document),
        Some(version) => {
            let message = format!("Document {name} has no version {version}.");
            Err(ApiError::new("InvalidDocumentVersion", message))
        }
    }
}

pub(super) fn get_document(_call: &mut Call<'_>, input: &GetDocumentInput) -> Result<GetDocumentOutput, ApiError> {
    let document = find_checked(input.name(), input.document_version())?;
    if input.document_format().is_some_and(|format| *format != DocumentFormat::Json) {
        return Err(ApiError::new(
            "ValidationException",
            "the sandbox does not simulate documents in other formats than JSON",
        ));
    }
    Ok(GetDocumentOutput::builder()
        .name(document.name)
        .created_date(created())
        .document_version("1")
        .status(DocumentStatus::Active)
        .content(document.content())
        .document_type(document.kind.clone())
        .document_format(DocumentFormat::Json)
        .build())
}

pub(super) fn describe_document(
    call: &mut Call<'_>,
    input: &DescribeDocumentInput,
) -> Result<DescribeDocumentOutput, ApiError> {
    let document = find_checked(input.name(), input.document_version())?;
    let parameter = |(name, kind, default, description): &ParameterSpec| {
        DocumentParameter::builder()
            .name(*name)
            .r#type(kind.clone())
            .description(*description)
            .set_default_value(default.map(str::to_owned))
            .build()
    };
    let description = DocumentDescription::builder()
        .hash_type(DocumentHashType::Sha256)
        .name(document.name)
        .owner(document.owner(call))
        .created_date(created())
        .status(DocumentStatus::Active)
        .document_version("1")
        .description(document.description)
        .set_parameters(Some(document.parameters.iter().map(parameter).collect()))
        .set_platform_types(Some(document.platforms()))
        .document_type(document.kind.clone())
        .schema_version(document.schema)
        .latest_version("1")
        .default_version("1")
        .document_format(DocumentFormat::Json)
        .set_tags(Some(Vec::new()))
        .build();
    Ok(DescribeDocumentOutput::builder().document(description).build())
}
