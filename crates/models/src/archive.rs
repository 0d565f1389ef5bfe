//! The models inside the program: compressed service by service, and read when a service is first named.

use std::io::Read;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use flate2::read::DeflateDecoder;

use crate::partition::{self, Partition};
use crate::service::Service;
use crate::text::entries;
use crate::{aliases, newer};

/// The compressed texts, one after the other. `build.rs` writes both files.
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/models.bin"));
/// A line for each text: its name, its compressed and its full length in bytes.
static DIRECTORY: &str = include_str!(concat!(env!("OUT_DIR"), "/directory"));

struct Packed {
    name: &'static str,
    range: Range<usize>,
    length: usize,
}

impl Packed {
    /// Unpacks the text for the rest of the process.
    fn unpack(&self) -> &'static str {
        let mut text = String::with_capacity(self.length);
        DeflateDecoder::new(&ARCHIVE[self.range.clone()]).read_to_string(&mut text).expect("the archive is intact");
        text.leak()
    }
}

/// The models of a service, each read when it is first needed.
struct Models {
    packed: Packed,
    built_in: OnceLock<Box<Service>>,
    newer: OnceLock<Option<Box<Service>>>,
}

struct Directory {
    /// Sorted by name.
    services: Vec<Models>,
    index: Packed,
    partitions: Packed,
    endpoint_rules: Packed,
}

static PACKED: LazyLock<Directory> = LazyLock::new(|| {
    let mut at = 0;
    let mut lines = DIRECTORY.lines().map(|line| {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("a line of the directory has three words");
        let (name, packed, length) = (word(), word(), word());
        let start = at;
        at += packed.parse::<usize>().expect("a length");
        Packed { name, range: start..at, length: length.parse().expect("a length") }
    });
    let mut first = || lines.next().expect("the directory has an index and partitions");
    let (index, partitions, endpoint_rules) = (first(), first(), first());
    Directory { index, partitions, endpoint_rules, services: lines.map(Models::of).collect() }
});

impl Models {
    fn of(packed: Packed) -> Models {
        Models { packed, built_in: OnceLock::new(), newer: OnceLock::new() }
    }

    fn built_in(&self) -> &Service {
        self.built_in.get_or_init(|| Service::read(self.packed.unpack()).expect("the tests read every model").into())
    }

    fn newer(&self) -> Option<&Service> {
        self.newer.get_or_init(|| newer::service(self.built_in()).map(Box::new)).as_deref()
    }
}

/// Returns a service by its name or an alias, and reads its model if no one has asked for it before. The model can be a
/// newer one than the program's ([`newer`]).
pub fn service(name: &str) -> Option<&'static Service> {
    let models = find(name)?;
    Some(models.newer().unwrap_or_else(|| models.built_in()))
}

/// Returns a service by its name or an alias, as the program has it.
pub fn built_in(name: &str) -> Option<&'static Service> {
    find(name).map(Models::built_in)
}

/// Returns the name of a service by its name or an alias. No model is read.
pub fn service_name(name: &str) -> Option<&'static str> {
    find(name).map(|models| models.packed.name)
}

fn find(name: &str) -> Option<&'static Models> {
    let find = |name: &str| PACKED.services.binary_search_by(|models| models.packed.name.cmp(name)).ok();
    let at = find(name).or_else(|| find(aliases::meaning(name)?))?;
    Some(&PACKED.services[at])
}

/// Returns the names of all services, sorted.
pub fn service_names() -> impl ExactSizeIterator<Item = &'static str> {
    PACKED.services.iter().map(|models| models.packed.name)
}

/// Returns the partitions; the first one is for regions that none knows.
pub fn partitions() -> &'static [Partition] {
    static PARTITIONS: LazyLock<Box<[Partition]>> =
        LazyLock::new(|| partition::read(PACKED.partitions.unpack()).expect("the tests read the partitions"));
    &PARTITIONS
}

/// Returns a rule set that several services share.
pub(crate) fn shared_endpoint_rules(name: &str) -> Option<&'static str> {
    static RULES: LazyLock<&str> = LazyLock::new(|| PACKED.endpoint_rules.unpack());
    entries(&RULES).find(|entry| entry.lines().next().and_then(|head| head.strip_prefix("endpoints ")) == Some(name))
}

pub(crate) fn index_text() -> &'static str {
    PACKED.index.unpack()
}
