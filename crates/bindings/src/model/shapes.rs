//! The shapes of a model as the shapes of this program.

use std::sync::OnceLock;

use moonfleet_core::{Enumeration, Field, Shape, ShapeRef, ShapeSource, Type, kept};
use moonfleet_models::{Kind, Member, Operation, Reference, Service, Shape as Model, ShapeId, Structure, secrets};

use super::corrections;

/// Structures of which exactly one field is set, although botocore's models do not say so; AWS's own do.
const UNIONS: [(&str, &str); 2] = [("dynamodb", "AttributeValue"), ("dynamodbstreams", "AttributeValue")];

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

    /// Returns the shape of an operation's input; a new one for each call if its answer can become a file.
    pub(crate) fn input(&'static self, operation: &Operation) -> &'static Shape {
        let id = operation.input.as_ref().map(|input| input.target);
        let output = operation.output.and_then(|id| self.service.shape(id).as_structure());
        match output.is_some_and(|output| is_stream_of_bytes(self.service, output)) {
            true => self.download_input(id),
            false => self.of_message(id, Direction::Input),
        }
    }

    pub(crate) fn output(&'static self, operation: &Operation) -> &'static Shape {
        self.of_message(operation.output, Direction::Output)
    }

    /// Returns the shape of an operation's input or output, which can have none.
    fn of_message(&'static self, id: Option<ShapeId>, direction: Direction) -> &'static Shape {
        static EMPTY: Shape = Shape { name: "Empty", fields: &[], is_union: false };
        id.map_or(&EMPTY, |id| self.shape(index(id, direction)))
    }

    fn structure(&'static self, model: &'static Model, direction: Direction) -> Shape {
        let structure = model.as_structure().expect("only structures are followed");
        let is_download = direction == Direction::Output && is_stream_of_bytes(self.service, structure);
        let file = is_download.then(|| Field::new(DOWNLOADED_FILE, Type::Structure(ShapeRef(&DownloadedFile, 0))));
        let fields = structure.members.iter().map(|member| self.field(model, member, direction));
        let fields: Vec<Field> = fields.chain(file).collect();
        let is_union = structure.union || UNIONS.contains(&(self.service.cli_name, model.name));
        Shape { name: model.name, fields: fields.leak(), is_union }
    }

    /// Makes the input of an operation whose answer can become a file.
    fn download_input(&'static self, id: Option<ShapeId>) -> &'static Shape {
        let model = id.map(|id| self.service.shape(id));
        let members = model.and_then(|model| Some((model, model.as_structure()?)));
        let own = members.into_iter().flat_map(|(model, structure)| {
            structure.members.iter().map(move |member| self.field(model, member, Direction::Input))
        });
        let fields: Vec<Field> = own.chain([Field::new(DOWNLOAD_TO, Type::String)]).collect();
        &kept([Shape { name: model.map_or("Input", |model| model.name), fields: fields.leak(), is_union: false }])[0]
    }

    fn field(&'static self, of: &'static Model, member: &'static Member, direction: Direction) -> Field {
        let mut field = Field::new(&member.name, self.ty(&member.target, direction));
        field.required = member.required;
        field.idempotency_token = member.idempotency_token;
        field.is_stream = member.streaming && matches!(field.ty, Type::Blob);
        field.secret = secrets::is_secret(self.service, of.name, member, direction == Direction::Output);
        corrections::correct(self.service, of, &mut field);
        field
    }

    fn ty(&'static self, to: &'static Reference, direction: Direction) -> Type {
        let shape = self.service.shape(to.target);
        match &shape.kind {
            Kind::Structure(_) => Type::Structure(ShapeRef(self, index(to.target, direction))),
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

/// The parameter with the path of the file that gets the bytes of an answer.
pub const DOWNLOAD_TO: &str = "to";

/// The field of an answer that tells of the file with its bytes.
pub const DOWNLOADED_FILE: &str = "file";

/// The source of the shape of [`DOWNLOADED_FILE`].
struct DownloadedFile;

impl ShapeSource for DownloadedFile {
    fn shape(&'static self, _: u32) -> &'static Shape {
        static SHAPE: OnceLock<Shape> = OnceLock::new();
        SHAPE.get_or_init(|| Shape {
            name: "DownloadedFile",
            fields: kept([Field::new("path", Type::String), Field::new("bytes", Type::Long)]),
            is_union: false,
        })
    }
}

/// Returns the index of a shape in one direction.
fn index(id: ShapeId, direction: Direction) -> u32 {
    id.0 * 2 + direction as u32
}

impl ShapeSource for Shapes {
    fn shape(&'static self, index: u32) -> &'static Shape {
        let direction = if index.is_multiple_of(2) { Direction::Input } else { Direction::Output };
        let id = ShapeId(index / 2);
        self.made[id.index()][direction as usize].get_or_init(|| self.structure(self.service.shape(id), direction))
    }
}
