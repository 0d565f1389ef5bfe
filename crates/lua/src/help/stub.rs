//! Modules and their functions, read from the editor stubs in `types/*.lua` and the modules of the library.
//! It understands the part of LuaCATS that those files use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::library_files::files;

/// A module, or a class of values that have methods.
pub struct Module {
    pub name: String,
    pub prose: String,
    /// The signatures of its functions, each with the first sentence of its description.
    pub functions: Vec<(String, String)>,
}

pub struct Function {
    pub name: String,
    /// `fleet.run(targets, command, options?): fleet.Run`
    pub signature: String,
    pub prose: String,
    pub parameters: Vec<StubEntry>,
    pub returned: Vec<String>,
    /// The definitions of the named types in the signature.
    pub types: Vec<Definition>,
}

/// A class or an alias.
pub struct Definition {
    pub name: String,
    pub prose: String,
    /// The type of an alias; empty for a class.
    pub ty: String,
    pub fields: Vec<StubEntry>,
}

/// A parameter or a field.
#[derive(Clone)]
pub struct StubEntry {
    pub name: String,
    pub optional: bool,
    pub ty: String,
    pub note: String,
}

#[derive(Default)]
pub struct Stubs {
    functions: BTreeMap<String, StubComment>,
    /// Classes and aliases, by their names.
    types: BTreeMap<String, StubComment>,
    /// Globals, with the class that each of them is.
    modules: BTreeMap<String, String>,
    /// Modules that are locals of their stub, so that scripts cannot name them.
    locals: BTreeSet<String>,
}

/// The comment above a declaration.
#[derive(Clone, Default)]
struct StubComment {
    prose: Vec<String>,
    /// The word after `---@` and the rest of its line.
    marks: Vec<(String, String)>,
    arguments: String,
}

/// Returns all stubs. They are read once: neither the stubs nor the library change while the program runs.
pub fn stubs() -> &'static Stubs {
    static ALL: OnceLock<Stubs> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut stubs = Stubs::default();
        for text in files().stubs() {
            stubs.read(&String::from_utf8_lossy(&text));
        }
        for (name, text) in files().library() {
            stubs.read_module(&name, &String::from_utf8_lossy(&text));
        }
        stubs
    })
}

impl Stubs {
    /// Reads a module of the library. Its comments have the form of the stubs; its description is the
    /// comment at the top of the file. Functions that it adds to a built-in module join those of the stub.
    fn read_module(&mut self, name: &str, text: &str) {
        let prose = text.lines().map_while(|line| line.strip_prefix("--").filter(|rest| !rest.starts_with('-')));
        let prose = prose.map(|line| line.trim().to_owned()).collect();
        let built_in = self.types.remove(name).unwrap_or_default();
        self.read(text);
        self.locals.remove(name);
        if !self.modules.contains_key(name) {
            self.modules.insert(name.to_owned(), name.to_owned());
        }
        let class = self.types.entry(name.to_owned()).or_default();
        if class.prose.is_empty() {
            class.prose = prose;
        }
        class.prose.splice(0..0, built_in.prose);
        class.marks.splice(0..0, built_in.marks);
    }

    fn read(&mut self, text: &str) {
        let mut block = StubComment::default();
        let mut class = None;
        for line in text.lines() {
            if let Some(mark) = line.strip_prefix("---@") {
                let (word, rest) = mark.split_once(' ').unwrap_or((mark, ""));
                if word == "alias" {
                    self.types.insert(head(rest), std::mem::take(&mut block).with(word, rest));
                    continue;
                }
                if word == "class" {
                    class = Some(head(rest));
                }
                block = block.with(word, rest);
            } else if let Some(prose) = line.strip_prefix("---") {
                block.prose.push(prose.to_owned());
            } else {
                self.declare(line, &mut class, std::mem::take(&mut block));
            }
        }
    }

    /// Files a comment under the declaration on the line below it.
    fn declare(&mut self, line: &str, class: &mut Option<String>, block: StubComment) {
        if let Some(class) = class.take() {
            if let Some(global) = line.strip_suffix(" = {}") {
                let name = global.trim_start_matches("local ");
                if name != global {
                    self.locals.insert(name.to_owned());
                }
                self.modules.insert(name.to_owned(), class.clone());
            }
            self.types.insert(class, block);
        } else if let Some((name, arguments)) = line.strip_prefix("function ").and_then(|f| f.split_once('(')) {
            let arguments = arguments.split(')').next().unwrap_or_default().to_owned();
            self.functions.insert(name.to_owned(), StubComment { arguments, ..block });
        }
    }

