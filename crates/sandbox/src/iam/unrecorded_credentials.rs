//! SSH keys, credentials for single services, and signing certificates. No user of the sandbox has any, and the
//! operations that create them are not simulated, so that every list is empty.

use aws_sdk_iam::operation::{
    list_service_specific_credentials::{ListServiceSpecificCredentialsInput, ListServiceSpecificCredentialsOutput},
    list_signing_certificates::{ListSigningCertificatesInput, ListSigningCertificatesOutput},
    list_ssh_public_keys::{ListSshPublicKeysInput, ListSshPublicKeysOutput},
};

use super::users;
use crate::ApiError;
use crate::state::Call;

pub(super) fn list_ssh_public_keys(
    call: &mut Call<'_>,
    input: &ListSshPublicKeysInput,
) -> Result<ListSshPublicKeysOutput, ApiError> {
    users::find(call, input.user_name())?;
    Ok(ListSshPublicKeysOutput::builder().set_ssh_public_keys(Some(Vec::new())).build())
}

pub(super) fn list_service_specific_credentials(
    call: &mut Call<'_>,
    input: &ListServiceSpecificCredentialsInput,
) -> Result<ListServiceSpecificCredentialsOutput, ApiError> {
    if input.all_users() != Some(true) {
        users::find(call, input.user_name())?;
    }
    Ok(ListServiceSpecificCredentialsOutput::builder().set_service_specific_credentials(Some(Vec::new())).build())
}

pub(super) fn list_signing_certificates(
    call: &mut Call<'_>,
    input: &ListSigningCertificatesInput,
) -> Result<ListSigningCertificatesOutput, ApiError> {
    users::find(call, input.user_name())?;
    Ok(ListSigningCertificatesOutput::builder().set_certificates(Some(Vec::new())).build()?)
}
