//! The tables of scripts and commands on terminals of several widths: no id, ARN, number, time or name of a column is
//! broken, and columns that are left out are listed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use rexpect::session::spawn_command;

use crate::support::scripts::{header, names, words};
use crate::support::{Shell, binary};

const TIMEOUT: u64 = 60_000;
/// The sandbox's clock at the start, so that ages are the same in every run.
const NOW: &str = "2026-11-23T12:00:00Z";
/// The words that a screen adds to a table, beside numbers of columns and of characters that are left out.
const ADDED: [&str; 8] = ["more", "column", "columns", "--output", "json", "shows", "them", "empty"];

/// Returns what a command prints to a pipe: the complete texts.
fn piped(arguments: &[String]) -> String {
    Shell::new().args(arguments).run().stdout
}

/// Returns what a command prints to a terminal of this width.
fn on_terminal(arguments: &[String], columns: usize) -> String {
    let size = "stty cols $1 rows 50; shift; exec \"$@\" 2>/dev/null";
    let shell = Shell::program("sh").args(["-c", size, "sh", &columns.to_string()]).arg(binary()).args(arguments);
    let (command, _home) = shell.env("TERM", "xterm").env("NO_COLOR", "1").into_command();
    let mut session = spawn_command(command, Some(TIMEOUT)).expect("a pseudo-terminal");
    let sent = session.exp_eof().expect("the program ends");
    // The terminal is read byte by byte.
    let bytes: Vec<u8> = sent.chars().map(|c| u8::try_from(c).expect("a byte")).collect();
    String::from_utf8(bytes).expect("text").replace("\r\n", "\n")
}

/// Returns the words of a text, without punctuation around them and without drawings.
fn text_words(text: &str) -> BTreeSet<String> {
    let is_drawn = |word: &str| word.chars().all(|c| ('\u{2500}'..='\u{25ff}').contains(&c));
    let counted = |line: &'_ str| usize::from(line.contains(" more column"));
    let words = text.lines().flat_map(|line| line.split_whitespace().skip(counted(line)));
    let words = words.filter(|word| !is_drawn(word));
    words.map(|word| stable(word.trim_matches(|c| "(),:".contains(c)))).filter(|word| !word.is_empty()).collect()
}

/// Replaces complete times and ids of new instances, which differ between runs.
fn stable(word: &str) -> String {
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "-T:.Z".contains(c));
    match word.strip_prefix("i-") {
        Some(id) if id.len() == 17 => "(instance)".to_owned(),
        _ if digits(word) && (word.len() == 20 && word.ends_with('Z')) => "(time)".to_owned(),
        _ if digits(word) && word.len() == 8 && word.matches(':').count() == 2 => "(time)".to_owned(),
        _ => word.to_owned(),
    }
}

/// Returns the names of the columns of all tables.
fn column_names(text: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = text.lines().collect();
    let heads = lines.windows(2).filter(|pair| pair[1].starts_with("──")).map(|pair| pair[0]);
    heads.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

/// Returns the faults of a screen, given the complete output.
fn faults(screen: &str, whole: &str, columns: usize) -> Vec<String> {
    let (shown, known) = (text_words(screen), text_words(whole));
    let is_added = |word: &str| ADDED.contains(&word) || word.starts_with("…+");
    let broken = shown.iter().filter(|word| !known.contains(*word) && !is_added(word));
    let broken = broken.map(|word| format!("{word:?} is not a word of the complete output"));
    let missing = column_names(whole).into_iter().filter(|name| !shown.contains(name));
    let missing = missing.map(|name| format!("the column {name} is neither shown nor listed"));
    let is_one_word = |line: &str| line.trim_start().split(": ").last().is_some_and(|rest| !rest.contains(' '));
    let long = screen.lines().filter(|line| line.chars().count() > columns);
    let long = long.filter(|line| !line.contains(" more column") && !is_one_word(line));
    broken.chain(missing).chain(long.map(|line| format!("{line:?} is wider than the terminal"))).collect()
}

/// Returns the faults of a command at all widths.
fn check(name: &str, arguments: &[String]) -> String {
    let whole = piped(arguments);
    let faulty = [80, 120, 200].into_iter().filter_map(|columns| {
        let screen = on_terminal(arguments, columns);
        let faults = faults(&screen, &whole, columns);
        (!faults.is_empty()).then(|| format!("{name} at {columns} columns:\n{}\n\n{screen}", faults.join("\n")))
    });
    faulty.collect::<Vec<_>>().join("\n")
}

fn check_script(name: &str) -> String {
    let run = ["--sandbox", "--sandbox-now", NOW, "run", name].map(str::to_owned);
    let arguments: Vec<String> = run.into_iter().chain(words(&header(name)["example"])).collect();
    check(name, &arguments)
}

#[test]
fn tables_of_scripts_are_whole_at_every_width() {
    let (names, next) = (names(), AtomicUsize::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let own = std::iter::from_fn(|| names.get(next.fetch_add(1, Ordering::Relaxed)));
        own.map(|name| check_script(name)).collect::<String>()
    };
    let faults: String = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().expect("the thread checks scripts")).collect()
    });
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn tables_of_commands_are_whole_at_every_width() {
    let change =
        "for i in ec2.describe_instances.items{} do ec2.create_tags{resources={i.instance_id}, tags={A='b'}} end";
    let commands = [
        vec!["scripts"],
        vec!["--sandbox", "--sandbox-now", NOW, "--plan", "-e", change],
        vec!["--sandbox", "--sandbox-now", NOW, "-p", "ec2.describe_security_groups.all()"],
        vec!["--sandbox", "--sandbox-now", NOW, "-p", "iam.list_roles.all()"],
    ];
    for command in commands {
        let arguments: Vec<String> = command.into_iter().map(str::to_owned).collect();
        let faults = check(&arguments.join(" "), &arguments);
        assert!(faults.is_empty(), "{faults}");
    }
}
