//! The rules of AWS's own tools that the models do not have, for the bound services: which of them Moonfleet follows,
//! and why not the others. The test compares the list with botocore's, so that a new rule is reviewed. The AWS CLI
//! is not installed; its rules were read in `awscli/handlers.py`.

use serde_json::json;

use crate::support::moto::{python_with_botocore, run_python};

/// A rule, and what becomes of it.
struct Rule {
    /// The event and the function of botocore, or the module of the AWS CLI.
    name: &'static str,
    answer: Answer,
}

enum Answer {
    /// Where Moonfleet follows the rule.
    Followed(&'static str),
    /// Why it does not.
    LeftOut(&'static str),
}

use Answer::{Followed, LeftOut};

const fn rule(name: &'static str, answer: Answer) -> Rule {
    Rule { name, answer }
}

/// The handlers of botocore for events of all services or of the bound ones. Those that only change documentation are
/// not in the list.
const BOTOCORE: &[Rule] = &[
    rule("choose-service-name handle_service_name_alias", LeftOut("renames runtime.sagemaker; not a bound service")),
    rule("creating-client-class add_generate_presigned_url", LeftOut("requests are sent, not handed to others")),
    rule("after-call.iam json_decode_policies", Followed("decoded as text: corrections/text_forms.rs, Policy")),
    rule(
        "after-call.ec2.GetConsoleOutput decode_console_output",
        Followed("corrections/text_forms.rs, ReadFromBase64"),
    ),
    rule("before-parameter-build generate_idempotent_uuid", Followed("crates/client/src/request.rs, more fields")),
    rule(
        "before-parameter-build _handle_request_validation_mode_member",
        LeftOut("checksums of S3; no bound service has such parameters"),
    ),
    rule("before-call add_recursion_detection_header", Followed("the SDK has an interceptor for Lambda's trace id")),
    rule("before-call.ec2.CopySnapshot inject_presigned_url_ec2", Followed("bindings/src/presigned_copy.rs")),
    rule(
        "before-call inject_api_version_header_if_needed",
        LeftOut("for endpoint discovery, which no bound service has"),
    ),
    rule("request-created add_retry_headers", Followed("the SDK sends amz-sdk-request")),
    rule("choose-signer.sts.AssumeRoleWithSAML disable_signing", Followed("the model of the SDK says so")),
    rule("choose-signer.sts.AssumeRoleWithWebIdentity disable_signing", Followed("the model of the SDK says so")),
    rule("choose-signer set_operation_specific_signer", Followed("the SDK takes the signer from the model")),
    rule("choose-signer _set_auth_scheme_preference_signer", LeftOut("the bound services have one way to sign")),
    rule("before-parameter-build.ec2.RunInstances base64_encode_user_data", Followed("corrections/text_forms.rs")),
    rule("before-parameter-build.ec2.* ParameterAlias.alias_parameter_in_call", LeftOut("old names such as Filter")),
];

/// The modules of `awscli/customizations` that concern the bound services.
const AWS_CLI: &[Rule] = &[
    rule("argrename", LeftOut("names of options; parameters have the names of the model")),
    rule("assumerole", Followed("profiles with role_arn: crates/client/src/role.rs")),
    rule("binaryformat", LeftOut("blobs are bytes in Lua, so no option has to say how they are written")),
    rule("ec2/addcount", LeftOut("--count is short for min_count and max_count, which are required by name")),
    rule("ec2/bundleinstance", LeftOut("makes a policy for instance store images, which EC2 does not offer any more")),
    rule("ec2/decryptpassword", Followed("windows.password")),
    rule("ec2/paginate", Followed("corrections/page_sizes.rs, for all listings")),
    rule("ec2/protocolarg", LeftOut("--protocol all for -1; the parameter takes what EC2 documents")),
    rule("ec2/runinstances", LeftOut("short options for one network interface; write network_interfaces")),
    rule("ec2/secgroupsimplify", LeftOut("short options for rules; write ip_permissions")),
    rule("iamvirtmfa", LeftOut("writes the seed to a file; a script does that with reveal and io.open")),
    rule("paginate", Followed(".all, .items and .pages, with the option max_pages")),
    rule("removals", LeftOut("hides ec2 import-instance and import-volume, which can be called here")),
    rule("scalarparse", LeftOut("option --timestamp-format; times are values")),
    rule("sessionmanager", LeftOut("starts the plugin for a terminal; the answer of start_session is there")),
    rule("toplevelbool", LeftOut("options such as --no-ebs-optimized; booleans are true and false")),
    rule("waiters", Followed("ec2.wait and its like")),
];

/// Prints the handlers of all services and of the given ones, without those for documentation.
const HANDLERS: &str = r#"
import json, sys
from botocore.handlers import BUILTIN_HANDLERS
services, found = json.load(sys.stdin), []
for event, handler, *_ in BUILTIN_HANDLERS:
    kind, _, rest = event.partition(".")
    if kind.startswith("docs") or kind == "getattr":
        continue
    if not rest or rest.split(".")[0] in services:
        name = getattr(handler, "__qualname__", type(handler).__name__)
        found.append(f"{event} {name}")
json.dump(found, sys.stdout)
"#;

#[test]
fn every_rule_of_botocore_is_reviewed() {
    let Some(python) = python_with_botocore() else { return };
    let services = json!(["ec2", "iam", "resource-groups", "ssm", "sts"]);
    let found = run_python(&python, HANDLERS, &[], &services.to_string());
    let mut found: Vec<String> = serde_json::from_str(&found).expect("JSON");
    found.sort();
    let mut reviewed: Vec<_> = BOTOCORE.iter().map(|rule| rule.name.to_owned()).collect();
    reviewed.sort();
    assert_eq!(found, reviewed, "review new rules, and remove those that are gone");
}

#[test]
fn every_rule_has_a_place_or_a_reason() {
    for Rule { name, answer: Followed(text) | LeftOut(text) } in BOTOCORE.iter().chain(AWS_CLI) {
        assert!(text.len() > 10, "{name}");
    }
}
