//! `moonfleet new NAME`: creates a script and its test from templates.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use moonfleet_core::Failure;

const SCRIPT: &str = include_str!("script.lua");
const TEST: &str = include_str!("script_test.lua");
/// The name of the script in the templates.
const TEMPLATE: &str = "ec2-count-instances";

/// Writes both files, or none. Returns a report for the user.
pub(crate) fn create(given: &str) -> Result<String, Failure> {
    let path = Path::new(given.strip_suffix(".lua").unwrap_or(given));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if !is_name(&name) || name.ends_with("_test") {
        return Err(Failure::usage(format!(
            "'{given}' is not a valid name for a script; write words with dashes, for example ec2-find-old-volumes"
        )));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = [(folder.join(format!("{name}.lua")), SCRIPT), (folder.join(format!("{name}_test.lua")), TEST)];
    if let Some((taken, _)) = files.iter().find(|(file, _)| file.exists()) {
        return Err(Failure::usage(format!(
            "{} exists already, so nothing was written; choose another name",
            taken.display()
        )));
    }
    let failed = |file: &Path, e: std::io::Error| Failure::failed(format!("cannot write {}: {e}", file.display()));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    }
    let mut written: Vec<&PathBuf> = Vec::new();
    for (file, template) in &files {
        let text = template.replace(TEMPLATE, &name);
        // Fails if another process has created the file since the check.
        let done = File::create_new(file).and_then(|mut new| new.write_all(text.as_bytes()));
        if let Err(e) = done {
            for file in written {
                let _ = fs::remove_file(file);
            }
            return Err(failed(file, e));
        }
        written.push(file);
    }
    let [(script, _), (test, _)] = &files;
    let (script, test) = (script.display(), test.display());
    Ok(format!(
        "{script}: the script, with an example\n{test}: its test\n\nNext:\n  \
         moonfleet types install            install completion and checks in your editor\n  \
         moonfleet test {test}\n  \
         moonfleet --sandbox {script}\n  \
         moonfleet help {script}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_test_contains_the_name() {
        assert!(TEST.contains(TEMPLATE));
    }
}
