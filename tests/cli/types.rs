//! `moonfleet types install`: the folder and the settings for editors, and the stubs of the services.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use moonfleet_bindings::{Operation, Risk, SERVICES};
use serde_json::json;

use crate::support::{Shell, lua_files, repository};

const SHARED: &str = ".local/share/moonfleet/types";

fn install() -> Shell {
    Shell::new().args(["types", "install"])
}

fn install_into(folder: &str) -> Shell {
    install().args(["--folder", folder])
}

// Installation.

#[test]
fn stubs_are_installed_into_the_shared_folder() {
    let ran = install().run().code(0).quiet();
    let shared = ran.home.path().join(SHARED);
    let mut sources = BTreeMap::new();
    for (source, target) in [("types", "moonfleet"), ("stdlib", "stdlib")] {
        let files = lua_files(&repository().join(source)).into_iter();
        let files = files.filter(|file| !file.to_string_lossy().ends_with("_test.lua"));
        sources.extend(files.map(|file| (Path::new(target).join(&file), Path::new(source).join(&file))));
    }
    let installed = lua_files(&shared);
    for (file, source) in &sources {
        let read = |path: PathBuf| std::fs::read_to_string(path).expect("a file of the repository, and its copy");
        assert_eq!(read(shared.join(file)), read(repository().join(source)), "{}", file.display());
    }
    let folders: BTreeSet<&str> = installed
        .iter()
        .filter(|file| !sources.contains_key(*file))
        .filter_map(|file| file.parent().and_then(Path::to_str))
        .collect();
    let services: BTreeSet<&str> = SERVICES.iter().map(|service| service.name).chain([""]).collect();
    assert_eq!(folders, services, "each service has a folder, and `services.lua` stands beside them");
    let settings: serde_json::Value = serde_json::from_str(&ran.read(".luarc.json")).expect("JSON");
    assert_eq!(settings, json!({"runtime.version": "Lua 5.4", "workspace.library": [shared]}));
    ran.prints(&format!("{}: {} files, with the services ", shared.display(), installed.len()))
        .prints("\n.luarc.json: added this folder\n");
}

#[test]
fn a_given_folder_is_replaced_completely() {
    let shell = install_into("lua/stubs").file("lua/stubs/.moonfleet", "").file("lua/stubs/old.lua", "");
    let ran = shell.file("lua/mine.lua", "").run().code(0);
    assert!(ran.read("lua/stubs/services.lua").contains("---@field ec2 ec2"));
    let left: Vec<_> = std::fs::read_dir(ran.home.path().join("lua")).expect("the folder").collect();
    assert_eq!(left.len(), 2, "something was left over: {left:?}");
    assert!(!ran.home.path().join("lua/stubs/old.lua").exists());
    assert!(ran.read(".luarc.json").contains("\"lua/stubs\""));
}

#[test]
fn stubs_of_further_services_are_chosen_declared_in_headers_and_kept() {
    let script = "return script { summary = 'List.', risk = 'read', services = { 'sqs' }, run = function() end }";
    let services = |shell: Shell| {
        let ran = shell.file("queues.lua", script).run().code(0).quiet();
        let services = ran.stdout.split_once("with the services ").expect("a report").1;
        services.lines().next().expect("a line").to_owned()
    };
    assert_eq!(services(install_into("stubs").arg("alb")), "ec2, elbv2, iam, resource_groups, sqs, ssm, sts");
    let earlier = install_into("stubs").file("stubs/.moonfleet", "").file("stubs/rds/service.lua", "");
    assert_eq!(services(earlier), "ec2, iam, rds, resource_groups, sqs, ssm, sts");
    install().arg("rdss").run().code(1).says("there is no service 'rdss'; did you mean 'rds'?");
}

#[test]
fn a_folder_with_other_files_is_refused() {
    let ran = install_into("lua")
        .file("lua/mine.lua", "mine")
        .run()
        .code(1)
        .says("lua contains files that moonfleet did not write");
    assert_eq!(ran.read("lua/mine.lua"), "mine");
    assert!(!ran.home.path().join(".luarc.json").exists());
    install_into("file").file("file", "mine").run().code(1).says("cannot write file");
}

