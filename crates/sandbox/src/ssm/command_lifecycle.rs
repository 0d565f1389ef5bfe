//! The life cycle of a command. SendCommand decides it; later calls compute the state from the
//! clock, so nothing runs in the background.

use std::collections::HashMap;

use aws_sdk_ssm::types::{CommandInvocationStatus as Invoked, CommandStatus as Commanded, Target};
use jiff::{SignedDuration, Timestamp};

use super::outcome::ScriptOutcome;
use crate::clock::later;

/// Lists show a command only after this delay.
pub(super) const VISIBLE_AFTER: SignedDuration = SignedDuration::from_millis(100);
const DELIVERY: SignedDuration = SignedDuration::from_millis(120);
const CANCELLING: SignedDuration = SignedDuration::from_millis(200);
/// The exit status of a script that the agent killed.
const KILLED: i32 = 137;

pub(crate) struct Command {
    pub id: String,
    pub requested: Timestamp,
    pub document: CommandDocument,
    pub document_version: String,
    pub comment: String,
    pub parameters: HashMap<String, Vec<String>>,
    pub instance_ids: Vec<String>,
    pub targets: Vec<Target>,
    pub timeout_seconds: i32,
    pub max_concurrency: String,
    pub max_errors: String,
    pub allowed_errors: usize,
    pub output_s3_bucket: Option<String>,
    pub output_s3_prefix: Option<String>,
    pub invocations: Vec<Invocation>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CommandDocument {
    Shell,
    PowerShell,
    Patch,
}

impl CommandDocument {
    pub(crate) fn from_name(name: &str) -> Option<CommandDocument> {
        match name {
            "AWS-RunShellScript" => Some(CommandDocument::Shell),
            "AWS-RunPowerShellScript" => Some(CommandDocument::PowerShell),
            "AWS-RunPatchBaseline" => Some(CommandDocument::Patch),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            CommandDocument::Shell => "AWS-RunShellScript",
            CommandDocument::PowerShell => "AWS-RunPowerShellScript",
            CommandDocument::Patch => "AWS-RunPatchBaseline",
        }
    }

    pub(crate) fn plugin(self) -> &'static str {
        match self {
            CommandDocument::Shell => "aws:runShellScript",
            CommandDocument::PowerShell => "aws:runPowerShellScript",
            CommandDocument::Patch => "PatchLinux",
        }
    }
}

pub(crate) struct Invocation {
    pub instance_id: String,
    pub instance_name: String,
    pub course: Course,
    pub cancelled: Option<Timestamp>,
}

/// The course of an invocation that is not cancelled.
pub(crate) enum Course {
    Runs {
        start: Timestamp,
        end: Timestamp,
        outcome: ScriptOutcome,
        killed: bool,
    },
    /// The agent does not fetch the command before the delivery timeout.
    Lost {
        expires: Timestamp,
    },
    /// Systems Manager decides without the machine.
    Settled {
        at: Timestamp,
        details: &'static str,
    },
}

/// The reaction of a machine to a command.
pub(super) enum Fate {
    Answers { outcome: ScriptOutcome, killed: bool },
    Silent,
    Refused(&'static str),
}

/// Schedules the machines. At most `concurrency` run at once; after more than `allowed_errors`
/// errors no further machine starts.
pub(super) fn schedule(
    sent: Timestamp,
    expires: Timestamp,
    fates: Vec<Fate>,
    concurrency: usize,
    allowed_errors: usize,
) -> Vec<Course> {
    let mut free = vec![later(sent, DELIVERY); concurrency.clamp(1, fates.len().max(1))];
    let mut errors: Vec<Timestamp> = Vec::new();
    let mut courses = Vec::new();
    for fate in fates {
        free.sort();
        let turn = free[0];
        let course = match last_straw(&mut errors, allowed_errors, turn) {
            Some(at) => Course::Settled { at, details: "Terminated" },
            None => course(fate, turn, expires),
        };
        if course.is_error() {
            errors.push(course.end());
        }
        if !matches!(course, Course::Settled { details: "Terminated", .. }) {
            free[0] = course.end().max(turn);
        }
        courses.push(course);
    }
    courses
}

/// Returns the time of the error that exceeded the limit, if that was before `turn`.
fn last_straw(errors: &mut [Timestamp], allowed: usize, turn: Timestamp) -> Option<Timestamp> {
    errors.sort();
    errors.get(allowed).copied().filter(|at| *at <= turn)
}

fn course(fate: Fate, turn: Timestamp, expires: Timestamp) -> Course {
    match fate {
        Fate::Answers { outcome, killed } => {
            Course::Runs { start: turn, end: later(turn, outcome.took), outcome, killed }
        }
        Fate::Silent => Course::Lost { expires },
        Fate::Refused(details) => Course::Settled { at: turn, details },
    }
}

impl Course {
    fn end(&self) -> Timestamp {
        match self {
            Course::Runs { end, .. } => *end,
            Course::Lost { expires } => *expires,
            Course::Settled { at, .. } => *at,
        }
    }

    fn is_error(&self) -> bool {
        matches!(self, Course::Runs { outcome, killed, .. } if *killed || outcome.code != 0)
    }
}

/// The state of an invocation at one time.
pub(crate) struct Stage<'a> {
    pub status: Invoked,
    pub details: &'static str,
    /// The exit status; -1 if no script has ended on the machine.
    pub code: i32,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// `None` until the end: Systems Manager returns no partial output.
    pub outcome: Option<&'a ScriptOutcome>,
}

impl Stage<'_> {
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.status, Invoked::Pending | Invoked::InProgress | Invoked::Cancelling)
    }

    fn is_error(&self) -> bool {
        matches!(self.details, "Failed" | "ExecutionTimedOut")
    }

    fn without_machine(status: Invoked, details: &'static str) -> Self {
        Stage { status, details, code: -1, started: None, ended: None, outcome: None }
    }
}

