//! The prompt in a terminal of its own, driven as a person drives it.

#![cfg(unix)]

mod support;

use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use support::Shell;
use support::server::{Reply, Server};
use tempfile::TempDir;

const PROMPT: &str = "sandbox eu-central-1> ";
const UP: &str = "\x1b[A";
const RIGHT: &str = "\x1b[C";
/// Typed behind a Tab: when it comes back, the Tab has been answered.
const END: &str = "@";

struct Terminal {
    session: PtySession,
    home: TempDir,
    prompt: &'static str,
}

impl Terminal {
    /// A prompt without colours: it is not written again with each key.
    fn start(shell: Shell) -> Self {
        Self::open(shell.sandbox().env("NO_COLOR", "1"), PROMPT)
    }

    /// No line that is typed here goes on in the next one.
    fn wide() -> Self {
        let mut terminal = Self::start(Shell::new());
        terminal.resize(50, 200);
        terminal.tell("");
        terminal
    }

    fn of_script(script: &str) -> Self {
        let shell = Shell::new().sandbox().file("script.lua", script).arg("script.lua");
        Self::open(shell.env("NO_COLOR", "1"), PROMPT)
    }

    fn open(shell: Shell, prompt: &'static str) -> Self {
        let (command, home) = shell.env("TERM", "xterm").into_command();
        let session = spawn_command(command, Some(60_000)).expect("a pseudo-terminal");
        let mut terminal = Terminal { session, home, prompt };
        terminal.sees(prompt);
        terminal
    }

    #[track_caller]
    fn sees(&mut self, text: &str) -> String {
        self.session.exp_string(text).unwrap_or_else(|e| panic!("{text:?} does not come: {e}"))
    }

    fn types(&mut self, text: &str) {
        self.session.send(text).expect("a terminal that takes keys");
        self.session.flush().expect("a terminal that takes keys");
    }

    fn presses(&mut self, key: char) {
        self.session.send_control(key).expect("a terminal that takes keys");
    }

    /// Types a line; gives what came between it and the next prompt.
    #[track_caller]
    fn tell(&mut self, line: &str) -> String {
        self.types(&format!("{line}\r"));
        self.answer()
    }

    #[track_caller]
    fn answer(&mut self) -> String {
        // The editor leaves the terminal to the program with this.
        self.sees("\x1b[?2004l");
        let prompt = self.prompt;
        let answer = self.sees(prompt);
        let answer = answer.split("\x1b[?2004h").next().unwrap_or_default().replace('\r', "");
        answer.strip_prefix('\n').unwrap_or(&answer).to_owned()
    }

    #[track_caller]
    fn shows(&mut self, line: &str, answer: &str) {
        assert_eq!(self.tell(line), answer, "after {line}");
    }

    #[track_caller]
    fn says(&mut self, line: &str, part: &str) {
        let answer = self.tell(line);
        assert!(answer.contains(part), "after {line}: {answer:?}");
    }

    /// What Tab lists after a text, and what the line has become. The line is not evaluated.
    #[track_caller]
    fn tab(&mut self, text: &str) -> (String, String) {
        self.types(&format!("{text}\t{END}"));
        let sent = self.sees(END);
        self.presses('c');
        let prompt = self.prompt;
        self.sees(prompt);
        assert!(harmless(&sent), "after {text}: {sent:?}");
        let line = sent.rsplit_once(prompt).map_or(&*sent, |(_, line)| line);
        // The editor rings where it has no answer, or more than one.
        let listed = sent.split_once('\x07').and_then(|(_, rest)| Some(rest.rsplit_once(prompt)?.0));
        (plain(listed.unwrap_or_default()), plain(line))
    }

    #[track_caller]
    fn lists(&mut self, text: &str, parts: &[&str]) {
        let (listed, line) = self.tab(text);
        let missing: Vec<_> = parts.iter().filter(|part| !listed.contains(**part)).collect();
        assert!(missing.is_empty(), "Tab after {text} lists no {missing:?}: {listed}\n{line}");
    }

