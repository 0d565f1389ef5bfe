//! The reference: what `help` tells, of everything there is, as pages of Markdown that can be read, linked to and
//! searched with grep. `moonfleet help --write-reference FOLDER` writes all pages. `docs/reference/` keeps those
//! of the modules and scripts; `tests/docs` writes them, and fails if they are stale.

mod module;
mod script;
mod service;

use std::fmt::Write;

use moonfleet_bindings::SERVICES;

use super::stub;

/// Writes all pages.
pub const COMMAND: &str = "moonfleet help --write-reference";

/// All pages, by their paths in the folder that they are written to.
pub fn pages() -> Vec<(String, String)> {
    let services = SERVICES.iter().map(|service| (format!("{}.md", service.name), service::page_of(service)));
    pages_with(services.collect())
}

/// The pages that `docs/reference/` keeps: all but those of the services, which are long and follow from the SDK.
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

/// Begins a page.
pub fn page(title: &str) -> String {
    format!("<!-- Written by `{COMMAND}`. Do not edit. -->\n\n# {title}\n")
}

fn index(modules: &[module::ModulePage], has_service_pages: bool) -> String {
    let mut text = page("Reference");
    text += "\nWhat the program itself knows of its operations, modules and scripts: `help(x)` tells the \
             same at the prompt, `moonfleet help NAME` in a shell. It is written from the declarations of \
             the operations, the comments of the modules and the headers of the scripts, and the tests \
             compare it with them.\n\n## Services\n\n";
    if !has_service_pages {
        let _ = write!(
            text,
            "`moonfleet help ec2.run_instances` shows an operation, `{COMMAND} FOLDER` writes a page for each service.\n\n"
        );
    }
    for service in SERVICES {
        let name = if has_service_pages { format!("[{0}]({0}.md)", service.name) } else { service.name.to_owned() };
        let _ = writeln!(text, "* {name}: {}", service::count(service));
    }
    text += "\n## Modules\n\n";
    for page in modules {
        let _ = writeln!(text, "* [{}]({}): {}", page.name, page.file, page.summary);
    }
    text += "\n## Scripts\n\n* [All scripts of the library](scripts.md): what each is for, its risk, its arguments and an \
             example.\n";
    text
}

/// Text that stands in a line of Markdown as it is.
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
    fn the_repository_keeps_all_pages_but_those_of_the_services() {
        let names = |pages: Vec<(String, String)>| pages.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let mut kept = names(pages());
        kept.retain(|name| !SERVICES.iter().any(|service| *name == format!("{}.md", service.name)));
        assert_eq!(names(committed_pages()), kept);
    }

    /// More is shown as mere text where repositories are read in a browser.
    const MOST: usize = 512 * 1024;

    #[test]
    fn every_service_operation_waiter_and_module_has_its_place() {
        let pages = pages();
        let text = |file: &str| &pages.iter().find(|(name, _)| name == file).expect("a page").1;
        for service in SERVICES {
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
    fn pages_can_be_shown() {
        for (file, text) in pages() {
            assert!(text.len() < MOST, "{file} has {} bytes", text.len());
            assert!(!text.contains("```"), "{file} has a block of code, which nobody would run");
            assert!(text.lines().all(|line| line.trim_end() == line), "{file} has a line that ends with a blank");
        }
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escaped("table<string, `a<b>`>[]"), "table\\<string, `a<b>`\\>\\[\\]");
    }
}