impl Invocation {
    pub(crate) fn stage(&self, now: Timestamp) -> Stage<'_> {
        match self.cancelled {
            Some(at) if now >= at && at < self.course.end() => self.cancelled_stage(at, now),
            _ => self.natural_stage(now),
        }
    }

    fn natural_stage(&self, now: Timestamp) -> Stage<'_> {
        match &self.course {
            Course::Runs { start, .. } if now < *start => pending(),
            Course::Runs { start, end, .. } if now < *end => {
                Stage { started: Some(*start), ..Stage::without_machine(Invoked::InProgress, "InProgress") }
            }
            Course::Runs { start, end, outcome, killed } => {
                let (status, details, code) = match (killed, outcome.code) {
                    (true, _) => (Invoked::TimedOut, "ExecutionTimedOut", KILLED),
                    (false, 0) => (Invoked::Success, "Success", 0),
                    (false, code) => (Invoked::Failed, "Failed", code),
                };
                Stage { status, details, code, started: Some(*start), ended: Some(*end), outcome: Some(outcome) }
            }
            Course::Lost { expires } if now < *expires => pending(),
            Course::Lost { .. } => Stage::without_machine(Invoked::TimedOut, "DeliveryTimedOut"),
            Course::Settled { at, .. } if now < *at => pending(),
            Course::Settled { details, .. } => {
                let status = match *details {
                    "Terminated" => Invoked::Cancelled,
                    _ => Invoked::Failed,
                };
                Stage::without_machine(status, details)
            }
        }
    }

    // Pending invocations never start. Running ones are killed, unless they end first.
    fn cancelled_stage(&self, at: Timestamp, now: Timestamp) -> Stage<'_> {
        let killed = later(at, CANCELLING);
        match &self.course {
            Course::Runs { start, end, .. } if *start <= at => {
                if *end <= killed {
                    return self.natural_stage(now);
                }
                if now < killed {
                    return Stage {
                        started: Some(*start),
                        ..Stage::without_machine(Invoked::Cancelling, "Cancelling")
                    };
                }
                Stage {
                    status: Invoked::Cancelled,
                    details: "Cancelled",
                    code: KILLED,
                    started: Some(*start),
                    ended: Some(killed),
                    outcome: None,
                }
            }
            _ => Stage::without_machine(Invoked::Cancelled, "Cancelled"),
        }
    }
}

fn pending() -> Stage<'static> {
    Stage::without_machine(Invoked::Pending, "Pending")
}

/// The summary of a command's invocations.
pub(crate) struct Summary {
    pub status: Commanded,
    pub details: &'static str,
    pub targets: i32,
    pub completed: i32,
    pub errors: i32,
    pub delivery_timeouts: i32,
}

impl Command {
    pub(crate) fn is_visible(&self, now: Timestamp) -> bool {
        now >= later(self.requested, VISIBLE_AFTER)
    }

    pub(crate) fn expires(&self) -> Timestamp {
        later(self.requested, SignedDuration::from_secs(self.timeout_seconds.into()))
    }

    pub(crate) fn summary(&self, now: Timestamp) -> Summary {
        let stages: Vec<Stage<'_>> = self.invocations.iter().map(|invocation| invocation.stage(now)).collect();
        let count = |test: &dyn Fn(&Stage<'_>) -> bool| stages.iter().filter(|stage| test(stage)).count();
        let over = count(&|stage| stage.is_over());
        let errors = count(&|stage| stage.is_error());
        let late = count(&|stage| stage.details == "DeliveryTimedOut");
        let (status, details) = match over == stages.len() {
            // Systems Manager resolves targets after the call has returned.
            _ if !self.targets.is_empty() && !self.is_visible(now) => (Commanded::Pending, "Pending"),
            false => under_way(&stages),
            true => self.final_status(&stages, errors, late),
        };
        let targets = match status == Commanded::Pending && !self.targets.is_empty() {
            true if !self.is_visible(now) => 0,
            _ => stages.len(),
        };
        Summary {
            status,
            details,
            targets: small(targets),
            completed: small(over),
            errors: small(errors),
            delivery_timeouts: small(late),
        }
    }

    // An undelivered invocation counts neither as an error nor as a success.
    fn final_status(&self, stages: &[Stage<'_>], errors: usize, late: usize) -> (Commanded, &'static str) {
        let any = |details| stages.iter().any(|stage| stage.details == details);
        if stages.is_empty() {
            (Commanded::Success, "NoInstancesInTag")
        } else if any("Cancelled") {
            (Commanded::Cancelled, "Cancelled")
        } else if errors > self.allowed_errors && !any("Failed") {
            (Commanded::TimedOut, "ExecutionTimedOut")
        } else if errors > self.allowed_errors {
            (Commanded::Failed, "Failed")
        } else if errors > 0 || (late > 0 && any("Success")) {
            (Commanded::Failed, "Incomplete")
        } else if late > 0 {
            (Commanded::TimedOut, "DeliveryTimedOut")
        } else if any("Success") {
            (Commanded::Success, "Success")
        } else {
            (Commanded::Failed, "Failed")
        }
    }
}

fn under_way(stages: &[Stage<'_>]) -> (Commanded, &'static str) {
    let any = |status| stages.iter().any(|stage| stage.status == status);
    if any(Invoked::Cancelling) {
        (Commanded::Cancelling, "Cancelling")
    } else if stages.iter().all(|stage| stage.status == Invoked::Pending) {
        (Commanded::Pending, "Pending")
    } else {
        (Commanded::InProgress, "InProgress")
    }
}

fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
