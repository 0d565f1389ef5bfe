//! The Parameter Store as real clients see it.

use aws_sdk_ssm::{
    Client,
    operation::put_parameter::builders::PutParameterFluentBuilder,
    types::{ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging, Tag},
};

use crate::testing::{Account, code};

fn put(ssm: &Client, name: &str, value: &str) -> PutParameterFluentBuilder {
    ssm.put_parameter().name(name).value(value).r#type(ParameterType::String)
}

async fn value(ssm: &Client, name: &str) -> String {
    let output = ssm.get_parameter().name(name).send().await.unwrap();
    output.parameter().unwrap().value().unwrap().to_owned()
}

#[tokio::test]
async fn versions_and_labels_are_selectors() {
    let ssm = Account::new().ssm();
    let name = "/app20/prod/log-level";
    assert_eq!(value(&ssm, &format!("{name}:calm")).await, "warn");
    assert_eq!(value(&ssm, &format!("{name}:2")).await, "debug");
    let arn = format!("arn:aws:ssm:eu-central-1:123456789012:parameter{name}:2");
    let output = ssm.get_parameter().name(arn).send().await.unwrap();
    assert_eq!(output.parameter().unwrap().selector(), Some(":2"));
    for selector in ["9", "missing"] {
        let call = ssm.get_parameter().name(format!("{name}:{selector}"));
        assert_eq!(code(call.send().await), "ParameterVersionNotFound");
    }
    let label = ssm.label_parameter_version().name(name).labels("calm").labels("aws-x").labels("7up");
    let output = label.send().await.unwrap();
    assert_eq!((output.parameter_version(), output.invalid_labels().len()), (3, 2));
    assert_eq!(value(&ssm, &format!("{name}:calm")).await, "info");
    let remove = ssm.unlabel_parameter_version().name(name).parameter_version(3).labels("calm").labels("none");
    let output = remove.send().await.unwrap();
    assert_eq!((output.removed_labels().len(), output.invalid_labels().len()), (1, 1));
    let many: Vec<String> = (0..11).map(|at| format!("l{at}")).collect();
    let label = ssm.label_parameter_version().name(name).set_labels(Some(many));
    assert_eq!(code(label.send().await), "ParameterVersionLabelLimitExceeded");
}

#[tokio::test]
async fn history_is_paged_and_keeps_100_versions() {
    let ssm = Account::new().ssm();
    put(&ssm, "/many", "1").send().await.unwrap();
    for number in 2..=104 {
        put(&ssm, "/many", &number.to_string()).overwrite(true).send().await.unwrap();
    }
    let pages = ssm.get_parameter_history().name("/many").into_paginator().send().try_collect().await.unwrap();
    let versions: Vec<i64> = pages.iter().flat_map(|page| page.parameters()).map(|one| one.version()).collect();
    assert_eq!((versions.len(), versions[0], versions[99]), (100, 5, 104));
    assert_eq!(code(ssm.get_parameter().name("/many:4").send().await), "ParameterVersionNotFound");
    // The oldest version is not given up while it has a label.
    ssm.label_parameter_version().name("/many").parameter_version(5).labels("keep").send().await.unwrap();
    let full = put(&ssm, "/many", "x").overwrite(true);
    assert_eq!(code(full.send().await), "ParameterMaxVersionLimitExceeded");
}

