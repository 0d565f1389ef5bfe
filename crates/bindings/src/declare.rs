//! The language of the declarations in `services/`. This comment explains all of it. A declaration expands to
//! the code that would otherwise be written by hand for each operation and type, and to nothing else.
//!
//! A declaration becomes a function that makes its values when they are first read, and keeps
//! them (`Shape::kept`). Statics would hold some 30,000 addresses, which the dynamic linker
//! relocates at every start of a position-independent program, whether it calls AWS or not.
//!
//! ```text
//! operation!(describe_tags, DescribeTags, read, pages(next_token, tags),
//!     in  { filters: [Filter], … }, out { tags: [TagDescription], … });
//! ```
//!
//! * `read credentials`: a read whose answer holds credentials.
//! * `pages(token, items)`: the parameter that asks for the next page, and the path to
//!   the items; `pages(token = other, …)` if the answer has its token in another field;
//!   `pages(…; size up to 50)`: the parameter that sets the size of a page, and the largest size.
//! * `list(items)`: the main list of an operation without pages.
//! * `name: type required secret idempotency_token`: a field, perhaps with the form of its text (`TextForm`), such as
//!   `policy`. Types are `bool`, `integer`, `long`, `float`,
//!   `double`, `string`, `timestamp`, `blob`, a named one, `[list]` and `{map}`.

pub(crate) use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
pub(crate) use aws_types::SdkConfig;
pub(crate) use std::sync::{Arc, OnceLock};
pub(crate) use std::time::Duration;

pub(crate) use crate::operation::{
    Client, ItemList, Means, Operation, PageSize, PageToken, Pagination, Risk, SdkMeans, Service, ServiceMeans, Waiter,
    WaiterMeans, answered, polled, request_id,
};
pub(crate) use crate::reflect::{AsView, Structure, View, enumerated, unless_invented};
pub(crate) use crate::shared_answer::{Item, nested, split};
pub(crate) use crate::text_forms::read;
pub(crate) use crate::to_sdk::{Fields, Finish, FromValue, Mismatch};
pub(crate) use moonfleet_core::{Enumeration, Field, Map, Shape, ShapeRef, TextForm, Type, Value, kept};

/// A type of the SDK that a declaration can name.
pub(crate) trait Described {
    fn ty() -> Type;
}

