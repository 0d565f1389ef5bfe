//! The shapes of a model as the shapes of this program.

use std::sync::OnceLock;

use moonfleet_core::{Enumeration, Field, Shape, ShapeRef, ShapeSource, Type, kept};
use moonfleet_models::{Kind, Member, Operation, Reference, Service, ShapeId, Structure};

use super::operation::DOWNLOAD_TO;

/// Structures of which exactly one field is set, although botocore's models do not say so; AWS's own do.
const UNIONS: [(&str, &str); 2] = [("dynamodb", "AttributeValue"), ("dynamodbstreams", "AttributeValue")];

/// The ends of names of personal data. The models mark it as sensitive too, so that clients keep it out of logs; but the
/// name of an account is what people list accounts for. Answers show it.
const PERSONAL: [&str; 8] =
    ["name", "email", "email_address", "description", "comment", "title", "phone", "phone_number"];

/// Parts of names that are no personal data but credentials.
const CREDENTIALS: [&str; 5] = ["credential", "key", "password", "secret", "token"];

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

    /// Whether the answers of an operation are streams of bytes, which can become files.
    pub(crate) fn is_download(&self, operation: &Operation) -> bool {
        let output = operation.output.and_then(|id| self.service.shape(id).as_structure());
        output.is_some_and(|output| is_stream_of_bytes(self.service, output))
    }

    /// Returns the input of an operation whose answer can become a file.
    pub(crate) fn of_download_input(&'static self, id: Option<ShapeId>) -> Shape {
        let shape = id.map(|id| self.service.shape(id));
        let members = shape.and_then(|shape| shape.as_structure()).map_or(&[][..], |structure| &structure.members);
        let fields = members.iter().map(|member| self.field(member, Direction::Input));
        let fields: Vec<Field> = fields.chain([Field::new(DOWNLOAD_TO, Type::String)]).collect();
        Shape { name: shape.map_or("Input", |shape| shape.name), fields: fields.leak(), is_union: false }
    }

    fn structure(&'static self, name: &'static str, structure: &'static Structure, direction: Direction) -> Shape {
        let is_download = direction == Direction::Output && is_stream_of_bytes(self.service, structure);
        let file =
            is_download.then(|| Field::new(DOWNLOADED_FILE, Type::Structure(ShapeRef::Declared(downloaded_file))));
        let fields = structure.members.iter().map(|member| self.field(member, direction));
        let fields: Vec<Field> = fields.chain(file).collect();
        let is_union = structure.union || UNIONS.contains(&(self.service.cli_name, name));
        Shape { name, fields: fields.leak(), is_union }
    }

    fn field(&'static self, member: &'static Member, direction: Direction) -> Field {
        let mut field = Field::new(&member.name, self.ty(&member.target, direction));
        field.required = member.required;
        field.idempotency_token = member.idempotency_token;
        field.is_stream = member.streaming && matches!(field.ty, Type::Blob);
        let is_shown = direction == Direction::Output && is_personal(&member.name);
        field.secret = self.is_sensitive(&member.target) && !is_shown;
        field
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

/// Whether a message is a stream of bytes with fields beside it.
fn is_stream_of_bytes(service: &Service, message: &Structure) -> bool {
    let payload = message.payload.map(|at| &message.members[at]);
    payload.is_some_and(|member| member.streaming && matches!(service.shape(member.target.target).kind, Kind::Blob))
}

/// The field of an answer that tells of the file with its bytes.
pub const DOWNLOADED_FILE: &str = "file";

/// The shape of [`DOWNLOADED_FILE`].
fn downloaded_file() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    Shape::kept(&SHAPE, || Shape {
        name: "DownloadedFile",
        fields: kept([Field::new("path", Type::String), Field::new("bytes", Type::Long)]),
        is_union: false,
    })
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
