//! Reads the elements of a document along the shapes of a model.

use aws_smithy_types::base64;
use moonfleet_models::{Kind, Reference, Shape, ShapeId, Structure};

use super::elements::{Element, Elements};
use crate::record::{Mark, Writer};
use crate::schemas::Schemas;
use crate::{Error, quirks, scalars};

/// Answers are not nested more deeply.
const MAX_DEPTH: u32 = 128;

/// The element of a document that holds the members of a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Root,
    /// The element of the query protocol whose name ends with `Result`; the root, if it has no such element.
    Result,
    /// The element `Error`; the root, if it has no such element.
    Error,
}

impl Part {
    fn has_name(self, name: &str) -> bool {
        match self {
            Part::Root => true,
            Part::Result => name.ends_with("Result"),
            Part::Error => name == "Error",
        }
    }
}

/// Reads the members of a structure.
pub(crate) fn members(
    document: &[u8],
    part: Part,
    schemas: &Schemas,
    id: ShapeId,
    writer: &mut Writer,
) -> Result<(), Error> {
    let mut reader = Reader::new(document, schemas);
    let root = reader.elements.root()?;
    if quirks::output_is_unwrapped(schemas.service, schemas.shape(id)) {
        reader.only_member(&root, id, writer)?;
        return reader.elements.finish();
    }
    if part.has_name(root.name()) {
        reader.members(&root, id, writer)?;
        return reader.elements.finish();
    }
    let mut is_read = false;
    while let Some(child) = reader.elements.child(&root)? {
        if !is_read && part.has_name(child.name()) {
            reader.members(&child, id, writer)?;
            is_read = true;
        } else {
            reader.elements.skip(&child)?;
        }
    }
    reader.elements.finish()?;
    match is_read {
        true => Ok(()),
        false => members(document, Part::Root, schemas, id, writer),
    }
}

/// Refuses a document that is not an answer: one whose root is named like a web page, or does not begin with `expected`.
pub(crate) fn check_root(document: &[u8], expected: &str) -> Result<(), Error> {
    let root = Elements::new(document).root()?;
    match root.name() {
        "html" => Err(Error::Answer(
            "the answer is a web page, which does not come from AWS; check the endpoint and proxies".into(),
        )),
        name if !name.starts_with(expected) => Err(Error::Answer(format!(
            "the answer begins with <{name}> instead of <{expected}Response>; check the endpoint"
        ))),
        _ => Ok(()),
    }
}

/// Reads a document that is one value.
pub(crate) fn payload(document: &[u8], schemas: &Schemas, to: &Reference, writer: &mut Writer) -> Result<(), Error> {
    let mut reader = Reader::new(document, schemas);
    let root = reader.elements.root()?;
    reader.value(&root, to, writer)?;
    reader.elements.finish()
}

struct Reader<'s, 'x> {
    schemas: &'s Schemas,
    elements: Elements<'x>,
    /// The number of structures, lists and maps around the current element.
    depth: u32,
}

