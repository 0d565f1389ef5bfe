//! IAM as real clients see it.

use aws_sdk_iam::types::{PolicyScopeType, Tag};

use crate::sandbox::testing::{Account, code, failure};

#[tokio::test]
async fn pages_have_markers_and_lose_nothing() {
    let iam = Account::new().iam();
    let whole = iam.list_users().send().await.unwrap();
    assert!(!whole.is_truncated() && whole.users().len() >= 12);
    let first = iam.list_users().max_items(5).send().await.unwrap();
    assert!(first.is_truncated());
    let mut names: Vec<String> = first.users().iter().map(|user| user.user_name().into()).collect();
    let mut marker = first.marker;
    while let Some(now) = marker.take() {
        let page = iam.list_users().max_items(5).marker(now).send().await.unwrap();
        names.extend(page.users().iter().map(|user| user.user_name().to_owned()));
        marker = page.marker;
    }
    let expected: Vec<_> = whole.users().iter().map(|user| user.user_name().to_owned()).collect();
    assert_eq!(names, expected);
    assert_eq!(code(iam.list_users().marker("x").send().await), "ValidationError");
    assert_eq!(code(iam.list_users().max_items(0).send().await), "ValidationError");
}

#[tokio::test]
async fn users_come_and_go_in_iams_words() {
    let account = Account::new();
    let iam = account.iam();
    let expected = ("NoSuchEntity".to_owned(), "The user with name zoe cannot be found.".to_owned());
    assert_eq!(failure(iam.get_user().user_name("zoe").send().await), expected);
    let tag = |value: &str| Tag::builder().key("Owner").value(value).build().unwrap();
    iam.create_user().user_name("zoe").path("/people/").tags(tag("a")).send().await.unwrap();
    assert_eq!(
        failure(iam.create_user().user_name("ZOE").send().await),
        ("EntityAlreadyExists".into(), "User with name ZOE already exists.".into())
    );
    iam.tag_user().user_name("zoe").tags(tag("b")).send().await.unwrap();
    let tags = iam.list_user_tags().user_name("zoe").send().await.unwrap();
    assert_eq!(tags.tags()[0].value(), "b");
    // IAM is one for all regions.
    let elsewhere = account.at("us-east-1").iam();
    elsewhere.delete_user().user_name("zoe").send().await.unwrap();
    assert_eq!(code(iam.get_user().user_name("zoe").send().await), "NoSuchEntity");
    assert_eq!(code(iam.delete_user().user_name("jane.doe").send().await), "DeleteConflict");
}

#[tokio::test]
async fn a_call_without_a_name_means_the_caller() {
    let iam = Account::new().iam();
    let user = iam.get_user().send().await.unwrap();
    assert_eq!(user.user().unwrap().user_name(), "demo");
}

#[tokio::test]
async fn lists_follow_paths_and_scopes() {
    let iam = Account::new().iam();
    let services = iam.list_users().path_prefix("/service/").send().await.unwrap();
    assert_eq!(services.users().len(), 2);
    let local = iam.list_policies().scope(PolicyScopeType::Local).send().await.unwrap();
    assert_eq!(local.policies().len(), 1);
    let used = iam.list_policies().only_attached(true).send().await.unwrap();
    assert!(used.policies().iter().all(|policy| policy.attachment_count() > Some(0)));
    let aliases = iam.list_account_aliases().send().await.unwrap();
    assert_eq!(aliases.account_aliases(), ["moonfleet-demo"]);
    let mine = iam.list_attached_role_policies().role_name("moonfleet-instance").send().await.unwrap();
    assert_eq!(mine.attached_policies()[0].policy_name(), Some("AmazonSSMManagedInstanceCore"));
    let groups = iam.list_groups_for_user().user_name("anna.berg").send().await.unwrap();
    assert_eq!(groups.groups()[0].group_name(), "operators");
}

#[tokio::test]
async fn credentials_can_be_audited() {
    let iam = Account::new().iam();
    let keys = iam.list_access_keys().user_name("dmitri.volkov").send().await.unwrap();
    let key = keys.access_key_metadata()[0].access_key_id().unwrap();
    let used = iam.get_access_key_last_used().access_key_id(key).send().await.unwrap();
    assert_eq!(used.access_key_last_used().unwrap().service_name(), "N/A");
    let devices = iam.list_mfa_devices().user_name("anna.berg").send().await.unwrap();
    assert_eq!(devices.mfa_devices().len(), 1);
    let none = iam.list_mfa_devices().user_name("dmitri.volkov").send().await.unwrap();
    assert!(none.mfa_devices().is_empty());
}

#[tokio::test]
async fn roles_show_their_trust_encoded() {
    let iam = Account::new().iam();
    let role = iam.get_role().role_name("moonfleet-operator").send().await.unwrap();
    let trust = role.role().unwrap().assume_role_policy_document().unwrap();
    assert!(trust.starts_with("%7B%22"), "{trust}");
    let create = iam.create_role().role_name("new").assume_role_policy_document("nonsense");
    assert_eq!(code(create.send().await), "MalformedPolicyDocument");
    assert_eq!(code(iam.get_role().role_name("nobody").send().await), "NoSuchEntity");
}
