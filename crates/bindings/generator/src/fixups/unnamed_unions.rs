//! Unions that the SDK sends without the name of the member that is set, so that the service cannot read them.
//! `crates/bindings/src/union_names.rs` adds the names.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::Sdk;

/// Crate, file of the serializer, and the statement that writes the member without a prefix.
const UNNAMED: &[(&str, &str, &str)] =
    &[("aws_sdk_iam", "shape_policy_identifier.rs", "PolicyIdentifier::PolicyArn(inner) => {writer.string(inner);}")];

/// Checks that the SDK still omits the names.
pub(crate) fn check(sdk: &Sdk) -> Result<()> {
    for (_, file, statement) in UNNAMED.iter().filter(|(name, ..)| *name == sdk.crate_name) {
        let path = sdk.source.join("protocol_serde").join(file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let dense = |text: &str| text.replace(char::is_whitespace, "");
        ensure!(
            dense(&text).contains(&dense(statement)),
            "{file} names the members of its union now; remove it here and in crates/bindings/src/union_names.rs"
        );
    }
    Ok(())
}
