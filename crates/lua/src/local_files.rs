//! Files and folders of this machine for the library's module `objects`, which copies them to and from S3. A contained
//! machine has no files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use md5::{Digest as _, Md5};
use mlua::{Error, FromLuaMulti, IntoLuaMulti, Lua, Result, Table, UserData, UserDataMethods};
use moonfleet_core::error;
use moonfleet_core::{ProgressBar, own_links};
use moonfleet_engine::Context;
use walkdir::{DirEntry, WalkDir};

use crate::containment;

/// Adds the functions to the module of the program's functions for the library.
pub(crate) fn install(lua: &Lua, host: &Table, context: &Context) -> Result<()> {
    let files = lua.create_table()?;
    add(lua, &files, "walk", walk)?;
    add(lua, &files, "about", about)?;
    add(lua, &files, "make_folder", make_folder)?;
    add(lua, &files, "set_modified", set_modified)?;
    add(lua, &files, "remove", remove)?;
    add(lua, &files, "md5", md5)?;
    add(lua, &files, "content_type", |_, path: String| Ok(mime_guess::from_path(path).first_raw().map(str::to_owned)))?;
    host.raw_set("files", files)?;
    let session = context.clone();
    host.raw_set("bar", lua.create_function(move |_, steps| Ok(session.progress().start(steps).map(Bar)))?)?;
    let run = context.clone();
    host.raw_set("is_planned", lua.create_function(move |_, ()| Ok(run.guard().plan().is_some()))?)?;
    let run = context.clone();
    let is_read_only = move |_: &Lua, ()| Ok(run.guard().rules(run.session()).read_only);
    host.raw_set("is_read_only", lua.create_function(is_read_only)?)
}

fn add<A, R>(lua: &Lua, files: &Table, name: &str, function: fn(&Lua, A) -> Result<R>) -> Result<()>
where
    A: FromLuaMulti + 'static,
    R: IntoLuaMulti + 'static,
{
    let checked = move |lua: &Lua, arguments: A| {
        if containment::is_contained(lua) {
            return Err(containment::refused("objects", "it reads and writes files"));
        }
        function(lua, arguments)
    };
    files.raw_set(name, lua.create_function(checked)?)
}

fn failed(does: &str, path: &str, problem: impl std::fmt::Display) -> Error {
    Error::external(error::Error::new("FileError", format!("cannot {does} {path}: {problem}")))
}

/// `files.walk(folder, follow_links)`: returns all regular files below a folder, each with its path from there, size and
/// time, sorted by path. A part that cannot be read has a `problem` instead. Links that are not followed are left out.
fn walk(lua: &Lua, (folder, follow_links): (String, bool)) -> Result<Table> {
    let found = lua.create_table()?;
    for entry in WalkDir::new(&folder).min_depth(1).follow_links(follow_links).sort_by_file_name() {
        let one = lua.create_table()?;
        match entry.map_err(|error| (error.path().map(Path::to_owned), error.to_string())) {
            Ok(entry) if entry.file_type().is_dir() || entry.file_type().is_symlink() => continue,
            Ok(entry) => describe(&one, &folder, &entry)?,
            Err((path, problem)) => {
                let path = path.unwrap_or_else(|| folder.clone().into());
                one.raw_set("path", below(&folder, &path).to_string_lossy())?;
                one.raw_set("problem", problem)?;
            }
        }
        found.raw_push(one)?;
    }
    Ok(found)
}

fn below<'p>(folder: &str, path: &'p Path) -> &'p Path {
    path.strip_prefix(folder).unwrap_or(path)
}

fn describe(one: &Table, folder: &str, entry: &DirEntry) -> Result<()> {
    let path = below(folder, entry.path());
    one.raw_set("path", path.to_string_lossy())?;
    let kind = entry.file_type();
    let problem = match (path.to_str(), entry.metadata()) {
        (None, _) => "its name is not UTF-8, which the keys of objects are".to_owned(),
        _ if !kind.is_file() => "it is not a regular file".to_owned(),
        (Some(_), Err(error)) => error.to_string(),
        (Some(_), Ok(metadata)) => {
            one.raw_set("bytes", metadata.len())?;
            return one.raw_set("modified", modified(&metadata));
        }
    };
    one.raw_set("problem", problem)
}

/// Returns the time of the last change in seconds since 1970.
fn modified(metadata: &fs::Metadata) -> Option<u64> {
    metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// `files.about(path)`: returns the kind, the size and the time of a file or folder; nil if the path does
/// not exist.
fn about(lua: &Lua, path: String) -> Result<Option<Table>> {
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(None);
        }
        Err(error) => return Err(failed("read", &path, error)),
    };
    let about = lua.create_table()?;
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => "folder",
        kind if kind.is_file() => "file",
        _ => "other",
    };
    about.raw_set("kind", kind)?;
    about.raw_set("bytes", metadata.len())?;
    about.raw_set("modified", modified(&metadata))?;
    Ok(Some(about))
}

/// `files.make_folder(path)`: makes a folder and those around it, as far as they do not exist.
fn make_folder(_: &Lua, path: String) -> Result<()> {
    let target = own_links::follow(Path::new(&path)).map_err(|error| failed("make the folder", &path, error))?;
    fs::create_dir_all(target).map_err(|error| failed("make the folder", &path, error))
}

/// `files.set_modified(path, seconds)`: sets the time of the last change, in seconds since 1970.
fn set_modified(_: &Lua, (path, seconds): (String, u64)) -> Result<()> {
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
    let set = OpenOptions::new().append(true).open(&path).and_then(|file| file.set_modified(time));
    set.map_err(|error| failed("set the time of", &path, error))
}

fn remove(_: &Lua, path: String) -> Result<()> {
    fs::remove_file(&path).map_err(|error| failed("remove", &path, error))
}

/// `files.md5(path, offset, length)`: returns the MD5 of a part of a file in hexadecimal digits.
fn md5(_: &Lua, (path, offset, length): (String, u64, u64)) -> Result<String> {
    let sum = || -> io::Result<String> {
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(offset))?;
        let (mut part, mut sum) = (file.take(length), Md5::new());
        let mut piece = vec![0; 1 << 16];
        loop {
            match part.read(&mut piece)? {
                0 => return Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
                read => sum.update(&piece[..read]),
            }
        }
    };
    sum().map_err(|error| failed("read", &path, error))
}

/// A progress bar on the terminal.
struct Bar(Box<dyn ProgressBar>);

impl UserData for Bar {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("advance", |_, this, ()| {
            this.0.advance();
            Ok(())
        });
        methods.add_method("message", |_, this, text: String| {
            this.0.set_message(text);
            Ok(())
        });
        methods.add_method("clear", |_, this, ()| {
            this.0.clear();
            Ok(())
        });
    }
}
