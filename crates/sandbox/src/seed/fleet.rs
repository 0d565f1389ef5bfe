//! The table of machines. Zones count from 0; ages are in days.

use crate::ec2::Os;

pub(super) struct MachineRow {
    pub region: &'static str,
    pub zone: usize,
    pub name: &'static str,
    pub app: Option<&'static str>,
    pub env: &'static str,
    pub owner: &'static str,
    pub kind: &'static str,
    pub age: i64,
    pub os: Os,
    pub twist: Twist,
}

/// A peculiarity of a machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Twist {
    Nothing,
    /// Has an elastic address.
    Bastion,
    /// The agent lost its connection this many hours ago; commands time out.
    ConnectionLost(i64),
    /// Like `ConnectionLost`, but commands fail at once.
    Undeliverable(i64),
    /// The root disk is full; most programs fail.
    DiskFull,
    /// Fails its status checks.
    Impaired,
    /// Stays pending for a while.
    Launching,
    OldAgent,
    OldKernel,
    /// The service of the application does not run.
    ServiceDown,
    /// Stopped this many days ago.
    Stopped(i64),
    /// Terminated some minutes ago; still visible.
    Terminated,
    /// No instance profile, so no agent.
    Unmanaged,
    /// No tags, no profile.
    Untagged,
}

use Twist::*;

const FRA: &str = "eu-central-1";
const DUB: &str = "eu-west-1";
const IAD: &str = "us-east-1";

#[rustfmt::skip]
pub(super) const DEMO: &[MachineRow] = &[
    // App20, the storefront: healthy everywhere.
    row(FRA, 0, "app20-web-1", "App20", "prod", "team-web", "m6i.large", 41, Nothing),
    row(FRA, 1, "app20-web-2", "App20", "prod", "team-web", "m6i.large", 41, Nothing),
    row(FRA, 2, "app20-web-3", "App20", "prod", "team-web", "m6i.large", 41, Nothing),
    row(FRA, 0, "app20-batch-1", "App20", "prod", "team-web", "c6i.large", 97, Stopped(12)),
    row(DUB, 0, "app20-web-4", "App20", "prod", "team-web", "m6i.large", 38, Nothing),
    row(DUB, 1, "app20-web-5", "App20", "prod", "team-web", "m6i.large", 38, Nothing),
    row(IAD, 0, "app20-web-6", "App20", "prod", "team-web", "m6i.large", 29, Nothing),
    row(IAD, 1, "app20-web-7", "App20", "prod", "team-web", "m6i.large", 203, OldKernel),

    // App10, the checkout: one of each failure.
    row(FRA, 0, "app10-checkout-1", "App10", "prod", "team-payments", "c6i.xlarge", 62, Nothing),
    row(FRA, 1, "app10-checkout-2", "App10", "prod", "team-payments", "c6i.xlarge", 62, Nothing),
    row(FRA, 2, "app10-checkout-3", "App10", "prod", "team-payments", "c6i.xlarge", 62, Undeliverable(31)),
    row(FRA, 0, "app10-checkout-4", "App10", "prod", "team-payments", "c6i.xlarge", 17, DiskFull),
    row(FRA, 1, "app10-ledger-1", "App10", "prod", "team-payments", "m5.xlarge", 611, Unmanaged),
    row(DUB, 0, "app10-checkout-5", "App10", "prod", "team-payments", "c6i.xlarge", 55, Nothing),
    row(DUB, 1, "app10-checkout-6", "App10", "prod", "team-payments", "c6i.xlarge", 55, OldAgent),

    // App30, billing workers on Ubuntu.
    with_os(Os::Ubuntu, row(FRA, 0, "app30-worker-1", "App30", "prod", "team-billing", "m6i.xlarge", 88, Nothing)),
    with_os(Os::Ubuntu, row(FRA, 1, "app30-worker-2", "App30", "prod", "team-billing", "m6i.xlarge", 88, ServiceDown)),
    with_os(Os::Ubuntu, row(FRA, 2, "app30-worker-3", "App30", "dev", "team-billing", "t3.medium", 6, Nothing)),
    with_os(Os::Ubuntu, row(DUB, 0, "app30-worker-4", "App30", "prod", "team-billing", "m6i.xlarge", 74, ConnectionLost(3))),
    with_os(Os::Ubuntu, row(DUB, 1, "app30-worker-5", "App30", "prod", "team-billing", "m6i.xlarge", 74, Nothing)),
    with_os(Os::Ubuntu, row(DUB, 2, "app30-worker-6", "App30", "dev", "team-billing", "t3.medium", 140, Stopped(45))),
    with_os(Os::Ubuntu, row(IAD, 0, "app30-worker-7", "App30", "staging", "team-billing", "m6i.large", 0, Launching)),

    // App40, search.
    row(FRA, 0, "app40-search-1", "App40", "prod", "team-search", "r6i.large", 120, Nothing),
    row(FRA, 1, "app40-search-2", "App40", "prod", "team-search", "r6i.large", 120, Nothing),
    row(IAD, 0, "app40-search-3", "App40", "prod", "team-search", "r6i.xlarge", 133, Nothing),
    row(IAD, 1, "app40-search-4", "App40", "prod", "team-search", "r6i.xlarge", 133, Impaired),
    row(IAD, 2, "app40-search-5", "App40", "prod", "team-search", "r6i.xlarge", 133, Nothing),
    row(IAD, 2, "app40-search-6", "App40", "prod", "team-search", "r6i.xlarge", 133, Terminated),

    // App50, reporting on Windows.
    with_os(Os::Windows, row(FRA, 0, "app50-report-1", "App50", "prod", "team-data", "m5.xlarge", 256, Nothing)),
    with_os(Os::Windows, row(FRA, 1, "app50-report-2", "App50", "dev", "team-data", "m5.large", 256, Stopped(3))),

    // Machines of the platform team, and machines without an owner.
    shared(FRA, 0, "bastion-fra", "team-platform", "t3.micro", 301, Bastion),
    shared(DUB, 0, "bastion-dub", "team-platform", "t3.micro", 301, Bastion),
    shared(IAD, 0, "bastion-iad", "team-platform", "t3.micro", 301, Bastion),
    shared(FRA, 1, "ci-runner-1", "team-platform", "c5.large", 19, Nothing),
    shared(FRA, 2, "unnamed-1", "", "t3.small", 9, Untagged),
    shared(IAD, 1, "unnamed-2", "", "m5.xlarge", 402, Untagged),
    shared(IAD, 2, "jane-test-do-not-delete", "", "t3.large", 512, Stopped(388)),
];

