//! What a request costs.

use moonfleet_core::Usd;
use moonfleet_models::limits;

use crate::operation::{Operation, Service};

/// Returns the price of each request, and of each page; `None` if requests are free, or cost by their work.
pub fn price(service: &Service, operation: &Operation) -> Option<Usd> {
    let price = limits::price(service.name, operation.name)?;
    Some(price.dollars.parse().expect("a test reads all prices"))
}
