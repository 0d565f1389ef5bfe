//! Random and damaged input in every place where the program reads what others wrote: answers of AWS,
//! plans, records, settings, AWS's configuration, and lines at the prompt. Each input ends in a value or in
//! an error, never in a panic or a hang, and no error tells a secret.
//!
//! `FUZZ_TIMES=100 cargo test --test fuzz` runs a hundred times as many inputs, for hours.

mod configuration;
mod files;
mod mutate;
mod prompt;
mod watch;
mod wire;