#[tokio::test]
async fn tiers_have_size_limits_and_cannot_be_lowered() {
    let ssm = Account::new().ssm();
    let (large, larger) = ("x".repeat(4097), "x".repeat(8193));
    assert_eq!(code(put(&ssm, "/large", &large).send().await), "ValidationException");
    let chosen = put(&ssm, "/large", &large).tier(ParameterTier::IntelligentTiering).send().await.unwrap();
    assert_eq!(chosen.tier(), Some(&ParameterTier::Advanced));
    assert_eq!(code(put(&ssm, "/larger", &larger).tier(ParameterTier::Advanced).send().await), "ValidationException");
    let back = put(&ssm, "/large", "small").overwrite(true);
    assert_eq!(code(back.clone().tier(ParameterTier::Standard).send().await), "ValidationException");
    assert_eq!(back.send().await.unwrap().tier(), Some(&ParameterTier::Advanced));
    let policy = r#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-01T00:00:00.000Z"}}]"#;
    let expiring = put(&ssm, "/expires", "x").policies(policy);
    assert_eq!(code(expiring.clone().send().await), "ValidationException");
    expiring.tier(ParameterTier::Advanced).send().await.unwrap();
    let unknown = put(&ssm, "/p", "x").tier(ParameterTier::Advanced).policies(r#"[{"Type":"Nap"}]"#);
    assert_eq!(code(unknown.send().await), "InvalidPolicyTypeException");
}

#[tokio::test]
async fn put_parameter_input_is_checked() {
    let ssm = Account::new().ssm();
    let deep = format!("/{}", ["x"; 16].join("/"));
    assert_eq!(code(put(&ssm, &deep, "x").send().await), "HierarchyLevelLimitExceededException");
    assert_eq!(code(put(&ssm, "/aws/x", "x").send().await), "AccessDeniedException");
    assert_eq!(code(put(&ssm, "a/b", "x").send().await), "ValidationException");
    let patterned = put(&ssm, "/n", "12a").allowed_pattern("^\\d+$");
    assert_eq!(code(patterned.send().await), "ParameterPatternMismatchException");
    let key = put(&ssm, "/k", "x").key_id("alias/x");
    assert_eq!(code(key.send().await), "ValidationException");
    let kind = put(&ssm, "/platform/region", "x").r#type(ParameterType::SecureString).overwrite(true);
    assert_eq!(code(kind.send().await), "HierarchyTypeMismatchException");
    let tag = Tag::builder().key("A").value("b").build().unwrap();
    let tagged = put(&ssm, "/platform/region", "x").overwrite(true).tags(tag);
    assert_eq!(code(tagged.send().await), "ValidationException");
}

async fn found(ssm: &Client, key: &str, option: Option<&str>, value: &str) -> Result<usize, String> {
    let filter = ParameterStringFilter::builder().key(key).set_option(option.map(str::to_owned)).values(value);
    let call = ssm.describe_parameters().parameter_filters(filter.build().unwrap()).max_results(50);
    match call.send().await {
        Ok(output) => Ok(output.parameters().len()),
        error => Err(code(error)),
    }
}

#[tokio::test]
async fn unknown_filters_are_refused() {
    let ssm = Account::new().ssm();
    assert_eq!(found(&ssm, "Name", Some("Contains"), "app10").await, Ok(3));
    assert_eq!(found(&ssm, "Name", Some("BeginsWith"), "/app20/prod/l").await, Ok(1));
    assert_eq!(found(&ssm, "Type", None, "SecureString").await, Ok(3));
    assert_eq!(found(&ssm, "Tier", None, "Advanced").await, Ok(2));
    assert_eq!(found(&ssm, "Path", None, "/app20/prod").await, Ok(2));
    assert_eq!(found(&ssm, "Path", Some("Recursive"), "/app20").await, Ok(3));
    assert_eq!(found(&ssm, "tag:Owner", None, "team-web").await, Ok(3));
    assert_eq!(found(&ssm, "Label", None, "calm").await, Ok(0), "the newest version has none");
    assert_eq!(found(&ssm, "Colour", None, "red").await, Err("InvalidFilterKey".into()));
    assert_eq!(found(&ssm, "Type", Some("Sounds"), "String").await, Err("InvalidFilterOption".into()));
    let by_name = ParameterStringFilter::builder().key("Name").values("x").build().unwrap();
    let call = ssm.get_parameters_by_path().path("/").parameter_filters(by_name);
    assert_eq!(code(call.send().await), "InvalidFilterKey");
}

#[tokio::test]
async fn tags_need_an_existing_parameter() {
    let ssm = Account::new().ssm();
    let kind = ResourceTypeForTagging::Parameter;
    let tag = Tag::builder().key("Env").value("prod").build().unwrap();
    let add = |id: &str| ssm.add_tags_to_resource().resource_type(kind.clone()).resource_id(id).tags(tag.clone());
    add("legacy-endpoint").send().await.unwrap();
    assert_eq!(code(add("/missing").send().await), "InvalidResourceId");
    assert_eq!(found(&ssm, "tag:Env", None, "prod").await, Ok(1));
    let list = |id: &str| ssm.list_tags_for_resource().resource_type(kind.clone()).resource_id(id).send();
    assert_eq!(list("legacy-endpoint").await.unwrap().tag_list().len(), 1);
    let remove = ssm.remove_tags_from_resource().resource_type(kind.clone()).resource_id("legacy-endpoint");
    remove.tag_keys("Env").send().await.unwrap();
    assert!(list("legacy-endpoint").await.unwrap().tag_list().is_empty());
    // A recreated parameter does not have the tags of the deleted one.
    add("legacy-endpoint").send().await.unwrap();
    ssm.delete_parameter().name("legacy-endpoint").send().await.unwrap();
    put(&ssm, "legacy-endpoint", "x").send().await.unwrap();
    assert!(list("legacy-endpoint").await.unwrap().tag_list().is_empty());
    let node = ssm.list_tags_for_resource().resource_type(ResourceTypeForTagging::ManagedInstance);
    let output = node.resource_id("mi-0c4e8d1f2a3b45678").send().await.unwrap();
    assert_eq!(output.tag_list().len(), 2);
}
