mod hidden;
mod input;
mod models;
mod registry;
