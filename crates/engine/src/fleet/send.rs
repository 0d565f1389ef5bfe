//! Sending, at most once to each machine. SendCommand has no idempotency token, so a command that
//! may have reached the service is searched for instead of sent again.

use std::time::Duration;

use moonfleet_core::Error;
use moonfleet_core::Limit;
use moonfleet_core::error::PLANNED;

use super::TargetOutcome;
use super::api::{Batch, Ssm};
use super::engine::{BATCH, Engine, SendGroup};
use super::status::TargetVerdict;

/// The seconds before each search for a command: lists show a command some time after the service
/// has accepted it.
const SEARCH_PAUSES: [u64; 6] = [1, 2, 4, 8, 8, 8];

pub enum Sent {
    Command(String),
    /// The service refused the command because of some of its ids.
    BadIds(Error),
    /// No command is known; every target has this outcome.
    WithoutCommand(TargetOutcome),
}

impl<S: Ssm> Engine<'_, S> {
    pub async fn send(&self, group: &SendGroup, concurrency: usize) -> Sent {
        let ids: Vec<String> = group.targets.iter().map(|at| self.id(*at)).collect();
        let batch = Batch {
            document: group.document.clone(),
            parameters: self.request.parameters(&group.document),
            comment: self.comment(group.targets.first().copied().unwrap_or_default()),
            max_concurrency: self.concurrency(concurrency.min(ids.len())),
            max_errors: self.errors_left().map_or_else(|| "100%".to_owned(), |left| left.to_string()),
            ids,
        };
        self.note_sending(group.location, &batch.comment);
        let sent = self.send_batch(group, &batch).await;
        self.note_sent(&batch.comment);
        sent
    }

    async fn send_batch(&self, group: &SendGroup, batch: &Batch) -> Sent {
        let api = &self.locations[group.location];
        let error = match api.send(batch).await {
            Ok(command) => return Sent::Command(command),
            Err(error) => error,
        };
        if self.is_about_some_ids(group, &error) {
            return Sent::BadIds(error);
        }
        if error.code == PLANNED {
            return Sent::WithoutCommand(TargetOutcome::silent(TargetVerdict::Planned, error.message));
        }
        if error.is_surely_not_done() {
            return Sent::WithoutCommand(TargetOutcome::silent(TargetVerdict::Unreached, error.to_string()));
        }
        for seconds in SEARCH_PAUSES {
            api.pause(Duration::from_secs(seconds)).await;
            // After an error, the next search may succeed.
            if let Ok(Some(command)) = api.find(&batch.comment).await {
                return Sent::Command(command);
            }
        }
        let detail = format!(
            "the command may have run: the answer to SendCommand was lost ({error}), and no command with the comment {:?} was found",
            batch.comment
        );
        Sent::WithoutCommand(TargetOutcome::silent(TargetVerdict::Unknown, detail))
    }

    /// Whether the service refused the command because of some ids, so that the others can be sent
    /// without them. A tag or a resource group cannot be divided.
    fn is_about_some_ids(&self, group: &SendGroup, error: &Error) -> bool {
        let names_some = || {
            let named = group.targets.iter().filter(|at| names(error, &self.id(**at))).count();
            (1..group.targets.len()).contains(&named)
        };
        self.request.server_side.is_none()
            && match error.code.as_str() {
                "InvalidInstanceId" | "UnsupportedPlatformType" => true,
                "ValidationException" => error.message.contains("instanceIds"),
                _ => error.is_surely_not_done() && names_some(),
            }
    }

    /// Returns smaller groups of the targets without the ids for which the group was refused.
    pub fn without_bad(&self, group: SendGroup, error: &Error) -> Vec<SendGroup> {
        let refused = TargetOutcome::silent(TargetVerdict::Unreached, reason(error));
        let smaller =
            |targets: &[usize]| SendGroup { targets: targets.to_vec(), document: group.document.clone(), ..group };
        let (bad, good): (Vec<usize>, Vec<usize>) = group.targets.iter().partition(|at| names(error, &self.id(**at)));
        if !bad.is_empty() && !good.is_empty() {
            self.conclude_all(&bad, &refused);
            return vec![smaller(&good)];
        }
        if group.targets.len() == 1 {
            self.conclude_all(&group.targets, &refused);
            return Vec::new();
        }
        // The error does not name the ids, so each half is tried.
        let (left, right) = group.targets.split_at(group.targets.len() / 2);
        vec![smaller(left), smaller(right)]
    }

    /// Returns MaxConcurrency for a batch that holds so many slots.
    fn concurrency(&self, slots: usize) -> String {
        match (self.request.max_concurrency, &self.request.server_side) {
            (Some(Limit::Percent(percent)), Some(_)) => format!("{percent}%"),
            (Some(Limit::Count(count)), Some(_)) => count.to_string(),
            (None, _) => BATCH.to_string(),
            (Some(_), None) => slots.to_string(),
        }
    }
}

/// Whether an error names an id as a whole word: an id may be the beginning of another.
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
