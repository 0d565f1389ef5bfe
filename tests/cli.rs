//! The program as people call it: where a script comes from, what it is given, what is
//! printed, how it ends, and what Lua can do around calls that wait.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use support::Shell;

// Where a script comes from.

#[test]
fn a_file_gets_its_arguments() {
    Shell::new()
        .file("a.lua", "print(select('#', ...), ...)")
        .args(["a.lua", "one", "--two", "-p", "", "--sandbox"])
        .run()
        .code(0)
        .quiet()
        .printed("5\tone\t--two\t-p\t\t--sandbox\n");
}

#[test]
fn run_takes_a_name_of_the_library_or_a_file() {
    Shell::new().args(["run", "fleet-report", "--help"]).run().code(0).prints("Usage: moonfleet run fleet-report");
    let shell = || Shell::new().file("a.lua", "print('a', ...)").file("sub/plain", "print('plain', ...)");
    shell().args(["run", "a.lua", "x"]).run().code(0).printed("a\tx\n");
    shell().args(["run", "./a.lua", "-v"]).run().code(0).printed("a\t-v\n");
    shell().args(["run", "sub/plain"]).run().code(0).printed("plain\n");
}

#[test]
fn a_chunk_is_run_and_an_expression_is_printed() {
    Shell::new().chunk("print('done', ...)").code(0).quiet().printed("done\n");
    Shell::new().chunk("").code(0).quiet().printed("");
    Shell::new().args(["-p", "6 * 7"]).run().code(0).printed("42\n");
    Shell::new().args(["-p", "'text'"]).run().code(0).printed("text\n");
    Shell::new().args(["-p", "1, 2"]).run().code(0).printed("1\n2\n");
}

#[test]
fn a_script_is_read_from_standard_input() {
    let source = "#!/usr/bin/env moonfleet\nprint('in', ...)";
    Shell::new().stdin(source).run().code(0).printed("in\n");
    Shell::new().stdin(source).args(["-", "a", "b"]).run().code(0).printed("in\ta\tb\n");
    Shell::new().stdin(source).args(["run", "-", "a"]).run().code(0).printed("in\ta\n");
    Shell::new().stdin("\n\nerror('no')").run().code(1).says("stdin:3: no");
}

#[cfg(unix)]
#[test]
fn a_script_with_a_shebang_line_is_a_program() {
    use std::os::unix::fs::PermissionsExt;
    let script = "#!/usr/bin/env moonfleet\nlocal a = ...\nif a then print(a) else error('none') end\n";
    let shell = Shell::program("./tool").file("tool", script);
    let path = support::path_with_binary(shell.home.path());
    let tool = shell.home.path().join("tool");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("our own file");
    let ran = shell.env("PATH", &path).arg("hello").run().code(0).printed("hello\n");
    // Line numbers count the first line.
    ran_again(&ran.home, &path).code(1).says("tool:3: none");
}

#[cfg(unix)]
fn ran_again(home: &tempfile::TempDir, path: &std::ffi::OsStr) -> support::Ran {
    Shell::program(home.path().join("tool")).env("PATH", path).run()
}

#[test]
fn binary_chunks_are_not_run() {
    let dump = "local f = io.open('b.lua', 'wb') f:write(string.dump(function() print('ran') end)) f:close()
                print(pcall(assert(loadfile), 'b.lua'))";
    let ran = Shell::new().chunk(dump).code(0);
    let bytes = std::fs::read(ran.home.path().join("b.lua")).expect("the chunk");
    let shell = Shell::new();
    std::fs::write(shell.home.path().join("b.lua"), bytes).expect("a file");
    shell.arg("b.lua").run().code(1).says("binary");
}

// What is printed.

