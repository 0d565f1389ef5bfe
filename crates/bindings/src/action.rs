//! The IAM actions that a call needs: the action of the operation itself, and the actions of further changes
//! that AWS makes in the caller's name. Actions that the input does not show are left out: those that a KMS key
//! requires of its users, those of a service's own role, those for the content of a launch template,
//! and those of `enable_fast_launch` and the network analyses.
//!
//! The sources are the pages of the services in AWS's Service Authorization Reference.

use std::borrow::Cow;

use moonfleet_core::{Map, Value};

use crate::operation::{Operation, Service};

/// An action that a call needs in addition to that of its operation.
pub struct ExtraAction {
    pub action: &'static str,
    pub when: ActionCondition,
}

/// The condition on the input under which a call needs an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActionCondition {
    Always,
    /// There is a value at this path, which leads through lists to each of their items.
    Given(&'static str),
    /// The text at this path begins with this prefix.
    Says(&'static str, &'static str),
}

/// Returns the action of the operation itself; `None` if all principals may call it.
pub fn action(service: &Service, operation: &Operation) -> Option<String> {
    let model = moonfleet_models::service(service.name)?;
    moonfleet_models::iam::action(model, model.operation(operation.name)?)
}

/// Returns the further actions that a call can need, with their conditions.
pub fn needs(service: &Service, operation: &Operation) -> Vec<ExtraAction> {
    let rows =
        EXTRA_ACTIONS.iter().filter(|row| row.service == service.name && row.operations.contains(&operation.name));
    let listed = rows.flat_map(|row| row.actions.iter().map(|action| ExtraAction { action, when: row.when }));
    tagging(service, operation).into_iter().chain(listed).collect()
}

/// Returns all actions that a call needs. Without an input, returns those that every call needs.
pub fn actions(service: &Service, operation: &Operation, input: Option<&Map>) -> Vec<Cow<'static, str>> {
    let mut actions: Vec<Cow<'static, str>> = action(service, operation).map(Cow::Owned).into_iter().collect();
    for need in needs(service, operation) {
        if need.when.holds(input) && !actions.iter().any(|known| known == need.action) {
            actions.push(Cow::Borrowed(need.action));
        }
    }
    actions
}

impl ActionCondition {
    fn holds(self, input: Option<&Map>) -> bool {
        match (self, input) {
            (ActionCondition::Always, _) => true,
            (_, None) => false,
            (ActionCondition::Given(path), Some(input)) => any_at_path(input, path, &|value| !value.is_nil()),
            (ActionCondition::Says(path, start), Some(input)) => {
                any_at_path(input, path, &|value| matches!(value, Value::String(text) if text.starts_with(start)))
            }
        }
    }
}

/// Returns whether a value at the path fulfils the condition.
fn any_at_path(map: &Map, path: &str, condition: &dyn Fn(&Value) -> bool) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(value) = map.get(name) else { return false };
    let items = match value {
        Value::List(items) if rest.is_some() => items.as_slice(),
        value => std::slice::from_ref(value),
    };
    items.iter().any(|item| match (item, rest) {
        (Value::Map(map), Some(rest)) => any_at_path(map, rest, condition),
        (_, Some(_)) => false,
        (value, None) => condition(value),
    })
}

/// Returns the tagging action, which a call needs to create a resource with tags.
fn tagging(service: &Service, operation: &Operation) -> Option<ExtraAction> {
    let (action, fields): (_, &[&str]) = match service.name {
        "ec2" => ("ec2:CreateTags", &["tag_specifications", "pool_tag_specifications"]),
        "ssm" => ("ssm:AddTagsToResource", &["tags"]),
        "resource_groups" => ("resource-groups:Tag", &["tags"]),
        _ => return None,
    };
    let field = fields.iter().find(|field| operation.input().field(field).is_some())?;
    let is_own = self::action(service, operation).is_some_and(|own| own == action);
    (!is_own).then_some(ExtraAction { action, when: ActionCondition::Given(field) })
}

struct ActionRow {
    service: &'static str,
    operations: &'static [&'static str],
    when: ActionCondition,
    actions: &'static [&'static str],
}

const fn row(
    service: &'static str,
    operations: &'static [&'static str],
    when: ActionCondition,
    actions: &'static [&'static str],
) -> ActionRow {
    ActionRow { service, operations, when, actions }
}

const PASS_ROLE: &[&str] = &["iam:PassRole"];

use ActionCondition::{Always, Given, Says};

