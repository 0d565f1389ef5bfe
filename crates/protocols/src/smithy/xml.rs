//! Errors in XML, and whether XML is complete.

use aws_smithy_schema::codec::Codec;
use aws_smithy_schema::serde::{SerdeError, ShapeDeserializer};
use aws_smithy_schema::{Schema, ShapeType, shape_id};
use aws_smithy_xml::codec::find_depth2_element_slice_by;
use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

/// No answer has its error deeper.
const MAX_DEPTH: u8 = 4;

static NOTHING: Schema<'static> = Schema::new_struct(shape_id!("moonfleet", "Nothing"), ShapeType::Structure, &[]);

/// What an error in XML says of itself.
#[derive(Debug, Default)]
pub(crate) struct XmlError {
    pub code: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
}

/// Refuses XML that is cut or not well-formed.
pub(super) fn check(body: &[u8]) -> Result<(), SerdeError> {
    super::xml_codec().create_deserializer(body).read_struct(&NOTHING, &mut |_, _| Ok(()))
}

/// Returns the code, the message and the request id of an error, wherever its `<Error>` stands. A body that is not XML
/// has none of them.
pub(crate) fn error(body: &[u8]) -> XmlError {
    let mut error = XmlError::default();
    if let Ok(text) = std::str::from_utf8(body) {
        let mut document = Document::new(text);
        if let Ok(mut root) = document.root_element() {
            let is_error = root.start_el().local() == "Error";
            error.read(&mut root, 0, is_error);
        }
    }
    error
}

impl XmlError {
    fn read(&mut self, element: &mut ScopedDecoder<'_, '_>, depth: u8, is_error: bool) {
        while let Some(mut inner) = element.next_tag() {
            let name = inner.start_el().local().to_owned();
            let slot = match name.as_str() {
                "Code" if is_error => &mut self.code,
                "Message" | "message" if is_error => &mut self.message,
                "RequestId" | "RequestID" | "requestId" => &mut self.request_id,
                "Error" | "Errors" if depth < MAX_DEPTH => {
                    self.read(&mut inner, depth + 1, name == "Error");
                    continue;
                }
                _ => continue,
            };
            *slot = try_data(&mut inner).ok().map(|text| text.into_owned());
        }
    }
}

/// Returns the `<Error>` element of an answer, or the whole answer if it lacks the element.
pub(super) fn error_element(body: &[u8]) -> &[u8] {
    find_depth2_element_slice_by(body, |name| name == "Error").unwrap_or(body)
}

/// Whether the root of XML has this name.
pub(crate) fn root_is(body: &[u8], name: &str) -> bool {
    // Objects that are not XML can be large.
    if body.trim_ascii_start().first() != Some(&b'<') {
        return false;
    }
    let Ok(text) = std::str::from_utf8(body) else { return false };
    Document::new(text).root_element().is_ok_and(|root| root.start_el().local() == name)
}
