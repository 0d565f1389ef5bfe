//! The page of the scripts, off their headers.

use super::{escaped, page};
use crate::library_files::files;
use crate::script::{HeaderFacts, facts};

pub(super) fn page_of_all() -> String {
    let mut text = page("Scripts");
    text += "\nThe automations of the library, which `moonfleet run NAME` runs. `moonfleet scripts WORDS` searches \
             them; `moonfleet help NAME` tells the same as this page, and shows what the example prints.\n";
    for name in files().script_names() {
        let source = files().script(&name).unwrap_or_default();
        // What is wrong with a header is for the tests of the scripts to say.
        if let Ok(Some(facts)) = facts(&source) {
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
