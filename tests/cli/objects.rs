//! Files and objects of S3, in the sandbox.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Shell, sandbox};

const BUCKET: &str = "local s3 = aws.service 's3'
                      s3.create_bucket{bucket='objects', create_bucket_configuration={location_constraint='eu-central-1'}}
                      local function put(key, body) s3.put_object{bucket='objects', key=key, body=body or ''} end
                      local function keys()
                        local found = {}
                        for _, one in ipairs(s3.ls{url='s3://objects', recursive=true}) do found[#found + 1] = one.name end
                        return found
                      end ";

fn shell() -> Shell {
    sandbox().arg("--yes")
}

fn returned(shell: Shell, lua: &str) -> Value {
    shell.returned(&format!("{BUCKET} {lua}"))
}

#[test]
fn a_prefix_is_listed_like_a_folder() {
    let listed = returned(
        shell(),
        "put('a/one', 'x') put('a/b/two', 'xy') put('three', 'xyz')
         local function names(rows) local n = {} for at, row in ipairs(rows) do n[at] = row.name end return n end
         return { names(s3.ls{url='s3://objects/a/'}), names(s3.ls{url='s3://objects'}), keys(),
                  s3.ls{url='s3://objects/three'}[1].bytes }",
    );
    let url = |key: &str| format!("s3://objects/{key}");
    assert_eq!(listed[0], json!([url("a/b/"), url("a/one")]));
    assert_eq!(listed[1], json!([url("a/"), url("three")]));
    assert_eq!(listed[2], json!([url("a/b/two"), url("a/one"), url("three")]));
    assert_eq!(listed[3], 3);
}

#[test]
fn files_and_objects_are_copied_in_every_direction() {
    let ran = shell().file("index.html", "<p>").chunk(&format!(
        "{BUCKET}
         local up = s3.cp{{from='index.html', to='s3://objects/site/'}}
         print(up.action, up.to, up.status, s3.head_object{{bucket='objects', key='site/index.html'}}.content_type)
         print(s3.cp{{from='s3://objects/site/index.html', to='s3://objects/ä copy', request={{metadata={{by='me'}}, metadata_directive='REPLACE'}}}}.status)
         print(s3.cp{{from='s3://objects/ä copy', to='new/back.html'}}.status)"
    ));
    let ran = ran.code(0).printed("upload\ts3://objects/site/index.html\tdone\ttext/html\ndone\ndone\n");
    assert_eq!(ran.read("new/back.html"), "<p>");
}

#[test]
fn a_large_file_is_sent_in_parts() {
    let bytes = "moonfleet".repeat(2_000_000);
    let copied = shell().file("large", &bytes).chunk(&format!(
        "{BUCKET} s3.cp{{from='large', to='s3://objects/large'}} s3.cp{{from='s3://objects/large', to='back'}}
         print(s3.head_object{{bucket='objects', key='large'}}.e_tag:match '%-%d+')"
    ));
    let copied = copied.code(0).printed("-3\n");
    assert!(copied.read("back") == bytes);
}

#[test]
fn an_interrupted_upload_is_continued() {
    let bytes = "moonfleet".repeat(2_000_000);
    let ran = shell().file("large", &bytes).args(["--record", "calls"]).chunk(&format!(
        "{BUCKET}
         local id = s3.create_multipart_upload{{bucket='objects', key='large'}}.upload_id
         local first = {{file='large', length=8 * 1024 * 1024}}
         s3.upload_part{{bucket='objects', key='large', upload_id=id, part_number=1, body=first}}
         -- A part of another file.
         s3.upload_part{{bucket='objects', key='large', upload_id=id, part_number=2, body='other'}}
         s3.cp{{from='large', to='s3://objects/large'}}
         s3.cp{{from='s3://objects/large', to='back'}}"
    ));
    let ran = ran.code(0);
    assert!(ran.read("back") == bytes);
    let sent = ran.read("calls").lines().filter(|line| line.contains("\"ok\"") && line.contains("upload_part")).count();
    assert_eq!(sent, 4, "two parts by hand, and the second and the third by the copy");
}

#[test]
fn only_differences_are_copied_and_deleted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in [("site/index.html", "one"), ("site/deep/er/two", "two"), ("site/skip.tmp", "tmp")] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let seen = returned(
        shell().folder(folder.path()),
        "local function sync(more)
           local all = {from='site', to='s3://objects/site', exclude='*.tmp'}
           for name, value in pairs(more or {}) do all[name] = value end
           local rows, complete = s3.sync(all)
           local short = {}
           for at, row in ipairs(rows) do short[at] = row.action .. ' ' .. row.to .. ' ' .. row.status end
           assert(complete)
           return short
         end
         local planned = sync{dry_run=true}
         assert(#keys() == 0)
         local first, again = sync(), sync()
         put('site/old', 'x')
         local kept, deleted = sync(), sync{delete=true}
         local rows = s3.sync{from='s3://objects/site', to='back'}
         local unchanged = s3.sync{from='s3://objects/site', to='back'}
         return { planned, first, again, kept, deleted, #rows, #unchanged, keys() }",
    );
    let both = |status: &str| {
        json!([
            format!("upload s3://objects/site/deep/er/two {status}"),
            format!("upload s3://objects/site/index.html {status}")
        ])
    };
    assert_eq!((&seen[0], &seen[1]), (&both("planned"), &both("done")));
    assert_eq!((&seen[2], &seen[3]), (&json!({}), &json!({})));
    assert_eq!(seen[4], json!(["delete s3://objects/site/old done"]));
    assert_eq!((&seen[5], &seen[6]), (&json!(2), &json!(0)), "{seen}");
    assert_eq!(seen[7].as_array().map(Vec::len), Some(2));
    assert_eq!(fs::read_to_string(folder.path().join("back/deep/er/two")).expect("a file"), "two");
}

#[test]
fn a_key_cannot_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = shell().folder(folder.path()).chunk(&format!(
        "{BUCKET}
         for _, key in ipairs{{'../evil', 'a/../../evil', '/evil', 'a//b', './c', 'folder/', 'bytes/', 'ok'}} do put(key, key ~= 'folder/' and 'x') end
         local rows, complete = s3.sync{{from='s3://objects', to='target/inner'}}
         for _, row in ipairs(rows) do print(row.from, row.status) end
         print(complete)"
    ));
    ran.code(3)
        .prints("s3://objects/ok\tdone")
        .prints("s3://objects/../evil\tskipped")
        .prints("s3://objects/a/../../evil\tskipped")
        .prints("s3://objects//evil\tskipped")
        .prints("s3://objects/a//b\tskipped")
        .prints("s3://objects/./c\tskipped")
        .prints("s3://objects/bytes/\tskipped")
        .prints("\nfalse\n");
    let names = |path: &str| {
        let entries = fs::read_dir(folder.path().join(path)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect::<Vec<_>>()
    };
    assert_eq!((names("target"), names("target/inner")), (vec!["inner".to_owned()], vec!["ok".to_owned()]));
}

#[cfg(unix)]
#[test]
fn links_are_followed_unless_they_are_left_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("site")).expect("a folder");
    fs::write(folder.path().join("file"), "x").expect("a file");
    std::os::unix::fs::symlink("../file", folder.path().join("site/link")).expect("a link");
    std::os::unix::fs::symlink(".", folder.path().join("site/loop")).expect("a link");
    let ran = shell().folder(folder.path()).chunk(&format!(
        "{BUCKET}
         local rows = s3.sync{{from='site', to='s3://objects', follow_links=false, delete=true}}
         print(#rows)
         for _, row in ipairs((s3.sync{{from='site', to='s3://objects', delete=true}})) do print(row.from, row.status) end"
    ));
    ran.code(3).prints("0\nsite/link\tdone\nsite/loop\tskipped\n").says("nothing was deleted");
}

#[test]
fn a_plan_has_a_change_for_each_file_and_apply_sends_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("site")).expect("a folder");
    for name in ["one", "two"] {
        fs::write(folder.path().join("site").join(name), name).expect("a file");
    }
    let bucket = || sandbox().folder(folder.path());
    let lua = "local s3 = aws.service 's3' local b = s3.list_buckets().buckets[1].name
               s3.sync{from='site', to='s3://' .. b .. '/site'} s3.sync{from='s3://' .. b, to='back'}";
    let planned = bucket().args(["--plan", "-e", lua]).run();
    planned.code(0).prints("s3.put_object").prints("site/one").prints("site/two");
    assert!(!folder.path().join("back").exists(), "a plan writes no files");
}

