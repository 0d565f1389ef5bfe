//! The elements of a document, one after the other.

use std::borrow::Cow;

use quick_xml::errors::{Error as XmlError, SyntaxError};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::Error;

pub(super) struct Elements<'x> {
    reader: Reader<&'x [u8]>,
}

/// An element whose begin has been read. Its end must be reached before the next element: by its children, its text, or
/// by skipping.
pub(super) struct Element<'x> {
    tag: BytesStart<'x>,
    is_empty: bool,
}

impl<'x> Elements<'x> {
    pub(super) fn new(document: &'x [u8]) -> Self {
        Elements { reader: Reader::from_reader(document) }
    }

    pub(super) fn root(&mut self) -> Result<Element<'x>, Error> {
        loop {
            match self.event()? {
                Event::Start(tag) => return Ok(Element { tag, is_empty: false }),
                Event::Empty(tag) => return Ok(Element { tag, is_empty: true }),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                _ => return Err(Error::Answer("the answer is not XML; check the endpoint and proxies".to_owned())),
            }
        }
    }

    /// Returns the next child of an element; `None` at the element's end. Text beside the children is skipped.
    pub(super) fn child(&mut self, parent: &Element<'_>) -> Result<Option<Element<'x>>, Error> {
        if parent.is_empty {
            return Ok(None);
        }
        loop {
            match self.event()? {
                Event::Start(tag) => return Ok(Some(Element { tag, is_empty: false })),
                Event::Empty(tag) => return Ok(Some(Element { tag, is_empty: true })),
                Event::End(_) => return Ok(None),
                Event::GeneralRef(reference) => _ = character(&reference)?,
                _ => {}
            }
        }
    }

    /// Returns the text of an element, up to its first child.
    pub(super) fn text(&mut self, element: &Element<'_>) -> Result<Cow<'x, str>, Error> {
        let mut text = Cow::Borrowed("");
        if element.is_empty {
            return Ok(text);
        }
        loop {
            match self.event()? {
                Event::Text(part) => append(&mut text, part.into_inner()),
                Event::CData(part) => append(&mut text, part.into_inner()),
                Event::GeneralRef(reference) => text.to_mut().push(character(&reference)?),
                Event::End(_) => return Ok(text),
                Event::Start(tag) | Event::Empty(tag) if text.is_empty() => {
                    let (outer, inner) = (element.name(), tag.local_name());
                    return Err(Error::Answer(format!("expected text in <{outer}>, found <{}>", inner.as_ref())));
                }
                Event::Start(_) => {
                    self.skip_open(2)?;
                    return Ok(text);
                }
                Event::Empty(_) => {
                    self.skip_open(1)?;
                    return Ok(text);
                }
                _ => {}
            }
        }
    }

    pub(super) fn skip(&mut self, element: &Element<'_>) -> Result<(), Error> {
        self.skip_open(usize::from(!element.is_empty))
    }

    /// Reads to the end of this number of elements that are open.
    fn skip_open(&mut self, mut open: usize) -> Result<(), Error> {
        while open > 0 {
            match self.event()? {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                Event::GeneralRef(reference) => _ = character(&reference)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks that nothing but comments follows the root element.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        loop {
            match self.reader.read_event().map_err(|error| self.unreadable(error))? {
                Event::Eof => return Ok(()),
                Event::PI(_) | Event::Comment(_) => {}
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                _ => return Err(Error::Answer("the answer goes on after the end of its root element".to_owned())),
            }
        }
    }

    /// Reads on within the document, which does not end here.
    fn event(&mut self) -> Result<Event<'x>, Error> {
        match self.reader.read_event() {
            Ok(Event::Eof) => Err(self.cut()),
            Ok(Event::DocType(_)) => {
                Err(Error::Answer("the answer has a document type, which AWS does not send; check proxies".to_owned()))
            }
            Ok(event) => Ok(event),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    #[cold]
    fn cut(&self) -> Error {
        let length = self.reader.buffer_position();
        Error::Answer(format!("the answer ends in the middle, after {length} bytes; call again"))
    }

    #[cold]
    fn unreadable(&self, error: XmlError) -> Error {
        match error {
            XmlError::Syntax(SyntaxError::InvalidBangMarkup) => invalid(error),
            // All other errors of this kind tell of a part that has no end.
            XmlError::Syntax(_) => self.cut(),
            error => invalid(error),
        }
    }
}

impl Element<'_> {
    /// Returns the name without its prefix.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// Returns an attribute. A name with a prefix means an attribute with this prefix.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<Cow<'_, str>>, Error> {
        let mut found = None;
        // All are read, so that two with the same name are an error.
        for attribute in self.tag.attributes() {
            let attribute = attribute.map_err(invalid)?;
            if attribute.key.as_ref() == name || attribute.key.local_name().as_ref() == name {
                found = Some(attribute);
            }
        }
        found.map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).map_err(invalid)).transpose()
    }
}

/// Appends text without a copy if it is the first.
fn append<'x>(text: &mut Cow<'x, str>, part: Cow<'x, str>) {
    match text.is_empty() {
        true => *text = part,
        false => text.to_mut().push_str(&part),
    }
}

/// Returns the character that a reference means.
fn character(reference: &BytesRef<'_>) -> Result<char, Error> {
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        name => match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(character),
            _ => Err(Error::Answer(format!("the answer has the entity &{name};, which XML does not know"))),
        },
    }
}

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::Answer(format!("the answer is not valid XML: {error}"))
}
