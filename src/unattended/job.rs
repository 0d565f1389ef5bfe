//! What a run is a run of, for whoever tells it from others: its lock, its last report, the names
//! of its files.

use std::env;
use std::path::Path;

use crate::assets;
use crate::cli::{Cli, Command};

pub struct Job {
    /// For people: the script's name without its folder and ending.
    pub name: String,
    /// Which script it is: one of the library by its name, a file by its whole path.
    identity: String,
    arguments: Vec<String>,
    pub profile: String,
    /// What is typed has no name that says what it does.
    is_named: bool,
}

impl Job {
    /// None where the command line asks for no run of a script.
    pub fn from_cli(cli: &Cli) -> Option<Self> {
        let typed = cli.execute.as_ref().map(|text| ("-e", text)).or(cli.print.as_ref().map(|text| ("-p", text)));
        let (script, arguments) = match (&cli.command, typed) {
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
        let of_environment = || env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
        let profile = match cli.sandbox {
            true => Some("sandbox".to_owned()),
            false => cli.profile.clone().or_else(of_environment),
        };
        let profile = profile.unwrap_or_else(|| "default".to_owned());
        Job { name: name.to_owned(), identity, arguments, profile, is_named }
    }

    /// The name of its lock, where it has one by itself: another profile is another run, other
    /// arguments are not.
    pub fn lock(&self) -> Option<String> {
        self.is_named.then(|| format!("{} ({})", self.identity, self.profile))
    }

    /// All that makes its report comparable with another one.
    pub fn words<'a>(&'a self, account: &'a str, region: &'a str) -> Vec<&'a str> {
        let words = [self.identity.as_str(), self.profile.as_str(), account, region];
        words.into_iter().chain(self.arguments.iter().map(String::as_str)).collect()
    }
}
