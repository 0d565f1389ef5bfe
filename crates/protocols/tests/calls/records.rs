//! Answers as records: their size, and the way to their parts.

use moonfleet_core::Value;
use moonfleet_protocols::{Record, RecordRef, View};

use crate::{call, response};

/// Returns an answer with this number of equal instances.
fn instances(count: usize) -> Record {
    let (api, operation) = call("ec2.describe_instances");
    let item = include_str!("instance.xml").replace('\n', "");
    let body = format!(
        "<DescribeInstancesResponse><reservationSet>{}</reservationSet></DescribeInstancesResponse>",
        item.repeat(count)
    );
    api.answer(operation, &response(200, &[], body)).expect("an answer")
}

fn first<'a>(view: View<'a>) -> RecordRef<'a> {
    let View::List(list) = view else { panic!("{view:?} is no list") };
    match list.iter().next() {
        Some(View::Record(record)) => record,
        other => panic!("{other:?} is no record"),
    }
}

#[test]
fn an_instance_takes_less_than_two_kilobytes() {
    let answer = instances(3);
    let reservation = first(answer.named("reservations"));
    let instance = first(reservation.named("instances")).to_owned();
    assert!((500..2000).contains(&instance.size()), "{} bytes", instance.size());
    // An item that is kept does not keep the page.
    drop(answer);
    assert!(matches!(instance.named("instance_id"), View::Text("i-00000000000000001")));
}

#[test]
fn fields_are_read_by_name_and_by_index() {
    let answer = instances(1);
    let instance = first(first(answer.named("reservations")).named("instances"));
    let service = call("ec2.describe_instances").0.service();
    let shape = service.shape(instance.shape()).as_structure().expect("a structure");
    for (member, view) in instance.fields() {
        let (index, _) = shape.member(&member.name).expect("a member");
        assert_eq!(view.to_value(), instance.get(index).to_value(), "{}", member.name);
        assert_eq!(view.to_value(), instance.named(&member.name).to_value(), "{}", member.name);
    }
    assert!(matches!(instance.named("spot_instance_request_id"), View::Nil), "a field that the answer lacks");
    assert!(matches!(instance.named("no_such_field"), View::Nil));
    assert!(matches!(instance.named("key_name"), View::Text("ops")));
    assert!(matches!(instance.named("ebs_optimized"), View::Bool(true)));
    let View::Record(state) = instance.named("state") else { panic!("no state") };
    assert!(matches!(state.named("code"), View::Integer(16)));
    let View::List(tags) = instance.named("tags") else { panic!("no tags") };
    assert_eq!(tags.count(), 4);
    let Value::Time(launched) = instance.named("launch_time").to_value() else { panic!("no time") };
    assert_eq!(launched.to_string(), "2026-10-14T00:22:51Z");
}

#[test]
fn each_kind_of_number_comes_back() {
    let (api, operation) = call("dynamodb.describe_table");
    for number in [0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN] {
        let body = format!(r#"{{"Table":{{"ItemCount":{number}}}}}"#);
        let answer = api.answer(operation, &response(200, &[], body)).expect("an answer");
        let View::Record(table) = answer.named("table") else { panic!("no table") };
        assert!(matches!(table.named("item_count"), View::Integer(read) if read == number), "{number}: {table:?}");
    }
}

#[test]
fn documents_have_lists_and_maps_of_any_values() {
    let (api, operation) = call("bedrock_runtime.converse");
    let body = r#"{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"n",
        "input":{"z":[1,null,{"y":2.5}],"a":true}}}]}},"stopReason":"tool_use"}"#;
    let answer = api.answer(operation, &response(200, &[], body)).expect("an answer").to_map();
    let input = crate::at(&answer, "output.message.content.0.tool_use.input").expect("a document");
    let Value::Map(input) = input else { panic!("{input:?}") };
    assert_eq!(input.get("a"), Some(&Value::Bool(true)));
    let z = input.get("z").map(moonfleet_core::json::text);
    assert_eq!(z.as_deref(), Some(r#"[1,null,{"y":2.5}]"#));
}
