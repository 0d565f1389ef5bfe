//! Roles and who may assume them.

use aws_sdk_iam::{
    operation::{
        create_role::{CreateRoleInput, CreateRoleOutput},
        delete_role::{DeleteRoleInput, DeleteRoleOutput},
        get_role::{GetRoleInput, GetRoleOutput},
        list_roles::{ListRolesInput, ListRolesOutput},
    },
    types::{self, RoleLastUsed},
};
use jiff::Timestamp;
use serde_json::Value;

use super::{Tags, check_name, check_new, check_path, cut, missing, to_list, to_map};
use crate::sandbox::{Fault, clock::to_aws, world::Call};

pub struct Role {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub description: Option<String>,
    pub trust: Trust,
    pub max_session_seconds: i32,
    pub tags: Tags,
    /// ARNs of attached policies.
    pub policies: Vec<String>,
    pub last_used: Option<Timestamp>,
}

/// A trust policy: who may assume the role, and under which conditions.
#[derive(Clone)]
pub struct Trust(Value);

impl Trust {
    pub fn parse(document: &str) -> Result<Trust, Fault> {
        let malformed = || Fault::new("MalformedPolicyDocument", "This policy contains invalid Json");
        let value: Value = serde_json::from_str(document).map_err(|_| malformed())?;
        match value.get("Statement") {
            Some(_) => Ok(Trust(value)),
            None => Err(Fault::new("MalformedPolicyDocument", "Missing required field Statement")),
        }
    }

    /// Trusts the whole of an account, on `condition`.
    pub fn account(account: &str, condition: Value) -> Trust {
        let principal = serde_json::json!({ "AWS": format!("arn:aws:iam::{account}:root") });
        Trust::of(principal, condition)
    }

    pub fn service(name: &str) -> Trust {
        Trust::of(serde_json::json!({ "Service": name }), Value::Null)
    }

    fn of(principal: Value, condition: Value) -> Trust {
        let mut statement = serde_json::json!({
            "Effect": "Allow",
            "Principal": principal,
            "Action": "sts:AssumeRole",
        });
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        Trust(serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] }))
    }

    /// Whether a caller of `account` may assume the role.
    pub fn admits(&self, account: &str, external_id: Option<&str>, mfa: bool) -> bool {
        let statements = match &self.0["Statement"] {
            Value::Array(statements) => statements.as_slice(),
            one => std::slice::from_ref(one),
        };
        statements.iter().any(|statement| {
            let condition = &statement["Condition"];
            let wanted_id = condition["StringEquals"]["sts:ExternalId"].as_str();
            let wants_mfa = is_true(&condition["Bool"]["aws:MultiFactorAuthPresent"]);
            statement["Effect"] == "Allow"
                && names_account(&statement["Principal"]["AWS"], account)
                && (wanted_id.is_none() || wanted_id == external_id)
                && (!wants_mfa || mfa)
        })
    }

    // IAM gives policies out percent-encoded (RFC 3986).
    fn encoded(&self) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        self.0
            .to_string()
            .bytes()
            .map(|byte| match plain(byte) {
                true => char::from(byte).to_string(),
                false => format!("%{byte:02X}"),
            })
            .collect()
    }
}

fn is_true(value: &Value) -> bool {
    value == "true" || *value == Value::Bool(true)
}

fn names_account(principal: &Value, account: &str) -> bool {
    match principal {
        Value::Array(all) => all.iter().any(|one| names_account(one, account)),
        Value::String(one) => one == "*" || one == account || one.starts_with(&format!("arn:aws:iam::{account}:")),
        _ => false,
    }
}

impl Role {
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }

    // The list leaves out tags and the last use, as IAM's does.
    fn show(&self, account: &str) -> Result<types::Role, Fault> {
        Ok(types::Role::builder()
            .path(&self.path)
            .role_name(&self.name)
            .role_id(&self.id)
            .arn(self.arn(account))
            .create_date(to_aws(self.created))
            .assume_role_policy_document(self.trust.encoded())
            .set_description(self.description.clone())
            .max_session_duration(self.max_session_seconds)
            .build()?)
    }

    fn show_whole(&self, account: &str) -> Result<types::Role, Fault> {
        let mut role = self.show(account)?;
        let last_used = RoleLastUsed::builder()
            .set_last_used_date(self.last_used.map(to_aws))
            .set_region(self.last_used.map(|_| "eu-central-1".to_owned()));
        role.role_last_used = Some(last_used.build());
        role.tags = Some(to_list(&self.tags)?);
        Ok(role)
    }
}

pub fn list_roles(call: &mut Call<'_>, input: &ListRolesInput) -> Result<ListRolesOutput, Fault> {
    let account = call.account_id;
    let prefix = input.path_prefix().unwrap_or("/");
    let roles = call.iam().roles.values();
    let roles =
        roles.filter(|role| role.path.starts_with(prefix)).map(|role| role.show(account)).collect::<Result<_, _>>()?;
    let page = cut(roles, ("roles", prefix), input.max_items, input.marker(), |role| role.role_name().to_owned())?;
    Ok(ListRolesOutput::builder()
        .set_roles(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

pub fn get_role(call: &mut Call<'_>, input: &GetRoleInput) -> Result<GetRoleOutput, Fault> {
    let account = call.account_id;
    let name = input.role_name().unwrap_or_default();
    let role = call.iam().roles.get(name).ok_or_else(|| missing("role", name))?;
    Ok(GetRoleOutput::builder().role(role.show_whole(account)?).build())
}

pub fn create_role(call: &mut Call<'_>, input: &CreateRoleInput) -> Result<CreateRoleOutput, Fault> {
    let name = input.role_name().unwrap_or_default();
    check_name(name, "roleName")?;
    check_new(&call.iam().roles, "Role", name)?;
    let role = Role {
        name: name.to_owned(),
        path: check_path(input.path())?,
        id: call.ids.iam("AROA"),
        created: call.now,
        description: input.description.clone(),
        trust: Trust::parse(input.assume_role_policy_document().unwrap_or_default())?,
        max_session_seconds: input.max_session_duration.unwrap_or(3600),
        tags: to_map(input.tags()),
        policies: Vec::new(),
        last_used: None,
    };
    let shown = role.show_whole(call.account_id)?;
    call.iam().roles.insert(name.to_owned(), role);
    Ok(CreateRoleOutput::builder().role(shown).build())
}

pub fn delete_role(call: &mut Call<'_>, input: &DeleteRoleInput) -> Result<DeleteRoleOutput, Fault> {
    let name = input.role_name().unwrap_or_default();
    let role = call.iam().roles.get(name).ok_or_else(|| missing("role", name))?;
    if !role.policies.is_empty() {
        let message = "Cannot delete entity, must detach all policies first.";
        return Err(Fault::new("DeleteConflict", message).with_status(409));
    }
    call.iam().roles.remove(name);
    Ok(DeleteRoleOutput::builder().build())
}
