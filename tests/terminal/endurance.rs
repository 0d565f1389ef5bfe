//! A session with thousands of lines.

use crate::prompt::*;
use crate::support::Shell;

#[test]
fn five_thousand_lines_do_not_leak_memory() {
    if !std::path::Path::new("/proc/self/statm").exists() {
        crate::support::skipped("this system has no /proc");
        return;
    }
    let mut terminal = Terminal::start(Shell::new());
    let mut before = None;
    for at in 0..5_000 / BATCH {
        // Types ahead: waiting for the output of each line would take much longer.
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
        let output = terminal.run("io.open('/proc/self/statm'):read('l')");
        let pages: usize = output.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
        // The history and the lines for .save need some memory.
        let before = *before.get_or_insert(pages);
        assert!(pages < before + 2_000, "{before} pages have become {pages}");
    }
}

const BATCH: usize = 20;
