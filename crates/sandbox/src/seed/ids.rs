//! Ids of the seed.

use crate::ids::Ids;

/// Creates ids that depend only on their purpose: a new row of the seed changes no other id.
pub(super) fn ids_for(purpose: &str) -> Ids {
    Ids::for_name(purpose)
}
