//! Loads the source of a script: from the library, a file, or standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use moonfleet_core::{Failure, suggest};
use moonfleet_lua::require::ScriptFolder;
use moonfleet_lua::vm::Vm;
use serde::{Deserialize, Serialize};

use crate::assets;
use crate::cli::Cli;

/// The chunk name of a script from standard input.
pub(crate) const STDIN: &str = "=stdin";

/// The source of a script, with its name and folder.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ScriptSource {
    pub source: Vec<u8>,
    /// Its name in error messages.
    pub chunk_name: String,
    /// The folder of its own modules. `None` if the script comes from the library or standard input.
    pub folder: Option<PathBuf>,
}

impl ScriptSource {
    /// Whether the script is part of the program, so that it can be trusted.
    pub(crate) fn is_own(&self) -> bool {
        self.folder.is_none() && self.chunk_name != STDIN
    }

    /// Makes the machine find the modules beside the script, and no longer those beside an earlier one. Returns the source and the chunk's name.
    pub(crate) fn attach(self, vm: &Vm) -> (Vec<u8>, String) {
        match self.folder {
            Some(folder) => drop(vm.lua().set_app_data(ScriptFolder(folder))),
            None => drop(vm.lua().remove_app_data::<ScriptFolder>()),
        }
        (self.source, self.chunk_name)
    }
}

/// Loads a script, and makes the machine find the modules beside it.
pub(crate) fn load_script(vm: &Vm, name: &str) -> Result<(Vec<u8>, String), Failure> {
    locate_script(name).map(|found| found.attach(vm))
}

/// Loads a file, and makes the machine find the modules beside it.
pub(crate) fn load_file(vm: &Vm, file: &str) -> Result<(Vec<u8>, String), Failure> {
    read_file(file).map(|found| found.attach(vm))
}

/// Reads a script of the library by its name, or a file. A name with a folder or with `.lua` is always a file.
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
    Err(Failure::usage(format!("there is no command, script or file '{name}'; {hint}")))
}

fn read_file(file: &str) -> Result<ScriptSource, Failure> {
    if file == "-" {
        return Ok(ScriptSource { source: standard_input()?, chunk_name: STDIN.to_owned(), folder: None });
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
