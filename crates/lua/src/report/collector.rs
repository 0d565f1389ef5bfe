//! Collects the reports that a run prints, for consumers other than the screen.

use std::rc::Rc;

use mlua::Lua;
use moonfleet_report::Document;

pub trait ReportCollector {
    /// Takes a report. Returns true if it must not be shown.
    fn collect(&self, document: &Document) -> bool;
}

/// Sets the collector for the reports of this machine, until [`stop_collecting`].
pub fn collect_reports(lua: &Lua, collector: Rc<dyn ReportCollector>) {
    lua.set_app_data(collector);
}

pub fn stop_collecting(lua: &Lua) {
    lua.remove_app_data::<Rc<dyn ReportCollector>>();
}

pub(super) fn is_wanted(lua: &Lua) -> bool {
    lua.app_data_ref::<Rc<dyn ReportCollector>>().is_some()
}

/// Passes a report to the collector, if there is one. Returns true if the report must not be shown.
pub fn collect(lua: &Lua, document: &Document) -> bool {
    lua.app_data_ref::<Rc<dyn ReportCollector>>().is_some_and(|collector| collector.collect(document))
}
