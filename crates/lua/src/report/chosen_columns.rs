//! Hints at columns that a script has chosen, and that no record has.

use std::collections::BTreeSet;

use mlua::{Lua, Table};
use moonfleet_core::Value;
use moonfleet_report::Layout;

use crate::aws::row_names;
use crate::field_hints;

pub(super) struct ChosenColumns {
    /// The names, without nested fields.
    names: Vec<String>,
    /// The fields that the answers of AWS declare. They can be nil in all records.
    declared: Vec<&'static str>,
}

impl ChosenColumns {
    /// Reads the columns of a layout, and the declared fields of records that are not yet converted.
    pub(super) fn of(records: &mlua::Value, layout: &Layout) -> Self {
        let names = layout.columns.iter().flatten().map(|name| name.split('.').next().unwrap_or(name).to_owned());
        let first = records.as_table().and_then(|records| records.raw_get::<Table>(1).ok());
        let declared = first.and_then(|first| row_names(&first).ok().flatten()).unwrap_or_default();
        ChosenColumns { names: names.collect(), declared }
    }

    /// Logs a hint for each column that is a misspelling of a field of the records.
    pub(super) fn hint(&self, lua: &Lua, records: &Value) {
        let Value::List(records) = records else { return };
        let maps = || records.iter().filter_map(|record| if let Value::Map(map) = record { Some(map) } else { None });
        let is_known = |name: &str| self.declared.contains(&name) || maps().any(|map| map.get(name).is_some());
        // The column `name` can be the Name tag.
        for missing in self.names.iter().filter(|name| *name != "name" && !is_known(name)) {
            let fields = maps().flat_map(|map| map.0.iter().map(|(name, _)| name.as_str()));
            let known: BTreeSet<&str> = fields.chain(self.declared.iter().copied()).collect();
            let others = known.into_iter().filter(|name| !self.names.iter().any(|chosen| chosen == name));
            field_hints::hint(lua, "no record has the column", missing, others);
        }
    }
}
