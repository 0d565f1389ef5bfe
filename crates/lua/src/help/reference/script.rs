//! The page of the scripts, from their headers.

use super::{escaped, page};
use crate::library_files::files;
use crate::script::{HeaderFacts, read_header};

pub(super) fn page_of_all() -> String {
    let mut text = page("Scripts");
    text += "\nThe scripts of the library. `moonfleet run NAME` runs one, `moonfleet scripts WORDS` searches them, \
             `moonfleet help NAME` shows the text of this page and the output of the example.\n";
    for name in files().script_names() {
        let source = files().script(&name).unwrap_or_default();
        // The tests of the scripts report wrong headers.
        if let Ok(Some(facts)) = read_header(&source, None) {
            text += &section(&name, &facts);
        }
    }
    text
}

fn section(name: &str, facts: &HeaderFacts) -> String {
    let mut text = format!("\n### {name}\n\n{} · {}\n", facts.risk, escaped(&facts.summary));
    if !facts.args.is_empty() {
        text.push('\n');
    }
    for argument in &facts.args {
        text += &format!("* `{}`: {}{}\n", argument.title(), escaped(&argument.help), escaped(&argument.note()));
    }
    if let Some(command) = facts.command(name) {
        text += &format!("\nFor example: `{command}`\n");
    }
    text
}
