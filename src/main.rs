//! Parse, run, and map the outcome to an exit code.

use std::process::ExitCode;

use moonfleet::trailing_options;

fn main() -> ExitCode {
    moonfleet::standard_output::fail_if_closed();
    let cli = trailing_options::cli();
    if let Some(url) = &cli.endpoint_url {
        // What the SDK asks by itself, as for a login by SSO, hears of the server in no other way.
        // SAFETY: no other thread is there yet.
        unsafe { std::env::set_var("AWS_ENDPOINT_URL", url) };
    }
    moonfleet::bug::caught(|| moonfleet::run::run(&cli))
}