#[test]
fn results_are_printed_in_the_format_that_is_asked_for() {
    let expression = "{{name='web', size=10, tags={App='App20'}}, {name='a|b, =c', size=9}}";
    let shown = |format: &str| Shell::new().args(["--output", format, "-p", expression]).run().code(0).quiet().stdout;
    let table = shown("table");
    assert!(table.starts_with("name     size  tags\n──"), "{table}");
    assert!(table.contains("web        10  "), "{table}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&shown("json")).expect("JSON"),
        json!([{"name": "web", "size": 10, "tags": {"App": "App20"}}, {"name": "a|b, =c", "size": 9}])
    );
    let csv = shown("csv");
    assert!(csv.starts_with("name,size,tags\nweb,10,"), "{csv}");
    assert!(csv.contains("\n\"a|b, =c\",9,"), "{csv}");
    let md = shown("md");
    assert!(md.starts_with("| name") && md.contains("a\\|b, =c"), "{md}");
}

#[test]
fn output_of_a_script_and_of_the_program_stays_in_order() {
    let chunk = "io.write('a ') print('b') io.stdout:write('c ') report.print({{x=1}}) io.write('d') report.print('e')";
    Shell::new().chunk(chunk).code(0).printed("a b\nc x\n──\n1\nde\n");
}

#[test]
fn what_a_script_prints_before_it_fails_is_printed() {
    Shell::new().chunk("io.write('half') error('no')").code(1).printed("half").says("no");
}

#[test]
fn os_exit_ends_with_its_code_and_loses_nothing() {
    Shell::new().chunk("print('out') os.exit(7)").code(7).printed("out\n");
    Shell::new().chunk("print('out') os.exit(true, true)").code(0).printed("out\n");
}

