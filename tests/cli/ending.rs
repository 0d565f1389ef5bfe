//! The end of a run: exit codes and errors.

use crate::support::Shell;

#[test]
fn wrong_usage_exits_with_2() {
    let cases: &[(&[&str], &str)] = &[
        (&["--no-such-option"], "--no-such-option"),
        (&["--output", "xml", "-p", "1"], "xml"),
        (&["--sandbox", "--endpoint-url", "http://127.0.0.1:1", "-e", ""], "--endpoint-url"),
        (&["-e", "", "-p", "1"], "-p"),
        (&["-e", "print(1)", "a.lua"], "-e"),
        (&["-p", "1", "run", "fleet-report"], "-p"),
        (&["absent.lua"], "absent.lua"),
        (&["run", "absent.lua"], "absent.lua"),
        (&["run", "fleet-repor"], "did you mean fleet-report?"),
        (&["run"], "SCRIPT"),
        (&["."], "."),
    ];
    for (args, part) in cases {
        Shell::new().args(*args).run().code(2).printed("").says(part);
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_an_error_with_its_name_and_the_reason() {
    Shell::new().file("folder/file", "").arg("folder").run().code(2).says("'folder'").says("directory");
}

#[test]
fn an_error_has_its_position_and_only_frames_of_the_script() {
    let script = "local function inner()\n  error('boom')\nend\nlocal function outer()\n  inner()\nend\nouter()\n";
    let ran = Shell::new().script(script).code(1).printed("");
    assert_eq!(
        ran.stderr,
        "moonfleet: script.lua:2: boom\nstack traceback:\n\tscript.lua:2: in upvalue 'inner'\n\
         \tscript.lua:5: in local 'outer'\n\tscript.lua:7: in main chunk\n"
    );
}

#[test]
fn frames_of_the_host_are_never_shown() {
    let causes = [
        "local t = nil; t.x = 1",
        "error(setmetatable({}, {__tostring = function() return 'an object' end}))",
        "require('absent_module')",
        "json.decode('{')",
        "time.parse('never')",
        "ec2.descibe_instances{}",
        "ec2.describe_instances{filter={}}",
        "ec2.describe_instances{instance_ids={'i-0123456789abcdef0'}}",
        "ec2.describe_instances.all{instance_ids={'i-0123456789abcdef0'}}",
        "for _ in ec2.describe_instances.items{instance_ids={'i-0123456789abcdef0'}} do end",
        "task.map({1}, function() error('in a task') end)",
        "task.map({1}, function() ec2.describe_instances{filter={}} end)",
        "coroutine.wrap(function() error('in a coroutine') end)()",
        "table.sort({3, 2, 1}, function() error('in a callback') end)",
        "('x'):gsub('x', function() error('in a callback') end)",
        "task.sleep('soon')",
    ];
    for cause in causes {
        let script = format!("local function f()\n  {cause}\n  return nil\nend\nf()\nreturn nil\n");
        let ran = Shell::new().sandbox().script(&script).code(1);
        let stderr = &ran.stderr;
        assert!(stderr.starts_with("moonfleet: script.lua:2: "), "{cause}\n{stderr}");
        for foreign in ["[C]", "__mlua", "moonfleet:1", "src/", "panicked", "[string"] {
            assert!(!stderr.contains(foreign), "{cause}\nhas {foreign}\n{stderr}");
        }
        assert_eq!(stderr.matches("stack traceback:").count(), 1, "{cause}\n{stderr}");
        assert!(stderr.contains("script.lua:5: in main chunk"), "{cause}\n{stderr}");
    }
}

#[test]
fn a_syntax_error_has_file_and_line() {
    Shell::new().script("local x = 1\nlocal = 2\n").code(1).says("script.lua:2: ").never_says("[string");
    Shell::new().script("if true then\n").code(1).says("script.lua:2: ").says("<eof>");
    Shell::new().chunk("x = = 1").code(1).says("-e:1: ");
    Shell::new().args(["-p", "1 +"]).run().code(1).says("-p:1: ");
}

#[test]
fn an_error_that_is_a_table_shows_its_fields() {
    let failed_with = |error: &str| Shell::new().chunk(&format!("error({error})")).code(1).never_says("table: 0x");
    failed_with("{code='NoDisk', message='the disk is full'}").says("the disk is full");
    failed_with("{code='NoDisk'}").says("NoDisk");
    failed_with("setmetatable({}, {__tostring = function() return 'an object' end})").says("an object");
    failed_with("nil").says("nil");
    Shell::new().chunk("error('at no place', 0)").code(1).says("at no place");
}

#[test]
fn hostile_text_in_an_error_does_not_reach_the_terminal() {
    Shell::new()
        .chunk(r"error('a\27[2Jb\u{202e}c', 0)")
        .code(1)
        .says("a␛[2Jb")
        .never_says("\x1b")
        .never_says("\u{202e}");
}
