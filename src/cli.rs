//! The command line: one definition for parser, help and defaults.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;
use moonfleet_core::Limit;
use moonfleet_core::duration::parse_duration;
use moonfleet_lua::containment::MIN_MEMORY;
use moonfleet_lua::time::point;
use moonfleet_report::{Format, Style};

use crate::schedule::options::ScheduleOptions;
use crate::settings::Settings;
use crate::unattended::options::UnattendedOptions;

/// A shell for AWS that is scripted in Lua.
///
/// Without a command it is a prompt, or runs the script on standard input.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    override_usage = "moonfleet [OPTIONS] [FILE.lua [ARGUMENTS]…]\n       moonfleet [OPTIONS] [run] NAME [ARGUMENTS]…\n       moonfleet [OPTIONS] -e CHUNK | -p EXPR\n       moonfleet [OPTIONS] apply PLAN\n       moonfleet policy SCRIPT|RECORD [ARGUMENTS]…\n       moonfleet [OPTIONS] undo RECORD\n       moonfleet [OPTIONS] schedule SCRIPT [ARGUMENTS]… --at CRON\n       moonfleet scripts [WORDS]\n       moonfleet help [NAME]\n       moonfleet help --write-reference FOLDER\n       moonfleet new NAME\n       moonfleet [OPTIONS] test [FILES or FOLDERS]\n       moonfleet types install [FOLDER]",
    after_help = "Exit codes: 0 done, 1 the script failed, 2 wrong usage, 3 done but not complete, 4 refused by the guard, 5 out of time, 6 another run holds the lock."
)]
pub struct Cli {
    /// Run this chunk of Lua.
    #[arg(short, value_name = "CHUNK", conflicts_with = "print")]
    pub execute: Option<String>,

    /// Evaluate this expression and print its value.
    #[arg(short, value_name = "EXPR")]
    pub print: Option<String>,

    /// Work on an account inside this process: no credentials, no network.
    #[arg(long)]
    pub sandbox: bool,

    /// What time it is in the sandbox when the run begins, so that what is printed is the same
    /// on each day.
    #[arg(long, hide = true, requires = "sandbox", value_name = "TIME", value_parser = parse_time)]
    pub sandbox_now: Option<Timestamp>,

    /// The profile of AWS's shared configuration to use.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// The region to call.
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,

    /// Refuse every call that could change anything, before it is sent.
    #[arg(long)]
    pub read_only: bool,

    /// Refuse calls that issue credentials [default: true with --contain].
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub no_credentials: Option<bool>,

    /// Plan changes instead of making them: reads are real, and what would change is listed.
    #[arg(long)]
    pub plan: bool,

    /// Save the plan, for `moonfleet apply`.
    #[arg(long, value_name = "FILE")]
    pub plan_out: Option<PathBuf>,

    /// Ask nobody: what destroys is meant.
    #[arg(long, global = true)]
    pub yes: bool,

    /// Refuse what would touch more resources than this in the run, as in 20 or 10%.
    #[arg(long, value_name = "N|N%")]
    pub max_targets: Option<Limit>,

    /// No processes, no files but for reading, and modules only from the script's folder, the
    /// library and --path.
    #[arg(long)]
    pub contain: bool,

    /// The most memory that the script may take, as in 64MB or 1GiB.
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub memory: Option<ByteSize>,

    /// Another folder where modules are; may be given again.
    #[arg(long, value_name = "FOLDER")]
    pub path: Vec<PathBuf>,

    /// Write a line for each call into this file, and before each change what it is.
    #[arg(long, value_name = "FILE.jsonl")]
    pub record: Option<PathBuf>,

    /// As `policy` runs a script: with its own example where it is given no arguments, and
    /// recording no calls but its own.
    #[arg(long, hide = true)]
    pub rehearse: bool,

    /// Send all calls to this server instead of AWS.
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    pub endpoint_url: Option<String>,

    /// How results are printed; a table where nothing else is said.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub output: Option<Format>,

    /// The page that HTML reports are made with, in place of the program's own.
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,

    /// Whether to use colours; auto where nothing else is said.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub color: Option<Color>,

    /// Say more on standard error; twice for every call.
    #[arg(short, action = ArgAction::Count)]
    pub verbose: u8,

    /// End the run after this time, as in 90s or 10m, with exit code 5; at the prompt, a line.
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,

    /// A line on standard error for each request.
    #[arg(long)]
    pub trace: bool,

