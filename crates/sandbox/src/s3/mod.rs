//! S3, limited to the objects in which Systems Manager keeps command output.

mod objects;
mod operations;

pub(crate) use operations::register;
