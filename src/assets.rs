//! The embedded library and scripts: whole folders, never a list.
//! Debug builds read them from disk, so that an edit needs no build.

use std::borrow::Cow;

use moonfleet_lua::LibraryFiles;
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "stdlib/"]
struct Stdlib;

#[derive(Embed)]
#[folder = "scripts/"]
struct Scripts;

/// Stubs of the built-in modules. The stubs of the services are generated from the registry of operations.
#[derive(Embed)]
#[folder = "types/"]
struct StubFiles;

/// Returns a file of the library by its path.
pub fn stdlib(file: &str) -> Option<Cow<'static, [u8]>> {
    Stdlib::get(file).map(|file| file.data)
}

/// Returns the embedded tests of the folder `stdlib` or `scripts`, by their paths; `None` for another folder.
pub fn tests(folder: &str) -> Option<Vec<(String, Cow<'static, [u8]>)>> {
    fn embedded<E: Embed>(folder: &str) -> Vec<(String, Cow<'static, [u8]>)> {
        let names = E::iter().filter(|file| file.ends_with("_test.lua"));
        names.filter_map(|file| Some((format!("{folder}/{file}"), E::get(&file)?.data))).collect()
    }
    match folder {
        "stdlib" => Some(embedded::<Stdlib>(folder)),
        "scripts" => Some(embedded::<Scripts>(folder)),
        _ => None,
    }
}

/// Returns a script by its name, which is the file's name without `.lua`.
pub fn script(name: &str) -> Option<Cow<'static, [u8]>> {
    Scripts::get(&format!("{name}.lua")).map(|file| file.data)
}

/// Returns the stubs of the built-in modules, by their files.
pub fn stubs() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    StubFiles::iter().filter_map(|file| Some((file.to_string(), StubFiles::get(&file)?.data)))
}

/// Returns the modules of the library without their tests, by their files.
pub fn module_files() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    let files = Stdlib::iter().filter(|file| file.ends_with(".lua") && !file.ends_with("_test.lua"));
    files.filter_map(|file| Some((file.to_string(), Stdlib::get(&file)?.data)))
}

/// Whether a module is built in, and so has a hand-written stub.
pub fn is_built_in(module: &str) -> bool {
    StubFiles::get(&format!("{module}.lua")).is_some()
}

/// Returns the top-level modules of the library, by their names.
pub fn library() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    let names = modules().into_iter().filter(|name| !name.contains('.'));
    names.filter_map(|name| stdlib(&format!("{name}.lua")).map(|source| (name, source)))
}

/// Returns the names of all modules that `require` finds in the library, sorted.
pub fn modules() -> Vec<String> {
    let names = Stdlib::iter().filter_map(|file| Some(file.strip_suffix(".lua")?.replace('/', ".")));
    let mut names: Vec<String> = names.filter(|name| !name.ends_with("_test")).collect();
    names.sort();
    names
}

/// Returns the names of the scripts, sorted.
pub fn script_names() -> Vec<String> {
    let mut names: Vec<String> =
        Scripts::iter().filter_map(|file| Some(file.strip_suffix(".lua")?.to_owned())).collect();
    names.retain(|name| !name.ends_with("_test"));
    names.sort();
    names
}

/// The embedded files, for the Lua crate.
pub struct Library;

impl LibraryFiles for Library {
    fn stdlib(&self, file: &str) -> Option<Cow<'static, [u8]>> {
        stdlib(file)
    }

    fn library(&self) -> Vec<(String, Cow<'static, [u8]>)> {
        library().collect()
    }

    fn script(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        script(name)
    }

    fn script_names(&self) -> Vec<String> {
        script_names()
    }

    fn stubs(&self) -> Vec<Cow<'static, [u8]>> {
        stubs().map(|(_, text)| text).collect()
    }
}
