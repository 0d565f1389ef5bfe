//! How a script went on a machine.

use jiff::SignedDuration;

/// How a script went on a machine.
#[derive(Clone, Debug)]
pub struct ScriptOutcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    pub took: SignedDuration,
}

impl ScriptOutcome {
    /// Both outputs as the lists show them.
    pub fn combined(&self) -> String {
        match self.stderr.is_empty() {
            true => self.stdout.clone(),
            false => format!("{}\n----------ERROR-------\n{}", self.stdout, self.stderr),
        }
    }
}
