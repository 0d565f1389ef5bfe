//! IAM: an account's users, roles, groups and policies, for all regions.
//!
//! One file per type of resource. Policies and boundaries, which users, groups and roles share, are
//! in [`attached_policies`] and [`inline_policies`]. [`moonfleet_iam_policy`] evaluates documents.

mod access_keys;
mod account_settings;
mod attached_policies;
mod authorization_details;
mod aws_managed;
mod checks;
mod credential_report;
mod documents;
mod errors;
mod groups;
mod identity_providers;
mod inline_policies;
mod instance_profiles;
mod last_accessed;
mod managed_policy;
mod mfa_devices;
pub(crate) mod operations;
mod pages;
mod passwords;
mod policies;
mod roles;
mod simulate;
pub(crate) mod state;
mod tags;
#[cfg(test)]
mod tests;
pub(crate) mod trust;
mod unrecorded_credentials;
mod users;
mod versions;

pub(crate) use aws_managed::managed_arn;
pub(crate) use operations::register;
pub(crate) use state::{AccessKey, Device, Group, Permissions, Role, User};
