//! The results of the last scan of each machine.

use aws_sdk_ssm::{
    operation::{
        describe_instance_patch_states::{DescribeInstancePatchStatesInput, DescribeInstancePatchStatesOutput},
        describe_instance_patch_states_for_patch_group::{
            DescribeInstancePatchStatesForPatchGroupInput, DescribeInstancePatchStatesForPatchGroupOutput,
        },
        describe_instance_patches::{DescribeInstancePatchesInput, DescribeInstancePatchesOutput},
        describe_patch_group_state::{DescribePatchGroupStateInput, DescribePatchGroupStateOutput},
    },
    types::{
        InstancePatchState, InstancePatchStateOperatorType as Operator, PatchComplianceData,
        PatchComplianceDataState as State, RebootOption,
    },
};
use jiff::Timestamp;

use super::state::{Patch, Scan, small};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ssm::errors::invalid;
use crate::ssm::filters::{Comparison, Condition, SsmFilters};
use crate::ssm::pages::Pages;
use crate::state::Call;

pub(crate) fn describe_instance_patch_states(
    call: &mut Call<'_>,
    input: &DescribeInstancePatchStatesInput,
) -> Result<DescribeInstancePatchStatesOutput, ApiError> {
    let ids = input.instance_ids();
    if ids.len() > 50 {
        let ids = format!("[{}]", ids.join(", "));
        return Err(invalid(ids, "instanceIds", "Member must have length less than or equal to 50"));
    }
    let scans = call.region.ssm.patching.scans.iter();
    let states = scans.filter(|(id, _)| ids.contains(id)).map(|(id, scan)| show(id, scan));
    let states = states.collect::<Result<Vec<_>, ApiError>>()?;
    let pages = Pages { sizes: 10..=100, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(states, ("patch states", ids), |state| state.instance_id().to_owned())?;
    Ok(DescribeInstancePatchStatesOutput::builder()
        .set_instance_patch_states(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

const COUNTS: SsmFilters<InstancePatchState> = SsmFilters {
    fields: &[
        ("InstalledCount", |state| vec![state.installed_count().to_string()]),
        ("InstalledOtherCount", |state| vec![state.installed_other_count().to_string()]),
        ("InstalledPendingRebootCount", |state| vec![state.installed_pending_reboot_count.unwrap_or(0).to_string()]),
        ("InstalledRejectedCount", |state| vec![state.installed_rejected_count.unwrap_or(0).to_string()]),
        ("MissingCount", |state| vec![state.missing_count().to_string()]),
        ("FailedCount", |state| vec![state.failed_count().to_string()]),
        ("NotApplicableCount", |state| vec![state.not_applicable_count().to_string()]),
        ("UnreportedNotApplicableCount", |state| vec![state.unreported_not_applicable_count.unwrap_or(0).to_string()]),
    ],
    unknown: "InvalidFilter",
};

pub(crate) fn describe_instance_patch_states_for_patch_group(
    call: &mut Call<'_>,
    input: &DescribeInstancePatchStatesForPatchGroupInput,
) -> Result<DescribeInstancePatchStatesForPatchGroupOutput, ApiError> {
    let group = input.patch_group().unwrap_or_default();
    let states = of_group(call, group).map(|(id, scan)| show(id, scan)).collect::<Result<Vec<_>, ApiError>>()?;
    let conditions: Vec<Condition<'_>> = input
        .filters()
        .iter()
        .map(|filter| {
            let comparison = match filter.r#type() {
                Operator::NotEqual => Comparison::NotEqual,
                Operator::LessThan => Comparison::LessThan,
                Operator::GreaterThan => Comparison::GreaterThan,
                _ => Comparison::Equal,
            };
            Condition { key: filter.key(), values: filter.values(), comparison }
        })
        .collect();
    let states = COUNTS.select(states, &conditions)?;
    let pages = Pages { sizes: 10..=100, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("patch states of", group, input.filters());
    let page = pages.cut(states, request, |state| state.instance_id().to_owned())?;
    Ok(DescribeInstancePatchStatesForPatchGroupOutput::builder()
        .set_instance_patch_states(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn of_group<'a>(call: &'a Call<'_>, group: &'a str) -> impl Iterator<Item = (&'a String, &'a Scan)> {
    call.region.ssm.patching.scans.iter().filter(move |(_, scan)| scan.patch_group == group)
}

pub(crate) fn describe_patch_group_state(
    call: &mut Call<'_>,
    input: &DescribePatchGroupStateInput,
) -> Result<DescribePatchGroupStateOutput, ApiError> {
    let scans: Vec<&Scan> = of_group(call, input.patch_group().unwrap_or_default()).map(|(_, scan)| scan).collect();
    let having = |state: State| small(scans.iter().filter(|scan| scan.count(&state) > 0).count());
    let non_compliant = |test: &dyn Fn(&Patch) -> bool| {
        small(
            scans
                .iter()
                .filter(|scan| scan.patches.iter().any(|patch| patch.is_non_compliant() && test(patch)))
                .count(),
        )
    };
    Ok(DescribePatchGroupStateOutput::builder()
        .instances(small(scans.len()))
        .instances_with_installed_patches(having(State::Installed))
        .instances_with_installed_other_patches(having(State::InstalledOther))
        .instances_with_installed_pending_reboot_patches(having(State::InstalledPendingReboot))
        .instances_with_installed_rejected_patches(having(State::InstalledRejected))
        .instances_with_missing_patches(having(State::Missing))
        .instances_with_failed_patches(having(State::Failed))
        .instances_with_not_applicable_patches(having(State::NotApplicable))
        .instances_with_critical_non_compliant_patches(non_compliant(&is_critical))
        .instances_with_security_non_compliant_patches(non_compliant(&is_security))
        .instances_with_other_non_compliant_patches(non_compliant(&|patch| !is_critical(patch) && !is_security(patch)))
        .build())
}

fn is_critical(patch: &Patch) -> bool {
    patch.release.severity == "Critical"
}

fn is_security(patch: &Patch) -> bool {
    patch.release.classification.starts_with("Security")
}

const PATCHES: SsmFilters<PatchComplianceData> = SsmFilters {
    fields: &[
        ("Classification", |patch| vec![patch.classification.clone()]),
        ("KBId", |patch| vec![patch.kb_id.clone()]),
        ("Severity", |patch| vec![patch.severity.clone()]),
        // The filter accepts the console's spelling and the API's.
        ("State", |patch| vec![state_name(patch.state()), patch.state().as_str().to_owned()]),
    ],
    unknown: "InvalidFilter",
};

// The console's spelling: `InstalledPendingReboot` for `INSTALLED_PENDING_REBOOT`.
fn state_name(state: &State) -> String {
    let words = state.as_str().split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_lowercase())
    });
    words.collect()
}

pub(crate) fn describe_instance_patches(
    call: &mut Call<'_>,
    input: &DescribeInstancePatchesInput,
) -> Result<DescribeInstancePatchesOutput, ApiError> {
    let id = input.instance_id().unwrap_or_default();
    let scan = call.region.ssm.patching.scans.get(id);
    let known = scan.is_some() || crate::ssm::nodes::machines(call).iter().any(|machine| machine.id == id);
    if !known {
        let message = format!("The managed node {id} isn't known to this account in this Region.");
        return Err(ApiError::new("InvalidInstanceId", message));
    }
    let patches = scan.into_iter().flat_map(|scan| &scan.patches);
    let patches = patches.map(show_patch).collect::<Result<Vec<_>, ApiError>>()?;
    let conditions: Vec<Condition<'_>> = input
        .filters()
        .iter()
        .map(|filter| Condition::equal(filter.key().unwrap_or_default(), filter.values()))
        .collect();
    let found = PATCHES.select(patches, &conditions)?;
    let pages = Pages { sizes: 10..=100, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(found, ("patches of", id, input.filters()), |patch| patch.kb_id.clone())?;
    Ok(DescribeInstancePatchesOutput::builder().set_patches(Some(page.items)).set_next_token(page.next_token).build())
}

fn show_patch(patch: &Patch) -> Result<PatchComplianceData, ApiError> {
    let release = patch.release;
    let shown = PatchComplianceData::builder()
        .title(release.title)
        .kb_id(release.id)
        .classification(release.classification)
        .severity(release.severity)
        .state(patch.state.clone())
        .installed_time(to_aws(patch.installed.unwrap_or(Timestamp::UNIX_EPOCH)));
    match release.cves {
        "" => Ok(shown.build()?),
        cves => Ok(shown.cve_ids(cves).build()?),
    }
}

fn show(id: &str, scan: &Scan) -> Result<InstancePatchState, ApiError> {
    let non_compliant = |test: &dyn Fn(&Patch) -> bool| {
        small(scan.patches.iter().filter(|patch| patch.is_non_compliant() && test(patch)).count())
    };
    Ok(InstancePatchState::builder()
        .instance_id(id)
        .patch_group(&scan.patch_group)
        .baseline_id(&scan.baseline_id)
        .snapshot_id(&scan.snapshot_id)
        .owner_information("")
        .installed_count(scan.count(&State::Installed))
        .installed_other_count(scan.count(&State::InstalledOther))
        .installed_pending_reboot_count(scan.count(&State::InstalledPendingReboot))
        .installed_rejected_count(scan.count(&State::InstalledRejected))
        .missing_count(scan.count(&State::Missing))
        .failed_count(scan.count(&State::Failed))
        .not_applicable_count(scan.count(&State::NotApplicable))
        .unreported_not_applicable_count(0)
        .operation_start_time(to_aws(scan.started))
        .operation_end_time(to_aws(scan.ended))
        .operation(scan.operation.clone())
        .reboot_option(RebootOption::NoReboot)
        .critical_non_compliant_count(non_compliant(&is_critical))
        .security_non_compliant_count(non_compliant(&|patch| is_security(patch) && !is_critical(patch)))
        .other_non_compliant_count(non_compliant(&|patch| !is_critical(patch) && !is_security(patch)))
        .build()?)
}
