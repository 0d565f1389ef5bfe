use moonfleet_bindings::{Operation, Risk, Service, check, service};

use super::*;

fn operation(service_name: &str, name: &str) -> (&'static Service, &'static Operation) {
    let service = service(service_name).unwrap_or_else(|| panic!("no service {service_name}"));
    (service, service.operation(name).unwrap_or_else(|| panic!("no operation {service_name}.{name}")))
}

fn strings(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(|text| (*text).into()).collect())
}

fn inner(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(map(fields))
}

/// Returns a value for a parameter of a reversible change.
fn sample(name: &str) -> Value {
    let range = inner([("cidr_ip", "10.0.0.0/8".into()), ("description", "office".into())]);
    let permission = inner([
        ("ip_protocol", "tcp".into()),
        ("from_port", Value::Integer(22)),
        ("to_port", Value::Integer(22)),
        ("ip_ranges", Value::List(vec![range])),
    ]);
    match name {
        "resources" | "instance_ids" => strings(&["i-01234567"]),
        "resource_arns" => strings(&["arn:aws:ec2:::instance/i-1"]),
        "tag_keys" | "keys" => strings(&["App"]),
        "tags" => Value::List(vec![inner([("key", "App".into()), ("value", "new".into())])]),
        "device_index" => Value::Integer(1),
        "ip_permissions" => Value::List(vec![permission]),
        "iam_instance_profile" => inner([("arn", "arn:aws:iam::1:instance-profile/p".into())]),
        "group_id" => "sg-01234567".into(),
        "resource_type" => "Parameter".into(),
        other => format!("{other}-1").into(),
    }
}

/// Returns an answer from which every reversible change can be undone.
fn answer(operation: &str) -> Map {
    let (was, is) = if operation == "start_instances" { ("stopped", "pending") } else { ("running", "stopping") };
    let state = |name: &str| inner([("name", name.into())]);
    let instance =
        inner([("instance_id", "i-01234567".into()), ("previous_state", state(was)), ("current_state", state(is))]);
    let list = if operation == "start_instances" { "starting_instances" } else { "stopping_instances" };
    let association = inner([
        ("association_id", "iip-1".into()),
        ("instance_id", "i-01234567".into()),
        ("iam_instance_profile", inner([("arn", "arn:aws:iam::1:instance-profile/p".into())])),
    ]);
    map([
        (list, Value::List(vec![instance])),
        ("association_id", "eipassoc-1".into()),
        ("attachment_id", "eni-attach-1".into()),
        ("instance_id", "i-01234567".into()),
        ("device", "/dev/sdf".into()),
        ("iam_instance_profile_association", association),
    ])
}

/// Returns an input of a change with all parameters that undo uses.
fn input(operation: &Operation) -> Map {
    const GIVEN: &[&str] = &["tags", "keys", "ip_permissions", "group_id", "allocation_id", "network_interface_id"];
    let fields = operation.input().fields.iter().filter(|f| f.required || GIVEN.contains(&f.name()));
    let mut input: Map = fields.map(|field| (field.name().to_owned(), sample(field.name()))).collect();
    match operation.name {
        "disassociate_address" => input.set("association_id", "eipassoc-1".into()),
        "tag" => input.set("tags", inner([("App", "new".into())])),
        _ => {}
    }
    input
}

/// Returns the facts before a change, with all facts that the change removes.
fn facts(aspect: &dyn Aspect, operation: &Operation, input: &Map) -> Facts {
    let unset = operation.name.starts_with("de") || operation.name.starts_with("un");
    let is_gone = unset || operation.name.starts_with("re") || operation.name.starts_with("dis");
    let nothing = Facts::new();
    let change = RecordedChange { operation: operation.name, input, answer: &answer(operation.name), before: &nothing };
    let mut facts = aspect.before(&change);
    for (subject, name, _) in aspect.effects(&change) {
        facts.entry(subject).or_default().entry(name).or_insert(is_gone.then(|| "new".to_owned()));
    }
    if facts.is_empty() {
        // The resource of an attachment id is read before the change.
        let value = if operation.name == "detach_network_interface" { "1" } else { "eni-1 10.0.0.5" };
        facts.insert("subject-1".to_owned(), BTreeMap::from([("name-1".to_owned(), Some(value.to_owned()))]));
    }
    facts
}

