//! Pages of every protocol: items, whole lists, tokens.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

/// Serves three pages, of which the second is empty.
fn paged() -> Server {
    Server::start(|request| match request.parameter("NextToken").as_deref() {
        None => instances(&[&["i-1", "i-2"], &["i-3"]], Some("page/2+=")),
        Some("page/2+=") => instances(&[], Some("page3")),
        Some("page3") => instances(&[&["i-4"]], None),
        Some(other) => ec2_error(400, "InvalidNextToken", other),
    })
}

const IDS: &str = "local ids = {} for _, i in ipairs(list) do ids[#ids + 1] = i.instance_id end return ids";

#[test]
fn all_returns_every_item_of_every_page_once() {
    let server = paged();
    let ids = on(&server).returned(&format!(
        r#"local list = ec2.describe_instances.all{{filters={{["tag:App"]="App20"}}, max_results=5}} {IDS}"#
    ));
    assert_eq!(ids, json!(["i-1", "i-2", "i-3", "i-4"]));
    let base = [("Filter.1.Name", "tag:App"), ("Filter.1.Value.1", "App20"), ("MaxResults", "5")];
    assert_eq!(sent(&server, 0), pairs(&base));
    for (number, token) in [(1, "page/2+="), (2, "page3")] {
        assert_eq!(sent(&server, number), pairs(&[&base[..], &[("NextToken", token)]].concat()));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn items_iterates_over_every_item_once() {
    let server = paged();
    let ids = on(&server).returned(
        "local ids = {} for i in ec2.describe_instances.items{} do ids[#ids + 1] = i.instance_id end return ids",
    );
    assert_eq!(ids, json!(["i-1", "i-2", "i-3", "i-4"]));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_loop_over_items_can_end_early() {
    let server = paged();
    assert_eq!(on(&server).returned("for i in ec2.describe_instances.items() do return i.instance_id end"), "i-1");
    assert!(server.requests().len() <= 2, "only the current page and the next one are fetched");
}

#[test]
fn pages_returns_whole_answers_including_an_empty_one() {
    let server = paged();
    let sizes = on(&server).returned(
        "local n = {} for page in ec2.describe_instances.pages{} do n[#n + 1] = #page.reservations end return n",
    );
    assert_eq!(sizes, json!([2, 0, 1]));
}

#[test]
fn a_plain_call_is_one_request_and_returns_the_token() {
    let server = paged();
    assert_eq!(on(&server).eval("ec2.describe_instances{}.next_token"), "page/2+=");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn paging_does_not_change_the_input_table() {
    let server = paged();
    let input = on(&server).returned("local input = {max_results=5} ec2.describe_instances.all(input) return input");
    assert_eq!(input, json!({"max_results": 5}));
}

#[test]
fn a_repeated_token_is_an_error_instead_of_an_endless_loop() {
    for form in ["ec2.describe_tags.all{}", "(function() for _ in ec2.describe_tags.items{} do end end)()"] {
        let server = Server::always(tags(Some("again"), &["App"]));
        let error = caught(on(&server), form);
        assert_eq!(error["code"], "RepeatedToken");
        assert_eq!(error["operation"], "describe_tags");
        has(&error["text"], "ec2.describe_tags");
        has(&error["text"], "again");
        assert!(server.requests().len() <= 3, "{form}: {}", server.requests().len());
    }
}

#[test]
fn new_tokens_for_ever_end_at_the_limit_of_pages_with_an_error() {
    let server = Server::start(|request| {
        let page = request.parameter("NextToken").map_or(1, |token| token.parse::<u32>().expect("our own token") + 1);
        tags(Some(&page.to_string()), &["App"])
    });
    for form in [
        "ec2.describe_tags.all({}, {max_pages=3})",
        "(function() for _ in ec2.describe_tags.items({}, {max_pages=3}) do end end)()",
    ] {
        let before = server.requests().len();
        let error = caught(on(&server), form);
        assert_eq!((&error["code"], &error["operation"]), (&"TooManyPages".into(), &"describe_tags".into()), "{error}");
        has(&error["text"], "the answer has more than 3 pages, which is the limit");
        has(&error["text"], "ec2.describe_tags.all({…}, { max_pages = 30 })");
        assert_eq!(server.requests().len() - before, 3, "{form}");
    }
    has(&caught(on(&server), "ec2.describe_tags.all({}, {max_pages=0})")["message"], "1 or more");
}

#[test]
fn a_listing_that_ends_at_the_limit_of_pages_is_whole() {
    let server = paged();
    assert_eq!(on(&server).eval("#ec2.describe_instances.all({}, {max_pages=3})"), 4);
}

#[test]
fn an_empty_token_ends_the_list() {
    let server = Server::always(tags(Some(""), &["App", "Owner"]));
    assert_eq!(on(&server).eval("#ec2.describe_tags.all{}"), 2);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_error_on_a_later_page_is_an_error_of_the_list() {
    let server = Server::start(|request| match request.parameter("NextToken") {
        None => tags(Some("2"), &["App"]),
        Some(_) => ec2_error(400, "InvalidPaginationToken", "The token has expired"),
    });
    for form in ["ec2.describe_tags.all{}", "(function() for _ in ec2.describe_tags.items{} do end end)()"] {
        assert_eq!(caught(on(&server), form)["code"], "InvalidPaginationToken");
    }
}

#[test]
fn paging_starts_at_the_token_of_the_input() {
    let server = paged();
    let ids = on(&server).returned(&format!("local list = ec2.describe_instances.all{{next_token='page3'}} {IDS}"));
    assert_eq!(ids, json!(["i-4"]));
}

#[test]
fn operations_without_pages_have_items_too() {
    let server = Server::always(Reply::xml(
        r#"<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>
             <item><regionName>eu-central-1</regionName><regionEndpoint>ec2.eu-central-1.amazonaws.com</regionEndpoint></item>
             <item><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint></item>
           </regionInfo></DescribeRegionsResponse>"#,
    ));
    let regions = on(&server).eval("ec2.describe_regions.all{}");
    assert_eq!(regions[1]["region_name"], "eu-west-1");
    assert_eq!(regions.as_array().map(Vec::len), Some(2));
}

#[test]
fn an_operation_without_a_list_has_no_items() {
    let server = Server::always(Reply::xml(IDENTITY));
    let error = caught(on(&server), "sts.get_caller_identity.all{}");
    has(&error["text"], "sts.get_caller_identity");
    server.saw_nothing();
}
