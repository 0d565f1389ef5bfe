//! The pages of an operation. The next page is requested while the current one is used.
//!
//! A listing asks for the largest pages that the service has, because that takes the fewest requests, and because EC2
//! refuses to list the many volumes or snapshots of some accounts otherwise. EC2 also refuses a page size beside
//! ids. So a listing without ids has a page size and one with ids has none, and if the server refuses
//! the first page, it is requested in the other way.

use std::collections::HashSet;
use std::sync::Arc;

use moonfleet_bindings::{Answer, Operation, Service};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value, counted};

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
    /// The input for the first page if the server refuses `input` because of its page size.
    other_input: Option<Map>,
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
        let (input, other_input) = first_inputs(operation, input);
        let mut pager =
            Pager { session, service, operation, input, other_input, options, under_way, tokens, max_pages, failed };
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
        let page = match (received(page).await, self.other_input.take()) {
            (Err(error), Some(other)) if may_refuse_page_size(&error) => {
                self.input = other;
                received(self.fetch(self.input.clone())).await?
            }
            (answer, _) => answer?,
        };
        if let Some(next) = self.operation.next_page(&page) {
            let token = next.to_string();
            // A token that the service repeats would cause an endless loop. Ending the list without
            // an error would make a part of it look complete.
            if self.tokens.contains(&token) {
                self.failed = Some(self.repeated(&token));
            } else if self.tokens.len() + 1 >= self.max_pages {
                self.failed = Some(self.too_many());
            } else {
                self.tokens.insert(token);
                self.under_way = Some(self.fetch(self.operation.continued(self.input.clone(), next)));
            }
        }
        Ok(Some(page))
    }

    fn too_many(&self) -> Error {
        let problem = format!(
            "the answer has more than {}, which is the limit; ask for less, or raise the limit with the option \
             max_pages: {}.{}.all({{…}}, {{ max_pages = {} }})",
            counted(self.max_pages, "page"),
            self.service.name,
            self.operation.name,
            self.max_pages.saturating_mul(10),
        );
        self.error("TooManyPages", problem)
    }

    fn repeated(&self, token: &str) -> Error {
        let pages = counted(self.tokens.len(), "page");
        let problem = format!("the service repeated the token {token} of the next page after {pages}");
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

async fn received(page: Task<Result<Answer, Error>>) -> Result<Answer, Error> {
    page.await.map_err(|panic| Error::new("Bug", format!("the request for a page panicked: {panic}")))?
}

/// Returns the input for the first page, and the input for another attempt.
fn first_inputs(operation: &Operation, input: Map) -> (Map, Option<Map>) {
    let size = operation.pages.as_ref().and_then(|pages| pages.size.as_ref());
    let Some(size) = size.filter(|size| input.get(size.field).is_none_or(Value::is_nil)) else { return (input, None) };
    let mut sized = input.clone();
    sized.set(size.field, Value::Integer(size.most));
    if names_resources(&input) { (input, Some(sized)) } else { (sized, Some(input)) }
}

/// Returns whether the input has a list of ids or names.
fn names_resources(input: &Map) -> bool {
    let is_of_names = |name: &str| ["ids", "names", "arns"].iter().any(|end| name.ends_with(end));
    input.0.iter().any(|(name, value)| is_of_names(name) && matches!(value, Value::List(items) if !items.is_empty()))
}

/// Returns whether a page size, or its absence, may be the reason for an error. Servers have many codes for this; a
/// needless second attempt gives the same error again.
fn may_refuse_page_size(error: &Error) -> bool {
    const CODES: [&str; 8] = [
        "InvalidMaxResults",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidRequest",
        "OperationNotPermitted",
        "UnknownParameter",
        "ValidationError",
        "ValidationException",
    ];
    error.status == Some(400) && CODES.contains(&error.code.as_str())
}
