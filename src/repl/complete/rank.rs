//! What is offered of all that there is: what fits what was typed, in a sensible order, not
//! more than can be looked at, and cleaned.

use moonfleet_core::sanitize;

use super::{Candidate, Completion};

/// More are counted and not shown. The editor's own limit is 65,535.
pub(super) const MOST: usize = 3_000;

/// Something that could stand where the cursor is.
pub(super) struct Offer {
    pub name: String,
    /// What the typed text is compared with, where that is not the name itself.
    pub typed_as: Option<String>,
    /// Another name of it, which fits as well.
    pub alias: Option<String>,
    pub text: String,
    pub note: String,
    /// Before all that are not.
    pub is_first: bool,
    is_begun: bool,
}

impl Offer {
    pub(super) fn new(name: impl Into<String>, note: impl Into<String>) -> Self {
        let name = name.into();
        let text = name.clone();
        Offer { name, typed_as: None, alias: None, text, note: note.into(), is_first: false, is_begun: false }
    }

    pub(super) fn inserts(self, text: impl Into<String>) -> Self {
        Offer { text: text.into(), ..self }
    }

    pub(super) fn typed_as(self, text: String) -> Self {
        Offer { typed_as: Some(text), ..self }
    }

    pub(super) fn called(self, alias: Option<String>) -> Self {
        Offer { alias, ..self }
    }

    /// Something is still to follow.
    pub(super) fn begun(self) -> Self {
        Offer { is_begun: true, ..self }
    }

    pub(super) fn is_whole(&self) -> bool {
        !self.is_begun
    }

    pub(super) fn first(self, is_first: bool) -> Self {
        Offer { is_first, ..self }
    }
}

/// How a name fits what was typed, the best way first. A worse way counts only where there is
/// no better one.
type Fit = fn(&[u8], &[u8]) -> bool;
const FITS: [Fit; 4] = [
    |name, typed| name.starts_with(typed),
    |name, typed| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed)),
    |name, typed| name.windows(typed.len().max(1)).any(|part| part.eq_ignore_ascii_case(typed)),
    |name, typed| {
        let mut letters = name.iter();
        typed.iter().all(|expected| letters.any(|letter| letter.eq_ignore_ascii_case(expected)))
    },
];

pub(super) fn chosen(start: usize, typed: &str, offers: Vec<Offer>) -> Completion {
    let fitting = FITS.iter().find(|fits| offers.iter().any(|offer| offer.fits(typed, **fits)));
    let Some(fits) = fitting else { return Completion { start, candidates: Vec::new() } };
    let mut chosen: Vec<Offer> = offers.into_iter().filter(|offer| offer.fits(typed, *fits)).collect();
    // Names with an underscore in front are for those who ask for them.
    chosen.sort_by(|one, other| one.rank().cmp(&other.rank()));
    chosen.dedup_by(|later, first| later.text == first.text && later.name == first.name);
    let more = chosen.len().saturating_sub(MOST);
    chosen.truncate(MOST);
    let mut candidates: Vec<Candidate> = chosen.into_iter().map(Candidate::from_offer).collect();
    if more > 0 {
        let (text, shown) = (typed.to_owned(), format!("… {more} more"));
        candidates.push(Candidate { text, shown, note: "type more of the name".to_owned() });
    }
    Completion { start, candidates }
}

impl Offer {
    fn fits(&self, typed: &str, fits: Fit) -> bool {
        let names = [self.typed_as.as_ref().or(Some(&self.name)), self.alias.as_ref()];
        names.into_iter().flatten().any(|name| fits(name.as_bytes(), typed.as_bytes()))
    }

    fn rank(&self) -> (bool, bool, &str) {
        (!self.is_first, self.name.starts_with('_'), &self.name)
    }
}

impl Candidate {
    /// What is shown is cleaned here, once for all. What is inserted was written so by
    /// whoever offers it, or is nobody else's text.
    fn from_offer(offer: Offer) -> Self {
        let note = offer.alias.into_iter().chain([offer.note]).filter(|text| !text.is_empty());
        let note = note.collect::<Vec<_>>().join(", ");
        Candidate {
            text: offer.text,
            shown: sanitize::line(&offer.name).into_owned(),
            note: sanitize::line(&note).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate_names(typed: &str, names: &[&str]) -> Vec<String> {
        let offers = names.iter().map(|name| Offer::new(*name, "")).collect();
        chosen(0, typed, offers).candidates.into_iter().map(|candidate| candidate.shown).collect()
    }

    #[test]
    fn the_beginning_of_a_name_comes_before_all_else() {
        let names = ["describe_images", "describe_instances", "run_instances", "_hidden"];
        assert_eq!(candidate_names("describe_in", &names), ["describe_instances"]);
        assert_eq!(candidate_names("", &names), ["describe_images", "describe_instances", "run_instances", "_hidden"]);
        assert_eq!(candidate_names("DESC", &names), ["describe_images", "describe_instances"]);
        assert_eq!(candidate_names("stances", &names), ["describe_instances", "run_instances"]);
        assert_eq!(candidate_names("rinst", &names), ["describe_instances", "run_instances"]);
        assert!(candidate_names("xyz", &names).is_empty());
    }

    #[test]
    fn more_than_can_be_looked_at_are_counted() {
        let offers = (0..MOST + 7).map(|n| Offer::new(format!("i-{n:05}"), "")).collect();
        let candidates = chosen(0, "i-", offers).candidates;
        assert_eq!(candidates.len(), MOST + 1);
        let last = candidates.last().expect("a note");
        assert_eq!((last.text.as_str(), last.shown.as_str()), ("i-", "… 7 more"));
    }
}
