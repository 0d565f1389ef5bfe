//! Spot requests and prices.

pub(super) mod prices;
pub(super) mod requests;
