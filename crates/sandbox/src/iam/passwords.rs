//! Console passwords of users, and the password policy.

use aws_sdk_iam::{
    operation::{
        create_login_profile::{CreateLoginProfileInput, CreateLoginProfileOutput},
        delete_account_password_policy::{DeleteAccountPasswordPolicyInput, DeleteAccountPasswordPolicyOutput},
        delete_login_profile::{DeleteLoginProfileInput, DeleteLoginProfileOutput},
        get_account_password_policy::{GetAccountPasswordPolicyInput, GetAccountPasswordPolicyOutput},
        get_login_profile::{GetLoginProfileInput, GetLoginProfileOutput},
        update_account_password_policy::{UpdateAccountPasswordPolicyInput, UpdateAccountPasswordPolicyOutput},
        update_login_profile::{UpdateLoginProfileInput, UpdateLoginProfileOutput},
    },
    types::{self, LoginProfile},
};

use super::errors::{exists, invalid, no_such};
use super::state::{Password, PasswordPolicy};
use super::{User, users};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

/// The policy of an account without one of its own.
const DEFAULT: PasswordPolicy = PasswordPolicy {
    length: 8,
    symbols: false,
    numbers: false,
    uppercase: false,
    lowercase: false,
    users_may_change: false,
    max_age: None,
    remembered: None,
    hard_expiry: None,
};

impl PasswordPolicy {
    fn show(&self) -> types::PasswordPolicy {
        types::PasswordPolicy::builder()
            .minimum_password_length(self.length)
            .require_symbols(self.symbols)
            .require_numbers(self.numbers)
            .require_uppercase_characters(self.uppercase)
            .require_lowercase_characters(self.lowercase)
            .allow_users_to_change_password(self.users_may_change)
            .expire_passwords(self.max_age.is_some())
            .set_max_password_age(self.max_age)
            .set_password_reuse_prevention(self.remembered)
            .set_hard_expiry(self.hard_expiry)
            .build()
    }

    fn check(&self, password: &str) -> Result<(), ApiError> {
        let has = |is: fn(&char) -> bool| password.chars().any(|character| is(&character));
        let wants = [
            (password.chars().count() < self.length.unsigned_abs() as usize, "should be longer"),
            (self.symbols && !has(char::is_ascii_punctuation), "must contain at least one symbol"),
            (self.numbers && !has(char::is_ascii_digit), "must contain at least one number"),
            (self.uppercase && !has(char::is_ascii_uppercase), "must contain at least one uppercase letter"),
            (self.lowercase && !has(char::is_ascii_lowercase), "must contain at least one lowercase letter"),
        ];
        match wants.into_iter().find(|(fails, _)| *fails) {
            Some((_, requirement)) => {
                let message = format!("Password does not conform to the account password policy: it {requirement}");
                Err(ApiError::new("PasswordPolicyViolation", message))
            }
            None => Ok(()),
        }
    }
}

fn check_password(call: &mut Call<'_>, password: &str) -> Result<(), ApiError> {
    call.iam().password_policy.as_ref().unwrap_or(&DEFAULT).check(password)
}

fn show(user: &User) -> Result<LoginProfile, ApiError> {
    let password = user.password.as_ref().ok_or_else(|| none_of(&user.name))?;
    Ok(LoginProfile::builder()
        .user_name(&user.name)
        .create_date(to_aws(password.created))
        .password_reset_required(password.reset_required)
        .build()?)
}

fn none_of(name: &str) -> ApiError {
    no_such(format!("Login Profile for User {name} cannot be found."))
}

pub(super) fn get_login_profile(
    call: &mut Call<'_>,
    input: &GetLoginProfileInput,
) -> Result<GetLoginProfileOutput, ApiError> {
    let profile = show(users::find(call, input.user_name())?)?;
    Ok(GetLoginProfileOutput::builder().login_profile(profile).build())
}

