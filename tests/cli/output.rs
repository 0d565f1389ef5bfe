//! Output: formats, order, colours, and closed or full outputs.

use std::io::{BufRead, BufReader, Read};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Shell, sandbox};

#[test]
fn results_are_printed_in_the_requested_format() {
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
fn output_before_a_failure_is_printed() {
    Shell::new().chunk("io.write('half') error('no')").code(1).printed("half").says("no");
}

#[test]
fn os_exit_uses_its_code_and_flushes_the_output() {
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

/// Reads one line and closes the pipe, as `head -1` does.
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
fn a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        crate::support::skipped("this system has no /dev/full");
        return;
    };
    let (mut command, _home) = Shell::new().args(["-p", "{1, 2, 3}"]).into_command();
    let output = command.stdout(full).stderr(std::process::Stdio::piped()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"), "{output:?}");
}

#[test]
fn colours_appear_on_terminals_or_on_request() {
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

#[test]
fn a_table_that_cannot_be_rendered_is_an_error() {
    let ran = Shell::new().args(["--output", "json", "-p", "{a = print, b = 1}"]).run().code(1);
    ran.says(".a has the type function").printed("");
    Shell::new().args(["-p", "print"]).run().code(0).prints("function");
    Shell::new().args(["--timeout", "0s", "-e", ""]).run().code(2).says("longer than 0s");
}

#[test]
fn functions_and_services_are_shown_by_their_kind() {
    let print = |expression: &str| sandbox().args(["-p", expression]).run().code(0);
    print("aws.session{region='eu-west-1'}").printed("session (eu-west-1)\n");
    print("aws.use(aws.session{region='eu-west-1'})").prints("session (");
    print("ec2").printed("service ec2, 830 operations\n");
    print("aws.profiles()").prints("staging");
}

#[test]
fn a_run_writes_no_file_by_itself() {
    let chunk = "local vpcs = ec2.describe_vpcs().vpcs report.print(vpcs) log.warn('a')
                 ec2.create_tags{resources={vpcs[1].vpc_id}, tags={a='b'}}";
    let ran = Shell::new().sandbox().args(["--trace", "-e", chunk]).run().code(0);
    let files: Vec<_> = std::fs::read_dir(ran.home.path()).expect("the home").collect();
    assert!(files.is_empty(), "{files:?}");
}
