//! Calls over real HTTP, in the four protocols that AWS speaks here, against canned answers and
//! against moto: what goes out, what comes in, and what happens when the answer is an error, or none.

mod answers;
mod aws_json;
mod aws_query;
mod concurrency;
mod configuration;
mod ec2_query;
mod errors;
mod faults;
mod forged_lines;
mod guard;
mod input_checks;
mod moto;
mod paging;
mod rest_json;
mod retries;
#[path = "../support/mod.rs"]
mod support;
mod torn_answers;
mod trace;
