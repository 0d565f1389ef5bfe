//! Sessions: profiles, roles, MFA, credentials, and invalid AWS settings.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Shell;
use crate::support::server::{Reply, Request, Server};

/// An STS that knows the account of every key, and issues a different key for each role.
pub(crate) fn sts(request: &Request) -> Reply {
    match request.operation().as_str() {
        "GetCallerIdentity" => {
            let key = request.key();
            let account = key.strip_prefix("AKIAROLE").unwrap_or("123456789012");
            Reply::xml(format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::{account}:user/{key}</Arn><UserId>{key}</UserId><Account>{account}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            ))
        }
        kind @ ("AssumeRole" | "AssumeRoleWithWebIdentity" | "GetSessionToken") => {
            let arn = request.parameter("RoleArn").unwrap_or_else(|| "arn:aws:iam::SESSION".to_owned());
            let account = arn.split(':').nth(4).unwrap_or_default();
            Reply::xml(format!(
                "<{kind}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{kind}Result>\
                 <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>\
                 <Credentials><AccessKeyId>AKIAROLE{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials>\
                 </{kind}Result></{kind}Response>"
            ))
        }
        other => panic!("{other} was not expected"),
    }
}

fn on(server: &Server) -> Shell {
    Shell::new().endpoint(&server.url)
}

const OPERATOR: &str = "arn:aws:iam::210987654321:role/operator";

#[test]
fn whoami_returns_account_arn_and_region_with_one_call() {
    let server = Server::start(sts);
    let result = on(&server).returned("aws.whoami() return {aws.whoami(), aws.account}");
    let expected = json!({"account": "123456789012", "arn": "arn:aws:iam::123456789012:user/AKIAEXAMPLE",
                          "id": "AKIAEXAMPLE", "region": "eu-central-1"});
    assert_eq!(result, json!([expected, "123456789012"]));
    assert_eq!(server.operations(), ["GetCallerIdentity"]);
}

#[test]
fn a_role_is_assumed_once_with_its_options() {
    let server = Server::start(sts);
    let script = format!(
        "local s = aws.assume('{OPERATOR}', {{external_id='e', session_name='night', duration='30m'}})
         s.whoami()
         aws.session{{role_arn='{OPERATOR}', external_id='e', session_name='night', duration='30m', region='eu-west-1'}}.whoami()
         return {{s.account, s:whoami().account, aws.whoami().account}}"
    );
    assert_eq!(on(&server).returned(&script), json!(["210987654321", "210987654321", "123456789012"]));
    let assumed: Vec<_> = server.requests().into_iter().filter(|r| r.operation() == "AssumeRole").collect();
    assert_eq!(assumed.len(), 1, "{:?}", server.operations());
    for (name, value) in [("ExternalId", "e"), ("RoleSessionName", "night"), ("DurationSeconds", "1800")] {
        assert_eq!(assumed[0].parameter(name).as_deref(), Some(value));
    }
}

#[test]
fn credentials_are_kept_in_memory_only() {
    let server = Server::start(sts);
    let ran = on(&server).chunk(&format!("print(aws.assume('{OPERATOR}').whoami().account)")).code(0);
    let ran = ran.printed("210987654321\n");
    assert!(server.requests().iter().any(|request| request.key() == "AKIAROLE210987654321"));
    let found = std::process::Command::new("grep").args(["-rl", "AKIA"]).arg(ran.home.path()).output().expect("grep");
    assert_eq!((found.status.code(), String::from_utf8_lossy(&found.stdout)), (Some(1), "".into()));
}

#[test]
fn a_role_can_assume_a_role() {
    let server = Server::start(sts);
    let second = "arn:aws:iam::333333333333:role/second";
    let result = on(&server).returned(&format!("return aws.assume('{OPERATOR}').assume('{second}').whoami().account"));
    assert_eq!(result, "333333333333");
    let keys: Vec<_> = server.requests().iter().map(Request::key).collect();
    assert_eq!(keys, ["AKIAEXAMPLE", "AKIAROLE210987654321", "AKIAROLE333333333333"]);
}

