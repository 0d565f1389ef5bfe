//! Servers that misbehave: calls end within their timeout and are named, throttled calls are
//! retried within the rate limit, and a list of thousands of items is complete or an error.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Shell;
use crate::support::server::{Reply, Request, Server};

fn on(server: &Server) -> Shell {
    Shell::new().endpoint(&server.url)
}

fn tags(names: impl IntoIterator<Item = String>, token: Option<&str>) -> Reply {
    let items: String = names
        .into_iter()
        .map(|name| format!("<item><key>Name</key><value>{name}</value><resourceId>i-1</resourceId></item>"))
        .collect();
    let token = token.map_or(String::new(), |token| format!("<nextToken>{token}</nextToken>"));
    Reply::xml(format!("<DescribeTagsResponse><tagSet>{items}</tagSet>{token}</DescribeTagsResponse>"))
}

fn refused(status: u16, code: &str) -> Reply {
    Reply::xml(format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>No.</Message></Error></Errors></Response>"
    ))
    .status(status)
}

fn ends_in_time(reply: Reply) {
    let server = Server::always(reply);
    let started = Instant::now();
    let ran = on(&server).chunk("ec2.describe_tags({}, {timeout='1s'})").code(1);
    let took = started.elapsed();
    println!("a timeout of 1 s: {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    ran.says("ec2.describe_tags: Timeout").says("region eu-central-1");
}

#[test]
fn a_call_to_a_server_that_never_answers_ends_within_its_timeout_and_1_s() {
    ends_in_time(Reply::Silence(Arc::default()));
}

#[test]
fn a_call_to_a_server_that_sends_a_byte_per_second_ends_within_its_timeout_and_1_s() {
    ends_in_time(Reply::Drip("<DescribeTagsResponse></DescribeTagsResponse>".to_owned()));
}

#[test]
fn a_sessions_timeout_applies_to_its_calls_and_a_calls_own_goes_first() {
    let server = Server::always(Reply::Silence(Arc::default()));
    let started = Instant::now();
    on(&server).chunk("aws.session{timeout='1s'}.ec2.describe_tags{}").code(1).says("Timeout");
    on(&server).chunk("aws.session{timeout='60s'}.ec2.describe_tags({}, {timeout='1s'})").code(1).says("Timeout");
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn the_time_limit_ends_the_run_with_5() {
    let server = Server::always(Reply::Silence(Arc::default()));
    for chunk in [
        "ec2.describe_tags{}",
        "while true do pcall(error, 'x') end",
        "while true do pcall(function() while true do end end) end",
        "task.map({1, 2}, function() task.sleep('1h') end)",
        "string.rep('a', 40):find(('.-'):rep(30) .. 'b')",
    ] {
        let started = Instant::now();
        let ran = on(&server).args(["--timeout", "500ms"]).chunk(chunk);
        let took = started.elapsed();
        ran.code(5).says("exceeded its time limit of 500ms").says("--timeout");
        assert!(took < Duration::from_millis(1900), "{chunk}: {took:?}");
    }
    on(&server).args(["--timeout", "soon"]).chunk("").code(2).says("soon");
    on(&server).args(["--timeout", "1m"]).chunk("print(1)").code(0).printed("1\n");
}

#[test]
fn the_number_of_retries_is_an_option_of_a_call() {
    for (options, requests) in [("", 3), (", {retries=0}", 1), (", {retries=4}", 5)] {
        let server = Server::always(refused(500, "InternalError"));
        on(&server).chunk(&format!("ec2.describe_tags({{}}{options})")).code(1).says("InternalError");
        assert_eq!(server.requests().len(), requests, "{options}");
    }
    let server = Server::always(refused(500, "InternalError"));
    for chunk in [
        "ec2.describe_tags({}, {retries=-1})",
        "ec2.describe_tags({}, {retry=1})",
        "ec2.describe_tags({}, {timeout='0s'})",
    ] {
        on(&server).chunk(chunk).code(1).says("ec2.describe_tags");
    }
    server.saw_nothing();
}

/// For a minute, the server throttles half of all calls.
#[test]
fn throttled_calls_are_retried_and_500_calls_stay_within_the_rate_limit() {
    let started = Instant::now();
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let is_odd = count.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        match is_odd && started.elapsed() < Duration::from_secs(60) {
            true => refused(503, "RequestLimitExceeded"),
            false => tags(["x".to_owned()], None),
        }
    });
    let chunk = "local list = {} for n = 1, 500 do list[n] = n end
        local done = task.map(list, function() return #ec2.describe_tags.all{} end, {limit=50})
        local sum = 0 for _, n in ipairs(done) do sum = sum + n end
        print(sum)";
    on(&server).chunk(chunk).code(0).printed("500\n");
    let requests = server.requests();
    let first = requests[0].at;
    // A burst of 100 requests, then 50 per second.
    for (sent, request) in requests.iter().enumerate() {
        let allowed = 100.0 + 50.0 * (request.at - first).as_secs_f64() + 5.0;
        assert!((sent as f64) < allowed, "request {sent} after {:?}", request.at - first);
    }
    println!("500 calls, {} requests, {:?}", requests.len(), started.elapsed());
}

// Lists.

/// Serves 10,000 items in 100 pages. `page_50` replaces page 50.
fn ten_thousand(page_50: impl Fn(Reply) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        let page: usize = page(request);
        let names = (0..100).map(|n| format!("n{}", page * 100 + n));
        let token = (page < 99).then(|| format!("page-{}", page + 1));
        let whole = tags(names, token.as_deref());
        if page == 50 { page_50(whole.clone()).unwrap_or(whole) } else { whole }
    })
}

