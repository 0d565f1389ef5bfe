//! Headers of scripts and their arguments.

use crate::support::server::{Reply, Server};
use crate::support::{Shell, sandbox};

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
fn arguments_have_their_types_and_defaults() {
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
fn invalid_arguments_are_errors_before_the_run() {
    let cases: &[(&[&str], &str)] = &[
        (&["--cuont", "3"], "unknown argument 'cuont'; did you mean 'count'?"),
        (&["--zzz=3"], "unknown argument 'zzz'; known arguments: "),
        (&[], "missing argument: --count"),
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
fn the_result_of_run_is_the_exit_code() {
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

#[test]
fn a_header_that_is_not_returned_is_an_error() {
    let ran = sandbox().script("script{summary='x', risk='read', run=function() print('ran') end}").code(2);
    ran.says("return script").printed("");
}

const WITH_SECRET: &str = "return script {
  summary = 'Logs in.', risk = 'write',
  args = { token = {'string', secret=true, required=true, help='The key.'}, n = {'integer', default=1, help='How many.'} },
  example = { args = { token = 'an example' } },
  run = function(args)
    print(args.token, #reveal(args.token))
    ssm.put_parameter { name = '/token', value = args.token, type = 'SecureString' }
    log.warn('the token is ' .. reveal(args.token))
    report.print({{ n = args.n }}, { title = 'Login' })
  end,
}";

#[test]
fn a_secret_argument_is_in_no_report_record_and_message() {
    // One that is too short to be redacted everywhere is at least not shown with the command line.
    for (secret, logged) in [("correct horse", "<secret>"), ("4711", "4711")] {
        let server = Server::always(Reply::Answer { status: 200, headers: Vec::new(), body: String::new() });
        for words in [&["--token", secret][..], &[&format!("--token={secret}")], &[&format!("token={secret}")]] {
            let shell =
                sandbox().file("tool.lua", WITH_SECRET).args(["--out", "x.html", "--out", "x.json", "--compare"]);
            let shell = shell.args(["--summary", "--record", "calls.jsonl", "--deliver", &server.url, "--yes"]);
            let ran = shell.args(["run", "tool.lua", "--n", "2"]).args(words).run().code(0);
            let ran = ran.prints(&format!("<secret>\t{}", secret.len())).says(&format!("the token is {logged}"));
            let page = ran.read("x.html");
            assert!(page.contains("run tool.lua --n 2") && page.contains("token") && !page.contains(secret), "{page}");
            assert!(!ran.read("x.json").contains(secret) && !ran.read("calls.jsonl").contains(secret));
        }
        let sent: String = server.requests().iter().map(|request| request.body.clone()).collect();
        assert!(sent.contains("1 row") && !sent.contains(secret), "{sent}");
    }
}

#[test]
fn a_secret_argument_is_shown_by_help_and_has_nothing_that_could_be_read_in_the_script() {
    let help = sandbox().file("tool.lua", WITH_SECRET).args(["run", "tool.lua", "--help"]).run().code(0);
    help.prints("The key. (required; secret)");
    sandbox()
        .file("tool.lua", WITH_SECRET)
        .args(["--rehearse", "--yes", "run", "tool.lua"])
        .run()
        .code(0)
        .prints("<secret>\t10");
    for (field, kind) in [("default='x'", "string"), ("choices={'x'}", "string"), ("required=true", "integer")] {
        let argument = format!("{{'{kind}', secret=true, {field}, help='The key.'}}");
        let tool = WITH_SECRET.replace("{'string', secret=true, required=true, help='The key.'}", &argument);
        let ran = sandbox().file("tool.lua", &tool).args(["run", "tool.lua", "--token=1"]).run();
        assert!(!ran.ended_with(0));
        ran.says("args.token.secret: a secret is a string, without default and choices").printed("");
    }
}
