//! Finds the source of a script: in the library, in a file, or on standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use moonfleet_core::{Failure, suggest};
use moonfleet_lua::require::ScriptFolder;
use moonfleet_lua::vm::Vm;

use crate::assets;
use crate::cli::Cli;

/// The text of a script, and where it is.
pub(crate) struct ScriptSource {
    pub source: Vec<u8>,
    /// As messages call it.
    pub chunk_name: String,
    /// Where its own modules are; none where it comes from no folder.
    folder: Option<PathBuf>,
}

impl ScriptSource {
    /// From here on the machine finds the modules beside it.
    pub(crate) fn attach(self, vm: &Vm) -> (Vec<u8>, String) {
        if let Some(folder) = self.folder {
            vm.lua().set_app_data(ScriptFolder(folder));
        }
        (self.source, self.chunk_name)
    }
}

/// Finds a script and lets the machine find the modules beside it.
pub(crate) fn load_script(vm: &Vm, name: &str) -> Result<(Vec<u8>, String), Failure> {
    locate_script(name).map(|found| found.attach(vm))
}

/// Reads a file and lets the machine find the modules beside it.
pub(crate) fn load_file(vm: &Vm, file: &str) -> Result<(Vec<u8>, String), Failure> {
    read_file(file).map(|found| found.attach(vm))
}

/// A script of the library by its name; anything that looks like a file is one.
pub(crate) fn locate_script(name: &str) -> Result<ScriptSource, Failure> {
    let is_file = name == "-" || name.contains(std::path::MAIN_SEPARATOR) || name.ends_with(".lua");
    if is_file {
        return read_file(name);
    }
    if let Some(source) = assets::script(name) {
        return Ok(ScriptSource { source: source.into_owned(), chunk_name: format!("@{name}.lua"), folder: None });
    }
    if Path::new(name).exists() {
        return read_file(name);
    }
    let commands = Cli::command();
    let commands: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
    let scripts = assets::script_names();
    let known = commands.into_iter().chain(scripts.iter().map(String::as_str));
    let hint = match suggest::nearest(name, known) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "`moonfleet scripts` lists the scripts, `moonfleet --help` the commands".to_owned(),
    };
    Err(Failure::usage(format!("no command, script or file is called '{name}'; {hint}")))
}

fn read_file(file: &str) -> Result<ScriptSource, Failure> {
    if file == "-" {
        return Ok(ScriptSource { source: standard_input()?, chunk_name: "=stdin".to_owned(), folder: None });
    }
    let source = std::fs::read(file).map_err(|e| Failure::usage(format!("cannot read the script '{file}': {e}")))?;
    let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = Some(folder.unwrap_or(Path::new(".")).to_owned());
    Ok(ScriptSource { source, chunk_name: format!("@{file}"), folder })
}

pub(crate) fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut source = Vec::new();
    std::io::stdin()
        .read_to_end(&mut source)
        .map_err(|e| Failure::usage(format!("cannot read the script on standard input: {e}")))?;
    Ok(source)
}
