//! Services with one endpoint for all regions.

use moonfleet_core::{Map, Value};
use moonfleet_models::Service;

use crate::endpoint::{Endpoint, resolve};

/// Two regions of AWS's largest partition that no rule has a case for.
const REGIONS: [&str; 2] = ["eu-central-1", "us-west-2"];

/// Whether the service's rules give the same endpoint and signature for all regions of a partition.
pub fn has_one_endpoint(service: &Service) -> bool {
    let endpoint = |region: &str| -> Option<Endpoint> {
        resolve(service.endpoint_rules(), &Map::from_iter([("Region".to_owned(), Value::from(region))])).ok()
    };
    let [one, other] = REGIONS.map(endpoint);
    one.is_some() && one == other
}

#[cfg(test)]
mod tests {
    use moonfleet_models::{service, service_names};

    use super::*;

    #[test]
    fn rules_tell_the_services_with_one_endpoint() {
        let found = service_names().filter(|name| has_one_endpoint(service(name).expect("it has a model")));
        let found: Vec<&str> = found.collect();
        assert_eq!(found, EXPECTED);
    }

    const EXPECTED: [&str; 31] = [
        "account",
        "artifact",
        "bcm_dashboards",
        "bcm_data_exports",
        "bcm_pricing_calculator",
        "bcm_recommended_actions",
        "billing",
        "billingconductor",
        "budgets",
        "ce",
        "chime",
        "cloudfront",
        "codecatalyst",
        "freetier",
        "iam",
        "importexport",
        "invoicing",
        "networkmanager",
        "notificationscontacts",
        "organizations",
        "partnercentral_channel",
        "partnercentral_revenue_measurement",
        "payments",
        "pricing_plan_manager",
        "route53",
        "route53_recovery_control_config",
        "savingsplans",
        "shield",
        "support",
        "taxsettings",
        "waf",
    ];
}
