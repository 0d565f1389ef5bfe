//! Security groups that allow too much inbound traffic, as findings for audits.

use aws_sdk_ec2::types::{IpPermission, SecurityGroup};

use super::ids::ids_for;
use crate::ec2;
use crate::ec2::{rule, rule6};

/// Returns the additional groups of a region.
pub(super) fn groups(account: &str, region: &str, vpc_id: &str) -> Vec<SecurityGroup> {
    let group = |name: &str, description: &str, rules: Vec<IpPermission>| {
        let mut ids = ids_for(&format!("{account} {region} group {name}"));
        let mut group = ec2::group(&mut ids, account, vpc_id, name, description);
        group.ip_permissions = Some(rules);
        group
    };
    let anywhere = |port: i32| [rule("tcp", Some(port), "0.0.0.0/0"), rule6("tcp", Some(port), "::/0")];
    match region {
        "eu-central-1" => vec![
            group("rdp-vendor", "Remote desktop for the vendor, until March", anywhere(3389).into()),
            group(
                "ledger-db",
                "The ledger's database",
                vec![rule("tcp", Some(5432), "0.0.0.0/0"), rule("tcp", Some(5432), "10.20.0.0/16")],
            ),
            group("https-only", "HTTPS from anywhere", anywhere(443).into()),
            group(
                "debug-all",
                "All traffic, for a test",
                vec![rule("-1", None, "0.0.0.0/0"), rule6("-1", None, "::/0")],
            ),
        ],
        "us-east-1" => {
            let rules = vec![rule("tcp", Some(22), "0.0.0.0/0"), rule6("tcp", Some(22), "::/0")];
            vec![group("launch-wizard-1", "launch-wizard-1 created 2025-10-19T09:12:44.000Z", rules)]
        }
        _ => Vec::new(),
    }
}
