//! The file of a record: readable only for its owner, and only appended to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::RecordLine;

#[derive(Debug, thiserror::Error)]
#[error("cannot record calls in '{}': {problem}", path.display())]
pub struct Unwritable {
    path: PathBuf,
    problem: String,
}

pub struct Recording {
    path: PathBuf,
    file: File,
}

impl Recording {
    pub fn open(path: &Path) -> Result<Self, Unwritable> {
        let refused = |problem: String| Unwritable { path: path.to_owned(), problem };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        // Through a symbolic link, another user could make the program write into any file of
        // its user. Opening a pipe without a reader would hang.
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        }
        let mut file = options.open(path).map_err(|e| refused(describe_io_error(&e)))?;
        check_owner(&file).map_err(refused)?;
        let is_torn = check_text(&mut file).map_err(refused)?;
        if is_torn {
            // A run was killed while it wrote its last line; the next line must not continue it.
            file.write_all(b"\n").map_err(|e| refused(e.to_string()))?;
        }
        Ok(Recording { path: path.to_owned(), file })
    }

    /// Appends a line with one write, so that lines of two processes do not mix and a killed
    /// process leaves whole lines.
    pub fn write(&self, line: &RecordLine) -> Result<(), Unwritable> {
        let refused = |problem: String| Unwritable { path: self.path.clone(), problem };
        let mut text = serde_json::to_string(line).map_err(|e| refused(e.to_string()))?;
        text.push('\n');
        match (&self.file).write(text.as_bytes()) {
            Ok(written) if written == text.len() => Ok(()),
            Ok(_) => Err(refused("only part of a line was written; is the disk full?".to_owned())),
            Err(e) => Err(refused(e.to_string())),
        }
    }
}

fn describe_io_error(error: &io::Error) -> String {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ELOOP) {
        return "it is a symbolic link; name the file itself".to_owned();
    }
    error.to_string()
}

#[cfg(unix)]
fn check_owner(file: &File) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let about = file.metadata().map_err(|e| e.to_string())?;
    if !about.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    // SAFETY: `geteuid` has no preconditions and cannot fail.
    if about.uid() != unsafe { libc::geteuid() } {
        return Err("the file belongs to another user".to_owned());
    }
    if about.mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600)).map_err(|e| e.to_string())?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(file: &File) -> Result<(), String> {
    let about = file.metadata().map_err(|e| e.to_string())?;
    if about.is_file() { Ok(()) } else { Err("it is not a regular file".to_owned()) }
}

/// Returns whether the last line has no line break; an error if the file is not a record.
fn check_text(file: &mut File) -> Result<bool, String> {
    let mut beginning = [0; BEGINNING.len()];
    let mut read = 0;
    while read < beginning.len() {
        match file.read(&mut beginning[read..]).map_err(|e| e.to_string())? {
            0 => break,
            more => read += more,
        }
    }
    if !BEGINNING.starts_with(&beginning[..read]) {
        return Err("the file exists and is not a record of calls; name another file".to_owned());
    }
    if read == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)).map_err(|e| e.to_string())?;
    Ok(last != *b"\n")
}

/// The beginning of each line.
const BEGINNING: &[u8] = b"{\"run\":\"";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::read_record;

    fn line(call: u64) -> RecordLine {
        RecordLine {
            run: "rün".to_owned(),
            call,
            service: "ec2".to_owned(),
            operation: "describe_vpcs".to_owned(),
            ..RecordLine::default()
        }
    }

    #[test]
    fn a_torn_line_leaves_the_others_readable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.jsonl");
        Recording::open(&path).unwrap().write(&line(1)).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        assert!(whole.as_bytes().starts_with(BEGINNING), "{whole}");
        std::fs::write(&path, [whole.as_bytes(), &whole.as_bytes()[..whole.len() / 2], &"ü".as_bytes()[..1]].concat())
            .unwrap();
        Recording::open(&path).unwrap().write(&line(2)).unwrap();
        let record = read_record(&path).unwrap();
        assert_eq!(record.calls.iter().map(|call| call.line.call).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(record.torn, [2]);
    }

    #[test]
    fn files_that_are_not_records_are_refused_and_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("notes");
        std::fs::write(&notes, "dear diary\n").unwrap();
        let message = |path: &Path| Recording::open(path).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(message(&notes).contains("is not a record of calls"));
        assert_eq!(std::fs::read_to_string(&notes).unwrap(), "dear diary\n");
        assert!(message(folder.path()).contains("cannot record calls in"));
        assert!(message(&folder.path().join("absent/record")).contains("No such file"));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_refused_and_modes_become_private() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("record"), folder.path().join("link"));
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
        symlink(&file, &link).unwrap();
        assert!(Recording::open(&link).err().unwrap().to_string().contains("symbolic link"));
        Recording::open(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Recording::open(Path::new("/dev/null")).err().unwrap().to_string().contains("not a regular file"));
    }
}
