//! What the program keeps from one run to the next, for its user alone: a folder that nobody
//! else can look into, whoever made it and however.

use std::path::{Path, PathBuf};
use std::{fs, io};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use crate::own_links;

#[derive(Debug, thiserror::Error)]
pub enum StateFolderError {
    #[error("there is no place to keep state in: no home folder is known; set HOME")]
    NoHome,
    #[error("cannot keep state in {}: {cause}", path.display())]
    Folder { path: PathBuf, cause: io::Error },
}

/// The program's folder, made and closed to others where it is not.
pub fn folder() -> Result<PathBuf, StateFolderError> {
    let base = etcetera::choose_base_strategy().map_err(|_| StateFolderError::NoHome)?;
    closed(base.state_dir().unwrap_or_else(|| base.data_dir()).join("moonfleet"))
}

/// A folder in it.
pub fn folder_of(what: &str) -> Result<PathBuf, StateFolderError> {
    closed(folder()?.join(what))
}

fn closed(path: PathBuf) -> Result<PathBuf, StateFolderError> {
    let path = own_links::follow(&path).map_err(|cause| StateFolderError::Folder { path, cause })?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&path).and_then(|()| close(&path)) {
        Ok(()) => Ok(path),
        Err(cause) => Err(StateFolderError::Folder { path, cause }),
    }
}

/// What was made by another program, or came from a backup, may be open to others.
#[cfg(unix)]
fn close(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A file's name for what these words say together: something to read, and the rest of it in a
/// few letters that no two of them share.
pub fn file_name(readable: &str, words: &[&str]) -> String {
    const READABLE: usize = 60;
    let harmless = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let readable: String = readable.chars().map(harmless).take(READABLE).collect();
    let mut hash = Sha256::new();
    for word in words {
        // With their lengths, so that where one ends is told as well.
        hash.update(word.len().to_le_bytes());
        hash.update(word.as_bytes());
    }
    let letters: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{letters}", readable.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_harmless_and_differ() {
        let name = file_name("../ops/check ü.lua", &["../ops/check ü.lua", "prod"]);
        assert!(name.starts_with("-ops-check-ü.lua-") && !name.contains('/'), "{name}");
        assert_ne!(name, file_name("../ops/check ü.lua", &["../ops/check ü.lua", "prod2"]));
        assert_ne!(file_name("x", &["ab", "c"]), file_name("x", &["a", "bc"]));
        assert!(file_name(&"x".repeat(400), &[]).len() < 100);
    }
}
