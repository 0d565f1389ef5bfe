//! Service last accessed details: the services that a principal may use, with the time of the last
//! use.

use aws_sdk_iam::{
    operation::{
        generate_service_last_accessed_details::{
            GenerateServiceLastAccessedDetailsInput, GenerateServiceLastAccessedDetailsOutput,
        },
        get_service_last_accessed_details::{GetServiceLastAccessedDetailsInput, GetServiceLastAccessedDetailsOutput},
    },
    types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed},
};
use jiff::{SignedDuration, Timestamp};
use moonfleet_iam_policy::{PolicyDocument, Request, Verdict, decide};

use super::errors::{no_such, not_simulated};
use super::pages::cut;
use super::simulate::GrantedPolicies;
use super::state::LastAccessedJob;
use crate::ApiError;
use crate::clock::{later, to_aws};
use crate::state::Call;

const TAKES: SignedDuration = SignedDuration::from_secs(1);

/// Services by prefix, each with an action that all its users may call.
const SERVICES: [(&str, &str, &str); 6] = [
    ("ec2", "Amazon EC2", "ec2:DescribeInstances"),
    ("iam", "AWS Identity and Access Management", "iam:ListRoles"),
    ("resource-groups", "AWS Resource Groups", "resource-groups:ListGroups"),
    ("s3", "Amazon S3", "s3:ListAllMyBuckets"),
    ("ssm", "AWS Systems Manager", "ssm:DescribeInstanceInformation"),
    ("sts", "AWS Security Token Service", "sts:GetSessionToken"),
];

pub(super) fn generate_service_last_accessed_details(
    call: &mut Call<'_>,
    input: &GenerateServiceLastAccessedDetailsInput,
) -> Result<GenerateServiceLastAccessedDetailsOutput, ApiError> {
    if input.granularity() == Some(&AccessAdvisorUsageGranularityType::ActionLevel) {
        return Err(not_simulated("granularity=ACTION_LEVEL"));
    }
    let arn = input.arn().unwrap_or_default();
    GrantedPolicies::find(call, arn)?;
    let id = call.ids.uuid();
    let job = LastAccessedJob { asked: call.now, arn: arn.to_owned() };
    call.iam().jobs.insert(id.clone(), job);
    Ok(GenerateServiceLastAccessedDetailsOutput::builder().job_id(id).build())
}

pub(super) fn get_service_last_accessed_details(
    call: &mut Call<'_>,
    input: &GetServiceLastAccessedDetailsInput,
) -> Result<GetServiceLastAccessedDetailsOutput, ApiError> {
    let now = call.now;
    let id = input.job_id().unwrap_or_default();
    let job = call.iam().jobs.get(id).ok_or_else(|| no_such(format!("Job {id} cannot be found.")))?;
    let (asked, arn) = (job.asked, job.arn.clone());
    let done = later(asked, TAKES);
    let output = GetServiceLastAccessedDetailsOutput::builder()
        .job_type(AccessAdvisorUsageGranularityType::ServiceLevel)
        .job_creation_date(to_aws(asked));
    if now < done {
        // The model requires this field, even before completion.
        let output = output.job_status(JobStatusType::InProgress).job_completion_date(to_aws(asked));
        return Ok(output.set_services_last_accessed(Some(Vec::new())).build()?);
    }
    let services = services(call, &arn)?;
    let page = cut(services, ("last accessed", id), input.max_items, input.marker(), |one| {
        one.service_namespace().to_owned()
    })?;
    Ok(output
        .job_status(JobStatusType::Completed)
        .job_completion_date(to_aws(done))
        .set_services_last_accessed(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

fn services(call: &mut Call<'_>, arn: &str) -> Result<Vec<ServiceLastAccessed>, ApiError> {
    let granted = GrantedPolicies::find(call, arn)?;
    let documents: Vec<&PolicyDocument> = granted.sources.iter().map(|source| &source.document).collect();
    let used = last_used(call, arn);
    let may = |action| {
        let request = Request { action, resource: None, caller: None, context: None };
        matches!(decide(&documents, &request).verdict, Verdict::Allowed | Verdict::Conditional)
    };
    let services = SERVICES.iter().filter(|(_, _, action)| may(action));
    services.map(|(prefix, name, _)| show(prefix, name, arn, &used)).collect()
}

fn show(prefix: &str, name: &str, arn: &str, used: &[(String, Timestamp)]) -> Result<ServiceLastAccessed, ApiError> {
    let last = used.iter().filter(|(service, _)| service == prefix).map(|(_, at)| *at).max();
    Ok(ServiceLastAccessed::builder()
        .service_name(name)
        .service_namespace(prefix)
        .total_authenticated_entities(i32::from(last.is_some()))
        .set_last_authenticated(last.map(to_aws))
        .set_last_authenticated_entity(last.map(|_| arn.to_owned()))
        .set_last_authenticated_region(last.map(|_| "eu-central-1".to_owned()))
        .build()?)
}

/// Returns services with the time of their last use. The last use of a role counts as one of EC2.
fn last_used(call: &mut Call<'_>, arn: &str) -> Vec<(String, Timestamp)> {
    let (iam, account) = call.iam_and_account();
    let of_user = iam.users.values().filter(|user| user.arn(account) == arn).flat_map(|user| &user.keys);
    let of_user = of_user.filter_map(|key| key.last_used.map(|(at, service)| (service.to_owned(), at)));
    let of_role = iam.roles.values().filter(|role| role.arn(account) == arn).filter_map(|role| role.last_used);
    of_user.chain(of_role.map(|at| ("ec2".to_owned(), at))).collect()
}
