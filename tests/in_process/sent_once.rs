//! No change is executed twice. A server executes the change, loses the answer, throttles or resets, in
//! many orders; a call with an idempotency token keeps it, and a call without one is not repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use moonfleet_bindings::{Operation, Risk, SERVICES, Service};
use moonfleet_models::Protocol;
use regex::Regex;
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
    protocol: Protocol,
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
    // A few services sign for a region of their own, so that the server does not know their calls.
    let known = cases.iter().filter(|case| server.contains_key(&case.region));
    let changes: BTreeSet<_> = known.map(|case| (case.service.name, case.operation.name)).collect();
    assert!(changes.len() >= 1000 + self::changes().len(), "only {} operations", changes.len());
    assert_eq!(changes.difference(&executed).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "never executed");
    let protocols: BTreeSet<_> = cases.iter().map(|case| case.protocol).collect();
    assert_eq!(protocols.len(), 6, "{protocols:?}");
    let calls = cases.len();
    assert!(requests > calls, "nothing was repeated");
    eprintln!("{} operations, {calls} calls, {requests} requests, {executions} executions, 0 doubles", changes.len());
}

fn changes() -> Vec<(&'static Service, &'static Operation)> {
    operations(|operation| operation.risk > Risk::Read)
}

/// Returns changes in services of models: some of each protocol.
fn changes_of_models(random: &mut fastrand::Rng) -> Vec<(&'static Service, &'static Operation)> {
    const SERVICES_OF_A_PROTOCOL: usize = 25;
    const CHANGES_OF_A_PROTOCOL: usize = 280;
    let mut services: BTreeMap<Protocol, Vec<&str>> = BTreeMap::new();
    for name in moonfleet_bindings::service_names() {
        // The field `account` of a session is the account's number.
        if name != "account" && SERVICES.iter().all(|service| service.name != name) {
            services.entry(protocol(name)).or_default().push(name);
        }
    }
    let mut changes = Vec::new();
    for names in services.into_values() {
        let names = random.choose_multiple(names, SERVICES_OF_A_PROTOCOL);
        let services = names.into_iter().filter_map(moonfleet_bindings::service);
        let all = services.flat_map(|service| service.operations().iter().map(move |operation| (service, operation)));
        let sendable = all.filter(|(service, operation)| operation.risk > Risk::Read && is_signed(service, operation));
        changes.extend(random.choose_multiple(sendable, CHANGES_OF_A_PROTOCOL));
    }
    changes
}

fn protocol(service: &str) -> Protocol {
    moonfleet_models::service(service).expect("every service has a model").protocol()
}

/// Whether calls are sent with a signature, by which the server knows their region.
fn is_signed(service: &Service, operation: &Operation) -> bool {
    let service = moonfleet_models::service(service.name).expect("it comes from a model");
    let model = service.operation(operation.name).expect("it comes from a model");
    model.is_signed() && moonfleet_protocols::check_coverage(service, model).is_ok()
}

