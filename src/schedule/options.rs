//! The options of `moonfleet schedule`.

use clap::Args;

#[derive(Debug, Args)]
pub struct ScheduleOptions {
    /// Cron expression: minute, hour, day of the month, month, day of the week.
    #[arg(long, value_name = "CRON")]
    pub at: Option<String>,
    /// Time zone of --at, for example Europe/Berlin. [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Print a systemd service and its timer instead of a crontab line.
    #[arg(long)]
    pub systemd: bool,
    /// Name or file of the script, and its arguments; --at, --zone and --systemd may follow them.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "SCRIPT [ARGUMENTS]")]
    pub words: Vec<String>,
}

impl ScheduleOptions {
    /// Returns the script and its arguments. The scheduled command is `run SCRIPT`, so people write that here too.
    pub(crate) fn script(&self) -> &[String] {
        match &self.words[..] {
            [run, script @ ..] if run == "run" && !script.is_empty() => script,
            words => words,
        }
    }
}
