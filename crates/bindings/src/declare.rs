//! The language of the declarations in `services/`. A reader of those files needs to
//! know only what is said here; a declaration expands to the code that would otherwise
//! be written by hand for each operation and type, and to nothing else.
//!
//! ```text
//! operation!(describe_tags, DescribeTags, read, pages(next_token, tags),
//!     in  { filters: [Filter], … }, out { tags: [TagDescription], … });
//! ```
//!
//! * `pages(token, items)`: the parameter that asks for the next page, and the path to
//!   the items; `pages(token = other, …)` where the answer has its token elsewhere.
//! * `list(items)`: the one list of an operation that has no pages.
//! * `name: type required secret`: a field. Types are `bool`, `integer`, `long`, `float`,
//!   `double`, `string`, `timestamp`, `blob`, a named one, `[list]` and `{map}`.

pub(crate) use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
pub(crate) use aws_types::SdkConfig;
pub(crate) use std::sync::Arc;
pub(crate) use std::time::Duration;

pub(crate) use crate::operation::{
    Client, Items, Operation, Pages, Risk, Service, Waiter, answered, polled, request_id,
};
pub(crate) use crate::reflect::{AsView, Structure, View};
pub(crate) use crate::shared_answer::{Item, nested, split};
pub(crate) use crate::to_sdk::{Fields, Finish, FromValue, Mismatch};
pub(crate) use moonfleet_core::{Enumeration, Field, Map, Shape, Type, Value};

/// Types of the SDK that a declaration can name.
pub(crate) trait Described {
    const TYPE: Type;
}

macro_rules! service {
    ($name:ident, $sdk:ident,
     operations [$($operation:ident),* $(,)?],
     waiters [$($waiter:ident),* $(,)?],
     left_out [$($left_out:ident),* $(,)?]) => { pastey::paste! {
        use $sdk as sdk;

        pub static SERVICE: Service = Service {
            name: stringify!($name),
            operations: &[$(&[<$operation:upper>]),*],
            waiters: &[$(&[<UNTIL_ $waiter:upper>]),*],
            left_out: &[$(stringify!($left_out)),*],
            connect,
        };

        fn connect(config: &SdkConfig, interceptors: &[SharedInterceptor], budget: &str) -> Client {
            let mut builder = sdk::config::Builder::from(config);
            builder.set_retry_partition(Some(sdk::config::retry::RetryPartition::new(budget.to_owned())));
            for interceptor in interceptors {
                builder.push_interceptor(interceptor.clone());
            }
            Client(Arc::new(sdk::Client::from_conf(builder.build())))
        }
    } };
}

macro_rules! operation {
    ($name:ident, $api:ident, $risk:ident
     $(, pages($token:ident $(= $next:ident)? $(, $($page_items:ident).+ $(with $($page_inherits:ident)+)?)?))?
     $(, list($($items:ident).+))?,
     in { $($given:ident: $given_type:tt $($given_mark:ident)*),* $(,)? },
     out { $($taken:ident: $taken_type:tt $($taken_mark:ident)*),* $(,)? }) => { pastey::paste! {
        pub static [<$name:upper>]: Operation = Operation {
            name: stringify!($name),
            api_name: stringify!($api),
            risk: risk!($risk),
            input: {
                static INPUT: Shape =
                    shape!([<$api Input>], { $($given: $given_type $($given_mark)*),* });
                &INPUT
            },
            output: {
                static OUTPUT: Shape =
                    shape!([<$api Output>], { $($taken: $taken_type $($taken_mark)*),* });
                &OUTPUT
            },
            pages: first!($(Some(Pages { input: stringify!($token), output: next!($token $($next)?) }),)? None),
            items: first!(
                $($(Some(Items {
                    path: &[$(stringify!($page_items)),+],
                    inherits: &[$($(stringify!($page_inherits)),+)?],
                    split: splitter!(sdk::operation::$name::[<$name:camel Output>], $($page_items).+),
                }),)?)?
                $(Some(Items {
                    path: &[$(stringify!($items)),+],
                    inherits: &[],
                    split: splitter!(sdk::operation::$name::[<$name:camel Output>], $($items).+),
                }),)?
                None
            ),
            send: |client, input| {
                type Builder = sdk::operation::$name::builders::[<$name:camel InputBuilder>];
                fn build(input: Map) -> Result<Builder, Mismatch> {
                    #[allow(unused_mut, unused_variables, reason = "some inputs are empty")]
                    let mut fields = Fields::of(Value::Map(input))?;
                    Ok(Builder::default()$(.[<set_ $given>](fields.take(stringify!($given))?))*)
                }
                let client = client.of::<sdk::Client>();
                Box::pin(async move { answered(build(input)?.send_with(&client)).await })
            },
            request_id: request_id::<sdk::operation::$name::[<$name:camel Output>]>,
        };

        look_into!(sdk::operation::$name::[<$name:camel Output>], [<$name:upper>].output, { $($taken),* });
    } };
}

