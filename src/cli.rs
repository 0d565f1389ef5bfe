//! The command line: one definition for parser, help and defaults.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;
use moonfleet_client::{Principal, SessionSettings};
use moonfleet_core::duration::parse_duration;
use moonfleet_core::{Limit, Usd};
use moonfleet_lua::containment::MIN_MEMORY;
use moonfleet_lua::time::point;
use moonfleet_report::{Format, Style};

use crate::schedule::options::ScheduleOptions;
use crate::settings::Settings;
use crate::unattended::options::UnattendedOptions;

/// A shell for AWS that is scripted in Lua.
///
/// Without a command, Moonfleet opens a prompt, or runs the script on standard input.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    override_usage = "moonfleet [OPTIONS] [FILE.lua [ARGUMENTS]…]\n       moonfleet [OPTIONS] [run] NAME [ARGUMENTS]…\n       moonfleet [OPTIONS] -e CHUNK | -p EXPR\n       moonfleet [OPTIONS] apply PLAN\n       moonfleet policy SCRIPT|RECORD [ARGUMENTS]…\n       moonfleet [OPTIONS] undo RECORD\n       moonfleet [OPTIONS] schedule SCRIPT [ARGUMENTS]… --at CRON\n       moonfleet scripts [WORDS]\n       moonfleet help [NAME]\n       moonfleet help --write-reference FOLDER\n       moonfleet new NAME\n       moonfleet [OPTIONS] test [FILES or FOLDERS]\n       moonfleet types install [SERVICES]\n       moonfleet models [from PATH|remove]",
    after_help = "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 incomplete result, 4 refused by the guard, 5 timeout, 6 lock held by another run."
)]
pub struct Cli {
    /// Run a chunk of Lua.
    #[arg(short, value_name = "CHUNK", conflicts_with = "print")]
    pub execute: Option<String>,

    /// Evaluate an expression and print its value.
    #[arg(short, value_name = "EXPR")]
    pub print: Option<String>,

    /// Use a simulated account inside this process, without credentials or network.
    #[arg(long)]
    pub sandbox: bool,

    /// Set the sandbox's clock at the start of the run, so that output does not depend on the day.
    #[arg(long, hide = true, requires = "sandbox", value_name = "TIME", value_parser = parse_time)]
    pub sandbox_now: Option<Timestamp>,

    /// Use this profile of the shared AWS configuration. [default: AWS_DEFAULT_PROFILE, AWS_PROFILE, or default]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Send calls to this region. [default: AWS_REGION, or the region of the profile]
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,

    /// Refuse every call that could change anything.
    #[arg(long)]
    pub read_only: bool,

    /// Refuse calls that issue credentials. [default: true with --contain]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub no_credentials: Option<bool>,

    /// List the planned changes without making them; calls that read are sent.
    #[arg(long)]
    pub plan: bool,

    /// Save the plan in this file for `moonfleet apply`; implies --plan.
    #[arg(long, value_name = "FILE")]
    pub plan_out: Option<PathBuf>,

    /// Skip confirmation prompts.
    #[arg(long, global = true)]
    pub yes: bool,

    /// Refuse changes to more resources than this in one run, for example 20 or 10%.
    #[arg(long, value_name = "N|N%")]
    pub max_targets: Option<Limit>,

    /// Refuse requests that AWS charges for once a run would spend more than this, for example 0.50.
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<Usd>,

    /// Run Lua in a process without network, credentials, and files other than the script's own.
    #[arg(long)]
    pub contain: bool,

    /// Let a contained script use sessions that have assumed this role; `*` in the ARN is any text; can be repeated.
    #[arg(long, value_name = "ARN", requires = "contain")]
    pub allow_role: Vec<String>,

    /// Let a contained script read this environment variable; can be repeated.
    #[arg(long, value_name = "NAME", requires = "contain")]
    pub allow_env: Vec<String>,

    /// Run tests and plan scripts of yours without containing them.
    #[arg(long, global = true)]
    pub trust: bool,

    /// Let Lua's own functions refuse files and processes in a contained process, which tests turn off.
    #[arg(long, hide = true, action = ArgAction::Set, default_value_t = true)]
    pub lua_refuses: bool,

    /// Limit the memory of the script, for example to 64MB or 1GiB.
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub memory: Option<ByteSize>,

    /// Search this folder for modules too; can be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub path: Vec<PathBuf>,

    /// Record each call in this file, and each change before it is sent.
    #[arg(long, value_name = "FILE.jsonl")]
    pub record: Option<PathBuf>,

    /// Run a script as `policy` does: with its example if it has no arguments, recording only its own calls.
    #[arg(long, hide = true)]
    pub rehearse: bool,

    /// Send all calls to this server instead of AWS.
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    pub endpoint_url: Option<String>,

    /// Set the format of results. [default: table]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub output: Option<Format>,

    /// Render HTML reports with this template instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,

    /// Choose when to use colours. [default: auto]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub color: Option<Color>,

    /// Log more on standard error; -vv logs each call.
    #[arg(short, action = ArgAction::Count)]
    pub verbose: u8,

