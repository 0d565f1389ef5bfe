//! A fleet's answers, read as ClusterShell's `clush -b` shows them: hosts that said
//! the same stand together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use moonfleet_core::sanitize;

use crate::name_ranges;

/// What one member of a fleet said.
pub struct MemberOutput {
    pub name: String,
    pub text: String,
}

/// One block for each different text, the one of most members first. Texts are
/// indented, so that no text can pass for the head of another's block.
pub fn group_output(answers: &[MemberOutput]) -> String {
    let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for answer in answers {
        let text = sanitize::block(answer.text.trim_end()).into_owned();
        same.entry(text).or_default().push(sanitize::line(&answer.name).into_owned());
    }
    let mut groups: Vec<_> = same
        .into_iter()
        .map(|(text, names)| (Reverse(names.len()), name_ranges::fold(names.iter().map(String::as_str)), text))
        .collect();
    groups.sort();
    let blocks = groups.iter().map(|(Reverse(members), names, text)| block(*members, names, text));
    blocks.collect::<Vec<_>>().join("\n")
}

fn block(members: usize, names: &str, text: &str) -> String {
    let mut block = match members {
        1 => format!("{names}\n"),
        _ => format!("{names} ({members})\n"),
    };
    let text = if text.is_empty() { "(no output)" } else { text };
    for line in text.lines() {
        block.push_str(format!("  {line}").trim_end());
        block.push('\n');
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(said: &[(&str, &str)]) -> Vec<MemberOutput> {
        said.iter().map(|(name, text)| MemberOutput { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
    }

    #[test]
    fn the_same_answers_stand_together_most_members_first() {
        let text = group_output(&answers(&[("db-1", "6.1\n"), ("web-2", "5.10\n"), ("web-1", "5.10"), ("web-3", "")]));
        assert_eq!(text, "web-[1-2] (2)\n  5.10\n\ndb-1\n  6.1\n\nweb-3\n  (no output)\n");
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let mut said = answers(&[("c", "1"), ("a", "2"), ("b", "1"), ("d", "2"), ("e", "3")]);
        let forward = group_output(&said);
        said.reverse();
        assert_eq!(group_output(&said), forward);
        assert!(forward.starts_with("a, d (2)\n"), "{forward}");
    }

    #[test]
    fn no_answer_can_fake_another_or_reach_the_screen() {
        let text = group_output(&answers(&[("web-1\n", "ok\n\ndb-1\n  pwned\x1b[2J")]));
        assert_eq!(text, "web-1⏎\n  ok\n\n  db-1\n    pwned␛[2J\n");
        assert_eq!(group_output(&[]), "");
    }
}
