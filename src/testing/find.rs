//! Finds test files.

use std::fs;
use std::path::{Path, PathBuf};

use moonfleet_core::Failure;
use serde::{Deserialize, Serialize};

use crate::assets;

#[derive(Serialize, Deserialize)]
pub(crate) struct TestFile {
    /// Its path as given, for messages.
    pub name: String,
    pub source: Vec<u8>,
    /// Its folder, where its modules and scripts are. `None` if the file is embedded.
    pub folder: Option<PathBuf>,
}

const SUFFIX: &str = "_test.lua";

/// Returns the test files of these files and folders; without any, of the working directory.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<TestFile>, Failure> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut files = Vec::new();
    for path in paths {
        let embedded = path.to_str().filter(|_| !path.exists()).and_then(assets::tests);
        match embedded {
            Some(tests) => files.extend(tests.into_iter().map(|(name, source)| TestFile {
                name,
                source: source.into_owned(),
                folder: None,
            })),
            None if path.is_dir() => collect_from_folder(path, &mut files)?,
            None => files.push(read(path)?),
        }
    }
    Ok(files)
}

fn collect_from_folder(folder: &Path, files: &mut Vec<TestFile>) -> Result<(), Failure> {
    let unreadable = |e: std::io::Error| Failure::usage(format!("cannot read the folder '{}': {e}", folder.display()));
    let mut entries = fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(unreadable)?;
        // Links to folders are not followed, because they can form a cycle.
        if kind.is_dir() && !name.starts_with('.') {
            collect_from_folder(&entry.path(), files)?;
        } else if !kind.is_dir() && name.ends_with(SUFFIX) {
            files.push(read(&entry.path())?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<TestFile, Failure> {
    let source =
        fs::read(path).map_err(|e| Failure::usage(format!("cannot read the tests in '{}': {e}", path.display())))?;
    let short = path.strip_prefix(".").unwrap_or(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(TestFile {
        name: short.display().to_string(),
        source,
        folder: Some(folder.unwrap_or(Path::new(".")).to_owned()),
    })
}
