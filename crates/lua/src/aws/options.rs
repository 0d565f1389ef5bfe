//! The second argument of every operation: the options of the call.

use mlua::{Result, Value};
use moonfleet_client::CallOptions;
use moonfleet_engine::Context;

use crate::options::Options;

/// Reads `{timeout=, retries=, region=, max_pages=}`. Returns the session in that region, and the other options.
pub(super) fn read(function: &str, session: Context, options: Value) -> Result<(Context, CallOptions)> {
    if options.is_nil() {
        return Ok((session, CallOptions::default()));
    }
    let mut options = Options::read(function, options)?;
    let calls = read_call_options(&mut options)?;
    let calls = CallOptions { max_pages: max_pages(&mut options)?, ..calls };
    let region = options.string("region")?;
    options.finish()?;
    Ok((region.map_or(session.clone(), |region| session.in_region(&region)), calls))
}

pub(super) fn read_call_options(options: &mut Options) -> Result<CallOptions> {
    let timeout = options.duration("timeout")?;
    if timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Err(options.wrong("timeout", "greater than 0", "0"));
    }
    if let Some(timeout) = timeout.filter(|timeout| *timeout > CallOptions::MAX_TIMEOUT) {
        return Err(options.wrong("timeout", "at most \"7d\"", &format!("{}s", timeout.as_secs())));
    }
    let retries = match options.integer("retries")? {
        None => None,
        Some(retries) => match u32::try_from(retries) {
            Ok(retries) if retries <= CallOptions::MAX_RETRIES => Some(retries),
            _ => return Err(options.wrong("retries", "from 0 to 100", &retries.to_string())),
        },
    };
    Ok(CallOptions { timeout, retries, max_pages: None })
}

fn max_pages(options: &mut Options) -> Result<Option<usize>> {
    let Some(pages) = options.integer("max_pages")? else { return Ok(None) };
    let is_limit = |pages: &usize| *pages > 0;
    let limit = usize::try_from(pages).ok().filter(is_limit);
    limit.map(Some).ok_or_else(|| options.wrong("max_pages", "1 or more", &pages.to_string()))
}
