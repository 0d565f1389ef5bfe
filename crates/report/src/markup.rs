//! A script's own words: paragraphs with an empty line between them, and lists of lines that begin
//! with `- `. There is no other markup, so that a name in a sentence is that name.

pub(crate) enum MarkupBlock {
    Paragraph(String),
    List(Vec<String>),
}

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
            // A line that goes on is the item's, or the paragraph's.
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
        let told: Vec<String> = parts("One\ntwo.\n\nThree:\n- a\n  b\n- c\n\n# d <b>\n")
            .into_iter()
            .map(|part| match part {
                MarkupBlock::Paragraph(text) => text,
                MarkupBlock::List(items) => format!("[{}]", items.join("|")),
            })
            .collect();
        assert_eq!(told, ["One two.", "Three:", "[a b|c]", "# d <b>"]);
    }
}
