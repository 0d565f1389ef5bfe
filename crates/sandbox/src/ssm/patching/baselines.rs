//! Patch baselines, AWS's own and the account's, and the patch groups that use them.

use aws_sdk_ssm::{
    operation::{
        deregister_patch_baseline_for_patch_group::{
            DeregisterPatchBaselineForPatchGroupInput, DeregisterPatchBaselineForPatchGroupOutput,
        },
        describe_patch_baselines::{DescribePatchBaselinesInput, DescribePatchBaselinesOutput},
        describe_patch_groups::{DescribePatchGroupsInput, DescribePatchGroupsOutput},
        get_default_patch_baseline::{GetDefaultPatchBaselineInput, GetDefaultPatchBaselineOutput},
        get_patch_baseline::{GetPatchBaselineInput, GetPatchBaselineOutput},
        get_patch_baseline_for_patch_group::{GetPatchBaselineForPatchGroupInput, GetPatchBaselineForPatchGroupOutput},
        register_patch_baseline_for_patch_group::{
            RegisterPatchBaselineForPatchGroupInput, RegisterPatchBaselineForPatchGroupOutput,
        },
    },
    types::{
        self, OperatingSystem, PatchAction, PatchBaselineIdentity, PatchComplianceLevel, PatchFilter, PatchFilterGroup,
        PatchFilterKey, PatchGroupPatchBaselineMapping, PatchRule, PatchRuleGroup,
    },
};
use jiff::Timestamp;

use super::machine::system;
use super::state::{Baseline, Owner};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::Os;
use crate::ssm::filters::{Condition, SsmFilters};
use crate::ssm::pages::Pages;
use crate::state::Call;

/// AWS's baseline of each operating system, which is the default.
const AWS_BASELINES: &[(&str, &str, &str)] = &[
    ("AMAZON_LINUX_2023", "AWS-AmazonLinux2023DefaultPatchBaseline", "pb-05c9c9bf778d4c4d0"),
    ("UBUNTU", "AWS-UbuntuDefaultPatchBaseline", "pb-06e3563bd35503f2b"),
    ("WINDOWS", "AWS-DefaultPatchBaseline", "pb-09ca3fb51f0412ec3"),
];

fn aws_baselines(region: &str) -> impl Iterator<Item = Baseline> {
    AWS_BASELINES.iter().map(move |(system, name, id)| Baseline {
        id: format!("arn:aws:ssm:{region}:733109147000:patchbaseline/{id}"),
        name: (*name).to_owned(),
        description: format!("Default Patch Baseline for {system} Provided by AWS."),
        system: OperatingSystem::from(*system),
        owner: Owner::Aws,
        classifications: vec!["Security".to_owned(), "Bugfix".to_owned()],
        approve_after_days: 7,
        rejected: Vec::new(),
        created: Timestamp::from_second(1_700_000_000).unwrap_or_default(),
    })
}

impl Baseline {
    fn is_default(&self) -> bool {
        self.owner == Owner::Aws
    }

    fn show(&self) -> PatchBaselineIdentity {
        PatchBaselineIdentity::builder()
            .baseline_id(&self.id)
            .baseline_name(&self.name)
            .operating_system(self.system.clone())
            .baseline_description(&self.description)
            .default_baseline(self.is_default())
            .build()
    }

    fn rule(&self) -> Result<PatchRule, ApiError> {
        let filter = PatchFilter::builder()
            .key(PatchFilterKey::Classification)
            .set_values(Some(self.classifications.clone()))
            .build()?;
        let group = PatchFilterGroup::builder().patch_filters(filter).build()?;
        let level = match self.owner {
            Owner::Aws => PatchComplianceLevel::Unspecified,
            Owner::Account => PatchComplianceLevel::High,
        };
        Ok(PatchRule::builder()
            .patch_filter_group(group)
            .compliance_level(level)
            .approve_after_days(self.approve_after_days)
            .enable_non_security(false)
            .build())
    }
}

/// Returns the id of AWS's baseline for an operating system.
pub(crate) fn default_baseline(region: &str, os: Os) -> String {
    let wanted = system(os);
    aws_baselines(region).find(|baseline| baseline.system == wanted).map(|baseline| baseline.id).unwrap_or_default()
}