    /// Time limit for the run, or for each line at the prompt, for example 90s or 10m.
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,

    /// Log each request on standard error.
    #[arg(long)]
    pub trace: bool,

    /// Set the format of the log on standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    #[command(flatten)]
    pub unattended: UnattendedOptions,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a script of the library, or a script file.
    #[command(disable_help_flag = true)]
    Run {
        /// Name or file of the script.
        script: String,
        /// Arguments of the script.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Carry out a saved plan if nothing has changed since it was made.
    Apply {
        /// Plan file, written by --plan-out.
        plan: PathBuf,
    },
    /// Print the least IAM policy that allows the calls of a script or a record.
    ///
    /// A script runs in the sandbox, with the given arguments or with the example in its header.
    Policy {
        /// Name or file of the script, or a record that --record has written.
        #[arg(value_name = "SCRIPT|RECORD")]
        source: String,
        /// Arguments of the script.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Show how to undo the changes of a record, and undo them after a confirmation.
    ///
    /// A change is undone only if the resource is still as the change left it. Without --yes and without a
    /// terminal, nothing is undone, and the exit code is 4 if a change could be undone.
    Undo {
        /// Record file, written by --record.
        record: PathBuf,
    },
    /// Print a crontab line, or systemd units, to run a script regularly.
    ///
    /// Checks the script and its arguments, and shows the next runs. The line contains the options of this
    /// command line, a lock and a timeout.
    Schedule(ScheduleOptions),
    /// Run the tests of scripts and modules: files that end in _test.lua.
    ///
    /// Each test runs on its own account in the sandbox, without confirmation prompts; AWS is never called.
    /// Exit codes: 1 if a test failed, 2 if there are no tests or a file does not load.
    Test(TestCommand),
    /// List the scripts of the library and of this folder, each with its risk.
    Scripts {
        /// Words that the name, summary, risk or arguments of a script must contain.
        words: Vec<String>,
        #[command(flatten)]
        display: DisplayOptions,
    },
    /// Show help on a command, a script, an operation, a module or a function.
    ///
    /// For a script, the help runs its example in the sandbox and shows the output.
    Help {
        /// Name or pattern, for example ec2-list-instances, ec2.run_instances, fleet or "*vpc*".
        name: Vec<String>,
        /// Write the reference of all operations, modules and scripts into this folder as Markdown.
        #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
        write_reference: Option<PathBuf>,
        #[command(flatten)]
        display: DisplayOptions,
    },
    /// Create a script and its test: NAME.lua and NAME_test.lua.
    New {
        /// Name of the script, service first, for example ec2-find-old-volumes or folder/ec2-find-old-volumes.
        name: String,
    },
    /// Print the script that completes the command line in a shell.
    Completions {
        /// Shell that gets the completions.
        shell: Shell,
    },
    /// Install the stubs with which editors complete and check scripts.
    #[command(subcommand)]
    Types(TypesCommand),
    /// List the models of AWS services, and take newer ones from a botocore or an AWS CLI.
    Models {
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// Run a Lua file with its arguments.
    #[command(external_subcommand)]
    File(Vec<OsString>),
}

#[derive(Debug, Args)]
pub struct TestCommand {
    /// Test files, or folders with test files. [default: this folder]
    ///
    /// If there is no folder of that name, `stdlib` and `scripts` are the tests inside the program.
    pub paths: Vec<PathBuf>,
    /// Run only tests whose name or file contains this text or matches it, for example *_tag*.
    #[arg(long, value_name = "PATTERN")]
    pub filter: Option<String>,
    /// Time limit for each test. [default: 1m]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
    /// List each test by name.
    #[arg(short)]
    pub verbose: bool,
    #[command(flatten)]
    pub display: DisplayOptions,
}

/// Options for the output of commands that run no script. As global options they would also take arguments of scripts.
#[derive(Debug, Args)]
pub struct DisplayOptions {
    /// Set the format of results. [default: table]
    #[arg(long, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
    /// Choose when to use colours. [default: auto]
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<Color>,
}

#[derive(Debug, Subcommand)]
pub enum TypesCommand {
    /// Write the stubs and add them to .luarc.json in this folder.
    ///
    /// EC2, IAM, Systems Manager, Resource Groups and STS always have stubs. Services that a script in this folder
    /// declares in its header get them too, and so do the given ones; services with stubs keep them.
    Install {
        /// Further services, for example rds or elbv2.
        #[arg(value_name = "SERVICES")]
        services: Vec<String>,
        /// Folder for the stubs. [default: moonfleet/types in your data folder, shared by all projects]
        #[arg(long)]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Take models that are newer than those of the program; later runs use them, except with --contain.
    From {
        /// Folder of a botocore, an AWS CLI or a Python environment.
        path: PathBuf,
    },
    /// Remove the newer models.
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("the time must be longer than 0s; write 90s or 10m".to_owned()),
        parsed => parsed.map_err(|e| e.to_string()),
    }
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    point(text).ok_or_else(|| "write 2026-01-02T03:04:05Z or 2026-01-02".to_owned())
}

fn parse_memory(text: &str) -> Result<ByteSize, String> {
    match text.parse() {
        Ok(size) if size < MIN_MEMORY => Err(format!("the script needs at least {MIN_MEMORY}")),
        parsed => parsed,
    }
}

/// Returns the definition of the command line.
///
/// clap removes the period at the end of a doc comment's first paragraph. It is added again, because the help of
/// scripts has it.
pub fn command() -> clap::Command {
    with_periods(Cli::command())
}

fn with_periods(command: clap::Command) -> clap::Command {
    let about = command.get_about().map(with_period);
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    let command = command.mut_args(|arg| match arg.get_help().map(with_period) {
        Some(help) => arg.help(help),
        None => arg,
    });
    command.mut_subcommands(with_periods)
}

fn with_period(text: impl ToString) -> String {
    let text = text.to_string();
    if text.ends_with(['.', ']']) { text } else { text + "." }
}

/// Parses the words of a command line. Ends the process if they are wrong, or ask for help or the version.
pub fn parse(words: &[OsString]) -> Cli {
    let mut command = command();
    match command.try_get_matches_from_mut(words) {
        Ok(matches) => Cli::from_arg_matches(&matches).unwrap_or_else(|e| e.format(&mut command).exit()),
        // `run` leaves --help to the script that follows it, so clap does not know the option there.
        Err(error) if asks_for_help(&error) => parse(&["moonfleet", "help", "run"].map(OsString::from)),
        Err(error) => error.exit(),
    }
}

fn asks_for_help(error: &clap::Error) -> bool {
    matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(word)) if word == "--help" || word == "-h")
}

impl Cli {
    /// Merges the options behind a command with those before it; the former override the latter.
    pub fn with_command_options(mut self) -> Self {
        let display = match &mut self.command {
            Some(Command::Scripts { display, .. } | Command::Help { display, .. }) => display,
            Some(Command::Test(test)) => {
                self.timeout = test.timeout.or(self.timeout);
                self.verbose = self.verbose.max(u8::from(test.verbose));
                &mut test.display
            }
            _ => return self,
        };
        self.output = display.output.or(self.output);
        self.color = display.color.or(self.color);
        self
    }

