//! AWS managed policies: those that the seed uses and common ones. Where AWS's document lists
//! hundreds of actions, this one lists those of the simulated services.

use jiff::Timestamp;

pub(super) struct AwsPolicy {
    pub name: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub document: &'static str,
}

impl AwsPolicy {
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}

pub(crate) fn managed_arn(name: &str) -> String {
    let known = AWS_POLICIES.iter().find(|known| known.name == name);
    known.map_or_else(|| format!("arn:aws:iam::aws:policy/{name}"), AwsPolicy::arn)
}

pub(super) fn find(arn: &str) -> Option<&'static AwsPolicy> {
    AWS_POLICIES.iter().find(|known| known.arn() == arn)
}

/// Returns the date when AWS introduced managed policies.
pub(super) fn introduced() -> Timestamp {
    Timestamp::from_second(1_423_248_000).unwrap_or_default()
}

const fn policy(name: &'static str, path: &'static str, id: &'static str, document: &'static str) -> AwsPolicy {
    AwsPolicy { name, path, id, document }
}

pub(super) const AWS_POLICIES: &[AwsPolicy] = &[
    policy("AdministratorAccess", "/", "ANPAIWMBCKSKIEE64ZLYK", ADMINISTRATOR),
    policy("AmazonEC2FullAccess", "/", "ANPAI3VAJF5ZCRZ7MCQE6", EC2_FULL),
    policy("AmazonEC2ReadOnlyAccess", "/", "ANPAIGDT4SV4GSETWTBZK", EC2_READ_ONLY),
    policy("AmazonSSMManagedInstanceCore", "/", "ANPAIXSHM2BNB2D3AXXRU", SSM_INSTANCE),
    policy("AutoScalingServiceRolePolicy", "/aws-service-role/", "ANPAIC5D2V7MRWBMHGD7G", AUTO_SCALING),
    policy("IAMFullAccess", "/", "ANPAI7XKCFMBPM3QQRRVQ", IAM_FULL),
    policy("IAMReadOnlyAccess", "/", "ANPAJKSO7NDY4T57MWDSQ", IAM_READ_ONLY),
    policy("IAMUserChangePassword", "/", "ANPAJ4L4MM2A7QIEB56MS", CHANGE_PASSWORD),
    policy("PowerUserAccess", "/", "ANPAJYRXTHIB4FOVS3ZXS", POWER_USER),
    policy("ReadOnlyAccess", "/", "ANPAILL3HVNFSB6DCOWYQ", READ_ONLY),
    policy("SecurityAudit", "/", "ANPAIX2T3QCXHR2OGGCTO", SECURITY_AUDIT),
    policy("ViewOnlyAccess", "/job-function/", "ANPAID22R6XPJATWOFDK6", VIEW_ONLY),
];

const ADMINISTRATOR: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "*", "Resource": "*" }
  ]
}"#;

const POWER_USER: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*" },
    {
      "Effect": "Allow",
      "Action": [
        "account:GetAccountInformation",
        "account:GetPrimaryEmail",
        "account:ListRegions",
        "iam:CreateServiceLinkedRole",
        "iam:DeleteServiceLinkedRole",
        "iam:ListRoles",
        "organizations:DescribeOrganization"
      ],
      "Resource": "*"
    }
  ]
}"#;

const IAM_FULL: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "iam:*",
        "organizations:DescribeAccount",
        "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit",
        "organizations:DescribePolicy",
        "organizations:ListChildren",
        "organizations:ListParents",
        "organizations:ListPoliciesForTarget",
        "organizations:ListRoots",
        "organizations:ListPolicies",
        "organizations:ListTargetsForPolicy"
      ],
      "Resource": "*"
    }
  ]
}"#;

const IAM_READ_ONLY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "iam:GenerateCredentialReport",
        "iam:GenerateServiceLastAccessedDetails",
        "iam:Get*",
        "iam:List*",
        "iam:SimulateCustomPolicy",
        "iam:SimulatePrincipalPolicy"
      ],
      "Resource": "*"
    }
  ]
}"#;

const CHANGE_PASSWORD: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "arn:aws:iam::*:user/${aws:username}" },
    { "Effect": "Allow", "Action": "iam:GetAccountPasswordPolicy", "Resource": "*" }
  ]
}"#;

