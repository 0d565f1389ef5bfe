//! Symbolic links on the way to files that the program writes: a user's own are followed, those that another user
//! could have made are not.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::{Ran, Shell};

const PRECIOUS: &str = "precious";
const REPORT: &str = "report.print({{ n = 1 }})";
const CHANGE: &str = "ssm.put_parameter { name = '/a', value = 'b', type = 'String' }";

/// A home with a file, links to it and to its folder in a folder where all users may write, and in one of its own.
fn home() -> Shell {
    let shell = Shell::new().sandbox().file("real/file.json", PRECIOUS).file("own/x", "").file("shared/x", "");
    let home = shell.home.path();
    fs::set_permissions(home.join("shared"), fs::Permissions::from_mode(0o1777)).expect("a mode");
    for folder in ["own", "shared"] {
        symlink("../real/file.json", home.join(folder).join("link.json")).expect("a link");
        symlink("../real", home.join(folder).join("folder")).expect("a link");
    }
    shell
}

#[track_caller]
fn is_untouched(ran: &Ran) {
    assert_eq!(ran.read("real/file.json"), PRECIOUS);
    let names: Vec<_> = fs::read_dir(ran.home.path().join("real")).expect("it is there").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn a_report_or_a_plan_is_not_written_through_a_link_that_others_could_have_made() {
    for file in ["shared/link.json", "shared/folder/file.json", "shared/folder/new.json", "shared/folder/new/new.json"]
    {
        let ran = home().args(["--out", file]).script(REPORT);
        assert!(!ran.ended_with(0), "{file}: {}", ran.stderr);
        let ran = ran.says("where all users may write").says("name the file itself");
        is_untouched(&ran);
        if !file.contains("new/") {
            let ran = home().args(["--plan-out", file]).script(CHANGE);
            assert!(!ran.ended_with(0), "{file}: {}", ran.stderr);
            is_untouched(&ran.says("where all users may write"));
        }
        let ran = home().script(&format!("report.write({{{{ n = 1 }}}}, {file:?})")).code(1);
        is_untouched(&ran);
    }
}

#[test]
fn ones_own_links_are_followed() {
    for file in ["own/link.json", "own/folder/file.json"] {
        let ran = home().args(["--out", file]).script(REPORT).code(0);
        assert!(ran.read("real/file.json").contains("\"n\": 1"));
        assert!(ran.home.path().join("own/link.json").is_symlink());
        let ran = home().args(["--plan-out", file]).script(CHANGE).code(0);
        assert!(ran.read("real/file.json").contains("put_parameter"));
    }
}

#[test]
fn state_is_not_kept_through_a_link_that_others_could_have_made() {
    let state = |folder: &str| {
        let shell = home();
        let folder = shell.home.path().join(folder);
        shell.env("XDG_STATE_HOME", folder).args(["--lock", "--compare"]).script(REPORT)
    };
    let ran = state("shared/folder").code(1).says("where all users may write");
    is_untouched(&ran);
    let ran = state("own/folder").code(0);
    assert!(ran.home.path().join("real/moonfleet/locks").is_dir());
}

#[test]
fn a_lock_is_not_taken_through_a_link_that_others_could_have_made() {
    let locks = Path::new(".local/state/moonfleet/locks");
    let ran = home().args(["--lock=daily"]).script(REPORT).code(0);
    let lock = fs::read_dir(ran.home.path().join(locks)).expect("it is there").next().expect("a lock").expect("a lock");
    let name = lock.file_name();
    let shell = Shell::at(ran.home).sandbox();
    let path = shell.home.path().join(locks).join(name);
    fs::remove_file(&path).expect("a file of ours");
    symlink("../../../../shared/link.json", &path).expect("a link");
    is_untouched(&shell.args(["--lock=daily"]).script(REPORT).code(1).says("where all users may write"));
}
