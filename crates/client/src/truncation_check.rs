//! Refuses truncated XML. The SDK's reader accepts it as complete, so a truncated answer would
//! silently be a shorter list.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

#[derive(Debug)]
pub(crate) struct TruncationCheck;

impl Intercept for TruncationCheck {
    fn name(&self) -> &'static str {
        "TruncationCheck"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.response().body().bytes() {
            Some(body) if context.output_or_error().is_ok() && is_truncated(body) => {
                Err("the answer is truncated XML".into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether XML does not end with the tag that closes its root. Other texts are never truncated.
fn is_truncated(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    if !body.starts_with(b"<") {
        return false;
    }
    // The declaration comes before the root.
    let root = match body.strip_prefix(b"<?") {
        Some(declaration) => after(declaration, b"?>").map(<[u8]>::trim_ascii_start),
        None => Some(body),
    };
    let Some(root) = root.and_then(|root| root.strip_prefix(b"<")) else { return true };
    let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = &root[..root.iter().position(ends_name).unwrap_or(root.len())];
    let is_empty = root.strip_suffix(b"/>").is_some_and(|root| !root.contains(&b'>'));
    let closes = root.strip_suffix(b">").and_then(|end| end.strip_suffix(name)).is_some_and(|end| end.ends_with(b"</"));
    !closes && !is_empty
}

fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some(&text[at + mark.len()..])
}

#[cfg(test)]
mod tests {
    use super::is_truncated;

    #[test]
    fn xml_is_complete_if_its_root_is_closed() {
        assert!(!is_truncated(b"<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><b/></A>\n"));
        assert!(!is_truncated(b"<A/>"));
        assert!(is_truncated(b"<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><b></b>"));
        assert!(is_truncated(b"<A><b>"));
        assert!(is_truncated(b"<A><b/>"));
        assert!(is_truncated(b"<A>"));
        assert!(is_truncated(b"<?xml version=\"1.0\""));
        assert!(is_truncated("<A x=\"ä\"><b>ü".as_bytes()));
        assert!(is_truncated(&["<A>".as_bytes(), &[b'x'; 996], "ü".as_bytes()].concat()));
    }

    #[test]
    fn texts_that_are_not_xml_are_ignored() {
        assert!(!is_truncated(b"{\"a\": 1"));
        assert!(!is_truncated(b""));
    }
}