macro_rules! waiter {
    ($name:ident, $operation:ident, every($min:literal to $max:literal) $(, state($($state:ident).+))?,
     in { $($given:ident),* $(,)? }) => { pastey::paste! {
        pub static [<UNTIL_ $name:upper>]: Waiter = Waiter {
            name: stringify!($name),
            operation: &[<$operation:upper>],
            min_delay: Duration::from_secs($min),
            max_delay: Duration::from_secs($max),
            state: &[$($(stringify!($state)),+)?],
            watch: |glimpse| {
                type Output = sdk::operation::$operation::[<$operation:camel Output>];
                type Error = sdk::operation::$operation::[<$operation:camel Error>];
                glimpse.watch::<Output, Error>()
            },
            poll: |client, input| {
                use sdk::client::Waiters as _;
                let client = client.of::<sdk::Client>();
                Box::pin(async move {
                    let mut fields = Fields::of(Value::Map(input))?;
                    let waiter = client.[<wait_until_ $name>]()
                        $(.[<set_ $given>](fields.take(stringify!($given))?))*;
                    polled(waiter.wait(Duration::ZERO)).await
                })
            },
        };
    } };
}

/// A structure that goes `in`, comes `out`, or both.
macro_rules! structure {
    ($name:ident, in out $body:tt) => {
        describe!($name, false, $body);
        structure_goes!(in $name $body);
        structure_goes!(out $name $body);
    };
    ($name:ident, $direction:ident $body:tt) => {
        describe!($name, false, $body);
        structure_goes!($direction $name $body);
    };
}

macro_rules! structure_goes {
    (out $name:ident { $($field:ident: $type:tt $($mark:ident)*),* $(,)? }) => {
        look_into!(sdk::types::$name, shape_of!($name), { $($field),* });
        impl AsView for sdk::types::$name {
            fn view(&self) -> View<'_> {
                View::Structure(self)
            }

            fn into_item(self) -> Item {
                Item::structure(self)
            }
        }
    };
    (in $name:ident { $($field:ident: $type:tt $($mark:ident)*),* $(,)? }) => { pastey::paste! {
        impl FromValue for sdk::types::$name {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                #[allow(unused_mut, unused_variables, reason = "some structures are empty")]
                let mut fields = Fields::of(value)?;
                let builder = sdk::types::$name::builder()$(.[<set_ $field>](fields.take(stringify!($field))?))*;
                Finish::<sdk::types::$name>::finish(builder.build())
            }
        }
    } };
}

/// A tagged enum of the SDK's: a table with exactly one key.
macro_rules! union {
    ($name:ident, in out $body:tt) => {
        describe!($name, true, $body);
        union_goes!(in $name $body);
        union_goes!(out $name $body);
    };
    ($name:ident, $direction:ident $body:tt) => {
        describe!($name, true, $body);
        union_goes!($direction $name $body);
    };
}

macro_rules! union_goes {
    (out $name:ident { $($field:ident: $type:tt = $variant:ident),* $(,)? }) => {
        impl Structure for sdk::types::$name {
            fn shape(&self) -> &'static Shape {
                shape_of!($name)
            }

            fn get(&self, index: usize) -> View<'_> {
                match (shape_of!($name).fields[index].name(), self) {
                    $((stringify!($field), sdk::types::$name::$variant(value)) => value.view(),)*
                    _ => View::Nil,
                }
            }
        }
        impl AsView for sdk::types::$name {
            fn view(&self) -> View<'_> {
                View::Structure(self)
            }

            fn into_item(self) -> Item {
                Item::structure(self)
            }
        }
    };
    (in $name:ident { $($field:ident: $type:tt = $variant:ident),* $(,)? }) => {
        impl FromValue for sdk::types::$name {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                let mut fields = Fields::of(value)?;
                $(if let Some(value) = fields.take(stringify!($field))? {
                    return Ok(sdk::types::$name::$variant(value));
                })*
                Err(Mismatch(concat!("none of the variants of ", stringify!($name)).to_owned()))
            }
        }
    };
}