impl<'s, 'x> Reader<'s, 'x> {
    fn new(document: &'x [u8], schemas: &'s Schemas) -> Self {
        Reader { schemas, elements: Elements::new(document), depth: 0 }
    }

    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == MAX_DEPTH {
            return Err(Error::Answer(format!("the answer has values that are nested more than {MAX_DEPTH} times")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads the only member of a structure, whose element is this one.
    fn only_member(&mut self, element: &Element<'x>, id: ShapeId, writer: &mut Writer) -> Result<(), Error> {
        let found = self.structure(id).and_then(|(structure, names)| Some((structure, names.find(element.name())?)));
        let Some((structure, at)) = found else { return self.elements.skip(element) };
        let mark = writer.field(at);
        let is_set = self.value(element, &structure.members[at].target, writer)?;
        // An absent location of a bucket means us-east-1, and scripts test for it.
        if !is_set || writer.ends_with_empty_text() {
            writer.remove(mark);
        }
        Ok(())
    }

    fn structure(&self, id: ShapeId) -> Option<(&'static Structure, &'s super::Names)> {
        Some((self.schemas.shape(id).as_structure()?, self.schemas.xml_names(id)?))
    }

    /// Reads the members of a structure.
    fn members(&mut self, element: &Element<'x>, id: ShapeId, writer: &mut Writer) -> Result<(), Error> {
        let Some((structure, names)) = self.structure(id) else { return self.elements.skip(element) };
        for &at in names.attributes() {
            let member = &structure.members[at];
            if let Some(text) = element.attribute(member.wire_name)? {
                let mark = writer.field(at);
                if !scalar(self.schemas.shape(member.target.target), &text, writer)? {
                    writer.remove(mark);
                }
            }
        }
        let mut flattened = Flattened::default();
        while let Some(child) = self.elements.child(element)? {
            let Some(at) = names.find(child.name()) else {
                self.elements.skip(&child)?;
                continue;
            };
            let to = &structure.members[at].target;
            match &self.schemas.shape(to.target).kind {
                Kind::List { item, .. } if to.flattened => {
                    let items = flattened.collection(at, Writer::begin_list);
                    self.within(|this| this.value(&child, item, items))?;
                }
                Kind::Map { key, value, .. } if to.flattened => {
                    let entries = flattened.collection(at, Writer::begin_map);
                    self.within(|this| this.entry(&child, key, value, entries))?;
                }
                _ => {
                    let mark = writer.field(at);
                    if !self.value(&child, to, writer)? {
                        writer.remove(mark);
                    }
                }
            }
        }
        flattened.write(writer);
        Ok(())
    }

    /// Reads a value. Returns false after a null, which is what an element without content has instead of a number.
    fn value(&mut self, element: &Element<'x>, to: &Reference, writer: &mut Writer) -> Result<bool, Error> {
        let shape = self.schemas.shape(to.target);
        match &shape.kind {
            Kind::Structure(_) => {
                let mark = writer.begin_structure();
                self.within(|this| this.members(element, shape.id, writer))?;
                writer.end(mark);
            }
            Kind::List { item, .. } => {
                let mark = writer.begin_list();
                self.within(|this| this.items(element, item, writer))?;
                writer.end(mark);
            }
            Kind::Map { key, value, .. } => {
                let mark = writer.begin_map();
                self.within(|this| this.entries(element, key, value, writer))?;
                writer.end(mark);
            }
            _ => return scalar(shape, &self.elements.text(element)?, writer),
        }
        Ok(true)
    }

    /// Reads the items of a list. All children are items, under any name.
    fn items(&mut self, element: &Element<'x>, item: &Reference, writer: &mut Writer) -> Result<(), Error> {
        while let Some(child) = self.elements.child(element)? {
            self.value(&child, item, writer)?;
        }
        Ok(())
    }

    fn entries(
        &mut self,
        element: &Element<'x>,
        key: &Reference,
        value: &Reference,
        writer: &mut Writer,
    ) -> Result<(), Error> {
        while let Some(entry) = self.elements.child(element)? {
            self.entry(&entry, key, value, writer)?;
        }
        Ok(())
    }

    /// Reads an entry of a map. One that lacks its key or its value is skipped.
    fn entry(
        &mut self,
        entry: &Element<'x>,
        key: &Reference,
        value: &Reference,
        writer: &mut Writer,
    ) -> Result<(), Error> {
        let (key_name, value_name) = (key.wire_name.unwrap_or("key"), value.wire_name.unwrap_or("value"));
        // The value can come first.
        let (mut key, mut content) = (None, None);
        while let Some(child) = self.elements.child(entry)? {
            if child.name() == key_name {
                key = Some(self.elements.text(&child)?);
            } else if child.name() == value_name {
                self.value(&child, value, content.insert(Writer::default()))?;
            } else {
                self.elements.skip(&child)?;
            }
        }
        if let (Some(key), Some(content)) = (key, content) {
            writer.key(&key);
            writer.append(&content);
        }
        Ok(())
    }
}

/// The flattened lists and maps of a structure. Their items can stand between other members.
#[derive(Default)]
struct Flattened(Vec<(usize, Mark, Writer)>);

impl Flattened {
    /// Returns the writer of a member's items.
    fn collection(&mut self, member: usize, begin: fn(&mut Writer) -> Mark) -> &mut Writer {
        let at = self.0.iter().position(|(at, ..)| *at == member).unwrap_or_else(|| {
            let mut writer = Writer::default();
            self.0.push((member, begin(&mut writer), writer));
            self.0.len() - 1
        });
        &mut self.0[at].2
    }

    fn write(self, writer: &mut Writer) {
        for (member, begin, mut content) in self.0 {
            content.end(begin);
            writer.field(member);
            writer.append(&content);
        }
    }
}

/// Writes a scalar. Returns false after a null.
fn scalar(shape: &Shape, text: &str, writer: &mut Writer) -> Result<bool, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Answer(format!("{} cannot be read: {error}", shape.name));
    match &shape.kind {
        Kind::String { .. } => writer.text(text),
        Kind::Blob => writer.blob(&base64::decode(text).map_err(|error| wrong(&error))?),
        _ => {
            let value = scalars::parsed(shape, text).map_err(|error| Error::Answer(error.to_string()))?;
            writer.value(&value);
            return Ok(!value.is_nil());
        }
    }
    Ok(true)
}
