//! All operations that read, over the whole seed, with parameters that other answers have.

use std::collections::{BTreeMap, BTreeSet};

use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Member, Operation, Service, ShapeId, snake};

use crate::registry::modelled;
use crate::testing::Account;

/// How many values of a parameter are tried.
const VALUES: usize = 3;
/// The second round has the values of the answers of the first.
const ROUNDS: usize = 2;
/// Operations whose parameters belong together, or have other values than the few that are tried.
const REFUSED: [&str; 19] = [
    "iam.get_context_keys_for_custom_policy",
    "iam.get_context_keys_for_principal_policy",
    "iam.get_credential_report",
    "iam.get_group_policy",
    "iam.get_open_id_connect_provider",
    "iam.get_role_policy",
    "iam.get_saml_provider",
    "iam.get_service_last_accessed_details",
    "iam.get_user_policy",
    "resource_groups.get_group",
    "resource_groups.get_group_query",
    "resource_groups.get_tags",
    "resource_groups.list_group_resources",
    "ssm.describe_association_execution_targets",
    "ssm.describe_document",
    "ssm.get_command_invocation",
    "ssm.get_document",
    "ssm.get_service_setting",
    "ssm.list_tags_for_resource",
];

/// Texts of answers by the parameters that could have them.
type Texts = BTreeMap<String, BTreeSet<String>>;

#[tokio::test]
async fn no_read_of_the_seed_is_an_internal_failure() {
    let registry = crate::registry();
    let reads = |name: &&&str| ["describe_", "list_", "get_"].iter().any(|verb| name.contains(&format!(".{verb}")));
    let reads: Vec<&str> = registry.sdk_calls.keys().filter(reads).copied().collect();
    let (mut answered, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for region in ["eu-central-1", "us-east-1"] {
        let account = Account::new().at(region);
        let mut texts = Texts::new();
        for name in reads.repeat(ROUNDS) {
            let (service, operation) = modelled(name);
            for input in inputs(service, operation, &texts) {
                match account.call(name, input.clone()).await {
                    Ok(output) => {
                        answered.insert(name);
                        let shape = operation.output.unwrap();
                        keep(service, shape, &output.fields.to_map(), &mut texts);
                    }
                    Err((_, code, message)) if code == "InternalFailure" || code == "NotSent" => {
                        failed.insert(format!("{name} {input:?}: {message}"));
                    }
                    Err(_) => {}
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.into_iter().collect::<Vec<_>>().join("\n"));
    let refused: Vec<_> = reads.into_iter().filter(|name| !answered.contains(name)).collect();
    assert_eq!(refused, REFUSED);
}

/// Returns inputs with the required parameters, and with one optional parameter each.
fn inputs(service: &Service, operation: &Operation, texts: &Texts) -> Vec<Map> {
    let shape = operation.input.as_ref().and_then(|input| service.shape(input.target).as_structure());
    let members = shape.map_or(&[][..], |shape| &shape.members);
    let (required, optional): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.required);
    let mut inputs = Vec::new();
    for at in 0..VALUES {
        let field = |member: &&Member| {
            let values = values(service, member, texts);
            let value = values.get(at % values.len().max(1))?;
            Some((member.name.to_string(), value.clone()))
        };
        let Some(input) = required.iter().map(field).collect::<Option<Map>>() else { break };
        if at == 0 {
            inputs.extend(optional.iter().filter_map(field).map(|(name, value)| {
                let mut input = input.clone();
                input.set(&name, value);
                input
            }));
        }
        if at == 0 || !required.is_empty() {
            inputs.push(input);
        }
    }
    inputs
}

/// Returns values of a parameter: texts of other answers, or some of its type.
fn values(service: &Service, member: &Member, texts: &Texts) -> Vec<Value> {
    let texts = |name: &str| texts.get(name).into_iter().flatten().take(VALUES).map(|text| text.as_str().into());
    match &service.shape(member.target.target).kind {
        Kind::String { values } if values.is_empty() => texts(&member.name).collect(),
        Kind::String { values } => values.iter().map(|value| Value::from(&**value)).collect(),
        Kind::List { item, .. } if matches!(service.shape(item.target).kind, Kind::String { .. }) => {
            let singular = member.name.strip_suffix('s').unwrap_or(&member.name);
            texts(singular).map(|text: Value| Value::List(vec![text])).collect()
        }
        Kind::Boolean => vec![Value::Bool(true), Value::Bool(false)],
        Kind::Integer | Kind::Long => vec![Value::Integer(5)],
        _ => Vec::new(),
    }
}

/// Keeps the texts of an answer.
fn keep(service: &Service, id: ShapeId, fields: &Map, texts: &mut Texts) {
    let shape = service.shape(id);
    for (name, value) in &fields.0 {
        let Some((_, member)) = shape.as_structure().and_then(|structure| structure.member(name)) else { continue };
        let names = [name.clone(), format!("{}_{name}", snake(shape.name))];
        keep_value(service, member.target.target, &names, value, texts);
    }
}

fn keep_value(service: &Service, id: ShapeId, names: &[String; 2], value: &Value, texts: &mut Texts) {
    match (&service.shape(id).kind, value) {
        (Kind::Structure(_), Value::Map(fields)) => keep(service, id, fields, texts),
        (Kind::List { item, .. }, Value::List(items)) => {
            let names = names.clone().map(|name| name.strip_suffix('s').unwrap_or(&name).to_owned());
            items.iter().for_each(|value| keep_value(service, item.target, &names, value, texts));
        }
        (Kind::String { .. }, Value::String(text)) => {
            names.iter().for_each(|name| _ = texts.entry(name.clone()).or_default().insert(text.clone()));
        }
        _ => {}
    }
}
