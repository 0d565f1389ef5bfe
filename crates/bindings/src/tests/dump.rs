use std::fmt::Write as _;
use std::collections::BTreeSet;
use moonfleet_core::{Shape, Type, ShapeRef};
use crate::{SERVICES, Service, model};

fn ty(ty: &Type, todo: &mut Vec<&'static Shape>) -> String {
    match ty {
        Type::List(item) => format!("[{}]", self::ty(item, todo)),
        Type::Map(item) => format!("{{{}}}", self::ty(item, todo)),
        Type::Structure(shape) => { let shape: &'static Shape = shape.get(); todo.push(shape); let _ : Option<ShapeRef> = None; shape.name.to_owned() }
        Type::Enumeration(e) => { let mut v: Vec<_> = e.values.to_vec(); v.sort(); v.dedup(); format!("enum {:?}", v) }
        other => format!("{other:?}"),
    }
}

fn message(out: &mut String, key: &str, shape: &'static Shape) {
    let mut seen = BTreeSet::new();
    let mut todo = vec![(shape, "".to_owned())];
    while let Some((shape, at)) = todo.pop() {
        if !seen.insert(std::ptr::from_ref(shape).addr()) { continue; }
        for field in shape.fields {
            let mut next = Vec::new();
            let ty = ty(&field.ty, &mut next);
            writeln!(out, "{key} {at}{} : {ty}{}{}{} {:?}{}", field.name(), if field.required {" required"} else {""}, if field.secret {" secret"} else {""}, if field.idempotency_token {" token"} else {""}, field.text_form, if shape.is_union {" union"} else {""}).unwrap();
            for inner in next { todo.push((inner, format!("{at}{}.", field.name()))); }
        }
    }
}

fn dump(service: &'static Service) -> String {
    let mut out = String::new();
    for o in service.operations() {
        let key = format!("{}.{}", service.name, o.name);
        writeln!(out, "{key} OP {} {} cred={} iam={:?}", o.api_name, o.risk, o.issues_credentials, crate::action(service, o)).unwrap();
        if let Some(p) = &o.pages { for t in &p.tokens { writeln!(out, "{key} PAGE {} {:?} more={:?} size={:?}", t.input, t.output, p.more, p.size.as_ref().map(|s| (s.field, s.most))).unwrap(); } }
        if let Some(i) = &o.items { writeln!(out, "{key} ITEMS {:?} {:?}", i.path, i.inherits).unwrap(); }
        message(&mut out, &format!("{key} IN"), o.input());
        message(&mut out, &format!("{key} OUT"), o.output());
    }
    for w in service.waiters() {
        writeln!(out, "{} WAITER {} {} {:?} {:?} {:?}", service.name, w.name, w.operation.name, w.min_delay, w.max_delay, w.state).unwrap();
    }
    out
}

#[test]
fn dump_registry() {
    let (mut a, mut b) = (String::new(), String::new());
    for service in SERVICES.iter() {
        a += &dump(service);
        b += &dump(model::built_in_service(service.name).unwrap());
    }
    
    std::fs::write("/tmp/model.txt", b).unwrap();
}
