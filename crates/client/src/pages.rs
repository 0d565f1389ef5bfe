//! The pages of an operation. The next page is requested while the current one is used.

use std::collections::HashSet;
use std::sync::Arc;

use moonfleet_bindings::{Answer, Operation, Service};
use moonfleet_core::Error;
use moonfleet_core::{Map, counted};

use super::send;
use crate::{CallOptions, Session, Task, spawn};

pub struct Pager {
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
    under_way: Option<Task<Result<Answer, Error>>>,
    tokens: HashSet<String>,
    /// The error that follows the current page.
    failed: Option<Error>,
}

impl Pager {
    pub fn new(
        session: Arc<Session>,
        service: &'static Service,
        operation: &'static Operation,
        input: Map,
        options: CallOptions,
    ) -> Self {
        let (under_way, tokens, failed) = Default::default();
        let mut pager = Pager { session, service, operation, input, options, under_way, tokens, failed };
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
            if self.tokens.insert(token.clone()) {
                self.under_way = Some(self.fetch(self.operation.continued(self.input.clone(), token)));
            } else {
                self.failed = Some(self.repeated(&token));
            }
        }
        Ok(Some(page))
    }

    fn repeated(&self, token: &str) -> Error {
        let pages = counted(self.tokens.len(), "page");
        let problem = format!("the service repeated the token {token:?} of the next page after {pages}");
        Error {
            service: Some(self.service.name.to_owned()),
            operation: Some(self.operation.name.to_owned()),
            region: self.session.region(),
            ..Error::new("RepeatedToken", problem)
        }
    }
}
