//! What the two processes say to each other.

use std::path::PathBuf;

use jiff::Timestamp;
use moonfleet_client::remote::{RemoteNotice, RemoteReply, RemoteRequest};
use moonfleet_core::{Error, Failure};
use moonfleet_lua::script::HeaderFacts;
use moonfleet_report::{Document, Format, Style, Template};
use serde::{Deserialize, Serialize};

use crate::script_source::ScriptSource;
use crate::testing::TestFile;
use crate::work::Work;

/// The work of a child, which is the first message to it.
#[derive(Serialize, Deserialize)]
pub(super) enum Task {
    /// Read the headers of these scripts; each with the words of its arguments, if they are checked too.
    ReadHeaders(Vec<HeaderSource>),
    /// Run the example of a script in the sandbox, which is inside the child.
    RunExample { name: String, script: ScriptSource, readable: Vec<PathBuf> },
    /// Run tests, each in a sandbox inside the child.
    RunTests { files: Vec<TestFile>, readable: Vec<PathBuf> },
    /// Run Lua. The parent makes its calls.
    Run(Box<RunTask>),
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct HeaderSource {
    pub source: Vec<u8>,
    pub words: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RunTask {
    pub work: Work,
    pub readable: Vec<PathBuf>,
    /// The region of sessions that name none.
    pub region: Option<String>,
    /// The time of the sandbox; `None` for the machine's.
    pub now: Option<Timestamp>,
    /// Whether changes are only planned.
    pub plan: bool,
    /// Whether the parent collects the reports, and if so whether they are not shown.
    pub collects: Option<bool>,
    pub format: Format,
    pub style: Style,
    pub template: Option<Template>,
    /// Whether the Lua functions that open files and start processes refuse. Tests turn this off, to show that
    /// the process cannot do it anyway.
    pub lua_refuses: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) enum FromChild {
    Request {
        id: u64,
        request: RemoteRequest,
    },
    /// The script no longer waits for the reply.
    Cancel(u64),
    Notice(RemoteNotice),
    Report(Document),
    /// The header at this index.
    Header(usize, Result<Option<HeaderFacts>, Failure>),
    /// The output of the example.
    Example(Result<String, Failure>),
    /// The work has ended; `missing` are the parts of its results that are missing.
    Ended {
        result: Result<u8, Failure>,
        missing: Vec<String>,
    },
}

/// The reply to a request.
#[derive(Serialize, Deserialize)]
pub(super) struct Reply {
    pub id: u64,
    pub result: Result<RemoteReply, Error>,
}

#[cfg(test)]
mod tests {
    use moonfleet_client::remote::RemoteCall;
    use moonfleet_client::{CallOptions, Principal, Role, SessionSettings};
    use moonfleet_core::{Map, Value};

    use super::*;

    /// The form has no names of fields: a field that is left out when it is empty would shift all fields behind it.
    #[test]
    fn messages_arrive_as_they_were_sent() {
        let role = Role { arn: "arn:aws:iam::123456789012:role/x".to_owned(), ..Role::default() };
        let principal = Principal { roles: vec![role.clone(), role], ..Principal::default() };
        for principal in [Principal::default(), principal] {
            let session = SessionSettings { principal, region: Some("eu-west-1".to_owned()), ..Default::default() };
            let input = Map(vec![("name".to_owned(), Value::List(vec![Value::Bool(true), Value::Nil]))]);
            let (service, operation) = ("ssm".to_owned(), "get_parameter".to_owned());
            let options = CallOptions { retries: Some(3), ..CallOptions::default() };
            let call = RemoteCall { session, service, operation, input, options };
            let sent = FromChild::Request { id: 7, request: RemoteRequest::Call(call) };
            let bytes = postcard::to_stdvec(&sent).expect("a message");
            let FromChild::Request { id: 7, request } = postcard::from_bytes(&bytes).expect("the same message") else {
                panic!("another message has arrived");
            };
            let FromChild::Request { request: first, .. } = sent else { unreachable!("it was made above") };
            assert_eq!(format!("{request:?}"), format!("{first:?}"));
        }
    }
}
