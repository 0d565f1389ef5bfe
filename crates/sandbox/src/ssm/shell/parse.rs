//! The syntax: from a script's text to lists of pipelines of commands.

pub(super) struct Step {
    pub joint: Joint,
    pub pipeline: Pipeline,
}

/// The operator between a pipeline and the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Always,
    And,
    Or,
}

#[derive(Default)]
pub(super) struct Pipeline {
    pub commands: Vec<ShellCommand>,
    pub negated: bool,
}

#[derive(Default)]
pub(super) struct ShellCommand {
    pub line: usize,
    pub words: Vec<Word>,
    pub redirections: Vec<Redirection>,
}

#[derive(Clone, Copy)]
pub(super) enum Redirection {
    DropOut,
    DropErr,
    ErrToOut,
    OutToErr,
}

impl ShellCommand {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.redirections.is_empty()
    }
}

#[derive(Default)]
pub(super) struct Word {
    pub parts: Vec<Part>,
    pub quoted: bool,
}

pub(super) enum Part {
    Text(String),
    Variable(String),
    Output(String),
}

impl Word {
    fn push(&mut self, character: char) {
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text.push(character),
            _ => self.parts.push(Part::Text(character.to_string())),
        }
    }

    fn is_bare(&self, text: &str) -> bool {
        !self.quoted && matches!(&self.parts[..], [Part::Text(own)] if own == text)
    }
}

pub(super) struct Refusal {
    pub line: usize,
    pub message: String,
}

const UNSUPPORTED: [&str; 11] = ["if", "for", "while", "until", "case", "function", "{", "(", "eval", "source", "."];

/// Splits `script` into steps; refuses unsupported syntax.
pub(super) fn parse(script: &str) -> Result<Vec<Step>, Refusal> {
    Parser::parse(script)
}

struct Parser {
    characters: Vec<char>,
    at: usize,
    line: usize,
    steps: Vec<Step>,
    joint: Joint,
    pipeline: Pipeline,
    command: ShellCommand,
}

