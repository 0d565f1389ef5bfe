//! The positions of statements in the text of a document, which IAM's simulator returns.

/// Line and column, from 1.
pub(crate) type Position = (usize, usize);

/// Returns the positions of the first and the last character of each statement in a JSON text.
pub fn statement_positions(text: &str) -> Vec<(Position, Position)> {
    let mut scanner = Scanner::default();
    text.chars().for_each(|c| scanner.step(c));
    scanner.found
}

#[derive(Default)]
struct Scanner {
    line: usize,
    column: usize,
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// The last string that began at the outermost level, which may be the name of a field.
    name: String,
    in_statement: bool,
    /// The depth and the position at which the current statement begins.
    begun: Option<(usize, Position)>,
    found: Vec<(Position, Position)>,
}

impl Scanner {
    fn step(&mut self, c: char) {
        let position = (self.line + 1, self.column + 1);
        match c {
            '\n' => (self.line, self.column) = (self.line + 1, 0),
            _ => self.column += 1,
        }
        if self.in_text {
            return self.text(c);
        }
        match c {
            '"' => {
                self.in_text = true;
                if self.depth == 1 {
                    self.name.clear();
                }
            }
            ':' if self.depth == 1 => self.in_statement = self.name == "Statement",
            ',' if self.depth == 1 => self.in_statement = false,
            '{' | '[' => {
                self.depth += 1;
                if c == '{' && self.in_statement && self.begun.is_none() {
                    self.begun = Some((self.depth, position));
                }
            }
            '}' | ']' => {
                if let Some((depth, start)) = self.begun
                    && depth == self.depth
                {
                    self.found.push((start, position));
                    self.begun = None;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn text(&mut self, c: char) {
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            '"' => self.in_text = false,
            c if self.depth == 1 => self.name.push(c),
            _ => {}
        }
    }
}
