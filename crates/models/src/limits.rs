//! The prices and the request rates of operations that cost money by the request, or that AWS throttles early.
//!
//! A line is about a whole service or about an operation, whose line counts before that of its service, and ends with its
//! source. `limits/costs.txt` has dollars for each request, and each page is a request. `limits/paces.txt` has requests for
//! each second, the requests of a burst, and whether the numbers are `documented`, were `observed`, or are `unpublished`.

use std::sync::LazyLock;

/// The price of each request.
#[derive(Debug, PartialEq)]
pub struct Price {
    /// The service or the operation.
    pub name: &'static str,
    /// In dollars: `0.01`
    pub dollars: &'static str,
    pub source: &'static str,
}

/// The rate of requests that AWS accepts from an account in a region.
#[derive(Debug, PartialEq)]
pub struct Pace {
    /// The service or the operation. All requests of the name share the rate.
    pub name: &'static str,
    pub per_second: f64,
    /// The requests that are accepted at once after a pause.
    pub burst: f64,
    pub source: &'static str,
}

/// Returns the price of a request; `None` if requests are free, or cost by their work.
pub fn price(service: &str, operation: &str) -> Option<&'static Price> {
    of(prices(), |price| price.name, service, operation)
}

/// Returns the rate of an operation; `None` if it has no limit of its own.
pub fn pace(service: &str, operation: &str) -> Option<&'static Pace> {
    of(paces(), |pace| pace.name, service, operation)
}

fn of<T>(rows: &'static [T], name: impl Fn(&T) -> &str, service: &str, operation: &str) -> Option<&'static T> {
    let full = format!("{service}.{operation}");
    rows.iter().find(|row| name(row) == full).or_else(|| rows.iter().find(|row| name(row) == service))
}

pub fn prices() -> &'static [Price] {
    static PRICES: LazyLock<Vec<Price>> = LazyLock::new(|| {
        let rows = include_str!("../limits/costs.txt").lines().map(words);
        rows.map(|[name, dollars, source]| Price { name, dollars, source }).collect()
    });
    &PRICES
}

pub fn paces() -> &'static [Pace] {
    static PACES: LazyLock<Vec<Pace>> = LazyLock::new(|| {
        let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("limits/paces.txt: {word:?} is no number"));
        let rows = include_str!("../limits/paces.txt").lines().map(words);
        rows.map(|[name, rate, burst, _, source]| Pace { name, per_second: number(rate), burst: number(burst), source })
            .collect()
    });
    &PACES
}

fn words<const N: usize>(line: &'static str) -> [&'static str; N] {
    let words: Vec<&str> = line.split(' ').collect();
    words.try_into().unwrap_or_else(|_| panic!("crates/models/limits/: {line:?} does not have {N} words"))
}
