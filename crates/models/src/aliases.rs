//! Other names of services: those of the AWS CLI if it differs from botocore, and short ones that people use.

/// Names and the services that they mean, sorted.
const ALIASES: [(&str, &str); 14] = [
    ("alb", "elbv2"),
    ("asg", "autoscaling"),
    ("cfn", "cloudformation"),
    ("configservice", "config"),
    ("cost_explorer", "ce"),
    ("ddb", "dynamodb"),
    ("deploy", "codedeploy"),
    ("eventbridge", "events"),
    ("msk", "kafka"),
    ("nlb", "elbv2"),
    ("rg", "resource_groups"),
    ("s3api", "s3"),
    ("sfn", "stepfunctions"),
    ("tagging", "resourcegroupstaggingapi"),
];

/// Returns all aliases, each with the name of its service, sorted.
pub fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALIASES.into_iter()
}

/// Returns the service that an alias means.
pub(crate) fn meaning(alias: &str) -> Option<&'static str> {
    let at = ALIASES.binary_search_by_key(&alias, |(alias, _)| alias).ok()?;
    Some(ALIASES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::service_names;

    #[test]
    fn aliases_are_sorted_and_mean_a_service() {
        assert!(ALIASES.is_sorted());
        for (alias, meaning) in ALIASES {
            assert!(service_names().any(|name| name == meaning), "{alias} means no service");
            assert!(service_names().all(|name| name != alias), "{alias} is a service itself");
        }
    }
}
