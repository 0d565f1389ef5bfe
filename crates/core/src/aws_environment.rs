//! AWS's environment variables, read as AWS's own tools read them.

use std::env;

/// An empty path of these variables means that there is no file; the other variables are unset if they are empty.
const FILES: [&str; 2] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];

/// Removes AWS's variables that are empty. boto3 reads most of them as unset; the SDK reads an empty region, profile
/// or endpoint as one that does not exist, and would then ignore the profile's own.
///
/// # Safety
///
/// No other thread may run yet.
pub unsafe fn forget_empty_variables() {
    let is_forgotten = |name: &str| name.starts_with("AWS_") && !FILES.contains(&name);
    let empty = env::vars_os().filter(|(_, value)| value.is_empty());
    for name in empty.filter_map(|(name, _)| name.into_string().ok()).filter(|name| is_forgotten(name)) {
        // SAFETY: the caller promises that there is no other thread.
        unsafe { env::remove_var(name) };
    }
}

/// Returns a variable; `None` if it is unset, empty or not UTF-8.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the profile that the environment names. Of the two variables, boto3 reads the older one first.
pub fn profile() -> Option<String> {
    variable("AWS_DEFAULT_PROFILE").or_else(|| variable("AWS_PROFILE"))
}

/// Returns the region that the environment names.
pub fn region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}
