//! The models of every AWS service: facts that clients, help and completion need, as data.
//!
//! [`service`] reads a model from the archive in the program when it is first named. `crates/models/data/` has the text
//! form of the models, which a generator writes from botocore; [`botocore`] reads newer models at run time.
//! What the facts mean on the wire is the client's matter.

mod aliases;
mod archive;
pub mod botocore;
pub mod endpoint_rules;
pub mod iam;
mod index;
pub mod limits;
mod names;
pub mod newer;
mod operation;
mod partition;
pub mod risk;
pub mod secrets;
mod service;
mod shape;
mod text;
mod waiter;

pub use aliases::aliases;
pub use archive::{built_in, partitions, service, service_name, service_names};
pub use endpoint_rules::EndpointRules;
pub use index::{ServiceNames, index};
pub use names::snake;
pub use operation::{Checksum, ContextValue, EndpointDiscovery, Operation, Pages};
pub use partition::{Partition, Region};
pub use risk::Risk;
pub use service::{Metadata, Protocol, Service};
pub use shape::{
    Bounds, ErrorTraits, Fault, Kind, Location, Member, Namespace, Reference, Retry, Shape, ShapeId, Structure,
    TimestampFormat,
};
pub use text::Malformed;
pub use waiter::{Acceptor, Expected, Matcher, Waiter, WaiterState};
