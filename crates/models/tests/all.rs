//! Every model in the program: complete, readable, without documentation.

use moonfleet_models::{index, partitions, service, service_names};

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

#[test]
fn the_index_has_the_names_of_the_models() {
    assert_eq!(index().len(), service_names().len());
    for names in index() {
        let service = service(names.name).unwrap();
        assert_eq!(&*service.name, names.name);
        assert_eq!(names.title, service.metadata.title);
        assert!(service.operation_names().eq(names.operations.iter().copied()), "{}", names.name);
        for alias in names.aliases() {
            assert!(std::ptr::eq(moonfleet_models::service(alias).unwrap(), service), "{alias}");
        }
    }
}

#[test]
fn partitions_are_there() {
    let aws = &partitions()[0];
    assert_eq!((aws.id, aws.dns_suffix), ("aws", "amazonaws.com"));
    assert!(aws.regions.iter().any(|region| region.id == "eu-central-1" && region.title == "Europe (Frankfurt)"));
}
