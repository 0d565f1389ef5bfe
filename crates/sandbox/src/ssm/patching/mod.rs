//! Patch Manager: which patches there are, who wants which, and which machine has them.
//!
//! * [`catalog`] has the patches that the vendors have released,
//! * [`baselines`] say which of them are wanted, and patch groups by whom,
//! * [`states`] is what the last scan of a machine has found,
//! * [`run`] is `AWS-RunPatchBaseline` on a machine.

mod available;
mod baselines;
mod catalog;
pub mod machine;
mod run;
pub mod state;
mod states;
#[cfg(test)]
mod tests;

pub use available::describe_available_patches;
pub use baselines::{
    default_baseline, deregister_patch_baseline_for_patch_group, describe_patch_baselines, describe_patch_groups,
    get_default_patch_baseline, get_patch_baseline, get_patch_baseline_for_patch_group,
    register_patch_baseline_for_patch_group,
};
pub use catalog::{Release, patches_for};
pub use run::{Operation, run};
pub use states::{
    describe_instance_patch_states, describe_instance_patch_states_for_patch_group, describe_instance_patches,
    describe_patch_group_state,
};
