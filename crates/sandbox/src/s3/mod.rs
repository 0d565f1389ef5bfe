//! S3: buckets, and objects in memory. The names of buckets are the same for all accounts, and a bucket is in one
//! region.
//!
//! Systems Manager stores the output of commands here ([`command_output`]). Versions, policies, ACLs and encryption with
//! keys are not simulated.

mod buckets;
mod command_output;
mod conditions;
mod copy;
mod errors;
mod listing;
mod multipart;
mod names;
mod objects;
mod operations;
mod range;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub(crate) use operations::register;
