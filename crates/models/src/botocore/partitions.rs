//! `partitions.json`.

use std::fmt::Write;

use super::json::Json;
use super::{Unknown, check_keys, missing};

pub(super) fn text(json: &Json) -> Result<String, Unknown> {
    check_keys(json, "partitions", &["partitions", "version"])?;
    let mut out = String::new();
    for partition in json.get("partitions").map(Json::items).unwrap_or_default() {
        let id = partition.text("id").ok_or_else(|| missing("partition", "id"))?;
        check_keys(partition, id, &["id", "outputs", "regionRegex", "regions"])?;
        let outputs = partition.get("outputs").ok_or_else(|| missing(id, "outputs"))?;
        check_keys(
            outputs,
            id,
            &["dnsSuffix", "dualStackDnsSuffix", "implicitGlobalRegion", "name", "supportsDualStack", "supportsFIPS"],
        )?;
        let text = |key: &str| outputs.text(key).ok_or_else(|| missing(id, key));
        let _ = writeln!(out, "partition {id}");
        let _ = writeln!(out, " dns-suffix {}", text("dnsSuffix")?);
        let _ = writeln!(out, " dual-stack-dns-suffix {}", text("dualStackDnsSuffix")?);
        let _ = writeln!(out, " global-region {}", text("implicitGlobalRegion")?);
        for (key, word) in [("supportsFIPS", "fips"), ("supportsDualStack", "dual-stack")] {
            if outputs.flag(key) {
                let _ = writeln!(out, " {word}");
            }
        }
        let _ = writeln!(out, " regex {}", partition.text("regionRegex").ok_or_else(|| missing(id, "regionRegex"))?);
        for (region, json) in partition.get("regions").map(Json::fields).unwrap_or_default() {
            check_keys(json, region, &["description"])?;
            let _ = writeln!(out, " region {region} {}", json.text("description").unwrap_or_default());
        }
    }
    Ok(out)
}
