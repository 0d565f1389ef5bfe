//! Systems Manager as real clients see it.

use aws_sdk_ssm::{
    Client,
    operation::{get_command_invocation::GetCommandInvocationOutput, send_command::builders::SendCommandFluentBuilder},
    types::{
        CommandFilter, CommandFilterKey, CommandInvocation, ComplianceStringFilter, DocumentKeyValuesFilter,
        InstanceInformation, InstanceInformationStringFilter, ParameterType, SessionState, Target,
    },
};

use crate::testing::{Account, code, failure};

async fn nodes(ssm: &Client, filters: &[(&str, &str)]) -> Vec<InstanceInformation> {
    let filter = |(key, value): &(&str, &str)| {
        InstanceInformationStringFilter::builder().key(*key).values(*value).build().unwrap()
    };
    let filters = filters.iter().map(filter).collect();
    let call = ssm.describe_instance_information().set_filters(Some(filters)).max_results(50);
    call.send().await.unwrap().instance_information_list().to_vec()
}

async fn id_of(account: &Account, name: &str) -> String {
    let filter = aws_sdk_ec2::types::Filter::builder().name("tag:Name").values(name).build();
    let output = account.ec2().describe_instances().filters(filter).send().await.unwrap();
    output.reservations()[0].instances()[0].instance_id().unwrap().to_owned()
}

async fn ids_of(account: &Account, names: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(id_of(account, name).await);
    }
    ids
}

fn shell(ssm: &Client, commands: &[&str]) -> SendCommandFluentBuilder {
    let commands = commands.iter().map(ToString::to_string).collect();
    ssm.send_command().document_name("AWS-RunShellScript").parameters("commands", commands)
}

async fn send(call: SendCommandFluentBuilder) -> String {
    let output = call.send().await.unwrap();
    output.command().unwrap().command_id().unwrap().to_owned()
}

async fn get(ssm: &Client, command: &str, node: &str) -> GetCommandInvocationOutput {
    let call = ssm.get_command_invocation().command_id(command).instance_id(node);
    call.send().await.unwrap()
}

/// Runs a script on one machine to its end.
async fn run(account: &Account, name: &str, commands: &[&str]) -> GetCommandInvocationOutput {
    let (ssm, id) = (account.ssm(), id_of(account, name).await);
    let command = send(shell(&ssm, commands).instance_ids(&id)).await;
    account.wait(60);
    get(&ssm, &command, &id).await
}

async fn parent(ssm: &Client, command: &str) -> (String, String) {
    let output = ssm.list_commands().command_id(command).send().await.unwrap();
    let command = &output.commands()[0];
    let status = command.status().unwrap().to_string();
    (status, command.status_details().unwrap().to_owned())
}

async fn invocations(ssm: &Client, command: &str) -> Vec<CommandInvocation> {
    let call = ssm.list_command_invocations().command_id(command).details(true);
    call.send().await.unwrap().command_invocations().to_vec()
}

async fn details(ssm: &Client, command: &str) -> Vec<String> {
    let all = invocations(ssm, command).await;
    all.iter().map(|one| one.status_details().unwrap().to_owned()).collect()
}

fn target(key: &str, value: &str) -> Target {
    Target::builder().key(key).values(value).build()
}

#[tokio::test]
async fn nodes_exclude_stopped_and_unmanaged_instances() {
    let account = Account::new();
    let ssm = account.ssm();
    let all = nodes(&ssm, &[]).await;
    let known = |id: &str| all.iter().any(|node| node.instance_id() == Some(id));
    for (name, managed) in
        [("app20-web-1", true), ("app10-checkout-3", true), ("app20-batch-1", false), ("app10-ledger-1", false)]
    {
        assert_eq!(known(&id_of(&account, name).await), managed, "{name}");
    }
    assert!(all.iter().any(|node| node.instance_id().unwrap().starts_with("mi-")));
    assert_eq!(nodes(&ssm, &[("ResourceType", "ManagedInstance")]).await.len(), 1);
    assert_eq!(nodes(&ssm, &[("tag:App", "App10"), ("PingStatus", "Online")]).await.len(), 3);
    assert_eq!(nodes(&ssm, &[("PlatformTypes", "Windows")]).await.len(), 1);
}