#[test]
fn calls_that_undo_every_reversible_change_pass_the_checker() {
    let mut changes = 0;
    for aspect in aspects() {
        let (read, list) = aspect.read();
        let (_, read) = operation(aspect.service(), read);
        assert_eq!(read.risk, Risk::Read, "{}", read.name);
        assert!(read.output().field(list).is_some(), "{} has no {list}", read.name);
        for name in aspect.changes() {
            changes += 1;
            let (service, change) = operation(aspect.service(), name);
            assert!(change.risk > Risk::Read, "{name} changes nothing");
            // A secret is not in the record.
            assert!(change.input().fields.iter().all(|field| !field.secret), "{name} takes a secret");
            let input = input(change);
            check(service.name, change, Value::Map(input.clone())).unwrap_or_else(|e| panic!("the sample of {e}"));
            let facts = facts(aspect, change, &input);
            let recorded = RecordedChange { operation: name, input: &input, answer: &answer(name), before: &facts };
            let (effects, before) = (aspect.effects(&recorded), aspect.before(&recorded));
            assert!(!effects.is_empty(), "{name} has no effect");
            let (mut to_restore, mut to_remove) = (CurrentFacts::new(), CurrentFacts::new());
            for (subject, fact, after) in effects {
                match before.get(&subject).and_then(|names| names.get(&fact)).cloned().flatten() {
                    Some(had) => {
                        assert!(!after.is(Some(&had)), "{name} does not change {fact}");
                        to_restore.entry(subject).or_default().insert(fact, had)
                    }
                    None => to_remove.entry(subject).or_default().insert(fact, "new".to_owned()),
                };
            }
            let mut steps = if to_remove.is_empty() { Vec::new() } else { aspect.remove(&recorded, &to_remove) };
            steps.extend(if to_restore.is_empty() { Vec::new() } else { aspect.restore(&recorded, &to_restore) });
            assert!(!steps.is_empty(), "{name} has no call that undoes it");
            let queries = aspect.queries_now(&recorded, &["subject-1".to_owned()]);
            for input in queries.into_iter().chain(aspect.queries_before(name, &input)) {
                check(service.name, read, Value::Map(input)).unwrap_or_else(|e| panic!("the query of {name}: {e}"));
            }
            for step in steps {
                let (_, back) = operation(service.name, step.operation);
                check(service.name, back, Value::Map(step.input))
                    .unwrap_or_else(|e| panic!("the calls that undo {name}: {e}"));
            }
        }
    }
    assert!(changes > 40, "only {changes} changes");
}

