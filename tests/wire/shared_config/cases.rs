//! The files and environments. A case without a reason is read as botocore reads it.

/// Files and an environment, and the call that they are for.
pub(super) struct Case {
    pub name: &'static str,
    /// Files below the home, which is also the working directory.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// `CONTAINER` in a value is replaced by the address of a server with a container's credentials.
    pub environment: Vec<(&'static str, &'static str)>,
    /// The profile that is chosen explicitly.
    pub profile: Option<&'static str>,
    pub service: &'static str,
    /// The configuration names the proxy's authority itself.
    pub trusts_by_itself: bool,
    /// Why the requests differ from botocore's, and ours.
    pub differs: Option<(&'static str, Vec<&'static str>)>,
}

impl Case {
    fn file(mut self, name: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.push((name, bytes.as_ref().to_vec()));
        self
    }

    fn config(self, text: impl AsRef<[u8]>) -> Self {
        self.file(".aws/config", text)
    }

    fn credentials(self, text: impl AsRef<[u8]>) -> Self {
        self.file(".aws/credentials", text)
    }

    fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    fn keys(self, key: &'static str) -> Self {
        self.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", "s")
    }

    fn region(self) -> Self {
        self.env("AWS_DEFAULT_REGION", "eu-west-1")
    }

    fn profile(self, name: &'static str) -> Self {
        Case { profile: Some(name), ..self }
    }

    fn service(self, service: &'static str) -> Self {
        Case { service, ..self }
    }

    fn trusts_by_itself(self) -> Self {
        Case { trusts_by_itself: true, ..self }
    }

    fn differs(self, reason: &'static str, ours: &[&'static str]) -> Self {
        Case { differs: Some((reason, ours.to_vec())), ..self }
    }
}

fn case(name: &'static str) -> Case {
    Case {
        name,
        files: Vec::new(),
        environment: Vec::new(),
        profile: None,
        service: "ec2",
        trusts_by_itself: false,
        differs: None,
    }
}

/// Two profiles with keys and regions of their own.
const TWO: &str = "[default]\nregion = eu-west-1\naws_access_key_id = KEYDEFAULT\naws_secret_access_key = s\n\
                   [profile dev]\nregion = eu-west-2\naws_access_key_id = KEYDEV\naws_secret_access_key = s\n";
const KEY: &str = "aws_access_key_id = KEY\naws_secret_access_key = s\n";
const BASE: &str = "[base]\naws_access_key_id = KEYBASE\naws_secret_access_key = s\n";
const ROLE: &str = "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::210987654321:role/one\n";
const PROCESS: &str = "echo '{\"Version\": 1, \"AccessKeyId\": \"KEYPROCESS\", \"SecretAccessKey\": \"s\"}'\n";
const SSO: &str = "sso_account_id = 123456789012\nsso_role_name = reader\n";
const SSO_PLACE: &str = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n";
const SSO_TOKEN: &str = "{\"startUrl\": \"https://x.awsapps.com/start\", \"region\": \"eu-west-1\", \
                         \"accessToken\": \"token\", \"expiresAt\": \"2036-01-01T00:00:00Z\"}";
/// The SHA-1 of the start URL, and of `work`.
const SSO_FILE: &str = ".aws/sso/cache/3947de8b16688092197fa616c34e01335f21d256.json";
const SSO_SESSION_FILE: &str = ".aws/sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json";

const EC2: &str = "ec2.eu-west-1.amazonaws.com DescribeRegions KEY eu-west-1";
const EMPTY: &str = "an empty variable of AWS's is unset; botocore stops at it";
const COMMENTS: &str = "AWS's SDKs end a value at a comment; botocore reads it as a part of the value, and stops";
const BYTES: &str = "bytes that are not UTF-8 are no reason to stop, if they are in a comment; botocore stops";
const REGION: &str = "AWS_REGION is what the AWS CLI and the SDKs read; botocore knows only AWS_DEFAULT_REGION";

pub(super) fn cases() -> Vec<Case> {
    let groups = [profiles(), environments(), syntax(), regions(), endpoints(), sources(), roles(), trust()];
    groups.into_iter().flatten().collect()
}

