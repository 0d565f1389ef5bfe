//! Models from a folder of botocore, as they are read at run time.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use moonfleet_models::botocore::{DataFolder, Error};
use moonfleet_models::{Fault, Kind, Location, Protocol, Retry, Service, TimestampFormat};

/// A model that has every kind of fact, with documentation wherever botocore has it.
const MODEL: &str = r#"{
    "version": "2.0",
    "metadata": {
        "apiVersion": "2026-01-01", "endpointPrefix": "sts", "protocol": "query",
        "protocols": ["query", "rest-json"], "serviceFullName": "A Service", "serviceId": "STS",
        "signatureVersion": "v4", "signingName": "signing", "xmlNamespace": {"uri": "https://example.com/"}
    },
    "documentation": "<p>A sentence.</p>",
    "operations": {
        "ListThings": {
            "name": "ListThings",
            "http": {"method": "GET", "requestUri": "/things/{Kind}", "responseCode": 200},
            "input": {"shape": "ListThingsRequest"},
            "output": {"shape": "ListThingsResponse", "resultWrapper": "ListThingsResult"},
            "errors": [{"shape": "ThrottledException", "documentation": "<p>A sentence.</p>"}],
            "documentation": "<p>A sentence.</p>",
            "readonly": true,
            "staticContextParams": {"Kind": {"value": "two words"}, "IsList": {"value": true}}
        },
        "PutThing": {
            "name": "PutThing",
            "http": {"method": "PUT", "requestUri": "/"},
            "input": {"shape": "Thing"},
            "authtype": "none"
        }
    },
    "shapes": {
        "Blob": {"type": "blob", "streaming": true},
        "ClientToken": {"type": "string", "min": 1, "max": 64, "pattern": "[a-z \\\"]+"},
        "Color": {"type": "string", "enum": ["red", "dark red", "blue "]},
        "ListThingsRequest": {
            "type": "structure", "required": ["Kind"],
            "members": {
                "Kind": {"shape": "String", "location": "uri", "locationName": "Kind"},
                "NextToken": {"shape": "String", "location": "querystring", "locationName": "nextToken"},
                "MaxResults": {"shape": "Integer", "documentation": "<p>A sentence.</p>"}
            }
        },
        "ListThingsResponse": {
            "type": "structure",
            "members": {"Things": {"shape": "Things"}, "NextToken": {"shape": "String"}}
        },
        "Integer": {"type": "integer", "max": 100},
        "String": {"type": "string", "max": 100},
        "Thing": {
            "type": "structure", "payload": "Content",
            "members": {
                "Token": {"shape": "ClientToken", "idempotencyToken": true},
                "Color": {"shape": "Color", "deprecated": true, "deprecatedMessage": "A sentence."},
                "Created": {"shape": "Time"},
                "Content": {"shape": "Blob"}
            },
            "sensitive": true
        },
        "Things": {"type": "list", "member": {"shape": "Thing", "locationName": "item"}, "flattened": true, "max": 5},
        "ThrottledException": {
            "type": "structure", "members": {}, "exception": true,
            "error": {"code": "Throttled", "httpStatusCode": 429, "senderFault": true}, "retryable": {"throttling": true}
        },
        "Time": {"type": "timestamp", "timestampFormat": "rfc822"},
        "string": {"type": "string", "sensitive": true}
    }
}"#;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Reads a model of STS, whose endpoint rules the program has.
fn read(model: &str) -> Result<Service, Error> {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("sts/2026-01-01/service-2.json"), model);
    DataFolder::new(folder.path()).service("sts")
}

