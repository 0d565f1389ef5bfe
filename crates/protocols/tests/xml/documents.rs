//! Random documents with the members of a structure.

use fastrand::Rng;
use moonfleet_models::{Kind, Location, Reference, Service, Shape, ShapeId};

/// Structures that hold themselves end here.
const MAX_DEPTH: usize = 6;
/// The most members that a structure gets.
const MAX_MEMBERS: usize = 12;

const TEXTS: &[&str] =
    &["a", "", " ", "i-0123456789abcdef0", "a b", "x &lt;&amp;&gt; y", "&#65;&#x1F600;", "Zürich – 東京", "\n  two\n"];
const TIMES: &[&str] = &["2026-10-14T00:22:51.000Z", "2026-10-14T00:22:51Z", "1999-12-31T23:59:59.123Z"];

/// Makes documents. Each seed gives the same ones.
pub(crate) struct Documents {
    service: &'static Service,
    random: Rng,
    /// The prefix of all names.
    prefix: &'static str,
}

impl Documents {
    pub(crate) fn new(service: &'static Service, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let prefix = if random.bool() { "" } else { "ns:" };
        Documents { service, random, prefix }
    }

    /// Returns a structure as an element of this name.
    pub(crate) fn structure(&mut self, name: &str, id: ShapeId) -> String {
        self.structure_at(name, id, 0)
    }

    fn structure_at(&mut self, name: &str, id: ShapeId, depth: usize) -> String {
        let shape = self.service.shape(id);
        let Some(structure) = shape.as_structure() else { panic!("{} is no structure", shape.name) };
        let mut attributes = String::new();
        let mut children = Vec::new();
        let in_body = |member: &moonfleet_models::Member| {
            member.location == Location::Body && !member.streaming && !member.event_header
        };
        let mut members: Vec<_> = structure.members.iter().filter(|member| in_body(member)).collect();
        self.random.shuffle(&mut members);
        for member in members.into_iter().take(MAX_MEMBERS) {
            let to = &member.target;
            match &self.service.shape(to.target).kind {
                _ if member.xml_attribute => {
                    let value = self.one_of(&["", "Group", "a b", "&#65;&lt;&quot;"]);
                    attributes += &format!(" {}=\"{value}\"", member.wire_name);
                }
                Kind::List { item, .. } if to.flattened => {
                    for _ in 0..self.random.usize(0..4) {
                        children.push(self.value(item.wire_name.unwrap_or(member.wire_name), item, depth + 1));
                    }
                }
                Kind::Map { key, value, .. } if to.flattened => {
                    for _ in 0..self.random.usize(0..4) {
                        children.push(self.entry(member.wire_name, key, value, depth + 1));
                    }
                }
                _ => children.push(self.value(member.wire_name, to, depth + 1)),
            }
        }
        if self.random.u8(0..4) == 0 {
            children.push(self.element("Unknown", "", "<Deep/>x &amp; y<Deep><Deeper>1</Deeper></Deep>"));
        }
        // The items of flattened lists stand between other members.
        self.random.shuffle(&mut children);
        self.element(name, &attributes, &self.spaced(&children))
    }

    fn value(&mut self, name: &str, to: &Reference, depth: usize) -> String {
        let shape = self.service.shape(to.target);
        let count = if depth < MAX_DEPTH { self.random.usize(0..3) } else { 0 };
        match &shape.kind {
            Kind::Structure(_) if depth >= MAX_DEPTH => self.element(name, "", ""),
            Kind::Structure(_) => self.structure_at(name, to.target, depth),
            Kind::List { item, .. } => {
                let item_name = item.wire_name.unwrap_or("member");
                let items: Vec<_> = (0..count).map(|_| self.value(item_name, item, depth + 1)).collect();
                self.element(name, "", &self.spaced(&items))
            }
            Kind::Map { key, value, .. } => {
                let entries: Vec<_> = (0..count).map(|_| self.entry("entry", key, value, depth + 1)).collect();
                self.element(name, "", &self.spaced(&entries))
            }
            _ => {
                let text = self.scalar(shape);
                self.element(name, "", &text)
            }
        }
    }

    fn entry(&mut self, name: &str, key: &Reference, value: &Reference, depth: usize) -> String {
        let number = self.random.u8(..);
        let key = self.element(key.wire_name.unwrap_or("key"), "", &format!("k{number}"));
        let value = self.value(value.wire_name.unwrap_or("value"), value, depth);
        let sides = if self.random.bool() { [key, value] } else { [value, key] };
        self.element(name, "", &self.spaced(&sides))
    }

    /// Returns a value of a scalar type. It can be without content.
    fn scalar(&mut self, shape: &Shape) -> String {
        if self.random.u8(0..10) == 0 {
            return String::new();
        }
        match &shape.kind {
            Kind::Boolean => self.random.bool().to_string(),
            Kind::Integer => self.random.i32(..).to_string(),
            Kind::Long => self.random.i64(..).to_string(),
            Kind::Float | Kind::Double => format!("{}", f64::from(self.random.i32(-4000..4000)) / 8.0),
            Kind::Timestamp(_) => self.one_of(TIMES).to_owned(),
            Kind::Blob => "aGVsbG8=".to_owned(),
            _ => self.one_of(TEXTS).to_owned(),
        }
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.random.usize(0..texts.len())]
    }

    fn element(&self, name: &str, attributes: &str, content: &str) -> String {
        let prefix = self.prefix;
        match content {
            "" => format!("<{prefix}{name}{attributes}/>"),
            _ => format!("<{prefix}{name}{attributes}>{content}</{prefix}{name}>"),
        }
    }

    fn spaced(&self, children: &[String]) -> String {
        match self.prefix {
            "" => children.concat(),
            _ => children.iter().map(|child| format!("\n  {child}")).collect(),
        }
    }
}