impl Parser {
    fn parse(script: &str) -> Result<Vec<Step>, Refusal> {
        let mut parser = Parser {
            characters: script.chars().collect(),
            at: 0,
            line: 1,
            steps: Vec::new(),
            joint: Joint::Always,
            pipeline: Pipeline::default(),
            command: ShellCommand::default(),
        };
        while let Some(character) = parser.peek() {
            parser.character(character)?;
        }
        parser.end_step(Joint::Always);
        Ok(parser.steps)
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn ahead(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, character)| self.characters.get(self.at + offset) == Some(&character))
    }

    fn character(&mut self, character: char) -> Result<(), Refusal> {
        match character {
            ' ' | '\t' | '\r' => self.at += 1,
            '\n' => {
                self.at += 1;
                self.end_line();
                self.line += 1;
            }
            '#' => {
                while self.peek().is_some_and(|character| character != '\n') {
                    self.at += 1;
                }
            }
            ';' => {
                self.at += 1;
                self.end_step(Joint::Always);
            }
            '&' if self.ahead("&&") => {
                self.at += 2;
                self.end_step(Joint::And);
            }
            '|' if self.ahead("||") => {
                self.at += 2;
                self.end_step(Joint::Or);
            }
            '|' => {
                self.at += 1;
                self.end_command();
            }
            '(' | ')' | '<' => return Err(self.refusal(&character.to_string())),
            '&' if !self.ahead("&>") => return Err(self.refusal("&")),
            _ if self.redirection() => (),
            _ => self.word()?,
        }
        Ok(())
    }

    fn refusal(&self, syntax: &str) -> Refusal {
        Refusal { line: self.line, message: format!("the sandbox's shell does not support \"{syntax}\"") }
    }

    // A line that ends in `&&`, `||` or `|` continues on the next one.
    fn end_line(&mut self) {
        if !self.command.is_empty() {
            self.end_step(Joint::Always);
        }
    }

    fn end_command(&mut self) {
        if !self.command.is_empty() {
            self.pipeline.commands.push(std::mem::take(&mut self.command));
        }
    }

    fn end_step(&mut self, next: Joint) {
        self.end_command();
        let pipeline = std::mem::take(&mut self.pipeline);
        if !pipeline.commands.is_empty() {
            self.steps.push(Step { joint: self.joint, pipeline });
        }
        self.joint = next;
    }

    fn redirection(&mut self) -> bool {
        use Redirection::*;
        // Longer forms first; those that end in `>` are followed by a file name.
        let forms: [(&str, &[Redirection], bool); 10] = [
            ("2>&1", &[ErrToOut], false),
            ("1>&2", &[OutToErr], false),
            (">&2", &[OutToErr], false),
            ("&>>", &[DropOut, DropErr], true),
            ("&>", &[DropOut, DropErr], true),
            ("2>>", &[DropErr], true),
            ("2>", &[DropErr], true),
            ("1>", &[DropOut], true),
            (">>", &[DropOut], true),
            (">", &[DropOut], true),
        ];
        let Some((form, redirections, file)) = forms.into_iter().find(|(form, ..)| self.ahead(form)) else {
            return false;
        };
        self.at += form.len();
        self.command.redirections.extend(redirections);
        if file {
            while self.peek() == Some(' ') {
                self.at += 1;
            }
            while self.peek().is_some_and(|character| !" \t\n;|&".contains(character)) {
                self.at += 1;
            }
        }
        true
    }

    fn word(&mut self) -> Result<(), Refusal> {
        let mut word = Word::default();
        while let Some(character) = self.peek() {
            match character {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '$' => self.dollar(&mut word)?,
                '`' => return Err(self.refusal("`")),
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => self.line += 1,
                        Some(escaped) => word.push(escaped),
                        None => (),
                    }
                    self.at += 1;
                }
                other => {
                    word.push(other);
                    self.at += 1;
                }
            }
        }
        self.add(word)
    }

    fn add(&mut self, word: Word) -> Result<(), Refusal> {
        if self.command.words.is_empty() {
            if word.is_bare("!") {
                self.pipeline.negated = true;
                return Ok(());
            }
            if let Some(keyword) = UNSUPPORTED.into_iter().find(|keyword| word.is_bare(keyword)) {
                return Err(self.refusal(keyword));
            }
            self.command.line = self.line;
        }
        // The rest of a line continuation.
        if !word.parts.is_empty() || word.quoted {
            self.command.words.push(word);
        }
        Ok(())
    }

    fn single_quoted(&mut self, word: &mut Word) -> Result<(), Refusal> {
        word.quoted = true;
        self.at += 1;
        loop {
            let character = self.peek().ok_or_else(|| self.unterminated())?;
            self.at += 1;
            match character {
                '\'' => return Ok(()),
                other => word.push(other),
            }
        }
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), Refusal> {
        word.quoted = true;
        self.at += 1;
        loop {
            match self.peek().ok_or_else(|| self.unterminated())? {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '$' => self.dollar(word)?,
                '`' => return Err(self.refusal("`")),
                '\\' if self.characters.get(self.at + 1).is_some_and(|next| "\"\\$`".contains(*next)) => {
                    word.push(self.characters[self.at + 1]);
                    self.at += 2;
                }
                other => {
                    word.push(other);
                    self.at += 1;
                }
            }
        }
    }

    fn unterminated(&self) -> Refusal {
        Refusal { line: self.line, message: "Syntax error: Unterminated quoted string".to_owned() }
    }

    fn dollar(&mut self, word: &mut Word) -> Result<(), Refusal> {
        self.at += 1;
        match self.peek() {
            Some('(') if self.ahead("((") => return Err(self.refusal("$((")),
            Some('(') => {
                let script = self.enclosed('(', ')')?;
                word.parts.push(Part::Output(script));
            }
            Some('{') => {
                let name = self.enclosed('{', '}')?;
                if !name.chars().all(|character| character == '_' || character.is_ascii_alphanumeric()) {
                    return Err(self.refusal(&format!("${{{name}}}")));
                }
                word.parts.push(Part::Variable(name));
            }
            Some('?') => {
                self.at += 1;
                word.parts.push(Part::Variable("?".to_owned()));
            }
            Some(character) if character == '_' || character.is_ascii_alphabetic() => {
                let mut name = String::new();
                while let Some(character) = self.peek().filter(|c| *c == '_' || c.is_ascii_alphanumeric()) {
                    name.push(character);
                    self.at += 1;
                }
                word.parts.push(Part::Variable(name));
            }
            _ => word.push('$'),
        }
        Ok(())
    }

    fn enclosed(&mut self, open: char, close: char) -> Result<String, Refusal> {
        let mut depth = 0;
        let mut inside = String::new();
        loop {
            let character = self.peek().ok_or_else(|| self.unterminated())?;
            self.at += 1;
            if character == close {
                depth -= 1;
            }
            if depth == 0 && character == close {
                return Ok(inside);
            }
            if depth > 0 {
                inside.push(character);
            }
            if character == open {
                depth += 1;
            }
        }
    }
}
