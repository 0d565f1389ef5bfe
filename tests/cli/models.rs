//! `moonfleet models`: newer models from a botocore or an AWS CLI on the user's machine.

use crate::support::Shell;
use crate::support::moto::python_with_botocore;
use crate::support::server::{Reply, Server};

const STORED: &str = ".local/share/moonfleet/models";

/// A service with an operation that no version of AWS has.
const NEWER: &str = r#"{
    "version": "2.0",
    "metadata": {
        "apiVersion": "2017-01-11", "endpointPrefix": "entitlement.marketplace", "jsonVersion": "1.1",
        "protocol": "json", "protocols": ["json"], "serviceFullName": "AWS Marketplace Entitlement Service",
        "serviceId": "Marketplace Entitlement Service", "signatureVersion": "v4", "signingName": "aws-marketplace",
        "targetPrefix": "AWSMPEntitlementService", "auth": ["aws.auth#sigv4"]
    },
    "operations": {
        "GetEntitlements": {
            "name": "GetEntitlements", "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "GetEntitlementsRequest"}, "output": {"shape": "GetEntitlementsResult"}
        },
        "ListGadgets": {
            "name": "ListGadgets", "http": {"method": "POST", "requestUri": "/"}, "readonly": true,
            "input": {"shape": "ListGadgetsRequest"}, "output": {"shape": "ListGadgetsResult"}
        }
    },
    "shapes": {
        "GetEntitlementsRequest": {"type": "structure", "required": ["Code"], "members": {"Code": {"shape": "String"}}},
        "GetEntitlementsResult": {"type": "structure", "members": {}},
        "ListGadgetsRequest": {"type": "structure", "required": ["Color"], "members": {"Color": {"shape": "String"}}},
        "ListGadgetsResult": {"type": "structure", "members": {"Gadgets": {"shape": "Gadgets"}}},
        "Gadgets": {"type": "list", "member": {"shape": "String"}},
        "String": {"type": "string"}
    }
}"#;

/// The endpoints that a folder must not decide.
const RULES: &str = r#"{"version": "1.0", "parameters": {}, "rules": [
    {"conditions": [], "endpoint": {"url": "https://elsewhere.example"}, "type": "endpoint"}
]}"#;

/// A botocore of this version with a newer model, a model without an operation that the program has, a model that
/// cannot be read, and a service without known endpoints.
fn botocore(version: &str) -> Shell {
    let model =
        |name: &str| format!("venv/lib/python3.12/site-packages/botocore/data/{name}/2026-01-01/service-2.json");
    let rules = model("marketplace-entitlement").replace("service-2", "endpoint-rule-set-1");
    Shell::new()
        .file("venv/lib/python3.12/site-packages/botocore/__init__.py", &format!("__version__ = '{version}'\n"))
        .file(&model("marketplace-entitlement"), NEWER)
        .file(&rules, RULES)
        .file(&model("sts"), NEWER)
        .file(&model("sqs"), &NEWER.replace("\"readonly\"", "\"unheardOf\""))
        .file(&model("gadgets"), NEWER)
}

/// Returns a shell whose home has the newer model.
fn with_newer() -> Shell {
    let ran = botocore("999.0.0").args(["models", "from", "venv"]).run().code(0);
    Shell::at(ran.home)
}

const OPERATION: &str = "tostring(aws.service('marketplace_entitlement').list_gadgets)";

#[test]
fn models_in_the_program_are_counted() {
    let ran = Shell::new().arg("models").run().code(0).quiet();
    let version = include_str!("../../crates/models/data/botocore-version").trim();
    assert!(ran.stdout.ends_with(&format!(" services of botocore {version}, in the program\n")), "{}", ran.stdout);
    assert!(!ran.home.path().join(".local/share/moonfleet").exists(), "a report changes nothing");
}

#[test]
fn newer_models_are_taken_and_all_others_are_named() {
    let ran = botocore("999.0.0").args(["models", "from", "venv"]).run().code(0).quiet();
    let ran = ran.prints("Left out: 1 service without known endpoints, which a newer moonfleet may have: gadgets\n");
    let ran = ran.prints("Left out: 1 model without operations that the program knows: sts\n");
    let ran = ran.prints("Left out: the model of sqs has an unknown part: ListGadgets: unheardOf");
    let ran = ran.prints(": 1 newer model from ").prints("botocore/data (botocore 999.0.0)\n");
    let ran = ran.prints("  marketplace_entitlement: 1 new operation: list_gadgets\n");
    let stored = ran.read(&format!("{STORED}/marketplace-entitlement.txt"));
    assert!(!stored.contains("endpoint \"") && !stored.contains("elsewhere.example"), "{stored}");
    let again = Shell::at(ran.home).arg("models").run().code(0);
    again.prints("  marketplace_entitlement: 1 new operation: list_gadgets\n");
}

