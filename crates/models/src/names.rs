//! Names in snake case, as botocore makes them (`botocore.xform_name`).

/// Names whose words cannot be found by capital letters. botocore has the same exceptions.
const EXCEPTIONS: [(&str, &str); 11] = [
    ("CreateCachediSCSIVolume", "create_cached_iscsi_volume"),
    ("CreateOAuth2Token", "create_oauth2_token"),
    ("CreateOAuth2TokenWithIAM", "create_oauth2_token_with_iam"),
    ("CreateStorediSCSIVolume", "create_stored_iscsi_volume"),
    ("DescribeCachediSCSIVolumes", "describe_cached_iscsi_volumes"),
    ("DescribeStorediSCSIVolumes", "describe_stored_iscsi_volumes"),
    ("ExecutePartiQLBatch", "execute_partiql_batch"),
    ("ExecutePartiQLStatement", "execute_partiql_statement"),
    ("ExecutePartiQLTransaction", "execute_partiql_transaction"),
    ("IntrospectOAuth2TokenWithIAM", "introspect_oauth2_token_with_iam"),
    ("ListHITsForQualificationType", "list_hits_for_qualification_type"),
];

/// Returns a name of the models in snake case: `DescribeDBInstances` as `describe_db_instances`. A name with `_` stays
/// as it is.
pub fn snake(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    if let Ok(at) = EXCEPTIONS.binary_search_by_key(&name, |(name, _)| name) {
        return EXCEPTIONS[at].1.to_owned();
    }
    let (start, plural) = name.split_at(plural_acronym(name).unwrap_or(name.len()));
    let mut snake = String::with_capacity(name.len() + 8);
    let letters = start.as_bytes();
    for (at, letter) in start.char_indices() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let begins_word = letters.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let ends_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if letter.is_ascii_uppercase() && before.is_some() && (begins_word || ends_word) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    if !plural.is_empty() {
        if !snake.is_empty() {
            snake.push('_');
        }
        snake.push_str(&plural.to_ascii_lowercase());
    }
    snake
}

/// Returns where an acronym in the plural begins that ends a name: 8 for `ResourceARNs`.
fn plural_acronym(name: &str) -> Option<usize> {
    let singular = name.strip_suffix('s')?;
    let start = singular.trim_end_matches(|c: char| c.is_ascii_uppercase()).len();
    (singular.len() - start >= 2).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_at_capitals_and_acronyms_stay_together() {
        for (name, expected) in [
            ("DescribeDBInstances", "describe_db_instances"),
            ("AssumeRoleWithSAML", "assume_role_with_saml"),
            ("ListResourceARNs", "list_resource_arns"),
            ("DescribeVpcEndpointServiceConfigurations", "describe_vpc_endpoint_service_configurations"),
            ("GetEC2RecommendationProjectedMetrics", "get_ec2_recommendation_projected_metrics"),
            ("Ipv6Addresses", "ipv6_addresses"),
            ("ARNs", "arns"),
            ("s3Key", "s3_key"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn exceptions_are_sorted() {
        assert!(EXCEPTIONS.is_sorted());
        assert_eq!(snake("ListHITsForQualificationType"), "list_hits_for_qualification_type");
    }
}