    /// Returns whether a script can name this module. It cannot name a class of values.
    pub fn is_global(&self, module: &str) -> bool {
        self.modules.contains_key(module) && !self.locals.contains(module)
    }

    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }

    /// Returns the names of all functions, of modules and global ones.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    pub fn module(&self, name: &str) -> Option<Module> {
        let class = self.types.get(self.modules.get(name)?)?;
        let own = |function: &&String| function.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ':']));
        let functions = self.functions.keys().filter(own).filter_map(|function| self.function(function));
        // The functions of every session are fields of its class.
        let is_described = |field: &StubEntry| self.functions.contains_key(&format!("{name}.{}", field.name));
        let fields = self.fields(class).into_iter();
        let fields = fields.filter(|field| field.ty.starts_with("fun(") && !is_described(field));
        let fields = fields.map(|field| {
            (format!("{name}.{}{}", field.name, field.ty.trim_start_matches("fun")), first_sentence(&field.note))
        });
        let own = functions.map(|function| (function.signature, first_sentence(&function.prose)));
        let mut functions: Vec<_> = fields.chain(own).collect();
        functions.sort();
        Some(Module { name: name.to_owned(), prose: class.text(), functions })
    }

    pub fn function(&self, name: &str) -> Option<Function> {
        let block = self.functions.get(name)?;
        let parameters: Vec<StubEntry> = block.marked("param").map(StubEntry::read).collect();
        let argument = |argument: &str| {
            let is_optional = parameters.iter().any(|p| p.name == argument && p.optional);
            format!("{argument}{}", if is_optional { "?" } else { "" })
        };
        let arguments = block.arguments.split(", ").map(argument).collect::<Vec<_>>().join(", ");
        let returned: Vec<String> = block.marked("return").map(|returned| split_type(returned).0.to_owned()).collect();
        let result = if returned.is_empty() { String::new() } else { format!(": {}", returned.join(", ")) };
        let named = parameters.iter().map(|parameter| parameter.ty.as_str()).chain([result.as_str()]);
        Some(Function {
            name: name.to_owned(),
            signature: format!("{name}({arguments}){result}"),
            returned,
            prose: block.text(),
            types: self.named(named),
            parameters,
        })
    }

    /// Returns the definitions of the types that these texts name, and of the types that those name in turn.
    fn named<'a>(&'a self, types: impl IntoIterator<Item = &'a str>) -> Vec<Definition> {
        let mut found: Vec<Definition> = Vec::new();
        let mut queue: Vec<String> = types.into_iter().flat_map(words).collect();
        while !queue.is_empty() {
            let name = queue.remove(0);
            let Some(block) = self.types.get(&name) else { continue };
            // A session has every service, which would make the page too long; it has a page of its own.
            if found.iter().any(|known| known.name == name)
                || self.modules.values().any(|class| *class == name)
                || name == "Session"
            {
                continue;
            }
            let definition = self.defined(&name, block);
            queue.extend(words(&definition.ty));
            queue.extend(definition.fields.iter().flat_map(|field| words(&field.ty)));
            found.push(definition);
        }
        found
    }

    /// Returns the class or the alias of this name.
    pub fn definition(&self, name: &str) -> Option<Definition> {
        self.types.get(name).map(|block| self.defined(name, block))
    }

    fn defined(&self, name: &str, block: &StubComment) -> Definition {
        let alias = block.marked("alias").next().and_then(|alias| alias.split_once(' '));
        let (ty, note) = alias.map_or(("", ""), |(_, rest)| split_type(rest));
        let prose = [block.text(), note.to_owned()].into_iter().filter(|text| !text.is_empty());
        Definition {
            name: name.to_owned(),
            prose: prose.collect::<Vec<_>>().join(" "),
            ty: ty.to_owned(),
            fields: self.fields(block),
        }
    }

    /// Returns the fields of a class, and those of the classes that it inherits from.
    fn fields(&self, block: &StubComment) -> Vec<StubEntry> {
        // `[string] any` allows further fields, and names none.
        let named = block.marked("field").filter(|field| !field.starts_with("[string]"));
        let mut fields: Vec<StubEntry> = named.map(StubEntry::read).collect();
        let parents = block.marked("class").next().and_then(|class| class.split_once(": "));
        for parent in parents.map(|(_, parents)| words(parents)).unwrap_or_default() {
            if let Some(parent) = self.types.get(&parent) {
                fields.extend(self.fields(parent));
            }
        }
        fields
    }
}

