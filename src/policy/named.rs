//! The operations that a script's text names, for example `ec2.describe_vpcs`, `prod.ssm.send_command.all` or
//! `ec2.wait.instance_running`. Calls through other names, such as local variables, are not found.

use moonfleet_bindings::{Operation, Service};
use moonfleet_lua::aws::any_service;
use moonfleet_lua::tokens::{TokenKind, tokens};

pub(super) fn calls(source: &str) -> Vec<(&'static Service, &'static Operation)> {
    let mut found: Vec<(&'static Service, &'static Operation)> = Vec::new();
    for path in paths(source) {
        for at in 0..path.len() {
            if let Some((service, operation)) = named(&path[at..])
                && !found.iter().any(|(s, o)| (s.name, o.name) == (service.name, operation.name))
            {
                found.push((service, operation));
            }
        }
    }
    found
}

fn named(path: &[&str]) -> Option<(&'static Service, &'static Operation)> {
    let (service, rest) = path.split_first()?;
    let service = any_service(service)?;
    let operation = match rest {
        ["wait", waiter, ..] => service.waiter(waiter)?.operation,
        [operation, ..] => service.operation(operation)?,
        [] => return None,
    };
    Some((service, operation))
}

/// Returns the dotted names outside of comments and strings.
fn paths(source: &str) -> Vec<Vec<&str>> {
    let mut tokens = tokens(source);
    tokens.retain(|token| token.kind != TokenKind::Comment);
    let is_name = |at: usize| tokens[at].kind == TokenKind::Name;
    let mut paths: Vec<Vec<&str>> = Vec::new();
    for at in (0..tokens.len()).filter(|at| is_name(*at)) {
        let goes_on = at >= 2 && tokens[at - 1].is(".") && is_name(at - 2);
        match paths.last_mut().filter(|_| goes_on) {
            Some(path) => path.push(tokens[at].text),
            None => paths.push(vec![tokens[at].text]),
        }
    }
    paths
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
    fn names_in_comments_and_strings_are_no_calls() {
        let source = "
            -- ec2.describe_vpcs
            --[==[ ec2.describe_images ]] ]==]
            print('ec2.describe_tags \\' ec2.describe_tags', \"iam.list_users\", [[ iam.list_roles ]])
            local t = list[ec2.no_such_operation] or ec2.wait.nothing or pick(ec2).describe_hosts
            ec2.describe_subnets()";
        assert_eq!(found(source), ["ec2.describe_subnets"]);
    }
}
