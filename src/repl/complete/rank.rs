//! Selects and sorts the offers that match the typed text, limits their number, and sanitizes them.

use moonfleet_core::sanitize;

use super::{Candidate, Completion};

/// The most candidates that are listed; the rest is only counted. The editor's own limit is 65,535.
pub(super) const MOST: usize = 3_000;

/// A possible completion.
pub(super) struct Offer {
    pub name: String,
    /// The text to compare with the typed text, if that is not the name.
    pub typed_as: Option<String>,
    /// Another name, which is compared as well.
    pub alias: Option<String>,
    pub text: String,
    pub note: String,
    /// Whether it is listed before the others.
    pub is_first: bool,
    is_partial: bool,
}

impl Offer {
    pub(super) fn new(name: impl Into<String>, note: impl Into<String>) -> Self {
        let name = name.into();
        let text = name.clone();
        Offer { name, typed_as: None, alias: None, text, note: note.into(), is_first: false, is_partial: false }
    }

    pub(super) fn inserts(self, text: impl Into<String>) -> Self {
        Offer { text: text.into(), ..self }
    }

    pub(super) fn typed_as(self, text: String) -> Self {
        Offer { typed_as: Some(text), ..self }
    }

    pub(super) fn with_alias(self, alias: Option<String>) -> Self {
        Offer { alias, ..self }
    }

    /// Marks the text as incomplete: the user has to type more after it.
    pub(super) fn partial(self) -> Self {
        Offer { is_partial: true, ..self }
    }

    pub(super) fn is_complete(&self) -> bool {
        !self.is_partial
    }

    pub(super) fn first(self, is_first: bool) -> Self {
        Offer { is_first, ..self }
    }
}

/// The ways in which a name can match the typed text, the best first: prefix, prefix in any case, substring,
/// subsequence. A worse way is used only if no name matches in a better way.
type Match = fn(&[u8], &[u8]) -> bool;
const MATCHES: [Match; 4] = [
    |name, typed| name.starts_with(typed),
    |name, typed| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed)),
    |name, typed| name.windows(typed.len().max(1)).any(|part| part.eq_ignore_ascii_case(typed)),
    |name, typed| {
        let mut letters = name.iter();
        typed.iter().all(|expected| letters.any(|letter| letter.eq_ignore_ascii_case(expected)))
    },
];

/// Returns the candidates that match the typed text.
pub(super) fn chosen(start: usize, typed: &str, offers: Vec<Offer>) -> Completion {
    let best = MATCHES.iter().find(|matches| offers.iter().any(|offer| offer.matches(typed, **matches)));
    let Some(matches) = best else { return Completion { start, candidates: Vec::new() } };
    let mut chosen: Vec<Offer> = offers.into_iter().filter(|offer| offer.matches(typed, *matches)).collect();
    // Names that begin with an underscore are last.
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
    fn matches(&self, typed: &str, matches: Match) -> bool {
        let names = [self.typed_as.as_ref().or(Some(&self.name)), self.alias.as_ref()];
        names.into_iter().flatten().any(|name| matches(name.as_bytes(), typed.as_bytes()))
    }

    fn rank(&self) -> (bool, bool, &str) {
        (!self.is_first, self.name.starts_with('_'), &self.name)
    }
}

impl Candidate {
    /// Sanitizes the shown text. The inserted text is either escaped already or does not come from the account.
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
    fn a_matching_prefix_is_the_best_match() {
        let names = ["describe_images", "describe_instances", "run_instances", "_hidden"];
        assert_eq!(candidate_names("describe_in", &names), ["describe_instances"]);
        assert_eq!(candidate_names("", &names), ["describe_images", "describe_instances", "run_instances", "_hidden"]);
        assert_eq!(candidate_names("DESC", &names), ["describe_images", "describe_instances"]);
        assert_eq!(candidate_names("stances", &names), ["describe_instances", "run_instances"]);
        assert_eq!(candidate_names("rinst", &names), ["describe_instances", "run_instances"]);
        assert!(candidate_names("xyz", &names).is_empty());
    }

    #[test]
    fn candidates_above_the_limit_are_counted() {
        let offers = (0..MOST + 7).map(|n| Offer::new(format!("i-{n:05}"), "")).collect();
        let candidates = chosen(0, "i-", offers).candidates;
        assert_eq!(candidates.len(), MOST + 1);
        let last = candidates.last().expect("a note");
        assert_eq!((last.text.as_str(), last.shown.as_str()), ("i-", "… 7 more"));
    }
}
