//! The declarations of types: names, fields, required fields and secret fields. Checks, help,
//! completion and conversion read them. They contain no values.

/// The type of a field, as a caller sees it.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    Bool,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Long,
    Number,
    String,
    Timestamp,
    Blob,
    Enumeration(&'static Enumeration),
    Structure(ShapeRef),
    List(&'static Type),
    /// A map from strings to values of the type.
    Map(&'static Type),
    /// Any value that JSON can express.
    Document,
}

/// A reference to a shape of a source, by its index. The shape is made when it is first followed: some structures hold
/// themselves.
#[derive(Clone, Copy)]
pub struct ShapeRef(pub &'static dyn ShapeSource, pub u32);

/// Shapes that are made from a model.
pub trait ShapeSource: Sync {
    /// Returns the same shape for the same index.
    fn shape(&'static self, index: u32) -> &'static Shape;
}

impl ShapeRef {
    pub fn get(self) -> &'static Shape {
        self.0.shape(self.1)
    }
}

impl std::fmt::Debug for ShapeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.get().name)
    }
}

#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    pub fields: &'static [Field],
    /// Exactly one field is set.
    pub is_union: bool,
}

#[derive(Debug)]
pub struct Field {
    pub(crate) name: &'static str,
    pub ty: Type,
    pub required: bool,
    /// The texts in the field are secret, with the exceptions of [`Shape::hides`].
    pub secret: bool,
    /// The service executes requests with the same token in this field only once.
    pub idempotency_token: bool,
    /// How the text in the field differs between scripts and requests.
    pub text_form: TextForm,
    /// The bytes are the body of a message, and need not be in memory as a whole.
    pub is_stream: bool,
}

/// The form of a text that AWS's own tools convert, or that the service takes in one form only. The rows of
/// the bindings (`model/corrections/text_forms.rs`) give the reason for each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Scripts and requests have the same text.
    Plain,
    /// Scripts give any text or bytes, requests have them in Base64.
    SentAsBase64,
    /// Scripts give Base64; the service refuses everything else.
    Base64,
    /// Answers have Base64, scripts read the text.
    ReadFromBase64,
    /// A policy in JSON. Scripts give text or a table. Answers can be percent-encoded, scripts read JSON.
    Policy,
    /// Answers leave an empty text out.
    AbsentIfEmpty,
}

#[derive(Debug)]
pub struct Enumeration {
    pub name: &'static str,
    /// The values that the model knows. Services may add others before the model does.
    pub values: &'static [&'static str],
}

/// Structures whose lists are written as maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pairs {
    /// `{key, value}`, such as tags. Inputs and answers are maps.
    KeyValue { key: &'static str, value: &'static str },
    /// `{name, values}` under other names, such as filters and targets. Inputs may be maps.
    KeyValues { key: &'static str, values: &'static str },
}

/// The names of the fields of tags, and of attributes and parameters of the same form.
const TAG_NAMES: [(&str, &str); 2] = [("key", "value"), ("tag_key", "tag_value")];

/// Structures with a key and a value whose lists are no maps: a key can be there twice, or the order counts.
pub const STAY_LISTS: [&str; 19] = [
    // Headers and properties of messages can be repeated.
    "CustomHttpHeader",
    "HttpActionHeader",
    "KafkaActionHeader",
    "MskHeader",
    "UserProperty",
    // Conditions: the same key with several values.
    "AmiTagFilter",
    "ContainerAttribute",
    "ListServiceInstancesFilter",
    "QueryStringKeyValuePair",
    "ResourceGroupTag",
    "ScanConditionPair",
    "SearchResourcesTagCriterionPair",
    "TagCondition",
    "TagCriterionPairForJob",
    "TagValuePair",
    "VisibilityConditions",
    // The order counts.
    "JsonFormatRef",
    "ListKeysResponseListItem",
    "PhysicalResourceIdContextKeyValuePair",
];

/// The names of the fields of filters and targets.
const FILTER_KEYS: [&str; 6] = ["name", "key", "tag_key", "key_name", "filter_name", "filter_key"];
const FILTER_VALUES: [&str; 7] =
    ["values", "value", "value_set", "value_list", "tag_values", "filter_value", "filter_values"];

/// Keeps parts of a shape until the process ends. Each shape is made once, which bounds the memory.
pub fn kept<T, const N: usize>(values: [T; N]) -> &'static [T] {
    Box::leak(Box::new(values))
}

