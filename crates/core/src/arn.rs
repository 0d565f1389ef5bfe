//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

/// Returns the account in an ARN. `None` for other texts, and for ARNs of AWS's own resources or without an account.
pub fn account(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, _, _, account, _] = parts[..] else { return None };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

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
