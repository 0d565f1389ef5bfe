//! Writes the declarations of the bindings from the sources of the locked SDK crates.
//!
//! `crates/bindings/Cargo.toml` and `Cargo.lock` alone determine the crates, so the result depends on nothing
//! else, and `--check` needs no network.

mod fixups;
mod model;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use generated_files::GeneratedFolder;

use model::Service;

const COMMAND: &str = "cargo run -p bindings-generator";

/// Write crates/bindings/src/services/ from the locked aws-sdk crates.
#[derive(Parser)]
struct Args {
    /// Print stale files without changing them; exit with 1 if there are any.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let bindings = bindings()?;
    let services = services(bindings)?;
    for service in &services {
        eprintln!("{}", service.summary());
    }
    declarations(bindings, &services).finish(args.check, COMMAND)
}

fn bindings() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the generator is not in crates/bindings/")
}

fn services(bindings: &Path) -> Result<Vec<Service>> {
    let mut services = Vec::new();
    for sdk in locked_sdks(bindings)? {
        let mut service = read::service(&sdk)?;
        fixups::apply(&mut service)?;
        fixups::unnamed_unions::check(&sdk)?;
        services.push(service);
    }
    fixups::assert_all_used(&services)?;
    Ok(services)
}

fn declarations(bindings: &Path, services: &[Service]) -> GeneratedFolder {
    let path = bindings.join("src/services");
    let mut files = BTreeMap::from([(path.join("mod.rs"), write::index(services))]);
    files.extend(services.iter().map(|s| (path.join(format!("{}.rs", s.name)), write::service(s))));
    GeneratedFolder { path, files }
}

/// An SDK crate that the bindings depend on, in the version of Cargo.lock.
pub struct Sdk {
    /// The name in Rust code: `aws_sdk_ec2`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_sdk_is_declared_or_left_out() {
        for service in services(bindings().unwrap()).unwrap() {
            let (declared, left_out) = (service.operations.len(), service.left_out.len());
            assert!(declared > 0, "{}", service.name);
            assert_eq!(declared + left_out, service.defined, "{}", service.name);
        }
    }
}
