//! `--lock`: one run at a time. The lock is an operating system's lock on an open file, so it ends with the
//! process, however that ends. The file stays, and names the last holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use moonfleet_core::own_links;
use moonfleet_core::sanitize;
use moonfleet_core::state_folder;
use serde::{Deserialize, Serialize};

/// A lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "another run holds the lock '{}'{}; this run was not started",
        sanitize::line(name),
        holder.as_ref().map(describe_holder).unwrap_or_default()
    )]
    Held { name: String, holder: Option<LockHolder> },
    #[error("cannot lock '{}' in {}: {cause}", sanitize::line(name), path.display())]
    Unlockable { name: String, path: PathBuf, cause: io::Error },
    #[error("cannot lock '{}': {cause}", sanitize::line(name))]
    NoFolder { name: String, cause: state_folder::StateFolderError },
}

/// The process that holds a lock.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct LockHolder {
    pid: u32,
    since: String,
}

fn describe_holder(holder: &LockHolder) -> String {
    format!(": process {}, since {}", holder.pid, sanitize::line(&holder.since))
}

impl Lock {
    /// Takes the lock of this name, without waiting for it.
    pub fn take(name: &str) -> Result<Self, LockError> {
        let folder =
            state_folder::folder_of("locks").map_err(|cause| LockError::NoFolder { name: name.to_owned(), cause })?;
        Self::take_in(&folder, name)
    }

    fn take_in(folder: &Path, name: &str) -> Result<Self, LockError> {
        let path = folder.join(state_folder::file_name(name, &[name]));
        let failed = |cause| LockError::Unlockable { name: name.to_owned(), path: path.clone(), cause };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = own_links::follow(&path).and_then(|path| options.open(path)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { name: name.to_owned(), holder: read(&mut file) });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let since = Timestamp::now().strftime("%FT%TZ").to_string();
        let holder = LockHolder { pid: std::process::id(), since };
        write(&mut file, &holder).map_err(failed)?;
        Ok(Lock { _file: file })
    }
}

fn write(file: &mut File, holder: &LockHolder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let line = serde_json::to_string(holder)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// Reads the holder; `None` if it has taken the lock and not yet written its name.
fn read(file: &mut File) -> Option<LockHolder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_names_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take_in(folder.path(), "daily").unwrap();
        let error = Lock::take_in(folder.path(), "daily").unwrap_err().to_string();
        let own = format!("another run holds the lock 'daily': process {}, since ", std::process::id());
        assert!(error.starts_with(&own), "{error}");
        assert!(Lock::take_in(folder.path(), "weekly").is_ok());
        drop(held);
        assert!(Lock::take_in(folder.path(), "daily").is_ok());
    }

    #[test]
    fn the_file_of_a_killed_process_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(state_folder::file_name("daily", &["daily"]));
        for left in ["", "{\"pid\":1,", "{\"pid\":4194304,\"since\":\"2026-11-25T06:00:00Z\"}\nand a longer line yet"] {
            std::fs::write(&path, left).unwrap();
            drop(Lock::take_in(folder.path(), "daily").unwrap());
            let text = std::fs::read_to_string(&path).unwrap();
            let holder: LockHolder = serde_json::from_str(&text).unwrap();
            assert_eq!(holder.pid, std::process::id());
        }
    }
}