#[test]
fn the_default_session_can_be_switched_and_back() {
    let server = Server::start(sts);
    let script = format!(
        "local before = aws.use(aws.assume('{OPERATOR}'))
         local inside = sts.get_caller_identity{{}}.account
         aws.use(before)
         local after = sts.get_caller_identity{{}}.account
         aws.use(aws.session{{region='eu-west-1'}})
         local region = aws.region
         aws.use()
         return {{inside, after, region, aws.region}}"
    );
    assert_eq!(on(&server).returned(&script), json!(["210987654321", "123456789012", "eu-west-1", "eu-central-1"]));
    on(&server).chunk("aws.use('prod')").code(1).says("aws.use: expected a session");
}

#[test]
fn profiles_are_listed_and_unknown_names_get_a_suggestion() {
    let config = "[default]\nregion = eu-west-1\n[profile staging]\nregion = eu-west-1\n";
    let shell = || Shell::new().file(".aws/config", config);
    assert_eq!(shell().eval("aws.profiles()"), json!(["default", "staging"]));
    shell()
        .chunk("aws.session{profile='stagign'}.whoami()")
        .code(1)
        .says("no profile 'stagign'")
        .says("did you mean 'staging'?");
}

#[test]
fn an_invalid_role_is_an_error_before_any_call() {
    let server = Server::start(sts);
    on(&server).chunk("aws.assume('operator')").code(1).says("\"operator\" is not the ARN of a role");
    on(&server).chunk(&format!("aws.assume('{OPERATOR}', {{duration='1m'}})")).code(1).says("15m");
    on(&server).chunk("aws.session{external_id='x'}").code(1).says("`external_id` needs option `role_arn`");
    server.saw_nothing();
}

/// A profile whose credentials come from this configuration, with a proxy that would see calls to other endpoints.
fn chained(server: &Server, proxy: &Server, config: &str) -> Shell {
    let keys = "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = x\n";
    let shell = Shell::new().file(".aws/config", config).file(".aws/credentials", keys).file("token", "signed\n");
    let shell = shell.env("HTTPS_PROXY", &proxy.url).env("HTTP_PROXY", &proxy.url).env("NO_PROXY", "127.0.0.1");
    shell.args(["--endpoint-url", &server.url, "--profile", "chained"])
}

#[test]
fn roles_of_profiles_are_assumed_at_the_given_endpoint() {
    let role = "[profile chained]\nregion = eu-west-1\nrole_arn = arn:aws:iam::210987654321:role/x\n";
    let middle = "[profile middle]\nrole_arn = arn:aws:iam::333333333333:role/y\nsource_profile = base\n";
    let twice = format!("{role}source_profile = middle\n{middle}[profile base]\n");
    let own = "aws_access_key_id = AKIAOWN\naws_secret_access_key = x\nsource_profile = chained\n";
    let cases = [
        (format!("{role}source_profile = base\n[profile base]\n"), vec!["AKIABASE", "AKIAROLE210987654321"]),
        (twice, vec!["AKIABASE", "AKIAROLE333333333333", "AKIAROLE210987654321"]),
        (format!("{role}{own}"), vec!["AKIAOWN", "AKIAROLE210987654321"]),
        (format!("{role}credential_source = Environment\n"), vec!["AKIAENV", "AKIAROLE210987654321"]),
        (format!("{role}web_identity_token_file = token\n"), vec!["", "AKIAROLE210987654321"]),
    ];
    for (config, keys) in cases {
        let (server, proxy) = (Server::start(sts), Server::always(Reply::Hangup));
        let shell = chained(&server, &proxy, &config).env("AWS_ACCESS_KEY_ID", "AKIAENV");
        assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY", "x").eval("aws.whoami().account"), "210987654321");
        assert_eq!(server.requests().iter().map(Request::key).collect::<Vec<_>>(), keys, "{config}");
        proxy.saw_nothing();
    }
}

