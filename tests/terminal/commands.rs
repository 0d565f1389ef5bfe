//! The prompt's commands.

use crate::prompt::*;
use crate::support::{Shell, wait_until};

#[test]
fn commands_can_be_abbreviated() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.says(".help", ".watch TIME EXPR");
    terminal.says(".tim", "timing is on");
    terminal.says("1 + 1", " s, 0 requests\n");
    terminal.says("#ec2.describe_vpcs().vpcs", " s, 1 request\n");
    terminal.says(".timing off", "timing is off");
    terminal.says(".r", ".r is ambiguous: .region, .role, .run");
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
fn an_unknown_profile_without_others_is_explained() {
    let mut terminal = Terminal::open(Shell::new().credentials().env("NO_COLOR", "1"), "> ");
    terminal.says(".profile staging", "there is no profile 'staging'; the shared configuration has none\n");
    terminal.presses('d');
    terminal.ends();
}

#[test]
fn the_prompt_shows_profile_account_role_and_region() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.prompt = "> ";
    terminal.shows(".region", "eu-central-1\n");
    terminal.says(".region frankfurt", "is not the name of a region");
    terminal.types(".region us-gov-west-1\r");
    terminal.sees("sandbox us-gov-west-1> ");
    terminal.types(".role arn:aws:iam::210987654321:role/operator\r");
    terminal.sees("210987654321 operator sandbox us-gov-west-1> ");
    terminal.shows(".role", "arn:aws:iam::210987654321:role/operator\n");
    terminal.says(".role operator", "is not the ARN of a role");
    terminal.says(".profile stagin", "did you mean staging?");
    terminal.types(".profile staging\r");
    terminal.sees("\x1b[Kstaging sandbox us-gov-west-1> ");
    terminal.types("aws.use(aws.session{region='eu-west-1'})\r");
    terminal.sees("staging sandbox eu-west-1> ");
    terminal.shows("sts.get_caller_identity().account", "210987654321\n");
    // The alias of the account is fetched in the background, and appears in a later prompt.
    wait_until("the alias of the account does not appear", || {
        terminal.types("1\r");
        terminal.sees("staging sandbox eu-west-1> ").ends_with("staging moonfleet-")
    });
    Terminal::open(Shell::new().sandbox().arg("--read-only").env("NO_COLOR", "1"), "read-only sandbox eu-central-1> ");
}

#[test]
fn commands_between_lines_do_not_change_the_last_result() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.shows("'first'", "first\n");
    terminal.says(".timing", "timing is on");
    terminal.run(".timing off");
    terminal.shows("local x = 'kept'", "");
    terminal.run("error('no')");
    terminal.shows("x .. _", "keptfirst\n");
    terminal.shows("_, _1", "keptfirst\nfirst\n");
}

#[test]
fn the_pager_receives_keys_until_it_ends() {
    let pager = "sh -c 'cat > paged; echo WAITS; read key < /dev/tty; echo \"the key was $key\"'";
    let mut terminal = Terminal::start(Shell::new().env("PAGER", pager));
    terminal.resize(10, 100);
    terminal.run("");
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
fn load_and_edit_run_blocks() {
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
    terminal.says(".run 'open", "unclosed quote");
    terminal.says(".types stubs", "stubs: ");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let before = std::fs::read_to_string(home.path().join("before")).expect("the editor has had it");
    assert_eq!(before, "loaded(), hidden");
}

#[test]
fn watch_repeats_until_ctrl_c() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.run("n = 0 function count() n = n + 1 return 'seen ' .. n end");
    terminal.types(".watch 100ms count()\r");
    terminal.sees("seen 3");
    terminal.presses('c');
    terminal.sees("interrupted");
    terminal.sees(PROMPT);
    terminal.says(".watch", ".watch TIME EXPR");
}

#[test]
fn contain_forbids_commands_that_start_programs_or_write_files() {
    let shell = Shell::new().arg("--contain").env("EDITOR", "touch");
    let mut terminal = Terminal::start(shell);
    for line in ["!touch made", ".edit", ".save made", ".types made"] {
        terminal.says(line, "the run is --contain");
    }
    assert!(!terminal.home.path().join("made").exists());
}
