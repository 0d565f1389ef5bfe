//! The library and the scripts that come with the program: whole folders, never a list.
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

/// Stubs of the built-in modules. Those of the services are written from the registry of operations.
#[derive(Embed)]
#[folder = "types/"]
struct StubFiles;

pub fn stdlib(file: &str) -> Option<Cow<'static, [u8]>> {
    Stdlib::get(file).map(|file| file.data)
}

/// The tests that are embedded in a folder of this name, by their paths.
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

/// A script by its name, which is its file's without the ending.
pub fn script(name: &str) -> Option<Cow<'static, [u8]>> {
    Scripts::get(&format!("{name}.lua")).map(|file| file.data)
}

/// The stubs of the built-in modules, by their files.
pub fn stubs() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    StubFiles::iter().filter_map(|file| Some((file.to_string(), StubFiles::get(&file)?.data)))
}

/// The library's modules without their tests, by their files.
pub fn module_files() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    let files = Stdlib::iter().filter(|file| file.ends_with(".lua") && !file.ends_with("_test.lua"));
    files.filter_map(|file| Some((file.to_string(), Stdlib::get(&file)?.data)))
}

/// Whether a module is built in, and so has its stub written by hand.
pub fn is_built_in(module: &str) -> bool {
    StubFiles::get(&format!("{module}.lua")).is_some()
}

/// The library's modules that are no folders of modules, by their names.
pub fn library() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    let names = modules().into_iter().filter(|name| !name.contains('.'));
    names.filter_map(|name| stdlib(&format!("{name}.lua")).map(|source| (name, source)))
}

/// What `require` finds in the library.
pub fn modules() -> Vec<String> {
    let names = Stdlib::iter().filter_map(|file| Some(file.strip_suffix(".lua")?.replace('/', ".")));
    let mut names: Vec<String> = names.filter(|name| !name.ends_with("_test")).collect();
    names.sort();
    names
}

pub fn script_names() -> Vec<String> {
    let mut names: Vec<String> =
        Scripts::iter().filter_map(|file| Some(file.strip_suffix(".lua")?.to_owned())).collect();
    names.retain(|name| !name.ends_with("_test"));
    names.sort();
    names
}

/// The library as the Lua crate takes it.
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
