//! The files of the library, which the program embeds and hands to this crate: modules, scripts
//! and the stubs of built-in modules.

use std::borrow::Cow;
use std::sync::OnceLock;

pub trait LibraryFiles: Sync {
    /// Returns a file of `stdlib/` by its path there.
    fn stdlib(&self, file: &str) -> Option<Cow<'static, [u8]>>;

    /// Returns the library's modules that are no folders of modules, with their names.
    fn library(&self) -> Vec<(String, Cow<'static, [u8]>)>;

    /// Returns a script by its name, which is its file's without the extension.
    fn script(&self, name: &str) -> Option<Cow<'static, [u8]>>;

    fn script_names(&self) -> Vec<String>;

    /// Returns the stubs of the built-in modules.
    fn stubs(&self) -> Vec<Cow<'static, [u8]>>;
}

static FILES: OnceLock<&'static dyn LibraryFiles> = OnceLock::new();

/// Sets the files, once for the process.
pub fn set_library_files(files: &'static dyn LibraryFiles) {
    // The first setting counts: a program embeds one library.
    let _ = FILES.set(files);
}

/// Returns the files; without any set, a library without files.
pub fn files() -> &'static dyn LibraryFiles {
    FILES.get().copied().unwrap_or(&Empty)
}

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
