//! Client tokens: a repeated request returns the resource that the first one created.

use std::{collections::BTreeMap, fmt::Debug};

use crate::ApiError;

/// Resources by the client token of the request that created them.
#[derive(Default)]
pub(super) struct ClientTokens {
    made: BTreeMap<String, CreatedResource>,
}

struct CreatedResource {
    request: String,
    id: String,
}

impl ClientTokens {
    /// Returns the id of the resource that this request created before.
    pub(super) fn find(&self, token: Option<&str>, request: &impl Debug) -> Result<Option<String>, ApiError> {
        match token.and_then(|token| self.made.get(token)) {
            Some(made) if made.request != format!("{request:?}") => Err(ApiError::new(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            )),
            made => Ok(made.map(|made| made.id.clone())),
        }
    }

    pub(super) fn remember(&mut self, token: Option<&str>, request: &impl Debug, id: &str) {
        if let Some(token) = token {
            self.made.insert(token.to_owned(), CreatedResource { request: format!("{request:?}"), id: id.to_owned() });
        }
    }
}
