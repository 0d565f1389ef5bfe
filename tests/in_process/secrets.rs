//! Canaries in all secret inputs and outputs of all operations, and in the credentials. None may
//! occur in a stream or file, unless a script reveals it. The declarations of the operations name
//! the secret fields; these tests have no list of them.

use std::path::Path;
use std::process::{Command, ExitCode};

use moonfleet::bug;
use moonfleet_bindings::{Operation, Risk, Service};
use moonfleet_core::known_secrets;
use moonfleet_core::{Field, Shape, TextForm, Type};
use serde_json::{Value, json};

use crate::inputs::{Choice, Required, input, operations};
use crate::support::server::{Reply, Request, Server};
use crate::support::{Ran, Shell};

/// The beginning of each canary, and its Base64 form. The other characters of a canary are escaped
/// differently in each format.
const CANARY: &str = "CANARY";
const AS_BLOB: &str = "Q0FOQVJZ";

fn canary(place: &str) -> String {
    format!("{CANARY} {place} \"it's\" \\n <&>\n\té")
}

/// Returns a shell that logs at the highest level.
fn loud(server: &Server, format: &str) -> Shell {
    Shell::new()
        .file(".config/moonfleet/settings.toml", "protect_tag = ''")
        .endpoint(&server.url)
        .arg("--yes")
        .env("AWS_SECRET_ACCESS_KEY", format!("{CANARY}-key"))
        .env("AWS_SESSION_TOKEN", format!("{CANARY}-token"))
        .args(["-vv", "--trace", "--log-format", format])
}

#[track_caller]
fn saw_none(ran: &Ran) {
    for (name, text) in [("standard output", &ran.stdout), ("standard error", &ran.stderr)] {
        for seen in [CANARY, AS_BLOB] {
            let line = text.lines().find(|line| line.contains(seen));
            assert_eq!(line, None, "{seen} on {name}");
        }
    }
    files_have_none(ran.home.path());
}

#[track_caller]
fn files_have_none(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_have_none(&path);
        } else {
            let text = std::fs::read(&path).expect("a file");
            assert!(!String::from_utf8_lossy(&text).contains(CANARY), "a canary in {}", path.display());
        }
    }
}

// Requests and answers, made from the declarations.

/// All secret fields, and the structures that hold some.
struct Secrets;

impl Choice for Secrets {
    fn has(&self, field: &Field) -> bool {
        field.secret || field.ty.structure().is_some_and(Shape::holds_secrets)
    }

    fn text(&self, field: &Field, path: &str) -> String {
        match field.text_form {
            TextForm::Base64 if field.secret => aws_smithy_types::base64::encode(canary(path)),
            _ if field.secret => canary(path),
            _ => Required.text(field, path),
        }
    }
}

fn cases(operations: &[(&'static Service, &'static Operation)], choice: &dyn Choice) -> String {
    let case = |(service, operation): &(&Service, &Operation)| {
        let input = input(operation, choice);
        json!({"service": service.name, "operation": operation.name, "input": input, "lists": operation.items.is_some() && operation.risk == Risk::Read})
    };
    Value::Array(operations.iter().map(case).collect()).to_string()
}

/// Answers with an error that repeats the whole request, in the form of its protocol.
fn echo(request: &Request) -> Reply {
    let mut parts: Vec<String> = request.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if request.header("x-amz-target").is_some() {
        texts(&request.json(), &mut parts);
        return Reply::json(json!({"__type": "ValidationException", "message": parts.join(" ")}).to_string())
            .status(400);
    }
    parts.extend(request.parameters().into_iter().map(|(name, value)| format!("{name}={value}")));
    let error =
        format!("<Error><Code>InvalidParameterValue</Code><Message>{}</Message></Error>", xml(&parts.join(" ")));
    let body = match request.body.contains("Version=2016-11-15") {
        true => format!("<Response><Errors>{error}</Errors></Response>"),
        false => format!("<ErrorResponse>{error}</ErrorResponse>"),
    };
    Reply::xml(body).status(400)
}

fn texts(value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::String(text) => parts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, parts)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, parts)),
        _ => {}
    }
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "&#10;")
}

