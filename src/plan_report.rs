//! Shows and saves the plan that a run has made.

use std::path::Path;

use moonfleet_core::Failure;
use moonfleet_engine::guard::{MESSAGES, plan, plan_file};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Layout;

/// Shows what was planned, whichever way the run has ended, and keeps it where it is whole.
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
        tracing::info!(target: MESSAGES, "nothing would change");
    }
    if let Some(why) = plan.stopped() {
        let told = format!("{why}\nthe plan ends there and is not the whole of it; nothing was done");
        return Err(Failure::incomplete(told));
    }
    let code = ended?;
    let failing = changes.iter().filter(|change| matches!(change.check, plan::DryRunCheck::Failed(_))).count();
    if failing > 0 {
        return Err(Failure::failed(format!("{failing} of {} changes would fail; nothing was done", changes.len())));
    }
    if let Some(file) = plan_out {
        plan_file::save(file, &changes).map_err(|e| Failure::failed(e.to_string()))?;
        tracing::info!(target: MESSAGES, "nothing was done; `moonfleet apply {}` does what is listed", file.display());
    }
    Ok(code)
}