#[test]
fn existing_settings_are_kept() {
    let mine =
        r#"{"diagnostics.globals": ["x"], "workspace": {"checkThirdParty": false, "library": ["/mine", "old"]}}"#;
    let ran = install_into("new").file("old/.moonfleet", "").file(".luarc.json", mine).run().code(0);
    let settings: serde_json::Value = serde_json::from_str(&ran.read(".luarc.json")).expect("JSON");
    let wanted = json!({
        "diagnostics.globals": ["x"],
        "runtime.version": "Lua 5.4",
        "workspace": {"checkThirdParty": false, "library": ["/mine", "new"]},
    });
    assert_eq!(settings, wanted);
}

#[test]
fn settings_that_name_the_folder_are_unchanged() {
    let mine = "{ \"workspace.library\": [\"new\"],\n\"runtime.version\": \"Lua 5.4\" }";
    let ran = install_into("new").file(".luarc.json", mine).run().code(0).prints("it names this folder already");
    assert_eq!(ran.read(".luarc.json"), mine);
}

#[test]
fn invalid_settings_are_kept_and_nothing_is_installed() {
    for (settings, problem) in [
        ("{ // mine\n}", "is not valid JSON"),
        ("[]", "must contain an object"),
        (r#"{"workspace": 1}"#, "workspace must be an object"),
        (r#"{"workspace.library": {"/mine": true}}"#, "workspace.library must be a list"),
    ] {
        let ran = install().file(".luarc.json", settings).run().code(1).says(".luarc.json").says(problem);
        assert_eq!(ran.read(".luarc.json"), settings);
        assert!(!ran.home.path().join(SHARED).exists());
    }
}

#[test]
fn install_needs_no_credentials() {
    install().env("AWS_ENDPOINT_URL", "no url").env("AWS_PROFILE", "none").run().code(0).quiet();
    install().args(["--folder", "one", "--folder", "two"]).run().code(2);
    Shell::new().args(["-e", "print(1)", "types", "install"]).run().code(2).says("-e and -p cannot be combined");
}

// The stubs of the services.

/// The installed stubs, without the library's modules.
struct Stubs {
    files: BTreeMap<PathBuf, String>,
    /// The lines of each declaration of a class.
    classes: BTreeMap<String, Vec<String>>,
}

fn stubs() -> &'static Stubs {
    static STUBS: OnceLock<Stubs> = OnceLock::new();
    STUBS.get_or_init(|| {
        let ran = install().run().code(0);
        let shared = ran.home.path().join(SHARED);
        let read = |file: PathBuf| {
            let text = std::fs::read_to_string(shared.join(&file)).expect("an installed file");
            (file, text)
        };
        let files = lua_files(&shared).into_iter().filter(|file| !file.starts_with("stdlib"));
        let files: BTreeMap<PathBuf, String> = files.map(read).collect();
        let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for declaration in files.values().flat_map(|text| text.split("---@class ").skip(1)) {
            let name = declaration.split([':', '\n']).next().unwrap_or_default().to_owned();
            let lines: Vec<_> = declaration.lines().take_while(|line| !line.is_empty()).collect();
            classes.entry(name).or_default().push(lines.join("\n"));
        }
        Stubs { files, classes }
    })
}

fn class(name: &str) -> &'static str {
    match stubs().classes.get(name).map(Vec::as_slice) {
        Some([lines]) => lines,
        other => panic!("{name} is declared {} times", other.map_or(0, <[_]>::len)),
    }
}