/// Random sequences of faults for each operation. All short sequences for one operation of each service and
/// kind: the kind (with a token or without) and the protocol are all that the retries know of an operation.
fn cases() -> Vec<Case> {
    const RANDOM: usize = 3;
    const SHORT: usize = 3;
    let mut random = fastrand::Rng::with_seed(16);
    let mut kinds = BTreeSet::new();
    let mut all = Vec::new();
    for (service, operation) in changes() {
        all.extend((0..RANDOM).map(|_| (service, operation, some_faults(&mut random))));
        if kinds.insert((service.name, operation.idempotency_token().is_some())) {
            all.extend((1..=SHORT).flat_map(sequences).map(|faults| (service, operation, faults)));
        }
    }
    for (service, operation) in changes_of_models(&mut random) {
        let mut faults = some_faults(&mut random);
        // A clock that stays wrong ends a call before the change is executed.
        let mut clocks = 0;
        faults.retain(|fault| {
            clocks += usize::from(*fault == Fault::WrongClock);
            *fault != Fault::WrongClock || clocks == 1
        });
        all.push((service, operation, faults));
    }
    let case = |(at, (service, operation, faults)): (usize, (&'static Service, _, _))| Case {
        region: format!("case-{at}"),
        service,
        operation,
        protocol: protocol(service.name),
        faults,
    };
    all.into_iter().enumerate().map(case).collect()
}

fn some_faults(random: &mut fastrand::Rng) -> Vec<Fault> {
    (0..random.usize(1..=MOST_FAULTS)).map(|_| FAULTS[random.usize(..FAULTS.len())]).collect()
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
    let known: BTreeMap<String, (&'static Operation, Protocol, Vec<Fault>)> =
        cases.iter().map(|case| (case.region.clone(), (case.operation, case.protocol, case.faults.clone()))).collect();
    let log = seen.clone();
    let server = Server::start(move |request| {
        let region = request.region();
        let case = known.get(&region).filter(|(operation, protocol, _)| is_of(operation, *protocol, request));
        let Some((operation, protocol, faults)) = case else { return answer(request) };
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
        reply(fault, *protocol, request)
    });
    let calls: Vec<Value> = cases
        .iter()
        .map(|case| {
            let mut input = input(case.operation, &Required);
            if let Some(token) = case.operation.idempotency_token().and_then(|token| input.get_mut(token)) {
                *token = json!("0b7b3b0e-6f0e-4d0a-9c39-5ddc2ee4b1c6");
            }
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
              if not ok and (e.code == "NotSent" or e.code == "InvalidInput") then error(e) end
              return not ok
            end, { limit = 400 })
            local count = 0
            for _, one in ipairs(failed) do if one then count = count + 1 end end
            assert(count > 0 and count < #failed, count)"#,
        )
        .code(0);

    let seen = seen.lock().expect("no test panics while it holds this");
    seen.clone()
}

/// REST requests name no operation; each region has only one.
fn is_of(operation: &Operation, protocol: Protocol, request: &Request) -> bool {
    match protocol {
        Protocol::RestJson | Protocol::RestXml => {
            !matches!(protocol_of(request), Protocol::Json | Protocol::Query | Protocol::Ec2)
        }
        Protocol::Cbor => request.path().ends_with(&format!("/{}", operation.api_name)),
        Protocol::Json | Protocol::Query | Protocol::Ec2 => request.operation() == operation.api_name,
    }
}

/// Returns the idempotency token: the only UUID, apart from the SDK's own in a header.
fn token(operation: &Operation, request: &Request) -> Option<String> {
    static UUID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("valid"));
    operation.idempotency_token()?;
    let headers = request.headers.iter().filter(|(name, _)| name != "amz-sdk-invocation-id");
    let places = headers.map(|(_, value)| value.as_str()).chain([request.path(), &request.body]);
    places.into_iter().find_map(|place| UUID.find(place)).map(|found| found.as_str().to_owned())
}

fn reply(fault: Option<Fault>, protocol: Protocol, request: &Request) -> Reply {
    let page = || Reply::xml("<html><body><h1>The proxy is busy</h1></body></html>");
    match fault {
        None => success(protocol, request),
        Some(Fault::Lost) => Reply::Hangup,
        Some(Fault::Torn) => Reply::Torn("<Res".to_owned()),
        Some(Fault::ProxyThrottled) => page().status(429),
        Some(Fault::ProxyFailed) => page().status(502),
        Some(Fault::Failed) => error(protocol, 500, "InternalFailure"),
        Some(Fault::WrongClock) => {
            let code = match protocol {
                Protocol::Ec2 => "RequestExpired",
                Protocol::Query | Protocol::RestXml => "SignatureDoesNotMatch",
                Protocol::Json | Protocol::RestJson | Protocol::Cbor => "InvalidSignatureException",
            };
            error(protocol, 403, code).header("date", "Sat, 01 Jan 2000 00:00:00 GMT")
        }
        Some(Fault::Throttled) => match protocol {
            Protocol::Json | Protocol::Cbor => error(protocol, 400, "ThrottlingException"),
            Protocol::Ec2 => error(protocol, 503, "RequestLimitExceeded"),
            Protocol::Query | Protocol::RestXml => error(protocol, 400, "Throttling"),
            Protocol::RestJson => error(protocol, 429, "TooManyRequestsException"),
        },
    }
}

/// Returns the protocol of a request to a service of the SDK.
fn protocol_of(request: &Request) -> Protocol {
    match request.header("x-amz-target") {
        Some(_) => Protocol::Json,
        None if request.body.starts_with("Action=") && request.body.contains("Version=2016-11-15") => Protocol::Ec2,
        None if request.body.starts_with("Action=") => Protocol::Query,
        None => Protocol::RestJson,
    }
}

/// Returns an answer without fields, in the protocol of the request to a service of the SDK.
pub(crate) fn answer(request: &Request) -> Reply {
    success(protocol_of(request), request)
}

/// Returns an answer without fields.
fn success(protocol: Protocol, request: &Request) -> Reply {
    let name = request.operation();
    match protocol {
        Protocol::Json => Reply::json("{}"),
        Protocol::RestJson => Reply::rest("{}"),
        Protocol::RestXml => Reply::xml("<Response></Response>"),
        Protocol::Cbor => Reply::cbor(&json!({})),
        Protocol::Query => Reply::xml(format!("<{name}Response><{name}Result></{name}Result></{name}Response>")),
        Protocol::Ec2 => Reply::xml(format!("<{name}Response></{name}Response>")),
    }
}

fn error(protocol: Protocol, status: u16, code: &str) -> Reply {
    let in_json = json!({"__type": code, "message": "as asked for"});
    let in_xml = format!("<Error><Code>{code}</Code><Message>as asked for</Message></Error>");
    match protocol {
        Protocol::Json => Reply::json(in_json.to_string()),
        Protocol::RestJson => Reply::rest(r#"{"message":"as asked for"}"#).header("x-amzn-errortype", code),
        Protocol::Cbor => Reply::cbor(&in_json),
        Protocol::Query | Protocol::RestXml => Reply::xml(format!("<ErrorResponse>{in_xml}</ErrorResponse>")),
        Protocol::Ec2 => Reply::xml(format!("<Response><Errors>{in_xml}</Errors></Response>")),
    }
    .status(status)
}