#[test]
fn a_web_identity_token_is_used_if_there_are_no_keys() {
    let server = Server::start(sts);
    let shell = Shell::new().file("token", "signed\n").args(["--endpoint-url", &server.url]);
    let shell = shell.env("AWS_REGION", "eu-west-1").env("AWS_ROLE_ARN", OPERATOR);
    assert_eq!(shell.env("AWS_WEB_IDENTITY_TOKEN_FILE", "token").eval("aws.whoami().account"), "210987654321");
    assert_eq!(server.requests()[0].parameter("WebIdentityToken").as_deref(), Some("signed"));
}

#[test]
fn profiles_without_credentials_are_errors() {
    let (server, proxy) = (Server::start(sts), Server::always(Reply::Hangup));
    let role = "[profile chained]\nregion = eu-west-1\nrole_arn = arn:aws:iam::210987654321:role/x\n";
    let other = "[profile other]\nrole_arn = arn:aws:iam::210987654321:role/y\nsource_profile = chained\n";
    for (rest, expected) in [
        (format!("source_profile = other\n{other}"), "is circular: chained, other, chained"),
        ("source_profile = absent\n".to_owned(), "source_profile = absent"),
        ("source_profile = chained\n".to_owned(), "has no keys"),
        ("credential_source = Vault\n".to_owned(), "credential_source = Vault"),
        (String::new(), "needs a source_profile"),
    ] {
        let ran = chained(&server, &proxy, &format!("{role}{rest}")).chunk("aws.whoami()").code(1);
        ran.says("BadConfiguration").says(expected);
    }
    server.saw_nothing();
    proxy.saw_nothing();
}

#[test]
fn container_credentials_are_used() {
    let keys =
        r#"{"AccessKeyId":"AKIACONTAINER","SecretAccessKey":"s","Token":"t","Expiration":"2036-01-01T00:00:00Z"}"#;
    let host = Server::always(Reply::rest(keys));
    let server = Server::start(sts);
    let shell = Shell::new().args(["--endpoint-url", &server.url, "--region", "eu-west-1"]);
    let shell = shell.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/keys", host.url));
    assert_eq!(shell.eval("aws.whoami().id"), "AKIACONTAINER");
}

const MFA: &str = "[profile admin]\nrole_arn = arn:aws:iam::210987654321:role/admin\nsource_profile = default\n\
                   mfa_serial = arn:aws:iam::123456789012:mfa/me\nduration_seconds = 1800\nregion = eu-west-1\n";
const KEYS: &str = "[default]\naws_access_key_id = AKIAME\naws_secret_access_key = x\n";

#[test]
fn mfa_without_a_terminal_is_an_immediate_error() {
    let server = Server::start(sts);
    let shell = Shell::new().file(".aws/config", MFA).file(".aws/credentials", KEYS);
    let shell = shell.args(["--endpoint-url", &server.url, "--profile", "admin"]);
    let (mut command, _home) = shell.arg("-e").arg("aws.whoami()").into_command();
    // A new session has no terminal, even if the tests run at one.
    // SAFETY: setsid is safe to call between fork and exec.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(&mut command, || {
            libc::setsid();
            Ok(())
        });
    }
    let started = Instant::now();
    let output = command.stdin(std::process::Stdio::null()).output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("MFA code is needed, but there is no terminal"), "{stderr}");
    assert!(started.elapsed() < Duration::from_secs(5));
    server.saw_nothing();
}