    /// How lines on standard error are written.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    #[command(flatten)]
    pub unattended: UnattendedOptions,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a script of the library by its name, or a file.
    #[command(disable_help_flag = true)]
    Run {
        /// The script's name or file.
        script: String,
        /// What follows belongs to the script.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Carry out a plan that was saved, where all is still as it was then.
    Apply {
        /// The file that --plan-out has written.
        plan: PathBuf,
    },
    /// Print the least IAM policy for the calls of a script or a record.
    ///
    /// A script runs against the sandbox, with these arguments or its header's example.
    Policy {
        /// The script's name or file, or a file that --record has written.
        of: String,
        /// What follows belongs to the script.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Show how the changes of a record can be undone, and undo them.
    ///
    /// A change is undone where things still are as it left them. Without a terminal to ask
    /// on and without --yes nothing is done, and the exit code is 4 where something could be.
    Undo {
        /// A file that --record has written.
        record: PathBuf,
    },
    /// Print how to run a script regularly: a line for a crontab, or units for systemd.
    ///
    /// The script and its arguments are checked, and the next runs are shown. What moonfleet itself
    /// is told is put into the line; a lock and a timeout are added.
    Schedule(ScheduleOptions),
    /// Run the tests of scripts and modules: files that end in _test.lua.
    ///
    /// Each test has an account of its own in the sandbox; nothing is asked, and AWS is never
    /// called. Exit codes: 1 where a test failed, 2 where there is none or a file does not load.
    Test(TestCommand),
    /// List the scripts: those of the library and of this folder, with what they may do.
    Scripts {
        /// Only those that have all of these words in their name, summary or arguments.
        words: Vec<String>,
        #[command(flatten)]
        shown: DisplayOptions,
    },
    /// Show what there is to know of a command, a script, an operation, a module or a function.
    ///
    /// A script is shown with what its example prints, which is run in the sandbox then and there.
    Help {
        /// As in ec2-list-instances, ec2.run_instances, fleet or "*vpc*".
        name: Vec<String>,
        /// Write the reference of all operations, modules and scripts into this folder, as Markdown.
        #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
        write_reference: Option<PathBuf>,
        #[command(flatten)]
        shown: DisplayOptions,
    },
    /// Begin a script: NAME.lua and its test, NAME_test.lua.
    New {
        /// What it works on first, as in ec2-find-old-volumes; a folder may stand before it.
        name: String,
    },
    /// Print what a shell needs to complete the command line.
    Completions { shell: Shell },
    /// What editors need to complete and check scripts.
    #[command(subcommand)]
    Types(TypesCommand),
    /// A file of Lua, and its arguments.
    #[command(external_subcommand)]
    File(Vec<OsString>),
}

#[derive(Debug, Args)]
pub struct TestCommand {
    /// Files, or folders in which to look for them; stdlib and scripts are the program's own
    /// where no such folder is there. Without any, this folder.
    pub paths: Vec<PathBuf>,
    /// Only the tests that have this in their file's or their own name, or match it as in *_tag*.
    #[arg(long, value_name = "PATTERN")]
    pub filter: Option<String>,
    /// End a test after this time, 1m where nothing else is said.
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
    /// Each test by its name.
    #[arg(short)]
    pub verbose: bool,
    #[command(flatten)]
    pub shown: DisplayOptions,
}

/// How what is no run of a script is shown. For all commands these options would be a script's too.
#[derive(Debug, Args)]
pub struct DisplayOptions {
    /// How results are printed; a table where nothing else is said.
    #[arg(long, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
    /// Whether to use colours; auto where nothing else is said.
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<Color>,
}

#[derive(Debug, Subcommand)]
pub enum TypesCommand {
    /// Write the stubs, and name them in the .luarc.json of this folder.
    Install {
        /// Where to write them; without it, into a folder of yours that all projects share.
        folder: Option<PathBuf>,
    },
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
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        parsed => parsed.map_err(|e| e.to_string()),
    }
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    point(text).ok_or_else(|| "write 2026-01-02T03:04:05Z or 2026-01-02".to_owned())
}

fn parse_memory(text: &str) -> Result<ByteSize, String> {
    match text.parse() {
        Ok(size) if size < MIN_MEMORY => Err(format!("it must be {MIN_MEMORY} at least")),
        parsed => parsed,
    }
}

impl Cli {
    /// What stands behind such a command says as much as what stands before it.
    pub fn settled(mut self) -> Self {
        let shown = match &mut self.command {
            Some(Command::Scripts { shown, .. } | Command::Help { shown, .. }) => shown,
            Some(Command::Test(test)) => {
                self.timeout = test.timeout.or(self.timeout);
                self.verbose = self.verbose.max(u8::from(test.verbose));
                &mut test.shown
            }
            _ => return self,
        };
        self.output = shown.output.or(self.output);
        self.color = shown.color.or(self.color);
        self
    }

    pub fn style(&self, settings: &Settings) -> Style {
        let terminal = std::io::stdout().is_terminal();
        let color = match self.color.or(settings.color).unwrap_or(Color::Auto) {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let width = terminal_size::terminal_size().map(|(width, _)| width.0).filter(|_| terminal);
        Style { color, width, terminal }
    }
}
