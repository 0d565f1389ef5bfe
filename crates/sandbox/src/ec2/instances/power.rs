//! Starting, stopping, rebooting and terminating instances.

use aws_sdk_ec2::{
    operation::{
        reboot_instances::{RebootInstancesInput, RebootInstancesOutput},
        start_instances::{StartInstancesInput, StartInstancesOutput},
        stop_instances::{StopInstancesInput, StopInstancesOutput},
        terminate_instances::{TerminateInstancesInput, TerminateInstancesOutput},
    },
    types::InstanceStateChange,
};
use jiff::Timestamp;

use super::location::zone_of;
use super::lookup::visible;
use crate::ApiError;
use crate::ec2::network::public_addresses::public_ip;
use crate::ec2::query::{INSTANCE_ID, dry_run, require};
use crate::ec2::{Instance, InstanceState, Power};
use crate::ids::Ids;
use crate::state::Call;

pub(crate) fn start_instances(
    call: &mut Call<'_>,
    input: &StartInstancesInput,
) -> Result<StartInstancesOutput, ApiError> {
    let changes = PowerChange {
        ids: input.instance_ids(),
        dry_run: input.dry_run,
        allowed: |instance, now| match instance.state(now) {
            InstanceState::Pending | InstanceState::Running | InstanceState::Stopped => Ok(()),
            _ => Err(wrong_state(instance, "started")),
        },
        apply: start,
        by_zone: false,
    }
    .run(call)?;
    Ok(StartInstancesOutput::builder().set_starting_instances(Some(changes)).build())
}

pub(crate) fn stop_instances(call: &mut Call<'_>, input: &StopInstancesInput) -> Result<StopInstancesOutput, ApiError> {
    let changes = PowerChange {
        ids: input.instance_ids(),
        dry_run: input.dry_run,
        allowed: |instance, now| match instance.state(now) {
            _ if instance.stop_protection => Err(protected(instance, "stopped", "disableApiStop")),
            InstanceState::Pending => Err(wrong_state(instance, "stopped")),
            state if state.is_gone() => Err(wrong_state(instance, "stopped")),
            _ => Ok(()),
        },
        apply: stop,
        by_zone: false,
    }
    .run(call)?;
    Ok(StopInstancesOutput::builder().set_stopping_instances(Some(changes)).build())
}

pub(crate) fn terminate_instances(
    call: &mut Call<'_>,
    input: &TerminateInstancesInput,
) -> Result<TerminateInstancesOutput, ApiError> {
    let changes = PowerChange {
        ids: input.instance_ids(),
        dry_run: input.dry_run,
        allowed: |instance, _| match instance.termination_protection {
            true => Err(protected(instance, "terminated", "disableApiTermination")),
            false => Ok(()),
        },
        apply: terminate,
        by_zone: true,
    }
    .run(call)?;
    Ok(TerminateInstancesOutput::builder().set_terminating_instances(Some(changes)).build())
}

pub(crate) fn reboot_instances(
    call: &mut Call<'_>,
    input: &RebootInstancesInput,
) -> Result<RebootInstancesOutput, ApiError> {
    PowerChange {
        ids: input.instance_ids(),
        dry_run: input.dry_run,
        allowed: |instance, now| match instance.state(now) {
            InstanceState::Running => Ok(()),
            _ => Err(wrong_state(instance, "rebooted")),
        },
        // A reboot changes neither the state nor the launch time.
        apply: |_, _, _| (),
        by_zone: false,
    }
    .run(call)?;
    Ok(RebootInstancesOutput::builder().build())
}

/// A request for several instances. All are checked before one changes.
struct PowerChange<'a> {
    ids: &'a [String],
    dry_run: Option<bool>,
    allowed: fn(&Instance, Timestamp) -> Result<(), ApiError>,
    apply: fn(&mut Instance, Timestamp, &mut Ids),
    /// If one instance refuses, the change still applies to instances in other zones.
    by_zone: bool,
}

impl PowerChange<'_> {
    fn run(self, call: &mut Call<'_>) -> Result<Vec<InstanceStateChange>, ApiError> {
        let ids = require(self.ids, "InstanceId")?;
        INSTANCE_ID.check_shape(ids)?;
        INSTANCE_ID.check_existence(ids, |id| visible(call).any(|known| known.id == id))?;
        let now = call.now;
        let mut faults = Vec::new();
        for instance in visible(call).filter(|instance| ids.contains(&instance.id)) {
            if let Err(fault) = (self.allowed)(instance, now) {
                faults.push((zone_of(&call.region.ec2, instance), fault));
            }
        }
        let refused = faults.first().map(|(_, fault)| fault.clone());
        match &refused {
            Some(fault) if !self.by_zone || self.dry_run == Some(true) => return Err(fault.clone()),
            _ => dry_run(self.dry_run)?,
        }
        let is_closed =
            |instance: &Instance| faults.iter().any(|(zone, _)| *zone == zone_of(&call.region.ec2, instance));
        let open = |id: &&String| call.region.ec2.instances.get(*id).is_some_and(|instance| !is_closed(instance));
        let open: Vec<String> = ids.iter().filter(open).cloned().collect();
        let mut changes = Vec::new();
        for id in &open {
            if let Some(instance) = call.region.ec2.instances.get_mut(id) {
                let before = instance.state(now);
                (self.apply)(instance, now, call.ids);
                changes.push((id.clone(), before));
            }
        }
        match refused {
            Some(fault) => Err(fault),
            None => Ok(changes.into_iter().map(|(id, before)| self.report(call, id, before)).collect()),
        }
    }

    fn report(&self, call: &Call<'_>, id: String, before: InstanceState) -> InstanceStateChange {
        let instance = call.region.ec2.instances.get(&id);
        let current = instance.map_or(before, |instance| instance.state(call.now));
        InstanceStateChange::builder()
            .instance_id(id)
            .previous_state(before.to_aws())
            .current_state(current.to_aws())
            .build()
    }
}

// Repeating a change is no error and keeps the time of the first one.
fn start(instance: &mut Instance, now: Timestamp, ids: &mut Ids) {
    if matches!(instance.power, Power::Off(_)) {
        instance.power = Power::On(now);
        instance.launched = now;
        if !instance.elastic {
            instance.public_ip = instance.public_ip.map(|_| public_ip(ids));
        }
    }
}

fn stop(instance: &mut Instance, now: Timestamp, _: &mut Ids) {
    if matches!(instance.power, Power::On(_)) {
        instance.power = Power::Off(now);
    }
}

fn terminate(instance: &mut Instance, now: Timestamp, _: &mut Ids) {
    if !matches!(instance.power, Power::Gone(_)) {
        instance.power = Power::Gone(now);
    }
}

fn wrong_state(instance: &Instance, verb: &str) -> ApiError {
    let message = format!("The instance '{}' is not in a state from which it can be {verb}.", instance.id);
    ApiError::new("IncorrectInstanceState", message)
}

fn protected(instance: &Instance, verb: &str, attribute: &str) -> ApiError {
    let message = format!(
        "The instance '{}' may not be {verb}. Modify its '{attribute}' instance attribute and try again.",
        instance.id
    );
    ApiError::new("OperationNotPermitted", message)
}