#[test]
fn an_operation_of_a_newer_model_is_called_and_can_destroy() {
    let shell = with_newer();
    assert_eq!(shell.eval(OPERATION), "operation marketplace_entitlement.list_gadgets (destroy)");

    let server = Server::always(Reply::json(r#"{"Gadgets":["a"]}"#));
    let shell = with_newer().endpoint(&server.url).file(".config/moonfleet/settings.toml", "protect_tag = ''");
    let call = "aws.service('marketplace_entitlement').list_gadgets{color='red'}.gadgets";
    assert_eq!(shell.arg("--yes").eval(call), serde_json::json!(["a"]));
    assert_eq!(server.requests()[0].header("x-amz-target"), Some("AWSMPEntitlementService.ListGadgets"));

    let refused = with_newer().endpoint(&server.url).args(["--read-only", "-p", call]).run();
    refused.code(4).says("marketplace_entitlement.list_gadgets");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_risk_of_a_known_operation_is_that_of_the_program() {
    let known = with_newer().eval("tostring(aws.service('marketplace_entitlement').get_entitlements)");
    assert_eq!(known, "operation marketplace_entitlement.get_entitlements (read)");
    // The parameters are those of the newer model.
    let ran =
        with_newer().credentials().chunk("aws.service('marketplace_entitlement').get_entitlements{product_code='x'}");
    ran.code(1).says("product_code");
}

#[test]
fn contained_scripts_have_no_newer_models() {
    let ran = with_newer().args(["--contain", "-p", OPERATION]).run().code(1);
    ran.says("marketplace_entitlement.list_gadgets: no such operation");
}

/// The script runs in a contained process, and its calls are made by the process that has the newer models.
#[test]
fn a_script_that_is_planned_has_the_models_of_the_program() {
    let server = Server::always(Reply::json("{}").status(403));
    let script = "aws.service('marketplace_entitlement').get_entitlements{product_code='x'}";
    with_newer().endpoint(&server.url).arg("--plan").script(script).code(1).never_says("product_code");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn removed_models_are_no_longer_used() {
    let removed =
        Shell::at(with_newer().into_command().1).args(["models", "remove"]).run().code(0).prints(": removed\n");
    assert!(!removed.home.path().join(STORED).exists());
    let again = Shell::at(removed.home).args(["models", "remove"]).run().code(0);
    let ran = Shell::at(again.prints("There are no newer models.\n").home).args(["-p", OPERATION]).run().code(1);
    ran.says("no such operation");
}

#[test]
fn a_damaged_model_is_not_used_and_is_named() {
    let file = format!("{STORED}/marketplace-entitlement.txt");
    let damaged =
        || with_newer().file(&file, "service marketplace-entitlement\n protocols json\noperation X POST /\n input Y\n");
    damaged()
        .arg("models")
        .run()
        .code(0)
        .prints("  marketplace_entitlement: not used: ")
        .prints("models from PATH again");
    damaged().args(["-p", OPERATION]).run().code(1).says("no such operation");
}

#[test]
fn models_of_another_version_of_the_program_are_not_used() {
    let other = || with_newer().file(&format!("{STORED}/source"), "0.0.1 1.0.0\n1.0.1\n/elsewhere\n");
    other().arg("models").run().code(0).prints("not used, because another version of the program wrote it");
    other().args(["-p", OPERATION]).run().code(1).says("no such operation");
}

#[test]
fn an_older_botocore_and_a_folder_without_models_are_refused() {
    let ran =
        botocore("1.30.0").args(["models", "from", "venv"]).run().code(1).says("has botocore 1.30.0; this program");
    assert!(!ran.home.path().join(STORED).exists());
    for folder in ["empty", "absent"] {
        let ran = Shell::new().file("empty/file", "").args(["models", "from", folder]).run().code(1);
        ran.says(&format!("{folder} has no models; name the folder of a botocore"));
    }
}

#[test]
fn the_botocore_of_the_models_has_no_newer_one() {
    let Some(python) = python_with_botocore() else { return };
    let environment = python.parent().and_then(std::path::Path::parent).expect("a program in bin");
    let ran = Shell::new().args(["models", "from"]).arg(environment).run();
    // A botocore that is older or newer than the models shows nothing here.
    let version = include_str!("../../crates/models/data/botocore-version").trim();
    if ran.stdout.contains(&format!("(botocore {version})")) {
        assert!(!ran.stdout.contains("Left out") && ran.stdout.contains(": 0 newer models from "), "{}", ran.stdout);
    }
}
