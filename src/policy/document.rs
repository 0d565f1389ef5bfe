//! The generated policy: actions on all resources, and actions on the resources of recorded calls.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use moonfleet_bindings::{Operation, Risk, Service, actions};
use moonfleet_core::arn::partition;
use moonfleet_core::{Map, Value};
use moonfleet_engine::record::{Callee, Recorded};
use serde::Serialize;

/// A call that the policy must allow.
pub(super) struct PolicyNeed {
    callee: Callee,
    /// The input, if it is known. Some inputs need more actions.
    input: Option<Map>,
    /// The ARNs of the call's resources. Empty if they are unknown.
    resources: Vec<String>,
}

impl PolicyNeed {
    pub(super) fn from_call(call: &Recorded) -> Self {
        let input = match &call.line.input {
            Value::Map(input) => Some(input.clone()),
            _ => None,
        };
        PolicyNeed { callee: call.what, input, resources: resources(call).unwrap_or_default() }
    }

    /// Returns the need to call this on any resource.
    pub(super) fn on_any_resource(callee: Callee) -> Self {
        PolicyNeed { callee, input: None, resources: Vec::new() }
    }

    pub(super) fn is(&self, service: &Service, operation: &Operation) -> bool {
        let Callee { service: s, operation: o } = self.callee;
        (s.name, o.name) == (service.name, operation.name)
    }

    pub(super) fn risk(&self) -> Risk {
        self.callee.operation.risk
    }

    pub(super) fn actions(&self) -> Vec<String> {
        let Callee { service, operation } = self.callee;
        actions(service, operation, self.input.as_ref()).into_iter().map(Cow::into_owned).collect()
    }
}

impl fmt::Display for PolicyNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Callee { service, operation } = self.callee;
        write!(f, "{}.{}", service.name, operation.name)
    }
}

/// Returns the ARNs of the call's targets; `None` unless each is an EC2 resource and the operation is EC2's. Operations
/// of other services on EC2 resources need permissions on more resources, for example a command on its document.
fn resources(call: &Recorded) -> Option<Vec<String>> {
    let line = &call.line;
    let Callee { service, operation } = call.what;
    if service.name != "ec2" || operation.risk == Risk::Read || line.targets.is_empty() {
        return None;
    }
    let (region, account) = (line.region.as_ref()?, line.account.as_ref()?);
    line.targets.iter().map(|id| arn(region, account, id)).collect()
}

fn arn(region: &str, account: &str, id: &str) -> Option<String> {
    let (prefix, _) = id.rsplit_once('-').filter(|_| moonfleet_engine::guard::targets::looks_like_id(id))?;
    let (_, kind, has_account) = KINDS.iter().find(|(known, ..)| *known == prefix)?;
    let account = if *has_account { account } else { "" };
    Some(format!("arn:{}:ec2:{region}:{account}:{kind}/{id}", partition(region)))
}

/// The prefix of an id, the resource type in its ARN, and whether the ARN contains the account.
const KINDS: &[(&str, &str, bool)] = &[
    ("acl", "network-acl", true),
    ("ami", "image", false),
    ("eipalloc", "elastic-ip", true),
    ("eni", "network-interface", true),
    ("i", "instance", true),
    ("igw", "internet-gateway", true),
    ("lt", "launch-template", true),
    ("nat", "natgateway", true),
    ("rtb", "route-table", true),
    ("sg", "security-group", true),
    ("snap", "snapshot", false),
    ("subnet", "subnet", true),
    ("vol", "volume", true),
    ("vpc", "vpc", true),
    ("vpce", "vpc-endpoint", true),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GeneratedPolicy {
    version: &'static str,
    statement: Vec<GeneratedStatement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GeneratedStatement {
    effect: &'static str,
    action: Vec<String>,
    resource: Resource,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Resource {
    All(&'static str),
    These(BTreeSet<String>),
}

impl GeneratedPolicy {
    pub(super) fn from_needs(needs: &[PolicyNeed]) -> Self {
        // An action on an unknown resource is allowed on all resources.
        let mut anywhere: BTreeSet<String> = BTreeSet::new();
        let mut on: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for need in needs {
            for action in need.actions() {
                match need.resources.is_empty() {
                    true => drop(anywhere.insert(action)),
                    false => on.entry(action).or_default().extend(need.resources.iter().cloned()),
                }
            }
        }
        let mut by_resources: BTreeMap<BTreeSet<String>, Vec<String>> = BTreeMap::new();
        for (action, resources) in on.into_iter().filter(|(action, _)| !anywhere.contains(action)) {
            by_resources.entry(resources).or_default().push(action);
        }
        let allow = |action, resource| GeneratedStatement { effect: "Allow", action, resource };
        let mut statement = Vec::new();
        if !anywhere.is_empty() {
            statement.push(allow(anywhere.into_iter().collect(), Resource::All("*")));
        }
        let mut by_resources: Vec<_> = by_resources.into_iter().collect();
        by_resources.sort_by(|(_, one), (_, other)| one.cmp(other));
        statement
            .extend(by_resources.into_iter().map(|(resources, actions)| allow(actions, Resource::These(resources))));
        GeneratedPolicy { version: "2012-10-17", statement }
    }

    pub(super) fn to_json(&self) -> String {
        // Serializing strings cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_use_the_partition_of_the_region() {
        let instance_arn = |region| arn(region, "123456789012", "i-0123456789abcdef0").unwrap();
        assert_eq!(instance_arn("eu-west-1"), "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0");
        assert!(instance_arn("cn-north-1").starts_with("arn:aws-cn:ec2:cn-north-1:"));
        assert!(instance_arn("us-gov-west-1").starts_with("arn:aws-us-gov:ec2:"));
        assert_eq!(arn("x", "1", "ami-01234567").unwrap(), "arn:aws:ec2:x::image/ami-01234567");
        assert_eq!(arn("x", "1", "my-instance"), None);
        assert_eq!(arn("x", "1", "tgw-01234567"), None);
    }
}
