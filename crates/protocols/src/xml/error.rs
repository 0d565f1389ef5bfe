//! Errors in XML.

use super::elements::{Element, Elements};
use crate::Error;

/// No answer has its error deeper.
const MAX_DEPTH: u8 = 4;

/// What an error in XML says of itself.
#[derive(Debug, Default)]
pub(crate) struct XmlError {
    pub code: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
}

/// Returns the code, the message and the request id of an error, wherever its `<Error>` stands. A body that is not XML
/// has none of them.
pub(crate) fn error(body: &[u8]) -> XmlError {
    let mut error = XmlError::default();
    let mut elements = Elements::new(body);
    if let Ok(root) = elements.root() {
        let is_error = root.name() == "Error";
        // The fields before a damaged one are kept.
        let _ = error.read(&mut elements, &root, 0, is_error);
    }
    error
}

impl XmlError {
    fn read<'x>(
        &mut self,
        elements: &mut Elements<'x>,
        element: &Element<'x>,
        depth: u8,
        is_error: bool,
    ) -> Result<(), Error> {
        while let Some(child) = elements.child(element)? {
            let slot = match child.name() {
                "Code" if is_error => &mut self.code,
                "Message" | "message" if is_error => &mut self.message,
                "RequestId" | "RequestID" | "requestId" => &mut self.request_id,
                name @ ("Error" | "Errors") if depth < MAX_DEPTH => {
                    self.read(elements, &child, depth + 1, name == "Error")?;
                    continue;
                }
                _ => {
                    elements.skip(&child)?;
                    continue;
                }
            };
            *slot = Some(elements.text(&child)?.into_owned());
        }
        Ok(())
    }
}

/// Whether the root of XML has this name.
pub(crate) fn root_is(body: &[u8], name: &str) -> bool {
    // Objects that are not XML can be large.
    body.trim_ascii_start().first() == Some(&b'<') && Elements::new(body).root().is_ok_and(|root| root.name() == name)
}