/// Answers with a canary in each secret field. The declarations do not contain the wire names of
/// fields, so each field has all names that are possible; the SDK skips unknown names.
fn plant(request: &Request) -> Reply {
    // Reports as HTML name the account.
    if request.operation() == "GetCallerIdentity" {
        let identity = "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>x</UserId>";
        return Reply::xml(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult>{identity}</GetCallerIdentityResult></GetCallerIdentityResponse>"
        ));
    }
    let is_called =
        |operation: &Operation| operation.api_name == request.operation() && operation.output().holds_secrets();
    let found = operations(is_called);
    let [(service, operation)] = found[..] else {
        panic!("{} services have the operation {}", found.len(), request.operation())
    };
    if request.header("x-amz-target").is_some() {
        return Reply::json(json_answer(operation.output()).to_string());
    }
    let (name, answer) = (operation.api_name, xml_answer(operation.output()));
    let result = if service.name == "ec2" { answer } else { format!("<{name}Result>{answer}</{name}Result>") };
    Reply::xml(format!("<{name}Response>{result}</{name}Response>"))
}

fn json_answer(shape: &'static Shape) -> Value {
    fn value(ty: &Type) -> Value {
        match ty {
            Type::Structure(shape) => json_answer(shape.get()),
            Type::List(item) => json!([value(item)]),
            _ => json!(canary("answer")),
        }
    }
    let fields =
        shape.fields.iter().filter(|field| field.secret || field.ty.structure().is_some_and(Shape::holds_secrets));
    fields.map(|field| (pascal(field.name()), value(&field.ty))).collect()
}

fn xml_answer(shape: &'static Shape) -> String {
    fn value(ty: &Type, hidden: bool) -> String {
        match ty {
            Type::Structure(shape) if hidden => xml_fields(shape.get(), |_| true),
            Type::Structure(shape) => xml_answer(shape.get()),
            Type::List(item) => {
                let item = value(item, hidden);
                format!("<item>{item}</item><member>{item}</member>")
            }
            // Blobs are written as Base64.
            Type::Blob => format!("{AS_BLOB}IGFzIGEgYmxvYg=="),
            _ => xml(&canary("answer")),
        }
    }
    fn xml_fields(shape: &'static Shape, is_shown: impl Fn(&'static Field) -> bool) -> String {
        let fields = shape.fields.iter().filter(|field| is_shown(field));
        fields
            .flat_map(|field| {
                let value = value(&field.ty, field.secret);
                wire_names(field.name()).into_iter().map(move |name| format!("<{name}>{value}</{name}>"))
            })
            .collect()
    }
    xml_fields(shape, |field| field.secret || field.ty.structure().is_some_and(Shape::holds_secrets))
}

/// Wire names that follow no rule. If the name of a field is missing here, the test fails, because
/// its secret does not arrive.
const ODD_NAMES: [(&str, &str); 4] = [
    ("bundle_task", "bundleInstanceTask"),
    ("bundle_tasks", "bundleInstanceTasksSet"),
    ("virtual_mfa_device", "VirtualMFADevice"),
    ("virtual_mfa_devices", "VirtualMFADevices"),
];

fn wire_names(name: &str) -> Vec<String> {
    if let Some((_, odd)) = ODD_NAMES.iter().find(|(field, _)| *field == name) {
        return vec![(*odd).to_owned()];
    }
    let pascal = pascal(name);
    let camel = pascal[..1].to_lowercase() + &pascal[1..];
    let singular = camel.strip_suffix('s').unwrap_or(&camel);
    vec![format!("{singular}Set"), format!("{camel}Set"), pascal, camel]
}

