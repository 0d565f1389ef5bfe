//! Help on a field of the input or the output of an operation, at any depth: `ec2.run_instances.placement`.

use moonfleet_bindings::{Operation, Service};
use moonfleet_core::{Field, Shape};

use super::{Direction, Member, fields_of, item_shape, member};

pub struct FieldHelp {
    /// `ec2.run_instances.placement`
    pub name: String,
    /// For each place that has a field of this name: the place, the field, and its own fields.
    pub places: Vec<(&'static str, Member, Vec<Member>)>,
}

pub(super) fn about(service: &Service, operation: &'static Operation, path: &str) -> Option<FieldHelp> {
    let steps: Vec<&str> = path.split('.').collect();
    let items = operation.items.as_ref().and_then(|items| item_shape(operation.output(), items));
    let places = [
        ("parameter", Some(operation.input()), Direction::Input),
        ("answer", Some(operation.output()), Direction::Output),
        ("item", items, Direction::Output),
    ];
    let places = places.into_iter().filter_map(|(place, shape, direction)| {
        let field = walk(shape?, &steps)?;
        Some((place, member(field, direction), inner(field, direction)))
    });
    let places: Vec<_> = places.collect();
    let name = format!("{}.{}.{path}", service.name, operation.name);
    (!places.is_empty()).then_some(FieldHelp { name, places })
}

fn walk(shape: &'static Shape, steps: &[&str]) -> Option<&'static Field> {
    let (first, rest) = steps.split_first()?;
    let field = shape.field(first)?;
    if rest.is_empty() { Some(field) } else { walk(field.ty.structure()?, rest) }
}

/// Returns the fields of a field; none if it is written as a map of names.
fn inner(field: &Field, direction: Direction) -> Vec<Member> {
    match field.ty.structure().filter(|_| field.ty.pairs().is_none()) {
        Some(shape) => fields_of(shape, direction),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<FieldHelp> {
        let service = moonfleet_bindings::service("ec2")?;
        let (operation, path) = path.split_once('.')?;
        about(service, service.operation(operation)?, path)
    }

    #[test]
    fn fields_are_found_in_parameters_answers_and_items() {
        let placement = found("run_instances.placement").expect("a parameter");
        let (place, member, inner) = &placement.places[0];
        assert_eq!((*place, member.name), ("parameter", "placement"));
        assert!(inner.iter().any(|member| member.name == "tenancy"));
        let ebs = found("run_instances.block_device_mappings.ebs.volume_type").expect("a field of a field");
        assert!(matches!(ebs.places[0].1.inner, super::super::Inner::Values(values) if values.contains(&"gp3")));
        let both: Vec<_> = found("describe_instances.next_token").expect("two").places.iter().map(|p| p.0).collect();
        assert_eq!(both, ["parameter", "answer"]);
        assert_eq!(found("describe_instances.state.name").expect("of an instance").places[0].0, "item");
        assert!(found("run_instances.placement.no_such").is_none());
    }
}
