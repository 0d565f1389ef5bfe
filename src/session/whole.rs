//! Refuses XML that ends too early. The SDK's reader takes what it has got for the whole,
//! so a torn answer would be a shorter list that nobody notices.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

#[derive(Debug)]
pub struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.response().body().bytes() {
            Some(body) if context.output_or_error().is_ok() && is_torn(body) => {
                Err("the answer ends in the middle of its XML".into())
            }
            _ => Ok(()),
        }
    }
}

/// XML is whole when it ends with the tag that closes its root.
fn is_torn(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let Ok(text) = std::str::from_utf8(&body[..body.len().min(1000)]) else { return false };
    let Some(text) = text.strip_prefix('<') else { return false };
    // The declaration comes before the root.
    let root = match text.strip_prefix('?') {
        Some(declaration) => declaration.split_once("?>").and_then(|(_, rest)| rest.trim_start().strip_prefix('<')),
        None => Some(text),
    };
    let Some(root) = root else { return true };
    let name = root.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    let closes = body.ends_with(format!("</{name}>").as_bytes());
    !closes && !body.ends_with(b"/>")
}

#[cfg(test)]
mod tests {
    use super::is_torn;

    #[test]
    fn xml_is_whole_when_its_root_is_closed() {
        assert!(!is_torn(b"<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><b/></A>\n"));
        assert!(!is_torn(b"<A/>"));
        assert!(is_torn(b"<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><b></b>"));
        assert!(is_torn(b"<A><b>"));
    }

    #[test]
    fn what_is_not_xml_is_none_of_its_business() {
        assert!(!is_torn(b"{\"a\": 1"));
        assert!(!is_torn(b""));
    }
}
