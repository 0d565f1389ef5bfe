//! Sending, at most once to each machine. SendCommand has no token that would make a
//! repetition harmless, so what may have reached the service is looked for and not repeated.

use std::time::Duration;

use moonfleet_core::Error;
use moonfleet_core::Limit;
use moonfleet_core::error::PLANNED;

use super::TargetOutcome;
use super::api::{Batch, Ssm};
use super::engine::{BATCH, Engine, SendGroup};
use super::status::TargetVerdict;

/// A command shows up in lists a while after it was accepted.
const LOOKS: [u64; 6] = [1, 2, 4, 8, 8, 8];

pub enum Sent {
    Command(String),
    /// The service refused all because of some.
    BadIds(Error),
    /// This is what became of all of them.
    Nothing(TargetOutcome),
}

impl<S: Ssm> Engine<'_, S> {
    pub async fn send(&self, group: &SendGroup, concurrency: usize) -> Sent {
        let ids: Vec<String> = group.targets.iter().map(|at| self.id(*at)).collect();
        let batch = Batch {
            document: group.document.clone(),
            parameters: self.order.parameters(&group.document),
            comment: self.comment(group.targets.first().copied().unwrap_or_default()),
            max_concurrency: self.concurrency(concurrency.min(ids.len())),
            max_errors: self.errors_left().map_or_else(|| "100%".to_owned(), |left| left.to_string()),
            ids,
        };
        self.note_sending(group.place, &batch.comment);
        let sent = self.send_batch(group, &batch).await;
        self.note_sent(&batch.comment);
        sent
    }

    async fn send_batch(&self, group: &SendGroup, batch: &Batch) -> Sent {
        let api = &self.places[group.place];
        let error = match api.send(batch).await {
            Ok(command) => return Sent::Command(command),
            Err(error) => error,
        };
        if self.is_about_some_ids(group, &error) {
            return Sent::BadIds(error);
        }
        if error.code == PLANNED {
            return Sent::Nothing(TargetOutcome::silent(TargetVerdict::Planned, error.message));
        }
        if error.is_surely_not_done() {
            return Sent::Nothing(TargetOutcome::silent(TargetVerdict::Unreached, error.to_string()));
        }
        for seconds in LOOKS {
            api.pause(Duration::from_secs(seconds)).await;
            // What cannot be asked now can be asked later.
            if let Ok(Some(command)) = api.find(&batch.comment).await {
                return Sent::Command(command);
            }
        }
        let told = format!(
            "it may have run: the answer to SendCommand was lost ({error}), and no command with the comment {:?} was found",
            batch.comment
        );
        Sent::Nothing(TargetOutcome::silent(TargetVerdict::Unknown, told))
    }

    /// Whether the service refuses all because of some, so that the others can be tried
    /// without them. A tag or a group that it looks up by itself has no others.
    fn is_about_some_ids(&self, group: &SendGroup, error: &Error) -> bool {
        let names_some = || {
            let named = group.targets.iter().filter(|at| names(error, &self.id(**at))).count();
            (1..group.targets.len()).contains(&named)
        };
        self.order.server_side.is_none()
            && match error.code.as_str() {
                "InvalidInstanceId" | "UnsupportedPlatformType" => true,
                "ValidationException" => error.message.contains("instanceIds"),
                _ => error.is_surely_not_done() && names_some(),
            }
    }

    /// What is left of a group that was refused for some of its ids.
    pub fn without_bad(&self, group: SendGroup, error: &Error) -> Vec<SendGroup> {
        let refused = TargetOutcome::silent(TargetVerdict::Unreached, reason(error));
        let part =
            |targets: &[usize]| SendGroup { targets: targets.to_vec(), document: group.document.clone(), ..group };
        let (bad, good): (Vec<usize>, Vec<usize>) = group.targets.iter().partition(|at| names(error, &self.id(**at)));
        if !bad.is_empty() && !good.is_empty() {
            self.conclude_all(&bad, &refused);
            return vec![part(&good)];
        }
        if group.targets.len() == 1 {
            self.conclude_all(&group.targets, &refused);
            return Vec::new();
        }
        // It says which by no name: the halves tell.
        let (left, right) = group.targets.split_at(group.targets.len() / 2);
        vec![part(left), part(right)]
    }

    fn concurrency(&self, of_batch: usize) -> String {
        match (self.order.max_concurrency, &self.order.server_side) {
            (Some(Limit::Percent(percent)), Some(_)) => format!("{percent}%"),
            (Some(Limit::Count(count)), Some(_)) => count.to_string(),
            (None, _) => BATCH.to_string(),
            (Some(_), None) => of_batch.to_string(),
        }
    }
}

/// Whole words only: one id may begin as another does.
fn names(error: &Error, id: &str) -> bool {
    error.message.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word == id)
}

fn reason(error: &Error) -> String {
    match error.code.as_str() {
        "InvalidInstanceId" => {
            "InvalidInstanceId: not a managed node, not running, or its agent is not registered".to_owned()
        }
        code => format!("{code}: {}", error.message),
    }
}
