//! Inline policies: documents that belong to one user, group or role.

use aws_sdk_iam::operation::{
    delete_group_policy::{DeleteGroupPolicyInput, DeleteGroupPolicyOutput},
    delete_role_policy::{DeleteRolePolicyInput, DeleteRolePolicyOutput},
    delete_user_policy::{DeleteUserPolicyInput, DeleteUserPolicyOutput},
    get_group_policy::{GetGroupPolicyInput, GetGroupPolicyOutput},
    get_role_policy::{GetRolePolicyInput, GetRolePolicyOutput},
    get_user_policy::{GetUserPolicyInput, GetUserPolicyOutput},
    list_group_policies::{ListGroupPoliciesInput, ListGroupPoliciesOutput},
    list_role_policies::{ListRolePoliciesInput, ListRolePoliciesOutput},
    list_user_policies::{ListUserPoliciesInput, ListUserPoliciesOutput},
    put_group_policy::{PutGroupPolicyInput, PutGroupPolicyOutput},
    put_role_policy::{PutRolePolicyInput, PutRolePolicyOutput},
    put_user_policy::{PutUserPolicyInput, PutUserPolicyOutput},
};
use moonfleet_iam_policy::Purpose;

use super::attached_policies::PrincipalKind;
use super::checks::check_name;
use super::documents::{check_document, encoded};
use super::errors::{missing, over_quota};
use super::pages::{cut, paged};
use crate::ApiError;
use crate::page::Page;
use crate::state::Call;

/// Returns the quota of characters in all inline policies of a user, group or role.
fn quota(kind: PrincipalKind) -> (&'static str, usize) {
    match kind {
        PrincipalKind::User => ("UserPolicySizeQuota", 2048),
        PrincipalKind::Group => ("GroupPolicySizeQuota", 5120),
        PrincipalKind::Role => ("RolePolicySizeQuota", 10240),
    }
}

fn names(
    call: &mut Call<'_>,
    (kind, of): (PrincipalKind, &str),
    max_items: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<String>, ApiError> {
    let names = kind.permissions(call, of)?.inline.keys().cloned().collect();
    cut(names, ("inline", kind, of), max_items, marker, String::clone)
}

fn document(call: &mut Call<'_>, kind: PrincipalKind, of: &str, name: &str) -> Result<String, ApiError> {
    let document = kind.permissions(call, of)?.inline.get(name).ok_or_else(|| unknown(kind, name))?;
    Ok(encoded(document))
}

fn put_inline(call: &mut Call<'_>, kind: PrincipalKind, of: &str, name: &str, text: &str) -> Result<(), ApiError> {
    check_name(name, "policyName")?;
    let (quota, most) = quota(kind);
    check_document(text, Purpose::Identity, quota, most)?;
    let inline = &mut kind.permissions_mut(call, of)?.inline;
    let others = inline.iter().filter(|(other, _)| *other != name).map(|(_, text)| text.as_str());
    let characters: usize =
        others.chain([text]).map(|text| text.chars().filter(|character| !character.is_whitespace()).count()).sum();
    if characters > most {
        return Err(over_quota(quota, most));
    }
    inline.insert(name.to_owned(), text.to_owned());
    Ok(())
}

fn delete(call: &mut Call<'_>, kind: PrincipalKind, of: &str, name: &str) -> Result<(), ApiError> {
    kind.permissions_mut(call, of)?.inline.remove(name).map(|_| ()).ok_or_else(|| unknown(kind, name))
}

fn unknown(kind: PrincipalKind, name: &str) -> ApiError {
    missing(&format!("{} policy", kind.name()), name)
}

/// Generates the handlers of one principal type. They differ in the names of their types only.
macro_rules! inline {
    ($kind:expr, $name:ident:
        $list:ident($ListInput:ident, $ListOutput:ident),
        $get:ident($GetInput:ident, $GetOutput:ident),
        $put:ident($PutInput:ident, $PutOutput:ident),
        $delete:ident($DeleteInput:ident, $DeleteOutput:ident)) => {
        pub(crate) fn $list(call: &mut Call<'_>, input: &$ListInput) -> Result<$ListOutput, ApiError> {
            let page = names(call, ($kind, input.$name().unwrap_or_default()), input.max_items, input.marker())?;
            Ok(paged!($ListOutput.set_policy_names, page)?)
        }

        pub(crate) fn $get(call: &mut Call<'_>, input: &$GetInput) -> Result<$GetOutput, ApiError> {
            let (of, name) = (input.$name().unwrap_or_default(), input.policy_name().unwrap_or_default());
            let document = document(call, $kind, of, name)?;
            Ok($GetOutput::builder().$name(of).policy_name(name).policy_document(document).build()?)
        }

        pub(crate) fn $put(call: &mut Call<'_>, input: &$PutInput) -> Result<$PutOutput, ApiError> {
            let (of, name) = (input.$name().unwrap_or_default(), input.policy_name().unwrap_or_default());
            put_inline(call, $kind, of, name, input.policy_document().unwrap_or_default())?;
            Ok($PutOutput::builder().build())
        }

        pub(crate) fn $delete(call: &mut Call<'_>, input: &$DeleteInput) -> Result<$DeleteOutput, ApiError> {
            let (of, name) = (input.$name().unwrap_or_default(), input.policy_name().unwrap_or_default());
            delete(call, $kind, of, name)?;
            Ok($DeleteOutput::builder().build())
        }
    };
}

inline!(PrincipalKind::User, user_name:
    list_user_policies(ListUserPoliciesInput, ListUserPoliciesOutput),
    get_user_policy(GetUserPolicyInput, GetUserPolicyOutput),
    put_user_policy(PutUserPolicyInput, PutUserPolicyOutput),
    delete_user_policy(DeleteUserPolicyInput, DeleteUserPolicyOutput));
inline!(PrincipalKind::Group, group_name:
    list_group_policies(ListGroupPoliciesInput, ListGroupPoliciesOutput),
    get_group_policy(GetGroupPolicyInput, GetGroupPolicyOutput),
    put_group_policy(PutGroupPolicyInput, PutGroupPolicyOutput),
    delete_group_policy(DeleteGroupPolicyInput, DeleteGroupPolicyOutput));
inline!(PrincipalKind::Role, role_name:
    list_role_policies(ListRolePoliciesInput, ListRolePoliciesOutput),
    get_role_policy(GetRolePolicyInput, GetRolePolicyOutput),
    put_role_policy(PutRolePolicyInput, PutRolePolicyOutput),
    delete_role_policy(DeleteRolePolicyInput, DeleteRolePolicyOutput));
