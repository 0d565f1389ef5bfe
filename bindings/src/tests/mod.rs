mod input;
mod registry;