macro_rules! service {
    ($name:ident, $sdk:ident,
     operations [$($operation:ident),* $(,)?],
     waiters [$($waiter:ident),* $(,)?],
     left_out [$($left_out:ident),* $(,)?]) => { pastey::paste! {
        use $sdk as sdk;

        pub(crate) static SERVICE: Service = Service {
            name: stringify!($name),
            left_out: &[$(stringify!($left_out)),*],
            means: ServiceMeans::Sdk { operations, waiters, connect },
        };

        fn operations() -> &'static [Operation] {
            static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
            OPERATIONS.get_or_init(|| {
                let mut operations = Vec::with_capacity([$(stringify!($operation)),*].len());
                $([<declare_ $operation>](&mut operations);)*
                operations
            })
        }

        fn waiters() -> &'static [Waiter] {
            static WAITERS: OnceLock<Vec<Waiter>> = OnceLock::new();
            WAITERS.get_or_init(|| vec![$([<until_ $waiter>]()),*])
        }

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
    ($name:ident, $api:ident, $risk:ident $($credentials:ident)?
     $(, pages($token:ident $(= $next:ident)? $(, $($page_items:ident).+ $(with $($page_inherits:ident)+)?)?
        $(; $size:ident up to $most:literal)?))?
     $(, list($($items:ident).+))?,
     in { $($given:ident: $given_type:tt $($given_mark:ident)*),* $(,)? },
     out { $($taken:ident: $taken_type:tt $($taken_mark:ident)*),* $(,)? }) => { pastey::paste! {
        fn [<$name _input>]() -> &'static Shape {
            shape!([<$api Input>], false, { $($given: $given_type $($given_mark)*),* })
        }

        fn [<$name _output>]() -> &'static Shape {
            shape!([<$api Output>], false, { $($taken: $taken_type $($taken_mark)*),* })
        }

        fn [<declare_ $name>](operations: &mut Vec<Operation>) { operations.push(Operation {
            name: stringify!($name),
            api_name: stringify!($api),
            risk: risk!($risk),
            issues_credentials: first!($(issues!($credentials),)? false),
            pages: first!($(Some(Pagination {
                tokens: vec![PageToken { input: stringify!($token), output: next!($token $($next)?) }],
                more: None,
                size: first!($(Some(PageSize { field: stringify!($size), most: $most }),)? None),
            }),)? None),
            items: first!(
                $($(Some(ItemList {
                    path: &[$(stringify!($page_items)),+],
                    inherits: &[$($(stringify!($page_inherits)),+)?],
                    split: splitter!(sdk::operation::$name::[<$name:camel Output>], $($page_items).+),
                }),)?)?
                $(Some(ItemList {
                    path: &[$(stringify!($items)),+],
                    inherits: &[],
                    split: splitter!(sdk::operation::$name::[<$name:camel Output>], $($items).+),
                }),)?
                None
            ),
            means: Means::Sdk(SdkMeans { input: [<$name _input>], output: [<$name _output>], send: |client, input| {
                type Builder = sdk::operation::$name::builders::[<$name:camel InputBuilder>];
                fn build(input: Map) -> Result<Builder, Mismatch> {
                    #[allow(unused_mut, unused_variables, reason = "some inputs are empty")]
                    let mut fields = Fields::from_value(Value::Map(input))?;
                    Ok(Builder::default()$(.[<set_ $given>](fields.take(stringify!($given))?))*)
                }
                let client = client.downcast::<sdk::Client>();
                Box::pin(async move { answered(build(input)?.send_with(&client)).await })
            }, request_id: request_id::<sdk::operation::$name::[<$name:camel Output>]> }),
        }); }

        look_into!(sdk::operation::$name::[<$name:camel Output>], [<$name _output>](), {
            $($taken: $taken_type $($taken_mark)*),*
        });
    } };
}

macro_rules! waiter {
    ($name:ident, $operation:ident, every($min:literal to $max:literal) $(, state($($state:ident).+))?,
     in { $($given:ident),* $(,)? }) => { pastey::paste! {
        fn [<until_ $name>]() -> Waiter { Waiter {
            name: stringify!($name),
            operation: SERVICE.operation(stringify!($operation)).expect("waiters poll operations of their service"),
            min_delay: Duration::from_secs($min),
            max_delay: Duration::from_secs($max),
            state: &[$($(stringify!($state)),+)?],
            means: WaiterMeans::Sdk {
                watch: |probe| {
                    type Output = sdk::operation::$operation::[<$operation:camel Output>];
                    type Error = sdk::operation::$operation::[<$operation:camel Error>];
                    probe.watch::<Output, Error>()
                },
                poll: |client, input| {
                    use sdk::client::Waiters as _;
                    let client = client.downcast::<sdk::Client>();
                    Box::pin(async move {
                        let mut fields = Fields::from_value(Value::Map(input))?;
                        let waiter = client.[<wait_until_ $name>]()
                            $(.[<set_ $given>](fields.take(stringify!($given))?))*;
                        polled(waiter.wait(Duration::ZERO)).await
                    })
                },
            },
        } }
    } };
}

/// A structure of inputs (`in`), outputs (`out`), or both.
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
        look_into!(sdk::types::$name, shape_of!($name), { $($field: $type $($mark)*),* });
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
                let mut fields = Fields::from_value(value)?;
                let builder = sdk::types::$name::builder()$(.[<set_ $field>](fields.take(stringify!($field))?))*;
                Finish::<sdk::types::$name>::finish(builder.build())
            }
        }
    } };
}

