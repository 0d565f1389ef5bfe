//! Patch Manager: patches, baselines, and the patch state of machines.
//!
//! * [`catalog`] has the patches, [`available`] describes them,
//! * [`baselines`] are patch baselines and patch groups,
//! * [`states`] describes the last scan of each machine,
//! * [`run`] is `AWS-RunPatchBaseline` on a machine.

mod available;
mod baselines;
mod catalog;
pub(crate) mod machine;
mod run;
pub(crate) mod state;
mod states;
#[cfg(test)]
mod tests;

pub(crate) use available::describe_available_patches;
pub(crate) use baselines::{
    default_baseline, deregister_patch_baseline_for_patch_group, describe_patch_baselines, describe_patch_groups,
    get_default_patch_baseline, get_patch_baseline, get_patch_baseline_for_patch_group,
    register_patch_baseline_for_patch_group,
};
pub(crate) use catalog::{Release, patches_for};
pub(crate) use run::{Operation, run};
pub(crate) use states::{
    describe_instance_patch_states, describe_instance_patch_states_for_patch_group, describe_instance_patches,
    describe_patch_group_state,
};
