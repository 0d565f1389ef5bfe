//! The catalog of patches, a few for each operating system.

use crate::ec2::Os;

/// A patch as released by its vendor.
#[derive(Debug, PartialEq)]
pub(crate) struct Release {
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

pub(super) const fn release(
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
pub(super) static CATALOG: &[Release] = &[
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

/// Returns the patches of an operating system, the most severe first.
pub(crate) fn patches_for(os: Os) -> impl Iterator<Item = &'static Release> {
    CATALOG.iter().filter(move |release| release.os == os)
}

impl Release {
    /// Returns the package name, `openssl` for `openssl.x86_64:1:3.2.2-…`, or the KB number.
    pub(crate) fn name(&self) -> &'static str {
        self.id.split(['.', ':']).next().unwrap_or(self.id)
    }
}
