//! The files of the library, which the program embeds and passes to this crate: modules, scripts
//! and the stubs of built-in modules.

use std::borrow::Cow;
use std::sync::OnceLock;

pub trait LibraryFiles: Sync {
    /// Returns a file of `stdlib/` by its path there.
    fn stdlib(&self, file: &str) -> Option<Cow<'static, [u8]>>;

    /// Returns the names and texts of the library's modules, without those in subfolders.
    fn library(&self) -> Vec<(String, Cow<'static, [u8]>)>;

    /// Returns a script by its name, which is the file name without the extension.
    fn script(&self, name: &str) -> Option<Cow<'static, [u8]>>;

    fn script_names(&self) -> Vec<String>;

    /// Returns the stubs of the built-in modules.
    fn stubs(&self) -> Vec<Cow<'static, [u8]>>;
}

#[cfg_attr(test, allow(dead_code, reason = "tests read the repository"))]
static FILES: OnceLock<&'static dyn LibraryFiles> = OnceLock::new();

/// Sets the files, once for the process.
pub fn set_library_files(files: &'static dyn LibraryFiles) {
    // Only the first call counts: a program embeds one library.
    let _ = FILES.set(files);
}

/// Returns the files; an empty library if none are set.
#[cfg(not(test))]
pub fn files() -> &'static dyn LibraryFiles {
    FILES.get().copied().unwrap_or(&Empty)
}

/// The tests of this crate read the repository.
#[cfg(test)]
pub use repository::files;

#[cfg_attr(test, allow(dead_code, reason = "tests read the repository"))]
struct Empty;

impl LibraryFiles for Empty {
    fn stdlib(&self, _: &str) -> Option<Cow<'static, [u8]>> {
        None
    }

    fn library(&self) -> Vec<(String, Cow<'static, [u8]>)> {
        Vec::new()
    }

    fn script(&self, _: &str) -> Option<Cow<'static, [u8]>> {
        None
    }

    fn script_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn stubs(&self) -> Vec<Cow<'static, [u8]>> {
        Vec::new()
    }
}

#[cfg(test)]
mod repository {
    use std::fs;
    use std::path::PathBuf;

    use super::{Cow, LibraryFiles};

    pub fn files() -> &'static dyn LibraryFiles {
        &Repository
    }

    struct Repository;

    fn folder(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
    }

    fn read(name: &str, file: &str) -> Option<Cow<'static, [u8]>> {
        fs::read(folder(name).join(file)).ok().map(Cow::Owned)
    }

    /// The names of a folder's Lua files without their extension, tests left out, sorted.
    fn names(name: &str) -> Vec<String> {
        let entries = fs::read_dir(folder(name)).expect("a folder of the repository");
        let files = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let names = files.filter_map(|file| file.strip_suffix(".lua").map(str::to_owned));
        let mut names: Vec<String> = names.filter(|name| !name.ends_with("_test")).collect();
        names.sort();
        names
    }

    impl LibraryFiles for Repository {
        fn stdlib(&self, file: &str) -> Option<Cow<'static, [u8]>> {
            read("stdlib", file)
        }

        fn library(&self) -> Vec<(String, Cow<'static, [u8]>)> {
            let modules = names("stdlib").into_iter();
            modules.filter_map(|name| Some((name.clone(), read("stdlib", &format!("{name}.lua"))?))).collect()
        }

        fn script(&self, name: &str) -> Option<Cow<'static, [u8]>> {
            read("scripts", &format!("{name}.lua"))
        }

        fn script_names(&self) -> Vec<String> {
            names("scripts")
        }

        fn stubs(&self) -> Vec<Cow<'static, [u8]>> {
            names("types").iter().filter_map(|name| read("types", &format!("{name}.lua"))).collect()
        }
    }
}
