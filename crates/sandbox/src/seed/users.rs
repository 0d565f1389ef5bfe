//! Users, groups and the account itself; [`super::roles`] has the roles, [`super::policies`]
//! the documents.

use super::accounts::DEMO_ACCOUNT;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::ages::days_before;
use super::ids::ids_for;
use super::permissions::permissions;
use super::{policies, roles};
use crate::iam::managed_arn;
use crate::iam::state::{AccessKey, CALLER, Device, Group, IamState, Password, PasswordPolicy, RootUser, User};
use Seen::{Ago, Never, Nowhere};

pub(super) fn iam(account: &str, start: Timestamp) -> IamState {
    let is_demo = account == DEMO_ACCOUNT;
    let people = if is_demo { PEOPLE } else { &PEOPLE[..2] };
    let users = people.iter().map(|person| user(account, person, start));
    IamState {
        root: root(account, start),
        users: users.map(|user| (user.name.clone(), user)).collect(),
        roles: roles::roles(account, start),
        groups: groups(account, start),
        policies: policies::policies(account, start),
        profiles: roles::profiles(account, start),
        devices: devices(account, people, start),
        providers: roles::providers(account, start),
        // The staging account has no password policy.
        password_policy: is_demo.then_some(WEAK),
        ..IamState::default()
    }
}

/// Returns a weak password policy, as a finding for audits.
const WEAK: PasswordPolicy = PasswordPolicy {
    length: 8,
    symbols: false,
    numbers: true,
    uppercase: false,
    lowercase: true,
    users_may_change: true,
    max_age: None,
    remembered: None,
    hard_expiry: None,
};

/// Returns the root user: with an access key and without MFA in one account, correct in the other.
fn root(account: &str, start: Timestamp) -> RootUser {
    let is_demo = account == DEMO_ACCOUNT;
    let key = AccessKey {
        id: ids_for(&format!("{account} root key")).iam("AKIA"),
        active: true,
        created: days_before(start, 1480),
        last_used: Some((days_before(start, 411), "s3")),
    };
    RootUser {
        created: days_before(start, 1500),
        password_last_used: Some(days_before(start, if is_demo { 12 } else { 300 })),
        keys: is_demo.then_some(key).into_iter().collect(),
    }
}

fn devices(account: &str, people: &[Person], start: Timestamp) -> BTreeMap<String, Device> {
    let of_people = people.iter().filter(|person| person.mfa).map(|person| {
        let serial = format!("arn:aws:iam::{account}:mfa/{}", person.name);
        Device::new(serial, Some(person.name), days_before(start, person.age - 1))
    });
    let of_root = (account != DEMO_ACCOUNT).then(|| {
        let serial = format!("arn:aws:iam::{account}:mfa/root-account-mfa-device");
        Device::new(serial, None, days_before(start, 1499))
    });
    of_people.chain(of_root).map(|device| (device.serial.clone(), device)).collect()
}

struct Person {
    name: &'static str,
    path: &'static str,
    team: &'static str,
    group: &'static str,
    age: i64,
    seen: Seen,
    mfa: bool,
    /// Ages of the access keys, and days since their last use.
    keys: &'static [(i64, Option<i64>)],
}

/// The last console login.
#[derive(Clone, Copy)]
enum Seen {
    /// No password.
    Nowhere,
    Never,
    /// Days ago.
    Ago(i64),
}

