//! The hand-written stubs match the functions of the program.

use std::collections::BTreeSet;

use mlua::{Lua, Table, Value};
use moonfleet::machine;
use moonfleet::simulation::sandbox_context;
use moonfleet_lua::time::Time;

use crate::support::{Shell, lua_files, repository};

#[test]
fn functions_and_stubs_match() {
    let mut stubs = BTreeSet::new();
    for file in lua_files(&repository().join("types")) {
        let text = std::fs::read_to_string(repository().join("types").join(file)).expect("a stub");
        stubs.extend(
            text.lines().filter_map(|line| Some(line.strip_prefix("function ")?.split_once('(')?.0.to_owned())),
        );
    }
    let modules = globals();
    let walk = format!(
        "local found = {{}}
         for module in ('{}'):gmatch('%w+') do
           if type(_G[module]) == 'function' then found[#found + 1] = module end
           for name, value in pairs(type(_G[module]) == 'table' and _G[module] or {{}}) do
             if type(value) == 'function' then found[#found + 1] = module .. '.' .. name end
           end
         end
         return json.list(found)",
        modules.join(" ")
    );
    let found = Shell::new().sandbox().returned(&walk);
    let found: Vec<&str> = found.as_array().expect("a list").iter().filter_map(|name| name.as_str()).collect();
    let mut wanted: BTreeSet<String> = found.into_iter().map(str::to_owned).collect();
    // Every session has these two, so the stubs declare them in its class.
    assert!(wanted.remove("aws.whoami") && wanted.remove("aws.assume"));
    // These are functions of Lua itself, or stand beside them.
    wanted.extend(["pcall", "io.write_raw"].map(str::to_owned));
    wanted.extend(methods_of_times().into_iter().map(|name| format!("Time:{name}")));
    wanted.extend(methods_of_reports().into_iter().map(|name| format!("Report:{name}")));
    assert_eq!(stubs, wanted);
}

fn methods_of_reports() -> Vec<String> {
    use moonfleet_lua::report::Report;
    let lua = Lua::new();
    let report = lua.create_userdata(Report::default()).expect("a report");
    let methods: Table = report.metatable().and_then(|metatable| metatable.get("__index")).expect("it has methods");
    methods.pairs::<String, Value>().map(|pair| pair.expect("names").0).collect()
}

/// Returns the methods of times. Scripts cannot list them, because the metatable of times is hidden.
fn methods_of_times() -> Vec<String> {
    let methods = |lua: &Lua| -> mlua::Result<Vec<String>> {
        let time = lua.create_userdata(Time(jiff::Timestamp::UNIX_EPOCH))?;
        let methods: Table = time.metatable()?.get("__index")?;
        methods.pairs::<String, Value>().map(|pair| Ok(pair?.0)).collect()
    };
    methods(&Lua::new()).expect("a time has methods")
}

/// Returns the globals that the program makes on first use.
fn globals() -> Vec<&'static str> {
    machine::builder(&sandbox_context()).global_names()
}
