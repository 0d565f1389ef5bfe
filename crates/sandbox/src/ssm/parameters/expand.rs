//! Replaces `{{ssm:name}}` in the text of a command, as Systems Manager does.

use super::state::ParameterStore;
use crate::ApiError;

pub(crate) fn expand(store: &ParameterStore, line: &str) -> Result<String, ApiError> {
    let mut expanded = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, behind)) = after.split_once("}}") else {
            break;
        };
        expanded.push_str(before);
        match inside.trim().strip_prefix("ssm:") {
            None => expanded.push_str(&format!("{{{{{inside}}}}}")),
            Some(name) => expanded.push_str(&plain_text(store, name)?),
        }
        rest = behind;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn plain_text(store: &ParameterStore, name: &str) -> Result<String, ApiError> {
    match store.get(name) {
        Some(parameter) if !parameter.is_secure() => Ok(parameter.current().text.clone()),
        _ => {
            let message = format!("Parameters [{name}] are not found or are secure strings.");
            Err(ApiError::new("InvalidParameters", message))
        }
    }
}
