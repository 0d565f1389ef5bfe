//! Writes the conversions between values and the types of the locked SDK crates, for the operations that typed handlers
//! of the sandbox simulate.
//!
//! `crates/sandbox` and `Cargo.lock` alone determine the result, so `--check` needs no network.

mod read;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use generated_files::GeneratedFolder;

const COMMAND: &str = "cargo run -p sandbox-generator";

/// Write crates/sandbox/src/typed/ from the locked aws-sdk crates.
#[derive(Parser)]
struct Args {
    /// Print stale files without changing them; exit with 1 if there are any.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let sandbox = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the generator is not in crates/sandbox/")?;
    let mut services = Vec::new();
    for sdk in locked_sdks(sandbox)? {
        services.push(read::service(&sdk)?);
    }
    let path = sandbox.join("src/typed");
    let mut files = BTreeMap::from([(path.join("mod.rs"), write::index(&services))]);
    files.extend(services.iter().map(|s| (path.join(format!("{}.rs", s.name)), write::service(s))));
    GeneratedFolder { path, files }.finish(args.check, COMMAND)
}

/// An SDK crate in the version of Cargo.lock, and the operations of it that are simulated.
pub(crate) struct Sdk {
    /// The name in scripts: `resource_groups`.
    pub(crate) service: String,
    /// The name in Rust code: `aws_sdk_resourcegroups`.
    pub(crate) crate_name: String,
    pub(crate) source: PathBuf,
    pub(crate) operations: Vec<String>,
}

fn locked_sdks(sandbox: &Path) -> Result<Vec<Sdk>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(sandbox.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cargo metadata --locked")?;
    let package = metadata.root_package().context("sandbox/ is not a package of the workspace")?;
    let registrations = registrations(&sandbox.join("src"))?;
    let mut sdks = Vec::new();
    for dependency in package.dependencies.iter().filter(|d| d.name.starts_with("aws-sdk-")) {
        let locked: Vec<_> = metadata.packages.iter().filter(|p| *p.name == dependency.name).collect();
        let [locked] = locked[..] else {
            bail!("{} is locked {} times; the sandbox needs exactly one", dependency.name, locked.len());
        };
        let crate_name = dependency.name.replace('-', "_");
        let registration = registrations.get(&crate_name);
        let (service, operations) =
            registration.with_context(|| format!("no handler of the sandbox is typed with {crate_name}"))?.clone();
        let source = locked.manifest_path.parent().context("a package has a folder")?.join("src");
        sdks.push(Sdk { service, crate_name, source: source.into(), operations });
    }
    sdks.sort_by(|a, b| a.service.cmp(&b.service));
    Ok(sdks)
}

/// Reads which operations are simulated, by the crate that types their handlers: the files `operations.rs` register them
/// with `simulate!`, a line each.
fn registrations(source: &Path) -> Result<BTreeMap<String, (String, Vec<String>)>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(source)? {
        let path = entry?.path().join("operations.rs");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some((_, call)) = text.split_once("simulate!(registry, \"") else { continue };
        let mut parts = call.split([',', '"']).map(str::trim).filter(|part| !part.is_empty());
        let (Some(service), Some(crate_name)) = (parts.next(), parts.next()) else {
            bail!("{}: simulate! names no service and no crate", path.display());
        };
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_name =
            |name: &&str| name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_part);
        let names = text.lines().filter_map(|line| line.trim().split_once(" => ").map(|(name, _)| name));
        let mut operations: Vec<String> = names.filter(is_name).map(str::to_owned).collect();
        operations.sort();
        ensure!(!operations.is_empty(), "{}: no operation", path.display());
        found.insert(crate_name.to_owned(), (service.to_owned(), operations));
    }
    Ok(found)
}
