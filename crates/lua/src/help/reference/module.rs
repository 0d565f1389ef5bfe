//! The pages of the modules: their functions with full descriptions, and the types that the
//! functions name.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::stub::{Definition, Function, StubEntry, Stubs, first_sentence};
use super::{escaped, page};

pub(super) struct ModulePage {
    pub file: String,
    pub name: String,
    /// The line in the index.
    pub summary: String,
    pub text: String,
}

/// The page of the functions that belong to no module of Moonfleet.
const GLOBALS: &str = "globals";
/// The page of the methods of values, whose classes scripts cannot name.
const VALUES: &str = "values";

/// Returns a page for each module, one for global functions and one for the methods of values.
pub(super) fn pages(stubs: &Stubs) -> Vec<ModulePage> {
    let (modules, classes): (Vec<&str>, Vec<&str>) = stubs.modules().partition(|name| stubs.is_global(name));
    let mut pages: Vec<ModulePage> = modules
        .into_iter()
        .filter_map(|name| {
            let module = stubs.module(name)?;
            let sentence = first_sentence(&module.prose);
            let summary = if sentence.is_empty() { names(stubs, name).join(", ") } else { sentence };
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
    pages.push(module_page(stubs, VALUES, "values that have methods", "Values that have methods.", &classes));
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
            .filter(|name| name.rsplit_once(['.', ':']).is_none_or(|(owner, _)| !stubs.modules().any(|m| m == owner)))
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
    let belongs = |function: &&str| function.strip_prefix(owner).is_some_and(|rest| rest.starts_with(['.', ':']));
    stubs.functions().filter(belongs).collect()
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
