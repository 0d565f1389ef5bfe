//! Documents that want to do harm.

use moonfleet_core::Value;

use crate::{call, read};

/// Returns the problem of an answer of `ec2.describe_tags`.
fn problem(document: &str) -> String {
    let (api, operation) = call("ec2.describe_tags");
    read(api, operation, document).expect_err(document)
}

#[test]
fn entities_are_not_expanded() {
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><DescribeTagsResponse><nextToken>&c;</nextToken></DescribeTagsResponse>"#;
    assert_eq!(problem(bomb), "the answer has a document type, which AWS does not send; check proxies");
    assert_eq!(problem("<!DOCTYPE html><html></html>"), problem(bomb));
    for document in [
        "<DescribeTagsResponse><nextToken>&c;</nextToken></DescribeTagsResponse>",
        "<DescribeTagsResponse><other>&c;</other></DescribeTagsResponse>",
        "<DescribeTagsResponse>&c;</DescribeTagsResponse>",
    ] {
        assert_eq!(problem(document), "the answer has the entity &c;, which XML does not know", "{document}");
    }
    for reference in ["&#xD800;", "&#x110000;", "&#0;", "&#;", "&#x;", "&;", "& "] {
        problem(&format!("<DescribeTagsResponse><nextToken>{reference}</nextToken></DescribeTagsResponse>"));
    }
}

#[test]
fn documents_that_are_no_answer_are_errors() {
    let not_xml = "the answer is not XML; check the endpoint and proxies";
    for document in ["Please log in", "{}", "&amp;<DescribeTagsResponse/>", "<![CDATA[x]]><DescribeTagsResponse/>"] {
        assert_eq!(problem(document), not_xml, "{document}");
    }
    for document in [
        "<DescribeTagsResponse/><DescribeTagsResponse/>",
        "<DescribeTagsResponse></DescribeTagsResponse>x",
        "<DescribeTagsResponse/><!DOCTYPE a>",
    ] {
        problem(document);
    }
    for document in [
        "<DescribeTagsResponse></S>",
        "<a:DescribeTagsResponse></b:DescribeTagsResponse>",
        "<DescribeTagsResponse><tagSet></DescribeTagsResponse></tagSet>",
        "</DescribeTagsResponse>",
        "<DescribeTagsResponse><!x></DescribeTagsResponse>",
    ] {
        problem(document);
    }
    assert_eq!(
        problem("<DescribeTagsResponse><tagSet><item>"),
        "the answer ends in the middle, after 36 bytes; call again"
    );
    problem("<?xml version=\"1.0\"?>");
    problem("<DescribeTagsResponse><nextToken><b>x</b></nextToken></DescribeTagsResponse>");
    let (api, operation) = call("ec2.describe_tags");
    read(api, operation, b"<DescribeTagsResponse><nextToken>\xff</nextToken></DescribeTagsResponse>".as_slice())
        .expect_err("bytes that are no UTF-8");
}

/// Attributes, which AWS has on the grantee of S3's grants.
#[test]
fn attributes_are_members() {
    let (api, operation) = call("s3.get_bucket_acl");
    let grants = |grantee: &str| {
        let document = format!(
            "<P><AccessControlList><Grant>{grantee}<Permission>READ</Permission></Grant></AccessControlList></P>"
        );
        read(api, operation, document).map(|record| record.to_map())
    };
    for grantee in [
        r#"<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>u</URI></Grantee>"#,
        r#"<Grantee xsi:type = 'Group' ><URI>u</URI></Grantee>"#,
        r#"<Grantee xsi:type="&#71;roup"><URI>u</URI></Grantee>"#,
    ] {
        let grants = grants(grantee).expect(grantee);
        let Some(Value::List(grants)) = grants.get("grants") else { panic!("{grants:?}") };
        let Value::Map(grant) = &grants[0] else { panic!("{grants:?}") };
        let Some(Value::Map(grantee)) = grant.get("grantee") else { panic!("{grant:?}") };
        assert_eq!(grantee.get("type"), Some(&Value::from("Group")));
        assert_eq!(grantee.get("uri"), Some(&Value::from("u")));
    }
    for grantee in [r#"<Grantee xsi:type="a" xsi:type="b"/>"#, "<Grantee xsi:type=a/>", r#"<Grantee xsi:type="&x;"/>"#]
    {
        grants(grantee).expect_err(grantee);
    }
}

#[test]
fn deep_values_are_refused_and_not_a_crash() {
    let (api, operation) = call("dynamodb.get_item");
    let deep = |levels: usize| {
        let item = "<L><member>".repeat(levels) + "<S>x</S>" + &"</member></L>".repeat(levels);
        format!(
            "<GetItemResponse><GetItemResult><Item><entry><key>a</key><value>{item}</value></entry></Item></GetItemResult></GetItemResponse>"
        )
    };
    read(api, operation, deep(60)).expect("an answer");
    let problem = read(api, operation, deep(20_000)).expect_err("too deep");
    assert_eq!(problem, "the answer has values that are nested more than 128 times");
}

#[test]
fn deep_elements_without_a_member_are_skipped() {
    let nested = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
    let (api, operation) = call("ec2.describe_tags");
    let skipped = format!(
        "<DescribeTagsResponse><unknown>{}</unknown><nextToken>n</nextToken></DescribeTagsResponse>",
        nested(100_000)
    );
    let record = read(api, operation, skipped).expect("unknown elements are skipped");
    assert_eq!(record.named("next_token").to_value(), Value::from("n"));
    problem(&format!("<DescribeTagsResponse><nextToken>{}</nextToken></DescribeTagsResponse>", nested(100_000)));
}
