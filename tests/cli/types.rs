//! What editors get is installed where they find it.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Shell, lua_files, repository};

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
