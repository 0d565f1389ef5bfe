//! Generated folders: the editor stubs and the reference. Each write replaces the whole folder, so that no file of
//! an earlier version stays. A folder with other files is refused.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that marks a folder as generated, for people and for the next write.
const MARKER: &str = ".moonfleet";

/// Paths in the folder, and the files' texts.
pub(crate) type Files = Vec<(String, Cow<'static, [u8]>)>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} contains files that moonfleet did not write; name another folder", .0.display())]
    NotGenerated(PathBuf),
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
        Ok(entries) if entries > 0 && !is_generated(folder) => return Err(Error::NotGenerated(folder.to_owned())),
        Ok(_) => true,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => false,
        Err(cause) => return Err(failed(cause)),
    };
    let beside = |suffix: &str| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        folder.with_file_name(format!(".{name}-{}-{suffix}", std::process::id()))
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
        // If this fails as well, the first error is the one to report.
        let _ = fs::remove_dir_all(&new);
        failed(cause)
    })
}

/// Whether the program wrote this folder.
pub(crate) fn is_generated(folder: &Path) -> bool {
    folder.join(MARKER).is_file()
}

fn write_all(folder: &Path, command: &str, files: &Files) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let text = format!("Written by `{command}`, which replaces the whole folder. Do not keep your own files in it.\n");
    fs::write(folder.join(MARKER), text)?;
    for (name, data) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, data)?;
    }
    Ok(())
}
