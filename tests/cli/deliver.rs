//! Deliveries: webhooks and mail, and their failures.

use std::net::{IpAddr, TcpListener, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use crate::support::smtp::{Behavior, MailServer};
use crate::support::tls::Identity;
use crate::support::{Ran, Shell, skipped};

const FINDINGS: &str = r#"
report.print({
  { severity = "low", finding = "unattached-volume", name = "", volume_id = "vol-1", detail = "It is attached to nothing." },
  { severity = "high", finding = "open-port", name = "web", group_id = "sg-1", detail = "Port 22 is open to all.", note = "correct horse" },
}, { title = "Daily" })
"#;

const SETTINGS: &str = ".config/moonfleet/settings.toml";

fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

fn run(settings: &str, place: &str) -> Ran {
    Shell::new().sandbox().file(SETTINGS, settings).args(["--out", "daily.csv", "--deliver", place]).script(FINDINGS)
}

#[test]
fn a_webhook_gets_a_short_text() {
    let server = Server::always(answer(200, "ok"));
    let url = format!("{}/hook?x=1", server.url);
    let shell = Shell::new().sandbox().args(["--out", "daily.csv", "--out", "daily.html", "--deliver", &url]);
    let ran = shell.script(FINDINGS).code(0).says("delivered=\"127.0.0.1\"");
    assert!(ran.read("daily.csv").contains("open-port"));
    // The URL of a webhook is a secret.
    let text = ran.read("daily.html");
    assert!(text.contains("--deliver") && !text.contains("hook?x=1"), "{text}");
    let [request] = &server.requests()[..] else { panic!("one request: {:?}", server.requests()) };
    assert_eq!(request.line, "POST /hook?x=1 HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("moonfleet/")));
    assert_eq!(
        request.json(),
        serde_json::json!({ "text": "Daily: 2 findings (1 high, 1 low)\n\
            - high open-port web sg-1: Port 22 is open to all.\n\
            - low unattached-volume vol-1: It is attached to nothing." })
    );
}

#[test]
fn a_named_destination_selects_the_content_and_its_secrets_are_redacted() {
    let server = Server::always(answer(204, ""));
    let settings = format!(
        "[deliver.ops]\nwebhook = {{ file = 'url' }}\nsend = 'html'\n\
         headers = {{ Authorization = {{ command = 'echo Bearer correct horse' }}, X-Team = 'ops' }}\n\
         [deliver.numbers]\nwebhook = '{0}/numbers'\nsend = 'summary'\n\
         [deliver.other]\nwebhook = '{0}/other'\nfield = 'content'\n",
        server.url
    );
    let shell = Shell::new().sandbox().file(SETTINGS, &settings).file("url", &format!("{}/secret-part\n", server.url));
    let places = ["--deliver", "ops", "--deliver", "numbers", "--deliver", "other", "--fail-on", "high"];
    let ran = shell.args(places).script(&FINDINGS.replace("correct horse", "Bearer correct horse"));
    let ran = ran.code(1).says("1 finding is high or worse: open-port web sg-1").says("ops,numbers,other");
    assert!(!ran.stderr.contains("correct horse") && !ran.stderr.contains("secret-part"), "{}", ran.stderr);
    // The report is printed as well, because there is no --out.
    assert!(ran.stdout.contains("open-port"));
    let request = |path: &str| {
        let requests = server.requests();
        requests.into_iter().find(|request| request.path() == path).unwrap_or_else(|| panic!("nothing for {path}"))
    };
    let page = request("/secret-part");
    assert_eq!(page.header("authorization"), Some("Bearer correct horse"));
    assert_eq!(page.header("x-team"), Some("ops"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.body.contains("open-port") && !page.body.contains("correct horse"), "{}", page.body);
    let numbers = request("/numbers").json();
    assert_eq!((&numbers["rows"], &numbers["findings"], &numbers["exit"]), (&2.into(), &2.into(), &0.into()));
    assert!(request("/other").json()["content"].as_str().is_some_and(|text| text.starts_with("Daily: 2 findings")));
}

#[test]
fn temporary_failures_are_retried() {
    let server = Server::replies([answer(500, "oops"), answer(503, ""), answer(200, "")]);
    let started = Instant::now();
    run("", &server.url).code(0).says("delivered=");
    assert_eq!(server.requests().len(), 3);
    assert!(started.elapsed() >= Duration::from_secs(3), "pauses grow with each attempt");

    let later = Reply::Answer { status: 429, headers: vec![("retry-after", "2".to_owned())], body: String::new() };
    let server = Server::replies([later, answer(200, "")]);
    run("", &server.url).code(0);
    let requests = server.requests();
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(2), "the pause follows retry-after");

    let server = Server::replies([Reply::Hangup, answer(200, "")]);
    run("", &server.url).code(0);
}

#[test]
fn permanent_failures_are_not_retried_and_the_file_stays() {
    let server = Server::always(answer(404, "no_such\u{1b}[2J_channel"));
    let ran = run("", &server.url).code(1);
    let ran = ran.says("moonfleet: not delivered to 127.0.0.1: the server answers 404: no_such␛[2J_channel");
    assert!(ran.read("daily.csv").contains("open-port"));
    assert_eq!(server.requests().len(), 1);
    let moved = Server::always(answer(302, ""));
    run("", &moved.url).code(1).says("the server answers 302 (the URL has changed)");
}

#[test]
fn an_unreachable_or_hanging_server_is_an_error_after_the_last_attempt() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    run("", &format!("http://{closed}/")).code(1).says("refused").says("(4 attempts)");

    let left = std::sync::Arc::default();
    let server = Server::always(Reply::Silence(left));
    let settings = format!("[deliver.slow]\nwebhook = '{}'\ntimeout = '300ms'", server.url);
    let ran = run(&settings, "slow").code(1).says("not delivered to slow: no answer within 300ms (4 attempts)");
    assert!(ran.read("daily.csv").contains("open-port"));
}

#[test]
fn only_the_beginning_of_a_refusal_is_read() {
    let server = Server::always(Reply::Endless(400));
    let ran = run("", &server.url).code(1);
    ran.says(&format!("not delivered to 127.0.0.1: the server answers 400: {}\n", "x".repeat(200)));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn without_certificates_an_error_says_how_to_get_some() {
    let server = Server::always(answer(200, ""));
    let url = format!("https://localhost:{}/", Identity::for_host("localhost").before(&server.url));
    for (variable, place) in
        [("SSL_CERT_FILE", "absent.pem"), ("SSL_CERT_FILE", "empty.pem"), ("SSL_CERT_DIR", "empty")]
    {
        let shell = Shell::new().sandbox().file("empty.pem", "").file("empty/none.txt", "");
        let place = shell.home.path().join(place);
        let shell = shell.env(variable, &place);
        let ran = shell.args(["--deliver", &url]).script(FINDINGS).code(1).never_says("panic");
        let ran =
            ran.says("not delivered to localhost: no server can be verified over HTTPS: no CA certificate was found");
        ran.says(&format!("{variable} is {place:?}")).says("install the package ca-certificates").never_says("4 times");
    }
    server.saw_nothing();
}

#[test]
fn an_untrusted_certificate_is_refused() {
    let server = Server::always(answer(200, ""));
    let identity = Identity::for_host("localhost");
    let url = format!("https://localhost:{}/", identity.before(&server.url));
    run("", &url).code(1).says("certificate");
    server.saw_nothing();

    let shell = Shell::new().sandbox();
    let file = shell.home.path().join("certificate.pem");
    identity.write(&file);
    let ran = shell.env("SSL_CERT_FILE", &file).args(["--deliver", &url]).script(FINDINGS);
    ran.code(0).says("delivered=\"localhost\"");
    assert_eq!(server.requests().len(), 1);
}

fn smtp(server: &MailServer, scheme: &str, host: &str) -> String {
    format!(
        "[smtp]\nserver = '{scheme}://{host}:{}'\nfrom = 'Moon Fleet <moonfleet@example.com>'\nuser = 'fleet'\n\
         password = {{ env = 'SMTP_PASSWORD' }}\n\
         [deliver.ops]\nmail = ['ops@example.com', 'Ann <ann@example.com>']\nattach = ['csv', 'html']\n",
        server.port
    )
}

fn mail(settings: &str, place: &str, more: impl FnOnce(Shell) -> Shell) -> Ran {
    let shell = Shell::new().sandbox().file(SETTINGS, settings).env("SMTP_PASSWORD", "hunter-two");
    more(shell).args(["--out", "daily.md", "--deliver", place]).script(FINDINGS)
}

#[test]
fn mail_has_a_text_and_the_report_attached() {
    let server = MailServer::start(Behavior::default());
    mail(&smtp(&server, "smtp", "127.0.0.1"), "ops", |shell| shell).code(0).says("delivered=\"ops\"");
    let [mail] = &server.mails()[..] else { panic!("one mail: {:?}", server.mails()) };
    assert!(mail.from.contains("<moonfleet@example.com>"), "{mail:?}");
    assert_eq!(mail.to.len(), 2);
    assert!(mail.login.starts_with("AUTH "), "{mail:?}");
    for part in [
        "Subject: Daily: 2 findings (1 high, 1 low)",
        "Auto-Submitted: auto-generated",
        "text/plain",
        "- high open-port web sg-1: Port 22 is open to all.",
        "text/csv",
        "script.csv",
        "text/html",
        "script.html",
    ] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    assert!(!mail.text.contains("hunter-two"));
}

#[test]
fn mail_is_retried_after_a_temporary_reply() {
    let behavior = Behavior { refusals: vec!["451 later", "421 later"], ..Behavior::default() };
    let server = MailServer::start(behavior);
    mail(&smtp(&server, "smtp", "localhost"), "mailto:ops@example.com", |shell| shell).code(0);
    assert_eq!((server.mails().len(), server.connections()), (1, 3));

    let server = MailServer::start(Behavior { refusals: vec!["554 spam"], ..Behavior::default() });
    let ran = mail(&smtp(&server, "smtp", "localhost"), "ops", |shell| shell).code(1);
    let ran = ran.says("not delivered to ops: the mail server answers 554: spam");
    assert!(ran.read("daily.md").contains("open-port"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn ambiguous_mail_addresses_are_refused() {
    let identity = Identity::for_host("localhost");
    let server = MailServer::start(Behavior { tls: Some(identity.clone()), ..Behavior::default() });
    let settings = smtp(&server, "smtps", "localhost");
    mail(&settings, "ops", |shell| shell).code(1).says("certificate");
    assert!(server.mails().is_empty());
    let trusting = |shell: Shell| {
        let file = shell.home.path().join("certificate.pem");
        identity.write(&file);
        shell.env("SSL_CERT_FILE", file)
    };
    mail(&settings, "ops", trusting).code(0);
    assert!(server.mails()[0].was_encrypted);
}

#[test]
fn mail_to_another_machine_is_sent_only_with_encryption() {
    let Some((name, address)) = elsewhere() else { return skipped("this machine has no name but localhost") };
    let identity = Identity::for_host(&name);
    let server = MailServer::start_at(address, Behavior { starttls: Some(identity.clone()), ..Behavior::default() });
    let trusting = |shell: Shell| {
        let file = shell.home.path().join("certificate.pem");
        identity.write(&file);
        shell.env("SSL_CERT_FILE", file)
    };
    mail(&smtp(&server, "smtp", &name), "ops", trusting).code(0);
    assert!(server.mails()[0].was_encrypted);

    let server = MailServer::start_at(address, Behavior::default());
    let ran = mail(&smtp(&server, "smtp", &name), "ops", |shell| shell);
    ran.code(1).says("offers no encryption").never_says("hunter-two");
    assert!(server.mails().is_empty());
}

/// A name of this machine that does not look like the local machine.
fn elsewhere() -> Option<(String, IpAddr)> {
    let own = std::fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_owned();
    let names = [own.as_str(), "ip6-localhost", "ip6-loopback", "localhost.localdomain"];
    names.into_iter().filter(|name| !name.is_empty()).find_map(|name| {
        let mut addresses = (name, 0).to_socket_addrs().ok()?;
        let address = addresses.find(|address| address.ip().is_loopback())?.ip();
        TcpListener::bind((address, 0)).ok().map(|_| (name.to_owned(), address))
    })
}

#[test]
fn invalid_destinations_are_errors_before_the_run() {
    let wrong = |settings: &str, place: &str, part: &str| {
        let ran = run(settings, place).code(2).says(part);
        assert!(!ran.home.path().join("daily.csv").exists());
    };
    wrong("[deliver.ops]\nmail = ['a@b']", "opps", "the settings have no destination 'opps'; did you mean 'ops'?");
    wrong("", "ops", "define [deliver.NAME]");
    wrong("", "mailto:ops@example.com", "add [smtp] to the settings");
    wrong("", "https://user:pw@example.com/", "a URL with a password is visible to other users");
    wrong("[deliver.ops]\nmail = ['a@b']\nwebhook = 'https://x'", "ops", "needs either webhook or mail");
    wrong("[deliver.ops]\nwebhook = { env = 'ABSENT' }", "ops", "the environment variable ABSENT is not set");
    wrong("[deliver.ops]\nwebhook = 'ftp://x'", "ops", "begins with https://");
}

#[test]
fn a_plan_delivers_nothing_and_a_failed_run_delivers_its_error() {
    let server = Server::always(answer(200, ""));
    let shell = Shell::new().sandbox().args(["--plan", "--out", "daily.csv", "--deliver", &server.url]);
    let ran = shell.script(FINDINGS).code(0);
    assert!(!ran.home.path().join("daily.csv").exists());
    server.saw_nothing();

    let shell =
        Shell::new().sandbox().file("daily.csv", "old\n").args(["--out", "daily.csv", "--deliver", &server.url]);
    let ran = shell.script(&format!("{FINDINGS} error('it broke')")).code(1).says("it broke");
    assert_eq!(ran.read("daily.csv"), "old\n");
    let text = server.requests()[0].json()["text"].as_str().unwrap_or_default().to_owned();
    assert!(text.starts_with("script: failed\n") && text.contains("it broke"), "{text}");
}
