//! Where in a document's text its statements stand: what a simulator points at.

/// Line and column, from 1.
pub(crate) type Place = (usize, usize);

/// The first and the last sign of each statement, of a text that is JSON.
pub fn places(text: &str) -> Vec<(Place, Place)> {
    let mut walk = Walk::default();
    text.chars().for_each(|sign| walk.step(sign));
    walk.found
}

#[derive(Default)]
struct Walk {
    line: usize,
    column: usize,
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// The last text that began at the outermost level, which may be a name there.
    name: String,
    in_statement: bool,
    begun: Option<(usize, Place)>,
    found: Vec<(Place, Place)>,
}

impl Walk {
    fn step(&mut self, sign: char) {
        let place = (self.line + 1, self.column + 1);
        match sign {
            '\n' => (self.line, self.column) = (self.line + 1, 0),
            _ => self.column += 1,
        }
        if self.in_text {
            return self.text(sign);
        }
        match sign {
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
                if sign == '{' && self.in_statement && self.begun.is_none() {
                    self.begun = Some((self.depth, place));
                }
            }
            '}' | ']' => {
                if let Some((depth, start)) = self.begun
                    && depth == self.depth
                {
                    self.found.push((start, place));
                    self.begun = None;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn text(&mut self, sign: char) {
        match sign {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            '"' => self.in_text = false,
            sign if self.depth == 1 => self.name.push(sign),
            _ => {}
        }
    }
}
