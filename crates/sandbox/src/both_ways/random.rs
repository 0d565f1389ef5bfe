//! Random values along a model.

use std::collections::BTreeSet;

use jiff::Timestamp;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Reference, Service, ShapeId, Structure};

/// A field of a structure.
pub(crate) type Place = (ShapeId, usize);

/// Makes values of structures.
pub(crate) struct Generator {
    service: &'static Service,
    random: fastrand::Rng,
    /// Which optional fields are set.
    pub(crate) fields: Fields,
    /// The fields that have been set.
    pub(crate) set: BTreeSet<Place>,
    /// The structures around the value that is being made.
    around: Vec<ShapeId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fields {
    All,
    /// Those that are no booleans and no numbers.
    NoScalars,
    /// Half of them, by chance.
    Half,
    /// Only fields that are not optional.
    Required,
}

const TEXTS: [&str; 8] =
    ["plain", "two words", "a&b=c d", "<tag attr=\"1\">", "it's", "Grüße ☃", "line\nline", "{\"k\": [1, \"%41\"]}"];

impl Generator {
    pub(crate) fn new(service: &'static Service, seed: u64) -> Generator {
        let random = fastrand::Rng::with_seed(seed);
        Generator { service, random, fields: Fields::All, set: BTreeSet::new(), around: Vec::new() }
    }

    pub(crate) fn structure(&mut self, id: ShapeId) -> Map {
        let Some(structure) = self.service.shape(id).as_structure() else { return Map::default() };
        let is_within_itself = self.around.contains(&id);
        self.around.push(id);
        let chosen = structure.union.then(|| self.member_of_union(id, structure));
        let mut fields = Map::default();
        for (at, member) in structure.members.iter().enumerate() {
            let is_set = match chosen {
                Some(chosen) => chosen == at,
                None => {
                    member.required
                        || member.idempotency_token
                        || !is_within_itself && self.sets_optional(member.target.target)
                }
            };
            if is_set {
                self.set.insert((id, at));
                fields.set(&member.name, self.value(&member.target));
            }
        }
        self.around.pop();
        fields
    }

    fn sets_optional(&mut self, id: ShapeId) -> bool {
        match self.fields {
            Fields::All => true,
            Fields::NoScalars => !matches!(
                self.service.shape(id).kind,
                Kind::Boolean | Kind::Integer | Kind::Long | Kind::Float | Kind::Double
            ),
            Fields::Half => self.random.bool(),
            Fields::Required => false,
        }
    }

    /// Takes each member in turn.
    fn member_of_union(&mut self, id: ShapeId, structure: &Structure) -> usize {
        let unset = (0..structure.members.len()).find(|at| !self.set.contains(&(id, *at)));
        unset.unwrap_or_else(|| self.random.usize(..structure.members.len()))
    }

    fn value(&mut self, to: &Reference) -> Value {
        let shape = self.service.shape(to.target);
        match &shape.kind {
            Kind::Structure(_) => Value::Map(self.structure(to.target)),
            Kind::List { item, .. } => Value::List((0..self.count()).map(|_| self.value(item)).collect()),
            Kind::Map { key, value, .. } => {
                let mut entries = Map::default();
                for _ in 0..self.count() {
                    let Value::String(key) = self.value(key) else { panic!("the keys of {} are no texts", shape.name) };
                    entries.set(&key, self.value(value));
                }
                Value::Map(entries)
            }
            Kind::String { values } if values.is_empty() => (*self.one_of(&TEXTS)).into(),
            Kind::String { values } => Value::from(&**self.one_of(values)),
            Kind::Integer => Value::Integer(*self.one_of(&[0, 1, -5, 2_147_483_647])),
            Kind::Long => Value::Integer(*self.one_of(&[0, 7, -9_007_199_254_740_993, i64::MAX])),
            Kind::Float | Kind::Double => Value::Float(*self.one_of(&[0.05, 1.5, -0.25, 100.0])),
            Kind::Boolean => Value::Bool(self.random.bool()),
            Kind::Timestamp(_) => {
                let milliseconds = *self.one_of(&[1_709_213_831_000, 1_709_213_831_125]);
                Value::Time(Timestamp::from_millisecond(milliseconds).unwrap())
            }
            Kind::Blob => Value::from_bytes(self.one_of(&[&b"bytes"[..], b"\x00\xff\xfe"]).to_vec()),
            Kind::Document => panic!("{} is a document, for which there is no random value", shape.name),
        }
    }

    /// Returns how many items a list has.
    fn count(&mut self) -> usize {
        match self.fields {
            Fields::Half => self.random.usize(1..=2),
            Fields::All | Fields::NoScalars | Fields::Required => 1,
        }
    }

    fn one_of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.random.usize(..values.len())]
    }
}

/// Returns the fields of a structure and of all structures in it.
pub(crate) fn places(service: &Service, root: ShapeId) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    let mut left = vec![root];
    let mut seen = BTreeSet::from([root]);
    while let Some(id) = left.pop() {
        let targets: Vec<ShapeId> = match &service.shape(id).kind {
            Kind::Structure(structure) => {
                places.extend((0..structure.members.len()).map(|at| (id, at)));
                structure.members.iter().map(|member| member.target.target).collect()
            }
            Kind::List { item, .. } => vec![item.target],
            Kind::Map { value, .. } => vec![value.target],
            _ => Vec::new(),
        };
        left.extend(targets.into_iter().filter(|id| seen.insert(*id)));
    }
    places
}
