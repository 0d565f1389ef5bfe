//! Users, groups, roles and policies.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{days_before, ids_for};
use crate::sandbox::{
    Sandbox,
    iam::{AccessKey, CALLER, Group, Mfa, Policy, Role, State, Trust, User, managed_arn},
};

pub fn iam(account: &str, start: Timestamp) -> State {
    let people = if account == Sandbox::ACCOUNT { PEOPLE } else { &PEOPLE[..2] };
    let users = people.iter().map(|person| user(account, person, start));
    let roles = roles(account).into_iter().map(|plan| role(account, plan, start));
    State {
        users: users.map(|user| (user.name.clone(), user)).collect(),
        roles: roles.map(|role| (role.name.clone(), role)).collect(),
        groups: groups(account, start),
        policies: policies(account, start),
    }
}

struct Person {
    name: &'static str,
    path: &'static str,
    team: &'static str,
    group: &'static str,
    age: i64,
    /// Days since the console was used; None without a password.
    seen: Option<i64>,
    mfa: bool,
    /// Ages of the access keys, and days since each was used.
    keys: &'static [(i64, Option<i64>)],
}

#[rustfmt::skip]
const PEOPLE: &[Person] = &[
    Person { name: CALLER, path: "/", team: "team-platform", group: "operators", age: 900, seen: Some(0), mfa: true, keys: &[(30, Some(0))] },
    Person { name: "anna.berg", path: "/people/", team: "team-platform", group: "operators", age: 820, seen: Some(1), mfa: true, keys: &[] },
    Person { name: "ben.okafor", path: "/people/", team: "team-payments", group: "developers", age: 610, seen: Some(4), mfa: true, keys: &[(88, Some(2))] },
    Person { name: "chiara.rossi", path: "/people/", team: "team-payments", group: "developers", age: 402, seen: Some(2), mfa: false, keys: &[(400, Some(120))] },
    Person { name: "dmitri.volkov", path: "/people/", team: "team-web", group: "developers", age: 388, seen: Some(210), mfa: false, keys: &[(388, None)] },
    Person { name: "emma.larsson", path: "/people/", team: "team-web", group: "developers", age: 201, seen: Some(0), mfa: true, keys: &[] },
    Person { name: "farid.haddad", path: "/people/", team: "team-search", group: "developers", age: 150, seen: Some(6), mfa: true, keys: &[(75, Some(1)), (12, Some(1))] },
    Person { name: "grace.kim", path: "/people/", team: "team-data", group: "developers", age: 90, seen: None, mfa: false, keys: &[] },
    Person { name: "hugo.martin", path: "/people/", team: "team-billing", group: "developers", age: 33, seen: Some(3), mfa: true, keys: &[] },
    Person { name: "iris.auditor", path: "/external/", team: "", group: "auditors", age: 250, seen: Some(95), mfa: true, keys: &[] },
    Person { name: "jane.doe", path: "/people/", team: "", group: "", age: 1100, seen: Some(512), mfa: false, keys: &[(1100, Some(512))] },
    Person { name: "ci-deploy", path: "/service/", team: "team-platform", group: "", age: 700, seen: None, mfa: false, keys: &[(700, Some(0))] },
    Person { name: "metrics-export", path: "/service/", team: "team-data", group: "", age: 520, seen: None, mfa: false, keys: &[(520, Some(33)), (519, None)] },
];

fn user(account: &str, person: &Person, start: Timestamp) -> User {
    let mut ids = ids_for(&format!("{account} user {}", person.name));
    let id = ids.iam("AIDA");
    let keys = person.keys.iter().enumerate().map(|(at, (age, used))| AccessKey {
        id: ids.iam("AKIA"),
        // A second key that was never used has been switched off.
        active: at == 0 || used.is_some(),
        created: days_before(start, *age),
        last_used: used.map(|days| (days_before(start, days), "ec2")),
    });
    let managed = match person.name {
        CALLER => Some("PowerUserAccess"),
        "iris.auditor" => Some("SecurityAudit"),
        "jane.doe" | "ci-deploy" => Some("AdministratorAccess"),
        _ => None,
    };
    let tags = (!person.team.is_empty()).then(|| ("Owner".to_owned(), person.team.to_owned()));
    User {
        keys: keys.collect(),
        id,
        name: person.name.to_owned(),
        path: person.path.to_owned(),
        created: days_before(start, person.age),
        password_last_used: person.seen.map(|days| days_before(start, days)),
        tags: tags.into_iter().collect(),
        mfa: person.mfa.then(|| Mfa { enabled: days_before(start, person.age - 1) }),
        groups: [person.group].iter().filter(|name| !name.is_empty()).map(ToString::to_string).collect(),
        policies: managed.map(managed_arn).into_iter().collect(),
    }
}

