use moonfleet_bindings::{Operation, Risk, Service, check, service};

use super::*;

fn operation(of: &str, name: &str) -> (&'static Service, &'static Operation) {
    let of = service(of).unwrap_or_else(|| panic!("no service {of}"));
    (of, of.operation(name).unwrap_or_else(|| panic!("no operation {}.{name}", of.name)))
}

fn strings(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(|text| (*text).into()).collect())
}

fn inner(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(map(fields))
}

/// One value for each parameter that a change of this table can have.
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

/// An answer from which every change of the table can be undone.
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

/// The input of a change with everything in it that it can name.
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

/// What is there before the change, where it is asked for: all that it takes away.
fn facts(aspect: &dyn Aspect, operation: &Operation, input: &Map) -> Facts {
    let unset = operation.name.starts_with("de") || operation.name.starts_with("un");
    let is_gone = unset || operation.name.starts_with("re") || operation.name.starts_with("dis");
    let nothing = Facts::new();
    let change = RecordedChange { operation: operation.name, input, answer: &answer(operation.name), before: &nothing };
    let mut facts = aspect.before(&change);
    for (subject, name, _) in aspect.left(&change) {
        facts.entry(subject).or_default().entry(name).or_insert(is_gone.then(|| "new".to_owned()));
    }
    if facts.is_empty() {
        // What an id of an attachment is the id of is read before the change.
        let value = if operation.name == "detach_network_interface" { "1" } else { "eni-1 10.0.0.5" };
        facts.insert("subject-1".to_owned(), BTreeMap::from([("name-1".to_owned(), Some(value.to_owned()))]));
    }
    facts
}

#[test]
fn every_way_back_exists_and_passes_the_checker() {
    let mut changes = 0;
    for aspect in aspects() {
        let (read, list) = aspect.read();
        let (_, read) = operation(aspect.service(), read);
        assert_eq!(read.risk, Risk::Read, "{}", read.name);
        assert!(read.output().field(list).is_some(), "{} has no {list}", read.name);
        for name in aspect.changes() {
            changes += 1;
            let (of, change) = operation(aspect.service(), name);
            assert!(change.risk > Risk::Read, "{name} changes nothing");
            // A secret is not in the record.
            assert!(change.input().fields.iter().all(|field| !field.secret), "{name} takes a secret");
            let input = input(change);
            check(of.name, change, Value::Map(input.clone())).unwrap_or_else(|e| panic!("the sample of {e}"));
            let facts = facts(aspect, change, &input);
            let recorded = RecordedChange { operation: name, input: &input, answer: &answer(name), before: &facts };
            let (left, before) = (aspect.left(&recorded), aspect.before(&recorded));
            assert!(!left.is_empty(), "{name} leaves nothing");
            let (mut put, mut take) = (CurrentFacts::new(), CurrentFacts::new());
            for (subject, fact, left) in left {
                match before.get(&subject).and_then(|names| names.get(&fact)).cloned().flatten() {
                    Some(had) => {
                        assert!(!left.is(Some(&had)), "{name} leaves {fact} as it was");
                        put.entry(subject).or_default().insert(fact, had)
                    }
                    None => take.entry(subject).or_default().insert(fact, "new".to_owned()),
                };
            }
            let mut steps = if take.is_empty() { Vec::new() } else { aspect.take(&recorded, &take) };
            steps.extend(if put.is_empty() { Vec::new() } else { aspect.put(&recorded, &put) });
            assert!(!steps.is_empty(), "{name} has no step back");
            let asked = aspect.asked_now(&recorded, &["subject-1".to_owned()]);
            for input in asked.into_iter().chain(aspect.asked_before(name, &input)) {
                check(of.name, read, Value::Map(input)).unwrap_or_else(|e| panic!("{name} is read by {e}"));
            }
            for step in steps {
                let (_, back) = operation(of.name, step.operation);
                check(of.name, back, Value::Map(step.input)).unwrap_or_else(|e| panic!("the way back of {name}: {e}"));
            }
        }
    }
    assert!(changes > 40, "only {changes} changes");
}

