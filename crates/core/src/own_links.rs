//! Follows the symbolic links of a path that the program is about to write to, if they can be trusted.
//!
//! A link that another user made could lead the program to overwrite any file that its own user may write. The
//! rule is close to that of Linux's `fs.protected_symlinks` (proc_sys_fs(5)), which a kernel can have switched off,
//! and applies to every part of the path: links of the user and of root are followed, links of other users are
//! refused, and so is every link in a folder like /tmp, where all users may write.

use std::io;
use std::path::{Path, PathBuf};

/// Resolves all links in a path. Missing parts at its end stay as they are.
#[cfg(unix)]
pub fn follow(path: &Path) -> io::Result<PathBuf> {
    use std::collections::VecDeque;
    use std::ffi::OsString;
    use std::path::Component;

    /// As many as Linux follows in one path.
    const MOST_LINKS: usize = 40;

    let parts = |path: &Path| -> Vec<OsString> { path.components().map(|part| part.as_os_str().to_owned()).collect() };
    let mut left = VecDeque::from(parts(path));
    let (mut reached, mut links) = (PathBuf::new(), 0);
    while let Some(part) = left.pop_front() {
        let next = match Path::new(&part).components().next() {
            Some(Component::ParentDir) => {
                // Its links were followed, so that the part before is the real parent.
                match reached.file_name() {
                    Some(name) if name != ".." => reached.parent().map(Path::to_owned).unwrap_or_default(),
                    _ => reached.join(part),
                }
            }
            Some(Component::CurDir) => continue,
            _ => reached.join(part),
        };
        let about = match next.symlink_metadata() {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                reached = next;
                continue;
            }
            Err(error) => return Err(error),
        };
        if !about.is_symlink() {
            reached = next;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(io::Error::other(format!("there are more than {MOST_LINKS} symbolic links in {path:?}")));
        }
        check(&next, &about, &reached)?;
        for part in parts(&next.read_link()?).into_iter().rev() {
            left.push_front(part);
        }
    }
    Ok(if reached.as_os_str().is_empty() { PathBuf::from(".") } else { reached })
}

#[cfg(not(unix))]
pub fn follow(path: &Path) -> io::Result<PathBuf> {
    Ok(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
}

#[cfg(unix)]
fn check(link: &Path, about: &std::fs::Metadata, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    const ROOT: u32 = 0;
    /// The bits of a mode for the owner's files only, and for writing by all users.
    const SHARED: u32 = 0o1002;

    // SAFETY: `geteuid` only asks, and cannot fail.
    let user = unsafe { libc::geteuid() };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let whose = match about.uid() {
        owner if owner != user && owner != ROOT => format!("belongs to another user (uid {owner})"),
        _ if folder.metadata()?.mode() & SHARED == SHARED => format!("is in {folder:?}, where all users may write"),
        _ => return Ok(()),
    };
    let problem = format!("the symbolic link {link:?} {whose} and could lead anywhere; name the file itself");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, problem))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};

    use super::*;

    /// A folder with a file in it, as the system names it.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::create_dir(path.join("real")).unwrap();
        fs::write(path.join("real/file"), "").unwrap();
        (folder, path)
    }

    #[test]
    fn a_path_of_ones_own_links_leads_where_the_system_says() {
        let (_folder, path) = folder();
        symlink("real", path.join("relative")).unwrap();
        symlink(path.join("relative"), path.join("absolute")).unwrap();
        symlink("../real/file", path.join("real/link")).unwrap();
        for name in ["real/file", "relative/file", "absolute/link", "absolute/../real/./file", "real/../absolute/file"]
        {
            assert_eq!(follow(&path.join(name)).unwrap(), path.join(name).canonicalize().unwrap(), "{name}");
        }
        assert_eq!(follow(Path::new("a/../b")).unwrap(), Path::new("b"));
        assert_eq!(follow(Path::new("")).unwrap(), Path::new("."));
    }

    #[test]
    fn a_missing_end_is_kept() {
        let (_folder, path) = folder();
        symlink("real/new", path.join("link")).unwrap();
        assert_eq!(follow(&path.join("link")).unwrap(), path.join("real/new"));
        assert_eq!(follow(&path.join("real/a/b")).unwrap(), path.join("real/a/b"));
    }

    #[test]
    fn a_link_where_all_users_may_write_is_refused() {
        let (_folder, path) = folder();
        let shared = path.join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
        symlink("../real/file", shared.join("link")).unwrap();
        symlink("../real", shared.join("folder")).unwrap();
        for name in ["link", "folder/file", "folder/new"] {
            let error = follow(&shared.join(name)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
            assert!(error.to_string().contains("where all users may write"), "{error}");
        }
        assert_eq!(follow(&shared.join("new")).unwrap(), shared.join("new"));
    }

    #[test]
    fn a_link_of_another_user_is_refused() {
        let (_folder, path) = folder();
        symlink("real/file", path.join("link")).unwrap();
        // Only root can give a link away; for others the test above holds.
        if lchown(path.join("link"), Some(12345), None).is_ok() {
            let error = follow(&path.join("link")).unwrap_err().to_string();
            assert!(error.contains("link\" belongs to another user (uid 12345)"), "{error}");
        }
    }

    #[test]
    fn links_that_lead_to_each_other_end() {
        let (_folder, path) = folder();
        symlink("b", path.join("a")).unwrap();
        symlink("a", path.join("b")).unwrap();
        assert!(follow(&path.join("a")).unwrap_err().to_string().contains("more than 40 symbolic links"));
    }
}
