//! Tests of the real binary, called as users and cron call it.

mod all_services;
mod arguments;
mod contain;
mod coroutines;
mod costs;
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
mod services;
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