#[test]
fn the_mfa_code_is_asked_once_at_the_terminal() {
    let server = Server::start(sts);
    let shell = Shell::new().file(".aws/config", MFA).file(".aws/credentials", KEYS);
    let shell = shell.args(["--endpoint-url", &server.url, "--profile", "admin"]);
    let chunk = "aws.whoami() print(aws.session{region='eu-north-1'}.whoami().account)";
    let (command, _home) = shell.arg("-e").arg(chunk).into_command();
    let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).expect("a terminal");
    terminal.exp_string("MFA code of arn:aws:iam::123456789012:mfa/me").expect("it asks");
    terminal.send_line("123456").expect("it listens");
    terminal.exp_string("210987654321").expect("it goes on");
    terminal.exp_eof().expect("it ends");
    let assumed: Vec<_> = server.requests().into_iter().filter(|r| r.operation() == "AssumeRole").collect();
    assert_eq!(assumed.len(), 1, "{:?}", server.operations());
    let expected =
        [("TokenCode", "123456"), ("SerialNumber", "arn:aws:iam::123456789012:mfa/me"), ("DurationSeconds", "1800")];
    for (name, value) in expected {
        assert_eq!(assumed[0].parameter(name).as_deref(), Some(value));
    }
    assert_eq!(assumed[0].key(), "AKIAME");
}

#[test]
fn errors_in_the_configuration_name_the_file_and_the_key() {
    let server = Server::start(sts);
    let cases = [
        ("[default]\nretry_mode = often\n", "retry_mode = often"),
        ("[default]\nmax_attempts = 0\n", "max_attempts = 0"),
        ("[default]\nendpoint_url = localhost\n", "endpoint_url = localhost"),
        ("[default]\nduration_seconds = long\n", "duration_seconds = long"),
    ];
    for (config, key) in cases {
        let ran = on(&server).file(".aws/config", config).chunk("aws.whoami()").code(1);
        ran.says(key).says(".aws/config").says("must be").never_says("panicked");
    }
    for (variable, value) in [("AWS_RETRY_MODE", "often"), ("AWS_MAX_ATTEMPTS", "0"), ("AWS_MAX_ATTEMPTS", "many")] {
        let ran = on(&server).env(variable, value).chunk("aws.whoami()").code(1);
        ran.says(variable).says(value).says("must be").never_says("panicked");
    }
    server.saw_nothing();
}

#[test]
fn unreadable_files_are_errors_with_their_name() {
    let server = Server::start(sts);
    for (file, text) in [(".aws/config", "[[[\n"), (".aws/credentials", "[default\nkey\n"), (".aws/config", "x = 1\n")]
    {
        let shell = Shell::new().args(["--endpoint-url", &server.url, "--region", "eu-west-1"]);
        let ran = shell.file(file, text).chunk("aws.whoami()").code(1);
        ran.says("BadConfiguration").says(file).never_says("panicked");
    }
    server.saw_nothing();
}

#[cfg(unix)]
fn with_process(script: &str) -> Shell {
    use std::os::unix::fs::PermissionsExt;
    let shell = Shell::new().file("keys.sh", &format!("#!/bin/sh\n{script}\n"));
    let program = shell.home.path().join("keys.sh");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("our own file");
    let config = format!("[default]\nregion = eu-west-1\ncredential_process = {}\n", program.display());
    shell.file(".aws/config", &config)
}

#[cfg(unix)]
#[test]
fn a_failing_or_hanging_credential_process_is_an_error() {
    let server = Server::start(sts);
    let on = |script| with_process(script).args(["--endpoint-url", &server.url]);
    on("echo the vault is locked >&2; exit 1")
        .chunk("aws.whoami()")
        .code(1)
        .says("BadCredentials")
        .says("vault is locked");
    on("echo no JSON").chunk("aws.whoami()").code(1).says("BadCredentials");
    let started = Instant::now();
    on("sleep 60")
        .chunk("sts.get_caller_identity({}, {timeout='1s'})")
        .code(1)
        .says("sts.get_caller_identity")
        .says("Timeout");
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    server.saw_nothing();
}

