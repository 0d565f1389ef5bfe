//! Decides which columns of a table a screen shows, at the prompt and in scripts alike.
//!
//! A word is never broken: an id, an ARN, a number, a time or the name of a column is shown completely, or its
//! column is not in the row. Only texts of several words are flexible. A column that the user did not choose is
//! shortened or hidden; a chosen one is wrapped, or it moves to lines of its own below the row if it is wide.

use unicode_width::UnicodeWidthStr;

pub(crate) const GAP: usize = 2;
/// The width of the longest common ids of AWS. A wider text of several words is flexible.
const READABLE: usize = 24;
/// A wider column than this comes after the others, because it would take the room of several.
const WIDE: usize = 40;
/// The minimum width of a shortened text.
const MIN_SHORTENED: usize = 12;
/// The width from which a chosen column moves below the row instead of being hidden: ids and times are wider.
const MIN_BELOW: usize = 16;

/// The places of the columns of a table, by their indices.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arrangement {
    pub in_row: Vec<Placed>,
    /// Columns with lines of their own below the row.
    pub below: Vec<usize>,
    pub hidden: Vec<usize>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Placed {
    pub column: usize,
    pub width: usize,
}

impl Arrangement {
    /// Restores the order of the columns.
    fn sort(&mut self) {
        self.in_row.sort_by_key(|placed| placed.column);
        self.below.sort_unstable();
        self.hidden.sort_unstable();
    }
}

/// The widths of the texts of a column.
struct Measured {
    name: usize,
    content: usize,
    word: usize,
    /// The widest cell that is a single word.
    single_word: usize,
    /// Whether a cell is a text of several words that may be wrapped or shortened.
    flexible: bool,
}

impl Measured {
    fn new<'a>(name: &str, cells: impl Iterator<Item = &'a str>) -> Self {
        let mut measured = Measured { name: name.width(), content: 0, word: 0, single_word: 0, flexible: false };
        for cell in cells {
            let (width, word) = (cell.width(), cell.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0));
            measured.content = measured.content.max(width);
            measured.word = measured.word.max(word);
            if word == width {
                measured.single_word = measured.single_word.max(width);
            }
            measured.flexible |= width > READABLE && word < width;
        }
        measured
    }

    fn whole(&self) -> usize {
        self.content.max(self.name)
    }

    /// Returns the least width of the column in a row with this remaining width.
    fn least(&self, chosen: bool, screen: usize, remaining: usize) -> usize {
        let least = match (self.flexible, chosen) {
            (false, _) => return self.whole(),
            // A narrower column of sentences is harder to read than lines below the row.
            (true, true) => self.word.max(screen / 3),
            (true, false) => self.single_word.max(READABLE.min(remaining).max(MIN_SHORTENED)),
        };
        least.min(self.content).max(self.name)
    }
}