    /// Returns the settings of the run's own session.
    pub fn session_settings(&self) -> SessionSettings {
        let principal = Principal {
            profile: self.profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
            ..Principal::default()
        };
        SessionSettings { principal, region: self.region.clone(), ..SessionSettings::default() }
    }

    /// Returns the style of output on standard output.
    pub fn style(&self, settings: &Settings) -> Style {
        let terminal = std::io::stdout().is_terminal();
        let color = match self.color.or(settings.color).unwrap_or(Color::Auto) {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let width = terminal_size::terminal_size().map(|(width, _)| width.0).filter(|_| terminal);
        Style { color, width, terminal, advice: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help_style::problem;

    /// Returns the faults in the help of a command, its options and its subcommands.
    fn problems(command: &clap::Command) -> Vec<String> {
        let summary = |text: Option<String>, long: Option<String>| {
            let long = long.map(|long| long.lines().next().unwrap_or_default().to_owned());
            [text, long].into_iter().flatten().collect::<Vec<_>>()
        };
        let text = |text: &clap::builder::StyledStr| text.to_string();
        let name = command.get_name();
        let own = summary(command.get_about().map(text), command.get_long_about().map(text));
        let mut helps = vec![(name.to_owned(), own)];
        for argument in command.get_arguments() {
            let help = summary(argument.get_help().map(text), argument.get_long_help().map(text));
            helps.push((format!("{name} {}", argument.get_id()), help));
        }
        let mut found: Vec<String> = Vec::new();
        for (name, summaries) in helps {
            if summaries.is_empty() {
                found.push(format!("{name}: no help"));
            }
            found.extend(summaries.iter().filter_map(|text| Some(format!("{name}: {}: {text}", problem(text)?))));
        }
        found.extend(command.get_subcommands().flat_map(problems));
        found
    }

    #[test]
    fn help_of_commands_and_options_is_one_plain_sentence() {
        assert_eq!(problems(&command()), [""; 0]);
    }

    #[test]
    fn help_that_is_missing_or_no_plain_sentence_is_found() {
        let arg = |name: &'static str| clap::Arg::new(name).long(name);
        let command = clap::Command::new("tool").about("Do it.").subcommand(
            clap::Command::new("part")
                .about("some sentence.")
                .arg(arg("a"))
                .arg(arg("b").help("Where to look."))
                .arg(arg("c").help("Look here").long_help("Look here.\n\nAnd there."))
                .arg(arg("d").help("Look here. And there."))
                .arg(arg("e").help("Look here. [default: there]")),
        );
        let found = problems(&command);
        let names: Vec<&str> = found.iter().filter_map(|problem| problem.split(':').next()).collect();
        assert_eq!(names, ["part", "part a", "part b", "part c", "part d"], "{found:?}");
    }
}
