//! The syntax of AWS's shared configuration, as boto3 reads it with Python's `configparser`: keys end at `=` or `:`,
//! a line that is indented more than its key continues the value, and names occur once. Unlike boto3, and like
//! AWS's SDKs, it ends a value at a comment after white space, and ignores a byte order mark.

/// A section of a file.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// The text between the brackets, such as `profile prod`.
    pub header: String,
    pub settings: Vec<Setting>,
}

#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// In lower case.
    pub key: String,
    pub value: Value,
    /// The number of its first line.
    pub line: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// The settings of an indented block.
    Nested(Vec<(String, String)>),
}

/// A line that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(super) struct SyntaxError {
    line: usize,
    problem: String,
}

/// The key of a command, in which `#` and `;` begin no comment.
pub(super) const CREDENTIAL_PROCESS: &str = "credential_process";

/// Parses a file.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, SyntaxError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader::default();
    for (at, line) in text.split('\n').enumerate() {
        reader.read(at + 1, line)?;
    }
    reader.sections.into_iter().map(RawSection::finish).collect()
}

#[derive(Default)]
struct Reader {
    sections: Vec<RawSection>,
    /// The indentation of the last key or section.
    indentation: usize,
}

struct RawSection {
    header: String,
    line: usize,
    settings: Vec<RawSetting>,
}

struct RawSetting {
    key: String,
    line: usize,
    /// The rest of the key's line, and the lines that continue it.
    lines: Vec<String>,
}

impl Reader {
    fn read(&mut self, number: usize, line: &str) -> Result<(), SyntaxError> {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        let indentation = line.chars().take_while(|c| c.is_whitespace()).count();
        let setting = self.sections.last_mut().and_then(|section| section.settings.last_mut());
        if let Some(setting) = setting.filter(|_| indentation > self.indentation) {
            setting.lines.push(text.to_owned());
            return Ok(());
        }
        self.indentation = indentation;
        if text.starts_with('[') { self.begin_section(number, text) } else { self.begin_setting(number, text) }
    }

    fn begin_section(&mut self, line: usize, text: &str) -> Result<(), SyntaxError> {
        let Some(header) = header(text) else {
            return Err(error(line, format!("{text} does not end with ]")));
        };
        if let Some(other) = self.sections.iter().find(|other| other.header == header) {
            return Err(error(line, format!("[{header}] is defined on line {} too; remove one of them", other.line)));
        }
        self.sections.push(RawSection { header: header.to_owned(), line, settings: Vec::new() });
        Ok(())
    }

    fn begin_setting(&mut self, line: usize, text: &str) -> Result<(), SyntaxError> {
        let Some(section) = self.sections.last_mut() else {
            return Err(error(line, "there is a setting before the first section, such as [default]".to_owned()));
        };
        let key_and_value = text.split_once(['=', ':']).filter(|(key, _)| !key.trim().is_empty());
        let Some((key, value)) = key_and_value else {
            return Err(error(
                line,
                "a line must be a section, such as [default], or a setting: key = value".to_owned(),
            ));
        };
        let key = key.trim_end().to_lowercase();
        if let Some(other) = section.settings.iter().find(|other| other.key == key) {
            let problem =
                format!("{key} is set on line {} too, in [{}]; remove one of them", other.line, section.header);
            return Err(error(line, problem));
        }
        section.settings.push(RawSetting { key, line, lines: vec![value.trim().to_owned()] });
        Ok(())
    }
}

impl RawSection {
    fn finish(self) -> Result<Section, SyntaxError> {
        let settings = self.settings.into_iter().map(RawSetting::finish).collect::<Result<_, _>>()?;
        Ok(Section { header: self.header, settings })
    }
}

