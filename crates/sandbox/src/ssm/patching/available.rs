//! Describing the patches that vendors have released.

use aws_sdk_ssm::{
    operation::describe_available_patches::{DescribeAvailablePatchesInput, DescribeAvailablePatchesOutput},
    types,
};
use jiff::Timestamp;

use super::catalog::{CATALOG, Release};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::images::catalog::Os;
use crate::ssm::filters::{Condition, SsmFilters};
use crate::ssm::pages::Pages;
use crate::state::Call;

impl Release {
    fn version(&self) -> &'static str {
        self.id.rsplit(':').next().unwrap_or_default()
    }
}

pub(super) const FILTERS: SsmFilters<Release> = SsmFilters {
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

pub(super) fn family(release: &Release) -> Option<&'static str> {
    (release.os == Os::Windows).then_some("Windows")
}

pub(super) fn windows(release: &Release, value: &str) -> Vec<String> {
    if release.os == Os::Windows { vec![value.to_owned()] } else { Vec::new() }
}

pub(super) fn linux(release: &Release, value: &str) -> Vec<String> {
    if release.os == Os::Windows { Vec::new() } else { vec![value.to_owned()] }
}

pub(crate) fn describe_available_patches(
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
        // Linux patches are listed only if the request has a Linux product.
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

pub(super) fn show(release: &Release) -> types::Patch {
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
