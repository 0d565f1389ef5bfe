//! Completion with Tab.

use crate::prompt::*;
use crate::support::wait_until;

#[test]
fn tab_completes_names_from_declarations() {
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
fn tab_lists_required_parameters_first() {
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
    // Required parameters are the first, read downward.
    assert!(listed.find("min_count") < listed.find("block_device_mappings"), "{listed}");
}

#[test]
fn tab_asks_before_it_lists_many_candidates() {
    let mut terminal = Terminal::wide();
    terminal.types("ec2.\t");
    terminal.sees("Display all 831 possibilities? (y or n)");
    terminal.types("n");
    terminal.sees(&format!("{PROMPT}ec2."));
    terminal.types("\x15");
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn tab_completes_fields_of_existing_values() {
    let mut terminal = Terminal::wide();
    terminal.run("x = {alpha = 1, beta = {gamma = 2}}");
    terminal.lists("x.", &["alpha  integer", "beta  table"]);
    terminal.becomes("x.beta.", "x.beta.gamma");
    terminal.run("local mine, x = {own = 1}, {hidden = {deep = 1}, seen = 2}");
    terminal.becomes("min", "mine");
    terminal.becomes("mine.", "mine.own");
    terminal.lists("x.", &["hidden  table", "seen  integer"]);
    terminal.becomes("x.hidden.", "x.hidden.deep");
    terminal.run("ec2.describe_instances{max_results=5}");
    terminal.becomes("_.reserv", "_.reservations");
    terminal.lists("_.reservations[1].instances[1].", &["instance_id", "tags"]);
    assert_eq!(terminal.tab("x.nothing_"), (String::new(), "x.nothing_".to_owned()));
}

/// Presses Tab until the resources that the first Tab requests are listed.
#[track_caller]
fn lists_once_it_is_known(terminal: &mut Terminal, text: &str, part: &str) {
    wait_until("it is never known", || terminal.tab(text).0.contains(part));
}

#[test]
fn the_second_tab_lists_resources_of_the_account() {
    let mut terminal = Terminal::wide();
    let output = terminal.run("ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1].instance_id");
    let id = output.trim();
    let stop = "ec2.stop_instances{instance_ids={\"";
    terminal.becomes(&format!("{stop}app20-web-1"), &format!("{stop}app20-web-1"));
    lists_once_it_is_known(&mut terminal, stop, "app20-web-1");
    terminal.lists(stop, &[&format!("{id}  app20-web-1")]);
    terminal.becomes(&format!("{stop}{}", &id[..id.len() - 1]), &format!("{stop}{id}\""));
    terminal.becomes(&format!("{stop}app20-web-1"), &format!("{stop}{id}\""));
    // The beginning of several names is not replaced by the common beginning of their ids.
    terminal.becomes(&format!("{stop}a"), &format!("{stop}a"));
    let tagged = "ec2.describe_instances{filters={[\"tag:App\"] = \"";
    lists_once_it_is_known(&mut terminal, tagged, "App20");
    terminal.lists(tagged, &["App20", "App10"]);
    terminal.becomes(&format!("{tagged}App2"), &format!("{tagged}App20\""));
    lists_once_it_is_known(&mut terminal, ".profile ", "staging");
    terminal.becomes(".profile stag", ".profile staging");
    let key = "ec2.describe_instances{filters={[\"tag:Ap";
    terminal.becomes(key, &format!("{key}p\"] = "));
}

#[test]
fn control_characters_in_names_are_not_sent_by_completion() {
    let mut terminal = Terminal::wide();
    terminal.run(r#"hostile = "hx\27[31mb\27]52;c;cm0gLXJm\7c\rd\u{9b}2Je\u{202e}f\u{2066}g""#);
    terminal.run("id = ec2.describe_volumes.all()[1].volume_id");
    terminal.run("ec2.create_tags{resources={id}, tags={Name=hostile, App=hostile, [hostile]='key'}}");
    terminal.run("t = {[hostile]=1, other=2}");
    let tagged = "ec2.describe_volumes{filters={['tag:App']='";
    lists_once_it_is_known(&mut terminal, tagged, "52;c;cm0gLXJm");
    let volumes = "ec2.delete_volume{volume_id='";
    lists_once_it_is_known(&mut terminal, volumes, "52;c;cm0gLXJm");
    // `tab` checks all sent bytes; this checks that there was a list.
    for text in [tagged, "ec2.create_tags{tags={", "t.", volumes] {
        terminal.lists(text, &["52;c;cm0gLXJm"]);
    }
    let (_, line) = terminal.tab(&format!("{tagged}hx"));
    assert!(line.contains(r"hx\x1B[31mb\x1B]52;c;cm0gLXJm\x07c\rd"), "{line:?}");
}
