//! AWS's shared configuration and environment as botocore reads them. Each case makes one call with botocore and one
//! with Moonfleet, through a proxy that answers for AWS. Both must send the same requests, to the same hosts, with the
//! same keys and regions, or none at all.

mod cases;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use self::cases::{Case, cases};
use crate::support::Shell;
use crate::support::moto::python_with_botocore;
use crate::support::proxy::{Authority, Proxy};
use crate::support::server::{Reply, Request, Server};

/// Makes the calls of `[{home, environment, profile, service}, …]` and prints the error of each, or null.
const BOTOCORE: &str = r#"
import json, os, sys
import botocore.credentials, botocore.session, botocore.tokens
from botocore.loaders import Loader
CALLS = {"ec2": "describe_regions", "iam": "list_users", "sts": "get_caller_identity"}
loader = Loader()
for service in CALLS:
    loader.load_service_model(service, "service-2")

def call(case):
    session = botocore.session.Session(profile=case["profile"])
    session.register_component("data_loader", loader)
    client = session.create_client(case["service"])
    getattr(client, CALLS[case["service"]])()

def run(case):
    read, write = os.pipe()
    if os.fork() == 0:
        os.environ.clear()
        os.environ.update(case["environment"])
        os.chdir(case["home"])
        for provider in botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider:
            # The class has found the home when it was loaded.
            provider._SSO_TOKEN_CACHE_DIR = os.path.expanduser("~/.aws/sso/cache")
        error = None
        try:
            call(case)
        except BaseException as e:
            error = f"{type(e).__name__}: {e}"
        os.write(write, json.dumps(error)[:4000].encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.wait()
    return json.loads(text)

json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)
"#;

