//! The shapes of a model as the shapes of this program.

use std::sync::OnceLock;

use moonfleet_core::{Enumeration, Field, Shape, ShapeRef, ShapeSource, TextForm, Type, kept};
use moonfleet_models::{Kind, Member, Reference, Service, ShapeId, Structure};

/// Structures of which exactly one field is set, although botocore's models do not say so; AWS's own do.
const UNIONS: [(&str, &str); 2] = [("dynamodb", "AttributeValue"), ("dynamodbstreams", "AttributeValue")];

/// The ends of names of personal data. The models mark it as sensitive too, so that clients keep it out of logs; but the
/// name of an account is what people list accounts for. Answers show it.
const PERSONAL: [&str; 8] =
    ["name", "email", "email_address", "description", "comment", "title", "phone", "phone_number"];

/// Parts of names that are no personal data but credentials.
const CREDENTIALS: [&str; 5] = ["credential", "key", "password", "secret", "token"];

/// The names of fields that hold a policy in JSON. Scripts may give a table for the text.
const POLICIES: [&str; 8] = [
    "access_policies",
    "access_policy",
    "assume_role_policy_document",
    "lifecycle_policy_text",
    "policy",
    "policy_document",
    "policy_text",
    "resource_policy",
];

/// Fields of inputs that the service takes in Base64, and scripts give as they are: service, structure, field.
const SENT_AS_BASE64: [(&str, &str, &str); 1] = [("autoscaling", "CreateLaunchConfigurationType", "user_data")];

/// Whether a message is sent or received.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Direction {
    Input,
    Output,
}

/// The structures of a service, each made when it is first followed.
pub(crate) struct Shapes {
    pub(crate) service: &'static Service,
    /// For each shape that of inputs and that of outputs.
    made: Box<[[OnceLock<Shape>; 2]]>,
}

impl Shapes {
    pub(crate) fn of(service: &'static Service) -> Self {
        Shapes { service, made: (0..service.shape_count()).map(|_| Default::default()).collect() }
    }

    /// Returns the shape of an operation's input or output, which can have none.
    pub(crate) fn of_message(&'static self, id: Option<ShapeId>, direction: Direction) -> &'static Shape {
        static EMPTY: Shape = Shape { name: "Empty", fields: &[], is_union: false };
        id.map_or(&EMPTY, |id| self.shape(index(id, direction)))
    }

    fn structure(&'static self, name: &'static str, structure: &'static Structure, direction: Direction) -> Shape {
        let fields: Vec<Field> = structure.members.iter().map(|member| self.field(name, member, direction)).collect();
        let is_union = structure.union || UNIONS.contains(&(self.service.cli_name, name));
        Shape { name, fields: fields.leak(), is_union }
    }

    fn field(&'static self, of: &'static str, member: &'static Member, direction: Direction) -> Field {
        let mut field = Field::new(&member.name, self.ty(&member.target, direction));
        field.required = member.required;
        field.idempotency_token = member.idempotency_token;
        field.text_form = self.text_form(of, &field);
        let is_shown = direction == Direction::Output && is_personal(&member.name);
        field.secret = self.is_sensitive(&member.target) && !is_shown;
        field
    }

    /// Returns the form of a text that AWS's own tools convert.
    fn text_form(&self, of: &str, field: &Field) -> TextForm {
        match field.ty {
            Type::String if SENT_AS_BASE64.contains(&(self.service.cli_name, of, field.name())) => {
                TextForm::SentAsBase64
            }
            Type::String if POLICIES.contains(&field.name()) => TextForm::Policy,
            _ => TextForm::Plain,
        }
    }

    /// Whether the model marks a value, or the items of a list or a map, as sensitive.
    fn is_sensitive(&self, to: &Reference) -> bool {
        let shape = self.service.shape(to.target);
        let items_are = match &shape.kind {
            Kind::List { item, .. } => self.is_sensitive(item),
            Kind::Map { key, value, .. } => self.is_sensitive(key) || self.is_sensitive(value),
            _ => false,
        };
        shape.sensitive || items_are
    }

    fn ty(&'static self, to: &'static Reference, direction: Direction) -> Type {
        let shape = self.service.shape(to.target);
        match &shape.kind {
            Kind::Structure(_) => Type::Structure(ShapeRef::Model(self, index(to.target, direction))),
            Kind::List { item, .. } => Type::List(&kept([self.ty(item, direction)])[0]),
            Kind::Map { value, .. } => Type::Map(&kept([self.ty(value, direction)])[0]),
            // Scripts give and read the value that the text holds.
            Kind::String { .. } if to.json_value => Type::Document,
            Kind::String { values } if values.is_empty() => Type::String,
            Kind::String { values } => {
                let values: Vec<&'static str> = values.iter().map(|value| &**value).collect();
                Type::Enumeration(&kept([Enumeration { name: shape.name, values: values.leak() }])[0])
            }
            Kind::Integer => Type::Integer,
            Kind::Long => Type::Long,
            Kind::Float | Kind::Double => Type::Number,
            Kind::Boolean => Type::Bool,
            Kind::Timestamp(_) => Type::Timestamp,
            Kind::Blob => Type::Blob,
            Kind::Document => Type::Document,
        }
    }
}

/// Returns the index of a shape in one direction.
fn index(id: ShapeId, direction: Direction) -> u32 {
    id.0 * 2 + direction as u32
}

fn is_personal(name: &str) -> bool {
    PERSONAL.iter().any(|end| name.ends_with(end)) && !CREDENTIALS.iter().any(|part| name.contains(part))
}

impl ShapeSource for Shapes {
    fn shape(&'static self, index: u32) -> &'static Shape {
        let direction = if index.is_multiple_of(2) { Direction::Input } else { Direction::Output };
        let id = ShapeId(index / 2);
        self.made[id.index()][direction as usize].get_or_init(|| {
            let shape = self.service.shape(id);
            let structure = shape.as_structure().expect("only structures are followed");
            self.structure(shape.name, structure, direction)
        })
    }
}
