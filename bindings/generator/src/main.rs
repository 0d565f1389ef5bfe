//! Writes the bindings' declarations from the sources of the locked SDK crates.
//!
//! Which crates those are is said by `bindings/Cargo.toml` and `Cargo.lock` alone, so
//! the answer depends on nothing else, and `--check` needs no network.

mod fixups;
mod model;
mod read;
mod risk;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use clap::Parser;
use similar::TextDiff;

const MEND: &str = "cargo run -p bindings-generator";

/// Write bindings/src/services/ from the locked aws-sdk crates.
#[derive(Parser)]
struct Args {
    /// Change nothing; print what is stale and end with 1.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let bindings = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the generator lives in bindings/")?;
    let folder = bindings.join("src/services");

    let mut files = BTreeMap::new();
    let mut services = Vec::new();
    for sdk in locked_sdks(bindings)? {
        let mut service = read::service(&sdk)?;
        fixups::apply(&mut service)?;
        eprintln!("{}", service.census());
        files.insert(folder.join(format!("{}.rs", service.name)), write::service(&service));
        services.push(service);
    }
    fixups::assert_all_used(&services)?;
    files.insert(folder.join("mod.rs"), write::index(&services));

    let stale = if args.check { check(&folder, &files)? } else { update(&folder, &files)? };
    if args.check && stale > 0 {
        eprintln!("{stale} generated file(s) are stale; run: {MEND}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// An SDK crate that the bindings depend on, as it stands in Cargo.lock.
pub struct Sdk {
    /// As in a `use`: `aws_sdk_ec2`.
    pub crate_name: String,
    pub source: PathBuf,
}

fn locked_sdks(bindings: &Path) -> Result<Vec<Sdk>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(bindings.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cargo metadata --locked")?;
    let package = metadata.root_package().context("bindings/ is not a package of the workspace")?;
    let mut sdks = Vec::new();
    for dependency in package.dependencies.iter().filter(|d| d.name.starts_with("aws-sdk-")) {
        let locked: Vec<_> = metadata.packages.iter().filter(|p| *p.name == dependency.name).collect();
        let [locked] = locked[..] else {
            bail!("{} is locked {} times; the bindings need exactly one", dependency.name, locked.len());
        };
        let source = locked.manifest_path.parent().context("a package has a folder")?.join("src");
        sdks.push(Sdk { crate_name: dependency.name.replace('-', "_"), source: source.into() });
    }
    sdks.sort_by(|a, b| a.crate_name.cmp(&b.crate_name));
    Ok(sdks)
}

fn update(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<usize> {
    fs::create_dir_all(folder)?;
    for left_over in left_overs(folder, files)? {
        fs::remove_file(left_over)?;
    }
    for (path, text) in files {
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(0)
}

fn check(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<usize> {
    let mut stale = 0;
    for left_over in left_overs(folder, files)? {
        eprintln!("{}: no service has this file", left_over.display());
        stale += 1;
    }
    for (path, wanted) in files {
        let found = fs::read_to_string(path).unwrap_or_default();
        if found != *wanted {
            let name = path.display().to_string();
            print!("{}", TextDiff::from_lines(&found, wanted).unified_diff().header(&name, "generated"));
            stale += 1;
        }
    }
    Ok(stale)
}

fn left_overs(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut left = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if !files.contains_key(&path) {
            left.push(path);
        }
    }
    Ok(left)
}
