//! Roles with their trust policies, and identity providers.

use super::accounts::DEMO_ACCOUNT;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::ages::days_before;
use super::ids::ids_for;
use super::permissions::permissions;
use crate::clock::later;
use crate::iam::managed_arn;
use crate::iam::state::{Profile, Provider, ProviderKind, Role};
use crate::iam::trust::Trust;

struct RoleRow {
    name: &'static str,
    path: &'static str,
    description: &'static str,
    trust: Trust,
    policies: Vec<String>,
    age: i64,
    used: Option<i64>,
}

pub(super) fn roles(account: &str, start: Timestamp) -> BTreeMap<String, Role> {
    let mut plans = everywhere();
    if account == DEMO_ACCOUNT {
        plans.extend(of_the_house());
        plans.extend(of_others(account));
    }
    plans.into_iter().map(|plan| (plan.name.to_owned(), role(account, plan, start))).collect()
}

fn plan(
    name: &'static str,
    description: &'static str,
    trust: Trust,
    policies: &[&str],
    age: i64,
    used: Option<i64>,
) -> RoleRow {
    let policies = policies.iter().copied().map(managed_arn).collect();
    RoleRow { name, path: "/", description, trust, policies, age, used }
}

/// Returns the trust policy of most roles: the demo account may assume them.
fn demo(condition: Value) -> Trust {
    Trust::account(DEMO_ACCOUNT, condition)
}

fn everywhere() -> Vec<RoleRow> {
    vec![
        plan(
            "moonfleet-instance",
            "What every machine of the fleet may do",
            Trust::service("ec2.amazonaws.com"),
            &["AmazonSSMManagedInstanceCore"],
            900,
            Some(0),
        ),
        plan(
            "moonfleet-operator",
            "To run commands over the fleet",
            demo(Value::Null),
            &["PowerUserAccess"],
            420,
            Some(1),
        ),
        plan("moonfleet-readonly", "To look and not to touch", demo(Value::Null), &["ReadOnlyAccess"], 420, Some(3)),
    ]
}

fn of_the_house() -> Vec<RoleRow> {
    vec![
        plan(
            "break-glass",
            "For emergencies, with MFA",
            demo(json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } })),
            &["AdministratorAccess"],
            420,
            None,
        ),
        plan(
            "partner-audit",
            "For the auditors, with an external id",
            demo(json!({ "StringEquals": { "sts:ExternalId": "moonfleet-audit" } })),
            &["SecurityAudit"],
            250,
            Some(95),
        ),
        RoleRow {
            path: "/service-role/",
            ..plan(
                "AmazonEC2RunCommandRoleForManagedInstances",
                "EC2 role for SSM",
                Trust::service("ssm.amazonaws.com"),
                &["AmazonSSMManagedInstanceCore"],
                700,
                Some(0),
            )
        },
        RoleRow {
            path: "/aws-service-role/autoscaling.amazonaws.com/",
            policies: vec![managed_arn("AutoScalingServiceRolePolicy")],
            ..plan(
                "AWSServiceRoleForAutoScaling",
                "Default Service-Linked Role enables access to AWS Services and Resources used by Auto Scaling",
                Trust::service("autoscaling.amazonaws.com"),
                &[],
                880,
                None,
            )
        },
        plan(
            "nightly-batch",
            "The batch jobs of before",
            Trust::service("ec2.amazonaws.com"),
            &["AmazonEC2FullAccess"],
            610,
            Some(290),
        ),
        plan("thumbnails", "A trial", Trust::service("lambda.amazonaws.com"), &["AmazonEC2ReadOnlyAccess"], 200, None),
    ]
}

