//! The customer managed policies of an account, with findings for audits.

use super::accounts::DEMO_ACCOUNT;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::ages::days_before;
use super::ids::ids_for;
use crate::iam::state::CustomerPolicy;

pub(super) fn arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:policy/{name}")
}

pub(super) fn policies(account: &str, start: Timestamp) -> BTreeMap<String, CustomerPolicy> {
    let plan = |name, age, description, document| PolicyRow { name, age, description, document };
    let mut plans = vec![plan("fleet-run-command", 420, "SendCommand on machines with an Owner tag", FLEET)];
    if account == DEMO_ACCOUNT {
        plans.extend([
            plan("backup-all", 310, "What the backups need, and more", BACKUP),
            plan("deploy-pipelines", 260, "To start deployments", DEPLOY),
        ]);
    }
    plans.into_iter().map(|plan| (plan.name.to_owned(), policy(account, &plan, start))).collect()
}

struct PolicyRow {
    name: &'static str,
    age: i64,
    description: &'static str,
    document: &'static str,
}

fn policy(account: &str, plan: &PolicyRow, start: Timestamp) -> CustomerPolicy {
    let id = ids_for(&format!("{account} policy {}", plan.name)).iam("ANPA");
    let document = plan.document.to_owned();
    let mut policy = CustomerPolicy::new(plan.name, "/", id, document, days_before(start, plan.age));
    policy.description = Some(plan.description.to_owned());
    policy
}

const FLEET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Machines",
      "Effect": "Allow",
      "Action": "ssm:SendCommand",
      "Resource": "arn:aws:ec2:*:*:instance/*",
      "Condition": { "Null": { "ssm:resourceTag/Owner": "false" } }
    },
    {
      "Sid": "Documents",
      "Effect": "Allow",
      "Action": "ssm:SendCommand",
      "Resource": "arn:aws:ssm:*:*:document/AWS-RunShellScript"
    },
    {
      "Sid": "Answers",
      "Effect": "Allow",
      "Action": ["ssm:GetCommandInvocation", "ssm:ListCommand*", "ssm:CancelCommand"],
      "Resource": "*"
    }
  ]
}"#;

const BACKUP: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "Snapshots", "Effect": "Allow", "Action": ["ec2:CreateSnapshot", "ec2:Describe*"], "Resource": "*" },
    { "Sid": "Temporary", "Effect": "Allow", "Action": ["s3:*", "*"], "Resource": "*" }
  ]
}"#;

/// Allows launching instances with any role, and so everything that a role allows.
const DEPLOY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "Machines", "Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:TerminateInstances"], "Resource": "*" },
    { "Sid": "Roles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*" }
  ]
}"#;

pub(super) const EVERYTHING: &str = r#"{
  "Version": "2012-10-17",
  "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" }
}"#;

/// Allows attaching policies to users, and so a privilege escalation.
pub(super) const USER_SUPPORT: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["iam:ListUsers", "iam:GetUser"], "Resource": "*" },
    { "Sid": "Access", "Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "arn:aws:iam::*:user/*" }
  ]
}"#;

pub(super) const OWN_KEYS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "OwnKeys",
      "Effect": "Allow",
      "Action": ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"],
      "Resource": "arn:aws:iam::*:user/people/${aws:username}"
    }
  ]
}"#;
