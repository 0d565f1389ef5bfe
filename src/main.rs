//! Parse, run, and map the outcome to an exit code.

use std::process::ExitCode;

use clap::Parser;
use moonfleet::cli::Cli;

fn main() -> ExitCode {
    one_heap();
    moonfleet::run::run(&Cli::parse())
}

/// Answers are parsed on one thread and dropped on another. With a heap for each thread,
/// as glibc has it, what is freed on one is not there for the other: 15 MB of 54 when
/// 20,000 instances pass by.
fn one_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: a setting of the allocator, made while there is one thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
