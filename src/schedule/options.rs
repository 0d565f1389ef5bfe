//! What the command line of `moonfleet schedule` says.

use clap::Args;

#[derive(Debug, Args)]
pub struct ScheduleOptions {
    /// When it runs, as in a crontab: minute, hour, day of the month, month, day of the week.
    #[arg(long, value_name = "CRON")]
    pub at: Option<String>,
    /// The time zone of that, as in Europe/Berlin; without it, this machine's.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// A service and a timer of systemd's, in place of a line for a crontab.
    #[arg(long)]
    pub systemd: bool,
    /// The script's name or file, and its arguments; --at, --zone and --systemd may follow too.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "SCRIPT [ARGUMENTS]")]
    pub words: Vec<String>,
}
