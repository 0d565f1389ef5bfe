//! The Lua that a command line runs: the prompt, a chunk, an expression or a script.

use moonfleet_core::Failure;
use moonfleet_lua::script::HeaderFacts;
use serde::{Deserialize, Serialize};

use crate::cli::{Cli, Command};
use crate::contained;
use crate::script_source::{STDIN, ScriptSource, locate_script, standard_input};

#[derive(Serialize, Deserialize)]
pub(crate) enum Work {
    Prompt,
    Chunk(String),
    Expression(String),
    Script { name: String, script: ScriptSource, words: Vec<String> },
}

impl Work {
    /// Returns the work of a command line, with the source of its script. Returns an error if there is no such script.
    /// The commands that run no Lua of the user's have no work.
    pub(crate) fn locate(cli: &Cli, is_prompt: bool) -> Result<Option<Self>, Failure> {
        if is_prompt {
            return Ok(Some(Work::Prompt));
        }
        if let Some(chunk) = &cli.execute {
            return Ok(Some(Work::Chunk(chunk.clone())));
        }
        if let Some(expression) = &cli.print {
            return Ok(Some(Work::Expression(expression.clone())));
        }
        let (name, words) = match &cli.command {
            Some(Command::Run { script, arguments }) => (script.clone(), arguments.clone()),
            Some(Command::File(words)) => {
                let mut words = words.iter().map(|word| word.to_string_lossy().into_owned());
                (words.next().unwrap_or_default(), words.collect())
            }
            Some(_) => return Ok(None),
            None => {
                let script = ScriptSource { source: standard_input()?, chunk_name: STDIN.to_owned(), folder: None };
                return Ok(Some(Work::Script { name: "-".to_owned(), script, words: Vec::new() }));
            }
        };
        let script = locate_script(&name)?;
        Ok(Some(Work::Script { name, script, words }))
    }

    /// Returns the header of the script; `None` for a chunk and for a script without a header.
    pub(crate) fn header(&self) -> Result<Option<HeaderFacts>, Failure> {
        match self {
            Work::Script { script, .. } => contained::header(script),
            _ => Ok(None),
        }
    }

    /// Returns the text that a report's conditions are checked against.
    pub(crate) fn source(&self) -> &[u8] {
        match self {
            Work::Prompt => b"",
            Work::Chunk(text) | Work::Expression(text) => text.as_bytes(),
            Work::Script { script, .. } => &script.source,
        }
    }
}
