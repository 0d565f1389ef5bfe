//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

/// Returns the account in an ARN. `None` for other texts, and for ARNs of AWS's own resources or without an account.
pub fn account(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, _, _, account, _] = parts[..] else { return None };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// Whether the text is the ARN of a resource that AWS owns in all accounts, such as a managed policy. Such resources
/// have no tags.
pub fn is_owned_by_aws(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", _, _, _, "aws", _])
}

/// Returns the partition of a region. The prefixes are those of botocore's `partitions.json`.
pub fn partition(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_aws_are_known_in_every_partition() {
        for arn in ["arn:aws:iam::aws:policy/A", "arn:aws-us-gov:iam::aws:policy/job-function/B:c"] {
            assert!(is_owned_by_aws(arn), "{arn}");
        }
        for other in ["aws", "arn:aws:iam::123456789012:policy/aws", "arn:aws:s3:::aws:x", "arn:aws:iam::aws"] {
            assert!(!is_owned_by_aws(other), "{other}");
        }
    }

    #[test]
    fn each_region_has_its_partition() {
        for (region, expected) in [
            ("eu-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }

    #[test]
    fn only_accounts_in_arns_are_returned() {
        assert_eq!(account("arn:aws-cn:iam::123456789012:role/a:b"), Some("123456789012"));
        for other in [
            "",
            "arn",
            "arn:aws:iam::aws:policy/A",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::12345678901x:role/a",
            "123456789012",
        ] {
            assert_eq!(account(other), None, "{other}");
        }
    }
}