#[test]
fn an_empty_source_deletes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("back")).expect("a folder");
    fs::write(folder.path().join("back/extra"), "x").expect("a file");
    let ran = shell()
        .folder(folder.path())
        .chunk(&format!("{BUCKET} s3.sync{{from='s3://objects/mistyped', to='back', delete=true}}"));
    ran.code(1).says("s3://objects/mistyped has nothing to copy").says("check the path");
    assert!(folder.path().join("back/extra").exists());
}

#[test]
fn mistakes_are_named_before_anything_is_sent() {
    for (call, problem) in [
        ("s3.cp{from='a', to='b'}", "one of `from` and `to` must be a URL such as s3://bucket/key"),
        ("s3.cp{from='absent', to='s3://b/k'}", "objects.cp: absent does not exist"),
        ("s3.sync{from='absent', to='s3://b/k'}", "objects.sync: the folder absent does not exist"),
        ("s3.sync{from='s3:///k', to='x'}", "the URL 's3:///k' has no bucket; write s3://bucket/key"),
        ("s3.ls{url='b/k'}", "the URL 'b/k' must begin with s3://"),
        ("s3.sync{from='a', to='s3://b', delet=true}", "unknown option 'delet'; did you mean 'delete'?"),
        ("s3.ls('b')", "its options must be a table such as {name = value}, not a string"),
    ] {
        sandbox().chunk(&format!("local s3 = aws.service 's3' {call}")).code(1).says(problem);
    }
}

#[test]
fn a_contained_script_has_no_files() {
    let script = "local ok, e = pcall(require('objects').sync, {from='.', to='s3://b'}) print(e)";
    sandbox()
        .arg("--contain")
        .chunk(script)
        .code(0)
        .prints("objects: refused, nothing was done: it reads and writes files, and the run is --contain");
}
