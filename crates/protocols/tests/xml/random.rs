//! Random documents of many operations.

use moonfleet_models::{Kind, Location, Operation, Protocol, ShapeId};
use moonfleet_protocols::{Api, Record, View};

use crate::decoder::decode;
use crate::documents::Documents;
use crate::{api, read};

/// Services of each protocol with XML, with each kind of member.
const SERVICES: &[&str] = &[
    "autoscaling",
    "cloudformation",
    "cloudfront",
    "dynamodb",
    "ec2",
    "elbv2",
    "iam",
    "rds",
    "route53",
    "s3",
    "s3control",
    "sdb",
    "sns",
    "sqs",
];

/// A random document of an operation.
struct Case {
    api: &'static Api,
    operation: &'static Operation,
    /// The index of the output's member that is the whole document.
    payload: Option<usize>,
    /// The structure in the document.
    shape: ShapeId,
    /// The element of the structure.
    part: String,
    /// The whole document.
    document: String,
}

fn cases(api: &'static Api) -> impl Iterator<Item = Case> {
    let service = api.service();
    // The root of this answer is its only member.
    let operations = service.operations().filter(|operation| operation.api_name != "GetBucketLocation");
    operations.enumerate().filter_map(move |(seed, operation)| {
        let output = operation.output?;
        let structure = service.shape(output).as_structure()?;
        let (payload, shape) = match structure.payload {
            Some(at) => (Some(at), structure.members[at].target.target),
            None => (None, output),
        };
        let has_document = service.shape(shape).as_structure().is_some_and(|structure| {
            !structure.event_stream && structure.members.iter().any(|member| member.location == Location::Body)
        });
        if !has_document {
            return None;
        }
        let mut documents = Documents::new(service, seed as u64);
        let part = documents.structure(&format!("{}Result", operation.api_name), shape);
        let document = match api.protocol() {
            Protocol::Query => {
                let name = operation.api_name;
                let metadata = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>";
                format!("<?xml version=\"1.0\"?>\n<{name}Response xmlns=\"u\">{part}{metadata}</{name}Response>\n")
            }
            _ => part.clone(),
        };
        Some(Case { api, operation, payload, shape, part, document })
    })
}

fn all_cases() -> impl Iterator<Item = Case> {
    SERVICES.iter().flat_map(|name| cases(api(name)))
}

impl Case {
    fn read(&self, document: &str) -> Record {
        let name = self.operation.api_name;
        read(self.api, self.operation, document).unwrap_or_else(|problem| panic!("{name}: {problem}\n{document}"))
    }
}

#[test]
fn random_documents_are_read_as_by_the_sdks_decoder() {
    let mut count = 0;
    for case in all_cases() {
        let record = case.read(&case.document);
        let node = decode(case.api.service(), case.shape, &case.part).expect("the decoder reads it");
        let is_equal = match case.payload {
            Some(at) => node.is(record.get(at)),
            None => node.is(View::Record(record.as_ref())),
        };
        assert!(is_equal, "{}\n{}\n{record:#?}\n{node:#?}", case.operation.api_name, case.document);
        count += 1;
    }
    assert!(count > 1500, "only {count} operations have documents");
}

#[test]
fn a_document_that_is_cut_anywhere_is_an_error() {
    for case in all_cases().step_by(23) {
        let document = case.document.trim_end();
        // An empty body is no cut document.
        for end in (1..document.len()).filter(|end| document.is_char_boundary(*end)) {
            let cut = read(case.api, case.operation, &document[..end]);
            assert!(cut.is_err(), "{} after {end} bytes of {document}", case.operation.api_name);
        }
    }
}

#[test]
fn comments_instructions_and_cdata_change_nothing() {
    for case in all_cases().step_by(7) {
        let plain = case.read(&case.document);
        let comment = "<!-- <a> & --><?pi <b> ?>";
        let mut other = case.document.replace("><", &format!(">{comment}<"));
        other = other.replace(">i-0123456789abcdef0<", &format!("><![CDATA[i-0123]]>4567{comment}89abcdef0<"));
        other = other.replace(">x &lt;&amp;&gt; y<", "><![CDATA[x <&> y]]><");
        let other = case.read(&format!("\u{feff}{other}\n{comment}\n"));
        assert_eq!(plain, other, "{}\n{}", case.operation.api_name, case.document);
    }
}

#[test]
fn damaged_documents_are_answers_or_errors() {
    let mut random = fastrand::Rng::with_seed(1);
    for case in all_cases().step_by(3) {
        let mut bytes = case.document.clone().into_bytes();
        for _ in 0..20 {
            let at = random.usize(0..bytes.len());
            match random.u8(0..4) {
                0 => bytes[at] = random.u8(..),
                1 => bytes[at] = b"<>/&;!?\"'="[random.usize(0..10)],
                2 => drop(bytes.drain(at..(at + random.usize(1..9)).min(bytes.len()))),
                _ => {
                    let part = bytes[at..(at + 16).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
            }
            // `read` panics at an error of another kind.
            let _ = read(case.api, case.operation, bytes.clone());
            if bytes.is_empty() {
                break;
            }
        }
    }
}

#[test]
fn the_services_have_each_kind_of_member() {
    let mut found = [false; 6];
    for name in SERVICES {
        let service = api(name).service();
        for id in service.shape_ids() {
            let Some(structure) = service.shape(id).as_structure() else { continue };
            for member in &structure.members {
                let kind = &service.shape(member.target.target).kind;
                let is_flattened = member.target.flattened;
                found[0] |= member.xml_attribute;
                found[1] |= is_flattened && matches!(kind, Kind::List { .. });
                found[2] |= !is_flattened && matches!(kind, Kind::List { .. });
                found[3] |= !is_flattened && matches!(kind, Kind::Map { .. });
                found[4] |= matches!(kind, Kind::Blob);
                found[5] |= is_flattened && matches!(kind, Kind::Map { .. });
            }
        }
    }
    assert_eq!(found, [true; 6]);
}
