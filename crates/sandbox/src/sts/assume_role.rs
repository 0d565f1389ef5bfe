//! AssumeRole.

use aws_sdk_sts::{
    operation::assume_role::{AssumeRoleInput, AssumeRoleOutput},
    types::{AssumedRoleUser, Credentials},
};
use jiff::SignedDuration;

use super::identity::identity;
use super::state::RoleSession;
use crate::ApiError;
use crate::clock::{later, to_aws};
use crate::iam::state::Role;
use crate::iam::trust::AssumeRequest;
use crate::state::Call;

pub(super) fn assume_role(call: &mut Call<'_>, input: &AssumeRoleInput) -> Result<AssumeRoleOutput, ApiError> {
    let session_name = input.role_session_name().unwrap_or_default();
    check_session_name(session_name)?;
    let caller = identity(call);
    let asked = input.role_arn().unwrap_or_default();
    let denied = || {
        let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {asked}", caller.arn);
        ApiError::new("AccessDenied", message).with_status(403)
    };
    let (account, role) = find_role(call, asked).ok_or_else(denied)?;
    let asking = AssumeRequest {
        account: &caller.account,
        arn: &caller.principal,
        external_id: input.external_id(),
        mfa: has_mfa(input)?,
    };
    if !role.trust.admits(&asking) {
        return Err(denied());
    }
    let seconds = duration(input, role)?;
    let arn = format!("arn:aws:sts::{account}:assumed-role/{}/{session_name}", role.name);
    let session = RoleSession {
        account: account.to_owned(),
        arn,
        role: role.arn(account),
        user_id: format!("{}:{session_name}", role.id),
        expires: later(call.now, SignedDuration::from_secs(seconds.into())),
    };
    issue(call, session)
}

fn issue(call: &mut Call<'_>, session: RoleSession) -> Result<AssumeRoleOutput, ApiError> {
    let key = call.ids.iam("ASIA");
    let credentials = Credentials::builder()
        .access_key_id(&key)
        .secret_access_key(call.ids.secret(40))
        .session_token(call.ids.secret(160))
        .expiration(to_aws(session.expires))
        .build()?;
    let user = AssumedRoleUser::builder().assumed_role_id(&session.user_id).arn(&session.arn).build()?;
    call.sessions.insert(key, session);
    Ok(AssumeRoleOutput::builder().credentials(credentials).assumed_role_user(user).build())
}

fn find_role<'a>(call: &'a Call<'_>, arn: &'a str) -> Option<(&'a str, &'a Role)> {
    let (account, _) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let roles = &call.accounts.get(account)?.iam.roles;
    let role = roles.values().find(|role| role.arn(account) == arn)?;
    Some((account, role))
}

fn check_session_name(name: &str) -> Result<(), ApiError> {
    let legal = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    if (2..=64).contains(&name.len()) && name.chars().all(legal) {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    );
    Err(ApiError::new("ValidationError", message))
}

/// The sandbox accepts any six digits as a code.
fn has_mfa(input: &AssumeRoleInput) -> Result<bool, ApiError> {
    let code = input.token_code().unwrap_or_default();
    let shaped = code.len() == 6 && code.chars().all(|digit| digit.is_ascii_digit());
    match (input.serial_number(), input.token_code()) {
        (None, None) => Ok(false),
        (Some(_), Some(_)) if shaped => Ok(true),
        _ => {
            let message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
            Err(ApiError::new("AccessDenied", message).with_status(403))
        }
    }
}

fn duration(input: &AssumeRoleInput, role: &Role) -> Result<i32, ApiError> {
    let seconds = input.duration_seconds.unwrap_or(3600);
    let message = match seconds {
        ..900 => format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
        ),
        _ if seconds > role.max_session_seconds => {
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.".to_owned()
        }
        _ => return Ok(seconds),
    };
    Err(ApiError::new("ValidationError", message))
}

#[cfg(test)]
mod tests {
    use crate::Sandbox;
    use crate::testing::{Account, code};

    #[tokio::test]
    async fn caller_is_the_demo_user() {
        let account = Account::new();
        let identity = account.sts().get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some(Sandbox::ACCOUNT));
        assert_eq!(identity.arn(), Some("arn:aws:iam::123456789012:user/demo"));
    }

    #[tokio::test]
    async fn only_trusting_roles_can_be_assumed() {
        let account = Account::new();
        let sts = account.sts();
        let assume = |arn: &str| sts.assume_role().role_arn(arn).role_session_name("moonfleet").send();
        let session = assume("arn:aws:iam::210987654321:role/moonfleet-operator").await.unwrap();
        let user = session.assumed_role_user().unwrap();
        assert_eq!(user.arn(), "arn:aws:sts::210987654321:assumed-role/moonfleet-operator/moonfleet");
        for arn in [
            "arn:aws:iam::210987654321:role/missing",
            "arn:aws:iam::123456789012:role/moonfleet-instance",
            "arn:aws:iam::123456789012:role/break-glass",
            "nonsense",
        ] {
            assert_eq!(code(assume(arn).await), "AccessDenied", "{arn}");
        }
        let with_mfa = sts
            .assume_role()
            .role_arn("arn:aws:iam::123456789012:role/break-glass")
            .role_session_name("moonfleet")
            .serial_number("arn:aws:iam::123456789012:mfa/demo")
            .token_code("123456")
            .send()
            .await;
        assert!(with_mfa.is_ok());
    }

    #[tokio::test]
    async fn credentials_of_a_role_are_recognised() {
        let account = Account::new();
        let session = account
            .sts()
            .assume_role()
            .role_arn("arn:aws:iam::210987654321:role/moonfleet-operator")
            .role_session_name("moonfleet")
            .send()
            .await
            .unwrap();
        let key = session.credentials().unwrap().access_key_id().to_owned();
        let other = account.with_key(&key);
        let identity = other.sts().get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some("210987654321"));
        let tags = other.ec2().describe_tags().send().await.unwrap();
        assert!(tags.tags().iter().all(|tag| tag.value() != Some("app20-web-1")));
        let info = other.sts().get_access_key_info().access_key_id(key).send().await.unwrap();
        assert_eq!(info.account(), Some("210987654321"));
        account.wait(3600);
        assert_eq!(code(other.sts().get_caller_identity().send().await), "ExpiredToken");
    }
}
