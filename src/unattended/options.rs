//! The options of unattended runs on the command line.

use std::path::PathBuf;

use clap::Args;
use moonfleet_core::Failure;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Unattended runs")]
pub struct UnattendedOptions {
    /// Write the report to this file instead of standard output, in the format of its extension; can be repeated.
    ///
    /// `-` is standard output. The placeholders {date}, {time}, {account}, {region}, {profile} and {script} are
    /// replaced.
    #[arg(long, value_name = "FILE")]
    pub out: Vec<PathBuf>,

    /// Compare the report with the previous one, and list added, removed and changed rows.
    ///
    /// The previous report is that of the same script with the same arguments, profile, account and region.
    #[arg(long)]
    pub compare: bool,

    /// Write and deliver the report only if it differs from the previous one; implies --compare.
    #[arg(long)]
    pub if_changed: bool,

    /// Exit with code 1 if the report has a finding of this severity or name, for example high or open-*.
    ///
    /// A severity includes the worse ones. Can be repeated.
    #[arg(long, value_name = "FINDING")]
    pub fail_on: Vec<String>,

    /// Send the report to a webhook's URL, mailto:ADDRESS, or a destination of the settings; can be repeated.
    #[arg(long, value_name = "DESTINATION")]
    pub deliver: Vec<String>,

    /// Allow one such run at a time; a second one exits with code 6.
    ///
    /// Without a name, the lock belongs to the script and the profile.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub lock: Option<String>,

    /// Log a summary of the run on standard error at its end.
    #[arg(long)]
    pub summary: bool,
}

impl UnattendedOptions {
    /// Whether the run may be unattended, so that it logs a summary at its end.
    pub fn is_unattended(&self) -> bool {
        self.summary || self.lock.is_some() || self.needs_report()
    }

    /// Returns the first given option that needs the report of a run.
    fn report_option(&self) -> Option<&'static str> {
        let given = [
            ("--out", !self.out.is_empty()),
            ("--compare", self.compare),
            ("--if-changed", self.if_changed),
            ("--fail-on", !self.fail_on.is_empty()),
            ("--deliver", !self.deliver.is_empty()),
        ];
        given.into_iter().find_map(|(name, is_given)| is_given.then_some(name))
    }

    /// Whether an option uses the report.
    pub fn needs_report(&self) -> bool {
        self.report_option().is_some()
    }

    /// Whether `--out -` is given.
    pub fn prints(&self) -> bool {
        self.out.iter().any(|file| file.as_os_str() == "-")
    }

    /// Returns an error if an option is given that works only with the run of a script.
    pub fn refuse(&self) -> Result<(), Failure> {
        match self.report_option().or(self.lock.as_ref().map(|_| "--lock")) {
            Some(option) => Err(Failure::usage(format!("{option} works only with a script, -e or -p"))),
            None => Ok(()),
        }
    }
}
