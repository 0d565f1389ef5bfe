//! The folder for state that the program keeps between runs. Only its user has access, even if
//! another program made the folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use crate::own_links;

#[derive(Debug, thiserror::Error)]
pub enum StateFolderError {
    #[error("cannot store state: the home folder is unknown; set HOME")]
    NoHome,
    #[error("cannot store state in {}: {cause}", path.display())]
    Folder { path: PathBuf, cause: io::Error },
}

/// Returns the program's folder. Creates it, and makes it private to its user.
pub fn folder() -> Result<PathBuf, StateFolderError> {
    let base = etcetera::choose_base_strategy().map_err(|_| StateFolderError::NoHome)?;
    private(base.state_dir().unwrap_or_else(|| base.data_dir()).join("moonfleet"))
}

/// Returns a folder in the program's folder. Creates it, and makes it private to its user.
pub fn folder_of(name: &str) -> Result<PathBuf, StateFolderError> {
    private(folder()?.join(name))
}

fn private(path: PathBuf) -> Result<PathBuf, StateFolderError> {
    let path = own_links::follow(&path).map_err(|cause| StateFolderError::Folder { path, cause })?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&path).and_then(|()| make_private(&path)) {
        Ok(()) => Ok(path),
        Err(cause) => Err(StateFolderError::Folder { path, cause }),
    }
}

/// Removes the access of other users, which a folder from another program or a backup may allow.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Returns a file name for a list of words: a readable part, and a hash of the words that makes the
/// name unique.
pub fn file_name(readable: &str, words: &[&str]) -> String {
    const READABLE: usize = 60;
    let safe_char = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let readable: String = readable.chars().map(safe_char).take(READABLE).collect();
    let mut hash = Sha256::new();
    for word in words {
        // The lengths distinguish ["ab", "c"] from ["a", "bc"].
        hash.update(word.len().to_le_bytes());
        hash.update(word.as_bytes());
    }
    let digits: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digits}", readable.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_and_unique() {
        let name = file_name("../ops/check ü.lua", &["../ops/check ü.lua", "prod"]);
        assert!(name.starts_with("-ops-check-ü.lua-") && !name.contains('/'), "{name}");
        assert_ne!(name, file_name("../ops/check ü.lua", &["../ops/check ü.lua", "prod2"]));
        assert_ne!(file_name("x", &["ab", "c"]), file_name("x", &["a", "bc"]));
        assert!(file_name(&"x".repeat(400), &[]).len() < 100);
    }
}
