//! Launch templates, attributes of instances, and the metadata service.

use aws_sdk_ec2::types::{
    AttributeBooleanValue, AttributeValue, BlockDeviceMapping, EbsBlockDevice, HttpTokensState, Instance,
    InstanceAttributeName, InstanceType, LaunchTemplateSpecification, RequestLaunchTemplateData, ResourceType,
    TagSpecification, VolumeType,
};

use super::{filter, find, name_of, state_of, tag};
use crate::testing::{Account, code};

async fn launch_from(ec2: &aws_sdk_ec2::Client, version: Option<&str>) -> Instance {
    let template = LaunchTemplateSpecification::builder();
    let template = template.launch_template_name("app20-web").set_version(version.map(str::to_owned)).build();
    let tags = TagSpecification::builder().resource_type(ResourceType::Instance);
    let tags = tags.tags(tag("Name", "app20-web-9")).tags(tag("Env", "dev")).build();
    let call = ec2.run_instances().launch_template(template).tag_specifications(tags).min_count(1).max_count(1);
    call.send().await.unwrap().instances()[0].clone()
}

#[tokio::test]
async fn template_parameters_apply_to_launches() {
    let ec2 = Account::new().ec2();
    let default = launch_from(&ec2, None).await;
    assert_eq!(default.instance_type(), Some(&InstanceType::M6iLarge));
    assert_eq!(default.security_groups().len(), 2);
    assert_eq!(name_of(&default), "app20-web-9");
    let value = |key: &str| {
        let tag = default.tags().iter().find(|tag| tag.key() == Some(key));
        tag.and_then(|tag| tag.value()).unwrap_or_default().to_owned()
    };
    assert_eq!([value("App"), value("Env"), value("Owner")], ["App20", "dev", "team-web"]);
    assert_eq!(value("aws:ec2launchtemplate:version"), "2");
    let first = launch_from(&ec2, Some("1")).await;
    assert_eq!(first.instance_type(), Some(&InstanceType::M5Large));
    let missing = LaunchTemplateSpecification::builder().launch_template_name("app20-web").version("9").build();
    let call = ec2.run_instances().launch_template(missing).min_count(1).max_count(1);
    assert_eq!(code(call.send().await), "InvalidLaunchTemplateId.VersionNotFound");
    let other = LaunchTemplateSpecification::builder().launch_template_name("app20-web").build();
    let call =
        ec2.run_instances().launch_template(other).instance_type(InstanceType::T3Micro).min_count(1).max_count(1);
    let launched = call.send().await.unwrap();
    assert_eq!(launched.instances()[0].instance_type(), Some(&InstanceType::T3Micro));
}

