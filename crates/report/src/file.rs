//! Writes reports to files, completely or not at all, and checks files before the report is made.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moonfleet_core::own_links;

use super::{Error, Format};

/// Checks that a report can be written to this file, before the report is made, which can take an hour. Returns
/// the format of its extension.
pub fn check_writable(path: &Path) -> Result<Format, Error> {
    let format = Format::from_path(path)?;
    Draft::create(path)?;
    Ok(format)
}

/// Writes a file with `fill`, and replaces the existing file when it is complete. If anything fails, the existing
/// file stays unchanged.
pub fn write_atomically(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let mut draft = Draft::create(path)?;
    draft.fill_and_publish(fill).map_err(|cause| draft.failed(path, cause))
}

/// Writes a file in the same way, but readable only for the user, regardless of the umask.
pub fn write_private(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let mut draft = Draft::create(path)?;
    draft.is_private = true;
    draft.fill_and_publish(fill).map_err(|cause| draft.failed(path, cause))
}

/// A file that is written in pieces. `publish` replaces the existing file.
pub struct PendingFile {
    path: PathBuf,
    draft: Draft,
    out: BufWriter<File>,
}

impl PendingFile {
    pub fn create(path: &Path) -> Result<Self, Error> {
        let draft = Draft::create(path)?;
        let out = draft.file.try_clone().map_err(|cause| draft.failed(path, cause))?;
        Ok(PendingFile { path: path.to_owned(), draft, out: BufWriter::new(out) })
    }

    pub fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.fill(|out| out.write_all(piece))
    }

    pub fn fill(&mut self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
        fill(&mut self.out).map_err(|cause| self.draft.failed(&self.path, cause))
    }

    pub fn publish(mut self) -> Result<(), Error> {
        self.fill(|out| out.flush())?;
        self.draft.publish().map_err(|cause| self.draft.failed(&self.path, cause))
    }
}

/// The unpublished drafts of this process, for [`discard_drafts`].
static DRAFTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes all unpublished drafts, before the process ends.
pub fn discard_drafts() {
    for draft in std::mem::take(&mut *DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)) {
        // An error cannot be reported any more, and does no harm.
        let _ = fs::remove_file(draft);
    }
}

/// A temporary file beside its target. It is removed unless it is published.
struct Draft {
    temporary: PathBuf,
    target: PathBuf,
    folder: PathBuf,
    file: File,
    /// The permissions of the existing file.
    permissions: Option<fs::Permissions>,
    /// Only the owner may read the file, also if the existing file is readable by others.
    is_private: bool,
    published: bool,
}

impl Draft {
    fn create(path: &Path) -> Result<Self, Error> {
        let target = own_links::follow(path).map_err(|cause| Error::Write {
            path: path.to_owned(),
            folder: path.parent().unwrap_or(path).to_owned(),
            cause,
        })?;
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let existing = match fs::metadata(&target) {
            Ok(existing) => Some(existing),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
            Err(cause) => return Err(Error::Write { path: path.to_owned(), folder, cause }),
        };
        if let Some(existing) = &existing {
            refuse(path, existing)?;
        } else if !folder.is_dir() {
            return Err(Error::NoFolder { path: path.to_owned(), folder });
        }
        let failed = |cause| Error::Write { path: path.to_owned(), folder: folder.clone(), cause };
        let (temporary, file) = temporary(&folder, PRIVATE).map_err(failed)?;
        DRAFTS.lock().unwrap_or_else(PoisonError::into_inner).insert(temporary.clone());
        // The new report keeps the permissions of the old one, which can be private.
        let permissions = existing.map(|existing| existing.permissions());
        Ok(Self { temporary, target, folder, file, permissions, is_private: false, published: false })
    }

    fn fill_and_publish(&mut self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(&self.file);
        fill(&mut out)?;
        out.flush()?;
        drop(out);
        self.publish()
    }

    fn publish(&mut self) -> io::Result<()> {
        if !self.is_private {
            let permissions = self.permissions.take().map_or_else(|| usual_permissions(&self.folder), Ok)?;
            self.file.set_permissions(permissions)?;
        }
        self.file.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        self.published = true;
        sync_folder(&self.folder)?;
        // A run can write thousands of files to a folder.
        static TIDY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        if TIDY.lock().unwrap_or_else(PoisonError::into_inner).insert(self.folder.clone()) {
            remove_stale_drafts(&self.folder, &self.target);
        }
        Ok(())
    }

    fn failed(&self, path: &Path, cause: io::Error) -> Error {
        Error::Write { path: path.to_owned(), folder: self.folder.clone(), cause }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // An error cannot be reported any more, and does no harm.
            let _ = fs::remove_file(&self.temporary);
        }
        DRAFTS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.temporary);
    }
}

/// Returns the permissions of a new file in a folder: for all to read, less what the umask or the folder's access
/// control list takes away, which only shows in a file that was made so.
fn usual_permissions(folder: &Path) -> io::Result<fs::Permissions> {
    let (probe, file) = temporary(folder, 0o644)?;
    let permissions = file.metadata().map(|about| about.permissions());
    fs::remove_file(probe)?;
    permissions
}

fn refuse(path: &Path, existing: &fs::Metadata) -> Result<(), Error> {
    let path = path.to_owned();
    if existing.is_dir() {
        Err(Error::IsFolder { path })
    } else if !existing.is_file() {
        Err(Error::NotRegular { path })
    } else if existing.permissions().readonly() {
        Err(Error::ReadOnly { path })
    } else {
        Ok(())
    }
}

