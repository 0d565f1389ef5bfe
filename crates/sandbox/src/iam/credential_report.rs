//! The credential report, which takes a moment to generate and is valid for four hours.

use aws_sdk_iam::{
    operation::{
        generate_credential_report::{GenerateCredentialReportInput, GenerateCredentialReportOutput},
        get_credential_report::{GetCredentialReportInput, GetCredentialReportOutput},
    },
    primitives::Blob,
    types::{ReportFormatType, ReportStateType},
};
use jiff::{SignedDuration, Timestamp};

use super::state::{CredentialReport, IamState};
use super::{AccessKey, User};
use crate::ApiError;
use crate::clock::{later, to_aws};
use crate::state::Call;

/// The time that generation takes.
const TAKES: SignedDuration = SignedDuration::from_millis(400);
/// The time that a report is valid.
const KEPT: SignedDuration = SignedDuration::from_hours(4);

impl CredentialReport {
    fn is_ready(&self, now: Timestamp) -> bool {
        now >= later(self.asked, TAKES)
    }

    fn is_old(&self, now: Timestamp) -> bool {
        now >= later(self.asked, KEPT)
    }
}

pub(super) fn generate_credential_report(
    call: &mut Call<'_>,
    _: &GenerateCredentialReportInput,
) -> Result<GenerateCredentialReportOutput, ApiError> {
    let now = call.now;
    let output = GenerateCredentialReportOutput::builder();
    if let Some(report) = call.iam().report.as_ref().filter(|report| !report.is_old(now)) {
        return Ok(match report.is_ready(now) {
            true => output.state(ReportStateType::Complete).build(),
            false => output.state(ReportStateType::Inprogress).build(),
        });
    }
    let (iam, account) = call.iam_and_account();
    iam.report = Some(CredentialReport { asked: now, content: content(iam, account) });
    let description = "No report exists. Starting a new report generation task";
    Ok(output.state(ReportStateType::Started).description(description).build())
}

pub(super) fn get_credential_report(
    call: &mut Call<'_>,
    _: &GetCredentialReportInput,
) -> Result<GetCredentialReportOutput, ApiError> {
    let now = call.now;
    let gone = |code: &str, message: &str| Err(ApiError::new(code, message).with_status(410));
    match &call.iam().report {
        None => gone("ReportNotPresent", "No report is present; generate one first."),
        Some(report) if report.is_old(now) => gone("ReportExpired", "The report has expired; generate a new one."),
        Some(report) if !report.is_ready(now) => {
            Err(ApiError::new("ReportInProgress", "Report Generation in progress").with_status(404))
        }
        Some(report) => Ok(GetCredentialReportOutput::builder()
            .content(Blob::new(report.content.as_bytes()))
            .report_format(ReportFormatType::TextCsv)
            .generated_time(to_aws(report.asked))
            .build()),
    }
}

const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn content(iam: &IamState, account: &str) -> String {
    let users = iam.users.values().map(|user| row(iam, user, account));
    let rows = [COLUMNS.to_owned(), root(iam, account)].into_iter().chain(users);
    rows.collect::<Vec<_>>().join("\n")
}

fn root(iam: &IamState, account: &str) -> String {
    let root = &iam.root;
    let mut cells = vec!["<root_account>".to_owned(), format!("arn:aws:iam::{account}:root"), time(root.created)];
    cells.push("not_supported".to_owned());
    cells.push(root.password_last_used.map_or("no_information".to_owned(), time));
    cells.extend(["not_supported".to_owned(), "not_supported".to_owned()]);
    cells.push(iam.devices.values().any(super::Device::is_roots).to_string());
    finish(cells, &root.keys)
}

fn row(iam: &IamState, user: &User, account: &str) -> String {
    let mut cells = vec![user.name.clone(), user.arn(account), time(user.created)];
    match &user.password {
        Some(password) => {
            let rotation = iam.password_policy.as_ref().and_then(|policy| policy.max_age);
            let next = rotation.map(|days| later(password.changed, SignedDuration::from_hours(24 * i64::from(days))));
            cells.push("true".to_owned());
            cells.push(password.last_used.map_or("no_information".to_owned(), time));
            cells.push(time(password.changed));
            cells.push(next.map_or("N/A".to_owned(), time));
        }
        None => cells.extend(["false", "N/A", "N/A", "N/A"].map(str::to_owned)),
    }
    cells.push(iam.devices.values().any(|device| device.is_of(&user.name)).to_string());
    finish(cells, &user.keys)
}

fn finish(mut cells: Vec<String>, keys: &[AccessKey]) -> String {
    for at in 0..2 {
        cells.extend(key(keys.get(at)));
    }
    cells.extend(["false", "N/A", "false", "N/A"].map(str::to_owned));
    cells.join(",")
}

fn key(key: Option<&AccessKey>) -> [String; 5] {
    let none = || "N/A".to_owned();
    let Some(key) = key else { return ["false".to_owned(), none(), none(), none(), none()] };
    let used = match key.last_used {
        Some((at, service)) => [time(at), "eu-central-1".to_owned(), service.to_owned()],
        None => [none(), none(), none()],
    };
    let [at, region, service] = used;
    [key.active.to_string(), time(key.created), at, region, service]
}

/// Formats a time as `2026-01-31T12:00:00+00:00`.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
