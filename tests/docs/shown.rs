//! Compares the output in a page with the actual output. `…` matches any text in a line, or any number of
//! lines if it is alone in its line.

const WILDCARD: char = '…';

/// Compares two texts. The error contains the first pair of different lines.
pub(crate) fn compare(shown: &str, printed: &str) -> Result<(), String> {
    let shown: Vec<&str> = shown.trim_end().lines().map(str::trim_end).collect();
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    if lines(&shown, &printed) {
        return Ok(());
    }
    let same = shown.iter().zip(&printed).take_while(|(shown, printed)| line(shown, printed)).count();
    let part = |lines: &[&str]| lines.get(same).copied().unwrap_or("(nothing)").to_owned();
    Err(format!("shown:   {}\nprinted: {}", part(&shown), part(&printed)))
}

fn lines(shown: &[&str], printed: &[&str]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first.trim() == WILDCARD.to_string() => {
            (0..=printed.len()).any(|skipped| lines(rest, &printed[skipped..]))
        }
        (Some((first, shown)), Some((next, printed))) => line(first, next) && lines(shown, printed),
        _ => false,
    }
}

fn line(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split(WILDCARD);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn ellipsis_matches_any_text() {
    assert!(compare("a\n…\nz\n", "a\nb\nc\nz").is_ok());
    assert!(compare("a …, c\n", "a b, c").is_ok());
    assert!(compare("a\n…", "a").is_ok());
    assert_eq!(compare("a\nc", "a\nb").unwrap_err(), "shown:   c\nprinted: b");
    assert_eq!(compare("a", "a\nb").unwrap_err(), "shown:   (nothing)\nprinted: b");
    assert!(compare("a …!", "a b").is_err());
}
