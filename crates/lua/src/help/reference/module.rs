//! The pages of the modules: their functions with all that is said of them, and the types that
//! these name.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::stub::{Definition, Function, StubEntry, Stubs, first_sentence};
use super::{escaped, page};

pub(super) struct ModulePage {
    pub file: String,
    pub name: String,
    /// What the index says of it.
    pub summary: String,
    pub text: String,
}

/// What has no module: its functions are globals.
const GLOBALS: &str = "globals";
/// What has no name that a script can write: its functions are those of values.
const VALUES: &str = "values";

/// One for each module, and for what is in none.
pub(super) fn pages(stubs: &Stubs) -> Vec<ModulePage> {
    let (modules, classes): (Vec<&str>, Vec<&str>) = stubs.modules().partition(|name| stubs.is_global(name));
    let mut pages: Vec<ModulePage> = modules
        .into_iter()
        .filter_map(|name| {
            let module = stubs.module(name)?;
            let said = first_sentence(&module.prose);
            let summary = if said.is_empty() { names(stubs, name).join(", ") } else { said };
            Some(module_page(stubs, name, &summary, &module.prose, &[name]))
        })
        .collect();
    pages.push(module_page(
        stubs,
        GLOBALS,
        "functions that belong to no module",
        "Functions that belong to no module.",
        &[],
    ));
    pages.push(module_page(
        stubs,
        VALUES,
        "values that have functions of their own",
        "Values that have functions of their own.",
        &classes,
    ));
    pages
}

fn module_page(stubs: &Stubs, name: &str, summary: &str, prose: &str, owners: &[&str]) -> ModulePage {
    let mut text = page(name);
    if !prose.is_empty() {
        let _ = write!(text, "\n{}\n", escaped(prose));
    }
    let functions: Vec<Function> = match owners {
        [] => stubs
            .functions()
            .filter(|name| !name.contains(['.', ':']))
            .filter_map(|name| stubs.function(name))
            .collect(),
        owners => owners.iter().flat_map(|owner| names(stubs, owner)).filter_map(|name| stubs.function(name)).collect(),
    };
    let mut types = BTreeMap::new();
    for function in functions {
        text += &section(&function);
        types.extend(function.types.into_iter().map(|definition| (definition.name.clone(), definition)));
    }
    if !types.is_empty() {
        text += "\n## Types\n";
        types.values().for_each(|definition| text += &type_section(definition));
    }
    ModulePage { file: format!("modules/{name}.md"), name: name.to_owned(), summary: summary.to_owned(), text }
}

fn names<'a>(stubs: &'a Stubs, owner: &str) -> Vec<&'a str> {
    let is_own = |function: &&str| function.strip_prefix(owner).is_some_and(|rest| rest.starts_with(['.', ':']));
    stubs.functions().filter(is_own).collect()
}

fn section(function: &Function) -> String {
    let mut text = format!("\n### {}\n\n`{}`\n", function.name, function.signature);
    if !function.prose.is_empty() {
        let _ = write!(text, "\n{}\n", escaped(&function.prose));
    }
    text + &entries(&function.parameters)
}

fn type_section(definition: &Definition) -> String {
    let mut text = format!("\n### {}\n", definition.name);
    if !definition.ty.is_empty() {
        let _ = write!(text, "\n`{}`\n", definition.ty);
    }
    if !definition.prose.is_empty() {
        let _ = write!(text, "\n{}\n", escaped(&definition.prose));
    }
    text + &entries(&definition.fields)
}

fn entries(entries: &[StubEntry]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let lines = entries.iter().map(|StubEntry { name, optional, ty, note }| {
        let optional = if *optional { ", optional" } else { "" };
        let note = if note.is_empty() { String::new() } else { format!(": {}", escaped(note)) };
        format!("* `{name}` `{ty}`{optional}{note}\n")
    });
    std::iter::once("\n".to_owned()).chain(lines).collect()
}
