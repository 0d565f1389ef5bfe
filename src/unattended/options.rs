//! What becomes of a run's report, as the command line says it.

use std::path::PathBuf;

use clap::Args;
use moonfleet_core::Failure;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Runs that nobody watches")]
pub struct UnattendedOptions {
    /// Write what the run reports into this file, as its ending says, in place of standard
    /// output, which - is; may be given again. {date}, {time}, {account}, {region}, {profile}
    /// and {script} stand for what they say.
    #[arg(long, value_name = "FILE")]
    pub out: Vec<PathBuf>,

    /// Compare the report with that of the last such run: what was added, is gone and has changed.
    #[arg(long)]
    pub compare: bool,

    /// The same, and write and deliver nothing where nothing has changed.
    #[arg(long)]
    pub if_changed: bool,

    /// End with exit code 1 where the report has a finding of this severity or a worse one, or of
    /// this name, as in open-port or open-*; may be given again.
    #[arg(long, value_name = "FINDING")]
    pub fail_on: Vec<String>,

    /// Send the report there: a webhook's URL, mailto:ADDRESS, or a name of the settings; may be
    /// given again.
    #[arg(long, value_name = "WHERE")]
    pub deliver: Vec<String>,

    /// One such run at a time; another one ends with exit code 6. Without a name the lock is the
    /// script's, for each profile.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub lock: Option<String>,

    /// Say at the end on standard error, in a line, how it went.
    #[arg(long)]
    pub summary: bool,
}

impl UnattendedOptions {
    /// Whether nobody may be there to watch, so that a line at the end tells what came of it.
    pub fn are_given(&self) -> bool {
        self.summary || self.lock.is_some() || self.report_is_wanted()
    }

    /// The first of them that needs a run which reports something.
    fn reports(&self) -> Option<&'static str> {
        let given = [
            ("--out", !self.out.is_empty()),
            ("--compare", self.compare),
            ("--if-changed", self.if_changed),
            ("--fail-on", !self.fail_on.is_empty()),
            ("--deliver", !self.deliver.is_empty()),
        ];
        given.into_iter().find_map(|(name, is_given)| is_given.then_some(name))
    }

    pub fn report_is_wanted(&self) -> bool {
        self.reports().is_some()
    }

    /// Whether standard output is among the files.
    pub fn prints(&self) -> bool {
        self.out.iter().any(|file| file.as_os_str() == "-")
    }

    /// For what is no run, or reports nothing.
    pub fn refuse(&self, what: &str) -> Result<(), Failure> {
        match self.reports().or(self.lock.as_ref().map(|_| "--lock")) {
            Some(option) => Err(Failure::usage(format!("{option} is for the run of a script, and {what} is none"))),
            None => Ok(()),
        }
    }
}