fn groups(account: &str, start: Timestamp) -> BTreeMap<String, Group> {
    ["auditors", "developers", "operators"]
        .into_iter()
        .map(|name| {
            let group = Group {
                name: name.to_owned(),
                path: "/".to_owned(),
                id: ids_for(&format!("{account} group {name}")).iam("AGPA"),
                created: days_before(start, 900),
            };
            (name.to_owned(), group)
        })
        .collect()
}

struct RolePlan {
    name: &'static str,
    path: &'static str,
    description: &'static str,
    trust: Trust,
    policies: Vec<String>,
    age: i64,
    used: Option<i64>,
}

/// All of them can be assumed from the demo account, but for the services' own.
fn roles(account: &str) -> Vec<RolePlan> {
    let demo = |condition| Trust::account(Sandbox::ACCOUNT, condition);
    let plan = |name, description, trust, policies: &[&str], age, used| RolePlan {
        name,
        path: "/",
        description,
        trust,
        policies: policies.iter().copied().map(managed_arn).collect(),
        age,
        used,
    };
    let instance = plan(
        "moonfleet-instance",
        "What every machine of the fleet may do",
        Trust::service("ec2.amazonaws.com"),
        &["AmazonSSMManagedInstanceCore"],
        900,
        Some(0),
    );
    let operator = plan(
        "moonfleet-operator",
        "To run commands over the fleet",
        demo(Value::Null),
        &["PowerUserAccess"],
        420,
        Some(1),
    );
    let reader =
        plan("moonfleet-readonly", "To look and not to touch", demo(Value::Null), &["ReadOnlyAccess"], 420, Some(3));
    let break_glass = plan(
        "break-glass",
        "For emergencies, with MFA",
        demo(json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } })),
        &["AdministratorAccess"],
        420,
        None,
    );
    let partner = plan(
        "partner-audit",
        "For the auditors, with an external id",
        demo(json!({ "StringEquals": { "sts:ExternalId": "moonfleet-audit" } })),
        &["SecurityAudit"],
        250,
        Some(95),
    );
    let hybrid = RolePlan {
        path: "/service-role/",
        ..plan(
            "AmazonEC2RunCommandRoleForManagedInstances",
            "EC2 role for SSM",
            Trust::service("ssm.amazonaws.com"),
            &["AmazonSSMManagedInstanceCore"],
            700,
            Some(0),
        )
    };
    match account == Sandbox::ACCOUNT {
        true => vec![instance, operator, reader, break_glass, partner, hybrid],
        false => vec![instance, operator, reader],
    }
}

fn role(account: &str, plan: RolePlan, start: Timestamp) -> Role {
    Role {
        id: ids_for(&format!("{account} role {}", plan.name)).iam("AROA"),
        name: plan.name.to_owned(),
        path: plan.path.to_owned(),
        created: days_before(start, plan.age),
        description: Some(plan.description.to_owned()),
        trust: plan.trust,
        max_session_seconds: 3600,
        tags: BTreeMap::from([("Owner".to_owned(), "team-platform".to_owned())]),
        policies: plan.policies,
        last_used: plan.used.map(|days| days_before(start, days)),
    }
}

fn policies(account: &str, start: Timestamp) -> BTreeMap<String, Policy> {
    let name = "fleet-run-command";
    let policy = Policy {
        name: name.to_owned(),
        id: ids_for(&format!("{account} policy {name}")).iam("ANPA"),
        created: days_before(start, 420),
        description: Some("SendCommand on machines with an Owner tag".to_owned()),
    };
    BTreeMap::from([(name.to_owned(), policy)])
}
