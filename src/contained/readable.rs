//! The files that a contained script can read.

use std::path::{Path, PathBuf};

/// Returns what a script can read: the files of its folder, and those of the folders of `--path`.
pub(super) fn readable(folder: Option<&PathBuf>, paths: &[PathBuf]) -> Vec<PathBuf> {
    folder.map(|folder| own_files(folder)).into_iter().flatten().chain(paths.iter().cloned()).collect()
}

/// Returns the files of a script's folder. A folder that holds the home folder or those of the system is not the
/// script's own: then only the Lua files in it are.
pub(super) fn own_files(folder: &Path) -> Vec<PathBuf> {
    let home = etcetera::home_dir().ok().and_then(|home| home.canonicalize().ok());
    let mut private = home.into_iter().chain(["/etc", "/proc", "/root", "/var"].map(PathBuf::from));
    match folder.canonicalize() {
        Ok(real) if !private.any(|private| private.starts_with(&real)) => vec![folder.to_owned()],
        Ok(_) => lua_files(folder),
        // Without the folder there are no files in it.
        Err(_) => Vec::new(),
    }
}

fn lua_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // A link could lead to a private file.
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "lua")).collect()
}