#[rustfmt::skip]
const PEOPLE: &[Person] = &[
    Person { name: CALLER, path: "/", team: "team-platform", group: "operators", age: 900, seen: Ago(0), mfa: true, keys: &[(30, Some(0))] },
    Person { name: "anna.berg", path: "/people/", team: "team-platform", group: "operators", age: 820, seen: Ago(1), mfa: true, keys: &[] },
    Person { name: "ben.okafor", path: "/people/", team: "team-payments", group: "developers", age: 610, seen: Ago(4), mfa: true, keys: &[(88, Some(2))] },
    Person { name: "chiara.rossi", path: "/people/", team: "team-payments", group: "developers", age: 402, seen: Ago(2), mfa: false, keys: &[(400, Some(120))] },
    Person { name: "dmitri.volkov", path: "/people/", team: "team-web", group: "developers", age: 388, seen: Ago(210), mfa: false, keys: &[(388, None)] },
    Person { name: "emma.larsson", path: "/people/", team: "team-web", group: "developers", age: 201, seen: Ago(0), mfa: true, keys: &[] },
    Person { name: "farid.haddad", path: "/people/", team: "team-search", group: "developers", age: 150, seen: Ago(6), mfa: true, keys: &[(75, Some(1)), (12, Some(1))] },
    Person { name: "grace.kim", path: "/people/", team: "team-data", group: "developers", age: 90, seen: Nowhere, mfa: false, keys: &[] },
    Person { name: "hugo.martin", path: "/people/", team: "team-billing", group: "developers", age: 33, seen: Ago(3), mfa: true, keys: &[] },
    Person { name: "iris.auditor", path: "/external/", team: "", group: "auditors", age: 250, seen: Ago(95), mfa: true, keys: &[] },
    Person { name: "jane.doe", path: "/people/", team: "", group: "", age: 1100, seen: Ago(512), mfa: false, keys: &[(1100, Some(512))] },
    Person { name: "ci-deploy", path: "/service/", team: "team-platform", group: "", age: 700, seen: Nowhere, mfa: false, keys: &[(700, Some(0))] },
    Person { name: "metrics-export", path: "/service/", team: "team-data", group: "", age: 520, seen: Nowhere, mfa: false, keys: &[(520, Some(33)), (519, None)] },
    Person { name: "nils.larsen", path: "/people/", team: "team-platform", group: "admins", age: 640, seen: Ago(1), mfa: true, keys: &[] },
    Person { name: "olga.petrova", path: "/people/", team: "team-platform", group: "operators", age: 480, seen: Ago(3), mfa: true, keys: &[] },
    Person { name: "priya.nair", path: "/people/", team: "team-web", group: "developers", age: 260, seen: Ago(2), mfa: true, keys: &[(40, Some(2))] },
    Person { name: "quentin.blanc", path: "/people/", team: "team-data", group: "developers", age: 120, seen: Never, mfa: false, keys: &[] },
    Person { name: "backup-runner", path: "/service/", team: "team-platform", group: "", age: 310, seen: Nowhere, mfa: false, keys: &[(61, Some(1))] },
    Person { name: "helpdesk", path: "/service/", team: "team-platform", group: "", age: 275, seen: Nowhere, mfa: false, keys: &[(80, Some(5))] },
];

fn user(account: &str, person: &Person, start: Timestamp) -> User {
    let mut ids = ids_for(&format!("{account} user {}", person.name));
    let id = ids.iam("AIDA");
    let keys = person.keys.iter().enumerate().map(|(at, (age, used))| AccessKey {
        id: ids.iam("AKIA"),
        // A second key that was never used is inactive.
        active: at == 0 || used.is_some(),
        created: days_before(start, *age),
        last_used: used.map(|days| (days_before(start, days), "ec2")),
    });
    let attached = match person.name {
        CALLER => vec![managed_arn("PowerUserAccess")],
        "iris.auditor" => vec![managed_arn("SecurityAudit")],
        "jane.doe" | "ci-deploy" => vec![managed_arn("AdministratorAccess")],
        "backup-runner" => vec![policies::arn(account, "backup-all")],
        "priya.nair" => vec![policies::arn(account, "deploy-pipelines")],
        _ => Vec::new(),
    };
    let inline: &[(&str, &str)] = match person.name {
        "olga.petrova" => &[("while-migrating", policies::EVERYTHING)],
        "helpdesk" => &[("user-support", policies::USER_SUPPORT)],
        _ => &[],
    };
    let password = match person.seen {
        Nowhere => None,
        Never => Some(None),
        Ago(days) => Some(Some(days_before(start, days))),
    };
    let password = password.map(|last_used| Password {
        created: days_before(start, person.age),
        changed: days_before(start, person.age / 2),
        last_used,
        reset_required: matches!(person.seen, Never),
    });
    let tags = (!person.team.is_empty()).then(|| ("Owner".to_owned(), person.team.to_owned()));
    User {
        keys: keys.collect(),
        id,
        name: person.name.to_owned(),
        path: person.path.to_owned(),
        created: days_before(start, person.age),
        password,
        tags: tags.into_iter().collect(),
        groups: [person.group].iter().filter(|name| !name.is_empty()).map(ToString::to_string).collect(),
        permissions: permissions(&attached, inline),
    }
}

fn groups(account: &str, start: Timestamp) -> BTreeMap<String, Group> {
    let group = |name: &str, attached: &[String], inline: &[(&str, &str)]| Group {
        name: name.to_owned(),
        path: "/".to_owned(),
        id: ids_for(&format!("{account} group {name}")).iam("AGPA"),
        created: days_before(start, 900),
        permissions: permissions(attached, inline),
    };
    let own_keys = [("own-keys", policies::OWN_KEYS)];
    let groups = [
        group("admins", &[managed_arn("AdministratorAccess")], &[]),
        group("auditors", &[managed_arn("SecurityAudit")], &[]),
        group("developers", &[managed_arn("ReadOnlyAccess")], &own_keys),
        group("operators", &[managed_arn("ReadOnlyAccess"), policies::arn(account, "fleet-run-command")], &[]),
    ];
    groups.into_iter().map(|group| (group.name.clone(), group)).collect()
}