#[test]
fn no_change_belongs_to_two_ideas() {
    let mut all: Vec<(&str, &str)> =
        aspects().flat_map(|aspect| aspect.changes().iter().map(|change| (aspect.service(), *change))).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn what_is_kept_of_an_answer_is_in_one() {
    let kept: std::collections::BTreeSet<&str> = aspects().flat_map(|aspect| aspect.kept().iter().copied()).collect();
    for name in kept {
        let all =
            aspects().flat_map(|aspect| aspect.changes().iter().map(|change| operation(aspect.service(), change).1));
        assert!(all.into_iter().any(|change| change.output().field(name).is_some()), "nothing answers with {name}");
    }
}

fn left(operation: &str, input: &Map, before: &Facts) -> Vec<ChangedFact> {
    let change = RecordedChange { operation, input, answer: &Map::default(), before };
    tags::Ec2Tags.left(&change)
}

fn had(facts: &[(&str, &str)]) -> Facts {
    let names = facts.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
    Facts::from([("i-01234567".to_owned(), names)])
}

#[test]
fn a_tag_that_is_deleted_by_its_value_stays_where_it_has_another() {
    let tag = |value: &str| Value::List(vec![inner([("key", "App".into()), ("value", value.into())])]);
    let input = |tags| map([("resources", strings(&["i-01234567"])), ("tags", tags)]);
    let before = had(&[("App", "one")]);
    assert_eq!(left("delete_tags", &input(tag("two")), &before), []);
    assert_eq!(left("delete_tags", &input(tag("one")), &before).len(), 1);
}

#[test]
fn all_tags_are_deleted_but_aws_own() {
    let input = map([("resources", strings(&["i-01234567"]))]);
    let before = had(&[("App", "one"), ("aws:cloudformation:stack-name", "s")]);
    assert_eq!(left("delete_tags", &input, &before), [("i-01234567".to_owned(), "App".to_owned(), FactAfter::Nothing)]);
}

#[test]
fn resources_that_had_the_same_tags_come_back_in_one_call() {
    let same = BTreeMap::from([("App".to_owned(), "one".to_owned())]);
    let other = BTreeMap::from([("App".to_owned(), "two".to_owned())]);
    let facts =
        CurrentFacts::from([("i-1".to_owned(), same.clone()), ("i-2".to_owned(), other), ("i-3".to_owned(), same)]);
    let nothing = Facts::new();
    let change =
        RecordedChange { operation: "create_tags", input: &Map::default(), answer: &Map::default(), before: &nothing };
    let steps = tags::Ec2Tags.put(&change, &facts);
    let resources: Vec<_> = steps.iter().map(|step| step.input.get("resources").cloned().unwrap()).collect();
    assert_eq!(resources, [strings(&["i-1", "i-3"]), strings(&["i-2"])]);
}

#[test]
fn only_instances_whose_state_changed_are_started_again() {
    let state = |name: &str| inner([("name", name.into())]);
    let of = |id: &str, was: &str| inner([("instance_id", id.into()), ("previous_state", state(was))]);
    let answer = map([("stopping_instances", Value::List(vec![of("i-1", "running"), of("i-2", "stopped")]))]);
    let (input, nothing) = (Map::default(), Facts::new());
    let change = RecordedChange { operation: "stop_instances", input: &input, answer: &answer, before: &nothing };
    let stopped = FactAfter::Value("stopped".to_owned());
    assert_eq!(power::Power.left(&change), [("i-1".to_owned(), "state".to_owned(), stopped)]);
}

#[test]
fn rules_are_the_same_in_an_input_and_in_a_list() {
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
        let [rules, _] = rules::ALL else { panic!("two ways through") };
        let [(group, name, left)] = &rules.left(&change)[..] else { panic!("one rule") };
        let mut item = map(ports.into_iter().chain([("description", "d".into()), ("is_egress", Value::Bool(false))]));
        item.set("group_id", "sg-1".into());
        item.set(listed, peer.into());
        assert_eq!(rules.read_facts(&input, &item), [(group.clone(), name.clone(), "d".to_owned())]);
        assert_eq!(*left, FactAfter::Value("d".to_owned()));
        let facts = CurrentFacts::from([(group.clone(), BTreeMap::from([(name.clone(), "d".to_owned())]))]);
        let [step] = &rules.put(&change, &facts)[..] else { panic!("one call") };
        let back = moonfleet_client::by_name::maps(step.input.get("ip_permissions").cloned().unwrap());
        assert_eq!(back[0].get(list), permission.get(list), "{peer}");
    }
}
