//! The form of summaries in the help of commands and options, for tests.

/// First words of a clause that describes its thing instead of naming it.
const CLAUSES: [&str; 12] =
    ["What", "Where", "Whether", "How", "If", "When", "Who", "Which", "It", "There", "As", "Another"];

/// Returns the fault of a summary; `None` if there is none. A summary is one sentence on one line, begins with an
/// imperative verb or a noun, and may end with `[default: …]`.
pub(crate) fn problem(summary: &str) -> Option<&'static str> {
    let sentence = match summary.split_once(" [default: ") {
        Some((sentence, default)) if default.ends_with(']') => sentence,
        _ => summary,
    };
    let first = sentence.split(' ').next().unwrap_or_default();
    match sentence {
        _ if sentence.contains('\n') => Some("more than one line"),
        _ if !first.starts_with(|c: char| c.is_ascii_uppercase()) => Some("no capital letter at the beginning"),
        _ if CLAUSES.contains(&first) => Some("begins with a clause"),
        _ if !sentence.ends_with('.') => Some("no period at the end"),
        _ if sentence.contains(". ") => Some("more than one sentence"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn summaries_that_are_no_plain_sentence_are_found() {
        for (summary, expected) in [
            ("Skip confirmation prompts.", None),
            ("Time limit for each test. [default: 1m]", None),
            ("Run FILE.lua, for example.", None),
            ("skip confirmation prompts.", Some("no capital letter at the beginning")),
            ("Where to write them.", Some("begins with a clause")),
            ("Skip confirmation prompts", Some("no period at the end")),
            ("Set the format [default: table]", Some("no period at the end")),
            ("Set the format. Or not.", Some("more than one sentence")),
            ("Set the\nformat.", Some("more than one line")),
            ("", Some("no capital letter at the beginning")),
        ] {
            assert_eq!(problem(summary), expected, "{summary}");
        }
    }
}
