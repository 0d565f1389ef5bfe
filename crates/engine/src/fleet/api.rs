//! The operations of Systems Manager that the engine needs, in one account and region.

use std::time::Duration;

use moonfleet_core::Error;

#[derive(Clone, Debug)]
pub struct Batch {
    pub ids: Vec<String>,
    pub document: String,
    pub parameters: Vec<(String, Vec<String>)>,
    /// A unique comment, by which a command is found if the answer to SendCommand is lost.
    pub comment: String,
    pub max_concurrency: String,
    pub max_errors: String,
}

/// An invocation: the run of a command on one machine.
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

/// The beginning of an output, which Systems Manager keeps, and the URL of the whole output; the
/// URL is empty if the output is stored nowhere else.
#[derive(Clone, Debug, Default)]
pub struct InvocationText {
    pub text: String,
    pub url: String,
}

#[allow(async_fn_in_trait, reason = "the engine runs on one thread, and its callers name the type")]
pub trait Ssm {
    /// Sends a command and returns its id.
    async fn send(&self, batch: &Batch) -> Result<String, Error>;
    /// Returns the id of the command with this comment.
    async fn find(&self, comment: &str) -> Result<Option<String>, Error>;
    /// Returns all invocations, without their output.
    async fn list(&self, command: &str) -> Result<Vec<Invocation>, Error>;
    /// Returns one invocation from the list, with the beginning of its output.
    async fn peek(&self, command: &str, id: &str) -> Result<Option<Invocation>, Error>;
    /// Returns the details of one invocation.
    async fn get(&self, command: &str, id: &str) -> Result<Invocation, Error>;
    /// Returns the number of machines that Systems Manager has selected for a command; `None`
    /// while the command is under way.
    async fn selected(&self, command: &str) -> Result<Option<usize>, Error>;
    /// Fetches a whole output from its URL.
    async fn fetch(&self, url: &str) -> Result<String, Error>;
    /// Cancels a command on these machines.
    async fn cancel(&self, command: &str, ids: &[String]) -> Result<(), Error>;
    /// Cancels a command in the background, because the run is being ended.
    fn abandon(&self, command: &str);
    /// Finds the command with this comment and cancels it, in the background.
    fn abandon_sent(&self, comment: &str);
    async fn pause(&self, time: Duration);
    /// Returns the time since a fixed moment. [`Ssm::pause`] advances it.
    fn clock(&self) -> Duration;
}
