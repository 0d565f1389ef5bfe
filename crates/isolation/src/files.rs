//! Which files can be opened: Landlock, a security module of the Linux kernel since 5.13.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope,
};

/// Files that libraries read to convert times.
const TIME_ZONES: [&str; 2] = ["/etc/localtime", "/usr/share/zoneinfo"];

/// Allows to read these files and folders, and forbids every other access to files, TCP ports, abstract sockets and
/// signals of other processes, as far as the kernel can. Returns false if it cannot restrict files at all.
pub(crate) fn restrict(readable: &[PathBuf]) -> Result<bool, String> {
    let abi = ABI::V6;
    let read = AccessFs::from_read(abi) & !AccessFs::Execute;
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(abi)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .map_err(|e| e.to_string())?;
    let mut ruleset = ruleset;
    for path in readable.iter().map(PathBuf::as_path).chain(TIME_ZONES.iter().map(Path::new)) {
        // A path that does not exist needs no rule.
        let Ok(file) = PathFd::new(path) else { continue };
        let rights = if path.is_dir() { read } else { AccessFs::ReadFile.into() };
        ruleset = ruleset.add_rule(PathBeneath::new(file, rights)).map_err(|e| e.to_string())?;
    }
    let status = ruleset.restrict_self().map_err(|e| e.to_string())?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}
