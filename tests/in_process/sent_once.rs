//! No change is executed twice. A server executes the change, loses the answer, throttles or resets, in
//! many orders; a call with an idempotency token keeps it, and a call without one is not repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use moonfleet_bindings::{Operation, Risk, Service};
use serde_json::{Value, json};

use crate::inputs::{Required, input, operations};
use crate::support::Shell;
use crate::support::server::{Reply, Request, Server};

/// How a server fails, and whether it has executed the request by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Executed, and the connection is closed.
    Lost,
    /// Executed, and the connection is closed within the answer.
    Torn,
    /// Executed; a proxy answers with 429 and a page.
    ProxyThrottled,
    /// Executed; a proxy answers with 502 and a page.
    ProxyFailed,
    /// Executed; the service answers with its internal error.
    Failed,
    /// Not executed: the service throttles.
    Throttled,
    /// Not executed: the signature is from another time.
    WrongClock,
}

const FAULTS: [Fault; 7] = [
    Fault::Lost,
    Fault::Torn,
    Fault::ProxyThrottled,
    Fault::ProxyFailed,
    Fault::Failed,
    Fault::Throttled,
    Fault::WrongClock,
];
const MOST_FAULTS: usize = 5;

/// A call, which has a region of its own so that the server can tell its requests from the others'.
struct Case {
    region: String,
    service: &'static Service,
    operation: &'static Operation,
    faults: Vec<Fault>,
}

/// What a server saw of a call.
#[derive(Clone, Debug, Default)]
struct Seen {
    requests: usize,
    /// The token of each execution.
    executions: Vec<Option<String>>,
}

#[test]
fn each_change_is_executed_at_most_once() {
    let cases = cases();
    let server = run(&cases);
    let mut doubles = Vec::new();
    let (mut requests, mut executions) = (0, 0);
    let mut executed = BTreeSet::new();
    for case in &cases {
        let seen = server.get(&case.region).cloned().unwrap_or_default();
        requests += seen.requests;
        let tokens: BTreeSet<_> = seen.executions.iter().flatten().collect();
        let without = seen.executions.iter().filter(|token| token.is_none()).count();
        // The service executes the requests with one token once.
        let times = tokens.len() + without;
        executions += times;
        if times > 1 {
            doubles.push(format!("{}.{} {:?}: {seen:?}", case.service.name, case.operation.name, case.faults));
        }
        if times > 0 {
            executed.insert((case.service.name, case.operation.name));
        }
    }
    assert_eq!(doubles, Vec::<String>::new());
    let changes: BTreeSet<_> = changes().iter().map(|(service, operation)| (service.name, operation.name)).collect();
    assert_eq!(changes.difference(&executed).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "never executed");
    let calls = cases.len();
    assert!(requests > calls, "nothing was repeated");
    eprintln!("{} operations, {calls} calls, {requests} requests, {executions} executions, 0 doubles", changes.len());
}

fn changes() -> Vec<(&'static Service, &'static Operation)> {
    operations(|operation| operation.risk > Risk::Read)
}

/// Random sequences of faults for each operation. All short sequences for one operation of each service and
/// kind: the kind (with a token or without) and the protocol are all that the retries know of an operation.
fn cases() -> Vec<Case> {
    const RANDOM: usize = 3;
    const SHORT: usize = 3;
    let mut random = fastrand::Rng::with_seed(16);
    let mut kinds = BTreeSet::new();
    let mut cases = Vec::new();
    for (service, operation) in changes() {
        let mut all: Vec<Vec<Fault>> = (0..RANDOM)
            .map(|_| (0..random.usize(1..=MOST_FAULTS)).map(|_| FAULTS[random.usize(..FAULTS.len())]).collect())
            .collect();
        if kinds.insert((service.name, operation.idempotency_token().is_some())) {
            all.extend((1..=SHORT).flat_map(sequences));
        }
        for faults in all {
            cases.push(Case { region: format!("case-{}", cases.len()), service, operation, faults });
        }
    }
    cases
}

/// All sequences of this length.
fn sequences(length: usize) -> Vec<Vec<Fault>> {
    (0..FAULTS.len().pow(length as u32))
        .map(|number| (0..length).map(|at| FAULTS[number / FAULTS.len().pow(at as u32) % FAULTS.len()]).collect())
        .collect()
}

