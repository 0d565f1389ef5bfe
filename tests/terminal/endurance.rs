//! Thousands of lines in one session.

use crate::prompt::*;
use crate::support::Shell;

#[test]
fn five_thousand_lines_leave_nothing_behind() {
    if !std::path::Path::new("/proc/self/statm").exists() {
        crate::support::skipped("this system has no /proc");
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
        terminal.run("collectgarbage()");
        let told = terminal.run("io.open('/proc/self/statm'):read('l')");
        let pages: usize = told.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
        // The history and the lines that could be saved are texts.
        let before = *before.get_or_insert(pages);
        assert!(pages < before + 2_000, "{before} pages have become {pages}");
    }
}

const BATCH: usize = 20;