fn profiles() -> Vec<Case> {
    let two = |name| case(name).config(TWO);
    vec![
        two("the default profile"),
        two("AWS_PROFILE").env("AWS_PROFILE", "dev"),
        two("AWS_DEFAULT_PROFILE").env("AWS_DEFAULT_PROFILE", "dev"),
        two("AWS_DEFAULT_PROFILE before AWS_PROFILE").env("AWS_DEFAULT_PROFILE", "dev").env("AWS_PROFILE", "default"),
        two("AWS_DEFAULT_PROFILE without its profile").env("AWS_DEFAULT_PROFILE", "absent"),
        two("AWS_PROFILE without its profile").env("AWS_PROFILE", "absent").keys("KEYENV").region(),
        two("an explicit profile before the variables").env("AWS_DEFAULT_PROFILE", "default").profile("dev"),
        two("an explicit profile before keys of the environment").keys("KEYENV").profile("dev"),
        two("keys of the environment before AWS_PROFILE").keys("KEYENV").env("AWS_PROFILE", "dev"),
        two("an explicit profile that is missing").profile("absent"),
        case("no files").keys("KEY").region(),
        case("no credentials at all").region(),
        case("a profile in the credentials file only").credentials(BASE).env("AWS_PROFILE", "base").region(),
        case("the credentials file before the configuration")
            .config(TWO)
            .credentials("[default]\nregion = eu-north-1\naws_access_key_id = KEYFILE\naws_secret_access_key = s\n"),
        case("the keys of one file are not mixed with those of another")
            .config("[default]\nregion = eu-west-1\naws_secret_access_key = s\n")
            .credentials("[default]\naws_access_key_id = KEY\n"),
        case("profile default after default").config(format!("{TWO}[profile default]\nregion = eu-north-1\n{KEY}")),
        case("default after profile default")
            .config(format!("[profile default]\nregion = eu-north-1\naws_access_key_id = KEYOTHER\n{TWO}")),
        case("a profile without the word profile").config(format!("[dev]\n{KEY}")).env("AWS_PROFILE", "dev").region(),
        case("the word profile in the credentials file")
            .credentials(format!("[profile dev]\n{KEY}"))
            .env("AWS_PROFILE", "dev")
            .region(),
    ]
}

fn environments() -> Vec<Case> {
    let two = |name| case(name).config(TWO);
    let ours = ["ec2.eu-west-1.amazonaws.com DescribeRegions KEYDEFAULT eu-west-1"];
    vec![
        two("AWS_REGION empty").env("AWS_REGION", ""),
        two("AWS_REGION").env("AWS_REGION", "eu-north-1").differs(
            REGION,
            &["ec2.eu-north-1.amazonaws.com DescribeRegions KEYDEFAULT eu-north-1"],
        ),
        two("AWS_DEFAULT_REGION").env("AWS_DEFAULT_REGION", "eu-north-1"),
        two("AWS_DEFAULT_REGION empty").env("AWS_DEFAULT_REGION", "").differs(EMPTY, &ours),
        two("AWS_PROFILE empty").env("AWS_PROFILE", "").differs(EMPTY, &ours),
        two("AWS_DEFAULT_PROFILE empty").env("AWS_DEFAULT_PROFILE", "").env("AWS_PROFILE", "dev").differs(
            EMPTY,
            &["ec2.eu-west-2.amazonaws.com DescribeRegions KEYDEV eu-west-2"],
        ),
        two("AWS_ENDPOINT_URL empty").env("AWS_ENDPOINT_URL", ""),
        two("AWS_ENDPOINT_URL_EC2 empty").env("AWS_ENDPOINT_URL_EC2", "").env("AWS_ENDPOINT_URL", "http://other.test"),
        two("AWS_RETRY_MODE empty").env("AWS_RETRY_MODE", "").differs(EMPTY, &ours),
        two("AWS_MAX_ATTEMPTS empty").env("AWS_MAX_ATTEMPTS", "").differs(EMPTY, &ours),
        two("AWS_RETRY_MODE legacy").env("AWS_RETRY_MODE", "legacy"),
        two("AWS_RETRY_MODE unknown").env("AWS_RETRY_MODE", "often"),
        two("AWS_MAX_ATTEMPTS unreadable").env("AWS_MAX_ATTEMPTS", "many"),
        two("AWS_ACCESS_KEY_ID empty").env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", ""),
        two("AWS_ACCESS_KEY_ID alone").env("AWS_ACCESS_KEY_ID", "KEYENV"),
        two("AWS_SECRET_ACCESS_KEY alone").env("AWS_SECRET_ACCESS_KEY", "s"),
        two("AWS_SESSION_TOKEN empty").keys("KEYENV").env("AWS_SESSION_TOKEN", ""),
        two("AWS_SESSION_TOKEN").keys("KEYENV").env("AWS_SESSION_TOKEN", "token"),
        two("AWS_SECURITY_TOKEN").keys("KEYENV").env("AWS_SECURITY_TOKEN", "old").env("AWS_SESSION_TOKEN", "new"),
        two("AWS_CONFIG_FILE empty").env("AWS_CONFIG_FILE", "").keys("KEY").region(),
        two("AWS_SHARED_CREDENTIALS_FILE empty").credentials(BASE).env("AWS_SHARED_CREDENTIALS_FILE", ""),
        case("AWS_CONFIG_FILE below the home").file("other", TWO).env("AWS_CONFIG_FILE", "~/other"),
        case("AWS_CONFIG_FILE with a variable").file("other", TWO).env("AWS_CONFIG_FILE", "$HOME/other"),
        case("AWS_CONFIG_FILE that is missing").env("AWS_CONFIG_FILE", "~/absent").keys("KEY").region(),
        case("AWS_SHARED_CREDENTIALS_FILE below the home")
            .file("other", BASE)
            .env("AWS_SHARED_CREDENTIALS_FILE", "~/other")
            .env("AWS_PROFILE", "base")
            .region(),
        case("AWS_CONFIG_FILE below the home with services")
            .file("other", format!("[default]\nregion = eu-west-1\nservices = x\n{KEY}[services x]\nec2 =\n  endpoint_url = http://other.test\n"))
            .env("AWS_CONFIG_FILE", "~/other"),
    ]
}

