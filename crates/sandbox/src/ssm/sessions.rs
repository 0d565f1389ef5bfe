//! Sessions of Session Manager. There is no data channel.

use aws_sdk_ssm::{
    operation::{
        describe_sessions::{DescribeSessionsInput, DescribeSessionsOutput},
        resume_session::{ResumeSessionInput, ResumeSessionOutput},
        start_session::{StartSessionInput, StartSessionOutput},
        terminate_session::{TerminateSessionInput, TerminateSessionOutput},
    },
    types::{self, SessionFilterKey as Key, SessionState, SessionStatus},
};
use jiff::{SignedDuration, Timestamp};

use super::pages::Pages;
use super::state::Session;
use super::{documents, node, nodes};
use crate::ApiError;
use crate::clock::{later, to_aws};
use crate::state::Call;

/// An idle session ends after this time.
const IDLE: SignedDuration = SignedDuration::from_hours(24);
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

impl Session {
    fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let idle = later(self.started, IDLE);
        self.ended.or((now >= idle).then_some(idle))
    }

    fn status(&self, now: Timestamp) -> SessionStatus {
        match self.end(now) {
            Some(_) => SessionStatus::Terminated,
            None => SessionStatus::Connected,
        }
    }
}

pub(super) fn start_session(call: &mut Call<'_>, input: &StartSessionInput) -> Result<StartSessionOutput, ApiError> {
    let target = input.target().unwrap_or_default();
    let machine = nodes::machines(call).into_iter().find(|machine| machine.id == target);
    if machine.is_none_or(|machine| machine.node.reach != node::Reach::Online) {
        let message = format!("{target} is not connected.");
        return Err(ApiError::new("TargetNotConnected", message));
    }
    let document = input.document_name().unwrap_or("SSM-SessionManagerRunShell");
    documents::find(document)
        .ok_or_else(|| documents::unknown(document))?
        .check(&input.parameters().cloned().unwrap_or_default())?;
    let id = format!("demo-{}", call.ids.ec2("0").trim_start_matches("0-"));
    let session = Session {
        id: id.clone(),
        target: target.to_owned(),
        owner: format!("arn:aws:iam::{}:user/demo", call.account_id),
        document: document.to_owned(),
        reason: input.reason.clone(),
        started: call.now,
        ended: None,
    };
    call.region.ssm.sessions.push(session);
    Ok(StartSessionOutput::builder()
        .token_value(call.ids.secret(64))
        .stream_url(stream(call, &id))
        .session_id(id)
        .build())
}

fn stream(call: &Call<'_>, id: &str) -> String {
    format!("wss://ssmmessages.{}.amazonaws.com/v1/data-channel/{id}?role=publish_subscribe", call.region_name)
}

pub(super) fn resume_session(call: &mut Call<'_>, input: &ResumeSessionInput) -> Result<ResumeSessionOutput, ApiError> {
    let id = input.session_id().unwrap_or_default().to_owned();
    let open = call.region.ssm.sessions.iter().any(|session| session.id == id && session.end(call.now).is_none());
    if !open {
        return Err(ApiError::new("DoesNotExistException", format!("Session {id} does not exist.")));
    }
    Ok(ResumeSessionOutput::builder()
        .token_value(call.ids.secret(64))
        .stream_url(stream(call, &id))
        .session_id(id)
        .build())
}

// AWS returns the id even if the session does not exist.
pub(super) fn terminate_session(
    call: &mut Call<'_>,
    input: &TerminateSessionInput,
) -> Result<TerminateSessionOutput, ApiError> {
    let now = call.now;
    for session in &mut call.region.ssm.sessions {
        if Some(session.id.as_str()) == input.session_id() && session.end(now).is_none() {
            session.ended = Some(now);
        }
    }
    Ok(TerminateSessionOutput::builder().set_session_id(input.session_id.clone()).build())
}

pub(super) fn describe_sessions(
    call: &mut Call<'_>,
    input: &DescribeSessionsInput,
) -> Result<DescribeSessionsOutput, ApiError> {
    let now = call.now;
    let active = input.state() == Some(&SessionState::Active);
    let mut found = Vec::new();
    for session in call.region.ssm.sessions.iter().rev() {
        let end = session.end(now);
        let remembered = end.is_none_or(|end| now < later(end, REMEMBERED));
        if end.is_none() == active && remembered && fits(input, session, now)? {
            found.push(show(session, now));
        }
    }
    let pages = Pages { sizes: 1..=200, default: 100, asked: input.max_results, token: input.next_token() };
    let request = ("sessions", input.state(), input.filters());
    let page = pages.cut(found, request, |session| session.session_id().unwrap_or_default().to_owned())?;
    Ok(DescribeSessionsOutput::builder().set_sessions(Some(page.items)).set_next_token(page.next_token).build())
}

fn fits(input: &DescribeSessionsInput, session: &Session, now: Timestamp) -> Result<bool, ApiError> {
    for filter in input.filters() {
        let wanted = filter.value();
        let fits = match filter.key() {
            Key::InvokedAfter => session.started > instant(wanted)?,
            Key::InvokedBefore => session.started < instant(wanted)?,
            Key::TargetId => session.target == wanted,
            Key::Owner => session.owner == wanted,
            Key::Status => session.status(now).as_str() == wanted,
            Key::SessionId => session.id == wanted,
            Key::AccessType => wanted == "Standard",
            other => return Err(ApiError::new("InvalidFilterKey", format!("The filter key {other} isn't valid."))),
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn instant(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|_| {
        let message = format!("The filter value {text} isn't a valid ISO 8601 time.");
        ApiError::new("ValidationException", message)
    })
}

fn show(session: &Session, now: Timestamp) -> types::Session {
    types::Session::builder()
        .session_id(&session.id)
        .target(&session.target)
        .status(session.status(now))
        .start_date(to_aws(session.started))
        .set_end_date(session.end(now).map(to_aws))
        .document_name(&session.document)
        .owner(&session.owner)
        .set_reason(session.reason.clone())
        .access_type(types::AccessType::Standard)
        .build()
}
