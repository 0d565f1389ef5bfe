//! Hints at misspelled fields and columns. A field that a table lacks is nil, which is no error in Lua; a hint names
//! the known field that is spelled almost like it, once in a run.

use std::collections::HashSet;

use mlua::Lua;
use moonfleet_core::sanitize;
use moonfleet_core::suggest::misspelled;

/// The names that were looked up, with the kind of table that lacks them. Application data of the machine.
#[derive(Default)]
struct LookedUp(HashSet<(String, String)>);

/// Logs a hint if a name is a misspelling of a known one. `missing` describes what the name was looked up in:
/// `no record has the column`.
pub(crate) fn hint<'a>(lua: &Lua, missing: &str, name: &str, known: impl IntoIterator<Item = &'a str>) {
    let mut looked_up = lua.remove_app_data::<LookedUp>().unwrap_or_default();
    let is_new = looked_up.0.insert((missing.to_owned(), name.to_owned()));
    lua.set_app_data(looked_up);
    if is_new && let Some(known) = misspelled(name, known) {
        tracing::warn!("{missing} `{}`; did you mean `{}`?", sanitize::line(name), sanitize::line(known));
    }
}

/// Begins another run on the same machine: the next line at the prompt.
pub fn forget(lua: &Lua) {
    lua.remove_app_data::<LookedUp>();
}
