//! Requests, answers, errors, events and endpoints of this crate, compared with those of botocore, whose authors are
//! others.
//!
//! The recorded cases of `corpus.bin` run with all tests. The cases of all operations need botocore:
//!
//! ```sh
//! cargo test --test differential -- --ignored --nocapture
//! ```

mod bodies;
mod cases;
mod corpus;
mod differences;
mod features;
mod full;
mod outcome;
mod paths;
mod python;
mod results;
mod values;
