//! Permissions of seeded users and roles.

use crate::iam::state::Permissions;

pub(super) fn permissions(attached: &[String], inline: &[(&str, &str)]) -> Permissions {
    let text = |(name, document): &(&str, &str)| ((*name).to_owned(), (*document).to_owned());
    Permissions { attached: attached.to_vec(), inline: inline.iter().map(text).collect(), boundary: None }
}