#[test]
fn a_closed_pipe_ends_the_script_quietly_and_soon() {
    let long_list = "(function() local t = {} for n = 1, 200000 do t[n] = {n=n} end return t end)()";
    let cases: &[&[&str]] = &[
        &["-e", "while true do print('line') end"],
        &["-e", "while true do io.write('line\\n') end"],
        &["-e", "while true do io.stdout:write('line\\n') end"],
        &["-e", "while true do report.print({{a=1}}) end"],
        &["-e", "while true do pcall(print, 'line') end"],
        &["-e", "task.map({1}, function() while true do print('line') end end)"],
        &["-e", "coroutine.wrap(function() while true do print('line') end end)()"],
        &["-p", long_list],
        &["--output", "json", "-p", long_list],
        &["--output", "csv", "-p", long_list],
    ];
    let wrong: Vec<_> =
        cases.iter().filter_map(|args| left_alone(args).err().map(|e| format!("{args:?}: {e}"))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads one line and goes, as `head -1` does.
fn left_alone(args: &[&str]) -> Result<(), String> {
    let (mut child, _home) = Shell::new().args(args).spawn();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().expect("a pipe"));
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).expect("a readable pipe");
    drop(reader);
    if line.is_empty() {
        return Err("nothing is printed".to_owned());
    }
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        if started.elapsed() > Duration::from_secs(10) {
            child.kill().expect("a child of ours");
            child.wait().expect("a child of ours");
            return Err("it goes on after the pipe was closed".to_owned());
        }
        thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    match (said.as_str(), status.code()) {
        ("", Some(0)) => Ok(()),
        (said, code) => Err(format!("exit code {code:?}, {said:?}")),
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        support::skipped("this system has no /dev/full");
        return;
    };
    let (mut command, _home) = Shell::new().args(["-p", "{1, 2, 3}"]).into_command();
    let output = command.stdout(full).stderr(std::process::Stdio::piped()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"), "{output:?}");
}

#[test]
fn colours_are_for_terminals_or_by_request() {
    let titled = "io.write(report.table({{a=1}}, {title='T'}))";
    let colored = |shell: Shell| shell.chunk(titled).code(0).stdout.contains('\x1b');
    assert!(!colored(Shell::new()));
    assert!(colored(Shell::new().args(["--color", "always"])));
    assert!(
        colored(Shell::new().args(["--color", "always"]).env("NO_COLOR", "1")),
        "an option comes before the environment"
    );
    assert!(!colored(Shell::new().args(["--color", "never"])));
    Shell::new().chunk("log.error('plain')").code(0).says("ERROR plain");
}

#[test]
fn verbosity_shows_debug_messages_of_the_script() {
    let chunk = "log.debug('fine') log.info('coarse', {count=3})";
    Shell::new().chunk(chunk).code(0).printed("").says("INFO coarse count=3").never_says("fine");
    Shell::new().arg("-v").chunk(chunk).code(0).says("DEBUG fine");
}

// How it ends.

#[test]
fn wrong_usage_ends_with_code_2() {
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
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    Shell::new().file("folder/file", "").arg("folder").run().code(2).says("'folder'").says("directory");
}

#[test]
fn an_error_has_its_place_and_the_frames_of_the_script_alone() {
    let script = "local function inner()\n  error('boom')\nend\nlocal function outer()\n  inner()\nend\nouter()\n";
    let ran = Shell::new().script(script).code(1).printed("");
    assert_eq!(
        ran.stderr,
        "moonfleet: script.lua:2: boom\nstack traceback:\n\tscript.lua:2: in upvalue 'inner'\n\
         \tscript.lua:5: in local 'outer'\n\tscript.lua:7: in main chunk\n"
    );
}

#[test]
fn no_frame_of_the_host_is_shown_wherever_an_error_comes_from() {
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
        let told = &ran.stderr;
        assert!(told.starts_with("moonfleet: script.lua:2: "), "{cause}\n{told}");
        for foreign in ["[C]", "__mlua", "moonfleet:1", "src/", "panicked", "[string"] {
            assert!(!told.contains(foreign), "{cause}\nhas {foreign}\n{told}");
        }
        assert_eq!(told.matches("stack traceback:").count(), 1, "{cause}\n{told}");
        assert!(told.contains("script.lua:5: in main chunk"), "{cause}\n{told}");
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
fn an_error_that_is_a_table_shows_what_is_in_it() {
    let told = |error: &str| Shell::new().chunk(&format!("error({error})")).code(1).never_says("table: 0x");
    told("{code='NoDisk', message='the disk is full'}").says("the disk is full");
    told("{code='NoDisk'}").says("NoDisk");
    told("setmetatable({}, {__tostring = function() return 'an object' end})").says("an object");
    told("nil").says("nil");
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

// A script's arguments.

const TOOL: &str = "return script {
  summary = 'Counts.', risk = 'read',
  args = {
    count = {'integer', required=true, help='How many.'},
    ratio = {'number', default=0.5, help='How much.'},
    name = {'string', default='x', help='Which.'},
    dry_run = {'boolean', default=false, help='Whether.'},
    regions = {'list', help='Where.'},
  },
  run = function(args)
    print(args.count, math.type(args.count), args.ratio, args.name, args.dry_run,
      args.regions and #args.regions .. table.concat(args.regions, '+'))
  end,
}";

#[test]
fn arguments_come_with_their_types_and_defaults() {
    let tool =
        |words: &[&str]| Shell::new().file("tool.lua", TOOL).arg("tool.lua").args(words).run().code(0).quiet().stdout;
    assert_eq!(tool(&["--count", "3"]), "3\tinteger\t0.5\tx\tfalse\tnil\n");
    assert_eq!(
        tool(&["count=-3", "--ratio=2", "--name=a=b", "--dry-run", "--regions", "eu-west-1, us-east-1,"]),
        "-3\tinteger\t2.0\ta=b\ttrue\t2eu-west-1+us-east-1\n"
    );
    assert_eq!(tool(&["--dry_run=false", "--count=1", "--name", ""]), "1\tinteger\t0.5\t\tfalse\tnil\n");
}

#[test]
fn wrong_arguments_are_named_and_nothing_is_run() {
    let cases: &[(&[&str], &str)] = &[
        (&["--cuont", "3"], "unknown argument 'cuont'; did you mean 'count'?"),
        (&["--zzz=3"], "unknown argument 'zzz'; known are "),
        (&[], "missing: --count"),
        (&["--count", "many"], "argument 'count': expected integer, got 'many'"),
        (&["--count", "1.5"], "argument 'count': expected integer, got '1.5'"),
        (&["--count"], "argument 'count' has no value"),
        (&["--count=1", "--count=2"], "argument 'count' is given twice"),
        (&["--count=1", "--dry-run=maybe"], "argument 'dry_run': expected true or false, got 'maybe'"),
        (&["--count=1", "--ratio=half"], "argument 'ratio': expected number, got 'half'"),
        (&["3"], "unexpected '3'"),
    ];
    for (words, part) in cases {
        Shell::new().file("tool.lua", TOOL).args(["run", "tool.lua"]).args(*words).run().code(2).printed("").says(part);
    }
}

#[test]
fn help_of_a_script_shows_its_header_and_does_not_run_it() {
    for words in [&["--help"][..], &["-h"], &["--count=1", "--help"]] {
        let ran = Shell::new().file("tool.lua", TOOL).args(["run", "tool.lua"]).args(words).run().code(0).quiet();
        ran.prints("Counts.\n")
            .prints("--count <integer>")
            .prints("How many. (required)")
            .prints("How much. (default: 0.5)")
            .prints("Risk: read");
    }
}

#[test]
fn a_wrong_header_is_an_error_that_names_the_field() {
    let cases = [
        ("script{}", "summary"),
        ("script{summary='A.', risk='none', run=print}", "risk"),
        ("script{summary='A.', risk='read'}", "run"),
        ("script{summary='A.', risk='read', run=print, arg={}}", "args"),
        ("script{summary='A.', risk='read', run=print, args={a={'text', help='A.'}}}", "args.a[1]"),
        ("script{summary='A.', risk='read', run=print, args={a={'string'}}}", "args.a.help"),
        ("script{summary='A.', risk='read', run=print, args={a={'string', help='A.', defualt=1}}}", "defualt"),
    ];
    for (header, field) in cases {
        Shell::new().script(&format!("return {header}")).code(1).says("script.lua:1: ").says(field);
    }
}

#[test]
fn what_run_returns_is_the_exit_code() {
    let ended = |value: &str, code: i32| {
        let run = format!("return script{{summary='A.', risk='read', run=function() return {value} end}}");
        Shell::new().script(&run).code(code).quiet();
    };
    ended("", 0);
    ended("0", 0);
    ended("3", 3);
    ended("'text'", 0);
    ended("300", 1);
}

// Modules.

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
fn a_module_that_is_missing_or_broken_is_named() {
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
fn modules_that_need_each_other_are_an_error_and_no_crash() {
    Shell::new()
        .file("a.lua", "return {b = require 'b'}")
        .file("b.lua", "return {a = require 'a'}")
        .script("print(require 'a')")
        .code(1)
        .says("a");
}

// Lua around calls that wait.

fn sandbox() -> Shell {
    Shell::new().sandbox()
}

#[test]
fn calls_wait_inside_everything_that_can_be_left() {
    let told = sandbox().returned(
        "local function who() return sts.get_caller_identity().account end
         local object = setmetatable({}, {
           __index = function(_, k) return k .. who() end, __call = function() return who() end,
           __add = function() return who() end, __eq = function() return who() ~= nil end,
         })
         local closed
         do local c <close> = setmetatable({}, {__close = function() closed = who() end}) end
         local tail = (function() return who() end)()
         return {
           select(2, pcall(who)), select(2, xpcall(who, print)), object.x, object(), object + 1,
           tostring(object == setmetatable({}, getmetatable(object))), closed, load('return ...')(who()), tail,
           (coroutine.wrap(who)()), select(2, coroutine.resume(coroutine.create(who))),
           select(2, pcall(coroutine.wrap(function() return select(2, pcall(who)) end))),
         }",
    );
    let account = "123456789012";
    assert_eq!(
        told,
        json!([
            account,
            account,
            format!("x{account}"),
            account,
            account,
            "true",
            account,
            account,
            account,
            account,
            account,
            account
        ])
    );
}

#[test]
fn a_coroutine_can_be_a_generator_that_calls_aws() {
    let told = sandbox().returned(
        "local function stages()
           return coroutine.wrap(function()
             for _, region in ipairs{'eu-central-1', 'eu-west-1'} do
               local found = aws.session{region=region}.ec2.describe_instances.all{}
               local got = coroutine.yield(region, #found > 0)
               assert(got == nil)
             end
           end)
         end
         local told = {}
         for region, found in stages() do told[#told + 1] = region .. tostring(found) end
         local co = coroutine.create(function(a)
           local b = coroutine.yield(a .. sts.get_caller_identity().account)
           return b .. #coroutine.yield(coroutine.status(coroutine.running()))
         end)
         local _, first = coroutine.resume(co, 'a')
         local _, second = coroutine.resume(co, 'b')
         local _, third = coroutine.resume(co, 'ccc')
         told[3], told[4], told[5], told[6] = first, second, third, coroutine.status(co)
         told[7] = tostring(select(2, coroutine.resume(co)))
         return told",
    );
    assert_eq!(
        told,
        json!([
            "eu-central-1true",
            "eu-west-1true",
            "a123456789012",
            "running",
            "b3",
            "dead",
            "cannot resume dead coroutine"
        ])
    );
}

#[test]
fn generators_inside_tasks_do_not_disturb_each_other() {
    let told = sandbox().returned(
        "return (task.map({3, 1, 2}, function(n)
           local sum = 0
           for v in coroutine.wrap(function()
             for i = 1, n do task.sleep(0.01) coroutine.yield(i) end
           end) do
             sts.get_caller_identity()
             sum = sum + v
           end
           return sum
         end))",
    );
    assert_eq!(told, json!([6, 1, 3]));
}

const ROW: &str = "local row = ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1]\n";

fn of_row(lua: &str) -> serde_json::Value {
    sandbox().returned(&format!("{ROW}{lua}"))
}

#[test]
fn a_row_can_be_walked_over_like_any_table() {
    let told = of_row(
        "local by_pairs, by_next = {}, {}
         for k in pairs(row) do by_pairs[k] = true end
         local fresh = ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1]
         local k = next(fresh)
         while k do by_next[k] = true k = next(fresh, k) end
         local same = true
         for k in pairs(by_pairs) do same = same and by_next[k] end
         for k in pairs(by_next) do same = same and by_pairs[k] end
         return {
           same, by_pairs.instance_id, by_pairs.tags, by_pairs.reservation_id, by_pairs.platform == nil, #row,
           type(row), type(next(row)), rawlen(row.block_device_mappings), row[1] == nil, row.no_such_field == nil,
         }",
    );
    assert_eq!(told, json!([true, true, true, true, true, 0, "table", "string", 1, true, true]));
}

#[test]
fn a_row_is_encoded_whole() {
    let told = of_row(
        "local read = row.instance_id
         local a, b = json.decode(json.encode(row)), json.decode(json.encode(ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}))[1]
         return {a.instance_id == read, a.tags.App, b.tags.App, a.placement.availability_zone, json.encode(a.product_codes), type(a.launch_time)}",
    );
    assert_eq!(told, json!([true, "App20", "App20", "eu-central-1a", "[]", "string"]));
}

#[test]
fn a_row_keeps_what_is_written_to_it() {
    let told = of_row(
        "row.tags.Seen = 'yes'
         row.block_device_mappings[1].note = 'first'
         row.cost = 12.5
         local before = row.instance_type
         row.instance_type = 'changed'
         row.image_id = nil
         local copy = json.decode(json.encode(row))
         local other = ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1]
         other.tags = {only = 'this'}
         return {
           row.tags.Seen, row.block_device_mappings[1].note, row.cost, before, row.instance_type, row.image_id == nil,
           copy.tags.Seen, copy.tags.App, copy.block_device_mappings[1].note, copy.cost, copy.instance_type,
           copy.image_id == nil, other.tags, json.decode(json.encode(other)).tags,
         }",
    );
    assert_eq!(
        told,
        json!([
            "yes", "first", 12.5, "m6i.large", "changed", true, "yes", "App20", "first", 12.5, "changed", true,
            {"only": "this"}, {"only": "this"}
        ])
    );
}

#[test]
fn a_row_takes_a_metatable_and_stays_whole() {
    let told = of_row(
        "local id = row.instance_id
         local object = setmetatable(row, {__index = {hello = function(self) return 'hello ' .. self.tags.Name end}})
         local fields = 0
         for _ in pairs(object) do fields = fields + 1 end
         return {object == row, object:hello(), object.instance_id == id, fields > 20, getmetatable({}) == nil}",
    );
    assert_eq!(told, json!([true, "hello app20-web-1", true, true, true]));
}

#[test]
fn rows_can_be_compared_sorted_and_moved() {
    let told = sandbox().returned(
        "local list = ec2.describe_instances.all{filters={['tag:App']='App20'}}
         table.sort(list, function(a, b) return a.tags.Name > b.tags.Name end)
         local set = {}
         for _, i in ipairs(list) do set[i] = true end
         local moved = table.move(list, 1, 2, 1, {})
         table.remove(list, 1)
         table.insert(list, 1, moved[1])
         return {
           list[1].tags.Name, set[list[2]], moved[1] == list[1], rawequal(moved[1], list[1]), #list,
           select('#', table.unpack(list)),
         }",
    );
    assert_eq!(told, json!(["app20-web-3", true, true, true, 4, 4]));
}

#[test]
fn a_row_can_be_read_and_written_past_its_metatable() {
    let told = of_row(
        "local found = rawget(row, 'instance_id')
         rawset(row, 'instance_id', 'mine')
         return {found ~= nil, row.instance_id, json.decode(json.encode(row)).instance_id}",
    );
    assert_eq!(told, json!([true, "mine", "mine"]));
}

#[test]
fn a_closed_over_row_outlives_its_page() {
    let told = sandbox().returned(
        "local kept = {}
         for i in ec2.describe_instances.items{max_results=5} do kept[#kept + 1] = i end
         collectgarbage() collectgarbage()
         local ids = {}
         for _, i in ipairs(kept) do ids[i.instance_id .. i.state.name] = true end
         local n = 0 for _ in pairs(ids) do n = n + 1 end
         return n == #kept and n > 5",
    );
    assert_eq!(told, true);
}

// Tasks.

#[test]
fn tasks_run_at_the_same_time_and_keep_their_order() {
    let told = Shell::new().returned(
        "local items = {} for n = 1, 16 do items[n] = n end
         local started = time.clock()
         local done, errors = task.map(items, function(n, index) task.sleep(0.2 + (16 - n) * 0.005) return n * 10 + index end)
         return {took = time.clock() - started, done = done, errors = errors == nil}",
    );
    assert!(told["took"].as_f64().is_some_and(|took| (0.2..1.0).contains(&took)), "{}", told["took"]);
    assert_eq!(told["done"], json!((1..=16).map(|n| n * 11).collect::<Vec<_>>()));
    assert_eq!(told["errors"], true);
}

#[test]
fn the_limit_is_kept() {
    let told = Shell::new().returned(
        "local now, most = 0, 0
         task.map({1, 2, 3, 4, 5, 6, 7, 8, 9}, function()
           now = now + 1 most = math.max(most, now) task.sleep('20ms') now = now - 1
         end, {limit=3})
         return most",
    );
    assert_eq!(told, 3);
}

#[test]
fn errors_of_tasks_are_collected_with_their_items() {
    let told = Shell::new().returned(
        "local done, errors = task.map({'a', 'b', 'c', 'd'}, function(item)
           task.sleep(0.01)
           if item == 'b' then error({code='NoDisk', status=507, inner={1, 2}}) end
           if item == 'c' then error('plain', 0) end
           return item:upper()
         end, {on_error='collect'})
         local by = {}
         for _, e in ipairs(errors) do by[e.item] = e end
         return {
           a = done[1], b = done[2] == nil, d = done[4], count = #errors, index = by.b.index,
           code = by.b.error.code, status = by.b.error.status, inner = by.b.error.inner, plain = by.c.error,
           none = select(2, task.map({}, print, {on_error='collect'})), empty = (task.map({}, print)),
         }",
    );
    assert_eq!(
        told,
        json!({
            "a": "A", "b": true, "d": "D", "count": 2, "index": 2, "code": "NoDisk", "status": 507, "inner": [1, 2],
            "plain": "plain", "none": [], "empty": [],
        })
    );
}

#[test]
fn the_first_error_ends_all_tasks() {
    let told = Shell::new().returned(
        "local cancelled, started = true, time.clock()
         local ok, e = pcall(task.map, {1, 2}, function(n)
           if n == 1 then task.sleep(0.05) error('first', 0) end
           task.sleep(0.3)
           cancelled = false
         end)
         local took = time.clock() - started
         task.sleep(0.5)
         return {ok, tostring(e), cancelled, took < 0.25}",
    );
    assert_eq!(told, json!([false, "first", true, true]));
}

#[test]
fn an_error_that_ends_tasks_is_the_value_that_was_raised() {
    let told = Shell::new().returned(
        "local object = setmetatable({code='NoDisk'}, {__tostring = function(e) return 'E ' .. e.code end})
         local function fail() error(object) end
         local _, e = pcall(task.map, {1}, fail)
         local _, nested = pcall(task.map, {1}, function() task.map({1}, fail) end)
         local _, text = pcall(task.map, {1}, function() error('text', 0) end)
         return {tostring(e.code), tostring(e), e == object, nested == object, type(text)}",
    );
    assert_eq!(told, json!(["NoDisk", "E NoDisk", true, true, "string"]));
}

#[test]
fn options_of_tasks_are_checked() {
    for (options, part) in
        [("{limt=3}", "did you mean `limit`?"), ("{limit=0}", "at least 1"), ("{on_error='stop'}", "stop")]
    {
        Shell::new().chunk(&format!("task.map({{1}}, print, {options})")).code(1).printed("").says(part);
    }
}

// The account in the process.

#[test]
fn every_operation_is_there_and_what_is_left_out_is_listed() {
    let ran = Shell::new().args(["-v", "-p", "aws.operations()", "--output", "json"]).run().code(0);
    assert_eq!(ran.json(), json!({"ec2": 811, "iam": 180, "ssm": 152, "resource_groups": 23, "sts": 11}));
    for service in ["ec2: 811", "iam: 180", "ssm: 152", "resource_groups: 23", "sts: 11"] {
        assert!(ran.stderr.contains(&format!("{service} operations, left out: ")), "{service}\n{}", ran.stderr);
    }
    let counted = Shell::new().returned("local n = 0 for name, op in pairs(ec2) do n = n + 1 end return n");
    assert_eq!(counted, 811, "pairs lists all operations");
}

#[test]
fn the_sandbox_is_asked_by_tag() {
    let found = sandbox().eval(r#"ec2.describe_instances.all{filters={["tag:App"]="App20"}}"#);
    let found = found.as_array().expect("a list");
    assert!(found.len() >= 3);
    assert!(found.iter().all(|instance| instance["tags"]["App"] == "App20"));
    let all = sandbox().eval("#ec2.describe_instances.all{}");
    assert!(all.as_u64().is_some_and(|all| all > found.len() as u64), "there are others");
}

#[test]
fn the_sandbox_needs_no_settings_and_heeds_none() {
    let ran = Shell::new()
        .sandbox()
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_PROFILE", "absent")
        .args(["-p", "sts.get_caller_identity().account"]);
    ran.run().code(0).printed("123456789012\n");
}

#[test]
fn what_the_sandbox_does_not_simulate_is_named() {
    sandbox().chunk("ec2.create_vpn_gateway{type='ipsec.1'}").code(1).says("ec2.create_vpn_gateway").says("simulate");
}

#[test]
fn an_unknown_filter_is_an_error_as_in_aws() {
    sandbox()
        .chunk("ec2.describe_instances{filters={['no-such-filter']='x'}}")
        .code(1)
        .says("InvalidParameterValue")
        .says("no-such-filter");
}

// The prompt.

#[cfg(unix)]
mod prompt {
    use std::os::unix::fs::PermissionsExt;

    use rexpect::session::{PtySession, spawn_command};

    use super::*;

    const PROMPT: &str = "sandbox eu-central-1> ";
    const TIMEOUT: u64 = 20_000;

    fn start(shell: Shell) -> (PtySession, tempfile::TempDir) {
        let (command, home) = shell.sandbox().env("TERM", "xterm").into_command();
        let mut session = spawn_command(command, Some(TIMEOUT)).expect("a pseudo-terminal");
        session.exp_string(PROMPT).expect("a prompt");
        (session, home)
    }

    #[track_caller]
    fn tell(session: &mut PtySession, line: &str, answer: &str) {
        session.send_line(line).expect("a terminal that takes a line");
        session.exp_string(answer).unwrap_or_else(|e| panic!("{line}: {e}"));
        session.exp_string(PROMPT).unwrap_or_else(|e| panic!("after {line}: {e}"));
    }

    #[test]
    fn it_evaluates_goes_on_after_errors_and_leaves_at_the_end_of_input() {
        let (mut session, home) = start(Shell::new());
        tell(&mut session, "6 * 7", "\n42\r\n");
        tell(&mut session, "x = 20", "\r\n");
        tell(&mut session, "x + 1", "\n21\r\n");
        tell(&mut session, "error('bo' .. 'om')", "boom");
        tell(&mut session, "local = 1", "<name> expected near '='");
        tell(&mut session, "ec2.descibe_instances{}", "did you mean ec2.describe_instances?");
        tell(&mut session, "x", "\n20\r\n");
        session.send_line("function double(n)").expect("a terminal");
        session.send_line("  return 2 * n").expect("a terminal");
        tell(&mut session, "end", "\r\n");
        tell(&mut session, "double(333)", "\n666\r\n");
        tell(&mut session, "{{name='web', size=1}}", "name");
        tell(&mut session, "sts.get_caller_identity().account", "\n123456789012\r\n");
        session.send_control('d').expect("a terminal");
        session.exp_eof().expect("it leaves");

        let history = home.path().join(".local/state/moonfleet/history");
        let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it was made").permissions().mode() & 0o777;
        assert_eq!(mode(&history), 0o600);
        assert_eq!(mode(history.parent().expect("a folder")), 0o700);
        let text = std::fs::read_to_string(&history).expect("history is text");
        assert!(text.contains("double(333)"), "{text}");
    }

    #[test]
    fn colours_are_on_unless_somebody_minds() {
        let titled = "print((report.table({{a=1}}, {title='T'}):gsub('\\27', 'ESC')))";
        let (mut session, _home) = start(Shell::new());
        tell(&mut session, titled, "ESC[1mT");
        let (mut session, _home) = start(Shell::new().env("NO_COLOR", "1"));
        tell(&mut session, titled, "\nT\r\n");
    }

    #[test]
    fn an_interrupted_line_is_forgotten() {
        let (mut session, _home) = start(Shell::new());
        session.send("error('never evaluated'").expect("a terminal");
        session.send_control('c').expect("a terminal");
        session.exp_string(PROMPT).expect("a new prompt");
        tell(&mut session, "1 + 1", "\n2\r\n");
    }
}

#[test]
fn a_table_that_is_no_data_is_an_error_and_not_its_address() {
    let ran = Shell::new().args(["--output", "json", "-p", "{a = print, b = 1}"]).run().code(1);
    ran.says(".a is a function").printed("");
    Shell::new().args(["-p", "print"]).run().code(0).prints("function");
    Shell::new().args(["--timeout", "0s", "-e", ""]).run().code(2).says("longer than nothing");
}

#[test]
fn what_is_no_data_says_what_it_is() {
    let print = |expression: &str| sandbox().args(["-p", expression]).run().code(0);
    print("aws.session{region='eu-west-1'}").printed("session (eu-west-1)\n");
    print("aws.use(aws.session{region='eu-west-1'})").prints("session (");
    print("ec2").printed("service ec2, 811 operations\n");
    print("aws.profiles()").prints("staging");
}

#[test]
fn a_header_that_is_not_returned_is_told() {
    let ran = sandbox().script("script{summary='x', risk='read', run=function() print('ran') end}").code(2);
    ran.says("return script").printed("");
}

#[test]
fn who_looks_for_something_is_not_led_to_a_change() {
    for (wrong, right) in [
        ("list_instances", "describe_instances"),
        ("get_instances", "describe_instances"),
        ("descibe_instances", "describe_instances"),
        ("start_instance", "start_instances"),
    ] {
        sandbox().chunk(&format!("ec2.{wrong}()")).code(1).says(&format!("did you mean ec2.{right}?"));
    }
    sandbox().chunk("ec2.wait.instance_stopped{instance_ids={'i-1'}, timeuot='3s'}").code(1).says("timeout and delay");
}
