//! The ids of the seeded accounts.

/// The account that a session has by default.
pub(crate) const DEMO_ACCOUNT: &str = "123456789012";
/// A second account, for sweeps and for roles to assume.
pub(crate) const STAGING_ACCOUNT: &str = "210987654321";
