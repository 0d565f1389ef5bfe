//! The parts of an object that a request asks for (RFC 9110, "Range Requests").

use std::ops::Range;

use crate::ApiError;

/// Returns the bytes that a `Range` header means; `None` for the whole object, as for a header that is no range.
pub(super) fn parse(header: &str, length: usize) -> Result<Option<Range<usize>>, ApiError> {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let number = |text: &str| text.parse::<usize>().ok();
    let range = match (from, to) {
        ("", suffix) => number(suffix).map(|suffix| (length.saturating_sub(suffix), length)),
        (from, "") => number(from).map(|from| (from, length)),
        (from, to) => number(from).zip(number(to)).filter(|(from, to)| from <= to).map(|(from, to)| (from, to + 1)),
    };
    match range {
        None => Ok(None),
        Some((from, to)) if from < to.min(length) => Ok(Some(from..to.min(length))),
        Some(_) => Err(ApiError::new("InvalidRange", "The requested range is not satisfiable").with_status(416)),
    }
}