    #[track_caller]
    fn becomes(&mut self, text: &str, line: &str) {
        let (listed, becomes) = self.tab(text);
        assert_eq!(becomes, line, "Tab after {text}: {listed}");
    }

    fn resize(&mut self, rows: u16, columns: u16) {
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let master = self.session.process().get_file_handle().expect("the terminal's other side");
        // SAFETY: one structure that lives as long as the call.
        assert_eq!(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }, 0);
    }

    #[track_caller]
    fn ends(mut self) -> (i32, TempDir) {
        self.session.exp_eof().expect("it ends");
        match self.session.process().wait() {
            Ok(WaitStatus::Exited(_, code)) => (code, self.home),
            other => panic!("it ended otherwise: {other:?}"),
        }
    }
}

/// Without what the editor moves the cursor with.
fn plain(sent: &str) -> String {
    let mut text = String::new();
    let mut rest = sent;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        text += before;
        rest = after.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest);
    }
    (text + rest).replace(['\r', '\x07'], "")
}

/// Whether nothing is sent but text, lines and the editor's own moves of the cursor.
fn harmless(sent: &str) -> bool {
    // It is read byte by byte.
    let bytes: Vec<u8> = sent.chars().map(|c| u8::try_from(c).expect("a byte")).collect();
    let sent = String::from_utf8(bytes).expect("text");
    let moves = sent.split("\x1b").skip(1).all(|part| {
        let rest = part.strip_prefix('[').map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
        // With the last it says that it has begun, or is done.
        rest.is_some_and(|rest| rest.starts_with(['A', 'B', 'C', 'D', 'J', 'K']) || rest.starts_with("?2026"))
    });
    moves && !sent.contains(|c: char| (c.is_control() && !"\x1b\r\n\x07".contains(c)) || "\u{202e}\u{2066}".contains(c))
}

// Typing.

#[test]
fn what_is_not_finished_goes_on_in_the_next_line() {
    let mut terminal = Terminal::start(Shell::new());
    for (lines, answer) in [
        (&["1 +", "2"][..], "3\n"),
        (&["if true then", "print('yes')", "end"], "yes\n"),
        (&["[[a", "b]]"], "a\nb\n"),
        (&["x = {", "1, 2", "}"], ""),
        (&["#x"], "2\n"),
        (&["= 6 * 7"], "42\n"),
    ] {
        let (last, first) = lines.split_last().expect("there is one");
        for line in first {
            terminal.types(&format!("{line}\r"));
            thread::sleep(Duration::from_millis(100));
        }
        terminal.shows(last, answer);
    }
    terminal.says("'abc", "unfinished string");
    terminal.says("x = = 1", "unexpected symbol");
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn a_paste_is_one_edit_and_a_block_is_one_entry_of_the_history() {
    let mut terminal = Terminal::start(Shell::new());
    let script = "local n = 20\nfunction twice(x)\n  return 2 * x\nend\nprint(twice(n) + 1)\nprint('done')";
    terminal.types(&format!("\x1b[200~{script}\x1b[201~"));
    terminal.shows("", "41\ndone\n");
    terminal.shows("n", "20\n");
    terminal.types(&format!("{UP}{UP}"));
    terminal.shows("", "41\ndone\n");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let history = std::fs::read_to_string(home.path().join(".local/state/moonfleet/history")).expect("a history");
    assert!(history.contains("local n = 20\\nfunction twice(x)\\n  return 2 * x\\nend\\n"), "{history}");
}

#[test]
fn the_history_is_searched_suggested_and_nobody_elses() {
    let mut terminal = Terminal::start(Shell::new());
    for line in ["'first'", "'second'", "'second'", " 'hidden'", "local = 1"] {
        terminal.tell(line);
    }
    terminal.presses('r');
    terminal.types("fir");
    terminal.sees("(reverse-i-search)`fir'");
    terminal.shows("", "first\n");
    terminal.shows(".history sec", "'second'\n");
    terminal.presses('d');
    let (code, home) = terminal.ends();
    assert_eq!(code, 0);
    let history = home.path().join(".local/state/moonfleet/history");
    assert_eq!(std::fs::metadata(&history).expect("a history").permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&history).expect("a history");
    assert_eq!(text, "#V2\n'first'\n'second'\nlocal = 1\n'first'\n.history sec\n");

    // The next prompt has it, and suggests from it in colour.
    let shell = Shell::new().env("HOME", home.path()).sandbox();
    let mut terminal = Terminal::open(shell, PROMPT);
    terminal.types("'f");
    terminal.sees("\x1b[90mirst'\x1b[0m");
    terminal.types(RIGHT);
    terminal.types("\r");
    terminal.sees("\nfirst\r\n");
}

#[test]
fn a_line_is_coloured_unless_somebody_minds() {
    let mut terminal = Terminal::open(Shell::new().sandbox(), PROMPT);
    terminal.types("local x = 1 -- why");
    terminal.sees("\x1b[35mlocal\x1b[0m x = \x1b[36m1\x1b[0m \x1b[90m-- why\x1b[0m");
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("local x = 1 -- why\r");
    let typed = terminal.sees("\x1b[?2004l");
    assert!(!typed.contains("\x1b[35m"), "{typed:?}");
}

#[test]
fn another_width_is_heeded_while_a_line_is_typed() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("x = '0123456789'");
    terminal.resize(24, 30);
    terminal.sees(PROMPT);
    terminal.types(" .. 'ab'\r");
    terminal.answer();
    terminal.shows("x", "0123456789ab\n");
}

