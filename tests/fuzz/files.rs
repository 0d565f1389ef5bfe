//! Plans and records, which another program or person may have edited.

use std::sync::{Arc, OnceLock};

use moonfleet::simulation::sandbox_context;
use moonfleet_engine::Context;
use moonfleet_engine::guard::plan::rows;
use moonfleet_engine::guard::plan_file;
use moonfleet_engine::record::read_record;
use moonfleet_engine::undo::plan::plan;
use proptest::prelude::*;

use crate::mutate::{Bytes, damaged};
use crate::watch::{cases, watched};

const PLANS: &[&str] = &[
    r#"{"moonfleet_plan":1,"changes":[{"service":"ec2","operation":"terminate_instances","account":"123456789012","region":"eu-central-1","who":{"profile":null,"endpoint_url":null,"roles":[{"arn":"arn:aws:iam::123456789012:role/a"}]},"input":{"instance_ids":["i-1"]},"targets":[{"kind":"instance","id":"i-1","name":"web","state":{"tags":{"App":"App20"}}}]}]}"#,
    r#"{"moonfleet_plan":1,"changes":[{"service":"ec2","operation":"create_tags","account":"123456789012","region":null,"who":{"profile":"prod","endpoint_url":"http://127.0.0.1:1","roles":[]},"input":{"resources":[{"$planned":{"change":1,"path":["instances","1","instance_id"]}}],"tags":[{"key":"a","value":"b"}]},"targets":[]}]}"#,
    r#"{"moonfleet_plan":1,"changes":[{"service":"ec2","operation":"import_key_pair","account":"1","region":null,"who":{"profile":null,"endpoint_url":null,"roles":[]},"input":{"key_name":"a","public_key_material":{"$bytes":[1,2,255]}},"targets":[]}]}"#,
];

const RECORDS: &[&str] = &[
    concat!(
        r#"{"run":"r","call":1,"time":"2026-01-01T00:00:00Z","outcome":"begun","account":"123456789012","region":"eu-central-1","service":"ec2","operation":"create_tags","risk":"write","targets":["i-02afe4b5519f9244f"],"input":{"resources":["i-02afe4b5519f9244f"],"tags":[{"key":"a","value":"b"}]},"before":{"i-02afe4b5519f9244f":{"a":null}}}"#,
        "\n",
        r#"{"run":"r","call":1,"time":"2026-01-01T00:00:01Z","outcome":"ok","account":"123456789012","region":"eu-central-1","service":"ec2","operation":"create_tags","risk":"write","targets":["i-02afe4b5519f9244f"],"ms":1}"#,
        "\n",
    ),
    r#"{"run":"r","call":2,"time":"t","outcome":"ok","account":"123456789012","region":"eu-central-1","service":"ec2","operation":"stop_instances","risk":"write","targets":["i-02afe4b5519f9244f"],"input":{"instance_ids":["i-02afe4b5519f9244f"]},"answer":{"stopping_instances":[{"instance_id":"i-02afe4b5519f9244f","current_state":{"code":64,"name":"stopping"},"previous_state":{"code":16,"name":"running"}}]}}"#,
    concat!(
        r#"{"run":"r","call":3,"time":"t","outcome":"ok","profile":"default","account":"123456789012","region":"eu-central-1","service":"iam","operation":"attach_role_policy","risk":"write","request_id":"q","input":{"role_name":"a","policy_arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"},"before":{"a":{"arn:aws:iam::aws:policy/ReadOnlyAccess":null}}}"#,
        "\n",
        r#"{"run":"r","call":4,"ti"#,
    ),
];

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "null",
    "true",
    "1",
    "-1",
    "1e400",
    "\\u0000",
    "\\ud800",
    "\\",
    "[[",
    "{\"a\":",
    "{\"$planned\":{\"change\":18446744073709551615,\"path\":[]}}",
    "{\"$bytes\":[256]}",
    "\"moonfleet_plan\":2",
    "\n",
    "\"outcome\":\"refused\"",
    "\"outcome\":\"unknown\"",
    "\"before\":{}",
    "\"roles\":[{}]",
    "\"call\":-1",
];

fn context() -> &'static Context {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    CONTEXT.get_or_init(sandbox_context)
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn plan_files(Bytes(text) in damaged(PLANS, JSON)) {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), &text).expect("the temporary file is writable");
        watched(&text, || match plan_file::load(file.path(), context().session()) {
            Ok(changes) => drop(rows(&changes.into_iter().map(Arc::new).collect::<Vec<_>>())),
            Err(error) => drop(error.to_string()),
        });
    }

    #[test]
    fn record_files(Bytes(text) in damaged(RECORDS, JSON)) {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), &text).expect("the temporary file is writable");
        watched(&text, || match read_record(file.path()) {
            Ok(record) => match futures_executor::block_on(plan(context(), &record)) {
                Ok(plan) => drop(plan.to_string()),
                Err(error) => drop(error.to_string()),
            },
            Err(error) => drop(error.to_string()),
        });
    }
}

#[test]
fn undamaged_files_are_read() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    for text in PLANS {
        std::fs::write(file.path(), text).expect("the temporary file is writable");
        let changes = plan_file::load(file.path(), context().session()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(changes.len(), 1, "{text}");
    }
    for text in RECORDS {
        std::fs::write(file.path(), text).expect("the temporary file is writable");
        let record = read_record(file.path()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(record.calls.len(), 1, "{text}");
        let plan = futures_executor::block_on(plan(context(), &record));
        assert!(plan.is_ok(), "{text}: {}", plan.err().expect("an error"));
    }
}
