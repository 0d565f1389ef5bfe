//! What the engine needs of Systems Manager, in one account and region.

use std::time::Duration;

use moonfleet_core::Error;

#[derive(Clone, Debug)]
pub struct Batch {
    pub ids: Vec<String>,
    pub document: String,
    pub parameters: Vec<(String, Vec<String>)>,
    /// Nothing else has this one, so that a command can be found whose answer was lost.
    pub comment: String,
    pub max_concurrency: String,
    pub max_errors: String,
}

/// An invocation as the lists and the details show it.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    pub id: String,
    pub status: String,
    pub details: String,
    pub exit_code: Option<i64>,
    pub stdout: InvocationText,
    pub stderr: InvocationText,
    pub started: Option<String>,
    pub ended: Option<String>,
}

/// What Systems Manager keeps of an output, and where the whole of it is, if anywhere.
#[derive(Clone, Debug, Default)]
pub struct InvocationText {
    pub text: String,
    pub url: String,
}

#[allow(async_fn_in_trait, reason = "the engine runs on one thread, and its callers name the type")]
pub trait Ssm {
    /// Gives the command's id.
    async fn send(&self, batch: &Batch) -> Result<String, Error>;
    /// The command with this comment, where there is one.
    async fn find(&self, comment: &str) -> Result<Option<String>, Error>;
    /// All invocations, without what they said.
    async fn list(&self, command: &str) -> Result<Vec<Invocation>, Error>;
    /// One invocation from the list, with the beginning of what it said.
    async fn peek(&self, command: &str, id: &str) -> Result<Option<Invocation>, Error>;
    async fn get(&self, command: &str, id: &str) -> Result<Invocation, Error>;
    /// How many machines Systems Manager has chosen for a command, once it is done with them.
    async fn chosen(&self, command: &str) -> Result<Option<usize>, Error>;
    /// An output that was kept as a whole.
    async fn fetch(&self, url: &str) -> Result<String, Error>;
    /// Keeps a command from these machines.
    async fn cancel(&self, command: &str, ids: &[String]) -> Result<(), Error>;
    /// Cancels without anybody waiting for it: whoever asked is being ended.
    fn abandon(&self, command: &str);
    /// The same for the command with this comment, if there is one.
    fn abandon_sent(&self, comment: &str);
    async fn pause(&self, time: Duration);
    /// Time since some moment, as `pause` sees it.
    fn clock(&self) -> Duration;
}
