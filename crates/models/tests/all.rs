//! Every model in the program: complete, readable, without documentation.

use std::collections::BTreeSet;

use moonfleet_models::{Protocol, index, partitions, service, service_names};

#[test]
fn every_line_of_every_model_can_be_read() {
    let mut operations = 0;
    for name in service_names() {
        let service = service(name).unwrap_or_else(|| panic!("{name}"));
        service.read_all().unwrap_or_else(|e| panic!("{name}: {e}"));
        operations += service.operations().len();
    }
    assert!(service_names().len() >= 445, "{} services", service_names().len());
    assert!(operations >= 20_027, "{operations} operations");
}

fn assert_unique<'a>(names: impl Iterator<Item = &'a str>, owner: &str) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{owner} has {name} twice");
    }
}

#[test]
fn names_in_snake_case_are_unique() {
    for name in service_names() {
        let service = service(name).expect("it has a model");
        assert_unique(service.operation_names(), name);
        assert_unique(service.waiter_names(), name);
        for shape in service.shape_ids().map(|id| service.shape(id)) {
            let members = shape.as_structure().map(|structure| &*structure.members).unwrap_or_default();
            assert_unique(members.iter().map(|member| &*member.name), shape.name);
        }
    }
}

#[test]
fn waiters_and_pages_refer_to_operations_and_members() {
    for name in service_names() {
        let service = service(name).expect("it has a model");
        for waiter in service.waiters() {
            assert!(service.operation(&waiter.operation).is_some(), "{name}: {} is no operation", waiter.operation);
        }
        for operation in service.operations() {
            let Some(pages) = &operation.pages else { continue };
            let input = operation.input.as_ref().and_then(|input| service.shape(input.target).as_structure());
            let members = &input.unwrap_or_else(|| panic!("{name}.{} has pages and no input", operation.name)).members;
            for token in pages.input_tokens.iter().map(|token| &**token).chain(pages.page_size) {
                let is_member = members.iter().any(|member| member.api_name == token);
                assert!(is_member, "{name}.{}: {token} is no member", operation.name);
            }
            assert_eq!(pages.input_tokens.len(), pages.output_tokens.len(), "{name}.{}", operation.name);
        }
    }
}

#[test]
fn the_index_has_the_names_of_the_models() {
    assert_eq!(index().len(), service_names().len());
    for names in index() {
        let service = service(names.name).unwrap();
        assert_eq!(&*service.name, names.name);
        assert_eq!(names.title, service.metadata.title);
        assert!(service.operation_names().eq(names.operations.iter().copied()), "{}", names.name);
        assert!(service.waiter_names().eq(names.waiters.iter().copied()), "{}", names.name);
        for alias in names.aliases() {
            assert!(std::ptr::eq(moonfleet_models::service(alias).unwrap(), service), "{alias}");
        }
    }
}

#[test]
fn an_operation_of_any_service_is_found_by_a_part_of_its_name() {
    let named = |part: &str| {
        let operations = index().iter().flat_map(|names| names.operations.iter().map(|name| (names.name, *name)));
        operations.filter(|(_, name)| name.contains(part)).collect::<Vec<_>>()
    };
    let snapshots = named("snapshot");
    assert!(snapshots.len() > 150, "{} operations", snapshots.len());
    assert!(snapshots.contains(&("ec2", "describe_snapshots")) && snapshots.contains(&("rds", "copy_db_snapshot")));
}

#[test]
fn services_have_one_protocol_each_that_botocore_prefers() {
    for (name, protocol) in [
        ("dynamodb", Protocol::Json),
        ("ec2", Protocol::Ec2),
        ("lambda", Protocol::RestJson),
        ("rds", Protocol::Query),
        ("s3", Protocol::RestXml),
        ("sqs", Protocol::Json),
    ] {
        assert_eq!(service(name).map(|service| service.protocol()), Some(protocol), "{name}");
    }
    assert!(service("no_such_service").is_none());
}

#[test]
fn partitions_are_there() {
    let aws = &partitions()[0];
    assert_eq!((aws.id, aws.dns_suffix), ("aws", "amazonaws.com"));
    assert!(aws.regions.iter().any(|region| region.id == "eu-central-1" && region.title == "Europe (Frankfurt)"));
}

#[test]
fn the_example_of_the_readme_is_from_the_model() {
    let readme = include_str!("../README.md");
    let example = readme.split("```").find(|block| block.starts_with("\nservice")).expect("there is an example").trim();
    let mut model = include_str!("../data/services/sqs.txt").lines();
    for line in example.lines() {
        assert!(model.any(|other| other == line), "the model lacks {line:?}, or has it elsewhere");
    }
}
