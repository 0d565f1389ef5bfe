//! The nearest known name, for messages about unknown ones.

/// The candidate that a mistyped name most probably means; none where nothing is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(name);
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&folded, &fold(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// `InstanceIds`, `instance-ids` and `instance_ids` are one name in three customs.
fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typing_mistakes_and_other_customs() {
        let known = ["filters", "instance_ids", "max_results"];
        assert_eq!(nearest("filter", known), Some("filters"));
        assert_eq!(nearest("InstanceIds", known), Some("instance_ids"));
        assert_eq!(nearest("max-results", known), Some("max_results"));
        assert_eq!(nearest("colour", known), None);
    }
}
