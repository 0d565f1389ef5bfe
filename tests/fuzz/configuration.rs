//! The program's settings and AWS's configuration files.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use moonfleet::settings;
use moonfleet_client::{CallOptions, Hooks, Principal, Session, SessionSettings};
use proptest::prelude::*;

use crate::mutate::{Bytes, damaged};
use crate::watch::{CANARY, assert_safe, cases, watched};
use crate::wire::RawServer;

/// The folder that the environment of this process names, and the server for the SDK's own requests.
pub(crate) struct Environment {
    folder: tempfile::TempDir,
    server: RawServer,
    /// Held while a test uses the files: there is one configuration at a time.
    one: Mutex<()>,
}

pub(crate) fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("moonfleet")).expect("a folder in it");
        let server = RawServer::start();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let variables = [
            ("HOME", folder.path().as_os_str().to_owned()),
            ("XDG_CONFIG_HOME", folder.path().as_os_str().to_owned()),
            ("AWS_CONFIG_FILE", path("config")),
            ("AWS_SHARED_CREDENTIALS_FILE", path("credentials")),
            ("AWS_ENDPOINT_URL", server.url.clone().into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE".into()),
            ("AWS_SECRET_ACCESS_KEY", format!("{CANARY}-environment").into()),
        ];
        for (name, value) in variables {
            // SAFETY: every test that reads the environment calls this function first.
            unsafe { std::env::set_var(name, value) };
        }
        Environment { folder, server, one: Mutex::new(()) }
    })
}

impl Environment {
    fn file(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file in a temporary folder");
        path
    }
}

const SETTINGS: &[&str] = &[
    "output = 'json'\ncolor = 'never'\npager = 'less -R'\nread_only = true\nmax_targets = '10%'\nprotect_tag = 'keep'\nblocked_accounts = ['123456789012']\nconfirm = 'write'\n[profile.prod]\nread_only = true\nmax_targets = 20\n",
    "[smtp]\nserver = 'mail.example:587'\nfrom = 'a@example.org'\nuser = 'a'\npassword = { env = 'MAIL' }\n[deliver.ops]\nwebhook = 'https://hooks.example/hunter2canary'\nmail = ['ops@example.org']\nsend = 'summary'\nattach = ['csv']\ntimeout = '30s'\nheaders = { Authorization = 'Bearer hunter2canary' }\n",
    "[smtp]\nserver = 'mail.example'\nfrom = 'a@example.org'\npassword = 'hunter2canary'\n",
    "[deliver.ops]\nwebhook = { env = 'hunter2canary' }\nheaders = ['Bearer hunter2canary']\n",
];

const TOML: &[&str] = &[
    "=",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "#",
    "\n",
    ".",
    ",",
    "\\u0000",
    "\\",
    "true",
    "1979-05-27T07:32:00Z",
    "0x",
    "1_000",
    "inf",
    "-nan",
    "a.b.c = 1\n",
    "[profile.prod]\n",
    "read_only = 'yes'\n",
    "webhook = 1\n",
    "[deliver]\n",
];

const AWS: &[&str] = &[
    "[default]\nregion = eu-central-1\nretry_mode = standard\nmax_attempts = 3\n[profile prod]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = hunter2canary-key\naws_session_token = hunter2canary-token\n",
    "[default]\nrole_arn = arn:aws:iam::123456789012:role/operator\nsource_profile = base\nduration_seconds = 900\nexternal_id = x\n[profile base]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = hunter2canary-key\nregion = us-east-1\n",
    "[default]\nservices = local\n[services local]\nec2 =\n  endpoint_url = http://127.0.0.1:1\n[sso-session a]\nsso_region = eu-central-1\n",
];

const INI: &[&str] = &[
    "[",
    "]",
    "=",
    "\n",
    " ",
    "\t",
    "#",
    ";",
    "[default]\n",
    "[profile default]\n",
    "[profile a b]\n",
    "region=\n",
    "\n  s3 =\n    a = b\n",
    "source_profile = default\n",
    "credential_source = Environment\n",
    "max_attempts = 0\n",
    "endpoint_url = x\n",
    "duration_seconds = -1\n",
    "role_arn = x\n",
    "retry_mode = adaptive\n",
    "role_session_name = \u{e9}\n",
    "web_identity_token_file = /nowhere\n",
];

/// Fails if an error contains a secret, unless a damage has moved a secret away from its key: an error may show the
/// region, or an unknown key.
fn assert_safe_unless_misplaced(files: &[&[u8]], error: &str) {
    const KEYS: &[&str] = &["aws_secret_access_key", "aws_session_token", "password", "webhook", "headers"];
    let is_in_place = |line: &str| KEYS.iter().any(|key| line.trim_start().starts_with(key));
    let texts = files.iter().map(|file| String::from_utf8_lossy(file));
    if texts.into_iter().all(|text| text.lines().filter(|line| line.contains(CANARY)).all(is_in_place)) {
        assert_safe(error);
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn settings_files(Bytes(text) in damaged(SETTINGS, TOML)) {
        let environment = environment();
        let _one = environment.one.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        environment.file("moonfleet/settings.toml", &text);
        if let Err(error) = watched(&text, settings::load) {
            assert_safe_unless_misplaced(&[&text], &error.to_string());
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn aws_configuration(Bytes(config) in damaged(AWS, INI), Bytes(credentials) in damaged(AWS, INI), profile in prop::option::of("default|prod|base")) {
        let environment = environment();
        let _one = environment.one.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        environment.file("config", &config);
        environment.file("credentials", &credentials);
        environment.server.answer(200, IDENTITY.as_bytes());
        let settings = SessionSettings {
            principal: Principal { profile, endpoint_url: Some(environment.server.url.clone()), ..Principal::default() },
            region: None,
            calls: CallOptions { timeout: Some(Duration::from_secs(20)), retries: Some(0), ..CallOptions::default() },
            ..SessionSettings::default()
        };
        watched(&[&config[..], &credentials].concat(), || {
            let session = Session::new(settings, Hooks::default());
            for error in [futures_executor::block_on(session.profiles()).err(), futures_executor::block_on(session.caller()).err()] {
                let Some(error) = error else { continue };
                assert_safe_unless_misplaced(&[&config, &credentials], &error.to_string());
            }
        });
    }
}

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
