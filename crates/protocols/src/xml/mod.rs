//! XML answers, written into a record in one pass over the document.
//!
//! Documents come from the network: their depth is limited, references to entities other than the five of XML are
//! errors, document types are refused, and a document that ends early is an error and never a shorter answer.

mod elements;
mod error;
mod names;
mod read;

pub(crate) use self::error::{error, root_is};
pub(crate) use self::names::Names;
pub(crate) use self::read::{Part, check_root, members, payload};
