//! Locals of lines, and `.save`.

use crate::prompt::*;
use crate::support::Shell;

#[test]
fn a_local_outlives_its_line_but_not_its_block() {
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
fn save_writes_a_session_as_a_script() {
    let mut terminal = Terminal::start(Shell::new());
    for line in ["local x = 20", "#'four'", "x + 1", "error('no')", "local x = x + 2", ".region us-east-1"] {
        terminal.prompt = "> ";
        terminal.run(line);
    }
    terminal.says("print(x, aws.region, #list.keys({}))", "us-east-1");
    terminal.says(".save saved.lua", "saved.lua: 6 lines");
    terminal.says(".save no/such/folder.lua", "no/such");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let script = std::fs::read_to_string(home.path().join("saved.lua")).expect("it was saved");
    let wanted = "local list = require \"list\"\nlocal x = 20\n_ = #'four'\n_ = x + 1\nx = x + 2\naws.use(aws.session{region = \"us-east-1\"})\n\
                  print(x, aws.region, #list.keys({}))\n";
    assert_eq!(script, wanted);
    Shell::new().sandbox().script(&script).code(0).printed("22\tus-east-1\t0\n");
}
