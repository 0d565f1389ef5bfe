//! What the declarations say of types: names, fields, what is required, what is secret.
//! Checks, help, completion and conversion read these; nothing here holds a value.

use std::sync::OnceLock;

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
    /// Behind a function, because some structures hold themselves.
    Structure(fn() -> &'static Shape),
    List(&'static Type),
    /// Text to values.
    Map(&'static Type),
}

#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    pub fields: &'static [Field],
    /// Exactly one field is there.
    pub is_union: bool,
}

#[derive(Debug)]
pub struct Field {
    /// As the declaration spells it, which for Rust's keywords is `r#type`.
    pub(crate) spelling: &'static str,
    pub ty: Type,
    pub required: bool,
    /// No text in it is for anybody's eyes, but see [`Shape::hides`].
    pub secret: bool,
    /// The service executes requests with the same token in this field only once.
    pub idempotency_token: bool,
}

#[derive(Debug)]
pub struct Enumeration {
    pub name: &'static str,
    /// What the SDK knows; services have others before the SDK learns of them.
    pub values: &'static [&'static str],
}

/// Lists of these structures are written as maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pairs {
    /// `{key, value}`: tags and their like; maps in both directions.
    KeyValue,
    /// `{name, values}` under whatever names: filters and targets; maps when given.
    KeyValues { key: &'static str, values: &'static str },
}

/// Keeps parts of a declaration until the process ends. Each declaration is made once, which bounds the memory.
pub fn kept<T, const N: usize>(values: [T; N]) -> &'static [T] {
    Box::leak(Box::new(values))
}

impl Enumeration {
    pub fn kept(at: &'static OnceLock<Enumeration>, make: fn() -> Enumeration) -> &'static Enumeration {
        at.get_or_init(make)
    }
}

impl Shape {
    /// Returns the shape kept at `at`; the first call makes it.
    pub fn kept(at: &'static OnceLock<Shape>, make: fn() -> Shape) -> &'static Shape {
        at.get_or_init(make)
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.index(name).map(|at| &self.fields[at])
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name() == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.fields.iter().map(Field::name)
    }

    /// Whether what stands in this field is secret, which can depend on what stands beside it.
    ///
    /// Systems Manager's model calls every parameter's value sensitive, because some are; which
    /// ones says their type. An AMI's name or a list of subnets is no secret. Where no type is
    /// given, as when a parameter gets another value, it may be one.
    pub fn hides<'a>(&self, field: &Field, beside: impl FnOnce(&str) -> Option<&'a str>) -> bool {
        const TYPE: &str = "type";
        let is_typed =
            matches!(self.field(TYPE), Some(Field { ty: Type::Enumeration(e), .. }) if e.name == "ParameterType");
        field.secret && !(is_typed && matches!(beside(TYPE), Some("String" | "StringList")))
    }

    /// Whether a secret is among the fields, or anywhere in them.
    pub fn holds_secrets(&'static self) -> bool {
        let mut seen: Vec<&'static Shape> = Vec::new();
        let mut left = vec![self];
        while let Some(shape) = left.pop() {
            // Some structures hold themselves.
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

    /// How a list of this structure may be written as a map.
    pub fn pairs(&self) -> Option<Pairs> {
        let [key, value] = self.fields else { return None };
        match (key.ty, value.ty) {
            (Type::String | Type::Enumeration(_), Type::String) if (key.name(), value.name()) == ("key", "value") => {
                Some(Pairs::KeyValue)
            }
            (Type::String | Type::Enumeration(_), Type::List(Type::String))
                if key.name().ends_with("name") || key.name().ends_with("key") =>
            {
                Some(Pairs::KeyValues { key: key.name(), values: value.name() })
            }
            _ => None,
        }
    }
}

impl Field {
    pub fn new(spelling: &'static str, ty: Type) -> Self {
        Field { spelling, ty, required: false, secret: false, idempotency_token: false }
    }

    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub fn idempotency_token(mut self) -> Self {
        self.idempotency_token = true;
        self
    }

    pub fn name(&self) -> &'static str {
        self.spelling.strip_prefix("r#").unwrap_or(self.spelling)
    }
}

impl Type {
    /// The structure that values of this type are, or are made of.
    pub fn structure(&self) -> Option<&'static Shape> {
        match self {
            Type::Structure(shape) => Some(shape()),
            Type::List(item) | Type::Map(item) => item.structure(),
            _ => None,
        }
    }

    /// The structure whose lists are written as maps, where this type is such a list.
    pub fn pairs(&self) -> Option<(&'static Shape, Pairs)> {
        match self {
            Type::List(Type::Structure(shape)) => shape().pairs().map(|pairs| (shape(), pairs)),
            _ => None,
        }
    }
}

/// What a message calls a type.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Bool => f.write_str("boolean"),
            Type::Integer | Type::Long => f.write_str("integer"),
            Type::Number => f.write_str("number"),
            Type::String | Type::Enumeration(_) => f.write_str("string"),
            Type::Timestamp => f.write_str("time"),
            Type::Blob => f.write_str("binary string"),
            Type::Structure(shape) => write!(f, "table ({})", shape().name),
            Type::List(Type::Structure(shape)) => write!(f, "list of {}", shape().name),
            Type::List(item) => write!(f, "list of {item}s"),
            Type::Map(value) => write!(f, "table of {value}s by name"),
        }
    }
}
