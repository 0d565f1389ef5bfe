//! State Manager as real clients see it.

use aws_sdk_ssm::{
    Client,
    operation::create_association::builders::CreateAssociationFluentBuilder,
    types::{
        AssociationExecutionTargetsFilter, AssociationExecutionTargetsFilterKey, AssociationFilter,
        AssociationFilterKey, Target,
    },
};

use crate::testing::{Account, code};

fn create(ssm: &Client, name: &str, command: &str) -> CreateAssociationFluentBuilder {
    let target = Target::builder().key("tag:App").values("App10").build();
    ssm.create_association()
        .name("AWS-RunShellScript")
        .association_name(name)
        .parameters("commands", vec![command.to_owned()])
        .targets(target)
}

async fn made(call: CreateAssociationFluentBuilder) -> String {
    let output = call.send().await.unwrap();
    output.association_description().unwrap().association_id().unwrap().to_owned()
}

async fn status(ssm: &Client, id: &str) -> String {
    let output = ssm.describe_association().association_id(id).send().await.unwrap();
    let overview = output.association_description().unwrap().overview().unwrap();
    overview.status().unwrap().to_owned()
}

#[tokio::test]
async fn new_association_runs_and_reports_its_result() {
    let account = Account::new();
    let ssm = account.ssm();
    let id = made(create(&ssm, "uptime", "uptime")).await;
    assert_eq!(status(&ssm, &id).await, "InProgress");
    account.wait(10);
    // One has a full disk, and one is never reached.
    assert_eq!(status(&ssm, &id).await, "Failed");
    let runs = ssm.describe_association_executions().association_id(&id).send().await.unwrap();
    let run = &runs.association_executions()[0];
    assert_eq!(run.resource_count_by_status(), Some("{Failed=2, Success=2}"));
    let failed = AssociationExecutionTargetsFilter::builder()
        .key(AssociationExecutionTargetsFilterKey::Status)
        .value("Failed")
        .build()
        .unwrap();
    let targets = ssm.describe_association_execution_targets().association_id(&id).filters(failed);
    let targets = targets.execution_id(run.execution_id().unwrap()).send().await.unwrap();
    assert_eq!(targets.association_execution_targets().len(), 2);
    let unknown = ssm.describe_association_execution_targets().association_id(&id).execution_id("none");
    assert_eq!(code(unknown.send().await), "AssociationExecutionDoesNotExist");
}

#[tokio::test]
async fn versions_are_kept_and_a_change_runs_the_association() {
    let account = Account::new();
    let ssm = account.ssm();
    let id = made(create(&ssm, "mine", "true").schedule_expression("rate(1 day)")).await;
    let update = ssm.update_association().association_id(&id).association_name("mine");
    update.parameters("commands", vec!["false".into()]).send().await.unwrap();
    account.wait(10);
    let versions = ssm.list_association_versions().association_id(&id).send().await.unwrap();
    let schedules: Vec<_> = versions.association_versions().iter().map(|one| one.schedule_expression()).collect();
    assert_eq!(schedules, [Some("rate(1 day)"), None]);
    let old = ssm.describe_association().association_id(&id).association_version("1").send().await.unwrap();
    assert_eq!(old.association_description().unwrap().parameters().unwrap()["commands"], ["true"]);
    ssm.start_associations_once().association_ids(&id).send().await.unwrap();
    let runs = ssm.describe_association_executions().association_id(&id).send().await.unwrap();
    assert_eq!(runs.association_executions().len(), 3);
    ssm.delete_association().association_id(&id).send().await.unwrap();
    assert_eq!(code(ssm.describe_association().association_id(&id).send().await), "AssociationDoesNotExist");
}

#[tokio::test]
async fn associations_are_filtered() {
    let ssm = Account::new().ssm();
    let count = async |key: AssociationFilterKey, value: &str| {
        let filter = AssociationFilter::builder().key(key).value(value).build().unwrap();
        let output = ssm.list_associations().association_filter_list(filter).send().await.unwrap();
        output.associations().len()
    };
    assert_eq!(count(AssociationFilterKey::Status, "Failed").await, 2);
    assert_eq!(count(AssociationFilterKey::AssociationName, "patch-scan").await, 1);
    assert_eq!(count(AssociationFilterKey::Name, "AWS-UpdateSSMAgent").await, 1);
    assert_eq!(count(AssociationFilterKey::InstanceId, "mi-0c4e8d1f2a3b45678").await, 2);
    assert_eq!(count(AssociationFilterKey::LastExecutedAfter, "2026-11-23T12:00:00Z").await, 0);
}

#[tokio::test]
async fn effective_associations_of_a_node_are_listed() {
    let ssm = Account::new().ssm();
    let node = "mi-0c4e8d1f2a3b45678";
    let effective = ssm.describe_effective_instance_associations().instance_id(node).send().await.unwrap();
    assert_eq!(effective.associations().len(), 2);
    let statuses = ssm.describe_instance_associations_status().instance_id(node).send().await.unwrap();
    assert!(statuses.instance_association_status_infos().iter().all(|one| one.status() == Some("Success")));
    let unknown = ssm.describe_instance_associations_status().instance_id("i-0123456789abcdef0");
    assert_eq!(code(unknown.send().await), "InvalidInstanceId");
}

#[tokio::test]
async fn create_association_input_is_checked() {
    let ssm = Account::new().ssm();
    let refused = async |call: CreateAssociationFluentBuilder| code(call.send().await);
    assert_eq!(refused(create(&ssm, "a", "true").name("AWS-Nonsense")).await, "InvalidDocument");
    assert_eq!(refused(create(&ssm, "a", "true").schedule_expression("often")).await, "InvalidSchedule");
    assert_eq!(refused(create(&ssm, "a", "true").parameters("colour", vec![])).await, "InvalidParameters");
    assert_eq!(refused(create(&ssm, "a", "true").set_targets(None)).await, "InvalidTarget");
    assert_eq!(refused(create(&ssm, "a", "true").set_targets(None).instance_id("i-1")).await, "InvalidInstanceId");
    let bad = Target::builder().key("colour").values("red").build();
    assert_eq!(refused(create(&ssm, "a", "true").targets(bad)).await, "InvalidTarget");
    let (code, message) = crate::testing::failure(create(&ssm, "a", "true").calendar_names("holidays").send().await);
    assert_eq!(code, "ValidationException");
    assert!(message.contains("does not simulate associations with calendar_names"), "{message}");
}
