//! Packs the models for the program: each text compressed by itself, so that one can be read without the others.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::DeflateEncoder;

#[path = "src/names.rs"]
#[allow(unreachable_pub)]
mod names;

fn main() {
    let data = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("data");
    println!("cargo::rerun-if-changed={}", data.display());
    println!("cargo::rerun-if-changed=src/names.rs");

    let mut models: Vec<(String, String)> =
        files(&data.join("services")).map(|path| (name(&path), read(&path))).collect();
    models.sort();

    let mut archive = Archive::default();
    archive.add("index", &index(&models));
    for file in ["partitions", "endpoint-rules"] {
        archive.add(file, &read(&data.join(file).with_added_extension("txt")));
    }
    for (name, text) in &models {
        archive.add(name, text);
    }

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("models.bin"), archive.packed).expect("OUT_DIR is writable");
    fs::write(out.join("directory"), archive.directory).expect("OUT_DIR is writable");
}

#[derive(Default)]
struct Archive {
    packed: Vec<u8>,
    directory: String,
}

impl Archive {
    fn add(&mut self, name: &str, text: &str) {
        let start = self.packed.len();
        let mut encoder = DeflateEncoder::new(&mut self.packed, Compression::best());
        encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("memory takes everything");
        self.directory += &format!("{name} {} {}\n", self.packed.len() - start, text.len());
    }
}

/// Returns a line for each service, with tabs in between: its name, the names of its operations, those of its waiters,
/// and its title.
fn index(models: &[(String, String)]) -> String {
    let mut index = String::new();
    for (name, text) in models {
        let title = text.lines().find_map(|line| line.strip_prefix(" title ")).unwrap_or_default();
        let (operations, waiters) = (names::of_entries(text, "operation"), names::of_entries(text, "waiter"));
        index += &format!("{name}\t{}\t{}\t{title}\n", operations.join(" "), waiters.join(" "));
    }
    index
}

/// Returns the service's name in scripts.
fn name(path: &Path) -> String {
    path.file_stem().expect("a file has a name").to_string_lossy().replace('-', "_")
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path())
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
