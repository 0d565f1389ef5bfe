//! The patches that there are, a handful for each system.

use aws_sdk_ssm::{
    operation::describe_available_patches::{DescribeAvailablePatchesInput, DescribeAvailablePatchesOutput},
    types,
};
use jiff::Timestamp;

use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::Os;
use crate::ssm::Pages;
use crate::ssm::filters::{Condition, Filters};
use crate::state::Call;

/// A patch as its vendor has released it.
#[derive(Debug, PartialEq)]
pub struct Release {
    pub os: Os,
    pub product: &'static str,
    /// The KB number, or the package with its version.
    pub id: &'static str,
    pub title: &'static str,
    pub classification: &'static str,
    pub severity: &'static str,
    pub cves: &'static str,
    pub released: &'static str,
}

const fn release(
    (os, product): (Os, &'static str),
    id: &'static str,
    title: &'static str,
    (classification, severity): (&'static str, &'static str),
    cves: &'static str,
    released: &'static str,
) -> Release {
    Release { os, product, id, title, classification, severity, cves, released }
}

const AMAZON: (Os, &str) = (Os::AmazonLinux, "AmazonLinux2023");
const UBUNTU: (Os, &str) = (Os::Ubuntu, "Ubuntu24.04");
const WINDOWS: (Os, &str) = (Os::Windows, "WindowsServer2022");

#[rustfmt::skip]
static CATALOG: &[Release] = &[
    release(AMAZON, "openssl.x86_64:1:3.2.2-1.amzn2023.0.4", "openssl", ("Security", "Critical"), "CVE-2026-2041", "2026-10-20T17:00:00Z"),
    release(AMAZON, "kernel.x86_64:0:6.1.158-178.288.amzn2023", "kernel", ("Security", "Important"), "CVE-2026-1188,CVE-2026-1190", "2026-11-03T17:00:00Z"),
    release(AMAZON, "curl-minimal.x86_64:0:8.11.1-4.amzn2023.0.3", "curl-minimal", ("Security", "Medium"), "CVE-2026-0725", "2026-09-23T17:00:00Z"),
    release(AMAZON, "glibc.x86_64:0:2.34-196.amzn2023.0.3", "glibc", ("Security", "Important"), "CVE-2025-8058", "2026-08-19T17:00:00Z"),
    release(AMAZON, "tzdata.noarch:0:2026b-1.amzn2023.0.1", "tzdata", ("Bugfix", "Low"), "", "2026-08-27T17:00:00Z"),
    release(UBUNTU, "libssl3t64.amd64:0:3.0.13-0ubuntu3.9", "libssl3t64", ("Security", "Critical"), "CVE-2026-2041", "2026-10-21T17:00:00Z"),
    release(UBUNTU, "linux-image-aws.amd64:0:6.14.0-1016.16", "linux-image-aws", ("Security", "Important"), "CVE-2026-1188", "2026-11-04T17:00:00Z"),
    release(UBUNTU, "openssh-server.amd64:0:9.6p1-3ubuntu13.14", "openssh-server", ("Security", "Medium"), "CVE-2026-0411", "2026-09-14T17:00:00Z"),
    release(UBUNTU, "bash.amd64:0:5.2.21-2ubuntu4.1", "bash", ("Bugfix", "Low"), "", "2026-07-06T17:00:00Z"),
    release(WINDOWS, "KB5068787", "2026-11 Cumulative Update for Microsoft server operating system, version 21H2 for x64-based Systems (KB5068787)", ("SecurityUpdates", "Critical"), "CVE-2026-21510,CVE-2026-21511", "2026-11-10T17:00:00Z"),
    release(WINDOWS, "KB5066782", "2026-10 Cumulative Update for Microsoft server operating system, version 21H2 for x64-based Systems (KB5066782)", ("SecurityUpdates", "Critical"), "CVE-2026-20211", "2026-10-13T17:00:00Z"),
    release(WINDOWS, "KB5066139", "2026-10 Cumulative Update for .NET Framework 3.5, 4.8 and 4.8.1 (KB5066139)", ("SecurityUpdates", "Important"), "CVE-2026-20180", "2026-10-13T17:00:00Z"),
    release(WINDOWS, "KB890830", "Windows Malicious Software Removal Tool x64 - v5.136 (KB890830)", ("UpdateRollups", "Unspecified"), "", "2026-11-10T17:00:00Z"),
];

/// The patches of a system, the worst first.
pub fn of(os: Os) -> impl Iterator<Item = &'static Release> {
    CATALOG.iter().filter(move |release| release.os == os)
}