#[rustfmt::skip]
const EXTRA_ACTIONS: &[ActionRow] = &[
    // The call passes a role to a service, or to an instance in its profile.
    row("ec2", &["associate_iam_instance_profile", "replace_iam_instance_profile_association"], Always, PASS_ROLE),
    row("ec2", &["run_instances"], Given("iam_instance_profile"), PASS_ROLE),
    row("ec2", &["request_spot_instances", "run_scheduled_instances"],
        Given("launch_specification.iam_instance_profile"), PASS_ROLE),
    row("ec2", &["request_spot_fleet"], Given("spot_fleet_request_config.iam_fleet_role"), PASS_ROLE),
    row("ec2", &["create_flow_logs"], Given("deliver_logs_permission_arn"), PASS_ROLE),
    row("ec2", &["create_flow_logs"], Given("deliver_cross_account_role"), PASS_ROLE),
    row("iam", &["add_role_to_instance_profile"], Always, PASS_ROLE),
    row("ssm", &["create_activation", "update_managed_instance_role"], Given("iam_role"), PASS_ROLE),
    row("ssm", &["create_association", "update_association"], Given("association_dispatch_assume_role"), PASS_ROLE),
    row("ssm", &["create_association_batch"], Given("association_dispatch_assume_role"), PASS_ROLE),
    row("ssm", &["create_cloud_connector"], Given("role_arn"), PASS_ROLE),
    row("ssm", &["register_task_with_maintenance_window", "send_command", "update_maintenance_window_task"],
        Given("service_role_arn"), PASS_ROLE),
    row("resource_groups", &["start_tag_sync_task"], Always, &["iam:PassRole", "resource-groups:CreateGroup"]),
    // The role of a runbook is one of its parameters.
    row("ssm", &["create_association", "start_automation_execution", "update_association"],
        Given("parameters.AutomationAssumeRole"), PASS_ROLE),
    row("ssm", &["create_association_batch"], Given("entries.parameters.AutomationAssumeRole"), PASS_ROLE),
    row("ssm", &["start_change_request_execution"], Given("runbooks.parameters.AutomationAssumeRole"), PASS_ROLE),

    // IAM and STS have a tagging action for each type of resource.
    row("iam", &["create_instance_profile"], Given("tags"), &["iam:TagInstanceProfile"]),
    row("iam", &["create_open_id_connect_provider"], Given("tags"), &["iam:TagOpenIDConnectProvider"]),
    row("iam", &["create_policy"], Given("tags"), &["iam:TagPolicy"]),
    row("iam", &["create_role"], Given("tags"), &["iam:TagRole"]),
    row("iam", &["create_saml_provider"], Given("tags"), &["iam:TagSAMLProvider"]),
    row("iam", &["create_user"], Given("tags"), &["iam:TagUser"]),
    row("iam", &["create_virtual_mfa_device"], Given("tags"), &["iam:TagMFADevice"]),
    row("iam", &["upload_server_certificate"], Given("tags"), &["iam:TagServerCertificate"]),
    row("sts", &["assume_role", "get_federation_token"], Given("tags"), &["sts:TagSession"]),
    row("sts", &["assume_role"], Given("source_identity"), &["sts:SetSourceIdentity"]),
    row("sts", &["assume_role"], Given("provided_contexts"), &["sts:SetContext"]),
    row("sts", &["get_web_identity_token"], Given("tags"), &["sts:TagGetWebIdentityToken"]),

    // The id of the image is read from a parameter.
    row("ec2", &["run_instances"], Says("image_id", "resolve:ssm:"), &["ssm:GetParameters"]),
    row("ec2", &["create_launch_template", "create_launch_template_version"],
        Says("launch_template_data.image_id", "resolve:ssm:"), &["ssm:GetParameters"]),
    row("ec2", &["create_launch_template_version", "describe_launch_template_versions"],
        Given("resolve_alias"), &["ssm:GetParameters"]),

    // The effect of the operation decides about its action.
    row("dynamodb", &["transact_write_items"], Given("transact_items.condition_check"), &["dynamodb:ConditionCheckItem"]),
    row("dynamodb", &["transact_write_items"], Given("transact_items.delete"), &["dynamodb:DeleteItem"]),
    row("dynamodb", &["transact_write_items"], Given("transact_items.put"), &["dynamodb:PutItem"]),
    row("dynamodb", &["transact_write_items"], Given("transact_items.update"), &["dynamodb:UpdateItem"]),
    row("kms", &["re_encrypt"], Always, &["kms:ReEncryptTo"]),
    row("cloudfront", &["create_distribution_with_tags"], Always, &["cloudfront:TagResource"]),
    row("s3", &["copy_object", "upload_part_copy"], Always, &["s3:GetObject"]),

    // These resources have parts, which are created, changed and removed in the caller's name.
    row("ec2", &["cancel_capacity_reservation_fleets"], Always, &["ec2:CancelCapacityReservation"]),
    row("ec2", &["create_capacity_reservation_fleet"], Always,
        &["ec2:CreateCapacityReservation", "ec2:DescribeCapacityReservations", "ec2:DescribeInstances"]),
    row("ec2", &["modify_capacity_reservation_fleet"], Always, &["ec2:ModifyCapacityReservation"]),
    row("ec2", &["create_route_server"], Given("sns_notifications_enabled"), &["sns:CreateTopic"]),
    row("ec2", &["delete_route_server"], Always, &["sns:DeleteTopic"]),
    row("ec2", &["create_route_server_endpoint"], Always,
        &["ec2:AuthorizeSecurityGroupIngress", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
          "ec2:CreateSecurityGroup", "ec2:DescribeSecurityGroups"]),
    row("ec2", &["create_route_server_peer"], Always, &["ec2:AuthorizeSecurityGroupIngress"]),
    row("ec2", &["delete_route_server_endpoint"], Always,
        &["ec2:DeleteNetworkInterface", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupIngress"]),
    row("ec2", &["delete_route_server_peer"], Always, &["ec2:RevokeSecurityGroupIngress"]),
    row("ec2", &["create_vpc_endpoint"], Always,
        &["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]),
    row("ec2", &["create_vpc_endpoint"], Given("private_dns_enabled"), &["route53:AssociateVPCWithHostedZone"]),

    // The first of these resources creates a service-linked role, or the call changes the organization.
    row("ec2", &["create_ipam", "create_ipam_resource_discovery"], Always, &["iam:CreateServiceLinkedRole"]),
    row("ec2", &["disable_ipam_organization_admin_account"], Always,
        &["organizations:DeregisterDelegatedAdministrator"]),
    row("ec2", &["enable_ipam_organization_admin_account"], Always,
        &["iam:CreateServiceLinkedRole", "organizations:EnableAWSServiceAccess",
          "organizations:RegisterDelegatedAdministrator"]),
    row("ec2", &["enable_reachability_analyzer_organization_sharing"], Always,
        &["iam:CreateServiceLinkedRole", "organizations:EnableAWSServiceAccess"]),
    row("iam", &["generate_organizations_access_report"], Always,
        &["organizations:DescribePolicy", "organizations:ListChildren", "organizations:ListParents",
          "organizations:ListPoliciesForTarget", "organizations:ListRoots", "organizations:ListTargetsForPolicy"]),

    // The members of a group are found by its query: by tags or in a stack.
    row("resource_groups", &["list_group_resources", "search_resources"], Always,
        &["cloudformation:DescribeStacks", "cloudformation:ListStackResources", "tag:GetResources"]),
    row("resource_groups", &["create_group", "update_group_query"],
        Says("resource_query.type", "CLOUDFORMATION_STACK"), &["cloudformation:DescribeStacks"]),
    row("resource_groups", &["delete_group"], Always, &["tag:GetResources"]),
    row("resource_groups", &["cancel_tag_sync_task"], Always, &["resource-groups:DeleteGroup"]),
    row("resource_groups", &["group_resources"], Always, &["resource-groups:Tag", "tag:TagResources"]),
    row("resource_groups", &["ungroup_resources"], Always, &["resource-groups:Untag", "tag:UntagResources"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{SERVICES, service};
    use moonfleet_core::{Shape, Type};

    fn operation(service: &'static Service, name: &str) -> &'static Operation {
        service.operation(name).unwrap_or_else(|| panic!("{}.{name} does not exist any more", service.name))
    }

    fn required_actions(service_name: &str, name: &str, input: Option<Map>) -> Vec<Cow<'static, str>> {
        let service = service(service_name).expect("a service");
        actions(service, operation(service, name), input.as_ref())
    }

    fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Map {
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn operations_need_their_own_action() {
        assert_eq!(required_actions("ec2", "describe_tags", None), ["ec2:DescribeTags"]);
        assert_eq!(required_actions("resource_groups", "get_group", None), ["resource-groups:GetGroup"]);
        assert_eq!(required_actions("iam", "list_mfa_devices", None), ["iam:ListMFADevices"]);
        assert!(required_actions("sts", "get_caller_identity", None).is_empty());
    }

    #[test]
    fn parameters_can_need_further_actions() {
        assert_eq!(required_actions("ec2", "run_instances", None), ["ec2:RunInstances"]);
        let input = map([
            ("image_id", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023".into()),
            ("iam_instance_profile", Value::Map(map([("name", "web".into())]))),
            ("tag_specifications", Value::List(Vec::new())),
        ]);
        let expected = ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole", "ssm:GetParameters"];
        assert_eq!(required_actions("ec2", "run_instances", Some(input)), expected);
        let input = map([("image_id", "ami-0123456789abcdef0".into())]);
        assert_eq!(required_actions("ec2", "run_instances", Some(input)), ["ec2:RunInstances"]);
        let tags = || Some(map([("tags", Value::List(Vec::new()))]));
        assert_eq!(required_actions("ssm", "put_parameter", tags()), ["ssm:PutParameter", "ssm:AddTagsToResource"]);
        assert_eq!(required_actions("ssm", "add_tags_to_resource", tags()), ["ssm:AddTagsToResource"]);
    }

    #[test]
    fn paths_lead_through_lists() {
        let role = Value::List(vec!["arn:aws:iam::123456789012:role/automation".into()]);
        let runbook = map([("parameters", Value::Map(map([("AutomationAssumeRole", role)])))]);
        let input = map([("runbooks", Value::List(vec![Value::Map(Map::default()), Value::Map(runbook)]))]);
        assert_eq!(
            required_actions("ssm", "start_change_request_execution", Some(input)),
            ["ssm:StartChangeRequestExecution", "iam:PassRole"]
        );
    }

    #[test]
    fn all_operations_of_the_basic_services_have_an_action_but_for_four() {
        let mut without = Vec::new();
        for service in SERVICES.iter() {
            let prefix = format!("{}:", service.name.replace('_', "-"));
            for operation in service.operations() {
                match action(service, operation) {
                    Some(own) => assert_eq!(own, format!("{prefix}{}", operation.api_name)),
                    None => without.push(operation.name),
                }
            }
        }
        let expected =
            ["assume_role_with_saml", "assume_role_with_web_identity", "get_caller_identity", "get_session_token"];
        assert_eq!(without, expected);
    }

    fn path_of(when: ActionCondition) -> Option<&'static str> {
        match when {
            ActionCondition::Always => None,
            ActionCondition::Given(path) | ActionCondition::Says(path, _) => Some(path),
        }
    }

    fn is_field(shape: &Shape, path: &str) -> bool {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        match (shape.field(name).map(|field| field.ty), rest) {
            (None, _) => false,
            (Some(_), None) => true,
            // The names in a map are arbitrary.
            (Some(Type::Map(_)), Some(rest)) => !rest.contains('.'),
            (Some(ty), Some(rest)) => ty.structure().is_some_and(|inner| is_field(inner, rest)),
        }
    }

    #[test]
    fn rows_name_existing_operations_and_parameters() {
        for row in EXTRA_ACTIONS {
            let service = service(row.service).expect("a service");
            for name in row.operations {
                let operation = operation(service, name);
                let own = action(service, operation);
                for action in row.actions {
                    assert_ne!(own.as_deref(), Some(*action), "{name} needs its own action anyway");
                }
                if let Some(path) = path_of(row.when) {
                    assert!(is_field(operation.input(), path), "{}.{name} takes no {path}", row.service);
                }
            }
        }
    }

    /// Actions without an operation of the same name.
    const PERMISSIONS_ONLY: [&str; 5] =
        ["iam:PassRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagGetWebIdentityToken", "sts:TagSession"];

    #[test]
    fn actions_of_the_basic_services_exist() {
        let own = |service: &Service, operation: &Operation| action(service, operation);
        let known: BTreeSet<String> =
            SERVICES.iter().flat_map(|s| s.operations().iter().filter_map(|o| own(s, o))).collect();
        let prefixes: BTreeSet<&str> = known.iter().filter_map(|action| Some(action.split_once(':')?.0)).collect();
        let mut used = BTreeSet::new();
        for service in SERVICES.iter() {
            for operation in service.operations() {
                used.extend(needs(service, operation).iter().map(|need| need.action));
            }
        }
        for action in &used {
            let (prefix, _) = action.split_once(':').expect("prefix:Action");
            let exists = known.contains(*action) || PERMISSIONS_ONLY.contains(action);
            assert!(exists || !prefixes.contains(prefix), "{action}");
        }
        for action in PERMISSIONS_ONLY {
            assert!(used.contains(action) && !known.contains(action), "{action}");
        }
    }
}