#[rustfmt::skip]
pub(super) const STAGING: &[MachineRow] = &[
    row(FRA, 0, "app20-web-s1", "App20", "staging", "team-web", "t3.large", 14, Nothing),
    row(FRA, 1, "app20-web-s2", "App20", "staging", "team-web", "t3.large", 14, Nothing),
    row(FRA, 0, "app10-checkout-s1", "App10", "staging", "team-payments", "t3.large", 33, Nothing),
    row(DUB, 0, "app20-web-s3", "App20", "staging", "team-web", "t3.large", 14, Stopped(2)),
];

#[allow(clippy::too_many_arguments)]
const fn row(
    region: &'static str,
    zone: usize,
    name: &'static str,
    app: &'static str,
    env: &'static str,
    owner: &'static str,
    kind: &'static str,
    age: i64,
    twist: Twist,
) -> MachineRow {
    MachineRow { app: Some(app), env, ..shared(region, zone, name, owner, kind, age, twist) }
}

const fn shared(
    region: &'static str,
    zone: usize,
    name: &'static str,
    owner: &'static str,
    kind: &'static str,
    age: i64,
    twist: Twist,
) -> MachineRow {
    MachineRow { region, zone, name, app: None, env: "", owner, kind, age, os: Os::AmazonLinux, twist }
}

const fn with_os(os: Os, row: MachineRow) -> MachineRow {
    MachineRow { os, ..row }
}

/// Returns the systemd units of an application.
pub(super) fn services_of(app: Option<&str>) -> &'static [&'static str] {
    match app {
        Some("App10") => &["nginx", "checkout"],
        Some("App20") => &["nginx", "storefront"],
        Some("App30") => &["billing-worker"],
        Some("App40") => &["opensearch"],
        _ => &[],
    }
}
