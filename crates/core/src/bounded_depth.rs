//! Limits how deep the values are nested that another process sends. Reading them is recursive, so that a value
//! without a limit could exhaust the stack.

use std::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error};

/// More than any input of AWS, any document in JSON that Lua can read, and any report needs.
const MAX_DEPTH: usize = 200;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Deserializes a part of a value.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let depth = DEPTH.get();
    if depth == MAX_DEPTH {
        return Err(D::Error::custom(format_args!("values are nested more than {MAX_DEPTH} times")));
    }
    DEPTH.set(depth + 1);
    let value = T::deserialize(deserializer);
    DEPTH.set(depth);
    value
}

#[cfg(test)]
mod tests {
    use crate::Value;

    fn nested(depth: usize) -> String {
        format!("{}\"Nil\"{}", "{\"List\":[".repeat(depth), "]}".repeat(depth))
    }

    #[test]
    fn values_are_read_up_to_a_depth() {
        let deep = nested(100_000);
        let mut reader = serde_json::Deserializer::from_str(&deep);
        reader.disable_recursion_limit();
        let error = <Value as serde::Deserialize>::deserialize(&mut reader).expect_err("nested too deeply");
        assert!(error.to_string().contains("nested more than 200 times"), "{error}");
        assert!(serde_json::from_str::<Value>(&nested(50)).is_ok());
    }
}