#[test]
fn what_was_printed_without_an_end_is_not_written_over() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.shows("do io.write('ab') end", "ab\n");
    terminal.shows("do io.write('ab\\n', '') end", "ab\n");
}

// Tab.

#[test]
fn tab_completes_what_the_declarations_know() {
    let mut terminal = Terminal::wide();
    for (text, parts) in [
        ("ec2.describe_in", &["describe_instances  read", "describe_internet_gateways"][..]),
        ("ec2.describe_instances.", &["all", "items", "pages"]),
        ("ec2.wait.", &["instance_running  describe_instances", "vpc_exists"]),
        ("ec2.run_instances{placement={", &["availability_zone", "tenancy"]),
        ("ec2.run_instances{placement={tenancy='", &["dedicated", "host"]),
        ("ec2.describe_instances{filters={[\"", &["instance-state-name  filter", "tag:"]),
        ("ec2.describe_instances({}, {", &["region", "retries", "timeout"]),
        ("fleet.", &["plan", "run"]),
        ("?fleet", &["fleet.plan", "fleet.run"]),
        (".t", &["timing", "types"]),
        (".output ", &["json", "table"]),
    ] {
        terminal.lists(text, parts);
    }
    for (text, line) in [
        ("ec2.describe_instance_topo", "ec2.describe_instance_topology"),
        ("ec2.run_instances{min", "ec2.run_instances{min_count = "),
        ("ec2.run_instances{placement={ten", "ec2.run_instances{placement={tenancy = "),
        ("ec2.run_instances{placement={tenancy='ded", "ec2.run_instances{placement={tenancy='dedicated'"),
        ("ec2.describe_instances{filters={[\"vpc-", "ec2.describe_instances{filters={[\"vpc-id\"] = "),
        ("fleet.pl", "fleet.plan"),
        ("?ec2.run_inst", "?ec2.run_instances"),
        (".tim", ".timing"),
        ("x = 'ec2.", "x = 'ec2."),
    ] {
        terminal.becomes(text, line);
    }
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn tab_names_what_a_call_requires_first() {
    let mut terminal = Terminal::wide();
    let (listed, line) = terminal.tab("ec2.run_instances{");
    assert_eq!(line, "ec2.run_instances{");
    let names: Vec<&str> = listed.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
    assert_eq!(names[0], "max_count", "{listed}");
    assert!(
        listed.contains("max_count  required, integer") && listed.contains("min_count  required, integer"),
        "{listed}"
    );
    assert!(!listed.contains("image_id  required"), "{listed}");
    // What is required stands in the first places, read downward.
    assert!(listed.find("min_count") < listed.find("block_device_mappings"), "{listed}");
}

#[test]
fn tab_asks_whether_somebody_wants_to_see_them_all() {
    let mut terminal = Terminal::wide();
    terminal.types("ec2.\t");
    terminal.sees("Display all 812 possibilities? (y or n)");
    terminal.types("n");
    terminal.sees(&format!("{PROMPT}ec2."));
    terminal.types("\x15");
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn tab_looks_into_what_is_there() {
    let mut terminal = Terminal::wide();
    terminal.tell("x = {alpha = 1, beta = {gamma = 2}}");
    terminal.lists("x.", &["alpha  integer", "beta  table"]);
    terminal.becomes("x.beta.", "x.beta.gamma");
    terminal.tell("local mine, x = {own = 1}, {hidden = {deep = 1}, seen = 2}");
    terminal.becomes("min", "mine");
    terminal.becomes("mine.", "mine.own");
    terminal.lists("x.", &["hidden  table", "seen  integer"]);
    terminal.becomes("x.hidden.", "x.hidden.deep");
    terminal.tell("ec2.describe_instances{max_results=5}");
    terminal.becomes("_.reserv", "_.reservations");
    terminal.lists("_.reservations[1].instances[1].", &["instance_id", "tags"]);
    assert_eq!(terminal.tab("x.nothing_"), (String::new(), "x.nothing_".to_owned()));
}

/// What the first Tab has asked for is there a little later.
fn asked(terminal: &mut Terminal, text: &str) {
    terminal.tab(text);
    thread::sleep(Duration::from_secs(1));
}

#[test]
fn the_second_tab_knows_what_is_in_the_account() {
    let mut terminal = Terminal::wide();
    let told = terminal.tell("ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1].instance_id");
    let id = told.trim();
    let stop = "ec2.stop_instances{instance_ids={\"";
    terminal.becomes(&format!("{stop}app20-web-1"), &format!("{stop}app20-web-1"));
    asked(&mut terminal, stop);
    terminal.lists(stop, &[&format!("{id}  app20-web-1")]);
    terminal.becomes(&format!("{stop}{}", &id[..id.len() - 1]), &format!("{stop}{id}\""));
    terminal.becomes(&format!("{stop}app20-web-1"), &format!("{stop}{id}\""));
    // A name that several begin with is not taken for an id's beginning.
    terminal.becomes(&format!("{stop}a"), &format!("{stop}a"));
    let tagged = "ec2.describe_instances{filters={[\"tag:App\"] = \"";
    asked(&mut terminal, tagged);
    terminal.lists(tagged, &["App20", "App10"]);
    terminal.becomes(&format!("{tagged}App2"), &format!("{tagged}App20\""));
    asked(&mut terminal, ".profile ");
    terminal.becomes(".profile stag", ".profile staging");
    let key = "ec2.describe_instances{filters={[\"tag:Ap";
    terminal.becomes(key, &format!("{key}p\"] = "));
}

#[test]
fn nothing_that_others_wrote_acts_through_a_completion() {
    let mut terminal = Terminal::wide();
    terminal.tell(r#"hostile = "hx\27[31mb\27]52;c;cm0gLXJm\7c\rd\u{9b}2Je\u{202e}f\u{2066}g""#);
    terminal.tell("id = ec2.describe_volumes.all()[1].volume_id");
    terminal.tell("ec2.create_tags{resources={id}, tags={Name=hostile, App=hostile, [hostile]='key'}}");
    terminal.tell("t = {[hostile]=1, other=2}");
    let tagged = "ec2.describe_volumes{filters={['tag:App']='";
    asked(&mut terminal, tagged);
    let volumes = "ec2.delete_volume{volume_id='";
    asked(&mut terminal, volumes);
    // `tab` looks at all that is sent; here is that something was.
    for text in [tagged, "ec2.create_tags{tags={", "t.", volumes] {
        terminal.lists(text, &["52;c;cm0gLXJm"]);
    }
    let (_, line) = terminal.tab(&format!("{tagged}hx"));
    assert!(line.contains(r"hx\x1B[31mb\x1B]52;c;cm0gLXJm\x07c\rd"), "{line:?}");
}

// Lines.

#[test]
fn a_local_outlives_its_line_and_no_block() {
    let mut terminal = Terminal::start(Shell::new());
    for (line, answer) in [
        ("local x, y <const> = 1, 2", ""),
        ("x + y", "3\n"),
        ("do local x = 10 end print(x)", "1\n"),
        ("local function add(n) x = x + n return x end", ""),
        ("add(5)", "6\n"),
        ("local x = x * 2", ""),
        ("add(0)", "12\n"),
        ("rawget(_G, 'x')", "nil\n"),
        ("local time = time.seconds and 'mine' or 'none'", ""),
        ("local z", ""),
        ("z = 3", ""),
        ("rawget(_G, 'z')", "nil\n"),
        ("g = 4", ""),
        ("rawget(_G, 'g')", "4\n"),
        ("for i = 1, 2 do local w = i end print(w)", "nil\n"),
    ] {
        terminal.shows(line, answer);
    }
}

#[test]
fn a_session_is_saved_as_a_script_that_runs() {
    let mut terminal = Terminal::start(Shell::new());
    for line in ["local x = 20", "x + 1", "error('no')", "local x = x + 2", ".region us-east-1"] {
        terminal.prompt = "> ";
        terminal.tell(line);
    }
    terminal.says("print(x, aws.region, #list.keys({}))", "us-east-1");
    terminal.says(".save saved.lua", "saved.lua: 5 lines");
    terminal.says(".save no/such/folder.lua", "no/such");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let script = std::fs::read_to_string(home.path().join("saved.lua")).expect("it was saved");
    let wanted = "local list = require \"list\"\nlocal x = 20\n_ = x + 1\nx = x + 2\naws.use(aws.session{region = \"us-east-1\"})\n\
                  print(x, aws.region, #list.keys({}))\n";
    assert_eq!(script, wanted);
    Shell::new().sandbox().script(&script).code(0).printed("22\tus-east-1\t0\n");
}

// Commands.

#[test]
fn commands_are_found_by_their_beginning() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.says(".help", ".watch TIME EXPR");
    terminal.says(".tim", "timing is on");
    terminal.says("1 + 1", " s, 0 requests\n");
    terminal.says("#ec2.describe_vpcs().vpcs", " s, 1 request\n");
    terminal.says(".timing off", "timing is off");
    terminal.says(".r", ".r could be .region, .role, .run");
    terminal.says(".regoin", "did you mean .region?");
    terminal.says(".load", ".load FILE");
    terminal.shows(".output", "table\n");
    terminal.says(".output jsn", "table, json");
    terminal.shows(".output json", "");
    terminal.shows("{a = 1}", "{\n  \"a\": 1\n}\n");
    terminal.shows(".out table", "");
    terminal.says("?ec2.run_instances", "max_count");
    terminal.says("sts.get_caller_identity?", "sts.get_caller_identity\n");
    terminal.says("ec2.run_instances?", "max_count");
    terminal.says("?*vpc*", "create_vpc");
    terminal.says("?nothing_like_it", "there is no help on");
    terminal.shows("!printf 'a\\nb\\n'", "a\nb\n");
    terminal.shows("!exit 3", "exit status: 3\n");
    terminal.presses('d');
    terminal.ends();
}

#[test]
fn the_prompt_says_who_calls_and_where() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.prompt = "> ";
    terminal.shows(".region", "eu-central-1\n");
    terminal.says(".region frankfurt", "is no region's name");
    terminal.types(".region us-gov-west-1\r");
    terminal.sees("sandbox us-gov-west-1> ");
    terminal.types(".role arn:aws:iam::210987654321:role/operator\r");
    terminal.sees("210987654321 operator sandbox us-gov-west-1> ");
    terminal.shows(".role", "arn:aws:iam::210987654321:role/operator\n");
    terminal.says(".role operator", "is no role's ARN");
    terminal.says(".profile stagin", "did you mean staging?");
    terminal.types(".profile staging\r");
    terminal.sees("\x1b[Kstaging sandbox us-gov-west-1> ");
    terminal.types("aws.use(aws.session{region='eu-west-1'})\r");
    terminal.sees("staging sandbox eu-west-1> ");
    terminal.shows("sts.get_caller_identity().account", "210987654321\n");
    // By now it has had the time to learn the account's name.
    thread::sleep(Duration::from_secs(1));
    terminal.types("1\r");
    terminal.sees("staging moonfleet-staging sandbox eu-west-1> ");
    Terminal::open(Shell::new().sandbox().arg("--read-only").env("NO_COLOR", "1"), "read-only sandbox eu-central-1> ");
}

#[test]
fn results_have_names_whatever_comes_between() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.shows("'first'", "first\n");
    terminal.says(".timing", "timing is on");
    terminal.tell(".timing off");
    terminal.shows("local x = 'kept'", "");
    terminal.tell("error('no')");
    terminal.shows("x .. _", "keptfirst\n");
    terminal.shows("_, _1", "keptfirst\nfirst\n");
}

