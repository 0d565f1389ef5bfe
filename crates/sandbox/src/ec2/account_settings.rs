//! Settings of an account in a region: attributes, EBS encryption by default, public access to
//! images.

use aws_sdk_ec2::{
    operation::{
        describe_account_attributes::{DescribeAccountAttributesInput, DescribeAccountAttributesOutput},
        disable_ebs_encryption_by_default::{DisableEbsEncryptionByDefaultInput, DisableEbsEncryptionByDefaultOutput},
        enable_ebs_encryption_by_default::{EnableEbsEncryptionByDefaultInput, EnableEbsEncryptionByDefaultOutput},
        get_ebs_encryption_by_default::{GetEbsEncryptionByDefaultInput, GetEbsEncryptionByDefaultOutput},
        get_image_block_public_access_state::{
            GetImageBlockPublicAccessStateInput, GetImageBlockPublicAccessStateOutput,
        },
        get_snapshot_block_public_access_state::{
            GetSnapshotBlockPublicAccessStateInput, GetSnapshotBlockPublicAccessStateOutput,
        },
    },
    types::{AccountAttribute, AccountAttributeValue, ManagedBy, SnapshotBlockPublicAccessState},
};

use super::query::dry_run;
use crate::ApiError;
use crate::state::Call;

pub(super) fn describe_account_attributes(
    call: &mut Call<'_>,
    input: &DescribeAccountAttributesInput,
) -> Result<DescribeAccountAttributesOutput, ApiError> {
    dry_run(input.dry_run)?;
    let vpcs = &call.region.ec2.vpcs;
    let default = vpcs.iter().find(|vpc| vpc.is_default == Some(true)).and_then(|vpc| vpc.vpc_id());
    let all = [
        ("supported-platforms", "VPC"),
        ("vpc-max-security-groups-per-interface", "5"),
        ("max-elastic-ips", "20"),
        ("max-instances", "100"),
        ("vpc-max-elastic-ips", "20"),
        ("default-vpc", default.unwrap_or("none")),
    ];
    let names = input.attribute_names();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted.as_str() == name);
    let attributes = all.into_iter().filter(|(name, _)| wanted(name)).map(|(name, value)| {
        let value = AccountAttributeValue::builder().attribute_value(value).build();
        AccountAttribute::builder().attribute_name(name).attribute_values(value).build()
    });
    Ok(DescribeAccountAttributesOutput::builder().set_account_attributes(Some(attributes.collect())).build())
}

pub(super) fn get_ebs_encryption_by_default(
    call: &mut Call<'_>,
    input: &GetEbsEncryptionByDefaultInput,
) -> Result<GetEbsEncryptionByDefaultOutput, ApiError> {
    dry_run(input.dry_run)?;
    let encrypts = call.region.ec2.encrypts_by_default;
    Ok(GetEbsEncryptionByDefaultOutput::builder().ebs_encryption_by_default(encrypts).build())
}

pub(super) fn enable_ebs_encryption_by_default(
    call: &mut Call<'_>,
    input: &EnableEbsEncryptionByDefaultInput,
) -> Result<EnableEbsEncryptionByDefaultOutput, ApiError> {
    dry_run(input.dry_run)?;
    call.region.ec2.encrypts_by_default = true;
    Ok(EnableEbsEncryptionByDefaultOutput::builder().ebs_encryption_by_default(true).build())
}

pub(super) fn disable_ebs_encryption_by_default(
    call: &mut Call<'_>,
    input: &DisableEbsEncryptionByDefaultInput,
) -> Result<DisableEbsEncryptionByDefaultOutput, ApiError> {
    dry_run(input.dry_run)?;
    call.region.ec2.encrypts_by_default = false;
    Ok(DisableEbsEncryptionByDefaultOutput::builder().ebs_encryption_by_default(false).build())
}

/// The accounts predate the default that blocks public images.
pub(super) fn get_image_block_public_access_state(
    _: &mut Call<'_>,
    input: &GetImageBlockPublicAccessStateInput,
) -> Result<GetImageBlockPublicAccessStateOutput, ApiError> {
    dry_run(input.dry_run)?;
    Ok(GetImageBlockPublicAccessStateOutput::builder()
        .image_block_public_access_state("unblocked")
        .managed_by(ManagedBy::Account)
        .build())
}

pub(super) fn get_snapshot_block_public_access_state(
    _: &mut Call<'_>,
    input: &GetSnapshotBlockPublicAccessStateInput,
) -> Result<GetSnapshotBlockPublicAccessStateOutput, ApiError> {
    dry_run(input.dry_run)?;
    Ok(GetSnapshotBlockPublicAccessStateOutput::builder()
        .state(SnapshotBlockPublicAccessState::Unblocked)
        .managed_by(ManagedBy::Account)
        .build())
}
