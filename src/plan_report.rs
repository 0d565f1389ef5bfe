//! Shows and saves the plan that a run has made.

use std::path::Path;

use moonfleet_core::{Failure, counted};
use moonfleet_engine::guard::{MESSAGES, plan, plan_file};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Layout;

/// Shows the plan, and saves it if it is complete. Returns how the run ended, or an error if the plan is
/// incomplete or a change in it would fail.
pub(crate) fn report_plan(
    plan_out: Option<&Path>,
    plan: &plan::ChangePlan,
    vm: &Vm,
    ended: Result<u8, Failure>,
) -> Result<u8, Failure> {
    let changes = plan.changes();
    match changes.is_empty() {
        true => vm.report(&plan.rows(), &Layout::default())?,
        false => vm.report(
            &plan.rows(),
            &Layout { columns: Some(plan::COLUMNS.map(str::to_owned).to_vec()), ..Layout::default() },
        )?,
    }
    vm.flush()?;
    if changes.is_empty() && ended.is_ok() {
        tracing::info!(target: MESSAGES, "the run would change nothing");
    }
    if let Some(reason) = plan.stopped() {
        return Err(Failure::incomplete(format!("{reason}\nthe plan is incomplete; nothing was changed")));
    }
    let code = ended?;
    let failing = changes.iter().filter(|change| matches!(change.check, plan::DryRunCheck::Failed(_))).count();
    if failing > 0 {
        return Err(Failure::failed(format!(
            "{failing} of {} would fail; nothing was changed",
            counted(changes.len(), "change")
        )));
    }
    if let Some(file) = plan_out {
        plan_file::save(file, &changes).map_err(|e| Failure::failed(e.to_string()))?;
        let file = file.display();
        tracing::info!(target: MESSAGES, "nothing was changed; to make these changes, run `moonfleet apply {file}`");
    }
    Ok(code)
}
