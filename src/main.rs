//! Parses the command line, runs it, and exits with its code.

use std::process::ExitCode;

use moonfleet::{contained, trailing_options};

fn main() -> ExitCode {
    if contained::is_child() {
        return moonfleet::bug::catch(contained::enter);
    }
    moonfleet::standard_output::fail_if_closed();
    // SAFETY: no other thread runs yet.
    unsafe { moonfleet_core::aws_environment::forget_empty_variables() };
    let cli = trailing_options::parse();
    if let Some(url) = &cli.endpoint_url {
        // The SDK's own requests, for example for SSO, learn the endpoint only from the environment.
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("AWS_ENDPOINT_URL", url) };
    }
    moonfleet::bug::catch(|| moonfleet::run::run(&cli))
}
