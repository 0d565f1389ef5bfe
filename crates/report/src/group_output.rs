//! The outputs of a fleet, grouped as by `clush -b` of ClusterShell: machines with the same output are
//! together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use moonfleet_core::sanitize;

use crate::name_ranges;

/// The output of one machine of a fleet.
pub struct MemberOutput {
    pub name: String,
    pub text: String,
}

/// Returns a block for each different output, the most frequent one first. Outputs are indented, so that no
/// output can look like the head of another block.
pub fn group_output(outputs: &[MemberOutput]) -> String {
    let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for output in outputs {
        let text = sanitize::block(output.text.trim_end()).into_owned();
        same.entry(text).or_default().push(sanitize::line(&output.name).into_owned());
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

    fn outputs(texts: &[(&str, &str)]) -> Vec<MemberOutput> {
        texts.iter().map(|(name, text)| MemberOutput { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
    }

    #[test]
    fn machines_with_the_same_output_are_grouped() {
        let text = group_output(&outputs(&[("db-1", "6.1\n"), ("web-2", "5.10\n"), ("web-1", "5.10"), ("web-3", "")]));
        assert_eq!(text, "web-[1-2] (2)\n  5.10\n\ndb-1\n  6.1\n\nweb-3\n  (no output)\n");
    }

    #[test]
    fn the_order_of_outputs_does_not_matter() {
        let mut all = outputs(&[("c", "1"), ("a", "2"), ("b", "1"), ("d", "2"), ("e", "3")]);
        let forward = group_output(&all);
        all.reverse();
        assert_eq!(group_output(&all), forward);
        assert!(forward.starts_with("a, d (2)\n"), "{forward}");
    }

    #[test]
    fn outputs_cannot_imitate_others_or_control_the_screen() {
        let text = group_output(&outputs(&[("web-1\n", "ok\n\ndb-1\n  pwned\x1b[2J")]));
        assert_eq!(text, "web-1⏎\n  ok\n\n  db-1\n    pwned␛[2J\n");
        assert_eq!(group_output(&[]), "");
    }
}
