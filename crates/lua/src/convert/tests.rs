use mlua::{UserData, UserDataMethods};

use super::*;

fn read(lua: &Lua, code: &str) -> Result<Value, ConvertError> {
    to_value(lua, &lua.load(code).eval().unwrap())
}

fn converted(code: &str) -> Value {
    read(&Lua::new(), code).unwrap()
}

fn failed(code: &str) -> String {
    read(&Lua::new(), code).unwrap_err().to_string()
}

fn map(fields: &[(&str, Value)]) -> Value {
    Value::Map(fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
}

#[test]
fn scalars_keep_their_type() {
    assert_eq!(converted("return nil"), Value::Nil);
    assert_eq!(converted("return 3"), Value::Integer(3));
    assert_eq!(converted("return 3.0"), Value::Float(3.0));
    assert_eq!(converted("return 'é'"), "é".into());
    assert_eq!(converted(r"return '\xff'"), Value::Bytes(vec![0xff]));
}

#[test]
fn tables_are_lists_or_maps() {
    assert_eq!(converted("return {'a', 'b'}"), Value::List(vec!["a".into(), "b".into()]));
    assert_eq!(converted("return {}"), Value::Map(Map::default()));
    let sorted = map(&[("a", Value::Integer(2)), ("b", Value::Integer(1)), ("c", Value::Integer(3))]);
    assert_eq!(converted("return {b=1, a=2, c=3}"), sorted);
    assert_eq!(
        converted("return {[1.5]='x', [443]='y', a='z'}"),
        map(&[("1.5", "x".into()), ("443", "y".into()), ("a", "z".into()),])
    );
}

#[test]
fn errors_have_the_path_of_the_value() {
    assert!(failed("return {a={b={1, 2, name=3}}}").starts_with(".a.b has both items and the name `name`"));
    assert!(failed("return {a={[1]=1, [3]=1}}").starts_with(".a has an item 3 but no item 2"));
    assert!(failed("return {[22]=1, [443]=2}").starts_with("the value has an item 22 but no item 1"));
    assert!(failed("return {['tag:x']={{[true]=1}}}").starts_with(r#"["tag:x"][1] has a key of type boolean"#));
    assert!(failed("return {x={[22]=1, ['22']=2}}").contains("`22` twice"));
    assert!(failed(r"return {['\xff']=1}").contains("not UTF-8"));
    assert!(failed("return {f={print}}").starts_with(".f[1] has the type function, which is not data"));
    assert!(failed("return {co=coroutine.create(print)}").starts_with(".co has the type thread"));
    assert!(failed("return {file=io.stdout}").starts_with(".file has the type "));
}

#[test]
fn cycles_and_endless_depth_are_errors() {
    assert_eq!(
        failed("local t = {}; t.a = {b = t}; return t"),
        ".a.b is a table that contains itself; remove the cycle"
    );
    let deep = failed("local t = 1; for _ = 1, 101 do t = {a = t} end; return t");
    assert!(deep.contains("more than 100 levels"), "{deep}");
    assert!(matches!(converted("local t = 1; for _ = 1, 100 do t = {a = t} end; return t"), Value::Map(_)));
    // The same table twice is not a cycle.
    assert!(matches!(converted("local t = {1}; return {t, t}"), Value::List(_)));
}

#[test]
fn lazy_tables_are_filled_first() {
    let code = "return setmetatable({}, {__force = function(t) rawset(t, 'a', 1) end})";
    assert_eq!(converted(code), map(&[("a", Value::Integer(1))]));
    let failing = failed("return {x = setmetatable({}, {__force = function() error('no answer') end})}");
    assert!(failing.contains("no answer"), "{failing}");
}

struct Thing;

impl UserData for Thing {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods
            .add_meta_method("__tovalue", |lua, _, ()| lua.load("return {code = 'Throttling'}").eval::<mlua::Value>());
    }
}

struct Mirror;

impl UserData for Mirror {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_function("__tovalue", |_, this: AnyUserData| Ok(this));
    }
}

#[test]
fn objects_are_converted_by_their_tovalue() {
    let lua = Lua::new();
    lua.globals().set("thing", lua.create_userdata(Thing).unwrap()).unwrap();
    lua.globals().set("mirror", lua.create_userdata(Mirror).unwrap()).unwrap();
    assert_eq!(read(&lua, "return {thing}").unwrap(), Value::List(vec![map(&[("code", "Throttling".into())])]));
    assert!(matches!(read(&lua, "return mirror"), Err(ConvertError::Cycle { .. })));
}

#[test]
fn caught_errors_are_their_text() {
    let lua = Lua::new();
    let fail = lua.create_function(|_, ()| Err::<(), _>(mlua::Error::external("no such thing"))).unwrap();
    lua.globals().set("fail", fail).unwrap();
    let code = "local _, e = pcall(fail); return {error = e}";
    assert_eq!(read(&lua, code).unwrap(), map(&[("error", "no such thing".into())]));
}

#[test]
fn every_value_survives_a_round_trip() {
    let lua = Lua::new();
    let time = "2026-01-02T03:04:05Z".parse().unwrap();
    let value = map(&[
        ("bytes", Value::Bytes(vec![0, 0xff])),
        ("empty_list", Value::List(Vec::new())),
        ("empty_map", Value::Map(Map::default())),
        ("list", Value::List(vec![Value::Nil, Value::Float(1.0), Value::Nil])),
        ("nothing", Value::Nil),
        ("time", Value::Time(time)),
    ]);
    assert_eq!(to_value(&lua, &from_value(&lua, &value).unwrap()).unwrap(), value);
    assert!(from_value(&lua, &Value::Nil).unwrap().is_nil());
}
