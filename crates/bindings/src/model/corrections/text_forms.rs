//! Texts that AWS's own tools convert, or that the service takes in one form only. The model says nothing about
//! them. `tests/in_process/customizations.rs` lists all rules of AWS's tools, with the reasons for those that are left
//! out, and `tests/in_process/botocore.rs` compares the policies with botocore's models.

use moonfleet_core::{Field, TextForm, Type};
use moonfleet_models::{Service, Shape};

use crate::operation::BASIC_SERVICES;

struct Row {
    service: &'static str,
    /// The structure; none for all structures with the field.
    only_in: Option<&'static str>,
    field: &'static str,
    form: TextForm,
    #[cfg_attr(not(test), expect(dead_code, reason = "the test shows it"))]
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
    only_in("ec2", "RunInstancesRequest", "user_data", SentAsBase64, "boto3 and the AWS CLI encode it"),
    only_in("ec2", "RequestLaunchTemplateData", "user_data", Base64, DEMANDED),
    only_in("ec2", "RequestSpotLaunchSpecification", "user_data", Base64, DEMANDED),
    only_in("ec2", "SpotFleetLaunchSpecification", "user_data", Base64, DEMANDED),
    only_in("ec2", "ScheduledInstancesLaunchSpecification", "user_data", Base64, DEMANDED),
    only_in("ec2", "UserData", "data", Base64, DEMANDED),
    everywhere_in("ec2", "launch_template_specification_user_data", Base64, DEMANDED),
    only_in("ec2", "GetConsoleOutputResult", "output", ReadFromBase64, "boto3 and the AWS CLI decode it"),
    only_in("ec2", "CreateVpcEndpointRequest", "policy_document", Policy, GIVEN),
    only_in("ec2", "ModifyVpcEndpointRequest", "policy_document", Policy, GIVEN),
    everywhere_in("iam", "assume_role_policy_document", Policy, ENCODED),
    everywhere_in("iam", "assume_role_policy_document_template", Policy, ENCODED),
    everywhere_in("iam", "policy_document", Policy, ENCODED),
    only_in("iam", "PolicyVersion", "document", Policy, ENCODED),
    everywhere_in("iam", "policy_input_list", Policy, GIVEN),
    everywhere_in("iam", "permissions_boundary_policy_input_list", Policy, GIVEN),
    everywhere_in("iam", "service_control_policy_input_list", Policy, GIVEN),
    everywhere_in("iam", "resource_policy", Policy, GIVEN),
    only_in(
        "autoscaling",
        "CreateLaunchConfigurationType",
        "user_data",
        SentAsBase64,
        "boto3 and the AWS CLI encode it",
    ),
    only_in("ssm", "PutResourcePolicyRequest", "policy", Policy, GIVEN),
    everywhere_in("sts", "policy", Policy, GIVEN),
];

/// The names of fields of the other services that hold a policy in JSON.
const POLICIES: [&str; 8] = [
    "access_policies",
    "access_policy",
    "assume_role_policy_document",
    "lifecycle_policy_text",
    "policy",
    "policy_document",
    "policy_text",
    "resource_policy",
];

pub(super) fn correct(service: &Service, structure: &Shape, field: &mut Field) {
    if is_value_of_tag(structure, field) {
        field.text_form = TextForm::AbsentIfEmpty;
    }
    let is_other = !BASIC_SERVICES.contains(&&*service.name);
    if is_other && POLICIES.contains(&field.name()) && matches!(field.ty, Type::String) {
        field.text_form = TextForm::Policy;
    }
    let row = ROWS.iter().find(|row| row.applies(service, structure, field));
    if let Some(row) = row {
        field.text_form = row.form;
    }
}

impl Row {
    fn applies(&self, service: &Service, structure: &Shape, field: &Field) -> bool {
        let is_text = matches!(field.ty, Type::String | Type::List(Type::String));
        *self.service == *service.name
            && self.field == field.name()
            && self.only_in.is_none_or(|only| only == structure.name)
            && is_text
    }
}

/// Whether a field is the value of tags. Servers leave out the element of an empty value, and the tag has the value ""
/// all the same.
fn is_value_of_tag(structure: &Shape, field: &Field) -> bool {
    let members = structure.as_structure().map_or(&[][..], |structure| &structure.members);
    let [key, value] = members else { return false };
    (&*key.name, &*value.name) == ("key", "value") && field.name() == "value" && matches!(field.ty, Type::String)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::built_in_service;

    #[test]
    fn rows_name_fields_of_the_models() {
        for row in ROWS {
            let model = built_in_service(row.service).expect("a service").shapes.service;
            let mut structures = model.shape_ids().map(|id| model.shape(id));
            let exists = structures.any(|structure| {
                let member = structure.as_structure().and_then(|structure| structure.member(row.field));
                let field = member.map(|(_, member)| Field::new(&member.name, Type::String));
                field.is_some_and(|field| row.applies(model, structure, &field))
            });
            let place = row.only_in.unwrap_or("any structure");
            assert!(exists, "{}, {place}: remove {} ({})", row.service, row.field, row.reason);
        }
    }
}
