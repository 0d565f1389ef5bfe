//! The page of a service: a few lines for each operation, and all of its waiters.

use std::fmt::Write;

use moonfleet_bindings::Service;
use moonfleet_core::counted;

use super::super::render::{forms, permissions, plain as type_of};
use super::super::{Inner, Member, OperationHelp, operation_help, service_help, waiter_help};
use super::{escaped, page};

/// The maximum number of values of an enumeration that are listed: more than on a screen, since
/// readers search pages for values.
const MAX_VALUES: usize = 12;

/// `811 operations (349 read, 373 write, 89 destroy)`
pub(super) fn count(service: &'static Service) -> String {
    let help = service_help(service);
    let risks = help.risks.iter().map(|(risk, count)| format!("{count} {risk}")).collect::<Vec<_>>();
    format!("{} ({})", counted(help.operations, "operation"), risks.join(", "))
}

pub(super) fn page_of(service: &'static Service) -> String {
    let name = service.name;
    let help = service_help(service);
    let mut text = page(name);
    let _ = write!(
        text,
        "\n{}. See also the [API reference of AWS]({}).\n\n\
         The first line of each operation is its risk, its forms and the IAM actions that a call needs. Then \
         follow its parameters (required ones are bold), its answer, and the fields of the items that `.all` \
         and `.items` return. `help(\"{name}.OPERATION.FIELD\")` shows fields at any depth.\n",
        count(service),
        help.link,
    );
    if !service.waiters().is_empty() {
        text += "\n## Waiters\n\nEach waiter takes the parameters of its operation, and `timeout` and `delay`.\n\n";
        for waiter in service.waiters() {
            let help = waiter_help(service, waiter);
            let _ = writeln!(text, "* `{}` polls [{1}](#{1})", help.name, waiter.operation.name);
        }
    }
    text += "\n## Operations\n";
    for operation in service.operations() {
        text += &section(operation.name, &operation_help(service, operation));
    }
    text
}

fn section(name: &str, operation: &OperationHelp) -> String {
    let mut facts = vec![operation.risk.to_string()];
    let forms: Vec<String> = forms(operation).into_iter().map(|form| format!("`{form}`")).collect();
    if !forms.is_empty() {
        facts.push(forms.join(" "));
    }
    facts.push(format!("IAM {}", escaped(&permissions(operation))));
    if operation.gives_secrets {
        facts.push("its answer contains secrets".to_owned());
    }
    facts.extend(operation.price.map(|price| format!("{price} for each request and page")));
    facts.push(format!("[AWS]({})", operation.link));
    let mut text = format!("\n### {name}\n\n{}\n", facts.join(" · "));
    let mut line = |title: &str, members: &[Member], show: fn(&Member) -> String| {
        if !members.is_empty() {
            let members = members.iter().map(show).collect::<Vec<_>>().join("; ");
            let _ = write!(text, "\n* {title} {members}");
        }
    };
    line("parameters:", &operation.parameters, describe_parameter);
    line("answer:", &operation.result, describe_result);
    if let Some(items) = &operation.items {
        line(&format!("items, in `{}`:", items.path), &items.members, |member| format!("`{}`", member.name));
    }
    text.push('\n');
    text
}

/// Returns a parameter with its type and its values.
fn describe_parameter(member: &Member) -> String {
    let name = if member.required { format!("**`{}`**", member.name) } else { format!("`{}`", member.name) };
    let inner = match &member.inner {
        Inner::Values(values) if values.len() <= MAX_VALUES => format!(" ({})", values.join(", ")),
        Inner::Values(values) => {
            format!(" ({} and {} more)", values[..MAX_VALUES].join(", "), values.len() - MAX_VALUES)
        }
        Inner::OneOf(names) => format!(" (one of {})", names.join(", ")),
        Inner::None | Inner::Fields(_) => String::new(),
    };
    format!("{name} {}{}", escaped(&type_of(member)).replace(", required", ""), escaped(&inner))
}

fn describe_result(member: &Member) -> String {
    format!("`{}` {}", member.name, escaped(&type_of(member)))
}
