//! Type expressions of the stubs: `fleet.Options`, `string[]|"all"`, `{ a?: b }`.

use moonfleet_lua::help::{StubEntry, Stubs};

/// Returns the stubs, which are parsed once.
pub(super) fn stubs() -> &'static Stubs {
    moonfleet_lua::help::stubs()
}

/// The depth to which aliases are resolved; no alias of the stubs is deeper.
const MAX_DEPTH: usize = 8;

/// Returns the fields of a table of this type.
pub(super) fn fields(ty: &str) -> Vec<StubEntry> {
    let mut found: Vec<StubEntry> = Vec::new();
    for alternative in alternatives(ty) {
        let entries = match alternative.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(inner) => split(inner, ',').into_iter().filter_map(inline).collect(),
            None => stubs().definition(&alternative).map(|class| class.fields).unwrap_or_default(),
        };
        for entry in entries {
            if !found.iter().any(|known| known.name == entry.name) {
                found.push(entry);
            }
        }
    }
    found
}

/// Returns the string literals that this type allows.
pub(super) fn texts(ty: &str) -> Vec<String> {
    let all = alternatives(ty).into_iter();
    all.filter_map(|text| Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())).collect()
}

/// Returns the type of a field.
pub(super) fn field(ty: &str, name: &str) -> Option<String> {
    if let Some(entry) = fields(ty).into_iter().find(|entry| entry.name == name) {
        return Some(entry.ty);
    }
    alternatives(ty).iter().find_map(|text| {
        let inner = text.strip_prefix("table<")?.strip_suffix('>')?;
        Some((*split(inner, ',').get(1)?).to_owned())
    })
}

/// Returns the type of an item, if the type is a list.
pub(super) fn item(ty: &str) -> Option<String> {
    alternatives(ty).iter().find_map(|text| text.strip_suffix("[]").map(|item| bare(item).to_owned()))
}

/// Returns the result type of a function type.
pub(super) fn returned(ty: &str) -> Option<String> {
    let ty = bare(ty).strip_prefix("fun(")?;
    Some(ty.rsplit_once("): ")?.1.to_owned())
}

/// Returns the parameters of a function type, with their types.
pub(super) fn parameters(ty: &str) -> Vec<(String, String)> {
    let inner = bare(ty).strip_prefix("fun(").and_then(|rest| rest.rsplit_once(')').map(|(inner, _)| inner));
    let entries = inner.map(|inner| split(inner, ',')).unwrap_or_default().into_iter().filter_map(inline);
    entries.map(|entry| (entry.name, entry.ty)).collect()
}

pub(super) fn is_boolean(ty: &str) -> bool {
    alternatives(ty).iter().any(|ty| ty == "boolean")
}

/// Whether every value of this type is a table.
pub(super) fn is_table(ty: &str) -> bool {
    let all = alternatives(ty);
    !all.is_empty()
        && all.iter().all(|ty| ty.starts_with('{') || ty.ends_with("[]") || ty.starts_with("table<") || has_fields(ty))
}

fn has_fields(ty: &str) -> bool {
    stubs().definition(ty).is_some_and(|class| !class.fields.is_empty())
}

/// Returns the alternatives of a type, with aliases resolved.
fn alternatives(ty: &str) -> Vec<String> {
    let mut found = Vec::new();
    resolve_aliases(ty, MAX_DEPTH, &mut found);
    found
}

fn resolve_aliases(ty: &str, depth: usize, found: &mut Vec<String>) {
    for part in split(ty, '|') {
        let part = bare(part);
        let alias = stubs().definition(part).filter(|known| !known.ty.is_empty() && depth > 0);
        match alias {
            Some(alias) => resolve_aliases(&alias.ty, depth - 1, found),
            None if part != ty && part.contains('|') && depth > 0 => resolve_aliases(part, depth - 1, found),
            None => found.push(part.to_owned()),
        }
    }
}

/// Returns the type without the parentheses around it and without `?`.
fn bare(ty: &str) -> &str {
    let ty = ty.trim().trim_end_matches('?');
    match ty.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if split(ty, '|').len() == 1 => inner,
        _ => ty,
    }
}

/// Parses a field such as `a?: b`.
fn inline(text: &str) -> Option<StubEntry> {
    let (name, ty) = text.split_once(':')?;
    let (name, ty) = (name.trim(), ty.trim().to_owned());
    let plain = name.trim_end_matches('?').to_owned();
    Some(StubEntry { name: plain, optional: name.ends_with('?'), ty, note: String::new() })
}

/// Splits a text at separators outside of brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0;
    let mut from = 0;
    let mut parts = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' | '<' | '[' => depth += 1,
            ')' | '}' | '>' | ']' => depth -= 1,
            _ if letter == separator && depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_expressions_are_resolved() {
        assert_eq!(texts("\"raise\"|\"collect\""), ["raise", "collect"]);
        assert_eq!(item("(string|aws.SessionOptions|Session)[]").as_deref(), Some("string|aws.SessionOptions|Session"));
        assert_eq!(field("{ a?: integer, b: string[] }", "b").as_deref(), Some("string[]"));
        assert_eq!(field("table<string, integer>", "x").as_deref(), Some("integer"));
        assert!(fields("fleet.Options").iter().any(|field| field.name == "regions"), "inherited");
        assert!(fields("fleet.Targets").iter().any(|field| field.name == "resource_group"), "through aliases");
        assert!(texts("fleet.Status").contains(&"unreached".to_owned()), "through an alias");
        assert_eq!(returned("fun(a: string): Session").as_deref(), Some("Session"));
        assert!(is_table("fleet.Options") && !is_table("string|fleet.Options") && is_boolean("boolean"));
    }
}