#[test]
fn requests_are_those_of_botocore() {
    let Some(python) = python_with_botocore() else { return };
    let authority = Authority::new();
    let container = Server::start(container);
    let cases = cases();
    let prepared: Vec<Prepared> = cases.iter().map(|case| Prepared::new(case, &authority, &container.url)).collect();
    let errors = run_botocore(&python, &prepared);
    let mut wrong = Vec::new();
    for ((case, prepared), error) in cases.iter().zip(&prepared).zip(errors) {
        let theirs = outcome(&prepared.theirs, error.as_deref());
        let ran = prepared.run(case);
        let ours = outcome(&prepared.ours, (!ran.ended_with(0)).then_some(ran.stderr.as_str()));
        let problem = match &case.differs {
            None if ours.0 == theirs.0 => continue,
            Some((_, expected)) if ours.0 == *expected && ours.0 != theirs.0 => continue,
            None => "the requests differ".to_owned(),
            Some((reason, expected)) => format!("expected {expected:?}, because {reason}"),
        };
        wrong.push(format!("{}: {problem}\n  botocore:  {theirs:?}\n  moonfleet: {ours:?}", case.name));
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let different = cases.iter().filter(|case| case.differs.is_some()).count();
    assert!(cases.len() >= 60, "{}", cases.len());
    eprintln!("{} cases, {different} of them with a listed difference", cases.len());
}

#[test]
fn names_of_cases_are_unique() {
    let mut names: Vec<_> = cases().iter().map(|case| case.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// A case with its files, and a proxy for each program.
struct Prepared {
    home: tempfile::TempDir,
    environment: Vec<(String, String)>,
    service: &'static str,
    profile: Option<&'static str>,
    theirs: Proxy,
    ours: Proxy,
}

impl Prepared {
    fn new(case: &Case, authority: &Authority, container: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in &case.files {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in a temporary folder");
            std::fs::write(path, bytes).expect("a file in a temporary folder");
        }
        let bundle = home.path().join("authority.pem");
        authority.write(&bundle);
        let mut environment = vec![
            ("HOME".to_owned(), home.path().display().to_string()),
            ("PATH".to_owned(), std::env::var("PATH").expect("a path")),
            ("NO_PROXY".to_owned(), "127.0.0.1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
        ];
        if !case.trusts_by_itself {
            environment.push(("AWS_CA_BUNDLE".to_owned(), bundle.display().to_string()));
        }
        let set = case.environment.iter();
        environment.extend(set.map(|(name, value)| ((*name).to_owned(), value.replace("CONTAINER", container))));
        let start = || Proxy::start(authority, answer);
        let (service, profile) = (case.service, case.profile);
        Prepared { home, environment, service, profile, theirs: start(), ours: start() }
    }

    fn for_botocore(&self) -> Value {
        let mut environment: serde_json::Map<String, Value> =
            self.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        environment.insert("HTTPS_PROXY".to_owned(), json!(self.theirs.url));
        environment.insert("HTTP_PROXY".to_owned(), json!(self.theirs.url));
        json!({"home": self.home.path(), "environment": environment, "profile": self.profile, "service": self.service})
    }

    fn run(&self, case: &Case) -> crate::support::Ran {
        let mut shell = Shell::new();
        for (name, value) in &self.environment {
            shell = shell.env(name, value);
        }
        if let Some(profile) = self.profile {
            shell = shell.args(["--profile", profile]);
        }
        let call = match case.service {
            "ec2" => "ec2.describe_regions{}",
            "iam" => "iam.list_users{}",
            _ => "sts.get_caller_identity{}",
        };
        shell.folder(self.home.path()).env("HTTPS_PROXY", &self.ours.url).env("HTTP_PROXY", &self.ours.url).chunk(call)
    }
}

fn run_botocore(python: &Path, cases: &[Prepared]) -> Vec<Option<String>> {
    let cases: Vec<Value> = cases.iter().map(Prepared::for_botocore).collect();
    let mut child = Command::new(python)
        .args(["-c", BOTOCORE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{}: {e}", python.display()));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(Value::Array(cases).to_string().as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

/// Returns what a program sent. Without a request, why: programs have texts of their own, so they are not compared.
fn outcome(proxy: &Proxy, error: Option<&str>) -> (Vec<String>, String) {
    let sent = proxy.seen().iter().map(|(host, request)| described(host, request)).collect();
    (sent, error.unwrap_or_default().trim().to_owned())
}

/// Describes a request: `ec2.eu-west-1.amazonaws.com DescribeRegions AKIA eu-west-1`.
fn described(host: &str, request: &Request) -> String {
    let path = |operation: String| operation.split('?').next().unwrap_or_default().to_owned();
    let words = [host.to_owned(), path(request.operation()), request.key(), request.region()];
    let token = request.header("x-amz-security-token").map(|token| format!("token {token}"));
    let role = request.parameter("RoleArn");
    let words = words.into_iter().chain(role).chain(token).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Answers for AWS. STS issues another key for each role.
fn answer(request: &Request) -> Reply {
    let operation = request.operation();
    if operation.contains("/federation/credentials") {
        let keys = json!({"accessKeyId": "AKIASSO", "secretAccessKey": "s", "sessionToken": "sso",
                          "expiration": 2_080_000_000_000_i64});
        return Reply::rest(json!({ "roleCredentials": keys }).to_string());
    }
    let result = match operation.as_str() {
        "DescribeRegions" => return Reply::xml("<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>"),
        "ListUsers" => "<Users/><IsTruncated>false</IsTruncated>".to_owned(),
        "GetCallerIdentity" => "<Arn>a</Arn><UserId>u</UserId><Account>123456789012</Account>".to_owned(),
        _ => {
            let arn = request.parameter("RoleArn").unwrap_or_default();
            let name = arn.rsplit('/').next().unwrap_or_default().to_uppercase();
            format!(
                "<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>\
                 <Credentials><AccessKeyId>ROLE{name}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>{name}</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials>"
            )
        }
    };
    Reply::xml(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
}

fn container(_: &Request) -> Reply {
    let keys = json!({"AccessKeyId": "AKIACONTAINER", "SecretAccessKey": "s", "Token": "container",
                      "Expiration": "2036-01-01T00:00:00Z"});
    Reply::rest(keys.to_string())
}
