//! Parses code blocks, links and headings of Markdown pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::repository;

pub(crate) struct Page {
    pub file: PathBuf,
    pub text: String,
    pub blocks: Vec<Block>,
}

pub(crate) struct Block {
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    pub language: String,
    /// The rest of the opening line: the name of a file.
    pub name: String,
    pub text: String,
}

impl Page {
    pub(crate) fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).expect("a page of the repository");
        let blocks = blocks(&text).unwrap_or_else(|line| panic!("{}:{line}: the block is not closed", file.display()));
        Page { file: file.canonicalize().expect("it is there"), text, blocks }
    }

    /// Returns the path in the repository.
    pub(crate) fn name(&self) -> String {
        let root = repository().canonicalize().expect("it is there");
        self.file.strip_prefix(root).unwrap_or(&self.file).display().to_string()
    }

    /// Returns the links to files and headings of this repository, with their lines.
    pub(crate) fn links(&self) -> Vec<(usize, String)> {
        let lines = prose(&self.text);
        let links = lines.flat_map(|(at, line)| {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            targets.map(|target| (at, target.to_owned())).collect::<Vec<_>>()
        });
        links.filter(|(_, target)| !target.contains("://") && !target.starts_with("mailto:")).collect()
    }

    /// Returns the anchors of the headings: a repeated heading ends with `-1`, `-2` and so on.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let headings = prose(&self.text).filter_map(|(_, line)| {
            let heading = line.trim_start_matches('#');
            (heading.len() < line.len()).then(|| heading.strip_prefix(' '))?
        });
        let anchors = headings.map(|heading| {
            let kept = heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .collect::<String>();
            let anchor = kept.trim().replace(' ', "-");
            let times = seen.entry(anchor.clone()).or_default();
            *times += 1;
            if *times == 1 { anchor } else { format!("{anchor}-{}", *times - 1) }
        });
        anchors.collect()
    }
}

/// Returns the lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.starts_with("```");
        inside ^= fence;
        (!inside && !fence).then_some((at + 1, line))
    })
}

/// Returns the code blocks, or the line of a block that is not closed.
fn blocks(markdown: &str) -> Result<Vec<Block>, usize> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in markdown.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => {
                let (language, name) = info.trim().split_once(' ').unwrap_or((info.trim(), ""));
                let (language, name) = (language.to_owned(), name.trim().to_owned());
                open = Some(Block { line: at + 1, language, name, text: String::new() });
            }
            (None, Some(block)) => {
                block.text += line;
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    match open {
        Some(block) => Err(block.line),
        None => Ok(blocks),
    }
}