fn page(request: &Request) -> usize {
    let token = request.parameter("NextToken").unwrap_or_default();
    token.strip_prefix("page-").map_or(0, |page| page.parse().expect("our own token"))
}

const COUNT: &str = "local seen, count = {}, 0
    for tag in ec2.describe_tags.items{} do
      local name = tag.value
      assert(not seen[name], 'twice') seen[name] = true count = count + 1
    end
    return count";

#[test]
fn each_of_10_000_items_is_returned_once() {
    let server = ten_thousand(|_| None);
    assert_eq!(on(&server).returned(COUNT), 10_000);
    assert_eq!(server.requests().len(), 100);
}

#[test]
fn an_empty_page_with_a_token_is_skipped() {
    let server = ten_thousand(|_| Some(tags([], Some("page-51"))));
    assert_eq!(on(&server).returned(COUNT), 9_900);
}

#[test]
fn a_page_that_fails_once_is_retried_and_no_item_is_repeated() {
    for fault in [refused(503, "RequestLimitExceeded"), refused(500, "InternalError"), Reply::Hangup] {
        let failed = AtomicUsize::new(0);
        let server = ten_thousand(move |_| (failed.fetch_add(1, Ordering::SeqCst) == 0).then(|| fault.clone()));
        assert_eq!(on(&server).returned(COUNT), 10_000);
        assert_eq!(server.requests().len(), 101);
    }
}

#[test]
fn a_repeated_token_is_an_error_after_the_complete_pages() {
    let server = ten_thousand(|_| Some(tags(["x".to_owned()], Some("page-50"))));
    let ran = on(&server).chunk(COUNT).code(1);
    ran.says("RepeatedToken").says("page-50").says("ec2.describe_tags");
    assert!(server.requests().len() < 60);
}

#[test]
fn an_expired_token_is_an_error_with_the_next_step() {
    let server = ten_thousand(|_| Some(refused(400, "InvalidNextToken")));
    on(&server).chunk(COUNT).code(1).says("InvalidNextToken").says("start the list again");
}

#[test]
fn iterating_100_000_items_takes_constant_memory() {
    let server = Server::start(|request| {
        let page: usize = page(request);
        let names = (0..1000).map(|n| format!("name-{}", page * 1000 + n));
        let token = (page < 99).then(|| format!("page-{}", page + 1));
        tags(names, token.as_deref())
    });
    let script = "local function memory()
            for line in io.lines('/proc/self/status') do
              local kb = line:match('VmHWM:%s*(%d+)') if kb then return tonumber(kb) end
            end
        end
        local count, early = 0, nil
        for tag in ec2.describe_tags.items{max_results=1000} do
          count = count + 1
          if count == 20000 then early = memory() end
        end
        return {count, early, memory()}";
    let values = on(&server).returned(script);
    assert_eq!(values[0], 100_000);
    let (early, late) = (values[1].as_f64().expect("kB"), values[2].as_f64().expect("kB"));
    println!("{early} kB after 20,000 items, {late} kB after 100,000");
    assert!(late < early * 1.1, "{early} kB after 20,000 items, {late} kB after 100,000");
}