#[test]
fn the_pager_has_the_keys_and_then_the_prompt_has_them() {
    let pager = "sh -c 'cat > paged; echo WAITS; read key < /dev/tty; echo \"the key was $key\"'";
    let mut terminal = Terminal::start(Shell::new().env("PAGER", pager));
    terminal.resize(10, 100);
    terminal.tell("");
    for line in ["('line\\n'):rep(30)", "?ec2"] {
        terminal.types(&format!("{line}\r"));
        terminal.sees("WAITS");
        terminal.types("q\r");
        terminal.sees("the key was q");
        terminal.sees(PROMPT);
        terminal.shows("1 + 1", "2\n");
    }
    terminal.becomes("ec2.describe_instance_topo", "ec2.describe_instance_topology");
    let paged = std::fs::read_to_string(terminal.home.path().join("paged")).expect("the pager has had it");
    assert!(paged.contains("811 operations"), "{paged}");
}

#[test]
fn blocks_come_from_files_and_from_editors() {
    let shell = Shell::new().file("lib.lua", "local hidden = 1 function loaded() return 'loaded' end");
    let shell = shell.file("edit.sh", "cat $1 > before; echo '6 * 7' > $1").env("EDITOR", "sh edit.sh");
    let mut terminal = Terminal::start(shell);
    terminal.shows(".load lib.lua", "");
    terminal.shows("loaded(), hidden", "loaded\nnil\n");
    terminal.shows(".edit", "6 * 7\n42\n");
    terminal.says(".load no.lua", "cannot read the script 'no.lua'");
    terminal.says(".run fleet-reprot", "did you mean fleet-report?");
    terminal.says(".run fleet-report --tga x", "did you mean 'tag'?");
    terminal.says(".run fleet-report --tag 'App=App20' --command uptime", "3 ok");
    terminal.says(".run 'open", "a quote is not closed");
    terminal.says(".types stubs", "stubs: ");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let before = std::fs::read_to_string(home.path().join("before")).expect("the editor has had it");
    assert_eq!(before, "loaded(), hidden");
}