#[tokio::test]
async fn node_pages_and_filters_are_checked() {
    let ssm = Account::new().ssm();
    let pages = ssm.describe_instance_information().max_results(5).into_paginator();
    let pages = pages.send().try_collect().await.unwrap();
    let total: usize = pages.iter().map(|page| page.instance_information_list().len()).sum();
    assert_eq!(total, nodes(&ssm, &[]).await.len());
    for size in [4, 51] {
        let call = ssm.describe_instance_information().max_results(size);
        assert_eq!(code(call.send().await), "ValidationException");
    }
    let strange = InstanceInformationStringFilter::builder().key("Colour").values("red").build().unwrap();
    let call = ssm.describe_instance_information().filters(strange);
    assert_eq!(code(call.send().await), "InvalidFilterKey");
}

#[tokio::test]
async fn new_instance_with_a_profile_registers() {
    let account = Account::new();
    let profile = aws_sdk_ec2::types::IamInstanceProfileSpecification::builder();
    let call = account
        .ec2()
        .run_instances()
        .image_id(crate::ec2::Os::Ubuntu.image_id("eu-central-1"))
        .instance_type(aws_sdk_ec2::types::InstanceType::T3Micro)
        .min_count(1)
        .max_count(1)
        .iam_instance_profile(profile.name("moonfleet-instance").build());
    let id = call.send().await.unwrap().instances()[0].instance_id().unwrap().to_owned();
    assert!(nodes(&account.ssm(), &[("InstanceIds", &id)]).await.is_empty());
    account.wait(10);
    assert_eq!(nodes(&account.ssm(), &[("InstanceIds", &id)]).await[0].platform_name(), Some("Ubuntu"));
}

#[tokio::test]
async fn command_becomes_visible_with_a_delay_and_completes() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app20-web-1").await);
    let command = send(shell(&ssm, &["uptime", "sleep 5"]).instance_ids(&id)).await;
    let early = ssm.get_command_invocation().command_id(&command).instance_id(&id);
    assert_eq!(code(early.send().await), "InvocationDoesNotExist");
    assert!(invocations(&ssm, &command).await.is_empty());
    account.wait_millis(110);
    assert_eq!(get(&ssm, &command, &id).await.status_details(), Some("Pending"));
    account.wait(1);
    let running = get(&ssm, &command, &id).await;
    assert_eq!((running.status_details(), running.response_code()), (Some("InProgress"), -1));
    assert_eq!(running.standard_output_content(), Some(""));
    assert_eq!(parent(&ssm, &command).await.0, "InProgress");
    account.wait(10);
    let done = get(&ssm, &command, &id).await;
    assert_eq!((done.status_details(), done.response_code()), (Some("Success"), 0));
    assert!(done.standard_output_content().unwrap().contains("load average:"));
    assert!(done.execution_elapsed_time().unwrap().starts_with("PT5."));
    assert_eq!(parent(&ssm, &command).await, ("Success".into(), "Success".into()));
}

#[tokio::test]
async fn scripts_fail_as_they_would_on_a_machine() {
    let account = Account::new();
    let done = run(&account, "app20-web-1", &["echo a", "frobnicate"]).await;
    assert_eq!((done.response_code(), done.status_details()), (127, Some("Failed")));
    assert_eq!(done.standard_output_content(), Some("a\n"));
    let stderr = "sh: 2: frobnicate: not found\nfailed to run commands: exit status 127";
    assert_eq!(done.standard_error_content(), Some(stderr));
    let full = run(&account, "app10-checkout-4", &["uptime"]).await;
    assert_eq!(full.response_code(), 1);
    assert!(full.standard_error_content().unwrap().contains("No space left on device"));
}

#[tokio::test]
async fn equal_machines_answer_alike_except_one() {
    let account = Account::new();
    let kernel = async |region, name| run(&account.at(region), name, &["uname -r"]).await.standard_output_content;
    let usual = kernel("eu-central-1", "app20-web-1").await;
    assert_eq!(usual, kernel("eu-west-1", "app20-web-4").await);
    assert_ne!(usual, kernel("us-east-1", "app20-web-7").await);
    let host = async |name| run(&account, name, &["hostname"]).await.standard_output_content;
    assert_ne!(host("app20-web-1").await, host("app20-web-2").await);
    let down = run(&account, "app30-worker-2", &["systemctl is-active billing-worker"]).await;
    assert_eq!((down.response_code(), down.standard_output_content()), (3, Some("inactive\n")));
}

