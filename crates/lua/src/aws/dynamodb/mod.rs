//! DynamoDB's items as plain Lua values. AWS's form names the type of each value, `{N = "5"}`; scripts write 5.
//!
//! | DynamoDB | Lua |
//! |---|---|
//! | string | string |
//! | number | integer; float if it has exactly this value; else `dynamodb.number`, which keeps all digits |
//! | boolean, null | boolean, `json.null` |
//! | list | list; an empty one is `json.list()` |
//! | map | table with names; also the empty table |
//! | binary | `dynamodb.binary` |
//! | sets | `dynamodb.string_set`, `number_set` and `binary_set`: lists that know their type |
//!
//! Below this module, inputs and answers have AWS's form: so do the record, plans and undo.

mod from_lua;
mod marked;
mod number;
mod to_lua;

pub(crate) use from_lua::has_plain_values;
pub(super) use from_lua::{data, is_used_by};
pub(super) use marked::function;
pub(crate) use to_lua::error_field;
pub(super) use to_lua::{of_type, structure, value};