/// Arranges columns, given their names and their cells row by row. There is at least one column in the row.
pub(crate) fn arrange(names: &[String], rows: &[Vec<String>], chosen: bool, screen: usize) -> Arrangement {
    let column = |at: usize| Measured::new(&names[at], rows.iter().map(|row| row[at].as_str()));
    let columns: Vec<Measured> = (0..names.len()).map(column).collect();
    let whole = columns.iter().map(|column| column.whole() + GAP).sum::<usize>().saturating_sub(GAP);
    if whole <= screen {
        let placed = columns.iter().enumerate().map(|(column, measured)| Placed { column, width: measured.whole() });
        return Arrangement { in_row: placed.collect(), ..Arrangement::default() };
    }
    let mut arrangement = Arrangement::default();
    let mut remaining = screen;
    let least = |at: usize, remaining| columns[at].least(chosen, screen, remaining);
    let (narrow, wide): (Vec<_>, Vec<_>) = (0..columns.len()).partition(|at| *at == 0 || least(*at, screen) <= WIDE);
    for at in narrow.into_iter().chain(wide) {
        let gap = if arrangement.in_row.is_empty() { 0 } else { GAP };
        let width = least(at, remaining.saturating_sub(gap));
        let is_useful = chosen || columns[at].content > 0;
        if (gap + width <= remaining && is_useful) || arrangement.in_row.is_empty() {
            arrangement.in_row.push(Placed { column: at, width });
            remaining = remaining.saturating_sub(gap + width);
        } else if chosen && columns[at].content >= MIN_BELOW {
            arrangement.below.push(at);
        } else {
            arrangement.hidden.push(at);
        }
    }
    arrangement.sort();
    for placed in &mut arrangement.in_row {
        let more = columns[placed.column].whole().saturating_sub(placed.width).min(remaining);
        placed.width += more;
        remaining -= more;
    }
    arrangement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(columns: &[(&str, &str)], chosen: bool, screen: usize) -> Arrangement {
        let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let row = columns.iter().map(|(_, cell)| (*cell).to_owned()).collect();
        arrange(&names, &[row], chosen, screen)
    }

    fn in_row(arrangement: &Arrangement) -> Vec<(usize, usize)> {
        arrangement.in_row.iter().map(|placed| (placed.column, placed.width)).collect()
    }

    const ID: &str = "vol-0164a993984f18ac7";
    const SENTENCE: &str = "The volume has no instance; create a snapshot, then delete it.";

    #[test]
    fn words_and_names_are_shown_whole_or_not_at_all() {
        let columns = [("name", "web"), ("volume_id", ID), ("availability_zone", "a"), ("size", "500")];
        for chosen in [false, true] {
            let arrangement = arranged(&columns, chosen, 40);
            assert_eq!(in_row(&arrangement), [(0, 4), (1, 21), (3, 4)]);
            assert_eq!(arrangement.hidden, [2]);
        }
    }

    #[test]
    fn a_chosen_text_is_wrapped_if_there_is_room_and_else_below() {
        let columns = [("volume_id", ID), ("detail", SENTENCE)];
        assert_eq!(in_row(&arranged(&columns, true, 85)), [(0, 21), (1, 62)]);
        assert_eq!(in_row(&arranged(&columns, true, 60)), [(0, 21), (1, 37)]);
        assert_eq!(arranged(&columns, true, 30).below, [1]);
    }

    #[test]
    fn another_text_is_shortened_if_there_is_room_and_else_hidden() {
        let columns = [("volume_id", ID), ("detail", SENTENCE), ("tags", "")];
        assert_eq!(in_row(&arranged(&columns, false, 60)), [(0, 21), (1, 37)]);
        assert_eq!(in_row(&arranged(&columns, false, 36)), [(0, 21), (1, 13)]);
        assert_eq!(arranged(&columns, false, 30).hidden, [1, 2]);
    }

    #[test]
    fn a_wide_column_does_not_take_the_room_of_several() {
        let arn = "arn:aws:sts::210987654321:assumed-role/reader/moonfleet";
        let columns = [("as", "role"), ("arn", arn), ("region", "eu-central-1"), ("ec2", "yes"), ("iam", "yes")];
        let arrangement = arranged(&columns, true, 60);
        assert_eq!((in_row(&arrangement), arrangement.below), (vec![(0, 4), (2, 12), (3, 3), (4, 3)], vec![1]));
        assert_eq!(in_row(&arranged(&columns, true, 100)).len(), 5);
    }

    #[test]
    fn a_chosen_arn_that_does_not_fit_is_below() {
        let columns = [("name", "reader"), ("arn", "arn:aws:iam::123456789012:role/reader"), ("days", "3")];
        let arrangement = arranged(&columns, true, 30);
        assert_eq!((in_row(&arrangement), arrangement.below), (vec![(0, 6), (2, 4)], vec![1]));
        assert_eq!(arranged(&columns, false, 30).hidden, [1]);
    }
}