#[test]
fn no_operation_belongs_to_two_aspects() {
    let mut all: Vec<(&str, &str)> =
        aspects().flat_map(|aspect| aspect.changes().iter().map(|change| (aspect.service(), *change))).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn recorded_answer_fields_exist_in_an_answer() {
    let kept: std::collections::BTreeSet<&str> =
        aspects().flat_map(|aspect| aspect.answer_fields().iter().copied()).collect();
    for name in kept {
        let all =
            aspects().flat_map(|aspect| aspect.changes().iter().map(|change| operation(aspect.service(), change).1));
        assert!(all.into_iter().any(|change| change.output().field(name).is_some()), "no answer has the field {name}");
    }
}

fn effects(operation: &str, input: &Map, before: &Facts) -> Vec<ChangedFact> {
    let change = RecordedChange { operation, input, answer: &Map::default(), before };
    tags::Ec2Tags.effects(&change)
}

fn had(facts: &[(&str, &str)]) -> Facts {
    let names = facts.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
    Facts::from([("i-01234567".to_owned(), names)])
}

#[test]
fn deleting_a_tag_by_another_value_has_no_effect() {
    let tag = |value: &str| Value::List(vec![inner([("key", "App".into()), ("value", value.into())])]);
    let input = |tags| map([("resources", strings(&["i-01234567"])), ("tags", tags)]);
    let before = had(&[("App", "one")]);
    assert_eq!(effects("delete_tags", &input(tag("two")), &before), []);
    assert_eq!(effects("delete_tags", &input(tag("one")), &before).len(), 1);
}

#[test]
fn deleting_all_tags_keeps_those_of_aws() {
    let input = map([("resources", strings(&["i-01234567"]))]);
    let before = had(&[("App", "one"), ("aws:cloudformation:stack-name", "s")]);
    assert_eq!(
        effects("delete_tags", &input, &before),
        [("i-01234567".to_owned(), "App".to_owned(), FactAfter::Nothing)]
    );
}

#[test]
fn resources_with_the_same_tags_are_restored_in_one_call() {
    let same = BTreeMap::from([("App".to_owned(), "one".to_owned())]);
    let other = BTreeMap::from([("App".to_owned(), "two".to_owned())]);
    let facts =
        CurrentFacts::from([("i-1".to_owned(), same.clone()), ("i-2".to_owned(), other), ("i-3".to_owned(), same)]);
    let nothing = Facts::new();
    let change =
        RecordedChange { operation: "create_tags", input: &Map::default(), answer: &Map::default(), before: &nothing };
    let steps = tags::Ec2Tags.restore(&change, &facts);
    let resources: Vec<_> = steps.iter().map(|step| step.input.get("resources").cloned().unwrap()).collect();
    assert_eq!(resources, [strings(&["i-1", "i-3"]), strings(&["i-2"])]);
}

#[test]
fn only_instances_whose_state_changed_are_restored() {
    let state = |name: &str| inner([("name", name.into())]);
    let instance = |id: &str, was: &str| inner([("instance_id", id.into()), ("previous_state", state(was))]);
    let stopping = vec![instance("i-1", "running"), instance("i-2", "stopped")];
    let answer = map([("stopping_instances", Value::List(stopping))]);
    let (input, nothing) = (Map::default(), Facts::new());
    let change = RecordedChange { operation: "stop_instances", input: &input, answer: &answer, before: &nothing };
    let stopped = FactAfter::Value("stopped".to_owned());
    assert_eq!(power::Power.effects(&change), [("i-1".to_owned(), "state".to_owned(), stopped)]);
}

#[test]
fn rules_have_the_same_name_in_inputs_and_lists() {
    let peers = [
        ("ip_ranges", "cidr_ip", "cidr_ipv4", "10.0.0.0/8"),
        ("ipv6_ranges", "cidr_ipv6", "cidr_ipv6", "::/0"),
        ("prefix_list_ids", "prefix_list_id", "prefix_list_id", "pl-1"),
        ("user_id_group_pairs", "group_id", "referenced_group_id", "sg-2"),
    ];
    for (list, field, listed, peer) in peers {
        let ports = [("ip_protocol", "udp".into()), ("from_port", Value::Integer(1)), ("to_port", Value::Integer(9))];
        let mut permission = map(ports.clone());
        permission.set(list, Value::List(vec![inner([(field, peer.into()), ("description", "d".into())])]));
        let input =
            map([("group_id", "sg-1".into()), ("ip_permissions", Value::List(vec![Value::Map(permission.clone())]))]);
        let nothing = (Map::default(), Facts::new());
        let change = RecordedChange {
            operation: "authorize_security_group_ingress",
            input: &input,
            answer: &nothing.0,
            before: &nothing.1,
        };
        let [rules, _] = rules::ALL else { panic!("ingress and egress") };
        let [(group, name, after)] = &rules.effects(&change)[..] else { panic!("one rule") };
        let mut item = map(ports.into_iter().chain([("description", "d".into()), ("is_egress", Value::Bool(false))]));
        item.set("group_id", "sg-1".into());
        item.set(listed, peer.into());
        assert_eq!(rules.read_facts(&input, &item), [(group.clone(), name.clone(), "d".to_owned())]);
        assert_eq!(*after, FactAfter::Value("d".to_owned()));
        let facts = CurrentFacts::from([(group.clone(), BTreeMap::from([(name.clone(), "d".to_owned())]))]);
        let [step] = &rules.restore(&change, &facts)[..] else { panic!("one call") };
        let back = moonfleet_client::by_name::maps(step.input.get("ip_permissions").cloned().unwrap());
        assert_eq!(back[0].get(list), permission.get(list), "{peer}");
    }
}
