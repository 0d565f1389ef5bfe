//! Runs the scripts of the cookbook for services that the sandbox does not simulate, on moto, and compares their output.
//!
//! `INSTA_UPDATE=always cargo test --test wire cookbook` writes the output into the page.

use std::fs;

use crate::markdown::Page;
use crate::moto::moto;
use crate::shown::compare;
use crate::support::repository;

/// Fills the account that the scripts look at.
const ACCOUNT: &str = include_str!("cookbook.lua");

#[test]
fn scripts_for_more_services_print_the_output_of_the_page() {
    let Some(moto) = moto() else { return };
    let shell = || moto.shell().file(".config/moonfleet/settings.toml", "protect_tag = ''").arg("--yes");
    shell().script(ACCOUNT).code(0);
    let page = Page::read(&repository().join("docs/cookbook-services.md"));
    let (mut scripts, mut wrong, mut written) = (0, Vec::new(), page.text.clone());
    for pair in page.blocks.windows(2) {
        let [script, output] = pair else { continue };
        if (&*script.language, &*script.name, &*output.language) != ("lua", "moto", "output") {
            continue;
        }
        scripts += 1;
        let ran = shell().script(&script.text).code(0);
        if let Err(difference) = compare(&output.text, &ran.stdout) {
            wrong.push(format!("line {}: {difference}", script.line));
            let block_of = |text: &str| format!("{}```\n\n```output\n{}\n```\n", script.text, text.trim_end());
            let shown = block_of(&output.text).replace("```output\n\n```", "```output\n```");
            written = written.replacen(&shown, &block_of(&ran.stdout), 1);
        }
    }
    assert_eq!(scripts, 10);
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        fs::write(&page.file, written).expect("the page can be written");
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
