//! Counted nouns for messages: `1 region`, `2 regions`.

/// Returns the count with the noun: `counted(1, "region")` is `1 region`, `counted(2, "policy")`
/// is `2 policies`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {}", plural(count, noun))
}

/// Returns the noun as it follows the count: in the singular after 1, else in the plural.
pub fn plural(count: usize, noun: &str) -> String {
    let ends_with = |endings: &[&str]| endings.iter().any(|ending| noun.ends_with(ending));
    match noun.strip_suffix('y') {
        _ if count == 1 => noun.to_owned(),
        Some(stem) if !ends_with(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends_with(&["s", "x", "z", "ch", "sh"]) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn nouns_follow_their_count() {
        let texts = [counted(1, "region"), counted(0, "region"), counted(2, "key"), counted(2, "policy")];
        assert_eq!(texts, ["1 region", "0 regions", "2 keys", "2 policies"]);
        assert_eq!([counted(2, "address"), counted(3, "branch")], ["2 addresses", "3 branches"]);
    }
}
