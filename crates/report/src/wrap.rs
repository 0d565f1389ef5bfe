//! Wraps texts at spaces only: an id, an ARN or a path that is longer than a line stays in one piece, so that it
//! can be copied.

use textwrap::{Options, WordSeparator, WordSplitter};

/// Returns the lines of a text; the first one begins with `first`, the others with `next`.
pub(crate) fn wrap(text: &str, width: usize, first: &str, next: &str) -> Vec<String> {
    let options = Options::new(width.max(1))
        .initial_indent(first)
        .subsequent_indent(next)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn words_are_never_broken() {
        let lines = wrap("see vol-0164a993984f18ac7 and app20-web-1", 12, "- ", "  ");
        assert_eq!(lines, ["- see", "  vol-0164a993984f18ac7", "  and", "  app20-web-1"]);
        assert_eq!(wrap("x-y", 0, "", ""), ["x-y"]);
    }
}
