//! The pages of an operation. The next page is requested while the current one is used.

use std::collections::HashSet;
use std::sync::Arc;

use moonfleet_bindings::{Answer, Operation, Service};
use moonfleet_core::Error;
use moonfleet_core::{Map, counted};

use super::send;
use crate::{CallOptions, Session, Task, spawn};

/// The most pages of a listing, unless the call says otherwise. A service that gives a new token with each page
/// would be asked for ever.
const MAX_PAGES: usize = 10_000;

pub struct Pager {
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
    under_way: Option<Task<Result<Answer, Error>>>,
    tokens: HashSet<String>,
    max_pages: usize,
    /// The error that follows the current page.
    failed: Option<Error>,
}

impl Pager {
    pub fn new(
        session: Arc<Session>,
        service: &'static Service,
        operation: &'static Operation,
        input: Map,
        mut options: CallOptions,
    ) -> Self {
        let max_pages = options.max_pages.take().unwrap_or(MAX_PAGES);
        let (under_way, tokens, failed) = Default::default();
        let mut pager = Pager { session, service, operation, input, options, under_way, tokens, max_pages, failed };
        pager.under_way = Some(pager.fetch(pager.input.clone()));
        pager
    }

    fn fetch(&self, input: Map) -> Task<Result<Answer, Error>> {
        spawn(send(self.session.clone(), self.service, self.operation, input, self.options.clone()))
    }

    /// Returns the next page; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Answer>, Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(page) = self.under_way.take() else { return Ok(None) };
        let page =
            page.await.map_err(|panic| Error::new("Bug", format!("the request for a page panicked: {panic}")))??;
        if let Some(token) = self.operation.next_token(&*page) {
            // A token that the service repeats would cause an endless loop. Ending the list without
            // an error would make a part of it look complete.
            if self.tokens.contains(&token) {
                self.failed = Some(self.repeated(&token));
            } else if self.tokens.len() + 1 >= self.max_pages {
                self.failed = Some(self.too_many());
            } else {
                self.tokens.insert(token.clone());
                self.under_way = Some(self.fetch(self.operation.continued(self.input.clone(), token)));
            }
        }
        Ok(Some(page))
    }

    fn too_many(&self) -> Error {
        let problem = format!(
            "there are more than {} pages, which is the limit; ask for less, or raise the limit with the option \
             max_pages: {}.{}.all({{…}}, {{ max_pages = {} }})",
            self.max_pages,
            self.service.name,
            self.operation.name,
            self.max_pages.saturating_mul(10),
        );
        self.error("TooManyPages", problem)
    }

    fn repeated(&self, token: &str) -> Error {
        let pages = counted(self.tokens.len(), "page");
        let problem = format!("the service repeated the token {token:?} of the next page after {pages}");
        self.error("RepeatedToken", problem)
    }

    fn error(&self, code: &str, problem: String) -> Error {
        Error {
            service: Some(self.service.name.to_owned()),
            operation: Some(self.operation.name.to_owned()),
            region: self.session.region(),
            ..Error::new(code, problem)
        }
    }
}
