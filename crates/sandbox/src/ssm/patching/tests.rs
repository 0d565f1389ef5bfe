//! Patch Manager as real clients see it.

use aws_sdk_ssm::{
    Client,
    types::{
        InstancePatchStateFilter, InstancePatchStateOperatorType, OperatingSystem, PatchOrchestratorFilter, Target,
    },
};

use crate::testing::{Account, code};

fn filter(key: &str, value: &str) -> PatchOrchestratorFilter {
    PatchOrchestratorFilter::builder().key(key).values(value).build()
}

async fn group(ssm: &Client) -> Vec<aws_sdk_ssm::types::InstancePatchState> {
    let call = ssm.describe_instance_patch_states_for_patch_group().patch_group("prod-linux");
    call.send().await.unwrap().instance_patch_states().to_vec()
}

#[tokio::test]
async fn states_count_found_patches() {
    let ssm = Account::new().ssm();
    let states = group(&ssm).await;
    let counts = |test: fn(&aws_sdk_ssm::types::InstancePatchState) -> i32| states.iter().map(test).sum::<i32>();
    assert_eq!((states.len(), counts(|one| one.missing_count()), counts(|one| one.failed_count())), (3, 1, 1));
    assert_eq!(counts(|one| one.installed_pending_reboot_count.unwrap_or(0)), 1);
    let ids = states.iter().map(|one| one.instance_id().to_owned()).collect();
    let same = ssm.describe_instance_patch_states().set_instance_ids(Some(ids)).send().await.unwrap();
    assert_eq!(same.instance_patch_states(), states);
    let missing = |key: &str| {
        let filter = InstancePatchStateFilter::builder().key(key).values("0");
        let filter = filter.r#type(InstancePatchStateOperatorType::GreaterThan).build().unwrap();
        ssm.describe_instance_patch_states_for_patch_group().patch_group("prod-linux").filters(filter).send()
    };
    assert_eq!(missing("MissingCount").await.unwrap().instance_patch_states().len(), 1);
    assert_eq!(code(missing("Sadness").await), "InvalidFilter");
    let state = ssm.describe_patch_group_state().patch_group("prod-linux").send().await.unwrap();
    assert_eq!((state.instances(), state.instances_with_failed_patches()), (3, 1));
    let short = ssm.describe_instance_patch_states().instance_ids("i-1").max_results(9);
    assert_eq!(code(short.send().await), "ValidationException");
}

#[tokio::test]
async fn patches_of_a_node_are_filtered() {
    let ssm = Account::new().ssm();
    let bad = group(&ssm).await.into_iter().find(|one| one.failed_count() > 0).unwrap();
    let patches = |key: &str, value: &str| {
        ssm.describe_instance_patches().instance_id(bad.instance_id()).filters(filter(key, value)).send()
    };
    let failed = patches("State", "Failed").await.unwrap();
    assert_eq!(failed.patches()[0].title(), "openssl");
    assert_eq!(patches("State", "MISSING").await.unwrap().patches().len(), 1);
    assert_eq!(patches("Severity", "Critical").await.unwrap().patches().len(), 1);
    assert_eq!(code(patches("Colour", "red").await), "InvalidFilter");
    let unknown = ssm.describe_instance_patches().instance_id("i-0123456789abcdef0");
    assert_eq!(code(unknown.send().await), "InvalidInstanceId");
}

#[tokio::test]
async fn baselines_are_of_aws_and_of_the_account() {
    let ssm = Account::new().ssm();
    let owned = |owner: &str| ssm.describe_patch_baselines().filters(filter("OWNER", owner)).send();
    assert_eq!(owned("AWS").await.unwrap().baseline_identities().len(), 3);
    let own = owned("Self").await.unwrap();
    let id = own.baseline_identities()[0].baseline_id().unwrap();
    let baseline = ssm.get_patch_baseline().baseline_id(id).send().await.unwrap();
    assert_eq!(baseline.patch_groups(), ["prod-linux"]);
    assert_eq!(code(ssm.get_patch_baseline().baseline_id("pb-0").send().await), "DoesNotExistException");
    let system = OperatingSystem::AmazonLinux2023;
    let default = ssm.get_default_patch_baseline().operating_system(system.clone()).send().await.unwrap();
    assert!(default.baseline_id().unwrap().starts_with("arn:aws:ssm:"));
    let used = ssm.get_patch_baseline_for_patch_group().patch_group("prod-linux").operating_system(system);
    assert_eq!(used.send().await.unwrap().baseline_id(), Some(id));
    let register = || ssm.register_patch_baseline_for_patch_group().baseline_id(id).patch_group("prod-linux").send();
    assert_eq!(code(register().await), "AlreadyExistsException");
    let remove = ssm.deregister_patch_baseline_for_patch_group().baseline_id(id).patch_group("prod-linux");
    remove.send().await.unwrap();
    assert!(ssm.describe_patch_groups().send().await.unwrap().mappings().is_empty());
    register().await.unwrap();
    assert_eq!(ssm.describe_patch_groups().send().await.unwrap().mappings().len(), 1);
}

#[tokio::test]
async fn patches_of_linux_are_listed_by_product() {
    let ssm = Account::new().ssm();
    assert_eq!(ssm.describe_available_patches().send().await.unwrap().patches().len(), 4);
    let linux = ssm.describe_available_patches().filters(filter("PRODUCT", "AmazonLinux2023"));
    assert_eq!(linux.clone().send().await.unwrap().patches().len(), 5);
    let critical = linux.filters(filter("SEVERITY", "Critical")).send().await.unwrap();
    assert_eq!(critical.patches()[0].name(), Some("openssl"));
}

#[tokio::test]
async fn patch_baseline_run_changes_the_state() {
    let account = Account::new();
    let ssm = account.ssm();
    let run = |operation: &str, reboot: &str| {
        let target = Target::builder().key("tag:PatchGroup").values("prod-linux").build();
        ssm.send_command()
            .document_name("AWS-RunPatchBaseline")
            .targets(target)
            .parameters("Operation", vec![operation.to_owned()])
            .parameters("RebootOption", vec![reboot.to_owned()])
            .send()
    };
    run("Scan", "NoReboot").await.unwrap();
    account.wait(60);
    assert_eq!(group(&ssm).await.iter().map(|one| one.missing_count()).sum::<i32>(), 1);
    run("Install", "NoReboot").await.unwrap();
    let states = group(&ssm).await;
    assert_eq!(states.iter().map(|one| one.missing_count()).sum::<i32>(), 0);
    assert_eq!(states.iter().filter_map(|one| one.installed_pending_reboot_count).sum::<i32>(), 2);
    run("Install", "RebootIfNeeded").await.unwrap();
    let pending = group(&ssm).await.iter().filter_map(|one| one.installed_pending_reboot_count).sum::<i32>();
    assert_eq!(pending, 0);
    assert_eq!(code(run("Pray", "NoReboot").await), "InvalidParameters");
}