pub(super) fn create_login_profile(
    call: &mut Call<'_>,
    input: &CreateLoginProfileInput,
) -> Result<CreateLoginProfileOutput, ApiError> {
    let now = call.now;
    check_password(call, input.password().unwrap_or_default())?;
    let user = users::find_mut(call, input.user_name())?;
    if user.password.is_some() {
        return Err(exists(&format!("Login Profile for user {}", user.name)));
    }
    let reset_required = input.password_reset_required.unwrap_or(false);
    user.password = Some(Password { created: now, changed: now, last_used: None, reset_required });
    Ok(CreateLoginProfileOutput::builder().login_profile(show(user)?).build())
}

pub(super) fn update_login_profile(
    call: &mut Call<'_>,
    input: &UpdateLoginProfileInput,
) -> Result<UpdateLoginProfileOutput, ApiError> {
    let now = call.now;
    if let Some(password) = input.password() {
        check_password(call, password)?;
    }
    let user = users::find_mut(call, input.user_name())?;
    let password = user.password.as_mut().ok_or_else(|| none_of(&user.name))?;
    if input.password().is_some() {
        password.changed = now;
    }
    password.reset_required = input.password_reset_required.unwrap_or(password.reset_required);
    Ok(UpdateLoginProfileOutput::builder().build())
}

pub(super) fn delete_login_profile(
    call: &mut Call<'_>,
    input: &DeleteLoginProfileInput,
) -> Result<DeleteLoginProfileOutput, ApiError> {
    let user = users::find_mut(call, input.user_name())?;
    user.password.take().ok_or_else(|| none_of(&user.name))?;
    Ok(DeleteLoginProfileOutput::builder().build())
}

fn no_policy(account: &str) -> ApiError {
    no_such(format!("The Password Policy with domain name {account} cannot be found."))
}

pub(super) fn get_account_password_policy(
    call: &mut Call<'_>,
    _: &GetAccountPasswordPolicyInput,
) -> Result<GetAccountPasswordPolicyOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let policy = iam.password_policy.as_ref().ok_or_else(|| no_policy(account))?;
    Ok(GetAccountPasswordPolicyOutput::builder().password_policy(policy.show()).build())
}

/// Replaces the whole policy. Absent parameters get their defaults.
pub(super) fn update_account_password_policy(
    call: &mut Call<'_>,
    input: &UpdateAccountPasswordPolicyInput,
) -> Result<UpdateAccountPasswordPolicyOutput, ApiError> {
    let within = |value: Option<i32>, member: &str, least: i32, most: i32| match value {
        Some(value) if value < least => {
            Err(invalid(value, member, &format!("Member must have value greater than or equal to {least}")))
        }
        Some(value) if value > most => {
            Err(invalid(value, member, &format!("Member must have value less than or equal to {most}")))
        }
        _ => Ok(()),
    };
    within(input.minimum_password_length, "minimumPasswordLength", 6, 128)?;
    within(input.max_password_age, "maxPasswordAge", 1, 1095)?;
    within(input.password_reuse_prevention, "passwordReusePrevention", 1, 24)?;
    call.iam().password_policy = Some(PasswordPolicy {
        length: input.minimum_password_length.unwrap_or(6),
        symbols: input.require_symbols.unwrap_or(false),
        numbers: input.require_numbers.unwrap_or(false),
        uppercase: input.require_uppercase_characters.unwrap_or(false),
        lowercase: input.require_lowercase_characters.unwrap_or(false),
        users_may_change: input.allow_users_to_change_password.unwrap_or(false),
        max_age: input.max_password_age,
        remembered: input.password_reuse_prevention,
        hard_expiry: input.hard_expiry,
    });
    Ok(UpdateAccountPasswordPolicyOutput::builder().build())
}

pub(super) fn delete_account_password_policy(
    call: &mut Call<'_>,
    _: &DeleteAccountPasswordPolicyInput,
) -> Result<DeleteAccountPasswordPolicyOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    iam.password_policy.take().ok_or_else(|| no_policy(account))?;
    Ok(DeleteAccountPasswordPolicyOutput::builder().build())
}
