//! Systems Manager: managed nodes, Run Command and parameters.
//!
//! * [`nodes`] says which machines are managed and reachable,
//! * [`send`] checks a command and finds its targets,
//! * [`life`] is a command's life cycle as a function of time,
//! * [`commands`] lists, reads and cancels commands,
//! * [`pace`] throttles who asks too fast,
//! * [`agent`] and [`shell`] answer for the machines,
//! * [`parameters`] is the Parameter Store.

mod agent;
mod commands;
mod life;
mod nodes;
mod pace;
mod parameters;
mod powershell;
mod send;
mod shell;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{
    Fault,
    page::{BadToken, Page, page},
    seam::{Registry, simulate},
};

pub use commands::kept_output;
pub use nodes::{Ailment, Hybrid, Node, Reach};
pub use parameters::{Parameter, Value};

pub fn register(registry: &mut Registry) {
    simulate!(registry, "ssm", aws_sdk_ssm, {
        describe_instance_information => nodes::describe_instance_information,

        send_command => send::send_command,
        list_commands => commands::list_commands,
        list_command_invocations => commands::list_command_invocations,
        get_command_invocation => commands::get_command_invocation,
        cancel_command => commands::cancel_command,

        get_parameter => parameters::get_parameter,
        get_parameters => parameters::get_parameters,
        get_parameters_by_path => parameters::get_parameters_by_path,
        describe_parameters => parameters::describe_parameters,
        put_parameter => parameters::put_parameter,
        delete_parameter => parameters::delete_parameter,
        delete_parameters => parameters::delete_parameters,
    });
}

/// One region of one account.
#[derive(Default)]
pub struct State {
    pub nodes: BTreeMap<String, Node>,
    pub parameters: BTreeMap<String, Parameter>,
    // Oldest first.
    commands: Vec<life::Command>,
    pace: pace::Pace,
}

/// What SSM answers when a member breaks a constraint of the API's model.
fn invalid(value: impl std::fmt::Display, member: &str, constraint: &str) -> Fault {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    Fault::new("ValidationException", message)
}

/// The pages of all SSM lists: their sizes differ, their errors do not.
struct Pages<'a> {
    sizes: std::ops::RangeInclusive<i32>,
    default: i32,
    asked: Option<i32>,
    token: Option<&'a str>,
}

impl Pages<'_> {
    fn cut<T>(
        &self,
        items: Vec<T>,
        request: impl std::fmt::Debug,
        key: impl Fn(&T) -> String,
    ) -> Result<Page<T>, Fault> {
        let size = self.asked.unwrap_or(self.default);
        let (least, most) = (self.sizes.start(), self.sizes.end());
        if size < *least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            return Err(invalid(size, "maxResults", &constraint));
        }
        if size > *most {
            let constraint = format!("Member must have value less than or equal to {most}");
            return Err(invalid(size, "maxResults", &constraint));
        }
        let size = size.unsigned_abs() as usize;
        page(items, &request, size, self.token, key)
            .map_err(|BadToken| Fault::new("InvalidNextToken", "The specified token isn't valid."))
    }
}
