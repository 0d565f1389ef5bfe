//! Sweeps over regions and accounts, against a server with one failing part at a time: the failing part is named, the
//! other results are complete, and they do not wait for it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Shell;
use crate::support::server::{Reply, Request, Server};

fn regions() -> Vec<String> {
    (1..=20).map(|n| format!("xx-test-{n}")).collect()
}

/// Answers by the account, which is known from the key of its role, and the region, which is in the signature.
fn answer_by_account(request: &Request) -> Reply {
    match request.operation().as_str() {
        "GetCallerIdentity" => Reply::xml(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>me</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        "AssumeRole" => {
            let arn = request.parameter("RoleArn").unwrap_or_default();
            let account = arn.split(':').nth(4).unwrap_or_default();
            Reply::xml(format!(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
                 <AccessKeyId>KEY{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
                 <Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
            ))
        }
        "DescribeRegions" => {
            let items: String =
                regions().iter().map(|r| format!("<item><regionName>{r}</regionName></item>")).collect();
            Reply::xml(format!("<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"))
        }
        "DescribeTags" => Reply::xml(format!(
            "<DescribeTagsResponse><tagSet><item><key>Region</key><value>{}</value><resourceId>i-1</resourceId></item>\
             </tagSet></DescribeTagsResponse>",
            request.region()
        )),
        other => panic!("{other} was not expected"),
    }
}

fn refused(status: u16, code: &str) -> Reply {
    Reply::xml(format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>No.</Message></Error></Errors></Response>"
    ))
    .status(status)
}

fn on(server: &Server) -> Shell {
    Shell::new().endpoint(&server.url)
}

const TAGS: &str = "function() return ec2.describe_tags.all{} end";

#[test]
fn rows_have_their_account_and_region_and_globals_use_them() {
    let server = Server::start(answer_by_account);
    let envelope = on(&server).eval(&format!("sweep.regions('all', {TAGS})"));
    assert_eq!(envelope["complete"], true);
    assert_eq!(envelope["errors"], json!([]));
    let rows = envelope["results"].as_array().expect("a list");
    assert_eq!(rows.len(), 20);
    for row in rows {
        assert_eq!(row["account"], "123456789012");
        assert_eq!(row["region"], row["value"], "{row}");
    }
}

#[test]
fn the_default_is_the_region_of_the_session_and_an_empty_list_is_an_error() {
    let server = Server::start(answer_by_account);
    let envelope = on(&server).eval(&format!("sweep.regions(nil, {TAGS})"));
    assert_eq!(envelope["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(envelope["results"][0]["region"], "eu-central-1");
    let calls = server.requests().len();
    on(&server).chunk(&format!("sweep.regions({{}}, {TAGS})")).code(1).says("use \"all\" for all regions");
    on(&server).chunk(&format!("sweep.accounts({{}}, {TAGS})")).code(1).says("is empty");
    assert_eq!(server.requests().len(), calls);
}

/// Answers for IAM too, which has two users.
fn with_users(request: &Request) -> Reply {
    match request.operation().as_str() {
        "ListUsers" => Reply::xml(
            "<ListUsersResponse><ListUsersResult><Users><member><UserName>ann</UserName></member><member>\
             <UserName>bob</UserName></member></Users></ListUsersResult></ListUsersResponse>",
        ),
        _ => answer_by_account(request),
    }
}

/// The number of requests for users that a sweep over 20 regions makes, and its envelope.
fn users(sweep: &str) -> (usize, Value) {
    let server = Server::start(with_users);
    let envelope = on(&server).eval(sweep);
    (server.operations().iter().filter(|operation| *operation == "ListUsers").count(), envelope)
}

#[test]
fn a_service_with_one_endpoint_is_asked_once_and_its_rows_are_global() {
    for function in [
        "function() return iam.list_users.all{} end",
        "function(session) return session.iam.list_users{}.users end",
        "function() local all = {} for user in iam.list_users.items{} do table.insert(all, user) end return all end",
        "function() for page in iam.list_users.pages{} do return page.users end end",
    ] {
        let (asked, envelope) = users(&format!("sweep.regions('all', {function})"));
        assert_eq!((asked, &envelope["complete"]), (1, &json!(true)), "{function}");
        let rows: Vec<_> = envelope["results"].as_array().into_iter().flatten().map(|row| &row["region"]).collect();
        assert_eq!(rows, [&json!("global"), &json!("global")], "{function}");
    }
    let one_at_a_time = "sweep.regions('all', function() return iam.list_users.all{} end, {limit = 1})";
    assert_eq!(users(one_at_a_time).0, 1);
}

#[test]
fn each_account_is_asked_once() {
    let accounts = "{'arn:aws:iam::210987654321:role/r', 'arn:aws:iam::310987654321:role/r'}";
    let sweep = "function() return iam.list_users.all{} end, {regions = 'all'}";
    let (asked, envelope) = users(&format!("sweep.accounts({accounts}, {sweep})"));
    assert_eq!((asked, envelope["results"].as_array().map(Vec::len)), (2, Some(4)), "{envelope}");
}

#[test]
fn a_function_that_depends_on_its_region_runs_in_each_one() {
    for function in [
        "function() return {users = #iam.list_users.all{}, tags = #ec2.describe_tags.all{}} end",
        "function(session) return {users = #iam.list_users.all{}, at = session.region} end",
        "function() local tags = ec2.describe_tags.all{} return {users = #iam.list_users.all{}, tags = #tags} end",
        "function(session) return {users = #aws.session{region = session.region}.iam.list_users.all{}} end",
    ] {
        let (_, envelope) = users(&format!("sweep.regions('all', {function})"));
        let rows = envelope["results"].as_array().expect("a list");
        let regions: std::collections::BTreeSet<_> = rows.iter().map(|row| row["region"].to_string()).collect();
        assert_eq!((rows.len(), regions.len()), (20, 20), "{function}");
        assert!(rows.iter().all(|row| row["users"] == 2), "{function}");
    }
}

#[test]
fn a_failure_of_a_service_with_one_endpoint_is_one_error() {
    let server = Server::start(|request| match request.operation().as_str() {
        "ListUsers" => {
            Reply::xml("<ErrorResponse><Error><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>")
                .status(403)
        }
        _ => answer_by_account(request),
    });
    let chunk = "print(json.encode(sweep.regions('all', function() return iam.list_users.all{} end)))";
    let envelope = on(&server).chunk(chunk).code(3).json();
    assert_eq!((envelope["errors"].as_array().map(Vec::len), &envelope["complete"]), (Some(1), &json!(false)));
    assert_eq!(
        (&envelope["errors"][0]["region"], &envelope["errors"][0]["error"]["code"]),
        (&json!("global"), &json!("AccessDenied"))
    );
}

/// Sweeps 20 regions, one of which answers with `broken`.
fn one_of_twenty(broken: Reply) -> (Value, Shell) {
    let server = Server::start(move |request| match request.operation().as_str() {
        "DescribeTags" if request.region() == "xx-test-7" => broken.clone(),
        _ => answer_by_account(request),
    });
    let chunk = format!("print(json.encode(sweep.regions('all', {TAGS})))");
    let ran = on(&server).chunk(&chunk).code(3).says("xx-test-7");
    (ran.json(), on(&server))
}

fn one_is_named(broken: Reply, code: &str) {
    let (envelope, _) = one_of_twenty(broken);
    assert_eq!(envelope["complete"], false);
    let rows = envelope["results"].as_array().expect("a list");
    assert_eq!(rows.len(), 19);
    assert!(rows.iter().all(|row| row["region"] != "xx-test-7"));
    let errors = envelope["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["region"], "xx-test-7");
    assert_eq!(errors[0]["account"], "123456789012");
    assert_eq!(errors[0]["error"]["code"], code);
    assert_eq!(errors[0]["error"]["region"], "xx-test-7");
    assert_eq!(errors[0]["error"]["account"], "123456789012");
}

#[test]
fn of_20_regions_one_that_answers_403_is_named_and_19_are_listed() {
    one_is_named(refused(403, "UnauthorizedOperation"), "UnauthorizedOperation");
}

#[test]
fn of_20_regions_one_that_answers_500_is_named_and_19_are_listed() {
    one_is_named(refused(500, "InternalError"), "InternalError");
}

#[test]
fn of_20_regions_one_whose_connection_is_reset_is_named_and_19_are_listed() {
    one_is_named(Reply::Hangup, "ConnectionFailed");
}

#[test]
fn of_20_places_one_whose_name_does_not_resolve_is_named_and_19_are_listed() {
    let server = Server::start(answer_by_account);
    let script = format!(
        "local places = {{}}
         for n = 1, 20 do places[n] = {{region='xx-test-' .. n, retries=0}} end
         places[7].endpoint_url = 'http://no-such-host.invalid:1'
         return sweep.accounts(places, {TAGS})"
    );
    let ran = on(&server)
        .args(["--output", "json", "-p", &format!("(function() {script} end)()")])
        .run()
        .code(3)
        .says("xx-test-7");
    let envelope = ran.json();
    assert_eq!(envelope["results"].as_array().map(Vec::len), Some(19));
    assert_eq!(envelope["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(envelope["errors"][0]["error"]["code"], "ConnectionFailed");
}

#[test]
fn an_error_of_the_function_is_the_error_of_one_region_with_its_fields() {
    let server = Server::start(answer_by_account);
    let script = "local swept = sweep.regions({'a-1', 'b-1'}, function(s)
            if s.region == 'b-1' then error({code='Mine', n=7}) end
            return {{x=1}, {x=2}}
        end)
        return {#swept.results, swept.errors[1].error.code, swept.errors[1].error.n, swept.errors[1].region}";
    let shell = on(&server).args(["--output", "json", "-p", &format!("(function() {script} end)()")]);
    assert_eq!(shell.run().code(3).json(), json!([2, "Mine", 7, "b-1"]));
}

#[test]
fn the_results_of_a_function_become_rows() {
    let server = Server::start(answer_by_account);
    let script = "local shared = {x=1}
        local of = function(value) return sweep.regions({'a-1', 'b-1'}, function() return value end).results end
        return {of(nil), of({}), of(shared), of('text'), of({7}), shared.region == nil,
                of({region='own'})[1].region}";
    let at = |region: &str, name: &str, value: Value| json!({"account": "123456789012", "region": region, name: value});
    let both = |name: &str, value: Value| json!([at("a-1", name, value.clone()), at("b-1", name, value)]);
    let expected =
        json!([[], [], both("x", json!(1)), both("value", json!("text")), both("value", json!(7)), true, "own"]);
    assert_eq!(on(&server).returned(script), expected);
    let shell = on(&server).args(["-p", "sweep.regions(nil, function() return ec2.describe_tags.items{} end)"]);
    shell.run().code(1).says("use .all");
}

fn role(n: u32) -> String {
    format!("arn:aws:iam::{:012}:role/reader", n)
}

#[test]
fn accounts_and_regions_are_swept_together() {
    let server = Server::start(answer_by_account);
    let roles: Vec<String> = (1..=3).map(|n| format!("'{}'", role(n))).collect();
    let envelope = on(&server).eval(&format!("sweep.accounts({{{}}}, {TAGS}, {{regions='all'}})", roles.join(",")));
    let rows = envelope["results"].as_array().expect("a list");
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        *counts.entry(row["account"].as_str().expect("a label")).or_default() += 1;
    }
    assert_eq!(counts, HashMap::from([("000000000001", 20), ("000000000002", 20), ("000000000003", 20)]));
    let assumed = server.operations().iter().filter(|o| *o == "AssumeRole").count();
    assert_eq!(assumed, 3, "one set of credentials for each account");
}

#[test]
fn a_refused_role_is_one_error_with_the_account() {
    let server = Server::start(|request| {
        let arn = request.parameter("RoleArn").unwrap_or_default();
        if arn.contains("000000000002") {
            return Reply::xml(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                 <Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>",
            )
            .status(403);
        }
        answer_by_account(request)
    });
    let list = format!("{{'{}', '{}'}}", role(1), role(2));
    let shell = on(&server).args(["--output", "json", "-p"]);
    let ran = shell.arg(format!("sweep.accounts({list}, {TAGS}, {{regions={{'a-1', 'b-1'}}}})")).run().code(3);
    let envelope = ran.json();
    assert_eq!(envelope["results"].as_array().map(Vec::len), Some(2));
    let errors = envelope["errors"].as_array().expect("a list");
    assert!(!errors.is_empty(), "{envelope}");
    for error in errors {
        assert_eq!(error["name"], role(2));
        assert_eq!(error["error"]["code"], "BadCredentials");
    }
}

#[test]
fn a_nested_sweep_keeps_its_account_and_region() {
    let server = Server::start(answer_by_account);
    let script = "local swept = sweep.regions({'a-1', 'b-1'}, function(outer)
            task.sleep(0)
            local inner = sweep.regions({'c-1'}, function() task.sleep(0) return aws.region end)
            local mapped = task.map({1, 2}, function() task.sleep(0) return aws.region end)
            local wrapped = coroutine.wrap(function() return aws.region end)()
            return {x = table.concat({outer.region, inner.results[1].value, mapped[1], mapped[2], wrapped, aws.region}, ' ')}
        end)
        return {swept.results[1].x, swept.results[2].x, aws.region}";
    let expected = json!(["a-1 c-1 a-1 a-1 a-1 a-1", "b-1 c-1 b-1 b-1 b-1 b-1", "eu-central-1"]);
    assert_eq!(on(&server).returned(script), expected);
}

/// Returns the time from the start until the last answer for these accounts.
fn time_of_others(accounts: &[u32]) -> Duration {
    let seen = std::sync::Arc::new(Mutex::new(None::<Instant>));
    let last = seen.clone();
    let server = Server::start(move |request| {
        if request.operation() != "DescribeTags" {
            return answer_by_account(request);
        }
        if request.key() == "KEY000000000001" {
            return refused(503, "RequestLimitExceeded");
        }
        *last.lock().expect("nothing panics here") = Some(Instant::now());
        answer_by_account(request).after(Duration::from_millis(100))
    });
    let roles: Vec<String> = accounts.iter().map(|n| format!("'{}'", role(*n))).collect();
    let started = Instant::now();
    let ran = on(&server).chunk(&format!(
        "local tags = function() return ec2.describe_tags.all({{}}, {{retries=1}}) end
         print(#sweep.accounts({{{}}}, tags, {{regions='all', limit=20}}).results)",
        roles.join(",")
    ));
    let expected = accounts.iter().filter(|n| **n != 1).count() * 20;
    assert_eq!(ran.stdout.trim(), expected.to_string(), "{}", ran.stderr);
    let last = *seen.lock().expect("nothing panics here");
    last.expect("they were asked").duration_since(started)
}

#[test]
fn a_throttled_account_slows_the_others_by_at_most_a_fifth() {
    let measured = || {
        let alone = time_of_others(&[2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let beside = time_of_others(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        println!("alone {alone:?}, beside the throttled one {beside:?}");
        beside < alone.mul_f64(1.2) + Duration::from_millis(200)
    };
    // Other load on the machine only adds time.
    assert!((0..3).any(|_| measured()), "the other accounts were slower in each of three runs");
}

#[test]
fn the_first_call_of_a_sweep_uses_the_given_region() {
    let server = Server::start(answer_by_account);
    on(&server).env("AWS_REGION", "cn-north-1").eval(&format!("sweep.regions('all', {TAGS}).complete"));
    let of_first = server.requests()[..2].iter().map(Request::region).collect::<Vec<_>>();
    assert_eq!(of_first, ["cn-north-1", "cn-north-1"]);
}

#[test]
fn a_failing_region_is_reported_on_one_line_without_host_frames() {
    let server = Server::start(|request| match request.operation().as_str() {
        "DescribeTags" => refused(403, "UnauthorizedOperation"),
        _ => answer_by_account(request),
    });
    let ran = on(&server).chunk(&format!("sweep.regions({{'a-1'}}, {TAGS})")).code(3);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    ran.says("123456789012 a-1 failed: ec2.describe_tags: UnauthorizedOperation").never_says("traceback");
    let ran = on(&server).chunk("sweep.regions({'a-1'}, function() error{code='Mine'} end)").code(3);
    ran.says("123456789012 a-1 failed").says("Mine").never_says("table: 0x");
    on(&server).chunk(&format!("sweep.regions({{'a-1'}}, {TAGS}) os.exit()")).code(3);
    on(&server).chunk(&format!("sweep.regions({{'a-1'}}, {TAGS}) os.exit(7)")).code(7);
}

#[test]
fn an_operation_can_be_passed_to_a_sweep() {
    let server = Server::start(answer_by_account);
    assert_eq!(on(&server).eval("#sweep.regions('all', ec2.describe_tags.all).results"), 20);
}