#[tokio::test]
async fn unresponsive_agents_have_their_own_statuses() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app10-checkout-3").await);
    let command = send(shell(&ssm, &["uptime"]).instance_ids(&id)).await;
    account.wait(1);
    let refused = get(&ssm, &command, &id).await;
    assert_eq!(refused.status().unwrap().as_str(), "Failed");
    assert_eq!((refused.status_details(), refused.response_code()), (Some("Undeliverable"), -1));

    let account = account.at("eu-west-1");
    let (ssm, id) = (account.ssm(), id_of(&account, "app30-worker-4").await);
    let command = send(shell(&ssm, &["uptime"]).instance_ids(&id).timeout_seconds(30)).await;
    account.wait(29);
    assert_eq!(get(&ssm, &command, &id).await.status_details(), Some("Pending"));
    account.wait(2);
    let late = get(&ssm, &command, &id).await;
    assert_eq!(late.status().unwrap().as_str(), "TimedOut");
    assert_eq!(late.status_details(), Some("DeliveryTimedOut"));
    assert_eq!(parent(&ssm, &command).await, ("TimedOut".into(), "DeliveryTimedOut".into()));
}

#[tokio::test]
async fn undeliverable_invocation_does_not_fail_the_command() {
    let account = Account::new();
    let ssm = account.ssm();
    let ids = ids_of(&account, &["app10-checkout-1", "app10-checkout-3"]).await;
    let command = send(shell(&ssm, &["uptime"]).set_instance_ids(Some(ids))).await;
    account.wait(5);
    assert_eq!(details(&ssm, &command).await, ["Success", "Undeliverable"]);
    assert_eq!(parent(&ssm, &command).await, ("Success".into(), "Success".into()));
}

#[tokio::test]
async fn max_errors_stops_pending_invocations() {
    let account = Account::new();
    let ssm = account.ssm();
    let ids = ids_of(&account, &["app20-web-1", "app20-web-2", "app20-web-3", "app40-search-1"]).await;
    let call = |errors: &str| {
        let call = shell(&ssm, &["false"]).set_instance_ids(Some(ids.clone()));
        call.max_concurrency("1").max_errors(errors)
    };
    let command = send(call("1")).await;
    account.wait(30);
    assert_eq!(details(&ssm, &command).await, ["Failed", "Failed", "Terminated", "Terminated"]);
    assert_eq!(parent(&ssm, &command).await, ("Failed".into(), "Failed".into()));
    let command = send(call("100%")).await;
    account.wait(30);
    assert_eq!(details(&ssm, &command).await, ["Failed"; 4]);
    assert_eq!(parent(&ssm, &command).await, ("Failed".into(), "Incomplete".into()));
}

#[tokio::test]
async fn max_concurrency_delays_invocations() {
    let account = Account::new();
    let ssm = account.ssm();
    let ids = ids_of(&account, &["app20-web-1", "app20-web-2", "app20-web-3"]).await;
    let call = shell(&ssm, &["sleep 10"]).set_instance_ids(Some(ids));
    let command = send(call.max_concurrency("2")).await;
    account.wait(5);
    assert_eq!(details(&ssm, &command).await, ["InProgress", "InProgress", "Pending"]);
    account.wait(7);
    assert_eq!(details(&ssm, &command).await, ["Success", "Success", "InProgress"]);
}

#[tokio::test]
async fn cancelled_command_ends_running_and_pending_invocations() {
    let account = Account::new();
    let ssm = account.ssm();
    let ids = ids_of(&account, &["app20-web-1", "app20-web-2"]).await;
    let call = shell(&ssm, &["sleep 60"]).set_instance_ids(Some(ids));
    let command = send(call.max_concurrency("1")).await;
    account.wait(5);
    ssm.cancel_command().command_id(&command).send().await.unwrap();
    assert_eq!(details(&ssm, &command).await, ["Cancelling", "Cancelled"]);
    account.wait(1);
    assert_eq!(details(&ssm, &command).await, ["Cancelled", "Cancelled"]);
    assert_eq!(parent(&ssm, &command).await, ("Cancelled".into(), "Cancelled".into()));
    let unknown = ssm.cancel_command().command_id("00000000-0000-4000-8000-000000000000");
    assert_eq!(code(unknown.send().await), "InvalidCommandId");
}

