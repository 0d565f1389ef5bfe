//! The names of the typed services, which the bindings declare, are the names of the models.

use std::fs;
use std::path::Path;

use moonfleet_models::service;

/// Returns the names in snake case and in the API of the operations that a file of declarations contains:
/// `operation!(assume_role, AssumeRole, …`.
fn declared_operations(declarations: &str) -> Vec<(&str, &str)> {
    let operations = declarations.split("operation!(").skip(1);
    operations
        .map(|declaration| {
            let mut words = declaration.split([',', ' ']).filter(|word| !word.is_empty());
            (words.next().expect("a name"), words.next().expect("a name in the API"))
        })
        .collect()
}

#[test]
fn typed_operations_have_the_same_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bindings/src/services");
    let mut agreed = 0;
    for name in ["ec2", "iam", "resource_groups", "ssm", "sts"] {
        let declarations = fs::read_to_string(folder.join(name).with_extension("rs")).expect("bindings exist");
        let service = service(name).expect("a model exists");
        for (name, api_name) in declared_operations(&declarations) {
            let operation = service.operation(name).unwrap_or_else(|| panic!("the models have no {name}"));
            assert_eq!(operation.api_name, api_name);
            agreed += 1;
        }
    }
    assert!(agreed >= 1177, "{agreed} typed operations");
}