fn syntax() -> Vec<Case> {
    let default = |name, text: &str| case(name).config(format!("[default]\nregion = eu-west-1\n{KEY}{text}"));
    let dev =
        |name, header: &str| case(name).config(format!("{header}\nregion = eu-west-1\n{KEY}")).env("AWS_PROFILE", "x");
    vec![
        dev("a section that is indented", "  [profile x]"),
        dev("a name in double quotes", "[profile \"x\"]"),
        dev("a name in single quotes", "[profile 'x']"),
        dev("a tab and spaces before the name", "[profile \t x]"),
        dev("a comment after a section", "[profile x] # mine"),
        dev("a comment in a section", "# first\n[profile x]\n; second\n  # third"),
        dev("spaces in the brackets", "[ profile x ]")
            .differs("AWS's SDKs ignore spaces inside the brackets; botocore finds no such profile", &[EC2]),
        case("a name with a space")
            .config(format!("[profile \"a b\"]\nregion = eu-west-1\n{KEY}"))
            .env("AWS_PROFILE", "a b"),
        case("a name of two words without quotes")
            .config(format!("[profile a b]\nregion = eu-west-1\n{KEY}"))
            .env("AWS_PROFILE", "a b"),
        case("a name that is not ASCII")
            .config(format!("[profile prüfung]\nregion = eu-west-1\n{KEY}"))
            .env("AWS_PROFILE", "prüfung"),
        case("keys that are indented")
            .config("[default]\n  region = eu-west-1\n  aws_access_key_id = KEY\n  aws_secret_access_key = s\n"),
        case("one key that is indented").config(format!("[default]\n{KEY}  region = eu-west-1\n")).region(),
        case("keys in capitals")
            .config("[default]\nREGION = eu-west-1\nAws_Access_Key_Id = KEY\nAWS_SECRET_ACCESS_KEY = s\n"),
        case("colons instead of equals signs")
            .config("[default]\nregion: eu-west-1\naws_access_key_id: KEY\naws_secret_access_key: s\n"),
        case("no spaces at equals signs")
            .config("[default]\nregion=eu-west-1\naws_access_key_id=KEY\naws_secret_access_key=s\n"),
        case("line endings of Windows").config(format!("[default]\nregion = eu-west-1\n{KEY}").replace('\n', "\r\n")),
        case("a byte order mark")
            .config(format!("\u{feff}[default]\nregion = eu-west-1\n{KEY}"))
            .differs("editors of Windows write one; botocore stops at it", &[EC2]),
        case("a byte order mark in the credentials file")
            .credentials(format!("\u{feff}[default]\n{KEY}"))
            .region()
            .differs("editors of Windows write one; botocore stops at it", &[EC2]),
        case("a comment in Latin-1")
            .config([b"# Z\xfcrich\n[default]\nregion = eu-west-1\n", KEY.as_bytes()].concat())
            .differs(BYTES, &[EC2]),
        case("a setting in Latin-1")
            .config([b"[default]\nrole_session_name = Z\xfcrich\nregion = eu-west-1\n", KEY.as_bytes()].concat()),
        default("a comment after a value", "output = json # for scripts\n"),
        case("a comment after the region")
            .config(format!("[default]\nregion = eu-west-1 # Ireland\n{KEY}"))
            .differs(COMMENTS, &[EC2]),
        default("an empty token", "aws_session_token =\n"),
        case("an empty token in the credentials file")
            .credentials(format!("[default]\n{KEY}aws_session_token =\n"))
            .region(),
        default("the older name of the token", "aws_security_token = old\naws_session_token = new\n"),
        default("an unknown key", "cli_pager =\nmy setting = x\n"),
        default("an indented block", "s3 =\n  addressing_style = path\n  max_concurrent_requests = 20\n"),
        default("an indented block without values", "s3 =\n  nothing\n"),
        default("a key without a value", "output\n"),
        default("a key that is set twice", "region = eu-west-2\n"),
        default("a section that is there twice", "[default]\nregion = eu-west-2\n"),
        default("a section without an end", "[profile x\n"),
        default("an unknown section", "[plugins]\nx = y\n[preview]\n"),
        case("a setting before the first section").config(format!("region = eu-west-1\n[default]\n{KEY}")).region(),
        case("an empty file").config("").keys("KEY").region(),
        case("a credentials file that cannot be parsed").credentials("[default]\nnothing\n").keys("KEY").region(),
        default("retry_mode legacy", "retry_mode = legacy\n"),
        default("retry_mode unknown", "retry_mode = often\n"),
        default("max_attempts unreadable", "max_attempts = many\n"),
    ]
}