#[tokio::test]
async fn script_over_its_time_limit_is_killed() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app20-web-1").await);
    let call = shell(&ssm, &["sleep 500"]).parameters("executionTimeout", vec!["10".into()]);
    let command = send(call.instance_ids(&id)).await;
    account.wait(11);
    let killed = get(&ssm, &command, &id).await;
    assert_eq!((killed.status_details(), killed.response_code()), (Some("ExecutionTimedOut"), 137));
}

#[tokio::test]
async fn long_output_is_truncated() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app20-web-1").await);
    let call = shell(&ssm, &["seq 1 20000", "seq 1 20000 >&2"]);
    let command = send(call.instance_ids(&id)).await;
    account.wait(5);
    let done = get(&ssm, &command, &id).await;
    let stdout = done.standard_output_content().unwrap();
    assert_eq!(stdout.len(), 24_000);
    assert!(stdout.ends_with("--output truncated--"));
    assert_eq!(done.standard_error_content().unwrap().len(), 8_000);
    let listed = invocations(&ssm, &command).await;
    assert_eq!(listed[0].command_plugins()[0].output().unwrap().len(), 2_500);
}

#[tokio::test]
async fn one_invalid_id_fails_the_call() {
    let account = Account::new();
    let ssm = account.ssm();
    let good = id_of(&account, "app20-web-1").await;
    for name in ["app20-batch-1", "app10-ledger-1"] {
        let bad = id_of(&account, name).await;
        let call = shell(&ssm, &["uptime"]).instance_ids(&good).instance_ids(&bad);
        let (code, message) = failure(call.send().await);
        assert_eq!(code, "InvalidInstanceId");
        assert!(message.contains(&bad) && !message.contains(&good), "{message}");
    }
    assert!(ssm.list_commands().send().await.unwrap().commands().is_empty());
}

#[tokio::test]
async fn send_command_input_is_checked() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app20-web-1").await);
    let good = || shell(&ssm, &["uptime"]).instance_ids(&id);
    let refused = async |call: SendCommandFluentBuilder| code(call.send().await);
    assert_eq!(refused(good().document_name("AWS-Nonsense")).await, "InvalidDocument");
    assert_eq!(refused(good().timeout_seconds(29)).await, "ValidationException");
    assert_eq!(refused(good().comment("x".repeat(101))).await, "ValidationException");
    assert_eq!(refused(good().max_errors("101%")).await, "ValidationException");
    assert_eq!(refused(good().max_concurrency("0")).await, "ValidationException");
    assert_eq!(refused(good().targets(target("tag:App", "App20"))).await, "ValidationException");
    assert_eq!(refused(good().instance_ids(&id)).await, "DuplicateInstanceId");
    assert_eq!(refused(shell(&ssm, &["uptime"])).await, "ValidationException");
    assert_eq!(refused(good().parameters("colour", vec![])).await, "InvalidParameters");
    let many = (0..51).map(|at| format!("i-{at:017x}")).collect();
    assert_eq!(refused(good().set_instance_ids(Some(many))).await, "ValidationException");
    let empty = ssm.send_command().document_name("AWS-RunShellScript").instance_ids(&id);
    assert_eq!(refused(empty).await, "InvalidParameters");
}

#[tokio::test]
async fn targets_are_tags_and_groups() {
    let account = Account::new();
    let ssm = account.ssm();
    let count = async |targets: Vec<Target>| {
        let command = send(shell(&ssm, &["uptime"]).set_targets(Some(targets))).await;
        account.wait(5);
        (invocations(&ssm, &command).await.len(), parent(&ssm, &command).await.1)
    };
    assert_eq!(count(vec![target("tag:App", "App20")]).await, (3, "Success".into()));
    let both = vec![target("tag:App", "App30"), target("tag:Env", "dev")];
    assert_eq!(count(both).await.0, 1);
    assert_eq!(count(vec![target("resource-groups:Name", "App30-RG")]).await.0, 3);
    let unmatched = vec![target("tag:App", "App99")];
    assert_eq!(count(unmatched).await, (0, "NoInstancesInTag".into()));
    let call = shell(&ssm, &["uptime"]).targets(target("colour", "red"));
    assert_eq!(code(call.send().await), "InvalidTarget");
}

