//! Repairs the file of the prompt's history, which the line editor reads and writes. It has an entry a line, with
//! `\n` and `\\` for a line's end and a backslash in it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use moonfleet_core::known_secrets::is_known_in;

/// Replaces bytes that are not UTF-8: the editor reads no entry after them, and adds none.
pub(super) fn mend(path: &Path) -> io::Result<()> {
    rewrite(path, |bytes| match String::from_utf8_lossy(bytes) {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(text) => Some(text),
    })
}

/// Removes the entries that hold a secret.
pub(super) fn drop_secrets(path: &Path) -> io::Result<()> {
    rewrite(path, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let harmless = |line: &&str| !is_known_in(line) && !is_known_in(&unescaped(line));
        let kept: String = text.split_inclusive('\n').filter(harmless).collect();
        (kept.len() < text.len()).then_some(kept)
    })
}

fn unescaped(line: &str) -> String {
    line.replace("\\\\", "\u{0}").replace("\\n", "\n").replace('\u{0}', "\\")
}

/// Writes what `change` makes of the whole file, if anything. In place and under the lock that the editor takes too:
/// another prompt that waits for the lock has the file open.
fn rewrite(path: &Path, change: impl FnOnce(&[u8]) -> Option<String>) -> io::Result<()> {
    let mut file: File = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    file.lock()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if let Some(text) = change(&bytes) {
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use moonfleet_core::known_secrets::remember;

    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        mend(&path).unwrap();
        assert!(!path.exists());
        for (bytes, text) in [(&b"#V2\na\xffb\nc\n"[..], "#V2\na\u{fffd}b\nc\n"), (b"#V2\n\xc3\xa9", "#V2\né")] {
            fs::write(&path, bytes).unwrap();
            mend(&path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn entries_with_secrets_are_dropped_however_they_are_escaped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        remember(b"back\\slash and\nline");
        let lines = "#V2\nfirst\nx = 'back\\\\slash and\\nline'\nback\\\\nslash\nlast\n";
        fs::write(&path, lines).unwrap();
        drop_secrets(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "#V2\nfirst\nback\\\\nslash\nlast\n");
    }
}
