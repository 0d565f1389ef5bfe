//! Corrections of the SDK's sources, which are incomplete or differ from the names that users expect. Each
//! correction has a reason; a correction that no longer applies is an error.

mod idempotency_tokens;
mod page_sizes;
mod secrets;
mod text_forms;
pub(crate) mod unnamed_unions;

use anyhow::{Context as _, Result, bail, ensure};
use moonfleet_models::risk;

use crate::model::{Definition, Field, Operation, Service};

pub(crate) fn apply(service: &mut Service) -> Result<()> {
    for operation in &mut service.operations {
        let name = format!("{}.{}", service.name, operation.name);
        let judged = risk::judge(&service.name, &operation.name);
        let judged =
            judged.with_context(|| format!("{name}: the verb is in no line of crates/models/risks/verbs.txt"))?;
        (operation.risk, operation.issues_credentials) = (judged.risk, judged.issues_credentials);
    }
    secrets::apply(service)?;
    idempotency_tokens::apply(service)?;
    text_forms::apply(service)?;
    page_sizes::apply(service)?;
    if service.name == "ec2" {
        set_items_of_describe_instances(service)?;
    }
    Ok(())
}

pub(crate) fn assert_all_used(services: &[Service]) -> Result<()> {
    for (crate_tail, name) in SERVICE_NAMES {
        ensure!(services.iter().any(|s| s.name == *name), "{crate_tail} is not bound; remove its name {name}");
    }
    secrets::assert_all_used(services)?;
    idempotency_tokens::assert_all_used(services)?;
    text_forms::assert_all_used(services)?;
    page_sizes::assert_all_used(services)
}

/// Names with word boundaries, like those of AWS's CLI and the Ruby SDK, for SDK crates without them.
const SERVICE_NAMES: &[(&str, &str)] = &[("resourcegroups", "resource_groups")];

pub(crate) fn service_name(crate_tail: &str) -> &str {
    SERVICE_NAMES.iter().find(|(tail, _)| *tail == crate_tail).map_or(crate_tail, |(_, name)| name)
}

/// Sets the items of `describe_instances` to instances. The paginator has reservations, which only group instances
/// by launch.
fn set_items_of_describe_instances(service: &mut Service) -> Result<()> {
    let operation = find(service, "describe_instances")?;
    ensure!(operation.items == ["reservations"], "the items of describe_instances are {:?} now", operation.items);
    operation.items.push("instances".to_owned());
    operation.inherits = vec!["owner_id".to_owned(), "reservation_id".to_owned()];
    Ok(())
}

fn find<'a>(service: &'a mut Service, name: &str) -> Result<&'a mut Operation> {
    let Some(operation) = service.operations.iter_mut().find(|o| o.name == name) else {
        bail!("a correction names {}.{name}, which does not exist any more; remove it", service.name);
    };
    Ok(operation)
}

/// Returns the fields of each input, output and structure.
fn fields(service: &mut Service) -> impl Iterator<Item = (String, std::slice::IterMut<'_, Field>)> {
    let sides = service.operations.iter_mut().flat_map(|operation| {
        let name = &operation.api_name;
        let (input, output) = (format!("{name}Input"), format!("{name}Output"));
        [(input, operation.input.iter_mut()), (output, operation.output.iter_mut())]
    });
    let structures = service.types.iter_mut().filter_map(|(name, definition)| match definition {
        Definition::Structure(fields) => Some((name.clone(), fields.iter_mut())),
        _ => None,
    });
    sides.chain(structures)
}