#[test]
fn it_watches_until_somebody_has_seen_enough() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.tell("n = 0 function count() n = n + 1 return 'seen ' .. n end");
    terminal.types(".watch 100ms count()\r");
    terminal.sees("seen 3");
    terminal.presses('c');
    terminal.sees("interrupted");
    terminal.sees(PROMPT);
    terminal.says(".watch", ".watch TIME EXPR");
}

#[test]
fn what_is_contained_starts_nothing_and_writes_nothing() {
    let shell = Shell::new().arg("--contain").env("EDITOR", "touch");
    let mut terminal = Terminal::start(shell);
    for line in ["!touch made", ".edit", ".save made", ".types made"] {
        terminal.says(line, "the run is --contain");
    }
    assert!(!terminal.home.path().join("made").exists());
}

// Starting.

#[test]
fn its_start_up_file_runs_and_may_fail() {
    let file = ".config/moonfleet/init.lua";
    let mut terminal = Terminal::start(Shell::new().file(file, "function hi() return 'hi there' end\nerror('broken')"));
    terminal.shows("hi()", "hi there\n");
    let shell = Shell::new().sandbox().env("NO_COLOR", "1").env("TERM", "xterm").file(file, "error('broken')");
    let (command, _home) = shell.into_command();
    let mut session = spawn_command(command, Some(60_000)).expect("a pseudo-terminal");
    session.exp_string("init.lua:1: broken").expect("it says what is wrong");
    session.exp_string(PROMPT).expect("and goes on");
    Shell::new().file(file, "print('never')").arg("-e").arg("print(1)").run().code(0).printed("1\n");
}

