//! Random and damaged input for everything that the program reads: answers of AWS, plans, records, settings, AWS's
//! configuration, and lines at the prompt. Each input leads to a value or an error, never to a panic or a hang, and no
//! error contains a secret.
//!
//! `FUZZ_TIMES=100 cargo test --test fuzz` runs a hundred times as many inputs, for hours.

mod configuration;
mod files;
mod mutate;
mod prompt;
mod watch;
mod wire;
