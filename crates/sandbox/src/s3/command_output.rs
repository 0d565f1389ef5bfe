//! The outputs of commands that Systems Manager stores in buckets.

use bytes::Bytes;
use jiff::Timestamp;
use moonfleet_core::Map;

use super::objects::STANDARD;
use super::state::{Object, Properties, S3State};
use crate::ssm::commands::FinishedOutput;

impl S3State {
    /// Stores the output of an invocation that has ended, once. Without a bucket of the account, the output is lost, as
    /// with AWS.
    pub(crate) fn store_output(&mut self, account: &str, output: FinishedOutput) {
        if !self.stored_outputs.insert(output.invocation) {
            return;
        }
        let Some(bucket) = self.buckets.get_mut(&output.bucket).filter(|bucket| bucket.account == account) else {
            return;
        };
        for (key, text) in output.texts {
            bucket.objects.insert(key, object(text, output.ended));
        }
    }
}

fn object(text: String, at: Timestamp) -> Object {
    let headers = [("content_type".to_owned(), "text/plain".into())].into_iter().collect();
    let properties = Properties { headers, metadata: Map::default(), storage_class: STANDARD.to_owned() };
    Object::new(Bytes::from(text), properties, at)
}
