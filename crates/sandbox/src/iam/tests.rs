//! IAM as real clients see it.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EntityType, PolicyScopeType, ReportStateType, StatusType, Tag,
};

use crate::testing::{Account, code, failure};

#[tokio::test]
async fn pages_have_markers_and_lose_no_items() {
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
async fn users_are_created_and_deleted_with_iams_errors() {
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
async fn call_without_a_name_means_the_caller() {
    let iam = Account::new().iam();
    let user = iam.get_user().send().await.unwrap();
    assert_eq!(user.user().unwrap().user_name(), "demo");
}

#[tokio::test]
async fn lists_are_filtered_by_path_and_scope() {
    let iam = Account::new().iam();
    let services = iam.list_users().path_prefix("/service/").send().await.unwrap();
    assert_eq!(services.users().len(), 4);
    let local = iam.list_policies().scope(PolicyScopeType::Local).send().await.unwrap();
    assert_eq!(local.policies().len(), 3);
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
    let ssh_keys = iam.list_ssh_public_keys().user_name("anna.berg").send().await.unwrap();
    assert!(ssh_keys.ssh_public_keys().is_empty());
    let certificates = iam.list_signing_certificates().user_name("anna.berg").send().await.unwrap();
    assert!(certificates.certificates().is_empty());
    let of_services = iam.list_service_specific_credentials();
    assert!(of_services.clone().all_users(true).send().await.unwrap().service_specific_credentials().is_empty());
    assert_eq!(code(of_services.user_name("missing").send().await), "NoSuchEntity");
}

#[tokio::test]
async fn roles_return_url_encoded_trust_policies() {
    let iam = Account::new().iam();
    let role = iam.get_role().role_name("moonfleet-operator").send().await.unwrap();
    let trust = role.role().unwrap().assume_role_policy_document().unwrap();
    assert!(trust.starts_with("%7B%22"), "{trust}");
    // IAM does not accept its own encoding.
    for document in ["nonsense", trust] {
        let create = iam.create_role().role_name("new").assume_role_policy_document(document);
        assert_eq!(code(create.send().await), "MalformedPolicyDocument");
        let update = iam.update_assume_role_policy().role_name("moonfleet-operator").policy_document(document);
        assert_eq!(code(update.send().await), "MalformedPolicyDocument");
    }
    assert_eq!(code(iam.get_role().role_name("missing").send().await), "NoSuchEntity");
}

#[tokio::test]
async fn user_has_at_most_two_keys_with_secrets_returned_once() {
    let iam = Account::new().iam();
    let made = iam.create_access_key().user_name("grace.kim").send().await.unwrap().access_key.unwrap();
    assert_eq!(made.secret_access_key().len(), 40);
    iam.create_access_key().user_name("grace.kim").send().await.unwrap();
    let third = failure(iam.create_access_key().user_name("grace.kim").send().await);
    assert_eq!(third, ("LimitExceeded".into(), "Cannot exceed quota for AccessKeysPerUser: 2".into()));
    let id = made.access_key_id();
    let off = StatusType::Inactive;
    iam.update_access_key().user_name("grace.kim").access_key_id(id).status(off).send().await.unwrap();
    let keys = iam.list_access_keys().user_name("grace.kim").send().await.unwrap();
    assert_eq!(keys.access_key_metadata()[0].status(), Some(&StatusType::Inactive));
    iam.delete_access_key().user_name("grace.kim").access_key_id(id).send().await.unwrap();
    assert_eq!(code(iam.delete_access_key().user_name("grace.kim").access_key_id(id).send().await), "NoSuchEntity");
}

#[tokio::test]
async fn user_is_deletable_only_without_dependents() {
    let iam = Account::new().iam();
    let name = "farid.haddad";
    let in_the_way = || async { failure(iam.delete_user().user_name(name).send().await).1 };
    assert!(in_the_way().await.contains("delete access keys first"));
    for key in iam.list_access_keys().user_name(name).send().await.unwrap().access_key_metadata {
        let id = key.access_key_id.unwrap();
        iam.delete_access_key().user_name(name).access_key_id(id).send().await.unwrap();
    }
    assert!(in_the_way().await.contains("delete login profile first"));
    iam.delete_login_profile().user_name(name).send().await.unwrap();
    assert!(in_the_way().await.contains("deactivate MFA devices first"));
    let serial = format!("arn:aws:iam::123456789012:mfa/{name}");
    assert_eq!(code(iam.delete_virtual_mfa_device().serial_number(&serial).send().await), "DeleteConflict");
    iam.deactivate_mfa_device().user_name(name).serial_number(&serial).send().await.unwrap();
    assert!(in_the_way().await.contains("remove users from group first"));
    iam.remove_user_from_group().user_name(name).group_name("developers").send().await.unwrap();
    iam.delete_user().user_name(name).send().await.unwrap();
}

#[tokio::test]
async fn passwords_follow_the_account_policy() {
    let iam = Account::new().iam();
    let create = |password: &str| iam.create_login_profile().user_name("grace.kim").password(password).send();
    assert_eq!(code(create("short1").await), "PasswordPolicyViolation");
    create("long enough 1").await.unwrap();
    assert_eq!(code(create("long enough 1").await), "EntityAlreadyExists");
    iam.delete_account_password_policy().send().await.unwrap();
    assert_eq!(code(iam.get_account_password_policy().send().await), "NoSuchEntity");
    let wrong = iam.update_account_password_policy().minimum_password_length(3).send().await;
    assert_eq!(code(wrong), "ValidationError");
}

const S3: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

#[tokio::test]
async fn policy_has_up_to_five_versions_and_one_default() {
    let iam = Account::new().iam();
    let arn = iam.create_policy().policy_name("p").policy_document(S3).send().await.unwrap();
    let arn = arn.policy().unwrap().arn().unwrap().to_owned();
    let version =
        |is_default| iam.create_policy_version().policy_arn(&arn).policy_document(S3).set_as_default(is_default);
    for _ in 0..4 {
        version(false).send().await.unwrap();
    }
    assert_eq!(code(version(true).send().await), "LimitExceeded");
    let delete = |id: &str| iam.delete_policy_version().policy_arn(&arn).version_id(id).send();
    assert_eq!(code(delete("v1").await), "DeleteConflict");
    delete("v2").await.unwrap();
    version(true).send().await.unwrap();
    let policy = iam.get_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(policy.policy().unwrap().default_version_id(), Some("v6"));
    let listed = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap();
    let ids: Vec<_> = listed.versions().iter().filter_map(|version| version.version_id()).collect();
    assert_eq!(ids, ["v6", "v5", "v4", "v3", "v1"]);
    assert_eq!(code(iam.delete_policy().policy_arn(&arn).send().await), "DeleteConflict");
    let shown = iam.get_policy_version().policy_arn(&arn).version_id("v6").send().await.unwrap();
    assert!(shown.policy_version().unwrap().document().unwrap().starts_with("%7B%22Version%22"));
    let refused = iam.create_policy().policy_name("q").policy_document("{}").send().await;
    assert_eq!(code(refused), "MalformedPolicyDocument");
    let of_aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(code(iam.delete_policy().policy_arn(of_aws).send().await), "AccessDenied");
}

#[tokio::test]
async fn policies_are_attached_listed_and_detached() {
    let iam = Account::new().iam();
    let arn = "arn:aws:iam::aws:policy/IAMFullAccess";
    iam.attach_group_policy().group_name("developers").policy_arn(arn).send().await.unwrap();
    iam.attach_role_policy().role_name("thumbnails").policy_arn(arn).send().await.unwrap();
    let entities = iam.list_entities_for_policy().policy_arn(arn).send().await.unwrap();
    assert_eq!(entities.policy_groups()[0].group_name(), Some("developers"));
    assert_eq!(entities.policy_roles()[0].role_name(), Some("thumbnails"));
    iam.detach_group_policy().group_name("developers").policy_arn(arn).send().await.unwrap();
    let again = iam.detach_group_policy().group_name("developers").policy_arn(arn).send().await;
    assert_eq!(code(again), "NoSuchEntity");
    let nothing = iam.attach_user_policy().user_name("demo").policy_arn("arn:aws:iam::aws:policy/No").send().await;
    assert_eq!(code(nothing), "NoSuchEntity");
    iam.put_role_policy().role_name("thumbnails").policy_name("s3").policy_document(S3).send().await.unwrap();
    let names = iam.list_role_policies().role_name("thumbnails").send().await.unwrap();
    assert_eq!(names.policy_names(), ["s3"]);
    assert_eq!(code(iam.delete_role().role_name("thumbnails").send().await), "DeleteConflict");
    let protected = iam.delete_role().role_name("AWSServiceRoleForAutoScaling").send().await;
    assert_eq!(code(protected), "UnmodifiableEntity");
}

#[tokio::test]
async fn authorization_details_are_paged() {
    let iam = Account::new().iam();
    let whole = iam.get_account_authorization_details().send().await.unwrap();
    assert!(!whole.is_truncated());
    let total = whole.user_detail_list().len()
        + whole.group_detail_list().len()
        + whole.role_detail_list().len()
        + whole.policies().len();
    let (mut seen, mut marker) = (0, None);
    loop {
        let page = iam.get_account_authorization_details().max_items(7).set_marker(marker).send().await.unwrap();
        seen += page.user_detail_list().len() + page.group_detail_list().len();
        seen += page.role_detail_list().len() + page.policies().len();
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, total);
    let roles = iam.get_account_authorization_details().filter(EntityType::Role).send().await.unwrap();
    assert!(roles.user_detail_list().is_empty() && !roles.role_detail_list().is_empty());
}

#[tokio::test]
async fn credential_report_is_generated_cached_and_expires() {
    let account = Account::new();
    let iam = account.iam();
    assert_eq!(code(iam.get_credential_report().send().await), "ReportNotPresent");
    let state = || async { iam.generate_credential_report().send().await.unwrap().state.unwrap() };
    assert_eq!(state().await, ReportStateType::Started);
    assert_eq!(state().await, ReportStateType::Inprogress);
    assert_eq!(code(iam.get_credential_report().send().await), "ReportInProgress");
    account.wait(2);
    assert_eq!(state().await, ReportStateType::Complete);
    let report = iam.get_credential_report().send().await.unwrap();
    let text = String::from_utf8(report.content.unwrap().into_inner()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        "<root_account>,arn:aws:iam::123456789012:root,2022-10-15T00:00:00+00:00,not_supported,\
         2026-11-11T00:00:00+00:00,not_supported,not_supported,false,true,2022-11-04T00:00:00+00:00,\
         2025-10-08T00:00:00+00:00,eu-central-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
    );
    assert!(lines.iter().all(|line| line.split(',').count() == 22));
    account.wait(4 * 3600);
    assert_eq!(code(iam.get_credential_report().send().await), "ReportExpired");
}

#[tokio::test]
async fn simulator_names_the_deciding_statement() {
    let iam = Account::new().iam();
    let answer = iam
        .simulate_principal_policy()
        .policy_source_arn("arn:aws:iam::123456789012:user/people/priya.nair")
        .action_names("ec2:RunInstances")
        .action_names("iam:CreateUser")
        .send()
        .await
        .unwrap();
    let results = answer.evaluation_results();
    assert_eq!(results[0].eval_decision().as_str(), "allowed");
    let statement = &results[0].matched_statements()[0];
    assert_eq!(statement.source_policy_id(), Some("deploy-pipelines"));
    assert_eq!(statement.start_position().map(|place| (place.line, place.column)), Some((4, 5)));
    assert_eq!(results[1].eval_decision().as_str(), "implicitDeny");
    let needs_tag = iam
        .simulate_principal_policy()
        .policy_source_arn("arn:aws:iam::123456789012:user/people/anna.berg")
        .action_names("ssm:SendCommand")
        .resource_arns("arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0");
    let without = needs_tag.clone().send().await.unwrap();
    assert_eq!(without.evaluation_results()[0].missing_context_values(), ["ssm:resourceTag/Owner"]);
    assert_eq!(without.evaluation_results()[0].eval_decision().as_str(), "implicitDeny");
    let owner = ContextEntry::builder()
        .context_key_name("ssm:resourceTag/Owner")
        .context_key_values("team-web")
        .context_key_type(ContextKeyTypeEnum::String)
        .build();
    let with = needs_tag.context_entries(owner).send().await.unwrap();
    assert_eq!(with.evaluation_results()[0].eval_decision().as_str(), "allowed");
    let custom = iam.simulate_custom_policy().policy_input_list(S3).action_names("s3:GetObject").resource_policy("{}");
    assert_eq!(code(custom.send().await), "NotImplemented");
}

#[tokio::test]
async fn instance_profile_contains_the_role() {
    let iam = Account::new().iam();
    let profiles = iam.list_instance_profiles_for_role().role_name("moonfleet-instance").send().await.unwrap();
    assert_eq!(profiles.instance_profiles()[0].roles()[0].role_name(), "moonfleet-instance");
    iam.create_instance_profile().instance_profile_name("web").send().await.unwrap();
    let add = |role: &str| iam.add_role_to_instance_profile().instance_profile_name("web").role_name(role).send();
    add("thumbnails").await.unwrap();
    assert_eq!(code(add("nightly-batch").await), "LimitExceeded");
    assert_eq!(code(iam.delete_instance_profile().instance_profile_name("web").send().await), "DeleteConflict");
}

#[tokio::test]
async fn last_use_is_reported_with_a_delay() {
    let account = Account::new();
    let iam = account.iam();
    let arn = "arn:aws:iam::123456789012:user/service/ci-deploy";
    let job = iam.generate_service_last_accessed_details().arn(arn).send().await.unwrap().job_id.unwrap();
    let get = || async { iam.get_service_last_accessed_details().job_id(&job).send().await.unwrap() };
    assert!(get().await.services_last_accessed().is_empty());
    account.wait(2);
    let services = get().await.services_last_accessed;
    let ec2 = services.iter().find(|service| service.service_namespace() == "ec2").unwrap();
    assert!(ec2.last_authenticated().is_some());
}
