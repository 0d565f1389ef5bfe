//! The models inside the program: compressed service by service, and read when a service is first named.

use std::io::Read;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use flate2::read::DeflateDecoder;

use crate::aliases;
use crate::partition::{self, Partition};
use crate::service::Service;
use crate::text::entries;

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

struct Directory {
    /// Sorted by name.
    services: Vec<(Packed, OnceLock<Box<Service>>)>,
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
    Directory { index, partitions, endpoint_rules, services: lines.map(|packed| (packed, OnceLock::new())).collect() }
});

/// Returns a service by its name or an alias, and reads its model if no one has asked for it before.
pub fn service(name: &str) -> Option<&'static Service> {
    let find = |name: &str| PACKED.services.binary_search_by(|(packed, _)| packed.name.cmp(name)).ok();
    let at = find(name).or_else(|| find(aliases::meaning(name)?))?;
    let (packed, service) = &PACKED.services[at];
    Some(service.get_or_init(|| Service::read(packed.unpack()).expect("the tests read every model").into()))
}

/// Returns the names of all services, sorted.
pub fn service_names() -> impl ExactSizeIterator<Item = &'static str> {
    PACKED.services.iter().map(|(packed, _)| packed.name)
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