#[tokio::test]
async fn windows_runs_only_powershell() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app50-report-1").await);
    let call = shell(&ssm, &["uptime"]).instance_ids(&id);
    assert_eq!(code(call.send().await), "UnsupportedPlatformType");
    let command = send(shell(&ssm, &["uptime"]).targets(target("InstanceIds", &id))).await;
    account.wait(5);
    assert_eq!(details(&ssm, &command).await, ["InvalidPlatform"]);
    let call = shell(&ssm, &["hostname"]).document_name("AWS-RunPowerShellScript");
    let command = send(call.instance_ids(&id)).await;
    account.wait(5);
    let done = get(&ssm, &command, &id).await;
    assert!(done.standard_output_content().unwrap().starts_with("EC2AMAZ-"));
}

#[tokio::test]
async fn commands_are_listed_newest_first_in_pages() {
    let account = Account::new();
    let (ssm, id) = (account.ssm(), id_of(&account, "app20-web-1").await);
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.insert(0, send(shell(&ssm, &["uptime"]).instance_ids(&id)).await);
        account.wait(1);
    }
    let pages = ssm.list_commands().max_results(2).into_paginator().items();
    let listed = pages.send().try_collect().await.unwrap();
    let ids: Vec<_> = listed.into_iter().filter_map(|one| one.command_id).collect();
    assert_eq!(ids, sent);
    let done = CommandFilter::builder().key(CommandFilterKey::Status).value("Failed").build().unwrap();
    assert!(ssm.list_commands().filters(done).send().await.unwrap().commands().is_empty());
    let bad = ssm.list_command_invocations().next_token("nonsense");
    assert_eq!(code(bad.send().await), "InvalidNextToken");
}

#[tokio::test]
async fn secure_parameters_are_encrypted() {
    let account = Account::new();
    let ssm = account.ssm();
    let name = "/app20/prod/db-password";
    let value = async |decrypt: bool| {
        let call = ssm.get_parameter().name(name).with_decryption(decrypt);
        call.send().await.unwrap().parameter().unwrap().value().unwrap().to_owned()
    };
    assert_eq!(value(true).await, "correct-horse-battery-staple");
    assert!(value(false).await.starts_with("AQICAH"));
    assert_eq!(code(ssm.get_parameter().name("/missing").send().await), "ParameterNotFound");
    let put = || ssm.put_parameter().name(name).value("new");
    assert_eq!(code(put().send().await), "ParameterAlreadyExists");
    let output = put().overwrite(true).send().await.unwrap();
    assert_eq!((output.version(), value(true).await), (2, "new".into()));
    let old = ssm.get_parameter().name(format!("{name}:1")).with_decryption(true);
    let old = old.send().await.unwrap();
    assert_eq!(old.parameter().unwrap().value(), Some("correct-horse-battery-staple"));
    let typeless = ssm.put_parameter().name("/fresh").value("x");
    assert_eq!(code(typeless.clone().send().await), "ValidationException");
    typeless.r#type(ParameterType::String).send().await.unwrap();
    ssm.delete_parameter().name("/fresh").send().await.unwrap();
    assert_eq!(code(ssm.delete_parameter().name("/fresh").send().await), "ParameterNotFound");
}

#[tokio::test]
async fn parameters_are_found_by_path() {
    let ssm = Account::new().ssm();
    let names = async |recursive: bool| {
        let call = ssm.get_parameters_by_path().path("/app20/prod").recursive(recursive);
        call.send().await.unwrap().parameters().len()
    };
    assert_eq!((names(false).await, names(true).await), (2, 3));
    let some = ssm.get_parameters().names("/platform/region").names("/missing").send().await.unwrap();
    assert_eq!((some.parameters().len(), some.invalid_parameters().len()), (1, 1));
    let pages = ssm.describe_parameters().into_paginator().send().try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.parameters().len()).collect::<Vec<_>>(), [10, 1]);
    let account = Account::new();
    let done = run(&account, "app20-web-1", &["echo {{ssm:/platform/region}}"]).await;
    assert_eq!(done.standard_output_content(), Some("eu-central-1\n"));
}