#[test]
fn the_first_prompt_comes_at_once() {
    // `cargo bench --bench prompt` measures it. Unoptimised, beside other tests, and seen by somebody
    // who looks ten times a second, it is still far from what a person waits for.
    let start = |_| {
        let began = Instant::now();
        Terminal::start(Shell::new());
        began.elapsed()
    };
    let fastest = (0..5).map(start).min().expect("some starts");
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}

#[test]
fn nothing_is_asked_before_somebody_asks() {
    let server = Server::always(Reply::xml("<r/>"));
    let mut terminal = Terminal::open(Shell::new().endpoint(&server.url).env("NO_COLOR", "1"), "eu-central-1> ");
    terminal.shows("1 + 1", "2\n");
    thread::sleep(Duration::from_millis(300));
    server.saw_nothing();
}

// Ctrl-C.

#[test]
fn ctrl_c_ends_a_line_and_keeps_all_else() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.tell("state = 'kept'");
    for line in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "function spin() while true do pcall(coroutine.wrap(spin)) end end",
        "coroutine.wrap(function() coroutine.wrap(spin)() end)()",
        "task.map({1, 2, 3}, function() task.sleep(100) end)",
        "task.map({1, 2, 3}, function() while true do end end)",
        "pcall(task.sleep, 100) task.sleep(100)",
        "!sleep 100",
    ] {
        terminal.types(&format!("{line}\r"));
        if line.starts_with("function") {
            terminal.answer();
            continue;
        }
        terminal.sees("\x1b[?2004l");
        thread::sleep(Duration::from_millis(400));
        terminal.presses('c');
        terminal.sees(if line.starts_with('!') { "signal: 2" } else { "interrupted" });
        terminal.sees(PROMPT);
        terminal.shows("state", "kept\n");
    }
    terminal.types("error('never evaluated'");
    terminal.presses('c');
    terminal.sees(PROMPT);
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn ctrl_c_ends_a_call_that_nobody_answers() {
    let left = Arc::new(AtomicUsize::new(0));
    let server = Server::always(Reply::Silence(left.clone()));
    let mut terminal = Terminal::open(Shell::new().endpoint(&server.url).env("NO_COLOR", "1"), "eu-central-1> ");
    terminal.types("ec2.describe_vpcs()\r");
    terminal.sees("\x1b[?2004l");
    while server.requests().is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    terminal.presses('c');
    terminal.sees("interrupted");
    terminal.sees("eu-central-1> ");
    terminal.shows("1 + 1", "2\n");
    assert!(left.load(Ordering::SeqCst) >= 1, "the request goes on");
}

