//! Resource Groups as real clients see them.

use aws_sdk_resourcegroups::{
    Client,
    types::{QueryType, ResourceFilter, ResourceFilterName, ResourceQuery},
};

use crate::testing::{Account, code};

fn query(text: &str) -> ResourceQuery {
    ResourceQuery::builder().r#type(QueryType::TagFilters10).query(text).build().unwrap()
}

async fn members(groups: &Client, group: &str) -> usize {
    let output = groups.list_group_resources().group(group).send().await.unwrap();
    output.resources().len()
}

const APP20: &str = r#"{"ResourceTypeFilters":["AWS::AllSupported"],"TagFilters":[{"Key":"App","Values":["App20"]}]}"#;

#[tokio::test]
async fn members_are_evaluated_at_each_request() {
    let account = Account::new();
    let groups = account.groups();
    let created = groups.create_group().name("App20-RG").resource_query(query(APP20)).send().await.unwrap();
    let arn = created.group().unwrap().group_arn().to_owned();
    // Four instances and their volumes.
    assert_eq!(members(&groups, "App20-RG").await, 8);
    assert_eq!(members(&groups, &arn).await, 8);
    let instances =
        ResourceFilter::builder().name(ResourceFilterName::ResourceType).values("AWS::EC2::Instance").build().unwrap();
    let output = groups.list_group_resources().group(&arn).filters(instances).send().await.unwrap();
    assert_eq!(output.resources().len(), 4);
    let arn = output.resources()[0].identifier().unwrap().resource_arn().unwrap().to_owned();
    let id = arn.rsplit('/').next().unwrap();
    let ec2 = account.ec2();
    let app = aws_sdk_ec2::types::Tag::builder().key("App").value("App21").build();
    ec2.create_tags().resources(id).tags(app).send().await.unwrap();
    assert_eq!(members(&groups, "App20-RG").await, 7);
    ec2.terminate_instances().instance_ids(id).send().await.unwrap();
    assert_eq!(members(&groups, "App20-RG").await, 7);
}

#[tokio::test]
async fn keys_are_anded_and_values_ored() {
    let groups = Account::new().groups();
    let search = async |text: &str| {
        let output = groups.search_resources().resource_query(query(text)).send().await.unwrap();
        output.resource_identifiers().len()
    };
    let instances =
        |filters: &str| format!(r#"{{"ResourceTypeFilters":["AWS::EC2::Instance"],"TagFilters":[{filters}]}}"#);
    assert_eq!(search(&instances(r#"{"Key":"App","Values":["App30","App40"]}"#)).await, 5);
    let both = r#"{"Key":"App","Values":["App30","App40"]},{"Key":"Env","Values":["dev"]}"#;
    assert_eq!(search(&instances(both)).await, 1);
    assert_eq!(search(&instances(r#"{"Key":"Env","Values":[]}"#)).await, 17);
}

#[tokio::test]
async fn pages_lose_no_items() {
    let groups = Account::new().groups();
    groups.create_group().name("all").resource_query(query(APP20)).send().await.unwrap();
    let pages = groups.list_group_resources().group("all").max_results(3).into_paginator();
    let pages = pages.send().try_collect().await.unwrap();
    let sizes: Vec<usize> = pages.iter().map(|page| page.resources().len()).collect();
    assert_eq!(sizes, [3, 3, 2]);
}

#[tokio::test]
async fn groups_are_checked() {
    let groups = Account::new().groups();
    assert_eq!(code(groups.get_group().group("missing").send().await), "NotFoundException");
    let create = |text: &str| groups.create_group().name("new").resource_query(query(text)).send();
    for text in ["{", "[]", r#"{"Tags":[]}"#, r#"{"ResourceTypeFilters":["EC2"]}"#, r#"{"TagFilters":[{}]}"#] {
        assert_eq!(code(create(text).await), "BadRequestException", "{text}");
    }
    let again = groups.create_group().name("App30-RG").resource_query(query(APP20));
    assert_eq!(code(again.send().await), "BadRequestException");
    let token = groups.list_groups().next_token("nonsense");
    assert_eq!(code(token.send().await), "BadRequestException");
}

#[tokio::test]
async fn groups_are_changed_tagged_and_deleted() {
    let groups = Account::new().groups();
    assert_eq!(members(&groups, "App30-RG").await, 3);
    groups.update_group_query().group("App30-RG").resource_query(query(APP20)).send().await.unwrap();
    assert_eq!(members(&groups, "App30-RG").await, 8);
    let update = groups.update_group().group("App30-RG").description("new").send().await.unwrap();
    let arn = update.group().unwrap().group_arn();
    assert_eq!(update.group().unwrap().description(), Some("new"));
    groups.tag().arn(arn).tags("A", "b").send().await.unwrap();
    groups.untag().arn(arn).keys("Owner").send().await.unwrap();
    let tags = groups.get_tags().arn(arn).send().await.unwrap();
    let mut keys: Vec<_> = tags.tags().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["A", "Tier"]);
    groups.delete_group().group(arn).send().await.unwrap();
    let left = groups.list_groups().send().await.unwrap();
    assert!(left.group_identifiers().iter().all(|group| group.group_name() != Some("App30-RG")));
}

#[tokio::test]
async fn group_of_a_stack_has_its_resources() {
    let groups = Account::new().groups();
    assert_eq!(members(&groups, "search-stack").await, 4);
    let gone = groups.list_group_resources().group("old-reports").send().await.unwrap();
    assert!(gone.resources().is_empty());
    let error = &gone.query_errors()[0];
    assert_eq!(error.error_code().unwrap().as_str(), "CLOUDFORMATION_STACK_NOT_EXISTING");
    let kind = QueryType::CloudformationStack10;
    let broken = ResourceQuery::builder().r#type(kind).query(r#"{"StackIdentifier":"search"}"#).build().unwrap();
    assert_eq!(code(groups.create_group().name("new").resource_query(broken).send().await), "BadRequestException");
}

#[tokio::test]
async fn groups_are_members_of_groups_by_their_own_tags() {
    let groups = Account::new().groups();
    assert_eq!(members(&groups, "backend").await, 2);
    let arn = groups.get_group().group("search-stack").send().await.unwrap();
    let arn = arn.group().unwrap().group_arn().to_owned();
    groups.untag().arn(&arn).keys("Tier").send().await.unwrap();
    assert_eq!(members(&groups, "backend").await, 1);
}

#[tokio::test]
async fn members_cannot_be_added_to_a_group_with_a_query() {
    let groups = Account::new().groups();
    let call = groups.group_resources().group("App30-RG").resource_arns("arn:aws:ec2:eu-central-1:1:instance/i-1");
    assert_eq!(code(call.send().await), "BadRequestException");
    let call = groups.ungroup_resources().group("missing").resource_arns("arn:aws:ec2:eu-central-1:1:instance/i-1");
    assert_eq!(code(call.send().await), "NotFoundException");
}
