//! The nearest known name, for messages about unknown ones.

/// Returns the candidate that a mistyped name most probably means; `None` if no candidate is similar.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_few(name, candidates, 1).pop()
}

/// Returns the candidate of which the name is very probably a misspelling; `None` if it can be another word. Intended for
/// names that are valid without being known, such as the fields of a table.
pub fn misspelled<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE: f64 = 0.75;
    let nearest = nearest(name, candidates)?;
    (strsim::normalized_damerau_levenshtein(&fold(name), &fold(nearest)) >= CLOSE).then_some(nearest)
}

/// Returns at most `most` similar candidates, the most similar first.
pub fn nearest_few<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let folded = fold(name);
    let similarity = |candidate: &str| strsim::normalized_damerau_levenshtein(&folded, &fold(candidate));
    let mut near: Vec<(f64, &str)> =
        candidates.into_iter().map(|candidate| (similarity(candidate), candidate)).collect();
    near.retain(|(similarity, _)| *similarity >= 0.6);
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    near.into_iter().map(|(_, candidate)| candidate).take(most).collect()
}

/// Removes case and separators: `InstanceIds`, `instance-ids` and `instance_ids` are the same name.
fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{misspelled, nearest, nearest_few};

    #[test]
    fn only_close_names_are_misspelled() {
        assert_eq!(misspelled("Nmae", ["state", "name"]), Some("name"));
        assert_eq!(misspelled("InstanceId", ["instance_id"]), Some("instance_id"));
        assert_eq!(misspelled("public_ip_address", ["private_ip_address"]), None);
        assert_eq!(misspelled("instance_id", ["instance_type", "name"]), None);
    }

    #[test]
    fn typing_mistakes_and_other_spellings_are_recognized() {
        let known = ["filters", "instance_ids", "max_results"];
        assert_eq!(nearest("filter", known), Some("filters"));
        assert_eq!(nearest("InstanceIds", known), Some("instance_ids"));
        assert_eq!(nearest("max-results", known), Some("max_results"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(
            nearest_few("instance_id", ["instance_type", "instance_ids", "tags"], 5),
            ["instance_ids", "instance_type"]
        );
        assert_eq!(nearest_few("instance_id", ["instance_type", "instance_ids"], 1), ["instance_ids"]);
    }
}
