//! What a fresh sandbox holds: the same in every run, with ages counted from its start.
//!
//! * [`fleet`] is the table of machines, the part to read and to edit,
//! * [`machines`] turns its rows into instances, volumes, tags and agents,
//! * [`belongings`] adds what lies about: unattached volumes, snapshots, addresses,
//! * [`images`] are the account's own images, [`security`] the groups that let in too much,
//! * [`prepared`] is what machines are made with or paid by: launch templates, reservations,
//!   a spot request,
//! * [`parameters`] are those of the Parameter Store,
//! * [`groups`] are resource groups, and the stacks that some of them are made from,
//! * [`managed`] is what Systems Manager knows of the machines,
//! * [`people`] are the users and groups, [`roles`] the roles and who may assume them,
//!   [`policies`] what they may do.

mod belongings;
mod fleet;
mod groups;
mod images;
mod machines;
mod managed;
mod parameters;
mod people;
mod policies;
mod prepared;
mod roles;
mod security;

use jiff::{SignedDuration, Timestamp};

use super::Sandbox;
use super::clock::later;
use crate::state::{Account, Ids, Region, SandboxState};

/// A second account, to sweep over and to assume a role in.
pub const STAGING: &str = "210987654321";

pub fn state(start: Timestamp) -> SandboxState {
    let mut state = SandboxState::empty();
    for (id, alias) in [(Sandbox::ACCOUNT, "moonfleet-demo"), (STAGING, "moonfleet-staging")] {
        let account = Account { alias: Some(alias.to_owned()), iam: people::iam(id, start) };
        state.accounts.insert(id.to_owned(), account);
    }
    for row in fleet::DEMO {
        machines::add(&mut state, Sandbox::ACCOUNT, row, start);
    }
    for row in fleet::STAGING {
        machines::add(&mut state, STAGING, row, start);
    }
    belongings::add(&mut state, Sandbox::ACCOUNT, start);
    images::add(&mut state, Sandbox::ACCOUNT, start);
    prepared::add(&mut state, Sandbox::ACCOUNT, start);
    parameters::add(&mut state, Sandbox::ACCOUNT, start);
    groups::add(&mut state, Sandbox::ACCOUNT);
    managed::add(&mut state, Sandbox::ACCOUNT, start);
    state
}

const DAY: i64 = 24 * 60 * 60;

/// Counted from the day's beginning, so that what is days old is as old for every process of a day.
fn days_before(start: Timestamp, days: i64) -> Timestamp {
    let midnight = start.as_second().div_euclid(DAY) * DAY;
    later(Timestamp::from_second(midnight).unwrap_or(start), SignedDuration::from_secs(-DAY * days))
}

/// The instance with this name tag.
fn instance_named(region: &Region, name: &str) -> Option<String> {
    let named = |id: &&String| region.ec2.tags.get(id).any(|(key, value)| key == "Name" && value == name);
    region.ec2.instances.keys().find(named).cloned()
}

/// Ids that depend on what they are for only: a new row changes no other id.
fn ids_for(what: &str) -> Ids {
    Ids::of(what)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ec2::InstanceState;
    use crate::testing::Account as Client;

    #[test]
    fn the_seed_is_the_same_in_every_run() {
        let ids = || {
            let state = state(Timestamp::UNIX_EPOCH);
            let regions = state.regions.into_values();
            regions.flat_map(|region| region.ec2.instances.into_keys()).collect::<Vec<_>>()
        };
        assert_eq!(ids(), ids());
        assert!(ids().len() >= 30);
    }

    #[test]
    fn app20_runs_in_several_regions_and_one_of_it_is_stopped() {
        let start = Timestamp::now();
        let state = state(start);
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        let mut regions = std::collections::BTreeSet::new();
        for ((account, name), region) in &state.regions {
            for instance in region.ec2.instances.values().filter(|_| account == Sandbox::ACCOUNT) {
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