impl Release {
    /// `openssl` of `openssl.x86_64:1:3.2.2-…`, `KB5068787`.
    pub fn name(&self) -> &'static str {
        self.id.split(['.', ':']).next().unwrap_or(self.id)
    }

    fn version(&self) -> &'static str {
        self.id.rsplit(':').next().unwrap_or_default()
    }
}

const FILTERS: Filters<Release> = Filters {
    fields: &[
        ("PRODUCT", |release| vec![release.product.to_owned()]),
        ("PRODUCT_FAMILY", |release| family(release).into_iter().map(str::to_owned).collect()),
        ("CLASSIFICATION", |release| vec![release.classification.to_owned()]),
        ("MSRC_SEVERITY", |release| windows(release, release.severity)),
        ("SEVERITY", |release| linux(release, release.severity)),
        ("NAME", |release| linux(release, release.name())),
        ("VERSION", |release| linux(release, release.version())),
        ("PATCH_ID", |release| vec![release.id.to_owned()]),
        ("CVE_ID", |release| release.cves.split(',').map(str::to_owned).collect()),
    ],
    unknown: "InvalidFilter",
};

fn family(release: &Release) -> Option<&'static str> {
    (release.os == Os::Windows).then_some("Windows")
}

fn windows(release: &Release, value: &str) -> Vec<String> {
    if release.os == Os::Windows { vec![value.to_owned()] } else { Vec::new() }
}

fn linux(release: &Release, value: &str) -> Vec<String> {
    if release.os == Os::Windows { Vec::new() } else { vec![value.to_owned()] }
}

pub fn describe_available_patches(
    _call: &mut Call<'_>,
    input: &DescribeAvailablePatchesInput,
) -> Result<DescribeAvailablePatchesOutput, ApiError> {
    let conditions: Vec<Condition<'_>> = input
        .filters()
        .iter()
        .map(|filter| Condition::equal(filter.key().unwrap_or_default(), filter.values()))
        .collect();
    let mut found = Vec::new();
    for release in CATALOG {
        // Patches of Linux are there for those that name a product of it.
        let listed = release.os == Os::Windows || conditions.iter().any(|condition| condition.key == "PRODUCT");
        if FILTERS.matches(release, &conditions)? && listed {
            found.push(release);
        }
    }
    let pages = Pages { sizes: 1..=100, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(found, ("available patches", input.filters()), |release| release.id.to_owned())?;
    let shown = page.items.into_iter().map(show).collect();
    Ok(DescribeAvailablePatchesOutput::builder().set_patches(Some(shown)).set_next_token(page.next_token).build())
}

fn show(release: &Release) -> types::Patch {
    let released: Option<Timestamp> = release.released.parse().ok();
    let cves = release.cves.split(',').filter(|cve| !cve.is_empty()).map(str::to_owned).collect();
    let shown = types::Patch::builder()
        .set_release_date(released.map(to_aws))
        .title(release.title)
        .product(release.product)
        .classification(release.classification)
        .set_cve_ids(Some(cves));
    match release.os {
        Os::Windows => shown
            .id(release.id)
            .kb_number(release.id)
            .msrc_severity(release.severity)
            .product_family("Windows")
            .vendor("Microsoft")
            .language("All")
            .build(),
        _ => {
            let arch = if release.id.contains(".noarch") { "noarch" } else { "x86_64" };
            shown.name(release.name()).version(release.version()).severity(release.severity).arch(arch).build()
        }
    }
}