#[test]
fn a_second_ctrl_c_ends_what_listens_to_nothing() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.tell("a = string.rep('a', 60)");
    terminal.types("string.find(a, string.rep('a-', 60) .. 'b')\r");
    terminal.sees("\x1b[?2004l");
    thread::sleep(Duration::from_millis(500));
    terminal.presses('c');
    thread::sleep(Duration::from_millis(500));
    terminal.presses('c');
    assert_eq!(terminal.ends().0, 130);
}

#[test]
fn a_line_has_its_time() {
    let mut terminal = Terminal::start(Shell::new().args(["--timeout", "500ms"]));
    terminal.says("while true do end", "the line was not done within 500ms");
    terminal.says("task.sleep(100)", "the line was not done within 500ms");
    thread::sleep(Duration::from_millis(700));
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn ctrl_d_leaves_an_empty_line_only() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("1 + 1");
    terminal.presses('d');
    terminal.shows("", "2\n");
    terminal.presses('d');
    assert_eq!(terminal.ends().0, 0);
}

// In a script.

#[test]
fn a_script_can_stop_and_show_its_variables() {
    let script = "local up = 10\n\
                  local function work(a)\n\
                    local b = a * 2\n\
                    do local b = 3 end\n\
                    for i = 1, 1 do\n\
                      local c = i + up\n\
                      repl()\n\
                      print('after', a, b, c, up, new)\n\
                    end\n\
                    return 'done'\n\
                  end\n\
                  print(work(4))";
    let mut terminal = Terminal::of_script(script);
    terminal.shows("a, b, c, i, up", "4\n8\n11\n1\n10\n");
    terminal.shows("b, up = 100, 20 new = 'n'", "");
    terminal.shows("local mine = c + 1", "");
    terminal.shows("mine, rawget(_G, 'b')", "12\nnil\n");
    for line in ["while true do end", "task.sleep(100)"] {
        terminal.types(&format!("{line}\r"));
        terminal.sees("\x1b[?2004l");
        thread::sleep(Duration::from_millis(400));
        terminal.presses('c');
        terminal.sees("interrupted");
        terminal.sees(PROMPT);
    }
    terminal.shows("a", "4\n");
    terminal.presses('d');
    terminal.sees("after\t4\t100\t11\t20\tn\r\ndone\r\n");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn a_script_without_a_terminal_cannot_stop_to_ask() {
    Shell::new().sandbox().script("print(1) repl() print(2)").code(1).says("repl: there is no terminal").printed("1\n");
}

#[test]
fn nobody_looks_into_the_programs_own_functions() {
    let script = "pcall(repl) return repl()";
    let mut terminal = Terminal::of_script(script);
    terminal.shows("fn, host, getmetatable(_ENV)", "nil\nnil\nfalse\n");
    terminal.types("x = 1\r");
    terminal.answer();
    terminal.presses('d');
    terminal.sees(PROMPT);
    terminal.shows("x", "1\n");
}

// An hour.

#[test]
fn five_thousand_lines_leave_nothing_behind() {
    if !std::path::Path::new("/proc/self/statm").exists() {
        support::skipped("this system has no /proc");
        return;
    }
    let mut terminal = Terminal::start(Shell::new());
    let mut before = None;
    for at in 0..5_000 / BATCH {
        // As somebody who types ahead: reading after each line would take far longer than all of them.
        let lines = (0..BATCH).map(|line| match line % 4 {
            0 => format!("local x = {{{at}}}\r"),
            1 => format!("#x + {line}\r"),
            2 => format!("nothing.at_all_{at}\r"),
            _ => format!("#ec2.describe_vpcs().vpcs + {line}\r"),
        });
        let lines: String = lines.collect();
        terminal.types(&format!("{lines}print('batch', {at} + 0)\r"));
        terminal.sees(&format!("batch\t{at}\r\n"));
        terminal.sees(PROMPT);
        if !((at + 1) * BATCH).is_multiple_of(1_000) {
            continue;
        }
        terminal.tell("collectgarbage()");
        let told = terminal.tell("io.open('/proc/self/statm'):read('l')");
        let pages: usize = told.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
        // The history and the lines that could be saved are texts.
        let before = *before.get_or_insert(pages);
        assert!(pages < before + 2_000, "{before} pages have become {pages}");
    }
}

const BATCH: usize = 20;