impl StubComment {
    fn with(mut self, word: &str, rest: &str) -> Self {
        self.marks.push((word.to_owned(), rest.to_owned()));
        self
    }

    fn marked<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.marks.iter().filter(move |(w, _)| w == word).map(|(_, rest)| rest.as_str())
    }

    fn text(&self) -> String {
        self.prose.join(" ")
    }
}

impl StubEntry {
    /// Reads `options? fleet.Options The options of the run.`
    fn read(line: &str) -> Self {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (ty, note) = split_type(rest);
        let plain = name.trim_end_matches('?').trim_matches(['[', ']']);
        StubEntry { name: plain.to_owned(), optional: name.ends_with('?'), ty: ty.to_owned(), note: note.to_owned() }
    }
}

/// Splits a type from its note. The type ends at the first space outside of brackets that follows no
/// colon, comma or bar.
fn split_type(text: &str) -> (&str, &str) {
    let mut depth = 0;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' | '<' | '[' => depth += 1,
            ')' | '}' | '>' | ']' => depth -= 1,
            ' ' if depth == 0 && !matches!(before, ':' | ',' | '|') => return (&text[..at], text[at..].trim()),
            _ => {}
        }
        before = letter;
    }
    (text, "")
}

/// Returns the names in a type.
fn words(ty: &str) -> Vec<String> {
    let names = ty.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Returns the name at the start of `fleet.Options: fleet.Scope` or `fleet.Machine string|…`.
fn head(text: &str) -> String {
    text.split([' ', ':']).next().unwrap_or_default().to_owned()
}

pub(super) fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ").next().unwrap_or_default().trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_read_from_their_stubs() {
        let run = stubs().function("fleet.run").expect("a function");
        assert_eq!(run.signature, "fleet.run(targets, command, options?): fleet.Run");
        assert!(run.prose.starts_with("Runs a command on every target"), "{}", run.prose);
        assert_eq!(run.parameters.len(), 3);
        let options = run.types.iter().find(|ty| ty.name == "fleet.Options").expect("its options");
        let field = |name: &str| options.fields.iter().find(|field| field.name == name).expect("a field");
        assert_eq!(field("on_result").ty, "fun(result: fleet.Result)");
        assert!(field("on_result").note.starts_with("Called for each machine"));
        // Inherited from `fleet.Scope`.
        assert_eq!(field("regions").ty, "string[]|\"all\"");
        let targets = run.types.iter().find(|ty| ty.name == "fleet.Tags").expect("an alias in an alias");
        assert_eq!(targets.ty, "{ tags: table<string, string|integer|string[]> }");
        assert_eq!(targets.prose, "The running machines with all of these tags.");
    }

    #[test]
    fn modules_list_their_functions() {
        let aws = stubs().module("aws").expect("a module");
        let names: Vec<&str> = aws.functions.iter().filter_map(|(call, _)| Some(call.split_once('(')?.0)).collect();
        let expected = [
            "aws.assume",
            "aws.operations",
            "aws.profiles",
            "aws.service",
            "aws.services",
            "aws.session",
            "aws.use",
            "aws.whoami",
        ];
        assert_eq!(names, expected);
        assert!(aws.prose.starts_with("Sessions: the credentials and the region of calls."));
    }

    #[test]
    fn types_are_split_from_their_notes() {
        for (text, ty, note) in [
            ("string", "string", ""),
            ("fun(): boolean Returns true.", "fun(): boolean", "Returns true."),
            ("{ a?: b, c: d }[] These.", "{ a?: b, c: d }[]", "These."),
            ("table<a, b> previous", "table<a, b>", "previous"),
        ] {
            assert_eq!(split_type(text), (ty, note));
        }
    }
}
