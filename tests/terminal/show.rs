//! Results at the prompt, on screens of several sizes.

use std::fs;

use rexpect::session::{PtySession, spawn_command};
use tempfile::TempDir;

use crate::support::{Ran, Shell, binary};

const TIMEOUT: u64 = 30_000;
/// The sequences that the editor sends when it has read a line, and when it waits for the next one.
const READ: &str = "\x1b[?2004l\r\n";
const READY: &str = "\x1b[?2004h";

/// A prompt on a screen of a given size.
struct Prompt {
    session: PtySession,
    home: TempDir,
}

impl Prompt {
    fn new(columns: u16, rows: u16) -> Self {
        Self::with(columns, rows, |shell| shell, &[])
    }

    fn with(columns: u16, rows: u16, prepare: impl FnOnce(Shell) -> Shell, options: &[&str]) -> Self {
        let size = "stty cols $1 rows $2; shift 2; exec \"$@\"";
        let shell = Shell::program("sh").args(["-c", size, "sh", &columns.to_string(), &rows.to_string()]);
        let shell = shell.arg(binary()).arg("--sandbox").args(options).env("TERM", "xterm").env("NO_COLOR", "1");
        let (command, home) = prepare(shell).into_command();
        let mut session = spawn_command(command, Some(TIMEOUT)).expect("a pseudo-terminal");
        session.exp_string(READY).expect("a prompt");
        Prompt { session, home }
    }

    /// Types a line. Returns all bytes sent to the screen before the next prompt.
    #[track_caller]
    fn answer(&mut self, line: &str) -> String {
        self.session.send_line(line).expect("a terminal that takes a line");
        self.session.exp_string(READ).unwrap_or_else(|e| panic!("{line}: {e}"));
        let sent = self.session.exp_string(READY).unwrap_or_else(|e| panic!("after {line}: {e}"));
        // The terminal is read byte by byte.
        let bytes: Vec<u8> = sent.chars().map(|c| u8::try_from(c).expect("a byte")).collect();
        String::from_utf8(bytes).expect("text").replace("\r\n", "\n")
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap_or_default()
    }
}

#[track_caller]
fn fits(screen: &str, columns: usize) {
    // Advice and tokens may wrap, so that they can be copied completely.
    let may_go_on = |line: &&str| line.contains(" more column") || line.starts_with("next_token");
    for line in screen.lines().filter(|line| !may_go_on(line)) {
        assert!(line.chars().count() <= columns, "{line:?} is wider than {columns}");
    }
}

