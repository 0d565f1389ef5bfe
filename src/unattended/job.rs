//! The identity of a run: for its lock, its previous report, and the names of its files.

use std::path::Path;

use moonfleet_core::aws_environment;

use crate::assets;
use crate::cli::{Cli, Command};

pub struct Job {
    /// The script's name without its folder and extension.
    pub name: String,
    /// The name of a script of the library, or the absolute path of a file.
    identity: String,
    arguments: Vec<String>,
    pub profile: String,
    /// False for -e, -p and standard input.
    is_named: bool,
}

impl Job {
    /// Returns `None` if the command line does not run a script or a chunk.
    pub fn from_cli(cli: &Cli) -> Option<Self> {
        let chunk = cli.execute.as_ref().map(|text| ("-e", text)).or(cli.print.as_ref().map(|text| ("-p", text)));
        let (script, arguments) = match (&cli.command, chunk) {
            (_, Some((name, text))) => return Some(Self::new(cli, name, text.clone(), Vec::new(), false)),
            (Some(Command::Run { script, arguments }), _) => (script.clone(), arguments.clone()),
            (Some(Command::File(words)), _) => {
                let mut words = words.iter().map(|word| word.to_string_lossy().into_owned());
                (words.next()?, words.collect())
            }
            (Some(_), _) => return None,
            (None, _) => return Some(Self::new(cli, "stdin", String::new(), Vec::new(), false)),
        };
        if script == "-" {
            return Some(Self::new(cli, "stdin", String::new(), arguments, false));
        }
        let is_library = !script.contains(std::path::MAIN_SEPARATOR) && assets::script(&script).is_some();
        let whole = if is_library { None } else { std::fs::canonicalize(&script).ok() };
        let identity = whole.map_or_else(|| script.clone(), |path| path.to_string_lossy().into_owned());
        let stem = Path::new(&script).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Some(Self::new(cli, &stem.unwrap_or(script), identity, arguments, true))
    }

    fn new(cli: &Cli, name: &str, identity: String, arguments: Vec<String>, is_named: bool) -> Self {
        let profile = match cli.sandbox {
            true => Some("sandbox".to_owned()),
            false => cli.profile.clone().or_else(aws_environment::profile),
        };
        let profile = profile.unwrap_or_else(|| "default".to_owned());
        Job { name: name.to_owned(), identity, arguments, profile, is_named }
    }

    /// Returns the default name of its lock; `None` if the script has no name. Runs with another profile have another
    /// lock; runs with other arguments have the same.
    pub fn lock(&self) -> Option<String> {
        self.is_named.then(|| format!("{} ({})", self.identity, self.profile))
    }

    /// Returns the values that two runs must share for their reports to be compared.
    pub fn comparison_key<'a>(&'a self, account: &'a str, region: &'a str) -> Vec<&'a str> {
        let words = [self.identity.as_str(), self.profile.as_str(), account, region];
        words.into_iter().chain(self.arguments.iter().map(String::as_str)).collect()
    }
}
