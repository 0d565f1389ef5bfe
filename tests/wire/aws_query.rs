//! AWS query: Identity and Access Management, Security Token Service.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn iam_pages_by_marker() {
    let server = Server::start(|request| match request.parameter("Marker").as_deref() {
        None => users(&["ada", "grace"], Some("AAAA==")),
        Some("AAAA==") => users(&["linus"], None),
        Some(other) => query_error(400, "ValidationError", other),
    });
    let rows = on(&server).returned(
        "local rows = {}
         for at, user in ipairs(iam.list_users.all{path_prefix='/', max_items=2}) do
           rows[at] = user.user_name .. ' ' .. user.create_date
         end
         return rows",
    );
    let created = "2019-06-01T12:00:00Z";
    assert_eq!(rows, json!([format!("ada {created}"), format!("grace {created}"), format!("linus {created}")]));
    assert_eq!(sent(&server, 0), pairs(&[("MaxItems", "2"), ("PathPrefix", "/")]));
    assert_eq!(sent(&server, 1), pairs(&[("Marker", "AAAA=="), ("MaxItems", "2"), ("PathPrefix", "/")]));
}

#[test]
fn a_single_iam_page_has_its_fields() {
    let server = Server::always(users(&["ada"], Some("next")));
    let page = on(&server).eval("iam.list_users()");
    assert_eq!(page["is_truncated"], true);
    assert_eq!(page["marker"], "next");
    assert_eq!(page["users"][0]["arn"], "arn:aws:iam::123456789012:user/ada");
    assert_eq!(page["users"][0]["tags"], json!({}));
    assert_eq!(page["users"][0].get("password_last_used"), None);
}

#[test]
fn iam_gets_tags_given_as_a_map() {
    let server = Server::always(Reply::xml(
        r#"<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateUserResult><User><Path>/</Path>
           <UserName>ada</UserName><UserId>AIDA1</UserId><Arn>arn:aws:iam::1:user/ada</Arn>
           <CreateDate>2019-06-01T12:00:00Z</CreateDate>
           <Tags><member><Key>Team</Key><Value>web</Value></member></Tags></User></CreateUserResult></CreateUserResponse>"#,
    ));
    let user = on(&server).eval("iam.create_user{user_name='ada', tags={Team='web'}}.user");
    assert_eq!(user["tags"], json!({"Team": "web"}));
    assert_eq!(
        sent(&server, 0),
        pairs(&[("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "web"), ("UserName", "ada")])
    );
}

#[test]
fn sts_returns_the_caller() {
    let server = Server::always(Reply::xml(IDENTITY));
    assert_eq!(
        on(&server).eval("sts.get_caller_identity()"),
        json!({"account": "123456789012", "arn": "arn:aws:iam::123456789012:user/ada", "user_id": "AIDAEXAMPLE"})
    );
    assert_eq!(server.operations(), ["GetCallerIdentity"]);
}
