//! The markup in texts of scripts: paragraphs separated by empty lines, and lists of lines that begin with
//! `- `. There is no other markup, so that no character in a name is special.

pub(crate) enum MarkupBlock {
    Paragraph(String),
    List(Vec<String>),
}

/// Splits a text into paragraphs and lists.
pub(crate) fn parts(text: &str) -> Vec<MarkupBlock> {
    let mut parts = Vec::new();
    let mut ended = true;
    for line in text.lines().map(str::trim) {
        let item = line.strip_prefix("- ");
        match (parts.last_mut(), item) {
            _ if line.is_empty() => {
                ended = true;
                continue;
            }
            (Some(MarkupBlock::List(items)), Some(item)) if !ended => items.push(item.to_owned()),
            // A line without `- ` continues the item or the paragraph.
            (Some(MarkupBlock::List(items)), None) if !ended => {
                if let Some(last) = items.last_mut() {
                    *last = format!("{last} {line}");
                }
            }
            (Some(MarkupBlock::Paragraph(text)), None) if !ended => *text = format!("{text} {line}"),
            (_, Some(item)) => parts.push(MarkupBlock::List(vec![item.to_owned()])),
            (_, None) => parts.push(MarkupBlock::Paragraph(line.to_owned())),
        }
        ended = false;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_lists_are_lists() {
        let found: Vec<String> = parts("One\ntwo.\n\nThree:\n- a\n  b\n- c\n\n# d <b>\n")
            .into_iter()
            .map(|part| match part {
                MarkupBlock::Paragraph(text) => text,
                MarkupBlock::List(items) => format!("[{}]", items.join("|")),
            })
            .collect();
        assert_eq!(found, ["One two.", "Three:", "[a b|c]", "# d <b>"]);
    }
}