macro_rules! enumeration {
    ($name:ident) => {
        impl Described for sdk::types::$name {
            const TYPE: Type = {
                static ENUMERATION: Enumeration =
                    Enumeration { name: stringify!($name), values: sdk::types::$name::values() };
                Type::Enumeration(&ENUMERATION)
            };
        }

        impl AsView for sdk::types::$name {
            fn view(&self) -> View<'_> {
                View::String(self.as_str())
            }
        }

        impl FromValue for sdk::types::$name {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                String::from_value(value).map(|text| Self::from(text.as_str()))
            }
        }
    };
}

// The pieces of the above.

macro_rules! describe {
    ($name:ident, $is_union:literal, { $($field:ident: $type:tt $($mark:ident)* $(= $variant:ident)?),* $(,)? }) => {
        impl Described for sdk::types::$name {
            const TYPE: Type = {
                fn shape() -> &'static Shape {
                    static SHAPE: Shape =
                        Shape { is_union: $is_union, ..shape!($name, { $($field: $type $($mark)*),* }) };
                    &SHAPE
                }
                Type::Structure(shape)
            };
        }
    };
}

macro_rules! shape_of {
    ($name:ident) => {
        match <sdk::types::$name as Described>::TYPE {
            Type::Structure(shape) => shape(),
            _ => unreachable!("structures describe themselves as such"),
        }
    };
}

macro_rules! shape {
    ($name:expr, { $($field:ident: $type:tt $($mark:ident)*),* }) => {
        Shape {
            name: stringify!($name),
            fields: &[$(Field::new(stringify!($field), ty!($type))$(.$mark())*),*],
            is_union: false,
        }
    };
}

macro_rules! look_into {
    ($type:ty, $shape:expr, { $($field:ident),* }) => {
        impl Structure for $type {
            fn shape(&self) -> &'static Shape {
                $shape
            }

            #[allow(unused_mut, unused_variables, unused_assignments, reason = "the last step counts for nobody")]
            fn get(&self, index: usize) -> View<'_> {
                let mut at = 0;
                $(
                    if index == at {
                        return self.$field.view();
                    }
                    at += 1;
                )*
                View::Nil
            }
        }
    };
}

macro_rules! ty {
    (bool) => {
        Type::Bool
    };
    (integer) => {
        Type::Integer
    };
    (long) => {
        Type::Long
    };
    (float) => {
        Type::Number
    };
    (double) => {
        Type::Number
    };
    (string) => {
        Type::String
    };
    (timestamp) => {
        Type::Timestamp
    };
    (blob) => {
        Type::Blob
    };
    ([$item:tt]) => {
        Type::List(&ty!($item))
    };
    ({$value:tt}) => {
        Type::Map(&ty!($value))
    };
    ($name:ident) => {
        <sdk::types::$name as Described>::TYPE
    };
}

/// Takes an answer's items out of it; they stand in its list, or in a list of its list.
macro_rules! splitter {
    ($output:ty, $list:ident) => {
        |answer| {
            let list = split(answer, |output: &mut $output| std::mem::take(&mut output.$list));
            list.into_iter().map(AsView::into_item).collect()
        }
    };
    ($output:ty, $groups:ident.$list:ident) => {
        |answer| {
            let groups = split(answer, |output: &mut $output| std::mem::take(&mut output.$groups));
            nested(groups, |group| std::mem::take(&mut group.$list))
        }
    };
}

macro_rules! risk {
    (read) => {
        Risk::Read
    };
    (write) => {
        Risk::Write
    };
    (destroy) => {
        Risk::Destroy
    };
}

macro_rules! first {
    ($first:expr $(, $rest:expr)*) => {
        $first
    };
}

macro_rules! next {
    ($token:ident) => {
        &[stringify!($token)]
    };
    ($token:ident $next:ident) => {
        &[stringify!($next)]
    };
}

pub(crate) use {
    describe, enumeration, first, look_into, next, operation, risk, service, shape, shape_of, splitter, structure,
    structure_goes, ty, union, union_goes, waiter,
};