impl Shape {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.index(name).map(|at| &self.fields[at])
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name() == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.fields.iter().map(Field::name)
    }

    /// Whether the value of a field is secret, which can depend on another field: `other` returns
    /// the value of a field by name.
    ///
    /// Systems Manager's model marks the values of all parameters as sensitive, but only those of
    /// the type SecureString are: the name of an AMI or a list of subnets is no secret. A value
    /// without a type, for example the new value of an existing parameter, may be secret.
    pub fn hides<'a>(&self, field: &Field, other: impl FnOnce(&str) -> Option<&'a str>) -> bool {
        const TYPE: &str = "type";
        let is_typed =
            matches!(self.field(TYPE), Some(Field { ty: Type::Enumeration(e), .. }) if e.name == "ParameterType");
        field.secret && !(is_typed && matches!(other(TYPE), Some("String" | "StringList")))
    }

    /// Whether a field is secret, or contains a secret field.
    pub fn holds_secrets(&'static self) -> bool {
        let mut seen: Vec<&'static Shape> = Vec::new();
        let mut left = vec![self];
        while let Some(shape) = left.pop() {
            // Some structures contain themselves.
            if seen.iter().any(|known| std::ptr::eq(*known, shape)) {
                continue;
            }
            if shape.fields.iter().any(|field| field.secret) {
                return true;
            }
            seen.push(shape);
            left.extend(shape.fields.iter().filter_map(|field| field.ty.structure()));
        }
        false
    }

    /// Returns the form in which a list of this structure is written as a map; `None` for other
    /// structures.
    pub fn pairs(&self) -> Option<Pairs> {
        let [key, value] = self.fields else { return None };
        let names = (key.name(), value.name());
        match (key.ty, value.ty) {
            (Type::String | Type::Enumeration(_), Type::String)
                if TAG_NAMES.contains(&names) && !STAY_LISTS.contains(&self.name) =>
            {
                Some(Pairs::KeyValue { key: names.0, value: names.1 })
            }
            (Type::String | Type::Enumeration(_), Type::List(Type::String | Type::Enumeration(_)))
                if FILTER_KEYS.contains(&names.0) && FILTER_VALUES.contains(&names.1) =>
            {
                Some(Pairs::KeyValues { key: names.0, values: names.1 })
            }
            _ => None,
        }
    }

    /// Whether this is the union that DynamoDB's items are made of. Scripts have plain values for it.
    pub fn is_attribute_value(&self) -> bool {
        const MEMBERS: [&str; 10] = ["s", "n", "b", "ss", "ns", "bs", "m", "l", "null", "bool"];
        self.is_union && self.fields.len() == MEMBERS.len() && MEMBERS.iter().all(|name| self.field(name).is_some())
    }
}

impl Field {
    pub fn new(name: &'static str, ty: Type) -> Self {
        Field {
            name,
            ty,
            required: false,
            secret: false,
            idempotency_token: false,
            text_form: TextForm::Plain,
            is_stream: false,
        }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl Type {
    /// Returns the structure of the values, or of their elements; `None` for other types.
    pub fn structure(&self) -> Option<&'static Shape> {
        match self {
            Type::Structure(shape) => Some(shape.get()),
            Type::List(item) | Type::Map(item) => item.structure(),
            _ => None,
        }
    }

    /// Returns the structure if this type is a list that is written as a map.
    pub fn pairs(&self) -> Option<(&'static Shape, Pairs)> {
        match self {
            Type::List(Type::Structure(shape)) => shape.get().pairs().map(|pairs| (shape.get(), pairs)),
            _ => None,
        }
    }
}

/// Writes the name of a type for messages.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Bool => f.write_str("boolean"),
            Type::Integer | Type::Long => f.write_str("integer"),
            Type::Number => f.write_str("number"),
            Type::String | Type::Enumeration(_) => f.write_str("string"),
            Type::Timestamp => f.write_str("time"),
            Type::Blob => f.write_str("binary string"),
            Type::Structure(shape) if shape.get().is_attribute_value() => f.write_str("value"),
            Type::Structure(shape) => write!(f, "table ({})", shape.get().name),
            Type::List(Type::Structure(shape)) if shape.get().is_attribute_value() => f.write_str("list of values"),
            Type::List(Type::Structure(shape)) => write!(f, "list of {}", shape.get().name),
            Type::List(item) => write!(f, "list of {item}s"),
            Type::Map(value) => write!(f, "table of {value}s by name"),
            Type::Document => f.write_str("any value"),
        }
    }
}