#[tokio::test]
async fn compliance_follows_patches_and_associations() {
    let account = Account::new();
    let ssm = account.ssm();
    let id = id_of(&account, "app10-checkout-2").await;
    let filter = |key: &str, value: &str| ComplianceStringFilter::builder().key(key).values(value).build();
    let bad = async |id: &str| {
        let call = ssm.list_compliance_items().resource_ids(id).resource_types("ManagedInstance");
        let items = call.filters(filter("Status", "NON_COMPLIANT")).send().await.unwrap().compliance_items().to_vec();
        items.iter().map(|item| item.compliance_type().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(bad(&id).await, ["Custom:Backup", "Patch"]);
    let install = ssm.send_command().document_name("AWS-RunPatchBaseline").instance_ids(&id);
    send(install.parameters("Operation", vec!["Install".into()])).await;
    assert_eq!(bad(&id).await, ["Custom:Backup"]);
    let summaries = ssm.list_resource_compliance_summaries().filters(filter("ResourceId", &id)).send().await.unwrap();
    let severities = summaries.resource_compliance_summary_items().iter().map(|one| {
        (one.compliance_type().unwrap(), one.status().unwrap().as_str(), one.overall_severity().unwrap().as_str())
    });
    let severities: Vec<_> = severities.collect();
    assert!(severities.contains(&("Custom:Backup", "NON_COMPLIANT", "HIGH")), "{severities:?}");
    let unknown = ssm.list_compliance_items().filters(filter("Colour", "red"));
    assert_eq!(code(unknown.send().await), "InvalidFilter");
    let two = ssm.list_compliance_items().resource_ids("a").resource_ids("b");
    assert_eq!(code(two.send().await), "ValidationException");
}

#[tokio::test]
async fn sessions_list_responding_nodes() {
    let account = Account::new();
    let ssm = account.ssm();
    let id = id_of(&account, "app20-web-1").await;
    let started = ssm.start_session().target(&id).reason("a look").send().await.unwrap();
    let session = started.session_id().unwrap();
    let count = async |state: SessionState| ssm.describe_sessions().state(state).send().await.unwrap().sessions().len();
    assert_eq!((count(SessionState::Active).await, count(SessionState::History).await), (2, 2));
    ssm.resume_session().session_id(session).send().await.unwrap();
    ssm.terminate_session().session_id(session).send().await.unwrap();
    assert_eq!((count(SessionState::Active).await, count(SessionState::History).await), (1, 3));
    assert_eq!(code(ssm.resume_session().session_id(session).send().await), "DoesNotExistException");
    let lost = id_of(&account, "app10-checkout-3").await;
    assert_eq!(code(ssm.start_session().target(lost).send().await), "TargetNotConnected");
    // The other session is idle, so it ends, and its record expires after a month.
    account.wait(24 * 3600);
    assert_eq!(count(SessionState::Active).await, 0);
    account.wait(31 * 24 * 3600);
    assert_eq!(count(SessionState::History).await, 0);
}

#[tokio::test]
async fn documents_are_listed_and_read() {
    let ssm = Account::new().ssm();
    let filter = |key: &str, value: &str| DocumentKeyValuesFilter::builder().key(key).values(value).build();
    let count = async |key: &str, value: &str| {
        let output = ssm.list_documents().filters(filter(key, value)).send().await.unwrap();
        output.document_identifiers().len()
    };
    assert_eq!((count("Owner", "Self").await, count("Name", "AWS-Run").await), (1, 3));
    assert_eq!(code(ssm.list_documents().filters(filter("Colour", "red")).send().await), "InvalidFilterKey");
    let document = ssm.get_document().name("AWS-RunPatchBaseline").send().await.unwrap();
    assert!(document.content().unwrap().contains("\"Operation\""));
    let description = ssm.describe_document().name("AWS-RunShellScript").send().await.unwrap();
    assert_eq!(description.document().unwrap().platform_types().len(), 1);
    assert_eq!(code(ssm.get_document().name("AWS-Nonsense").send().await), "InvalidDocument");
    let setting = ssm.get_service_setting().setting_id("/ssm/parameter-store/default-parameter-tier");
    assert_eq!(setting.send().await.unwrap().service_setting().unwrap().setting_value(), Some("Standard"));
    assert_eq!(code(ssm.get_service_setting().setting_id("/ssm/x").send().await), "ServiceSettingNotFound");
}
