//! Calls over real HTTP in all four protocols of the bound services, against canned answers and
//! against moto: requests, answers, errors, and servers that do not answer.

mod answers;
mod aws_json;
mod aws_query;
mod boto3;
mod clock;
mod concurrency;
mod configuration;
mod conversions;
mod cookbook;
mod dynamodb;
mod ec2_query;
mod errors;
mod event_streams;
mod faults;
mod forged_lines;
mod guard;
mod input_checks;
mod limits;
#[path = "../docs/markdown.rs"]
#[allow(dead_code, reason = "only the code blocks are needed here")]
mod markdown;
mod model_faults;
mod model_inputs;
mod model_streams;
mod model_waiters;
mod models;
mod moto;
mod objects;
mod page_sizes;
mod paging;
mod presign;
mod record_size;
mod rest_json;
mod retries;
mod shared_config;
#[path = "../docs/shown.rs"]
mod shown;

#[path = "../support/mod.rs"]
mod support;
mod times;
mod torn_answers;
mod trace;
