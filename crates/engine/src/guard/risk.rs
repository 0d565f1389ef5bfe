//! The risk of one call. An input can make a change destructive whose operation is not: a volume that
//! grows cannot shrink again. The question before such a call says why.

use moonfleet_bindings::Risk;
use moonfleet_client::by_name::{all_items, instances, list, map, text, texts};
use moonfleet_core::{Error, Value};

use super::GuardedCall;

/// What a call can do, and the reason if it can do more than its operation.
pub(super) struct CallRisk {
    pub risk: Risk,
    pub reason: Option<String>,
}

/// EC2's operation, parameter, reason. The call is destructive if the parameter has a value other than `false`.
const DESTRUCTIVE_INPUTS: &[(&str, &str, &str)] = &[
    ("create_capacity_reservation", "commitment_duration", "the account commits to pay until the commitment ends"),
    ("detach_network_interface", "force", "a forced detachment can leave the interface unusable on the instance"),
    ("detach_volume", "force", "a forced detachment can corrupt the file system"),
    ("modify_instance_attribute", "user_data", "the call overwrites the user data without a copy"),
    ("modify_volume", "size", "a volume that has grown cannot shrink again"),
    ("stop_instances", "force", "a forced stop loses data that is not on disk yet"),
];

impl GuardedCall<'_> {
    /// Returns the risk of this call. Reads the types of instances that are to be stopped.
    pub(super) async fn risk(&self) -> Result<CallRisk, Error> {
        let operation = self.operation;
        let unchanged = CallRisk { risk: operation.risk, reason: None };
        // Other services have operations with the names of EC2's.
        if operation.risk != Risk::Write || self.service.name != "ec2" {
            return Ok(unchanged);
        }
        let is_given = |parameter| !matches!(self.input.get(parameter), None | Some(Value::Nil | Value::Bool(false)));
        let of_input = DESTRUCTIVE_INPUTS
            .iter()
            .find(|(name, parameter, _)| *name == operation.name && is_given(parameter))
            .map(|(.., reason)| (*reason).to_owned());
        let reason = match of_input {
            None if operation.name == "stop_instances" => self.instance_store().await?,
            reason => reason,
        };
        Ok(reason.map_or(unchanged, |reason| CallRisk { risk: Risk::Destroy, reason: Some(reason) }))
    }

    /// Returns a reason if an instance has an instance store, whose data a stop loses
    /// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-lifetime.html>), or if that cannot be read.
    async fn instance_store(&self) -> Result<Option<String>, Error> {
        let ids = texts(self.input.get("instance_ids").cloned().unwrap_or_default());
        match self.with_instance_store(&ids).await {
            Ok(found) => Ok(found.map(|id| format!("a stop loses the data on the instance store of {id}"))),
            Err(error) if error.is_denied() => Ok(Some(format!(
                "a stop loses data on instance stores, and whether there are some cannot be read: {error}"
            ))),
            // Servers other than AWS, and instances that do not exist: the call itself says so.
            Err(error) if error.is_not_offered() || error.is_not_found() || error.code == "BadResponse" => {
                tracing::debug!("guard: the instance types are unknown: {error}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn with_instance_store(&self, ids: &[String]) -> Result<Option<String>, Error> {
        let instances = instances(self.session, map([("instance_ids", list(ids))])).await?;
        let mut types: Vec<String> = instances.iter().map(|instance| text(instance, "instance_type")).collect();
        types.retain(|name| !name.is_empty());
        types.sort();
        types.dedup();
        if types.is_empty() {
            return Ok(None);
        }
        let input = map([("instance_types", list(&types))]);
        let described = all_items(self.session, "ec2", "describe_instance_types", "instance_types", input).await?;
        let has_store = |name: &str| {
            described.iter().any(|found| {
                text(found, "instance_type") == name
                    && matches!(found.get("instance_storage_supported"), Some(Value::Bool(true)))
            })
        };
        let found = instances.iter().find(|instance| has_store(&text(instance, "instance_type")));
        Ok(found.map(|instance| text(instance, "instance_id")))
    }
}

#[cfg(test)]
mod tests {
    use moonfleet_client::by_name::named;

    use super::*;

    #[test]
    fn each_row_names_a_write_and_its_parameter() {
        for (operation, parameter, _) in DESTRUCTIVE_INPUTS {
            let (_, operation) = named("ec2", operation);
            assert!(operation.input().field(parameter).is_some(), "{} {parameter}", operation.name);
            assert_eq!(operation.risk, Risk::Write, "{} is destructive without {parameter}", operation.name);
        }
    }
}
