//! `base64` and `url` in Lua: encodings of texts and bytes. The result for a secret is a secret.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mlua::{Error, Lua, Result, Table, Value};
use moonfleet_core::known_secrets::remember;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use super::secret;

pub(crate) fn base64(lua: &Lua) -> Result<Table> {
    let module = lua.create_table()?;
    add(lua, &module, "encode", "base64.encode", |bytes| Ok(BASE64_STANDARD.encode(bytes).into_bytes()))?;
    add(lua, &module, "decode", "base64.decode", |bytes| {
        // Base64 in mails and files is broken into lines.
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64_STANDARD.decode(text).map_err(|error| format!("the text is no Base64: {error}"))
    })?;
    Ok(module)
}

pub(crate) fn url(lua: &Lua) -> Result<Table> {
    /// All bytes except those that RFC 3986 never encodes.
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let module = lua.create_table()?;
    add(lua, &module, "encode", "url.encode", |bytes| match std::str::from_utf8(bytes) {
        Ok(text) => Ok(utf8_percent_encode(text, RESERVED).to_string().into_bytes()),
        Err(_) => Ok(percent_encoding::percent_encode(bytes, RESERVED).to_string().into_bytes()),
    })?;
    add(lua, &module, "decode", "url.decode", |bytes| Ok(percent_decode(bytes).collect()))?;
    Ok(module)
}

/// Adds a function from bytes to bytes; `name` is for its errors.
fn add(
    lua: &Lua,
    module: &Table,
    key: &str,
    name: &'static str,
    convert: fn(&[u8]) -> std::result::Result<Vec<u8>, String>,
) -> Result<()> {
    let function = lua.create_function(move |lua, value: Value| {
        let converted = |bytes: &[u8]| convert(bytes).map_err(|why| Error::external(format!("{name}: {why}")));
        match (&value, secret::bytes(&value)) {
            (_, Some(bytes)) => {
                let bytes = converted(&bytes)?;
                remember(&bytes);
                secret::hidden(lua, bytes)
            }
            (Value::String(text), None) => lua.create_string(converted(&text.as_bytes())?).map(Value::String),
            _ => Err(Error::external(format!("{name}: expected text, got {}", value.type_name()))),
        }
    })?;
    module.raw_set(key, function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str) -> std::result::Result<String, String> {
        let lua = Lua::new();
        let set = |name: &str, module: Result<Table>| lua.globals().set(name, module.unwrap()).unwrap();
        set("base64", super::base64(&lua));
        set("url", super::url(&lua));
        lua.globals().set("secret", secret::hidden(&lua, "hunter2").unwrap()).unwrap();
        lua.globals().set("reveal", lua.create_function(secret::reveal).unwrap()).unwrap();
        lua.load(code).eval().map_err(|error| error.to_string())
    }

    #[test]
    fn every_byte_survives_both_encodings() {
        let all = "local all = {} for byte = 0, 255 do all[#all + 1] = string.char(byte) end all = table.concat(all) ";
        for module in ["base64", "url"] {
            let code = format!("{all} return tostring({module}.decode({module}.encode(all)) == all)");
            assert_eq!(run(&code).unwrap(), "true", "{module}");
        }
    }

    #[test]
    fn the_encodings_are_those_of_aws() {
        assert_eq!(run("return base64.encode('#!/bin/sh\\n')").unwrap(), "IyEvYmluL3NoCg==");
        assert_eq!(run("return base64.decode('IyEvYmlu\\nL3NoCg==\\n')").unwrap(), "#!/bin/sh\n");
        assert_eq!(run("return url.encode('a b/c:~-_.ü')").unwrap(), "a%20b%2Fc%3A~-_.%C3%BC");
        assert_eq!(run("return url.decode('%7B%22a%22%3A1+1%7D')").unwrap(), "{\"a\":1+1}");
    }

    #[test]
    fn secrets_stay_secrets() {
        assert_eq!(run("return tostring(base64.encode(secret))").unwrap(), "<secret>");
        assert_eq!(run("return reveal(base64.decode(base64.encode(secret)))").unwrap(), "hunter2");
    }

    #[test]
    fn wrong_input_is_an_error() {
        assert!(run("return base64.decode('#!/bin/sh')").unwrap_err().contains("base64.decode: the text is no Base64"));
        assert!(run("return url.encode({})").unwrap_err().contains("url.encode: expected text, got table"));
    }
}
