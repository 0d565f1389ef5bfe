//! Placeholders for the results of planned changes. A script can read their fields and pass them to other
//! changes; if it needs the real value, the plan ends.

use mlua::{Error, Lua, MetaMethod, Result, UserData, UserDataMethods, Value};
use moonfleet_bindings::Operation;
use moonfleet_core::{Pairs, Planned, Shape, Type};
use moonfleet_engine::Context;
use moonfleet_engine::dispatch::PlannedCall;

pub struct PlannedValue {
    session: Context,
    pub part: Planned,
    shape: PlaceholderShape,
    /// The number of instances that the change would launch.
    launched: Option<i64>,
    /// The length of a list; none if it is not known.
    len: Option<i64>,
}

enum PlaceholderShape {
    Answer(&'static Shape),
    Part(Type),
}

impl PlannedValue {
    /// Returns the placeholder for the whole answer of a change.
    pub fn answer(session: Context, operation: &'static Operation, call: &PlannedCall) -> Self {
        let shape = PlaceholderShape::Answer(operation.output());
        let part = Planned { change: call.change, path: Vec::new() };
        PlannedValue { session, part, shape, launched: call.launched, len: None }
    }

    fn inner(&self, step: &str, ty: Type) -> Self {
        let mut part = self.part.clone();
        part.path.push(step.to_owned());
        let len = self.launched.filter(|_| part.path == ["instances"]);
        let (session, shape) = (self.session.clone(), PlaceholderShape::Part(ty));
        PlannedValue { session, part, shape, launched: self.launched, len }
    }

    fn structure(&self) -> Option<&'static Shape> {
        match self.shape {
            PlaceholderShape::Answer(shape) => Some(shape),
            PlaceholderShape::Part(Type::Structure(shape)) => Some(shape.get()),
            PlaceholderShape::Part(_) => None,
        }
    }

    fn stop(&self, needs: &str) -> Error {
        match self.session.guard().plan() {
            Some(plan) => Error::external(self.session.stop_plan(plan, needs, &self.part.to_string())),
            None => Error::runtime(format!("{needs} needs a value that is {}", self.part)),
        }
    }

    fn index(&self, lua: &Lua, key: &Value) -> Result<Value> {
        if let (Some(shape), Value::String(name)) = (self.structure(), key) {
            let name = name.to_str()?;
            let Some(field) = shape.field(&name) else { return Ok(Value::Nil) };
            return lua.create_userdata(self.inner(&name, field.ty)).map(Value::UserData);
        }
        let PlaceholderShape::Part(ty) = &self.shape else { return Err(self.stop("this")) };
        let inner = match (ty, key) {
            (ty, Value::String(key))
                if ty.pairs().is_some_and(|(_, pairs)| matches!(pairs, Pairs::KeyValue { .. })) =>
            {
                self.inner(&key.to_str()?, Type::String)
            }
            (Type::Map(value), Value::String(key)) => self.inner(&key.to_str()?, **value),
            (Type::List(item), Value::Integer(at)) => match self.len {
                Some(len) if !(1..=len).contains(at) => return Ok(Value::Nil),
                None if *at != 1 => return Err(self.stop("reading each item of a list")),
                _ => self.inner(&at.to_string(), **item),
            },
            // A method of strings, or a key that no value of this type has.
            _ => return Err(self.stop("this")),
        };
        lua.create_userdata(inner).map(Value::UserData)
    }
}

impl UserData for PlannedValue {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| this.index(lua, &key));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.part.to_string()));
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (Value, Value)| {
            Ok(format!("{}{}", a.to_string()?, b.to_string()?))
        });
        methods.add_meta_method(MetaMethod::Len, |_, this, ()| this.len.ok_or_else(|| this.stop("a length")));
        methods.add_meta_method(MetaMethod::Pairs, |_, this, ()| -> Result<()> { Err(this.stop("an iteration")) });
        methods.add_meta_method(MetaMethod::Call, |_, this, ()| -> Result<()> { Err(this.stop("a call")) });
        for (event, needs) in [
            (MetaMethod::Lt, "a comparison"),
            (MetaMethod::Le, "a comparison"),
            (MetaMethod::Eq, "a comparison"),
            (MetaMethod::Add, "a calculation"),
            (MetaMethod::Sub, "a calculation"),
            (MetaMethod::Mul, "a calculation"),
            (MetaMethod::Div, "a calculation"),
            (MetaMethod::Mod, "a calculation"),
            (MetaMethod::Unm, "a calculation"),
        ] {
            methods.add_meta_function(event, move |_, (a, b): (Value, Value)| -> Result<()> {
                let stop = |value: &Value| {
                    let this = value.as_userdata()?.borrow::<PlannedValue>().ok()?;
                    Some(this.stop(needs))
                };
                Err(stop(&a).or_else(|| stop(&b)).unwrap_or_else(|| Error::runtime("the value is not known in a plan")))
            });
        }
    }
}
