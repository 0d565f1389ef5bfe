//! The identity that a call was signed with.

use aws_sdk_sts::operation::{
    get_access_key_info::{GetAccessKeyInfoInput, GetAccessKeyInfoOutput},
    get_caller_identity::{GetCallerIdentityInput, GetCallerIdentityOutput},
};

use crate::ApiError;
use crate::iam::state;
use crate::state::Call;

pub(super) struct Identity {
    pub account: String,
    pub arn: String,
    /// The principal in policies: the user, or the role of a session.
    pub principal: String,
    pub user_id: String,
}

pub(super) fn get_caller_identity(
    call: &mut Call<'_>,
    _: &GetCallerIdentityInput,
) -> Result<GetCallerIdentityOutput, ApiError> {
    let identity = identity(call);
    Ok(GetCallerIdentityOutput::builder().user_id(identity.user_id).account(identity.account).arn(identity.arn).build())
}

/// Returns the identity of the call's key: a role session, a user, or the demo user for all other
/// keys.
pub(super) fn identity(call: &mut Call<'_>) -> Identity {
    let key = call.access_key.clone().unwrap_or_default();
    if let Some(session) = call.sessions.get(&key) {
        return Identity {
            account: session.account.clone(),
            arn: session.arn.clone(),
            principal: session.role.clone(),
            user_id: session.user_id.clone(),
        };
    }
    let account = call.account_id.to_owned();
    let users = &call.iam().users;
    let owner = users.values().find(|user| user.keys.iter().any(|own| own.id == key));
    let (arn, user_id) = match owner.or_else(|| users.get(state::CALLER)) {
        Some(user) => (user.arn(&account), user.id.clone()),
        None => (format!("arn:aws:iam::{account}:root"), account.clone()),
    };
    Identity { principal: arn.clone(), arn, user_id, account }
}

pub(super) fn get_access_key_info(
    call: &mut Call<'_>,
    input: &GetAccessKeyInfoInput,
) -> Result<GetAccessKeyInfoOutput, ApiError> {
    let key = input.access_key_id().unwrap_or_default();
    let holder = call.accounts.iter().find(|(_, account)| {
        let mut keys = account.iam.users.values().flat_map(|user| &user.keys);
        keys.any(|own| own.id == key)
    });
    let of_session = call.sessions.get(key).map(|session| session.account.clone());
    let account = of_session.or_else(|| holder.map(|(id, _)| id.clone()));
    match account {
        Some(account) => Ok(GetAccessKeyInfoOutput::builder().account(account).build()),
        None => Err(ApiError::new("ValidationError", "Invalid Access key ID")),
    }
}
