//! The operations that a script's text names: `ec2.describe_vpcs`, `prod.ssm.send_command.all`,
//! `ec2.wait.instance_running`. What it calls through a name of its own is not seen.

use moonfleet_bindings::{Operation, Service};

use crate::aws::resolve;

pub fn calls(source: &str) -> Vec<(&'static Service, &'static Operation)> {
    let mut found: Vec<(&'static Service, &'static Operation)> = Vec::new();
    for path in paths(source) {
        for at in 0..path.len() {
            if let Some((service, operation)) = named(&path[at..])
                && !found.iter().any(|(of, is)| (of.name, is.name) == (service.name, operation.name))
            {
                found.push((service, operation));
            }
        }
    }
    found
}

fn named(path: &[&str]) -> Option<(&'static Service, &'static Operation)> {
    let (service, rest) = path.split_first()?;
    let service = resolve(service)?;
    let operation = match rest {
        ["wait", waiter, ..] => service.waiter(waiter)?.operation,
        [operation, ..] => service.operation(operation)?,
        [] => return None,
    };
    Some((service, operation))
}

/// Names with dots between them, outside of comments and strings.
fn paths(source: &str) -> Vec<Vec<&str>> {
    let mut paths = Vec::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        rest = match next {
            '-' if rest.starts_with("--") => after_comment(&rest[2..]),
            '"' | '\'' => after_quoted(&rest[1..], next),
            '[' => after_long(rest).unwrap_or(&rest[1..]),
            _ if is_name(next) => {
                let (path, after) = path(rest);
                paths.push(path);
                after
            }
            _ => &rest[next.len_utf8()..],
        };
    }
    paths
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn path(text: &str) -> (Vec<&str>, &str) {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        path.push(&rest[..end]);
        rest = &rest[end..];
        match rest.trim_start().strip_prefix('.').map(str::trim_start) {
            Some(after) if after.starts_with(is_name) => rest = after,
            _ => return (path, rest),
        }
    }
}

fn after_comment(text: &str) -> &str {
    after_long(text).unwrap_or_else(|| text.find('\n').map_or("", |end| &text[end..]))
}

fn after_quoted(text: &str, quote: char) -> &str {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            // An unfinished string ends with its line.
            _ if c == quote || c == '\n' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

/// After `[[…]]` or `[==[…]==]`, where one begins here.
fn after_long(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let level = inner.len() - inner.trim_start_matches('=').len();
    let inner = inner[level..].strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    Some(inner.find(&close).map_or("", |end| &inner[end + close.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        calls(source).iter().map(|(service, operation)| format!("{}.{}", service.name, operation.name)).collect()
    }

    #[test]
    fn operations_are_found_in_all_their_forms() {
        let source = "
            local vpcs = ec2.describe_vpcs.all { filters = {} }
            prod.ssm
              .send_command { document_name = 'x' }
            rg.list_groups()
            pcall(iam.get_user, {})
            ec2.wait.instance_stopped { instance_ids = ids }
            ec2.describe_vpcs()";
        assert_eq!(
            found(source),
            [
                "ec2.describe_vpcs",
                "ssm.send_command",
                "resource_groups.list_groups",
                "iam.get_user",
                "ec2.describe_instances"
            ]
        );
    }

    #[test]
    fn what_is_said_is_not_called() {
        let source = "
            -- ec2.describe_vpcs
            --[==[ ec2.describe_images ]] ]==]
            print('ec2.describe_tags \\' ec2.describe_tags', \"iam.list_users\", [[ iam.list_roles ]])
            local t = list[ec2.no_such_operation] or ec2.wait.nothing
            ec2.describe_subnets()";
        assert_eq!(found(source), ["ec2.describe_subnets"]);
    }
}
