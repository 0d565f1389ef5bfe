//! The names of newer models on the user's machine. A process has one folder of them.

use std::fs;

use moonfleet_models::newer::{SOURCE_FILE, Source, file_name, use_newer};
use moonfleet_models::{built_in, index, service};

#[test]
fn operations_of_newer_models_are_in_the_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Source { data: "data".into(), version: None };
    fs::write(folder.path().join(SOURCE_FILE), source.text()).expect("a file");
    let known = built_in("marketplace_entitlement").expect("a service");
    let added = "operation ListGadgets POST /\n";
    let (before, after) = known.text_without_endpoint_rules().split_once("operation ").expect("an operation");
    let text = format!("{before}operation {}", after.replacen("\nstructure ", &format!("\n{added}structure "), 1));
    fs::write(folder.path().join(file_name(known.cli_name)), text).expect("a file");
    use_newer(folder.path().to_owned());

    let names = |name: &str| index().iter().find(|names| names.name == name).expect("a service");
    assert_eq!(&*names(&known.name).operations, ["get_entitlements", "list_gadgets"]);
    assert_eq!(names(&known.name).title, "AWS Marketplace Entitlement Service");
    assert!(service(&known.name).expect("a service").operation("list_gadgets").is_some());
    let sqs = names("sqs").operations.iter().copied();
    assert!(sqs.eq(built_in("sqs").expect("a service").operation_names()), "other services stay");
}
