//! Modules beside a script.

use crate::support::Shell;

#[test]
fn modules_beside_the_script_are_found_from_every_folder() {
    let shell = || {
        Shell::new()
            .file(
                "tools/main.lua",
                "local m = require('lib.words') print(m.hello, require('lib.words') == m, require('pack').name)",
            )
            .file("tools/lib/words.lua", "return {hello='hello from ' .. ...}")
            .file("tools/pack/init.lua", "return {name='pack'}")
    };
    shell().arg("tools/main.lua").run().code(0).printed("hello from lib.words\ttrue\tpack\n");
    shell().args(["run", "tools/main.lua"]).run().code(0).printed("hello from lib.words\ttrue\tpack\n");
    Shell::new().chunk("print(require('json') == json, require 'ec2' == ec2)").code(0).printed("true\ttrue\n");
}

#[test]
fn a_module_can_call_aws_while_it_loads() {
    Shell::new()
        .sandbox()
        .file("regions.lua", "local n = 0 for _ in ec2.describe_regions.items{} do n = n + 1 end return {count = n}")
        .file("main.lua", "local ok, m = pcall(require, 'regions') print(ok, m.count > 1, require('regions') == m)")
        .arg("main.lua")
        .run()
        .code(0)
        .printed("true\ttrue\ttrue\n");
}

#[test]
fn a_missing_or_broken_module_is_an_error_with_its_name() {
    Shell::new()
        .script("\nrequire 'absent'")
        .code(1)
        .says("script.lua:2: module 'absent' not found")
        .says("absent.lua");
    Shell::new().file("broken.lua", "local = 1").script("require 'broken'").code(1).says("broken.lua:1:");
    Shell::new().file("failing.lua", "\nerror('no')").script("require 'failing'").code(1).says("failing.lua:2: no");
    Shell::new()
        .file("sub/main.lua", "require '../secret'")
        .file("secret.lua", "print('leak')")
        .arg("sub/main.lua")
        .run()
        .code(1)
        .printed("");
}

#[test]
fn cyclic_modules_are_an_error() {
    Shell::new()
        .file("a.lua", "return {b = require 'b'}")
        .file("b.lua", "return {a = require 'a'}")
        .script("print(require 'a')")
        .code(1)
        .says("a");
}
