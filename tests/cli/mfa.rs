//! Credentials that passed MFA: sessions without a role, and the cache that the AWS CLI shares.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::sessions::sts;
use crate::support::Shell;
use crate::support::moto::python_with_botocore;
use crate::support::server::{Request, Server};

const CONFIG: &str = "[profile admin]\nrole_arn = arn:aws:iam::210987654321:role/admin\nsource_profile = default\n\
                      mfa_serial = arn:aws:iam::123456789012:mfa/me\nduration_seconds = 1800\nexternal_id = e-1\n\
                      region = eu-west-1\n[default]\nregion = eu-west-1\n";
const KEYS: &str = "[default]\naws_access_key_id = AKIAME\naws_secret_access_key = x\n";
const SERIAL: &str = "arn:aws:iam::123456789012:mfa/me";

/// Gets the credentials of the profile `admin` as the AWS CLI does. Without an argument, a question fails.
const AWS_CLI: &str = r#"
import os, sys
from botocore.session import Session
from botocore.utils import JSONFileCache
session = Session(profile="admin")
provider = session.get_component("credential_provider").get_provider("assume-role")
provider.cache = JSONFileCache(os.path.expanduser("~/.aws/cli/cache"))
provider._prompter = lambda question: sys.argv[1]
print(session.get_credentials().get_frozen_credentials().access_key)
"#;

fn home() -> TempDir {
    let shell = Shell::new().file(".aws/config", CONFIG).file(".aws/credentials", KEYS);
    shell.home
}

fn aws_cli(python: &Path, home: &Path, server: &Server, code: &[&str]) -> String {
    let output = Command::new(python)
        .args(["-c", AWS_CLI])
        .args(code)
        .env_clear()
        .env("HOME", home)
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", python.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs a chunk at a terminal, answers its question for a code, and waits for this text.
fn at_terminal(home: TempDir, server: &Server, options: &[&str], chunk: &str, expected: &str) -> TempDir {
    let shell = Shell::at(home).args(["--endpoint-url", &server.url]).args(options);
    let (command, home) = shell.arg("-e").arg(chunk).into_command();
    let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).expect("a terminal");
    terminal.exp_string("MFA code of arn:aws:iam::123456789012:mfa/me").expect("it asks");
    terminal.send_line("123456").expect("it listens");
    terminal.exp_string(expected).expect("it goes on");
    terminal.exp_eof().expect("it ends");
    home
}

fn count(server: &Server, operation: &str) -> usize {
    server.operations().iter().filter(|other| *other == operation).count()
}

#[test]
fn credentials_that_the_aws_cli_keeps_are_used() {
    let Some(python) = python_with_botocore() else { return };
    let server = Server::start(sts);
    let home = home();
    assert_eq!(aws_cli(&python, home.path(), &server, &["123456"]), "AKIAROLE210987654321");
    let shell = Shell::at(home).args(["--endpoint-url", &server.url, "--profile", "admin"]);
    assert_eq!(shell.eval("aws.whoami().id"), "AKIAROLE210987654321");
    assert_eq!(count(&server, "AssumeRole"), 1);
}

#[test]
fn the_aws_cli_uses_credentials_that_are_kept() {
    let Some(python) = python_with_botocore() else { return };
    let server = Server::start(sts);
    let home = at_terminal(home(), &server, &["--profile", "admin"], "print(aws.whoami().id)", "AKIAROLE210987654321");
    let folder = home.path().join(".aws/cli/cache");
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(mode(&files[0]), 0o600);
    assert_eq!(aws_cli(&python, home.path(), &server, &[]), "AKIAROLE210987654321");
    assert_eq!(count(&server, "AssumeRole"), 1);
}

#[test]
fn credentials_that_expire_soon_are_not_used() {
    let Some(python) = python_with_botocore() else { return };
    let server = Server::start(sts);
    let home = home();
    aws_cli(&python, home.path(), &server, &["123456"]);
    let folder = home.path().join(".aws/cli/cache");
    let file = std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("a file").path();
    let text = std::fs::read_to_string(&file).expect("a text").replace("2036-01-01", "2020-01-01");
    std::fs::write(&file, text).expect("our own file");
    at_terminal(home, &server, &["--profile", "admin"], "print(aws.whoami().id)", "AKIAROLE210987654321");
    assert_eq!(count(&server, "AssumeRole"), 2);
}

#[test]
fn roles_without_mfa_are_not_kept() {
    let server = Server::start(sts);
    let config = CONFIG.replace("mfa_serial = arn:aws:iam::123456789012:mfa/me\n", "");
    let shell = Shell::new().file(".aws/config", &config).file(".aws/credentials", KEYS);
    let ran = shell.args(["--endpoint-url", &server.url, "--profile", "admin"]).chunk("aws.whoami()").code(0);
    assert!(!ran.home.path().join(".aws/cli").exists());
}

#[test]
fn a_session_without_a_role_passes_mfa_once() {
    let server = Server::start(sts);
    let session = format!("local s = aws.session{{mfa_serial='{SERIAL}', duration='1h'}}");
    let home = at_terminal(home(), &server, &[], &format!("{session} print(s.whoami().id)"), "AKIAROLESESSION");
    let request = &server.requests()[0];
    assert_eq!(request.operation(), "GetSessionToken");
    for (name, value) in [("TokenCode", "123456"), ("SerialNumber", SERIAL), ("DurationSeconds", "3600")] {
        assert_eq!(request.parameter(name).as_deref(), Some(value));
    }
    // The next run has the credentials, and assumes a role with them.
    let role = "arn:aws:iam::333333333333:role/x";
    let shell = Shell::at(home).args(["--endpoint-url", &server.url]);
    assert_eq!(shell.returned(&format!("{session} return s.assume('{role}').whoami().account")), "333333333333");
    assert_eq!(count(&server, "GetSessionToken"), 1);
    let keys: Vec<_> = server.requests().iter().skip(2).map(Request::key).collect();
    assert_eq!(keys, ["AKIAROLESESSION", "AKIAROLE333333333333"]);
}

#[test]
fn options_of_a_session_need_their_device() {
    Shell::new().chunk("aws.session{duration='1h'}").code(1).says("option `duration` needs option `mfa_serial`");
    Shell::new()
        .chunk(&format!("aws.session{{mfa_serial='{SERIAL}', duration='1m'}}"))
        .code(1)
        .says("must be at least \"15m\"");
}
