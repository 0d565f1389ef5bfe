//! The file of a record: for its owner's eyes alone, and only ever appended to.

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
        // Through a link, somebody else could have us write into a file of ours. A pipe without
        // a reader would hang.
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        }
        let mut file = options.open(path).map_err(|e| refused(describe_io_error(&e)))?;
        check_owner(&file).map_err(refused)?;
        let is_torn = check_text(&mut file).map_err(refused)?;
        if is_torn {
            // A run was killed while it wrote; what comes now is no part of that line.
            file.write_all(b"\n").map_err(|e| refused(e.to_string()))?;
        }
        Ok(Recording { path: path.to_owned(), file })
    }

    /// One line, with one write: lines of two processes do not mix, and what is killed leaves
    /// whole lines behind.
    pub fn write(&self, line: &RecordLine) -> Result<(), Unwritable> {
        let refused = |problem: String| Unwritable { path: self.path.clone(), problem };
        let mut text = serde_json::to_string(line).map_err(|e| refused(e.to_string()))?;
        text.push('\n');
        match (&self.file).write(text.as_bytes()) {
            Ok(written) if written == text.len() => Ok(()),
            Ok(_) => Err(refused("only a part of a line could be written; is the disk full?".to_owned())),
            Err(e) => Err(refused(e.to_string())),
        }
    }
}

fn describe_io_error(error: &io::Error) -> String {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ELOOP) {
        return "it is a symbolic link, which could lead anywhere; name the file itself".to_owned();
    }
    error.to_string()
}

#[cfg(unix)]
fn check_owner(file: &File) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let about = file.metadata().map_err(|e| e.to_string())?;
    if !about.is_file() {
        return Err("it is no regular file".to_owned());
    }
    // SAFETY: it only asks, and cannot fail.
    if about.uid() != unsafe { libc::geteuid() } {
        return Err("the file is another user's".to_owned());
    }
    if about.mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600)).map_err(|e| e.to_string())?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(file: &File) -> Result<(), String> {
    let about = file.metadata().map_err(|e| e.to_string())?;
    if about.is_file() { Ok(()) } else { Err("it is no regular file".to_owned()) }
}

/// Whether the last line lacks its end. What is no record of ours is not written into.
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
        return Err("the file is there and is no record of calls".to_owned());
    }
    if read == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)).map_err(|e| e.to_string())?;
    Ok(last != *b"\n")
}

/// How each line begins.
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
    fn a_torn_line_spoils_no_other() {
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
    fn only_a_record_of_ones_own_is_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("notes");
        std::fs::write(&notes, "dear diary\n").unwrap();
        let told = |path: &Path| Recording::open(path).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(told(&notes).contains("is no record of calls"));
        assert_eq!(std::fs::read_to_string(&notes).unwrap(), "dear diary\n");
        assert!(told(folder.path()).contains("cannot record calls in"));
        assert!(told(&folder.path().join("absent/record")).contains("No such file"));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_refused_and_modes_are_closed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("record"), folder.path().join("link"));
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
        symlink(&file, &link).unwrap();
        assert!(Recording::open(&link).err().unwrap().to_string().contains("symbolic link"));
        Recording::open(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Recording::open(Path::new("/dev/null")).err().unwrap().to_string().contains("no regular file"));
    }
}