const EC2_FULL: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Action": "ec2:*", "Effect": "Allow", "Resource": "*" },
    { "Effect": "Allow", "Action": "elasticloadbalancing:*", "Resource": "*" },
    { "Effect": "Allow", "Action": "cloudwatch:*", "Resource": "*" },
    { "Effect": "Allow", "Action": "autoscaling:*", "Resource": "*" },
    {
      "Effect": "Allow",
      "Action": "iam:CreateServiceLinkedRole",
      "Resource": "*",
      "Condition": {
        "StringEquals": {
          "iam:AWSServiceName": [
            "autoscaling.amazonaws.com",
            "ec2scheduled.amazonaws.com",
            "elasticloadbalancing.amazonaws.com",
            "spot.amazonaws.com",
            "spotfleet.amazonaws.com",
            "transitgateway.amazonaws.com"
          ]
        }
      }
    }
  ]
}"#;

const EC2_READ_ONLY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "ec2:Describe*",
        "ec2:GetSecurityGroupsForVpc"
      ],
      "Resource": "*"
    },
    { "Effect": "Allow", "Action": "elasticloadbalancing:Describe*", "Resource": "*" },
    {
      "Effect": "Allow",
      "Action": ["cloudwatch:ListMetrics", "cloudwatch:GetMetricStatistics", "cloudwatch:Describe*"],
      "Resource": "*"
    },
    { "Effect": "Allow", "Action": "autoscaling:Describe*", "Resource": "*" }
  ]
}"#;

const SSM_INSTANCE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "ssm:DescribeAssociation",
        "ssm:GetDeployablePatchSnapshotForInstance",
        "ssm:GetDocument",
        "ssm:DescribeDocument",
        "ssm:GetManifest",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:ListAssociations",
        "ssm:ListInstanceAssociations",
        "ssm:PutInventory",
        "ssm:PutComplianceItems",
        "ssm:PutConfigurePackageResult",
        "ssm:UpdateAssociationStatus",
        "ssm:UpdateInstanceAssociationStatus",
        "ssm:UpdateInstanceInformation"
      ],
      "Resource": "*"
    },
    {
      "Effect": "Allow",
      "Action": [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel"
      ],
      "Resource": "*"
    },
    {
      "Effect": "Allow",
      "Action": [
        "ec2messages:AcknowledgeMessage",
        "ec2messages:DeleteMessage",
        "ec2messages:FailMessage",
        "ec2messages:GetEndpoint",
        "ec2messages:GetMessages",
        "ec2messages:SendReply"
      ],
      "Resource": "*"
    }
  ]
}"#;

const AUTO_SCALING: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "EC2InstanceManagement",
      "Effect": "Allow",
      "Action": [
        "ec2:CreateFleet",
        "ec2:CreateTags",
        "ec2:Describe*",
        "ec2:RunInstances",
        "ec2:StartInstances",
        "ec2:StopInstances",
        "ec2:TerminateInstances"
      ],
      "Resource": "*"
    },
    {
      "Sid": "EC2InstanceProfileManagement",
      "Effect": "Allow",
      "Action": "iam:PassRole",
      "Resource": "*",
      "Condition": { "StringLike": { "iam:PassedToService": "ec2.amazonaws.com*" } }
    }
  ]
}"#;

const READ_ONLY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadOnlyActionsGroup1",
      "Effect": "Allow",
      "Action": [
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        "ec2:Describe*",
        "ec2:Get*",
        "ec2:List*",
        "ec2:SearchTransitGatewayRoutes",
        "iam:Generate*",
        "iam:Get*",
        "iam:List*",
        "iam:Simulate*",
        "resource-groups:Get*",
        "resource-groups:List*",
        "resource-groups:Search*",
        "s3:Get*",
        "s3:List*",
        "ssm:Describe*",
        "ssm:Get*",
        "ssm:List*",
        "sts:GetAccessKeyInfo",
        "sts:GetCallerIdentity",
        "sts:GetSessionToken",
        "tag:Get*"
      ],
      "Resource": "*"
    }
  ]
}"#;

const SECURITY_AUDIT: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "BaseSecurityAuditStatement",
      "Effect": "Allow",
      "Action": [
        "ec2:Describe*",
        "ec2:GetEbsEncryptionByDefault",
        "iam:GenerateCredentialReport",
        "iam:GenerateServiceLastAccessedDetails",
        "iam:Get*",
        "iam:List*",
        "iam:SimulateCustomPolicy",
        "iam:SimulatePrincipalPolicy",
        "resource-groups:ListGroupResources",
        "s3:GetBucketPolicy*",
        "s3:ListAllMyBuckets",
        "ssm:Describe*",
        "ssm:ListDocuments",
        "tag:GetResources",
        "tag:GetTagKeys"
      ],
      "Resource": "*"
    }
  ]
}"#;

const VIEW_ONLY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "ec2:Describe*",
        "iam:GetAccountSummary",
        "iam:List*",
        "resource-groups:ListGroups",
        "s3:ListAllMyBuckets",
        "ssm:DescribeInstanceInformation",
        "ssm:ListCommands"
      ],
      "Resource": "*"
    }
  ]
}"#;