fn pascal(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Shows a value in all ways that a script can use.
const SHOW: &str = r#"
    local function show(value)
      print(value)
      print(json.encode(value))
      print(csv.encode({value}))
      report.print(value)
      report.print({value}, {title = "One"})
      report.write("report.json", value)
      report.write("report.md", {value})
      report.write("report.csv", {value})
      log.warn(tostring(value), {value = value})
      local function walk(name, inner)
        print(name, inner, string.format("%s", inner))
        log.debug(name, {inner = inner})
        if type(inner) == "table" then
          for key, value in pairs(inner) do walk(tostring(key), value) end
        end
      end
      walk("all", value)
    end
    local cases = json.decode(io.read("a"))
"#;

#[test]
fn secret_inputs_are_never_repeated() {
    let operations = operations(|operation| operation.input().holds_secrets());
    assert!(operations.len() > 20, "{}", operations.len());
    for format in ["text", "json"] {
        let server = Server::start(echo);
        let ran = loud(&server, format).stdin(&cases(&operations, &Secrets)).chunk(&format!(
            r#"{SHOW}
            local last
            for _, case in ipairs(cases) do
              local ok, e = pcall(_G[case.service][case.operation], case.input)
              assert(not ok and e.status == 400, e)
              assert(e.message:find("<secret>", 1, true), case.operation .. ": " .. e.message)
              for name, value in pairs(e) do print(name, value) end
              show(e)
              last = e
            end
            error(last)"#
        ));
        let ran = ran.code(1).says("<secret>");
        let sent = server.requests();
        assert_eq!(sent.len(), operations.len(), "{}", ran.stderr);
        for request in sent {
            let has_secret =
                request.body.contains(CANARY) || request.parameters().iter().any(|(_, v)| v.starts_with(AS_BLOB));
            assert!(has_secret, "{} was sent without its secret: {}", request.operation(), request.body);
        }
        saw_none(&ran);
    }
}

#[test]
fn secret_outputs_are_never_shown_but_can_be_revealed() {
    let operations = operations(|operation| operation.output().holds_secrets());
    assert!(operations.len() > 20, "{}", operations.len());
    for format in ["text", "json"] {
        for output in ["table", "json", "jsonl", "csv", "md", "html"] {
            let server = Server::start(plant);
            let ran =
                loud(&server, format).args(["--output", output]).stdin(&cases(&operations, &Required)).chunk(&format!(
                    r#"{SHOW}
                local function count(value)
                  if type(value) == "table" then
                    local all = 0
                    for _, inner in pairs(value) do all = all + count(inner) end
                    return all
                  end
                  local is_secret = type(value) == "userdata" and tostring(value) == "<secret>"
                  return is_secret and reveal(value):find("{CANARY}") and 1 or 0
                end
                local lost = {{}}
                for _, case in ipairs(cases) do
                  local operation = _G[case.service][case.operation]
                  local answer = operation(case.input)
                  show(answer)
                  if case.lists then show(operation.all(case.input)) end
                  if count(answer) == 0 then lost[#lost + 1] = case.service .. "." .. case.operation end
                end
                assert(#lost == 0, "no secret arrived from " .. table.concat(lost, ", "))
                error({{message = "with an answer", answer = _G.ssm.get_parameter {{ name = "x" }}}})"#
                ));
            saw_none(&ran.code(1).says("with an answer"));
        }
    }
}

#[test]
fn a_secret_can_be_passed_to_another_call() {
    let server = Server::start(|request| match request.operation().as_str() {
        "PutParameter" => Reply::json(r#"{"Version": 1}"#),
        _ => plant(request),
    });
    loud(&server, "text")
        .chunk(
            "local value = ssm.get_parameter{name='a'}.parameter.value
             assert(value == ssm.get_parameter{name='a'}.parameter.value and value ~= tostring(value))
             ssm.put_parameter{name='b', value=value, type='SecureString', tags={Copy=value}}",
        )
        .code(0);
    let sent = server.requests().pop().expect("a request").json();
    assert_eq!(sent["Value"], json!(canary("answer")));
    assert_eq!(sent["Tags"], json!([{"Key": "Copy", "Value": canary("answer")}]));
}

#[test]
fn secrets_of_the_sandbox_are_never_shown() {
    let ran = Shell::new().sandbox().args(["-vv", "--trace"]).chunk(&format!(
        "local role = 'arn:aws:iam::210987654321:role/moonfleet-operator'
         local keys = sts.assume_role{{role_arn=role, role_session_name='canary'}}.credentials
         assert(#reveal(keys.secret_access_key) == 40 and keys.access_key_id:find('^ASIA'))
         ssm.put_parameter{{name='/c/secure', value='{CANARY}', type='SecureString'}}
         ssm.put_parameter{{name='/c/plain', value='open', type='String'}}
         ssm.put_parameter{{name='/c/list', value='a,b', type='StringList'}}
         local values = {{}}
         for _, parameter in ipairs(ssm.get_parameters_by_path.all{{path='/c', with_decryption=true}}) do
           values[parameter.name] = parameter.value
           report.print(parameter)
         end
         assert(values['/c/plain'] == 'open' and values['/c/list'] == 'a,b')
         assert(reveal(values['/c/secure']) == '{CANARY}' and tostring(values['/c/secure']) == '<secret>')
         report.print(keys)
         error('it is ' .. reveal(values['/c/secure']) .. reveal(keys.secret_access_key))"
    ));
    saw_none(&ran.code(1).says("it is <secret><secret>"));
}

#[test]
fn reveal_names_its_correct_use() {
    let parameter = "ssm.put_parameter{name='/a', value='hunter2', type='SecureString'}
                     local value = ssm.get_parameter{name='/a', with_decryption=true}.parameter.value ";
    let run = |lua: &str| Shell::new().sandbox().chunk(&format!("{parameter}{lua}"));
    run("print(reveal(value), reveal('x'), reveal(nil), reveal(3))").code(0).printed("hunter2\tx\tnil\t3\n");
    run("reveal{value}").code(1).says("reveal(parameter.value)");
    for joined in ["'-p' .. value", "value .. '!'", "value .. value"] {
        run(&format!("print({joined})")).code(1).says("use reveal(value) for its text");
    }
    let shown = "ssm.put_parameter{name='/b', value=tostring(value), type='SecureString'}";
    run(shown).code(1).says("value: <secret> is only the placeholder of a secret");
}

#[test]
fn secrets_in_refused_calls_are_not_repeated() {
    for (option, input, code) in [
        ("--read-only", format!("user_name='x', password='{CANARY}'"), 4),
        ("--trace", format!("user='x', password='{CANARY}'"), 1),
        ("--trace", format!("user_name='x', pasword='{CANARY}'"), 1),
        ("--trace", format!("user_name='x', password={{'{CANARY}'}}"), 1),
    ] {
        let call = format!("local _, e = pcall(iam.create_login_profile, {{{input}}})");
        let ran = Shell::new().sandbox().arg(option).chunk(&format!("{call} log.warn('{CANARY}', e) error(e)"));
        saw_none(&ran.code(code).says("WARN <secret>").says("moonfleet: -e:1: iam.create_login_profile"));
    }
}

// Panics. No input is known that makes the program panic, so the test process itself panics.

const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

#[test]
#[ignore = "the next test starts it"]
fn a_process_that_panics() {
    let ended = bug::catch(|| {
        known_secrets::remember_environment();
        panic!("at {}", std::env::var(SECRET).expect("a secret"))
    });
    assert_eq!(format!("{ended:?}"), format!("{:?}", ExitCode::from(1)));
}

#[test]
fn a_panic_names_its_position_and_no_secret() {
    let this = std::env::current_exe().expect("a test is a program");
    let mut child = Command::new(this);
    child.args(["--exact", "secrets::a_process_that_panics", "--ignored", "--nocapture"]).env(SECRET, CANARY);
    let output = child.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("moonfleet: a bug in moonfleet: at <secret> (tests/in_process/secrets.rs:"), "{text}");
    assert!(text.contains("report it") && !text.contains(CANARY), "{text}");
}

// The history of the prompt.

#[cfg(unix)]
#[test]
fn the_history_contains_no_secrets_and_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;

    let (mut command, home) = Shell::new().sandbox().env("TERM", "xterm").into_command();
    // SAFETY: `umask` only sets a number of the child process.
    unsafe {
        command.pre_exec(|| {
            libc::umask(0);
            Ok(())
        });
    }
    let mut session = rexpect::session::spawn_command(command, Some(20_000)).expect("a pseudo-terminal");
    const PROMPT: &str = "sandbox eu-central-1> ";
    session.exp_string(PROMPT).expect("a prompt");
    for (line, answer) in [
        (format!("iam.change_password{{old_password='x', new_password='{CANARY}'}}"), "does not simulate"),
        (format!("iam.create_login_profile{{user_name='x', password={{'{CANARY}'}}}}"), "expected string"),
        (format!("ssm.put_parameter{{name='/a', value='{CANARY}', type='SecureString'}}"), "version"),
        (format!("text = '{CANARY}'"), "\r\n"),
        ("ssm.get_parameter{name='/a', with_decryption=true}.parameter.value".to_owned(), "\n<secret>"),
        ("reveal(ssm.get_parameter{name='/a', with_decryption=true}.parameter.value)".to_owned(), "\nCANARY"),
        ("6 * 7".to_owned(), "\n42"),
    ] {
        session.send_line(&line).expect("a terminal");
        session.exp_string(answer).unwrap_or_else(|e| panic!("{line}: {e}"));
        session.exp_string(PROMPT).unwrap_or_else(|e| panic!("after {line}: {e}"));
    }
    session.send_control('d').expect("a terminal");
    session.exp_eof().expect("it leaves");

    let state = home.path().join(".local");
    let history = std::fs::read_to_string(state.join("state/moonfleet/history")).expect("a history");
    assert!(history.contains("6 * 7") && history.contains("reveal("), "{history}");
    files_have_none(home.path());
    let mut folders = vec![state];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let mode = std::fs::metadata(&path).expect("it was made").permissions().mode() & 0o777;
            assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
            folders.extend(path.is_dir().then_some(path));
        }
    }
}