impl RawSetting {
    fn finish(self) -> Result<Setting, SyntaxError> {
        let RawSetting { key, line, mut lines } = self;
        if key != CREDENTIAL_PROCESS {
            lines = lines.iter().map(|line| without_comment(line).to_owned()).collect();
        }
        if lines.len() == 1 || !lines[0].is_empty() {
            return Ok(Setting { key, value: Value::Text(lines.join("\n")), line });
        }
        let nested = lines[1..].iter().map(|text| match text.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
            None => Err(error(line, format!("{text}, below {key}, must be key = value"))),
        });
        Ok(Setting { value: Value::Nested(nested.collect::<Result<_, _>>()?), key, line })
    }
}

fn error(line: usize, problem: String) -> SyntaxError {
    SyntaxError { line, problem }
}

/// Returns the text between the brackets of a section's line. A comment may follow.
fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let ends = |rest: &str| rest.is_empty() || rest.trim_start().starts_with(['#', ';']);
    let end =
        inner.match_indices(']').find(|(at, _)| ends(&inner[at + 1..])).or_else(|| inner.rmatch_indices(']').next());
    end.map(|(at, _)| inner[..at].trim()).filter(|header| !header.is_empty())
}

/// Removes a comment that white space separates from the value.
fn without_comment(value: &str) -> &str {
    let mut after_space = true;
    for (at, c) in value.char_indices() {
        if after_space && matches!(c, '#' | ';') {
            return value[..at].trim_end();
        }
        after_space = c.is_whitespace();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sections: &[Section], header: &str, key: &str) -> Option<String> {
        let section = sections.iter().find(|section| section.header == header)?;
        match &section.settings.iter().find(|setting| setting.key == key)?.value {
            Value::Text(text) => Some(text.clone()),
            Value::Nested(nested) => Some(format!("{nested:?}")),
        }
    }

    #[test]
    fn files_that_configparser_reads_are_read() {
        for (file, header, key, value) in [
            ("[default]\nregion = a\n", "default", "region", "a"),
            ("\u{feff}[default]\r\nregion = a\r\n", "default", "region", "a"),
            ("  [profile x]\n    region = a\n", "profile x", "region", "a"),
            ("[default]\n  region = a\n  output = b\n", "default", "output", "b"),
            ("[default]\nREGION : a\n", "default", "region", "a"),
            ("[default]\nrole_arn = arn:aws:iam::1:role/x\n", "default", "role_arn", "arn:aws:iam::1:role/x"),
            ("[default] # mine\nregion = a # Ireland\n", "default", "region", "a"),
            ("[default]\nregion = a#b\n", "default", "region", "a#b"),
            ("[profile a]b]\nregion = a\n", "profile a]b", "region", "a"),
            ("[ default ]\nregion =\n", "default", "region", ""),
            ("[default]\ncredential_process = a '# b'\n", "default", "credential_process", "a '# b'"),
            ("[default]\nx = a\n  b\n\n  c\nregion = d\n", "default", "x", "a\nb\nc"),
            ("[default]\ns3 =\n  a = b\n  # no\n  c = d\nregion = e\n", "default", "s3", r#"[("a", "b"), ("c", "d")]"#),
        ] {
            let sections = parse(file).unwrap_or_else(|e| panic!("{file:?}: {e}"));
            assert_eq!(text(&sections, header, key).as_deref(), Some(value), "{file:?}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        for (file, expected) in [
            ("region = a\n", "line 1: there is a setting before the first section"),
            ("[default]\n\nregion\n", "line 3: a line must be"),
            ("[default]\n= a\n", "line 2: a line must be"),
            ("[default\n", "line 1: [default does not end with ]"),
            ("[]\n", "line 1"),
            ("[a]\nx = 1\n[b]\n[a]\n", "line 4: [a] is defined on line 1 too"),
            ("[a]\nx = 1\nX = 2\n", "line 3: x is set on line 2 too, in [a]"),
            ("[a]\ns3 =\n  nothing\n", "line 2: nothing, below s3, must be key = value"),
        ] {
            let problem = parse(file).expect_err(file).to_string();
            assert!(problem.starts_with(expected), "{file:?}: {problem}");
        }
    }
}