fn regions() -> Vec<Case> {
    let keys = |name| case(name).config(format!("[default]\n{KEY}"));
    vec![
        keys("EC2 without a region"),
        keys("IAM without a region").service("iam"),
        keys("STS without a region").service("sts"),
        keys("IAM in a region").service("iam").region(),
        keys("STS in a region").service("sts").region(),
        keys("IAM in China").service("iam").env("AWS_DEFAULT_REGION", "cn-north-1"),
        keys("EC2 in China").env("AWS_DEFAULT_REGION", "cn-north-1"),
        case("an empty region").config(format!("[default]\nregion =\n{KEY}")),
        case("the region of a source profile is not the role's")
            .config("[default]\nrole_arn = arn:aws:iam::210987654321:role/one\nsource_profile = base\n[profile base]\nregion = eu-west-1\n")
            .credentials(BASE),
        case("a role without a region").config(format!("{}source_profile = base\n", ROLE.replace("region = eu-west-1\n", ""))).credentials(BASE).service("iam"),
        keys("FIPS").region().env("AWS_USE_FIPS_ENDPOINT", "true"),
        keys("dual stack").region().env("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        case("dual stack in the profile").config(format!("[default]\nregion = eu-west-1\nuse_dualstack_endpoint = true\n{KEY}")),
        keys("legacy endpoints of STS").service("sts").region().env("AWS_STS_REGIONAL_ENDPOINTS", "legacy").differs(
            "STS is called in the region; the global endpoint is the former default, and gives the same credentials",
            &["sts.eu-west-1.amazonaws.com GetCallerIdentity KEY eu-west-1"],
        ),
    ]
}

fn endpoints() -> Vec<Case> {
    let default = |name, text: &str| case(name).config(format!("[default]\nregion = eu-west-1\n{KEY}{text}"));
    vec![
        default("AWS_ENDPOINT_URL", "").env("AWS_ENDPOINT_URL", "http://all.test"),
        default("AWS_ENDPOINT_URL_EC2 before AWS_ENDPOINT_URL", "")
            .env("AWS_ENDPOINT_URL_EC2", "http://ec2.test")
            .env("AWS_ENDPOINT_URL", "http://all.test"),
        default("endpoint_url", "endpoint_url = http://profile.test\n"),
        default("AWS_ENDPOINT_URL before endpoint_url", "endpoint_url = http://profile.test\n")
            .env("AWS_ENDPOINT_URL", "http://all.test"),
        default("AWS_ENDPOINT_URL empty before endpoint_url", "endpoint_url = http://profile.test\n")
            .env("AWS_ENDPOINT_URL", ""),
        default("a services section", "services = x\n[services x]\nec2 =\n  endpoint_url = http://section.test\n"),
        default(
            "a services section before endpoint_url",
            "endpoint_url = http://profile.test\nservices = x\n[services x]\nec2 =\n  endpoint_url = http://section.test\n",
        ),
        default("AWS_ENDPOINT_URL before a services section", "services = x\n[services x]\nec2 =\n  endpoint_url = http://section.test\n")
            .env("AWS_ENDPOINT_URL", "http://all.test"),
        default("a services section for another service", "services = x\n[services x]\nssm =\n  endpoint_url = http://section.test\n"),
        default("a services section with quotes", "services = a b\n[services \"a b\"]\nec2 =\n  endpoint_url = http://section.test\n"),
        default("a services section that is missing", "services = y\n[services x]\nec2 =\n  endpoint_url = http://section.test\n"),
        default("an endpoint that is no URL", "endpoint_url = localhost:4566\n"),
        default("endpoints that are ignored", "endpoint_url = http://profile.test\n")
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        default("the endpoint of STS for a role", "[profile r]\nregion = eu-west-1\nrole_arn = arn:aws:iam::210987654321:role/one\nsource_profile = default\n")
            .env("AWS_ENDPOINT_URL_STS", "http://sts.test")
            .env("AWS_PROFILE", "r"),
    ]
}

fn sources() -> Vec<Case> {
    let process = |name| case(name).file("keys.json", PROCESS);
    let command = "credential_process = sh keys.json\n";
    let sso = |name, text: String| {
        case(name).config(text).file(SSO_FILE, SSO_TOKEN).file(SSO_SESSION_FILE, SSO_TOKEN).region()
    };
    vec![
        process("a process").config(format!("[default]\nregion = eu-west-1\n{command}")),
        process("a process with quotes and a comment sign")
            .config("[default]\nregion = eu-west-1\ncredential_process = sh -c 'sh keys.json # again'\n"),
        process("a process without a shell")
            .config("[default]\nregion = eu-west-1\ncredential_process = sh keys.json $HOME;false\n"),
        process("a process in the credentials file").credentials(format!("[default]\n{command}")).region(),
        process("keys of the credentials file before a process")
            .config(format!("[default]\nregion = eu-west-1\n{command}"))
            .credentials(format!("[default]\n{KEY}")),
        process("a process before keys of the configuration")
            .config(format!("[default]\nregion = eu-west-1\n{command}{KEY}")),
        case("a process that fails").config("[default]\nregion = eu-west-1\ncredential_process = false\n"),
        case("a process that is missing").config("[default]\nregion = eu-west-1\ncredential_process = absent\n"),
        sso("SSO", format!("[default]\n{SSO}{SSO_PLACE}")),
        sso("SSO before keys of the credentials file", format!("[default]\n{SSO}{SSO_PLACE}"))
            .credentials(format!("[default]\n{KEY}")),
        sso("SSO without a role", format!("[default]\nsso_account_id = 1\n{SSO_PLACE}")),
        sso("an address of SSO without an account", format!("[default]\n{SSO_PLACE}{KEY}")),
        sso("an SSO session", format!("[default]\nsso_session = work\n{SSO}[sso-session work]\n{SSO_PLACE}")),
        sso(
            "an SSO session whose address is repeated",
            format!("[default]\nsso_session = work\n{SSO}{SSO_PLACE}[sso-session work]\n{SSO_PLACE}"),
        ),
        sso(
            "an SSO session with another address",
            format!("[default]\nsso_session = work\n{SSO}sso_region = eu-north-1\n[sso-session work]\n{SSO_PLACE}"),
        ),
        sso(
            "an SSO session that is missing",
            format!("[default]\nsso_session = play\n{SSO}[sso-session work]\n{SSO_PLACE}"),
        ),
        case("a container").env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER/keys").region(),
        case("keys before a container").config(TWO).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER/keys"),
        case("a container for an explicit profile without keys")
            .config("[profile x]\nregion = eu-west-1\n")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER/keys")
            .profile("x"),
        case("a key without a secret").config("[default]\nregion = eu-west-1\naws_access_key_id = KEY\n"),
        case("a web identity of the environment")
            .file("token", "signed")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
            .env("AWS_ROLE_ARN", "arn:aws:iam::210987654321:role/web")
            .region(),
        case("a web identity of the environment before keys of the profile")
            .config(TWO)
            .file("token", "signed")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
            .env("AWS_ROLE_ARN", "arn:aws:iam::210987654321:role/web"),
        case("an explicit profile before a web identity of the environment")
            .config(TWO)
            .file("token", "signed")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
            .env("AWS_ROLE_ARN", "arn:aws:iam::210987654321:role/web")
            .profile("dev"),
        case("a web identity of the profile")
            .config(format!("{ROLE}web_identity_token_file = token\n"))
            .file("token", "signed"),
        case("a web identity without a role")
            .file("token", "signed")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
            .region(),
    ]
}

fn roles() -> Vec<Case> {
    let role = |name, rest: &str| case(name).config(format!("{ROLE}{rest}")).credentials(BASE);
    vec![
        role("a role", "source_profile = base\n"),
        role("a role before keys of its own profile", "source_profile = base\n")
            .credentials(format!("{BASE}[default]\n{KEY}")),
        role("keys of the environment before a role", "source_profile = base\n").keys("KEYENV"),
        role("a role of a role", "source_profile = two\n[profile two]\nrole_arn = arn:aws:iam::210987654321:role/two\nsource_profile = base\n"),
        role(
            "a source profile with keys and a role",
            "source_profile = two\n[profile two]\naws_access_key_id = KEYTWO\naws_secret_access_key = s\n\
             role_arn = arn:aws:iam::210987654321:role/two\nsource_profile = base\n",
        ),
        role("a role with its own keys", "source_profile = default\naws_access_key_id = KEYOWN\naws_secret_access_key = s\n"),
        role("a role that is its own source without keys", "source_profile = default\n"),
        role("roles in a circle", "source_profile = two\n[profile two]\nrole_arn = arn:aws:iam::210987654321:role/two\nsource_profile = default\n"),
        role("a source profile that is missing", "source_profile = absent\n"),
        role("a source profile without credentials", "source_profile = two\n[profile two]\nregion = eu-west-2\n"),
        role("a role without a source", ""),
        role("a role with two sources", "source_profile = base\ncredential_source = Environment\n"),
        role("the environment as source", "credential_source = Environment\n").keys("KEYENV").profile("default"),
        role("an environment without keys as source", "credential_source = Environment\n"),
        role("a container as source", "credential_source = EcsContainer\n")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER/keys"),
        role("an unknown source", "credential_source = Vault\n"),
        role("a process as source", "source_profile = two\n[profile two]\ncredential_process = sh keys.json\n")
            .file("keys.json", PROCESS),
        role("a source profile with quotes", "source_profile = a b\n[profile \"a b\"]\naws_access_key_id = KEYTWO\naws_secret_access_key = s\n"),
        role("mfa_serial without a role", "[profile x]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::123456789012:mfa/me\naws_access_key_id = KEYX\naws_secret_access_key = s\n")
            .env("AWS_PROFILE", "x"),
    ]
}

fn trust() -> Vec<Case> {
    let own =
        |name, text: &str| case(name).config(format!("[default]\nregion = eu-west-1\n{KEY}{text}")).trusts_by_itself();
    vec![
        own("ca_bundle", "ca_bundle = authority.pem\n"),
        own("AWS_CA_BUNDLE before ca_bundle", "ca_bundle = absent.pem\n").env("AWS_CA_BUNDLE", "authority.pem"),
        own("a ca_bundle that is missing", "ca_bundle = absent.pem\n"),
        own("a ca_bundle without certificates", "ca_bundle = .aws/config\n"),
        own("no ca_bundle for a private authority", ""),
    ]
}
