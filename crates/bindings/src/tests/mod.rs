mod hidden;
mod input;
mod registry;
