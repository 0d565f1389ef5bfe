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
    assert!(paged.contains("830 operations"), "{paged}");
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
    terminal.says(".types rds", "with the services ");
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

const TAG_A_VPC: &str = "ec2.create_tags{resources={ec2.describe_vpcs().vpcs[1].vpc_id}, tags={Reviewed='yes'}}";

#[test]
fn a_script_is_not_blamed_for_earlier_lines() {
    for shell in [Shell::new(), Shell::new().arg("--contain")] {
        let mut terminal = Terminal::start(shell);
        terminal.run(TAG_A_VPC);
        terminal.says(".run ec2-list-instances --tags App=App20", "app20-web");
        // Nor is a line blamed for a script.
        terminal.run(TAG_A_VPC);
        terminal.says("#ec2.describe_tags.all{filters={key='Reviewed'}}", "1\n");
    }
}

#[test]
fn a_script_that_changes_before_its_header_is_refused() {
    let early =
        format!("{TAG_A_VPC} local header = script {{ summary = 'x', risk = 'read', run = print }} return header");
    let mut terminal = Terminal::start(Shell::new().file("early.lua", &early));
    terminal.says(".run early.lua", "not started: the script declares risk = \"read\", but this run has already made");
}

#[test]
fn the_limit_of_changed_resources_counts_each_line() {
    let mut terminal = Terminal::start(Shell::new().arg("--max-targets").arg("1"));
    terminal.run("volumes = ec2.describe_volumes().volumes");
    terminal.run("function mark(n) ec2.create_tags{resources={volumes[n].volume_id}, tags={Reviewed='yes'}} end");
    terminal.run("mark(1)");
    terminal.run("mark(2)");
    terminal.says("#ec2.describe_tags.all{filters={key='Reviewed'}}", "2\n");
    terminal.says("mark(3) mark(4)", "the call changes 1 resource, after 1 in this run; the limit (max_targets) is 1");
}

#[test]
fn the_exit_code_is_that_of_the_last_line() {
    let incomplete =
        "sweep.regions({'eu-west-1', 'nowhere-1'}, function(session) return session.ec2.describe_vpcs() end)";
    for (lines, code) in [(vec![incomplete, "1"], 0), (vec!["1", incomplete], 3)] {
        let mut terminal = Terminal::start(Shell::new());
        for line in lines {
            terminal.run(line);
        }
        terminal.presses('d');
        assert_eq!(terminal.ends().0, code);
    }
}

#[test]
fn a_script_does_not_find_the_modules_of_an_earlier_one() {
    let shell = Shell::new().file("other/beside.lua", "return 'beside'").file("first.lua", "print((require 'below'))");
    let shell = shell.file("other/first.lua", "print((require 'beside'))").file("other/below.lua", "return 'below'");
    let mut terminal = Terminal::start(shell);
    terminal.shows(".run other/first.lua", "beside\n");
    terminal.says(".run ec2-list-instances --tags App=App20", "app20-web");
    terminal.says("require 'below'", "module 'below' not found");
}