fn all_baselines(call: &Call<'_>) -> Vec<Baseline> {
    aws_baselines(call.region_name).chain(call.region.ssm.patching.baselines.iter().cloned()).collect()
}

pub(super) fn find(call: &Call<'_>, id: &str) -> Option<Baseline> {
    all_baselines(call).into_iter().find(|baseline| baseline.id == id)
}

/// Returns the baseline of a patch group and operating system: the registered one, or AWS's.
pub(super) fn in_use(call: &Call<'_>, group: Option<&str>, system: &OperatingSystem) -> Option<Baseline> {
    let of_group = group.and_then(|group| {
        let key = (group.to_owned(), system.as_str().to_owned());
        find(call, call.region.ssm.patching.groups.get(&key)?)
    });
    of_group.or_else(|| aws_baselines(call.region_name).find(|baseline| baseline.system == *system))
}

const FILTERS: SsmFilters<Baseline> = SsmFilters {
    fields: &[
        ("OWNER", |baseline| vec![if baseline.owner == Owner::Aws { "AWS" } else { "Self" }.to_owned()]),
        ("OPERATING_SYSTEM", |baseline| vec![baseline.system.as_str().to_owned()]),
        ("NAME_PREFIX", |baseline| vec![baseline.name.clone()]),
    ],
    unknown: "InvalidFilter",
};

fn conditions(filters: &[types::PatchOrchestratorFilter]) -> Vec<Condition<'_>> {
    use crate::ssm::filters::Comparison;
    let condition = |filter| {
        let key = types::PatchOrchestratorFilter::key(filter).unwrap_or_default();
        let comparison = if key == "NAME_PREFIX" { Comparison::BeginWith } else { Comparison::Equal };
        Condition { key, values: filter.values(), comparison }
    };
    filters.iter().map(condition).collect()
}

