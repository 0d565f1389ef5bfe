//! Tests of the real binary, called as users and cron call it.

mod arguments;
mod contain;
mod coroutines;
#[cfg(unix)]
mod cron;
mod deliver;
mod ending;
mod findings;
mod fleet;
mod guard;
mod help;
#[cfg(unix)]
mod hostile;
mod imds;
mod library;
#[cfg(unix)]
mod links;
mod looking;
#[cfg(unix)]
mod mfa;
mod models;
mod modules;
mod objects;
mod output;
mod policy;
mod record;
#[cfg(unix)]
mod report;
mod rows;
mod sandbox;
#[cfg(unix)]
mod schedule;
mod scripts;
mod sessions;
mod source;
#[cfg(unix)]
mod standard_output;
#[path = "../support/mod.rs"]
mod support;
mod sweeps;
mod task_map;
mod tasks;
mod types;
mod undo;
mod versions;
mod visibility;