#[test]
fn facts_are_read() {
    let service = read(MODEL).unwrap();
    assert_eq!((&*service.name, service.metadata.title), ("sts", "A Service"));
    assert_eq!(service.protocol(), Protocol::RestJson);
    assert_eq!(service.metadata.signing_name, "signing");
    assert!(service.operation_names().eq(["list_things", "put_thing"]));

    let list = service.operation("list_things").unwrap();
    assert_eq!((list.api_name, list.http_method, list.http_uri), ("ListThings", "GET", "/things/{Kind}"));
    assert_eq!(list.result_wrapper.as_deref(), Some("ListThingsResult"));
    assert!(list.read_only && list.is_signed());
    assert_eq!(list.static_context.len(), 2);
    assert!(!service.operation("put_thing").unwrap().is_signed());

    let input = service.shape(list.input.as_ref().unwrap().target).as_structure().unwrap();
    let (_, kind) = input.member("kind").unwrap();
    assert!(kind.required && kind.location == Location::Label && kind.wire_name == "Kind");
    let (at, token) = input.member("next_token").unwrap();
    assert_eq!((at, token.location, token.wire_name), (1, Location::Query, "nextToken"));

    let thing = service.shape_named("Thing").unwrap();
    assert!(thing.sensitive);
    let thing = thing.as_structure().unwrap();
    assert_eq!(thing.payload, Some(3));
    assert!(thing.members[3].streaming && thing.members[1].deprecated && thing.members[0].idempotency_token);
    let token = service.shape(thing.members[0].target.target);
    assert_eq!((token.bounds.min, token.bounds.max), (Some(1.0), Some(64.0)));
    assert_eq!(token.pattern.as_deref(), Some(r#"[a-z \"]+"#));
    let Kind::String { values } = &service.shape(thing.members[1].target.target).kind else { panic!("no enumeration") };
    assert_eq!(**values, ["red", "dark red", "blue "]);
    let time = &service.shape(thing.members[2].target.target).kind;
    assert!(matches!(time, Kind::Timestamp(Some(TimestampFormat::Rfc822))), "{time:?}");

    let things = service.shape_named("ListThingsResponse").unwrap().as_structure().unwrap();
    let things = &things.members[0].target;
    assert!(things.flattened, "the list is flattened, so its uses are");
    let Kind::List { item, .. } = &service.shape(things.target).kind else { panic!("no list") };
    assert_eq!(item.wire_name, Some("item"));

    let error = service.error("Throttled").unwrap();
    assert_eq!(error.name, "ThrottledException");
    let traits = error.as_structure().unwrap().error.unwrap();
    assert_eq!((traits.status, traits.fault, traits.retry), (Some(429), Some(Fault::Sender), Some(Retry::Throttling)));
    assert_eq!(list.errors[..], [error.id]);
    assert!(service.error("Thing").is_none(), "a structure is no error");
}

#[test]
fn pages_follow_from_a_pair_of_tokens_if_no_paginator_is_declared() {
    let service = read(MODEL).unwrap();
    let pages = service.operation("list_things").unwrap().pages.as_ref().unwrap();
    assert!(pages.derived);
    assert_eq!((&*pages.input_tokens[0], &*pages.output_tokens[0]), ("NextToken", "NextToken"));
    assert_eq!((&*pages.items[0], pages.page_size), ("Things", Some("MaxResults")));
    assert_eq!(service.operation("put_thing").unwrap().pages, None);
}

#[test]
fn the_newest_version_is_merged_with_botocores_additions() {
    let folder = tempfile::tempdir().unwrap();
    let sts = folder.path().join("sts");
    write(&sts.join("2020-01-01/service-2.json"), "this is not read");
    write(
        &sts.join("2026-01-01/service-2.sdk-extras.json"),
        r#"{"version": 1.0, "merge": {"shapes": {"Thing": {"members": {"Region": {"shape": "String"}}}}}}"#,
    );
    write(
        &sts.join("2026-01-01/paginators-1.json"),
        r#"{"pagination": {"ListThings": {"input_token": ["A", "B"], "output_token": ["C", "D || E[-1].F"], "result_key": "Things"}}}"#,
    );
    let mut file = GzEncoder::new(File::create(sts.join("2026-01-01/service-2.json.gz")).unwrap(), Compression::fast());
    file.write_all(MODEL.as_bytes()).unwrap();
    file.finish().unwrap();

    let data = DataFolder::new(folder.path());
    assert_eq!(data.services().unwrap(), ["sts"]);
    let service = data.service("sts").unwrap();
    let thing = service.shape_named("Thing").unwrap().as_structure().unwrap();
    assert_eq!(&*thing.members.last().unwrap().name, "region");
    let pages = service.operation("list_things").unwrap().pages.as_ref().unwrap();
    assert_eq!((&*pages.output_tokens[1], pages.derived), ("D || E[-1].F", false));
}

#[test]
fn endpoint_rules_come_from_the_program() {
    let service = read(MODEL).unwrap();
    let built_in = moonfleet_models::service("sts").unwrap();
    assert_eq!(service.endpoint_rules().rules, built_in.endpoint_rules().rules);

    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("unheard-of/2026-01-01/service-2.json"), MODEL);
    let error = DataFolder::new(folder.path()).service("unheard-of").unwrap_err();
    assert_eq!(error.to_string(), "this version of Moonfleet knows no endpoints of unheard-of; use a newer one");
}

/// Returns the error of a model in which one text is replaced.
fn error(from: &str, to: &str) -> String {
    assert!(MODEL.contains(from), "{from} is not in the model");
    read(&MODEL.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn an_unknown_trait_is_an_error() {
    let error = error(r#""readonly": true"#, r#""newTrait": {"a": 1}"#);
    assert_eq!(error, "the model of sts has an unknown part: ListThings: newTrait = an object");
}

#[test]
fn a_reference_to_no_shape_is_an_error() {
    let error = error(r#""Things": {"shape": "Things"}"#, r#""Things": {"shape": "Nothing"}"#);
    assert_eq!(error, "the model of sts has an unknown part: Things: there is no shape Nothing");
}

#[test]
fn a_text_cannot_add_lines() {
    let error = error("\"serviceFullName\": \"A Service\"", "\"serviceFullName\": \"A\\nendpoints\"");
    assert!(error.ends_with(r#"unknown part: serviceFullName = "A\nendpoints""#), "{error}");
}
