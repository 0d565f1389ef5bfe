//! Refuses answers of which the SDK would lose a part without an error: truncated XML would be a shorter list, an
//! empty body a result without fields, and CDATA sections, which no service of AWS sends, empty texts.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use memchr::memmem;
use moonfleet_bindings::service;

#[derive(Debug)]
pub(crate) struct TruncationCheck {
    /// The name of the service in scripts.
    pub service: &'static str,
}

impl Intercept for TruncationCheck {
    fn name(&self) -> &'static str {
        "TruncationCheck"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(body) = context.response().body().bytes().filter(|_| context.output_or_error().is_ok()) else {
            return Ok(());
        };
        let name = config.load::<Metadata>().map_or("", |metadata| metadata.name());
        if body.trim_ascii().is_empty() && self.has_result(name) {
            return Err("the answer is empty, though the call has a result; check the endpoint and proxies".into());
        }
        if body.trim_ascii_start().starts_with(b"<") && memmem::find(body, b"<![CDATA[").is_some() {
            return Err("the answer has a CDATA section, which cannot be read; the endpoint must escape texts".into());
        }
        match is_truncated(body) {
            true => Err("the answer ends in the middle; call again, and if that fails too, check proxies".into()),
            false => Ok(()),
        }
    }
}

impl TruncationCheck {
    /// Returns whether the answers of an operation have fields. `api_name` is its name in the model.
    fn has_result(&self, api_name: &str) -> bool {
        let operations = service(self.service).map_or(&[][..], |service| service.operations());
        operations.iter().any(|operation| operation.api_name == api_name && !operation.output().fields.is_empty())
    }
}

/// Whether XML does not end with the tag that closes its root. Other texts are never truncated.
fn is_truncated(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    if !body.starts_with(b"<") {
        return false;
    }
    let Some(root) = without_comments_after(from_root(body)).strip_prefix(b"<") else { return true };
    let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = &root[..root.iter().position(ends_name).unwrap_or(root.len())];
    let is_empty = root.strip_suffix(b"/>").is_some_and(|root| !root.contains(&b'>'));
    let end = root.strip_suffix(b">").map(<[u8]>::trim_ascii_end);
    let closes = end.and_then(|end| end.strip_suffix(name)).is_some_and(|end| end.ends_with(b"</"));
    !closes && !is_empty
}

/// Returns XML from its root on: a declaration and comments can come before it.
fn from_root(mut xml: &[u8]) -> &[u8] {
    loop {
        let end: &[u8] = match xml {
            _ if xml.starts_with(b"<?") => b"?>",
            _ if xml.starts_with(b"<!--") => b"-->",
            _ => return xml,
        };
        xml = after(xml, end).map(<[u8]>::trim_ascii_start).unwrap_or_default();
    }
}

fn without_comments_after(mut xml: &[u8]) -> &[u8] {
    while let Some(inside) = xml.strip_suffix(b"-->") {
        let Some(start) = inside.windows(4).rposition(|window| window == b"<!--") else { break };
        xml = inside[..start].trim_ascii_end();
    }
    xml
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
        assert!(!is_truncated(b"<?xml version=\"1.0\"?><!-- a --><A><b/></A ><!-- b -->\n<!-- c -->"));
        assert!(!is_truncated(b"<!-- a --><?xml version=\"1.0\"?><A><!-- b --></A>"));
        assert!(is_truncated(b"<!-- a --><A><b/><!-- b -->"));
        assert!(is_truncated(b"<!-- a"));
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