// Waiters.

fn instance(state: &str) -> Reply {
    Reply::xml(format!(
        "<DescribeInstancesResponse><reservationSet><item><instancesSet>\
         <item><instanceId>i-1</instanceId><instanceState><name>{state}</name></instanceState></item>\
         <item><instanceId>i-2</instanceId><instanceState><name>running</name></instanceState></item>\
         </instancesSet></item></reservationSet></DescribeInstancesResponse>"
    ))
}

fn states(states: &'static [&'static str]) -> Server {
    let next = Mutex::new(0);
    Server::start(move |_| {
        let mut next = next.lock().expect("no thread panics");
        let state = states[(*next).min(states.len() - 1)];
        *next += 1;
        match state {
            "throttled" => refused(503, "RequestLimitExceeded"),
            "unknown" => refused(400, "InvalidInstanceID.NotFound"),
            state => instance(state),
        }
    })
}

const WAIT: &str = "ec2.wait.instance_running{instance_ids={'i-1', 'i-2'}, delay='50ms', timeout='2s'}";

#[test]
fn a_waiter_polls_until_the_state_is_reached() {
    let server = states(&["unknown", "pending", "throttled", "pending", "running"]);
    let values = on(&server).eval(&format!("#{WAIT}.reservations[1].instances"));
    assert_eq!(values, 2);
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn a_waiter_that_times_out_reports_the_last_state() {
    let server = states(&["pending"]);
    let started = Instant::now();
    let values = on(&server)
        .returned(&format!("local _, e = pcall(function() {WAIT} end) return {{e.code, e.state, tostring(e)}}"));
    assert_eq!(values[0], "WaiterTimeout");
    assert_eq!(values[1], "pending, running");
    let text = values[2].as_str().expect("a text");
    assert!(text.contains("ec2.wait.instance_running") && text.contains("last state was pending, running"), "{text}");
    assert!(started.elapsed() < Duration::from_secs(4));
    assert!((10..60).contains(&server.requests().len()), "{}", server.requests().len());
}

#[test]
fn a_waiter_fails_at_once_if_the_state_can_no_longer_be_reached() {
    let server = states(&["pending", "terminated"]);
    let values = on(&server).returned(&format!("local _, e = pcall(function() {WAIT} end) return {{e.code, e.state}}"));
    assert_eq!(values, json!(["WaiterFailed", "terminated, running"]));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_waiter_on_a_server_that_never_answers_ends_within_its_timeout() {
    let server = Server::always(Reply::Silence(Arc::default()));
    let started = Instant::now();
    on(&server).chunk(WAIT).code(1).says("ec2.wait.instance_running").says("WaiterTimeout");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn a_waiter_refuses_unknown_parameters() {
    let server = states(&["running"]);
    on(&server).chunk("ec2.wait.instance_runing{}").code(1).says("did you mean ec2.wait.instance_running?");
    on(&server).chunk("ec2.wait.instance_running{instance_id={'i-1'}}").code(1).says("instance_ids");
    on(&server).chunk("ec2.wait.instance_running{timeout='soon'}").code(1).says("`timeout`");
    server.saw_nothing();
}

// Errors.

#[test]
fn a_denied_call_names_the_permission_if_aws_does_not() {
    let server = Server::always(refused(403, "UnauthorizedOperation"));
    on(&server).chunk("ec2.describe_tags{}").code(1).says("the permission ec2:DescribeTags may be missing");
    let encoded = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized. \
                   Encoded authorization failure message: abc</Message></Error></Errors></Response>";
    let server = Server::always(Reply::xml(encoded).status(403));
    on(&server).chunk("ec2.describe_tags{}").code(1).says("sts.decode_authorization_message");
}
