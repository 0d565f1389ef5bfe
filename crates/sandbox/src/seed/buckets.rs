//! Buckets: one for logs and the outputs of commands, and one with files of an application.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use moonfleet_core::Map;

use super::accounts::{DEMO_ACCOUNT, STAGING_ACCOUNT};
use crate::s3::state::{Bucket, Object, Properties};
use crate::state::SandboxState;

/// The account, the name, the region and the age in days.
const BUCKETS: &[(&str, &str, &str, i64)] = &[
    (DEMO_ACCOUNT, "logs", "eu-central-1", 700),
    (DEMO_ACCOUNT, "moonfleet-demo-app20-files", "eu-central-1", 420),
    (DEMO_ACCOUNT, "moonfleet-demo-archive", "us-east-1", 1100),
    (STAGING_ACCOUNT, "moonfleet-staging-files", "eu-central-1", 300),
];

/// The bucket, the key, the type, the content and the age in days.
const OBJECTS: &[(&str, &str, &str, &str, i64)] = &[
    ("moonfleet-demo-app20-files", "config/app.json", "application/json", "{\"workers\": 4}\n", 30),
    ("moonfleet-demo-app20-files", "reports/2026/09.csv", "text/csv", "day,orders\n1,340\n2,365\n", 50),
    ("moonfleet-demo-app20-files", "reports/2026/10.csv", "text/csv", "day,orders\n1,372\n2,351\n", 20),
    ("moonfleet-demo-app20-files", "README.txt", "text/plain", "Files of App20\n", 400),
    ("moonfleet-demo-archive", "2025/backup.txt", "text/plain", "nothing was lost\n", 330),
];

pub(super) fn add(state: &mut SandboxState, start: Timestamp) {
    let ago = |days: i64| start - SignedDuration::from_hours(24 * days);
    for (account, name, region, days) in BUCKETS {
        state.s3.buckets.insert((*name).to_owned(), Bucket::new(account, region, ago(*days)));
    }
    for (bucket, key, kind, content, days) in OBJECTS {
        let headers = [("content_type".to_owned(), (*kind).into())].into_iter().collect();
        let properties = Properties { headers, metadata: Map::default(), storage_class: "STANDARD".to_owned() };
        let object = Object::new(Bytes::from_static(content.as_bytes()), properties, ago(*days));
        let bucket = state.s3.buckets.get_mut(*bucket).expect("the table of buckets has it");
        bucket.objects.insert((*key).to_owned(), object);
    }
}