#[test]
fn every_operation_has_one_stub_with_its_forms() {
    for service in SERVICES.iter() {
        let (operations, waiters, service) = (service.operations(), service.waiters(), service.name);
        for Operation { name, api_name, items, risk, .. } in operations {
            assert_eq!(class(service).matches(&format!("@field {name} {service}.{name} #")).count(), 1, "{name}");
            let forms = class(&format!("{service}.{name}"));
            let (input, output) = (format!("{service}.{api_name}Input"), format!("{service}.{api_name}Output"));
            assert!(!class(&input).is_empty() && !class(&output).is_empty());
            let is_call =
                |line: &str| line.starts_with("---@overload fun(input") && line.ends_with(&format!("): {output}"));
            assert!(forms.lines().any(is_call), "{forms}");
            let (is_read, has_items) = (*risk == Risk::Read, items.is_some());
            assert_eq!(forms.contains("---@field pages "), is_read, "{forms}");
            assert_eq!(forms.contains("---@field all "), is_read && has_items, "{forms}");
            assert_eq!(forms.contains("---@field items "), is_read && has_items, "{forms}");
        }
        for waiter in waiters {
            let field = format!("@field {} fun(input", waiter.name);
            assert_eq!(class(&format!("{service}.wait")).matches(&field).count(), 1);
        }
        assert!(class("moonfleet.Services").contains(&format!("@field {service} {service}")));
    }
    let of_services = stubs().files.iter().filter(|(file, _)| !file.starts_with("moonfleet"));
    let overloads: usize = of_services.map(|(_, text)| text.matches("\n---@overload ").count()).sum();
    assert_eq!(overloads, SERVICES.iter().map(|service| service.operations().len()).sum::<usize>());
}

#[test]
fn every_type_in_a_stub_is_declared() {
    let declared: BTreeSet<&str> = stubs()
        .files
        .values()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.strip_prefix("---@class ").or_else(|| line.strip_prefix("---@alias ")))
        .filter_map(|declaration| declaration.split([' ', ':']).next())
        .collect();
    let mut named = 0;
    for (file, text) in &stubs().files {
        for line in text.lines().filter(|line| line.starts_with("---@field ") || line.starts_with("---@overload ")) {
            let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "._".contains(c)));
            let is_of_service = |word: &&str| SERVICES.iter().any(|s| word.starts_with(&format!("{}.", s.name)));
            for word in words.filter(is_of_service) {
                assert!(declared.contains(word), "{}: {line}", file.display());
                named += 1;
            }
        }
    }
    let operations: usize = SERVICES.iter().map(|service| service.operations().len()).sum();
    assert!(named > 3 * operations, "an operation, its input and its output each have a name: {named}");
}

#[test]
fn every_enumeration_has_its_values() {
    let enumerations = stubs().files.iter().filter(|(file, _)| file.ends_with("enumerations.lua"));
    let aliases: Vec<_> = enumerations.flat_map(|(_, text)| text.split("---@alias ").skip(1)).collect();
    assert!(aliases.len() > 300, "{}", aliases.len());
    for alias in aliases {
        assert!(alias.contains(" string\n---| \""), "{alias}");
    }
}

#[test]
fn no_file_is_too_large_for_an_editor() {
    for (file, text) in &stubs().files {
        assert!(text.len() <= 400_000, "{} has {} bytes", file.display(), text.len());
        assert!(text.starts_with("---@meta "), "{}", file.display());
    }
}

#[test]
fn tags_and_filters_are_maps_and_lists_are_never_nil() {
    assert_eq!(
        class("ec2.DescribeTagsInput"),
        "ec2.DescribeTagsInput\n\
         ---@field dry_run? boolean\n\
         ---@field filters? moonfleet.Filters|ec2.input.Filter[]\n\
         ---@field max_results? integer\n\
         ---@field next_token? string"
    );
    assert!(class("ec2.DescribeTagsOutput").contains("@field tags ec2.TagDescription[]"));
    assert!(class("ec2.CreateTagsInput").contains("@field tags table<string, string>|ec2.input.Tag[]"));
    assert!(class("ec2.CreateTagsInput").contains("@field resources string[]"));
    assert!(class("ec2.Instance").contains("@field tags table<string, string>\n"));
    assert!(class("ec2.Instance").contains("@field launch_time? Time\n"));
    assert!(class("ssm.SendCommandInput").contains("@field targets? moonfleet.Filters|ssm.input.Target[]"));
    assert!(class("ec2.describe_instances").contains("@field items fun(input?: ec2.DescribeInstancesInput, opts?"));
    let item = class("ec2.DescribeInstancesItem");
    assert!(item.contains(": ec2.Instance\n") && item.contains("@field reservation_id? string"), "{item}");
    let enumerations = &stubs().files[Path::new("ec2/enumerations.lua")];
    let states = "---@alias ec2.InstanceStateName string\n---| \"pending\"\n---| \"running\"\n---| \"shutting-down\"\n";
    assert!(enumerations.contains(states));
}
