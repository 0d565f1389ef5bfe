//! Spot requests and prices.

pub mod prices;
pub mod requests;
