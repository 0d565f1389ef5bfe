//! Texts that AWS's own tools convert, or that the service takes in one form only. The model says nothing about
//! them. `tests/in_process/customizations.rs` lists all rules of AWS's tools, with the reasons for those that are left
//! out, and `tests/in_process/botocore.rs` compares the policies with botocore's models.

use anyhow::{Result, ensure};

use crate::model::{Definition, Service, TextForm, Type};

struct Row {
    service: &'static str,
    /// The structure (for an input, for example, `RunInstancesInput`); none for all structures with the field.
    only_in: Option<&'static str>,
    field: &'static str,
    form: TextForm,
    reason: &'static str,
}

const fn everywhere_in(service: &'static str, field: &'static str, form: TextForm, reason: &'static str) -> Row {
    Row { service, only_in: None, field, form, reason }
}

const fn only_in(
    service: &'static str,
    structure: &'static str,
    field: &'static str,
    form: TextForm,
    reason: &'static str,
) -> Row {
    Row { service, only_in: Some(structure), field, form, reason }
}

use TextForm::{Base64, Policy, ReadFromBase64, SentAsBase64};

const ENCODED: &str = "IAM returns policies percent-encoded; boto3 and the AWS CLI decode them";
const GIVEN: &str = "a policy in JSON, which can be given as a table";
const DEMANDED: &str = "EC2 demands Base64 here, and boto3 sends the text as it is";

const ROWS: &[Row] = &[
    only_in("ec2", "RunInstancesInput", "user_data", SentAsBase64, "boto3 and the AWS CLI encode it"),
    only_in("ec2", "RequestLaunchTemplateData", "user_data", Base64, DEMANDED),
    only_in("ec2", "RequestSpotLaunchSpecification", "user_data", Base64, DEMANDED),
    only_in("ec2", "SpotFleetLaunchSpecification", "user_data", Base64, DEMANDED),
    only_in("ec2", "ScheduledInstancesLaunchSpecification", "user_data", Base64, DEMANDED),
    only_in("ec2", "UserData", "data", Base64, DEMANDED),
    everywhere_in("ec2", "launch_template_specification_user_data", Base64, DEMANDED),
    only_in("ec2", "GetConsoleOutputOutput", "output", ReadFromBase64, "boto3 and the AWS CLI decode it"),
    only_in("ec2", "CreateVpcEndpointInput", "policy_document", Policy, GIVEN),
    only_in("ec2", "ModifyVpcEndpointInput", "policy_document", Policy, GIVEN),
    everywhere_in("iam", "assume_role_policy_document", Policy, ENCODED),
    everywhere_in("iam", "assume_role_policy_document_template", Policy, ENCODED),
    everywhere_in("iam", "policy_document", Policy, ENCODED),
    only_in("iam", "PolicyVersion", "document", Policy, ENCODED),
    everywhere_in("iam", "policy_input_list", Policy, GIVEN),
    everywhere_in("iam", "permissions_boundary_policy_input_list", Policy, GIVEN),
    everywhere_in("iam", "service_control_policy_input_list", Policy, GIVEN),
    everywhere_in("iam", "resource_policy", Policy, GIVEN),
    only_in("ssm", "PutResourcePolicyInput", "policy", Policy, GIVEN),
    everywhere_in("sts", "policy", Policy, GIVEN),
];

pub(super) fn apply(service: &mut Service) -> Result<()> {
    let name = service.name.clone();
    for row in ROWS.iter().filter(|row| row.service == name) {
        row.apply(service)?;
    }
    mark_tags(service);
    Ok(())
}

impl Row {
    fn apply(&self, service: &mut Service) -> Result<()> {
        let mut marked = 0;
        for (structure, fields) in super::fields(service) {
            if self.only_in.is_some_and(|only| only != structure) {
                continue;
            }
            for field in fields.filter(|field| field.name == self.field) {
                let text = match &field.ty {
                    Type::List(item) => item,
                    ty => ty,
                };
                ensure!(*text == Type::String, "{structure}.{} is no text; correct its form", field.name);
                field.text_form = self.form;
                marked += 1;
            }
        }
        let structure = self.only_in.unwrap_or("any structure");
        ensure!(
            marked > 0,
            "{}: {structure} has no {} any more; remove it ({})",
            self.service,
            self.field,
            self.reason
        );
        Ok(())
    }
}

/// Marks the values of tags. Servers leave out the element of an empty value, and the tag has the value "" all the
/// same.
fn mark_tags(service: &mut Service) {
    for definition in service.types.values_mut() {
        if let Definition::Structure(fields) = definition
            && let [key, value] = &mut fields[..]
            && (key.name.as_str(), value.name.as_str(), &value.ty) == ("key", "value", &Type::String)
        {
            value.text_form = TextForm::AbsentIfEmpty;
        }
    }
}

pub(super) fn assert_all_used(services: &[Service]) -> Result<()> {
    for Row { service, .. } in ROWS {
        ensure!(services.iter().any(|s| s.name == *service), "{service} is not bound; remove its forms of texts");
    }
    Ok(())
}