pub(crate) fn describe_patch_baselines(
    call: &mut Call<'_>,
    input: &DescribePatchBaselinesInput,
) -> Result<DescribePatchBaselinesOutput, ApiError> {
    let found = FILTERS.select(all_baselines(call), &conditions(input.filters()))?;
    let pages = Pages { sizes: 1..=100, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(found, ("baselines", input.filters()), |baseline| baseline.id.clone())?;
    let shown = page.items.iter().map(Baseline::show).collect();
    Ok(DescribePatchBaselinesOutput::builder()
        .set_baseline_identities(Some(shown))
        .set_next_token(page.next_token)
        .build())
}

pub(crate) fn get_patch_baseline(
    call: &mut Call<'_>,
    input: &GetPatchBaselineInput,
) -> Result<GetPatchBaselineOutput, ApiError> {
    let id = input.baseline_id().unwrap_or_default();
    let baseline = find(call, id).ok_or_else(|| unknown(id))?;
    let users = call.region.ssm.patching.groups.iter().filter(|(_, used)| **used == baseline.id);
    let users = users.map(|((group, _), _)| group.clone()).collect();
    Ok(GetPatchBaselineOutput::builder()
        .baseline_id(&baseline.id)
        .name(&baseline.name)
        .description(&baseline.description)
        .operating_system(baseline.system.clone())
        .approval_rules(PatchRuleGroup::builder().patch_rules(baseline.rule()?).build()?)
        .approved_patches_compliance_level(PatchComplianceLevel::Unspecified)
        .set_approved_patches(Some(Vec::new()))
        .approved_patches_enable_non_security(false)
        .set_rejected_patches(Some(baseline.rejected.clone()))
        .rejected_patches_action(PatchAction::AllowAsDependency)
        .set_patch_groups(Some(users))
        .created_date(to_aws(baseline.created))
        .modified_date(to_aws(baseline.created))
        .set_sources(Some(Vec::new()))
        .build())
}

pub(crate) fn get_default_patch_baseline(
    call: &mut Call<'_>,
    input: &GetDefaultPatchBaselineInput,
) -> Result<GetDefaultPatchBaselineOutput, ApiError> {
    let system = input.operating_system.clone().unwrap_or(OperatingSystem::Windows);
    let baseline = in_use(call, None, &system).ok_or_else(|| not_simulated(&system))?;
    Ok(GetDefaultPatchBaselineOutput::builder().baseline_id(baseline.id).operating_system(system).build())
}

pub(crate) fn get_patch_baseline_for_patch_group(
    call: &mut Call<'_>,
    input: &GetPatchBaselineForPatchGroupInput,
) -> Result<GetPatchBaselineForPatchGroupOutput, ApiError> {
    let system = input.operating_system.clone().unwrap_or(OperatingSystem::Windows);
    let baseline = in_use(call, input.patch_group(), &system).ok_or_else(|| not_simulated(&system))?;
    Ok(GetPatchBaselineForPatchGroupOutput::builder()
        .baseline_id(baseline.id)
        .set_patch_group(input.patch_group.clone())
        .operating_system(system)
        .build())
}

pub(crate) fn describe_patch_groups(
    call: &mut Call<'_>,
    input: &DescribePatchGroupsInput,
) -> Result<DescribePatchGroupsOutput, ApiError> {
    type Mapping = (String, Baseline);
    const OF_GROUPS: SsmFilters<Mapping> = SsmFilters {
        fields: &[
            ("NAME_PREFIX", |(group, _)| vec![group.clone()]),
            ("OPERATING_SYSTEM", |(_, baseline)| vec![baseline.system.as_str().to_owned()]),
        ],
        unknown: "InvalidFilter",
    };
    let groups = call.region.ssm.patching.groups.iter();
    let mappings: Vec<Mapping> = groups.filter_map(|((group, _), id)| Some((group.clone(), find(call, id)?))).collect();
    let found = OF_GROUPS.select(mappings, &conditions(input.filters()))?;
    let pages = Pages { sizes: 1..=100, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(found, ("patch groups", input.filters()), |(group, one)| format!("{group} {}", one.system))?;
    let shown = page.items.iter().map(|(group, baseline)| {
        PatchGroupPatchBaselineMapping::builder().patch_group(group).baseline_identity(baseline.show()).build()
    });
    Ok(DescribePatchGroupsOutput::builder().set_mappings(Some(shown.collect())).set_next_token(page.next_token).build())
}

pub(crate) fn register_patch_baseline_for_patch_group(
    call: &mut Call<'_>,
    input: &RegisterPatchBaselineForPatchGroupInput,
) -> Result<RegisterPatchBaselineForPatchGroupOutput, ApiError> {
    let (id, group) = (input.baseline_id().unwrap_or_default(), input.patch_group().unwrap_or_default());
    let baseline = find(call, id).ok_or_else(|| unknown(id))?;
    let key = (group.to_owned(), baseline.system.as_str().to_owned());
    if call.region.ssm.patching.groups.contains_key(&key) {
        let message = format!(
            "The patch group {group} is already registered with a baseline for {}. Deregister it first.",
            baseline.system
        );
        return Err(ApiError::new("AlreadyExistsException", message));
    }
    call.region.ssm.patching.groups.insert(key, id.to_owned());
    Ok(RegisterPatchBaselineForPatchGroupOutput::builder().baseline_id(id).patch_group(group).build())
}

pub(crate) fn deregister_patch_baseline_for_patch_group(
    call: &mut Call<'_>,
    input: &DeregisterPatchBaselineForPatchGroupInput,
) -> Result<DeregisterPatchBaselineForPatchGroupOutput, ApiError> {
    let (id, group) = (input.baseline_id().unwrap_or_default(), input.patch_group().unwrap_or_default());
    find(call, id).ok_or_else(|| unknown(id))?;
    call.region.ssm.patching.groups.retain(|(name, _), used| !(name == group && used == id));
    Ok(DeregisterPatchBaselineForPatchGroupOutput::builder().baseline_id(id).patch_group(group).build())
}

fn unknown(id: &str) -> ApiError {
    ApiError::new("DoesNotExistException", format!("Patch Baseline {id} does not exist."))
}

fn not_simulated(system: &OperatingSystem) -> ApiError {
    ApiError::new("ValidationException", format!("the sandbox does not simulate patch baselines for {system}"))
}