#[cfg(unix)]
#[test]
fn a_credential_process_can_ask_on_standard_error() {
    let server = Server::start(sts);
    let script = "printf 'Code of the vault: ' >&2\nread code\n\
                  echo \"{\\\"Version\\\": 1, \\\"AccessKeyId\\\": \\\"AKIA$code\\\", \\\"SecretAccessKey\\\": \\\"s\\\"}\"";
    let shell = with_process(script).args(["--endpoint-url", &server.url]);
    let (command, _home) = shell.arg("-e").arg("print(aws.whoami().id)").into_command();
    let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).expect("a terminal");
    terminal.exp_string("Code of the vault: ").expect("it asks");
    terminal.send_line("42").expect("it listens");
    terminal.exp_string("AKIA42").expect("it goes on");
    terminal.exp_eof().expect("it ends");
}

#[cfg(unix)]
#[test]
fn the_aws_cli_gives_the_credentials_of_its_login() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(sts);
    let aws = "#!/bin/sh\n[ \"$*\" = \"configure export-credentials --format process --profile at work\" ] || exit 9\n\
               echo '{\"Version\": 1, \"AccessKeyId\": \"AKIALOGIN\", \"SecretAccessKey\": \"s\"}'\n";
    let config = "[profile \"at work\"]\nlogin_session = arn:aws:iam::123456789012:user/me\nregion = eu-west-1\n";
    let shell = || {
        let shell = Shell::new().file(".aws/config", config);
        shell.args(["--endpoint-url", &server.url, "--profile", "at work"])
    };
    let with_cli = shell().file("bin/aws", aws);
    let folder = with_cli.home.path().join("bin");
    std::fs::set_permissions(folder.join("aws"), std::fs::Permissions::from_mode(0o755)).expect("our own file");
    assert_eq!(with_cli.env("PATH", &folder).eval("aws.whoami().id"), "AKIALOGIN");
    shell().env("PATH", "").chunk("aws.whoami()").code(1).says("cannot start \"aws\" for credentials");
}

#[cfg(unix)]
#[test]
fn expired_credentials_are_renewed_once_for_all_calls() {
    // The SDK renews up to ten seconds early, at random, so these credentials last 3 to 13 seconds.
    let script = "echo x >> \"$HOME/asked\"\n\
                  n=$(wc -l < \"$HOME/asked\" | tr -d ' ')\n\
                  when=$(date -u -d '+13 seconds' +%Y-%m-%dT%H:%M:%SZ)\n\
                  echo \"{\\\"Version\\\": 1, \\\"AccessKeyId\\\": \\\"AKIA$n\\\", \\\"SecretAccessKey\\\": \\\"s\\\", \
                  \\\"SessionToken\\\": \\\"t\\\", \\\"Expiration\\\": \\\"$when\\\"}\"";
    let server = Server::start(sts);
    let chunk = "local regions = {'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'}
        local calls = 0
        task.map({1,2,3,4,5,6,7,8}, function(n)
          local s = aws.session{region=regions[n % 4 + 1]}
          local stop = os.time() + 15
          while os.time() < stop do s.sts.get_caller_identity{} calls = calls + 1 task.sleep('200ms') end
        end)
        print(calls)";
    let ran = with_process(script).args(["--endpoint-url", &server.url]).chunk(chunk).code(0);
    let calls: usize = ran.stdout.trim().parse().expect("a number");
    let asked = ran.read("asked").lines().count();
    let mut keys: Vec<_> = server.requests().iter().map(Request::key).collect();
    keys.dedup();
    keys.sort();
    keys.dedup();
    println!("{calls} calls, {asked} times credentials, {} keys used", keys.len());
    assert!(calls > 100, "{calls}");
    assert_eq!(server.requests().len(), calls, "a call was made twice");
    assert!((2..=6).contains(&asked), "{asked}");
    assert_eq!(keys.len(), asked, "credentials were asked for and not used");
}