/// Returns roles for other accounts and identity providers, some with weak trust policies.
fn of_others(account: &str) -> Vec<RoleRow> {
    let github = format!("arn:aws:iam::{account}:oidc-provider/{GITHUB}");
    let by_github = |condition: Value| {
        Trust::with_statement(json!({ "Federated": github }), "sts:AssumeRoleWithWebIdentity", condition)
    };
    let saml = Trust::with_statement(
        json!({ "Federated": format!("arn:aws:iam::{account}:saml-provider/corporate") }),
        "sts:AssumeRoleWithSAML",
        json!({ "StringEquals": { "SAML:aud": "https://signin.aws.amazon.com/saml" } }),
    );
    vec![
        plan(
            "vendor-monitoring",
            "The monitoring service reads metrics",
            Trust::account("998877665544", json!({ "StringEquals": { "sts:ExternalId": "mf-7f3a91" } })),
            &["ReadOnlyAccess"],
            365,
            Some(0),
        ),
        plan(
            "contractor-deploy",
            "For the agency that built the shop",
            Trust::account("555566667777", Value::Null),
            &["PowerUserAccess"],
            510,
            Some(160),
        ),
        plan(
            "open-catalogue",
            "Public read access to the catalogue",
            Trust::with_statement(json!({ "AWS": "*" }), "sts:AssumeRole", Value::Null),
            &["AmazonEC2ReadOnlyAccess"],
            330,
            Some(45),
        ),
        plan(
            "github-deploy",
            "Deployments from GitHub Actions",
            by_github(json!({
                "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
                "StringLike": { "token.actions.githubusercontent.com:sub": "repo:*" },
            })),
            &["PowerUserAccess"],
            180,
            Some(1),
        ),
        plan(
            "github-release",
            "Releases of one repository from its main branch",
            by_github(json!({
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:moonfleet-demo/shop:ref:refs/heads/main",
                },
            })),
            &["AmazonEC2FullAccess"],
            150,
            Some(4),
        ),
        plan("sso-operators", "People who sign in with the company", saml, &["PowerUserAccess"], 400, Some(0)),
    ]
}

fn role(account: &str, plan: RoleRow, start: Timestamp) -> Role {
    Role {
        id: ids_for(&format!("{account} role {}", plan.name)).iam("AROA"),
        name: plan.name.to_owned(),
        path: plan.path.to_owned(),
        created: days_before(start, plan.age),
        description: Some(plan.description.to_owned()),
        trust: plan.trust,
        max_session_seconds: 3600,
        tags: BTreeMap::from([("Owner".to_owned(), "team-platform".to_owned())]),
        permissions: permissions(&plan.policies, &[]),
        last_used: plan.used.map(|days| days_before(start, days)),
    }
}

pub(super) fn profiles(account: &str, start: Timestamp) -> BTreeMap<String, Profile> {
    let name = "moonfleet-instance";
    let profile = Profile {
        name: name.to_owned(),
        path: "/".to_owned(),
        id: ids_for(&format!("{account} profile {name}")).iam("AIPA"),
        created: days_before(start, 900),
        role: Some(name.to_owned()),
        tags: BTreeMap::new(),
    };
    BTreeMap::from([(name.to_owned(), profile)])
}

const GITHUB: &str = "token.actions.githubusercontent.com";

pub(super) fn providers(account: &str, start: Timestamp) -> BTreeMap<String, Provider> {
    if account != DEMO_ACCOUNT {
        return BTreeMap::new();
    }
    let saml = ProviderKind::Saml {
        valid_until: later(start, SignedDuration::from_hours(24 * 3000)),
        metadata: "<EntityDescriptor entityID=\"https://login.example.com/saml\"/>".to_owned(),
    };
    let github = ProviderKind::OpenId {
        url: GITHUB.to_owned(),
        clients: vec!["sts.amazonaws.com".to_owned()],
        thumbprints: vec!["6938fd4d98bab03faadb97b34396831e3780aea1".to_owned()],
    };
    BTreeMap::from([
        (
            format!("arn:aws:iam::{account}:saml-provider/corporate"),
            Provider { created: days_before(start, 400), kind: saml },
        ),
        (
            format!("arn:aws:iam::{account}:oidc-provider/{GITHUB}"),
            Provider { created: days_before(start, 180), kind: github },
        ),
    ])
}
