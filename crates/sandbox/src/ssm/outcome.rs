//! The outcome of a script on a machine.

use jiff::SignedDuration;

/// The outcome of a script on a machine.
#[derive(Clone, Debug)]
pub(crate) struct ScriptOutcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    pub took: SignedDuration,
}

impl ScriptOutcome {
    /// Returns stdout and stderr joined, in the form that lists of invocations show.
    pub(crate) fn combined(&self) -> String {
        match self.stderr.is_empty() {
            true => self.stdout.clone(),
            false => format!("{}\n----------ERROR-------\n{}", self.stdout, self.stderr),
        }
    }
}
