//! The seed of a sandbox: the same in every run, with ages counted from its start.
//!
//! * [`fleet`] is the table of machines, the part to read and to edit,
//! * [`machines`] turns its rows into instances, volumes, tags and agents,
//! * [`unattached`] adds unattached volumes, snapshots, addresses,
//! * [`images`] are the account's own images, [`security`] the groups that allow too much,
//! * [`templates_and_reservations`] adds launch templates, reservations,
//!   a spot request,
//! * [`parameters`] are those of the Parameter Store,
//! * [`groups`] are resource groups, and the stacks that some of them are made from,
//! * [`systems_manager`] is the Systems Manager data of the machines,
//! * [`users`] are the users and groups, [`roles`] the roles with their trust policies,
//!   [`policies`] the customer managed policies,
//! * [`buckets`] are those of S3, with their objects.

pub(crate) mod accounts;
mod ages;
mod buckets;
mod fleet;
mod groups;
mod ids;
mod images;
mod machines;
mod parameters;
mod permissions;
mod policies;
#[cfg(test)]
mod reads;
mod roles;
mod security;
mod systems_manager;
mod tags;
mod templates_and_reservations;
mod unattached;
mod users;

use accounts::{DEMO_ACCOUNT, STAGING_ACCOUNT};
use jiff::Timestamp;

use crate::state::{Account, SandboxState};

pub(crate) fn state(start: Timestamp) -> SandboxState {
    let mut state = SandboxState::empty();
    for (id, alias) in [(DEMO_ACCOUNT, "moonfleet-demo"), (STAGING_ACCOUNT, "moonfleet-staging")] {
        let account = Account { alias: Some(alias.to_owned()), iam: users::iam(id, start) };
        state.accounts.insert(id.to_owned(), account);
    }
    for row in fleet::DEMO {
        machines::add(&mut state, DEMO_ACCOUNT, row, start);
    }
    for row in fleet::STAGING {
        machines::add(&mut state, STAGING_ACCOUNT, row, start);
    }
    unattached::add(&mut state, DEMO_ACCOUNT, start);
    images::add(&mut state, DEMO_ACCOUNT, start);
    templates_and_reservations::add(&mut state, DEMO_ACCOUNT, start);
    parameters::add(&mut state, DEMO_ACCOUNT, start);
    groups::add(&mut state, DEMO_ACCOUNT);
    systems_manager::add(&mut state, DEMO_ACCOUNT, start);
    buckets::add(&mut state, start);
    state
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ec2::InstanceState;
    use crate::testing::Account as Client;

    #[test]
    fn seed_is_the_same_in_every_run() {
        let ids = || {
            let state = state(Timestamp::UNIX_EPOCH);
            let regions = state.regions.into_values();
            regions.flat_map(|region| region.ec2.instances.into_keys()).collect::<Vec<_>>()
        };
        assert_eq!(ids(), ids());
        assert!(ids().len() >= 30);
    }

    #[test]
    fn app20_runs_in_several_regions_with_one_stopped_instance() {
        let start = Timestamp::now();
        let state = state(start);
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        let mut regions = std::collections::BTreeSet::new();
        for ((account, name), region) in &state.regions {
            for instance in region.ec2.instances.values().filter(|_| account == DEMO_ACCOUNT) {
                let mut tags = region.ec2.tags.get(&instance.id);
                if tags.any(|(key, value)| key == "App" && value == "App20") {
                    *states.entry(format!("{:?}", instance.state(start))).or_default() += 1;
                    regions.insert(name);
                }
            }
        }
        assert_eq!(states.get(&format!("{:?}", InstanceState::Stopped)), Some(&1));
        assert!(states[&format!("{:?}", InstanceState::Running)] >= 6);
        assert!(regions.len() >= 2);
    }

    #[tokio::test]
    async fn every_managed_machine_of_app20_is_online() {
        let account = Client::new();
        for region in ["eu-central-1", "eu-west-1", "us-east-1"] {
            let filter = aws_sdk_ssm::types::InstanceInformationStringFilter::builder()
                .key("tag:App")
                .values("App20")
                .build()
                .unwrap();
            let ssm = account.at(region).ssm();
            let nodes = ssm.describe_instance_information().filters(filter).send().await.unwrap();
            assert!(!nodes.instance_information_list().is_empty());
            for node in nodes.instance_information_list() {
                assert_eq!(node.ping_status().unwrap().as_str(), "Online");
            }
        }
    }
}
