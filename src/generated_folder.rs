//! Folders that the program writes for a person: the editor stubs, and the reference. Each write replaces the
//! folder as a whole, so that no file of an earlier version stays. A folder with somebody else's files is refused.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Marks a folder as written by the program, for people and for the next write.
const MARK: &str = ".moonfleet";

/// Paths in the folder, and the files' texts.
pub(crate) type Files = Vec<(String, Cow<'static, [u8]>)>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} is not empty, and moonfleet did not write what is in it; name another folder", .0.display())]
    NotOurs(PathBuf),
    #[error("cannot write {}: {cause}; name another folder", path.display())]
    Write { path: PathBuf, cause: io::Error },
}

/// Writes the files of this command into the folder.
///
/// The new files are written beside the folder before they take its place, so that a reader sees either the old
/// files or the new ones.
pub(crate) fn replace(folder: &Path, command: &str, files: &Files) -> Result<(), Error> {
    let failed = |cause| Error::Write { path: folder.to_owned(), cause };
    let is_there = match fs::read_dir(folder).map(Iterator::count) {
        Ok(entries) if entries > 0 && !is_ours(folder) => return Err(Error::NotOurs(folder.to_owned())),
        Ok(_) => true,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => false,
        Err(cause) => return Err(failed(cause)),
    };
    let beside = |what: &str| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        folder.with_file_name(format!(".{name}-{}-{what}", std::process::id()))
    };
    let (new, old) = (beside("new"), beside("old"));
    let swap = || {
        write_all(&new, command, files)?;
        if !is_there {
            return fs::rename(&new, folder);
        }
        fs::rename(folder, &old)?;
        fs::rename(&new, folder).inspect_err(|_| drop(fs::rename(&old, folder)))?;
        fs::remove_dir_all(&old)
    };
    swap().map_err(|cause| {
        // Whatever is in the way of this was in the way before.
        let _ = fs::remove_dir_all(&new);
        failed(cause)
    })
}

/// Whether the program has written this folder.
pub(crate) fn is_ours(folder: &Path) -> bool {
    folder.join(MARK).is_file()
}

fn write_all(folder: &Path, command: &str, files: &Files) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mark = format!("Written by `{command}`, which replaces this folder as a whole: keep no file of yours in it.\n");
    fs::write(folder.join(MARK), mark)?;
    for (name, data) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, data)?;
    }
    Ok(())
}