/// The mode of a draft. A user who opened a readable draft could go on reading it.
const PRIVATE: u32 = 0o600;

/// The beginning and the end of the names of drafts.
const DRAFT_PREFIX: &str = ".moonfleet-";
const DRAFT_SUFFIX: &str = ".tmp";

/// The age of drafts that are removed: no report takes so long.
const STALE_AGE: Duration = Duration::from_secs(24 * 3600);

/// Removes drafts of processes that were killed. Errors are ignored, because the report is already written.
/// Ages count from the time of the report: the file system can have another clock than the machine.
fn remove_stale_drafts(folder: &Path, report: &Path) {
    let Ok(now) = fs::metadata(report).and_then(|report| report.modified()) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_draft = name.to_str().is_some_and(|name| name.starts_with(DRAFT_PREFIX) && name.ends_with(DRAFT_SUFFIX));
        let age = || now.duration_since(entry.metadata().ok()?.modified().ok()?).ok();
        if is_draft && age().is_some_and(|age| age > STALE_AGE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Creates a temporary file. It never opens an existing one, which could be a link in a shared folder.
fn temporary(folder: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{DRAFT_PREFIX}{}-{number}{DRAFT_SUFFIX}", std::process::id()));
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            // A process with the same id was killed and has left its file.
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// Syncs the folder, so that the new name survives a power failure.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // A folder that is writable but not readable cannot be synced.
    let Ok(folder) = File::open(folder) else {
        return Ok(());
    };
    match folder.sync_all() {
        // Some network file systems cannot sync folders.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn put(path: &Path, text: &str) -> Result<(), Error> {
        write_atomically(path, |out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn files_are_replaced_without_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.csv");
        put(&path, "old").unwrap();
        put(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["fleet.csv"]);
    }

    #[test]
    fn the_old_file_survives_a_failed_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.csv");
        put(&path, "old").unwrap();
        let failure = write_atomically(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        let message = failure.unwrap_err().to_string();
        assert!(message.contains("fleet.csv") && message.contains("the disk is full"), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["fleet.csv"]);
    }

    #[test]
    fn checking_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_writable(&folder.path().join("a.md")).unwrap(), Format::Md);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn checking_reports_the_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("folder.csv")).unwrap();
        assert!(matches!(check_writable(&at("folder.csv")), Err(Error::IsFolder { .. })));
        assert!(matches!(check_writable(&at("absent/a.csv")), Err(Error::NoFolder { .. })));
        let unknown = check_writable(&at("a.xlsx")).unwrap_err().to_string();
        assert!(unknown.contains(".json, .jsonl, .csv, .md, .html"), "{unknown}");
        assert!(check_writable(&at("noextension")).is_err());
        assert!(check_writable(&at("a.table")).is_err());
    }

    #[test]
    fn stale_drafts_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let now = File::create(folder.path().join("now")).unwrap().metadata().unwrap().modified().unwrap();
        fs::remove_file(folder.path().join("now")).unwrap();
        for (name, hours) in [(".moonfleet-1-0.tmp", 25), (".moonfleet-2-0.tmp", 23), (".other.tmp", 25)] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(now - Duration::from_secs(hours * 3600)).unwrap();
        }
        put(&folder.path().join("fleet.csv"), "new").unwrap();
        assert_eq!(names(folder.path()), [".moonfleet-2-0.tmp", ".other.tmp", "fleet.csv"]);
    }

    #[test]
    fn the_old_file_survives_a_failure_at_any_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.csv");
        let old = "old\n".repeat(10_000);
        put(&path, &old).unwrap();
        let new = "new line\n".repeat(10_000);
        for last in [0, 1, 8191, 8192, 8193, new.len() - 1] {
            let failure = write_atomically(&path, |out| {
                out.write_all(&new.as_bytes()[..last])?;
                out.flush()?;
                Err(io::ErrorKind::StorageFull.into())
            });
            assert!(failure.unwrap_err().to_string().contains("cannot write"));
            assert_eq!(fs::read_to_string(&path).unwrap(), old);
            assert_eq!(names(folder.path()), ["fleet.csv"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.json"), folder.path().join("latest.json"));
        put(&path, "1").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&path, &link).unwrap();
        put(&link, "2").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "2");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(put(&path, "3"), Err(Error::ReadOnly { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_draft_is_closed_to_others_until_it_is_complete() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        let write = |path: &Path| {
            write_atomically(path, |_| {
                let drafts: Vec<_> =
                    names(folder.path()).into_iter().filter(|name| name.starts_with(DRAFT_PREFIX)).collect();
                assert_eq!(drafts.iter().map(|draft| mode(draft)).collect::<Vec<_>>(), [0o600]);
                Ok(())
            })
        };
        let path = folder.path().join("a.csv");
        write(&path).unwrap();
        File::create(folder.path().join("usual")).unwrap();
        assert_eq!(mode("a.csv"), mode("usual") & 0o644);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
        write(&path).unwrap();
        assert_eq!(mode("a.csv"), 0o664);
        write_private(&path, |_| Ok(())).unwrap();
        assert_eq!(mode("a.csv"), 0o600);
        assert_eq!(names(folder.path()), ["a.csv", "usual"]);
    }
}
