//! Folders whose files a generator writes or compares.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use similar::TextDiff;

/// A folder and the files that it must contain.
pub struct GeneratedFolder {
    pub path: PathBuf,
    pub files: BTreeMap<PathBuf, String>,
}

impl GeneratedFolder {
    /// Ends a generator: writes the files, or only compares them and names the command that writes them.
    pub fn finish(&self, only_check: bool, command: &str) -> Result<ExitCode> {
        if !only_check {
            self.update()?;
            return Ok(ExitCode::SUCCESS);
        }
        let stale = self.check()?;
        if stale > 0 {
            eprintln!("stale generated files: {stale}; run: {command}");
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Writes the files that differ, and removes all others.
    pub fn update(&self) -> Result<()> {
        for extra in self.extra_files()? {
            fs::remove_file(extra)?;
        }
        for (path, text) in &self.files {
            if fs::read_to_string(path).is_ok_and(|found| found == *text) {
                continue;
            }
            fs::create_dir_all(path.parent().context("files are in folders")?)?;
            fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }

    /// Prints how files differ, and returns the number of those that do.
    pub fn check(&self) -> Result<usize> {
        let mut stale = 0;
        for extra in self.extra_files()? {
            eprintln!("{}: not a generated file; remove it", extra.display());
            stale += 1;
        }
        for (path, expected) in &self.files {
            let found = fs::read_to_string(path).unwrap_or_default();
            if found != *expected {
                let name = path.display().to_string();
                print!("{}", TextDiff::from_lines(&found, expected).unified_diff().header(&name, "generated"));
                stale += 1;
            }
        }
        Ok(stale)
    }

    /// Returns the files in the folder that are not generated.
    fn extra_files(&self) -> Result<Vec<PathBuf>> {
        let mut extra = Vec::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder)? {
                if path.is_dir() {
                    folders.push(path);
                } else if !self.files.contains_key(&path) {
                    extra.push(path);
                }
            }
        }
        Ok(extra)
    }
}

/// Returns the paths in a folder; an empty list if the folder does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_current_after_its_update() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let files = BTreeMap::from([(path.join("inner/a.txt"), "new\n".to_owned())]);
        let generated = GeneratedFolder { path: path.clone(), files };
        assert_eq!(generated.check().unwrap(), 1);

        fs::create_dir_all(path.join("inner")).unwrap();
        fs::write(path.join("inner/a.txt"), "old\n").unwrap();
        fs::write(path.join("b.txt"), "of an earlier generator\n").unwrap();
        assert_eq!(generated.check().unwrap(), 2);

        generated.update().unwrap();
        assert_eq!(generated.check().unwrap(), 0);
        assert!(!path.join("b.txt").exists());
    }
}
