//! Objects of S3 in moto, a server of other authors.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::moto::moto;
use crate::support::{Shell, wait_until};

const MB: usize = 1_000_000;
const CREATE: &str = "aws.service('s3').create_bucket{bucket='objects', create_bucket_configuration={location_constraint='eu-central-1'}}";

/// Bytes that do not repeat within a block.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// Runs a chunk, and returns the most memory that it took, in kB. The system's figure after the end of a process can be that
/// of the process that started it.
#[track_caller]
fn peak_memory(shell: Shell, lua: &str) -> u64 {
    let measured = shell.arg("--yes").returned(&format!(
        "{lua}
         for line in io.lines('/proc/self/status') do
           local kb = line:match('VmHWM:%s*(%d+)')
           if kb then return tonumber(kb) end
         end"
    ));
    measured.as_u64().expect("kB")
}

#[test]
fn a_large_object_takes_the_memory_of_a_small_one() {
    let Some(moto) = moto() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shell = || moto.shell().folder(folder.path());
    shell().arg("--yes").chunk(CREATE).code(0);
    let both_ways = |name: &str, length: usize| {
        fs::write(folder.path().join(name), bytes(length)).expect("a file");
        let put = format!(
            "aws.service('s3').put_object{{bucket='objects', key='{name}', body={{file='{name}'}}, checksum_algorithm='SHA256'}}"
        );
        let get = format!(
            "assert(aws.service('s3').get_object{{bucket='objects', key='{name}', to='got-{name}'}}.file.bytes == {length})"
        );
        let memory = [peak_memory(shell(), &put), peak_memory(shell(), &get)];
        assert!(same(folder.path(), name, &format!("got-{name}")), "{name} has changed on its way");
        memory
    };
    let (small, large) = (both_ways("small", 1000), both_ways("large", 60 * MB));
    for (small, large) in small.into_iter().zip(large) {
        assert!(large < small + small / 4, "{large} kB for 60 MB, {small} kB for 1 kB");
    }
}

#[cfg(unix)]
#[test]
fn files_are_deleted_only_in_the_folder_and_not_by_plans_and_reads() {
    let Some(moto) = moto() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for inner in ["back", "elsewhere"] {
        fs::create_dir(folder.path().join(inner)).expect("a folder");
        fs::write(folder.path().join(inner).join("extra"), "x").expect("a file");
    }
    std::os::unix::fs::symlink("../elsewhere", folder.path().join("back/link")).expect("a link");
    let exists = |path: &str| folder.path().join(path).exists();
    let shell = || moto.shell().folder(folder.path());
    shell()
        .arg("--yes")
        .chunk(&format!("{CREATE} aws.service('s3').put_object{{bucket='objects', key='one'}}"))
        .code(0);
    let sync = |args: &[&str]| {
        shell().args(args).args(["-e", "aws.service('s3').sync{from='s3://objects', to='back', delete=true}"]).run()
    };
    sync(&["--plan"]).code(0).says("would delete the file back/extra");
    assert!(exists("back/extra"), "a plan deletes nothing");
    sync(&["--read-only"]).code(1).says("the run is read-only").says("back/extra");
    assert!(exists("back/extra"), "a read-only run deletes nothing");
    sync(&[]).code(0);
    assert!(!exists("back/extra") && exists("elsewhere/extra") && exists("back/link"));
}

/// Copies small and large files to moto and back. The first copy is killed in the middle and made again.
fn synchronized(small: usize, large: usize) {
    let Some(moto) = moto() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = folder.path().join("site");
    for at in 0..small {
        let path = site.join(format!("{}/file-{at}", at % 50));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, format!("{at} {}", "x".repeat(at % 4000))).expect("a file");
    }
    for at in 0..large {
        fs::write(site.join(format!("large-{at}")), bytes(20 * MB + at)).expect("a file");
    }
    let shell = || moto.shell().folder(folder.path()).arg("--yes");
    let sync = |from: &str, to: &str| {
        format!(
            "local rows, complete = aws.service('s3').sync{{from='{from}', to='{to}'}}
             return {{ #rows, complete, (rows[1] or {{}}).detail }}"
        )
    };
    shell().chunk(CREATE).code(0);
    let stored = || {
        let count = shell().returned("return #aws.service('s3').ls{url='s3://objects', recursive=true}");
        usize::try_from(count.as_u64().expect("a number")).expect("a small number")
    };
    let (mut first, _home) = shell().args(["-e", &sync("site", "s3://objects/site")]).spawn();
    wait_until("nothing is copied", || stored() > small / 10);
    first.kill().and_then(|()| first.wait()).expect("the program runs");
    let before = stored();
    assert!(before < small + large, "the first copy was complete before it was killed");
    let second = shell().returned(&sync("site", "s3://objects/site"));
    assert_eq!(second, json!([small + large - before, true, ""]));
    assert_eq!(shell().returned(&sync("site", "s3://objects/site"))[0], 0, "a third copy has no work");
    let back = shell().returned(&sync("s3://objects/site", "back"));
    assert_eq!((&back[0], &back[1]), (&json!(small + large), &json!(true)));
    assert_eq!(shell().returned(&sync("s3://objects/site", "back"))[0], 0, "a second download has no work");
    let difference = Command::new("diff").arg("-r").args([&site, &folder.path().join("back")]).output().expect("diff");
    assert!(difference.status.success(), "{}", String::from_utf8_lossy(&difference.stdout));
}

#[test]
fn a_folder_is_copied_to_a_bucket_and_back_although_it_is_interrupted() {
    synchronized(300, 1);
}

/// The size of a real site: `cargo test --release --test wire -- --ignored objects`.
#[test]
#[ignore = "takes minutes"]
fn ten_thousand_files_are_copied_to_a_bucket_and_back() {
    synchronized(10_000, 3);
}

fn same(folder: &Path, one: &str, other: &str) -> bool {
    let read = |name: &str| fs::read(folder.join(name)).expect("a file");
    read(one) == read(other)
}
