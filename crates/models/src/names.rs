//! Names in snake case, as botocore makes them (`botocore.xform_name`).

/// Words whose parts capital letters would separate. botocore lists the operations that contain some of them; the SDKs
/// and their users write the units as words too (`memory_mib`).
const WORDS: [&str; 10] = ["GiB", "HITs", "KiB", "MiB", "OAuth2", "OTel", "PartiQL", "TiB", "WhatsApp", "iSCSI"];

/// The operation with such a word that botocore does not list.
const SEPARATED: (&str, &str) = ("CreateOAuth2TokenWithTokenExchange", "create_o_auth2_token_with_token_exchange");

/// Returns a name of the models in snake case: `DescribeDBInstances` as `describe_db_instances`. A name with `_` stays
/// as it is.
pub fn snake(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    if name == SEPARATED.0 {
        return SEPARATED.1.to_owned();
    }
    let (start, plural) = name.split_at(plural_acronym(name).unwrap_or(name.len()));
    let mut snake = String::with_capacity(name.len() + 8);
    let letters = start.as_bytes();
    let mut word_end = 0;
    for (at, letter) in start.char_indices().filter(|(_, letter)| letter.is_ascii()) {
        let begins_word = if at < word_end {
            false
        } else if let Some(word) = WORDS.into_iter().find(|word| letters[at..].starts_with(word.as_bytes())) {
            word_end = at + word.len();
            true
        } else {
            let next_is_small = letters.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            let follows_word = at > 0 && (letters[at - 1].is_ascii_lowercase() || letters[at - 1].is_ascii_digit());
            letter.is_ascii_uppercase() && (next_is_small || follows_word)
        };
        if begins_word && at > 0 {
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

/// Returns the names of all entries of a kind in the text form of a model, in snake case and sorted. The kind is the first
/// word of their lines.
pub(crate) fn of_entries(model: &str, kind: &str) -> Vec<String> {
    let names = model.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')?.split(' ').next());
    let mut names: Vec<String> = names.map(snake).collect();
    names.sort();
    names
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
    fn names_of_products_stay_together() {
        for (name, expected) in [
            ("ListHITsForQualificationType", "list_hits_for_qualification_type"),
            ("CreateOAuth2TokenWithIAM", "create_oauth2_token_with_iam"),
            ("ExecutePartiQLStatement", "execute_partiql_statement"),
            ("DescribeCachediSCSIVolumes", "describe_cached_iscsi_volumes"),
            ("CreateWhatsAppFlow", "create_whatsapp_flow"),
            ("GetOTelEnrichment", "get_otel_enrichment"),
            ("MemoryMiB", "memory_mib"),
            ("MemoryGiBPerVCpu", "memory_gib_per_v_cpu"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
