//! `repl()` inside a script.

use crate::prompt::*;
use crate::support::Shell;

#[test]
fn repl_pauses_a_script_and_gives_access_to_its_variables() {
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
        terminal.begins(line);
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
fn repl_without_a_terminal_is_an_error() {
    Shell::new().sandbox().script("print(1) repl() print(2)").code(1).says("repl: there is no terminal").printed("1\n");
}

#[test]
fn repl_gives_no_access_to_the_programs_own_functions() {
    let script = "pcall(repl) return repl()";
    let mut terminal = Terminal::of_script(script);
    terminal.shows("fn, host, getmetatable(_ENV)", "nil\nnil\nfalse\n");
    terminal.types("x = 1\r");
    terminal.answer();
    terminal.presses('d');
    terminal.sees(PROMPT);
    terminal.shows("x", "1\n");
}
