//! What editors get: that it is installed where they find it, and that the stubs that are
//! written by hand name what the program has.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mlua::{Lua, Table, Value};
use moonfleet_lua::time::Time;
use serde_json::json;

use support::{Shell, repository};

const SHARED: &str = ".local/share/moonfleet/types";

fn install() -> Shell {
    Shell::new().args(["types", "install"])
}

// Installing.

#[test]
fn everything_is_installed_where_all_projects_find_it() {
    let ran = install().run().code(0).quiet();
    let shared = ran.home.path().join(SHARED);
    let mut wanted = lua_files(&repository().join("types"));
    let modules = lua_files(&repository().join("stdlib"));
    let is_test = |path: &PathBuf| path.to_string_lossy().ends_with("_test.lua");
    wanted.extend(modules.into_iter().filter(|path| !is_test(path)).map(|path| Path::new("stdlib").join(path)));
    assert!(wanted.len() > 20);
    assert_eq!(lua_files(&shared), wanted);
    let text = |folder: &Path| std::fs::read_to_string(folder.join("ec2/service.lua")).expect("the stub of a service");
    assert_eq!(text(&shared), text(&repository().join("types")));
    let settings: serde_json::Value = serde_json::from_str(&ran.read(".luarc.json")).expect("JSON");
    assert_eq!(settings, json!({"runtime.version": "Lua 5.4", "workspace.library": [shared]}));
    ran.prints(&format!("{}: {} files\n.luarc.json: names it now\n", shared.display(), wanted.len()));
}

#[test]
fn a_folder_can_be_named_and_is_replaced_as_a_whole() {
    let shell = install().arg("lua/stubs").file("lua/stubs/.moonfleet", "").file("lua/stubs/old.lua", "");
    let ran = shell.file("lua/mine.lua", "").run().code(0);
    assert!(ran.read("lua/stubs/services.lua").contains("---@field ec2 ec2"));
    let left: Vec<_> = std::fs::read_dir(ran.home.path().join("lua")).expect("the folder").collect();
    assert_eq!(left.len(), 2, "something was left over: {left:?}");
    assert!(!ran.home.path().join("lua/stubs/old.lua").exists());
    assert!(ran.read(".luarc.json").contains("\"lua/stubs\""));
}

#[test]
fn what_somebody_else_has_put_there_stays() {
    let ran = install().arg("lua").file("lua/mine.lua", "mine").run().code(1).says("lua is not empty");
    assert_eq!(ran.read("lua/mine.lua"), "mine");
    assert!(!ran.home.path().join(".luarc.json").exists());
    install().arg("file").file("file", "mine").run().code(1).says("cannot write file");
}

#[test]
fn settings_that_are_there_are_kept() {
    let mine =
        r#"{"diagnostics.globals": ["x"], "workspace": {"checkThirdParty": false, "library": ["/mine", "old"]}}"#;
    let ran = install().arg("new").file("old/.moonfleet", "").file(".luarc.json", mine).run().code(0);
    let settings: serde_json::Value = serde_json::from_str(&ran.read(".luarc.json")).expect("JSON");
    let wanted = json!({
        "diagnostics.globals": ["x"],
        "runtime.version": "Lua 5.4",
        "workspace": {"checkThirdParty": false, "library": ["/mine", "new"]},
    });
    assert_eq!(settings, wanted);
}

#[test]
fn settings_that_name_it_already_are_not_touched() {
    let mine = "{ \"workspace.library\": [\"new\"],\n\"runtime.version\": \"Lua 5.4\" }";
    let ran = install().arg("new").file(".luarc.json", mine).run().code(0).prints("names it already");
    assert_eq!(ran.read(".luarc.json"), mine);
}

#[test]
fn settings_that_cannot_be_read_are_left_alone_and_nothing_is_installed() {
    for (settings, problem) in [
        ("{ // mine\n}", "is not valid JSON"),
        ("[]", "must hold an object"),
        (r#"{"workspace": 1}"#, "workspace must be an object"),
        (r#"{"workspace.library": {"/mine": true}}"#, "workspace.library must be a list"),
    ] {
        let ran = install().file(".luarc.json", settings).run().code(1).says(".luarc.json").says(problem);
        assert_eq!(ran.read(".luarc.json"), settings);
        assert!(!ran.home.path().join(SHARED).exists());
    }
}

#[test]
fn it_needs_no_session() {
    install().env("AWS_ENDPOINT_URL", "no url").env("AWS_PROFILE", "none").run().code(0).quiet();
    install().args(["one", "two"]).run().code(2);
    Shell::new().args(["-e", "print(1)", "types", "install"]).run().code(2).says("stand alone");
}

// The stubs that are written by hand.

#[test]
fn every_function_of_a_module_has_a_stub_and_every_stub_a_function() {
    let mut stubs = BTreeSet::new();
    for file in lua_files(&repository().join("types/moonfleet")) {
        let text = std::fs::read_to_string(repository().join("types/moonfleet").join(file)).expect("a stub");
        stubs.extend(
            text.lines().filter_map(|line| Some(line.strip_prefix("function ")?.split_once('(')?.0.to_owned())),
        );
    }
    let modules = globals();
    let walk = format!(
        "local found = {{}}
         for module in ('{}'):gmatch('%a+') do
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
    // These two every session has, so they are fields of its class.
    assert!(wanted.remove("aws.whoami") && wanted.remove("aws.assume"));
    wanted.insert("pcall".to_owned());
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

/// A script cannot list them, since it does not reach the metatable that all times share.
fn methods_of_times() -> Vec<String> {
    let methods = |lua: &Lua| -> mlua::Result<Vec<String>> {
        let time = lua.create_userdata(Time(jiff::Timestamp::UNIX_EPOCH))?;
        let methods: Table = time.metatable()?.get("__index")?;
        methods.pairs::<String, Value>().map(|pair| Ok(pair?.0)).collect()
    };
    methods(&Lua::new()).expect("a time has methods")
}

/// The globals that the program makes when they are first named. Nothing else lists them.
fn globals() -> Vec<String> {
    let source = std::fs::read_to_string(repository().join("src/lua/mod.rs")).expect("the machine's source");
    let (_, body) = source.split_once("\nfn global(").expect("a function that makes globals");
    let arms = body.lines().take_while(|line| *line != "}").filter_map(|line| line.trim().split_once("\" => "));
    let names: Vec<String> = arms.filter_map(|(name, _)| Some(name.strip_prefix('"')?.to_owned())).collect();
    assert!(names.iter().any(|name| name == "json") && names.iter().any(|name| name == "script"), "{names:?}");
    names
}

fn lua_files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder of the repository or of the test") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lua") {
                files.insert(path.strip_prefix(folder).expect("it is in the folder").to_owned());
            }
        }
    }
    files
}