/// Makes all calls in one process and returns what the server saw, by region.
fn run(cases: &[Case]) -> BTreeMap<String, Seen> {
    let seen: Arc<Mutex<BTreeMap<String, Seen>>> = Arc::default();
    let faults: BTreeMap<String, (&'static Operation, Vec<Fault>)> =
        cases.iter().map(|case| (case.region.clone(), (case.operation, case.faults.clone()))).collect();
    let log = seen.clone();
    let server = Server::start(move |request| {
        let region = request.region();
        let Some((operation, faults)) = faults.get(&region).filter(|(operation, _)| is_of(operation, request)) else {
            return answer(request);
        };
        let fault = {
            let mut log = log.lock().expect("no test panics while it holds this");
            let seen = log.entry(region).or_default();
            let fault = faults.get(seen.requests).copied();
            seen.requests += 1;
            if !matches!(fault, Some(Fault::Throttled | Fault::WrongClock)) {
                seen.executions.push(token(operation, request));
            }
            fault
        };
        reply(fault, request)
    });
    let calls: Vec<Value> = cases
        .iter()
        .map(|case| {
            let input = input(case.operation, &Required);
            json!({"region": case.region, "service": case.service.name, "operation": case.operation.name, "input": input})
        })
        .collect();
    Shell::new()
        .file(".config/moonfleet/settings.toml", "protect_tag = ''")
        .endpoint(&server.url)
        .arg("--yes")
        .stdin(&Value::Array(calls).to_string())
        .chunk(
            r#"local calls = json.decode(io.read("a"))
            local failed = task.map(calls, function(call)
              local session = aws.session { region = call.region }
              local ok, e = pcall(session[call.service][call.operation], call.input)
              if not ok and e.code == "NotSent" then error(e) end
              return not ok
            end, { limit = 200 })
            local count = 0
            for _, one in ipairs(failed) do if one then count = count + 1 end end
            assert(count > 0 and count < #failed, count)"#,
        )
        .code(0);
    let seen = seen.lock().expect("no test panics while it holds this");
    seen.clone()
}

/// REST requests name no operation; each region has only one.
fn is_of(operation: &Operation, request: &Request) -> bool {
    request.operation() == operation.api_name || request.operation().starts_with('/') && request.body.starts_with('{')
}

fn token(operation: &Operation, request: &Request) -> Option<String> {
    operation.idempotency_token()?;
    match request.header("x-amz-target") {
        Some(_) => request.json()["ClientToken"].as_str().map(str::to_owned),
        None => request.parameter("ClientToken"),
    }
}

fn reply(fault: Option<Fault>, request: &Request) -> Reply {
    let page = || Reply::xml("<html><body><h1>The proxy is busy</h1></body></html>");
    match fault {
        None => answer(request),
        Some(Fault::Lost) => Reply::Hangup,
        Some(Fault::Torn) => Reply::Torn("<Res".to_owned()),
        Some(Fault::ProxyThrottled) => page().status(429),
        Some(Fault::ProxyFailed) => page().status(502),
        Some(Fault::Failed) => error(request, 500, "InternalFailure"),
        Some(Fault::WrongClock) => {
            let code = match request.header("x-amz-target") {
                None if is_ec2(request) => "RequestExpired",
                None if is_query(request) => "SignatureDoesNotMatch",
                _ => "InvalidSignatureException",
            };
            error(request, 403, code).header("date", "Sat, 01 Jan 2000 00:00:00 GMT")
        }
        Some(Fault::Throttled) => match request.header("x-amz-target") {
            Some(_) => error(request, 400, "ThrottlingException"),
            None if is_ec2(request) => error(request, 503, "RequestLimitExceeded"),
            None if is_query(request) => error(request, 400, "Throttling"),
            None => error(request, 429, "TooManyRequestsException"),
        },
    }
}

fn is_query(request: &Request) -> bool {
    request.body.starts_with("Action=")
}

fn is_ec2(request: &Request) -> bool {
    request.body.contains("Version=2016-11-15")
}

/// Returns an answer without fields, in the protocol of the request.
pub(crate) fn answer(request: &Request) -> Reply {
    if request.header("x-amz-target").is_some() {
        return Reply::json("{}");
    }
    if !is_query(request) {
        return Reply::rest("{}");
    }
    let name = request.operation();
    let result = if is_ec2(request) { String::new() } else { format!("<{name}Result></{name}Result>") };
    Reply::xml(format!("<{name}Response>{result}</{name}Response>"))
}

fn error(request: &Request, status: u16, code: &str) -> Reply {
    if request.header("x-amz-target").is_some() {
        return Reply::json(json!({"__type": code, "message": "as asked for"}).to_string()).status(status);
    }
    if !is_query(request) {
        let body = json!({"message": "as asked for"}).to_string();
        return Reply::rest(body).status(status).header("x-amzn-errortype", code);
    }
    let error = format!("<Error><Code>{code}</Code><Message>as asked for</Message></Error>");
    Reply::xml(match is_ec2(request) {
        true => format!("<Response><Errors>{error}</Errors></Response>"),
        false => format!("<ErrorResponse>{error}</ErrorResponse>"),
    })
    .status(status)
}