#[tokio::test]
async fn launch_creates_the_requested_volumes() {
    let ec2 = Account::new().ec2();
    let disk = |device: &str, disk: EbsBlockDevice| BlockDeviceMapping::builder().device_name(device).ebs(disk).build();
    let root = EbsBlockDevice::builder().volume_size(40).encrypted(true).build();
    let data = EbsBlockDevice::builder().volume_size(100).volume_type(VolumeType::Io1).iops(500).build();
    let base = ec2.run_instances().image_id(super::Os::AmazonLinux.image_id("eu-central-1"));
    let base = base.instance_type(InstanceType::T3Micro).min_count(1).max_count(1);
    let both =
        base.clone().block_device_mappings(disk("/dev/xvda", root)).block_device_mappings(disk("/dev/sdf", data));
    let launched = both.send().await.unwrap().instances()[0].clone();
    let of_instance = filter("attachment.instance-id", &[launched.instance_id().unwrap()]);
    let volumes = ec2.describe_volumes().filters(of_instance).send().await.unwrap();
    let mut facts: Vec<_> = volumes.volumes().iter().map(|one| (one.size(), one.iops(), one.encrypted())).collect();
    facts.sort();
    assert_eq!(facts, [(Some(40), Some(3000), Some(true)), (Some(100), Some(500), Some(false))]);
    let slow = EbsBlockDevice::builder().volume_size(10).volume_type(VolumeType::St1).build();
    assert_eq!(code(base.block_device_mappings(disk("/dev/sdf", slow)).send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn templates_have_versions() {
    let ec2 = Account::new().ec2();
    let data = RequestLaunchTemplateData::builder().instance_type(InstanceType::T3Small).key_name("ops").build();
    let create = ec2.create_launch_template().launch_template_name("small").launch_template_data(data);
    let made = create.clone().send().await.unwrap().launch_template.unwrap();
    let id = made.launch_template_id().unwrap();
    assert_eq!(code(create.send().await), "InvalidLaunchTemplateName.AlreadyExistsException");
    let data = RequestLaunchTemplateData::builder().instance_type(InstanceType::T3Large).build();
    let version = ec2.create_launch_template_version().launch_template_id(id).source_version("1");
    let version = version.launch_template_data(data).send().await.unwrap().launch_template_version.unwrap();
    assert_eq!(version.version_number(), Some(2));
    let data = version.launch_template_data().unwrap();
    assert_eq!((data.key_name(), data.instance_type()), (Some("ops"), Some(&InstanceType::T3Large)));
    let versions = async |name: &str| {
        let call = ec2.describe_launch_template_versions().launch_template_id(id).versions(name);
        call.send().await.unwrap().launch_template_versions()[0].version_number()
    };
    assert_eq!((versions("$Default").await, versions("$Latest").await), (Some(1), Some(2)));
    ec2.modify_launch_template().launch_template_id(id).default_version("2").send().await.unwrap();
    assert_eq!(versions("$Default").await, Some(2));
    let all = ec2.describe_launch_template_versions().versions("$Latest").send().await.unwrap();
    assert_eq!(all.launch_template_versions().len(), 2);
    ec2.delete_launch_template().launch_template_id(id).send().await.unwrap();
    assert_eq!(ec2.describe_launch_templates().send().await.unwrap().launch_templates().len(), 1);
    let named = ec2.describe_launch_templates().launch_template_names("small");
    assert_eq!(code(named.send().await), "InvalidLaunchTemplateName.NotFoundException");
}

#[tokio::test]
async fn attributes_are_changed_one_at_a_time() {
    let account = Account::new();
    let ec2 = account.ec2();
    let id = find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0].instance_id.clone().unwrap();
    let yes = AttributeBooleanValue::builder().value(true).build();
    let large = AttributeValue::builder().value("m6i.xlarge").build();
    let modify = || ec2.modify_instance_attribute().instance_id(&id);
    assert_eq!(code(modify().send().await), "InvalidParameterCombination");
    let both = modify().disable_api_termination(yes.clone()).instance_type(large.clone());
    assert_eq!(code(both.send().await), "InvalidParameterCombination");
    modify().disable_api_termination(yes).send().await.unwrap();
    assert_eq!(code(ec2.terminate_instances().instance_ids(&id).send().await), "OperationNotPermitted");
    let shown = ec2.describe_instance_attribute().instance_id(&id);
    let shown = shown.attribute(InstanceAttributeName::DisableApiTermination).send().await.unwrap();
    assert_eq!(shown.disable_api_termination().unwrap().value(), Some(true));
    assert_eq!(code(modify().instance_type(large.clone()).send().await), "IncorrectInstanceState");
    ec2.stop_instances().instance_ids(&id).send().await.unwrap();
    account.wait(10);
    modify().instance_type(large).send().await.unwrap();
    ec2.start_instances().instance_ids(&id).send().await.unwrap();
    account.wait(10);
    assert_eq!(state_of(&ec2, &id).await, "running");
    let found = find(&ec2, &[("instance-type", &["m6i.xlarge"]), ("instance-id", &[&id])]).await;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn imdsv1_is_optional_until_it_is_disabled() {
    let ec2 = Account::new().ec2();
    let old: &[(&str, &[&str])] = &[("metadata-options.http-tokens", &["optional"])];
    let before = find(&ec2, old).await;
    assert!(before.iter().any(|one| name_of(one) == "app10-ledger-1"), "{before:?}");
    let id = before[0].instance_id().unwrap();
    let call = ec2.modify_instance_metadata_options().instance_id(id).http_tokens(HttpTokensState::Required);
    call.send().await.unwrap();
    assert_eq!(find(&ec2, old).await.len(), before.len() - 1);
    let call = ec2.modify_instance_metadata_options().instance_id(id).http_put_response_hop_limit(65);
    assert_eq!(code(call.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn all_kinds_of_resources_have_tags() {
    let ec2 = Account::new().ec2();
    let templates = ec2.describe_tags().filters(filter("resource-type", &["launch-template"])).send().await.unwrap();
    let id = templates.tags()[0].resource_id().unwrap();
    ec2.create_tags().resources(id).tags(tag("Checked", "yes")).send().await.unwrap();
    let tagged = ec2.describe_launch_templates().filters(filter("tag:Checked", &["yes"])).send().await.unwrap();
    assert_eq!(tagged.launch_templates().len(), 1);
    let kinds = ec2.describe_tags().send().await.unwrap();
    for kind in ["internet-gateway", "natgateway", "spot-instances-request", "elastic-ip", "image"] {
        assert!(kinds.tags().iter().any(|tag| tag.resource_type().is_some_and(|own| own.as_str() == kind)), "{kind}");
    }
}

#[tokio::test]
async fn user_data_must_be_base64() {
    let ec2 = Account::new().ec2();
    let launch = |data: &str| {
        let base = ec2.run_instances().image_id(super::Os::AmazonLinux.image_id("eu-central-1"));
        base.instance_type(InstanceType::T3Micro).min_count(1).max_count(1).user_data(data).send()
    };
    assert_eq!(code(launch("#!/bin/sh").await), "InvalidUserData.Malformed");
    assert_eq!(code(launch(&aws_smithy_types::base64::encode([b'#'; 16_385])).await), "InvalidParameterValue");
    let launched = launch("IyEvYmluL3No").await.unwrap();
    let id = launched.instances()[0].instance_id().unwrap();
    let attribute = ec2.describe_instance_attribute().instance_id(id).attribute(InstanceAttributeName::UserData);
    let data = attribute.send().await.unwrap().user_data.unwrap();
    assert_eq!(data.value(), Some("IyEvYmluL3No"));
    let raw = RequestLaunchTemplateData::builder().user_data("#!/bin/sh").build();
    let template = ec2.create_launch_template().launch_template_name("raw").launch_template_data(raw);
    assert_eq!(code(template.send().await), "InvalidUserData.Malformed");
}