/// A union: a tagged enum of the SDK, and in Lua a table with exactly one key.
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
                let mut fields = Fields::from_value(value)?;
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
            fn ty() -> Type {
                static ENUMERATION: OnceLock<Enumeration> = OnceLock::new();
                fn make() -> Enumeration {
                    Enumeration { name: stringify!($name), values: sdk::types::$name::values() }
                }
                Type::Enumeration(Enumeration::kept(&ENUMERATION, make))
            }
        }

        impl AsView for sdk::types::$name {
            fn view(&self) -> View<'_> {
                enumerated(self.as_str())
            }
        }

        impl FromValue for sdk::types::$name {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                String::from_value(value).map(|text| Self::from(text.as_str()))
            }
        }
    };
}

// The parts of the macros above.

macro_rules! describe {
    ($name:ident, $is_union:literal, { $($field:ident: $type:tt $($mark:ident)* $(= $variant:ident)?),* $(,)? }) => {
        impl Described for sdk::types::$name {
            fn ty() -> Type {
                fn shape() -> &'static Shape {
                    shape!($name, $is_union, { $($field: $type $($mark)*),* })
                }
                Type::Structure(ShapeRef::Declared(shape))
            }
        }
    };
}

macro_rules! shape_of {
    ($name:ident) => {
        match <sdk::types::$name as Described>::ty() {
            Type::Structure(shape) => shape.get(),
            _ => unreachable!("structures describe themselves as such"),
        }
    };
}

macro_rules! shape {
    ($name:expr, $is_union:literal, { $($field:ident: $type:tt $($mark:ident)*),* }) => {{
        static SHAPE: OnceLock<Shape> = OnceLock::new();
        fn make() -> Shape {
            let fields = [$(Field::new(stringify!($field), ty!($type))$(.$mark())*),*];
            Shape { name: stringify!($name), fields: kept(fields), is_union: $is_union }
        }
        Shape::kept(&SHAPE, make)
    }};
}

macro_rules! look_into {
    ($type:ty, $shape:expr, { $($field:ident: $field_type:tt $($mark:ident)*),* }) => {
        impl Structure for $type {
            fn shape(&self) -> &'static Shape {
                $shape
            }

            #[allow(unused_mut, unused_variables, unused_assignments, reason = "the last increment is not read")]
            fn get(&self, index: usize) -> View<'_> {
                let mut at = 0;
                $(
                    if index == at {
                        return viewed!(self.$field.view(), $field_type $($mark)*);
                    }
                    at += 1;
                )*
                View::Nil
            }
        }
    };
}

/// Converts the view of a field as its marks demand.
macro_rules! viewed {
    ($view:expr, $type:tt) => {
        $view
    };
    ($view:expr, timestamp required $($mark:ident)*) => {
        unless_invented($view)
    };
    ($view:expr, $type:tt policy $($mark:ident)*) => {
        read(TextForm::Policy, $view)
    };
    ($view:expr, $type:tt read_from_base64 $($mark:ident)*) => {
        read(TextForm::ReadFromBase64, $view)
    };
    ($view:expr, $type:tt absent_if_empty $($mark:ident)*) => {
        read(TextForm::AbsentIfEmpty, $view)
    };
    ($view:expr, $type:tt $other:ident $($mark:ident)*) => {
        viewed!($view, $type $($mark)*)
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
    ([string]) => {
        Type::List(&Type::String)
    };
    ([$item:tt]) => {
        Type::List(&kept([ty!($item)])[0])
    };
    ({$value:tt}) => {
        Type::Map(&kept([ty!($value)])[0])
    };
    ($name:ident) => {
        <sdk::types::$name as Described>::ty()
    };
}

/// Takes the items out of an answer: from its list, or from the lists in the items of its list.
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

macro_rules! issues {
    (credentials) => {
        true
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
    describe, enumeration, first, issues, look_into, next, operation, risk, service, shape, shape_of, splitter,
    structure, structure_goes, ty, union, union_goes, viewed, waiter,
};
