//! The accounts and regions that the sweeps of a run have read. A report of the run is about them, and not about the
//! region of the session.

use std::collections::BTreeSet;

use mlua::Lua;

/// Application data of the machine; set by the first sweep of a run.
#[derive(Clone, Debug, Default)]
pub struct Swept {
    pub accounts: BTreeSet<String>,
    pub regions: BTreeSet<String>,
}

/// Records that a sweep has read a region of an account.
pub(super) fn remember(lua: &Lua, account: Option<&str>, region: Option<&str>) {
    let mut swept = lua.remove_app_data::<Swept>().unwrap_or_default();
    swept.accounts.extend(account.map(str::to_owned));
    swept.regions.extend(region.map(str::to_owned));
    lua.set_app_data(swept);
}

/// Returns the places of this run.
pub fn swept(lua: &Lua) -> Swept {
    lua.app_data_ref::<Swept>().map(|swept| swept.clone()).unwrap_or_default()
}

/// Begins another run on the same machine: the next line at the prompt.
pub fn forget(lua: &Lua) {
    lua.remove_app_data::<Swept>();
}
