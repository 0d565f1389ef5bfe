//! The reference: all help as pages of Markdown, to read, link to and search with grep.
//! `moonfleet help --write-reference FOLDER` writes all pages. `docs/reference/` contains the pages
//! of the modules and scripts; `tests/docs` writes them, and fails if they are stale.

mod module;
mod script;
mod service;

use std::fmt::Write;

use moonfleet_bindings::SERVICES;

use super::stub;

/// The command that writes all pages.
pub const COMMAND: &str = "moonfleet help --write-reference";

/// Returns all pages: their paths relative to the output folder, and their texts.
pub fn pages() -> Vec<(String, String)> {
    let services = SERVICES.iter().map(|service| (format!("{}.md", service.name), service::page_of(service)));
    pages_with(services.collect())
}

/// Returns the pages in `docs/reference/`: all except those of the services, which are long and follow from the SDK.
pub fn committed_pages() -> Vec<(String, String)> {
    pages_with(Vec::new())
}

fn pages_with(services: Vec<(String, String)>) -> Vec<(String, String)> {
    let modules = module::pages(stub::stubs());
    let index = ("README.md".to_owned(), index(&modules, !services.is_empty()));
    let modules = modules.into_iter().map(|page| (page.file, page.text));
    let scripts = ("scripts.md".to_owned(), script::page_of_all());
    std::iter::once(index).chain(services).chain(modules).chain([scripts]).collect()
}

/// Returns the start of a page.
pub fn page(title: &str) -> String {
    format!("<!-- Written by `{COMMAND}`. Do not edit. -->\n\n# {title}\n")
}

fn index(modules: &[module::ModulePage], has_service_pages: bool) -> String {
    let mut text = page("Reference");
    text += "\nThe operations, modules and scripts of the program. `help(x)` shows the same texts at the prompt, \
             `moonfleet help NAME` in a shell. The pages are generated from the declarations of the operations, \
             the comments of the modules and the headers of the scripts; a test checks that they are \
             current.\n\n## Services\n\n";
    if !has_service_pages {
        let _ = write!(
            text,
            "`moonfleet help ec2.run_instances` shows an operation, `{COMMAND} FOLDER` writes a page for each service.\n\n"
        );
    }
    for service in SERVICES.iter() {
        let name = if has_service_pages { format!("[{0}]({0}.md)", service.name) } else { service.name.to_owned() };
        let _ = writeln!(text, "* {name}: {}", service::count(service));
    }
    text += "\n## Modules\n\n";
    for page in modules {
        let _ = writeln!(text, "* [{}]({}): {}", page.name, page.file, page.summary);
    }
    text += "\n## Scripts\n\n* [All scripts of the library](scripts.md), each with its summary, risk, arguments and an \
             example.\n";
    text
}

/// Escapes a text for a line of Markdown. Code in backticks stays unchanged.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut in_code = false;
    for letter in text.chars() {
        in_code ^= letter == '`';
        if !in_code && matches!(letter, '<' | '>' | '*' | '|' | '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_pages_are_all_except_those_of_the_services() {
        let names = |pages: Vec<(String, String)>| pages.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let mut kept = names(pages());
        kept.retain(|name| !SERVICES.iter().any(|service| *name == format!("{}.md", service.name)));
        assert_eq!(names(committed_pages()), kept);
    }

    /// GitHub shows larger files as plain text.
    const MAX_BYTES: usize = 512 * 1024;

    #[test]
    fn pages_contain_every_operation_waiter_and_function() {
        let pages = pages();
        let text = |file: &str| &pages.iter().find(|(name, _)| name == file).expect("a page").1;
        for service in SERVICES.iter() {
            let page = text(&format!("{}.md", service.name));
            for operation in service.operations() {
                assert!(page.contains(&format!("\n### {}\n", operation.name)), "{}", operation.name);
            }
            for waiter in service.waiters() {
                assert!(page.contains(&format!("`{}.wait.{}`", service.name, waiter.name)), "{}", waiter.name);
            }
        }
        let all: String = pages.iter().map(|(_, text)| text.as_str()).collect();
        for function in stub::stubs().functions() {
            assert!(all.contains(&format!("\n### {function}\n")), "{function}");
        }
    }

    #[test]
    fn pages_are_short_and_clean() {
        for (file, text) in pages() {
            assert!(text.len() < MAX_BYTES, "{file} has {} bytes", text.len());
            assert!(!text.contains("```"), "{file} has a code block, which no test runs");
            assert!(text.lines().all(|line| line.trim_end() == line), "{file} has a line that ends with a blank");
        }
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escaped("table<string, `a<b>`>[]"), "table\\<string, `a<b>`\\>\\[\\]");
    }
}
