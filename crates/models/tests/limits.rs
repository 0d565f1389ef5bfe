//! The tables of prices and rates.

use moonfleet_models::limits::{pace, paces, price, prices};
use moonfleet_models::service;

#[test]
fn every_row_names_a_service_or_an_operation_and_its_source() {
    let names: Vec<&str> = prices().iter().map(|price| price.name).collect();
    assert!(names.is_sorted(), "limits/costs.txt is not sorted");
    let pace_names: Vec<&str> = paces().iter().map(|pace| pace.name).collect();
    assert!(pace_names.is_sorted(), "limits/paces.txt is not sorted");
    for name in names.into_iter().chain(pace_names) {
        let (service_name, operation) = name.split_once('.').unwrap_or((name, ""));
        let service = service(service_name).unwrap_or_else(|| panic!("{name}: there is no such service"));
        assert!(operation.is_empty() || service.operation(operation).is_some(), "{name}: there is no such operation");
    }
    let sources = prices().iter().map(|price| price.source).chain(paces().iter().map(|pace| pace.source));
    for source in sources {
        assert!(source.starts_with("https://"), "{source}");
    }
    for price in prices() {
        assert!(price.dollars.parse::<f64>().is_ok_and(|dollars| dollars > 0.0), "{}", price.name);
    }
    for pace in paces() {
        assert!(pace.per_second > 0.0 && pace.burst >= 1.0, "{}", pace.name);
    }
}

#[test]
fn an_operation_has_its_own_row_or_that_of_its_service() {
    assert_eq!(pace("securityhub", "get_findings").map(|pace| pace.per_second), Some(3.0));
    assert_eq!(pace("securityhub", "get_insights").map(|pace| pace.name), Some("securityhub"));
    assert_eq!(pace("ec2", "describe_instances"), None);
    assert_eq!(price("ce", "get_cost_and_usage").map(|price| price.dollars), Some("0.01"));
    assert_eq!(price("pricing", "get_products"), None);
}