#[test]
fn the_region_is_known_before_the_first_call() {
    let config = "[profile far]\nregion = ap-south-1\n";
    let shell = || Shell::new().file(".aws/config", config);
    assert_eq!(shell().env("AWS_REGION", "cn-north-1").eval("aws.region"), "cn-north-1");
    assert_eq!(shell().env("AWS_PROFILE", "far").eval("aws.region"), "ap-south-1");
    assert_eq!(shell().eval("aws.session{profile='far'}.region"), "ap-south-1");
    assert_eq!(shell().arg("--sandbox").env("AWS_REGION", "cn-north-1").eval("aws.region"), "eu-central-1");
    for shell in [shell().env("AWS_REGION", ""), shell().file(".aws/config", "[default]\nregion =\n")] {
        let keys = shell.env("AWS_ACCESS_KEY_ID", "AKIAME").env("AWS_SECRET_ACCESS_KEY", "s");
        keys.chunk("ec2.describe_vpcs()").code(1).says("no region is set");
    }
}

#[test]
fn whoami_respects_the_timeout_of_the_session() {
    let server = Server::start(|_| Reply::Silence(std::sync::Arc::default()));
    let started = Instant::now();
    on(&server).chunk("aws.session{timeout='1s', retries=0}.whoami()").code(1).says("Timeout");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn a_missing_or_invalid_services_section_is_an_error() {
    let server = Server::start(sts);
    let config = "[profile lost]\nservices = localstak\n[profile bad]\nservices = bad\n\
                  [services localstack]\nec2 =\n  endpoint_url = http://127.0.0.1:1\n\
                  [services bad]\nec2 =\n  endpoint_url = localhost\n";
    let keys = "[lost]\naws_access_key_id = a\naws_secret_access_key = s\n[bad]\naws_access_key_id = a\naws_secret_access_key = s\n";
    let on = || on(&server).file(".aws/config", config).file(".aws/credentials", keys);
    let ran = on().args(["--profile", "lost"]).chunk("aws.whoami()").code(1);
    ran.says("services = localstak").says(".aws/config").says("did you mean localstack?");
    let ran = on().args(["--profile", "bad"]).chunk("aws.whoami()").code(1);
    ran.says("endpoint_url = localhost of ec2 in [services bad]").says(".aws/config");
    server.saw_nothing();
}

#[test]
fn sso_uses_the_given_endpoint() {
    let config = "[profile sso]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
                  sso_account_id = 123456789012\nsso_role_name = reader\n";
    let token = json!({"startUrl": "https://x.awsapps.com/start", "region": "eu-west-1", "accessToken": "token",
                       "expiresAt": "2036-01-01T00:00:00Z"});
    let server = Server::start(|request| match request.path() {
        path if path.starts_with("/federation/credentials") => Reply::rest(
            json!({"roleCredentials": {"accessKeyId": "AKIASSO", "secretAccessKey": "s", "sessionToken": "t",
                   "expiration": 2_080_000_000_000_i64}})
            .to_string(),
        ),
        _ => sts(request),
    });
    // The name of the file is the SHA-1 of the start URL.
    let file = ".aws/sso/cache/3947de8b16688092197fa616c34e01335f21d256.json";
    let shell = || {
        let shell = Shell::new().file(".aws/config", config).env("AWS_REGION", "eu-central-1");
        shell.args(["--endpoint-url", &server.url, "--profile", "sso"])
    };
    assert_eq!(shell().file(file, &token.to_string()).eval("aws.whoami().id"), "AKIASSO");
    shell().chunk("aws.whoami()").code(1).says("log in: `aws sso login --profile sso`");
    // The token was revoked, or the session has ended.
    let refused = Server::start(|request| match request.path() {
        path if path.starts_with("/federation/credentials") => {
            Reply::rest(r#"{"message":"Session token not found or invalid"}"#)
                .status(401)
                .header("x-amzn-errortype", "UnauthorizedException")
        }
        _ => sts(request),
    });
    let shell = Shell::new().file(".aws/config", config).file(file, &token.to_string());
    let shell = shell.env("AWS_REGION", "eu-central-1").args(["--endpoint-url", &refused.url, "--profile", "sso"]);
    shell.chunk("aws.whoami()").code(1).says("Session token not found").says("log in: `aws sso login --profile sso`");
}