/// Replaces times and dates, which depend on the day.
fn with_stable_times(check: impl FnOnce()) {
    let filters = vec![(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDTHH:MM:SSZ")];
    insta::with_settings!({ filters => filters }, { check() });
}

const LISTS: [&str; 7] = [
    "ec2.describe_instances.all{filters={['tag:App']='App20'}}",
    "ec2.describe_volumes.all{filters={['tag:App']='App20'}}",
    "ec2.describe_security_groups.all()",
    "ec2.describe_subnets{max_results=5}",
    "iam.list_users.all{path_prefix='/'}",
    "ssm.describe_parameters.all()",
    "ssm.describe_instance_information.all()",
];

fn lists(columns: u16) -> String {
    let mut prompt = Prompt::new(columns, 60);
    let mut all = String::new();
    for list in LISTS {
        let answer = prompt.answer(list);
        fits(&answer, columns.into());
        all += &format!("> {list}\n{answer}\n");
    }
    all
}

#[test]
fn lists_are_tables_that_fit_100_columns() {
    with_stable_times(|| insta::assert_snapshot!("show-100", lists(100)));
}

#[test]
fn lists_are_tables_that_fit_80_columns() {
    with_stable_times(|| insta::assert_snapshot!("show-80", lists(80)));
}

#[test]
fn a_record_is_shown_as_a_vertical_list_with_its_nested_values() {
    let mut prompt = Prompt::new(80, 60);
    let mut all = String::new();
    for line in [
        "ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}",
        "_[1].tags",
        "_1[1].security_groups",
        "iam.get_role{role_name='moonfleet-operator'}",
        "ssm.get_parameter{name='/app20/prod/db-password', with_decryption=true}",
        "{a={b={c=1}}, list={{x=1}, {x=2}}, text=('long '):rep(200)}",
    ] {
        let answer = prompt.answer(line);
        fits(&answer, 4 * 80);
        all += &format!("> {line}\n{answer}\n");
    }
    with_stable_times(|| insta::assert_snapshot!("show-records", all));
}

#[test]
fn values_are_truncated_only_on_the_screen() {
    let mut prompt = Prompt::new(60, 60);
    let text = prompt.answer("{{id='1', text=('x '):rep(100)}, {id='2', text='short'}}");
    assert!(text.contains(" …+") && !text.contains(&"x ".repeat(60)), "{text}");
    assert!(prompt.answer("#_[1].text").contains("200"));
    assert!(prompt.answer("report.write('all.csv', _1)").is_empty());
    assert!(prompt.file("all.csv").contains(&"x ".repeat(100)));
    let piped = Shell::new().args(["-p", "{{id='1', text=('x'):rep(1000)}}"]).run().code(0).quiet();
    piped.prints(&"x".repeat(1000));
}

#[test]
fn a_resized_screen_changes_the_width_of_tables() {
    let mut prompt = Prompt::new(120, 40);
    let wide = prompt.answer("ec2.describe_volumes.all()");
    prompt.answer("os.execute('stty cols 60')");
    let narrow = prompt.answer("_1");
    fits(&narrow, 60);
    assert!(wide.contains("gp3") && !narrow.contains("gp3") && narrow.contains("app20-web-1"), "{wide}\n{narrow}");
}

#[test]
fn functions_and_modules_are_shown_with_a_hint_at_their_help() {
    let mut prompt = Prompt::new(100, 40);
    for (line, parts) in [
        ("ec2.create_tags", &["operation ec2.create_tags (write)", "RESOURCE", "help(ec2.create_tags)"][..]),
        ("ec2", &["service ec2, 830 operations", "help(ec2)"]),
        ("fleet", &["module fleet: ", "help(fleet)"]),
        ("fleet.run", &["fleet.run(targets, command, options?)", "help(fleet.run)"]),
        ("function() end", &["function: "]),
        ("1, nil, 'x'", &["1\nnil\nx\n"]),
        ("nil", &["nil\n"]),
        ("select(2, pcall(ec2.describe_vpcs, {vpc_ids={'vpc-1'}}))", &["code ", "InvalidVpcID", "retryable"]),
        ("setmetatable({}, {__tostring=function() return 'my own' end})", &["my own\n"]),
    ] {
        let answer = prompt.answer(line);
        assert!(parts.iter().all(|part| answer.contains(part)), "{line}: {answer}");
    }
}

// Kept results.

#[test]
fn earlier_results_have_names() {
    let mut prompt = Prompt::new(80, 40);
    for (line, answer) in [
        ("'first'", "first\n"),
        ("'second'", "second\n"),
        ("nil", "nil\n"),
        ("x = 1", ""),
        ("_", "second\n"),
        ("_1", "first\n"),
        // Now `first` is the last result.
        ("_ .. _1", "firstsecond\n"),
        ("{n=1}", "n  1\n"),
        ("_.n + 1", "2\n"),
        ("_1.n, _2", "1\nfirstsecond\n"),
        ("_21", "nil\n"),
    ] {
        assert_eq!(prompt.answer(line), answer, "{line}");
    }
    for n in 0..30 {
        prompt.answer(&format!("'r{n}'"));
    }
    assert_eq!(prompt.answer("_20, _21"), "r9\nnil\n");
}

// The pager.

/// A pager that saves its input and prints a message.
const RECORDER: &str = "sh -c 'cat >> paged; echo PAGED'";

#[test]
fn text_taller_than_the_screen_is_shown_in_the_pager() {
    let pager = |shell: Shell| shell.env("MOONFLEET_PAGER", RECORDER).env("PAGER", "false");
    let mut prompt = Prompt::with(80, 20, pager, &[]);
    assert_eq!(prompt.answer("ec2.describe_volumes.all()"), "PAGED\n");
    let paged = prompt.file("paged");
    assert!(paged.contains("app20-batch-1") && paged.contains("more columns"), "{paged}");
    assert!(paged.lines().count() > 20);
    let short = prompt.answer("ec2.describe_volumes.all{filters={['tag:App']='App20'}}");
    assert!(short.contains("app20-batch-1") && !short.contains("PAGED"), "{short}");
    assert_eq!(prompt.answer("print('from a script') return _1"), "from a script\nPAGED\n");
}

#[test]
fn the_pager_comes_from_variables_or_settings() {
    let settings = |text: &'static str| {
        move |shell: Shell| shell.file(".config/moonfleet/settings.toml", text).env("PAGER", RECORDER)
    };
    let long = "('line\\n'):rep(30)";
    let all = format!("{}\n", "line\n".repeat(30));
    let mut prompt = Prompt::with(80, 20, settings(""), &[]);
    assert_eq!(prompt.answer(long), "PAGED\n");
    let mut prompt = Prompt::with(80, 20, settings("pager = ''"), &[]);
    assert_eq!(prompt.answer(long), all);
    let mut prompt = Prompt::with(80, 20, settings("pager = \"sed s/line/LINE/\""), &[]);
    assert_eq!(prompt.answer(long), all.replace("line", "LINE"));
}

#[test]
fn a_failing_pager_or_leaving_it_early_is_no_error() {
    let with = |pager: &'static str| Prompt::with(80, 20, move |shell| shell.env("MOONFLEET_PAGER", pager), &[]);
    let long = "('line\\n'):rep(100000)";
    let mut prompt = with("head -n 1");
    assert_eq!(prompt.answer(long), "line\n");
    assert_eq!(prompt.answer("1 + 1"), "2\n");
    assert_eq!(with("exit 3").answer(long), "");
    let printed = with("no-such-pager-anywhere").answer("('line\\n'):rep(30)");
    assert_eq!(printed.matches("line\n").count(), 30, "{printed}");
}

#[test]
fn a_contained_prompt_starts_no_pager() {
    let pager = |shell: Shell| shell.env("MOONFLEET_PAGER", RECORDER);
    let mut prompt = Prompt::with(80, 20, pager, &["--contain"]);
    let printed = prompt.answer("('line\\n'):rep(30)");
    assert_eq!(printed.matches("line\n").count(), 30, "{printed}");
    assert_eq!(prompt.file("paged"), "");
}

// Further pages.

const MORE: &str = "this is only the first page: ec2.describe_instances.all{…} returns all pages";

#[test]
fn an_answer_with_further_pages_gets_a_note() {
    let first = "ec2.describe_instances{max_results=5}";
    let mut prompt = Prompt::new(100, 40);
    assert!(prompt.answer(first).contains(MORE));
    assert!(!prompt.answer("ec2.describe_instances{max_results=1000}").contains("there is more"));
    assert!(!prompt.answer("_1.reservations").contains("there is more"));
    let shell = || Shell::new().sandbox();
    let printed: Ran = shell().args(["-p", first]).run().code(0).says(MORE);
    assert!(!printed.stdout.contains("there is more"), "{}", printed.stdout);
    shell().chunk(&format!("report.print({first})")).code(0).quiet();
    shell().args(["-p", "ec2.describe_instances.all{max_results=5}"]).run().code(0).quiet();
}

// Text from the account.

/// Escape sequences for colour and the clipboard, a bell, a carriage return, a C1 character, and a right-to-left mark.
const HOSTILE: &str = r#"hostile = "a\27[31mb\27]52;c;cm0gLXJm\7c\rd\u{9b}2Je\u{202e}f\u{2066}g\u{200b}""#;

#[track_caller]
fn is_harmless(line: &str, screen: &str) {
    let unsafe_in = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{200b}".contains(c);
    assert!(!screen.contains(unsafe_in), "{line} sends {screen:?}");
    assert!(screen.contains("␛[31mb"), "{line} does not show it: {screen:?}");
}

#[test]
fn control_characters_in_results_are_not_sent_to_the_terminal() {
    let mut prompt = Prompt::new(200, 60);
    prompt.answer(HOSTILE);
    prompt.answer("id = ec2.describe_volumes.all{filters={['tag:Name']='app20-web-1'}}[1].volume_id");
    let made = prompt.answer("ec2.create_tags{resources={id}, tags={Name=hostile, [hostile:sub(1, 20)]='key'}}");
    assert!(!made.contains("error"), "{made}");
    for line in [
        "ec2.describe_volumes.all()",
        "ec2.describe_volumes.all{volume_ids={id}}",
        "ec2.describe_volumes{volume_ids={id}}",
        "ec2.describe_volumes.all{volume_ids={id}}[1].tags",
        "ec2.describe_volumes.all{volume_ids={id}}[1].tags.Name",
        "report.print(ec2.describe_volumes.all{volume_ids={id}}, {columns={'tags', 'name'}})",
        "report.print({1}, {title=hostile})",
        "report.print({{[hostile]=1}})",
        "report.print({{a={b={[hostile]=hostile}}, c={[hostile]=hostile}}})",
        "{[hostile]=hostile}",
        "{a={[hostile]=hostile}}",
        "hostile",
        "setmetatable({}, {__tostring=function() return hostile end})",
        "ec2.describe_volumes{volume_ids={hostile}}",
        "select(2, pcall(ec2.describe_volumes, {volume_ids={hostile}}))",
        "error(hostile)",
        "error{message=hostile}",
        "help(hostile)",
        "help('*' .. hostile .. '*')",
        "help('ec2.run_instances.' .. hostile)",
    ] {
        is_harmless(line, &prompt.answer(line));
    }
}

#[test]
fn control_characters_in_results_are_not_sent_to_the_pager() {
    let pager = |shell: Shell| shell.env("MOONFLEET_PAGER", "cat");
    let mut prompt = Prompt::with(80, 10, pager, &[]);
    prompt.answer(HOSTILE);
    prompt.answer("rows = {} for n = 1, 20 do rows[n] = {name=hostile, n=n} end");
    for line in ["rows", "hostile .. ('\\n'):rep(20)", "{rows=rows}"] {
        is_harmless(line, &prompt.answer(line));
    }
    for format in ["json", "csv", "md"] {
        let mut prompt = Prompt::with(80, 10, pager, &["--output", format]);
        prompt.answer(HOSTILE);
        let screen = prompt.answer("{{name=hostile}}");
        assert!(!screen.contains(|c: char| c.is_control() && c != '\n'), "{format}: {screen:?}");
    }
}
