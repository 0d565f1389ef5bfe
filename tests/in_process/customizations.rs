//! The rules of AWS's own tools that the models do not have, for all services: which of them Moonfleet follows, and why
//! not the others. The test compares the list with botocore's, so that a new rule is reviewed. The AWS CLI
//! is not installed; its rules were read in `awscli/handlers.py`.

use std::collections::BTreeSet;

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

/// The handlers of botocore. Those that only change documentation or names of methods are not in the list.
const BOTOCORE: &[Rule] = &[
    rule(
        "choose-service-name handle_service_name_alias",
        LeftOut("renames runtime.sagemaker; names are those of today"),
    ),
    rule("creating-client-class add_generate_presigned_url", Followed("s3.presign: bindings/src/presign.rs")),
    rule(
        "creating-client-class.s3 add_generate_presigned_post",
        LeftOut("a form for browsers; a script uploads with PUT"),
    ),
    rule("creating-client-class.rds add_generate_db_auth_token", Followed("rds.auth_token: bindings/src/presign.rs")),
    rule(
        "creating-client-class.dsql add_dsql_generate_db_auth_token_methods",
        LeftOut("a token for a driver of PostgreSQL; rds.auth_token is the same for RDS"),
    ),
    rule(
        "creating-client-class.iot-data check_openssl_supports_tls_version_1_2",
        LeftOut("the TLS library has version 1.2 and later"),
    ),
    rule("creating-client-class.bedrock-runtime remove_bedrock_runtime_invoke_model_with_bidirectional_stream", STREAM),
    rule("creating-client-class.connecthealth remove_connecthealth_start_medical_scribe_listening_session", STREAM),
    rule("creating-client-class.lex-runtime-v2 remove_lex_v2_start_conversation", STREAM),
    rule("creating-client-class.polly remove_polly_start_speech_synthesis_stream", STREAM),
    rule("creating-client-class.qbusiness remove_qbusiness_chat", STREAM),
    rule("after-call.iam json_decode_policies", Followed("decoded as text: corrections/text_forms.rs, Policy")),
    rule(
        "after-call.ec2.GetConsoleOutput decode_console_output",
        Followed("corrections/text_forms.rs, ReadFromBase64"),
    ),
    rule(
        "after-call.cloudformation.GetTemplate json_decode_template_body",
        LeftOut("a template can be YAML, so the text stays; json.decode reads the others"),
    ),
    rule(
        "after-call.s3.GetBucketLocation parse_get_bucket_location",
        Followed("protocols/quirks.rs, UNWRAPPED_OUTPUTS"),
    ),
    rule("after-call.s3.ListObjectVersions decode_list_object_versions", ENCODING),
    rule("after-call.s3.ListObjects decode_list_object", ENCODING),
    rule("after-call.s3.ListObjectsV2 decode_list_object_v2", ENCODING),
    rule("before-parameter-build.s3.ListObjectVersions set_list_objects_encoding_type_url", ENCODING),
    rule("before-parameter-build.s3.ListObjects set_list_objects_encoding_type_url", ENCODING),
    rule("before-parameter-build.s3.ListObjectsV2 set_list_objects_encoding_type_url", ENCODING),
    rule(
        "after-call.sqs.* _handle_sqs_compatible_error",
        Followed("protocols/service_error.rs, the codes of the former query protocol"),
    ),
    rule("before-parse.s3.* _handle_200_error", Followed("protocols/quirks.rs, ERRORS_WITH_STATUS_200")),
    rule("needs-retry.s3.* _update_status_code", Followed("protocols/quirks.rs, such an error is one of the service")),
    rule("before-parse.s3.* handle_expires_header", EXPIRES),
    rule(
        "before-parse.sso-oidc.* _map_oauth2_errors",
        LeftOut("names of exceptions; `moonfleet` logs in through the AWS CLI"),
    ),
    rule("before-parameter-build generate_idempotent_uuid", Followed("crates/client/src/request.rs, more fields")),
    rule(
        "before-parameter-build _handle_request_validation_mode_member",
        Followed("protocols/checksum.rs, checksums of answers"),
    ),
    rule("before-parameter-build.s3 validate_bucket_name", LeftOut("the endpoint rules and S3 refuse a wrong name")),
    rule(
        "before-parameter-build.s3 remove_bucket_from_url_paths_from_model",
        Followed("protocols/quirks.rs, BUCKET_IS_IN_ENDPOINT"),
    ),
    rule(
        "before-parameter-build.s3-control remove_accid_host_prefix_from_model",
        Followed("protocols/quirks.rs, HOST_PREFIX_IS_IN_ENDPOINT"),
    ),
    rule(
        "before-parameter-build.s3.PutObject convert_body_to_file_like_object",
        LeftOut("bodies are strings or files"),
    ),
    rule(
        "before-parameter-build.s3.UploadPart convert_body_to_file_like_object",
        LeftOut("bodies are strings or files"),
    ),
    rule("before-parameter-build.s3.CopyObject handle_copy_source_param", COPY_SOURCE),
    rule("before-parameter-build.s3.UploadPartCopy handle_copy_source_param", COPY_SOURCE),
    rule("before-parameter-build.s3.CopyObject validate_ascii_metadata", METADATA),
    rule("before-parameter-build.s3.CreateMultipartUpload validate_ascii_metadata", METADATA),
    rule("before-parameter-build.s3.PutObject validate_ascii_metadata", METADATA),
    rule("before-parameter-build.s3.CompleteMultipartUpload sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.CopyObject copy_source_sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.CopyObject sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.CreateMultipartUpload sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.GetObject sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.HeadObject sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.PutObject sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.SelectObjectContent sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.UploadPart sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.UploadPartCopy copy_source_sse_md5", CUSTOMER_KEY),
    rule("before-parameter-build.s3.UploadPartCopy sse_md5", CUSTOMER_KEY),
    rule(
        "before-parameter-build.autoscaling.CreateLaunchConfiguration base64_encode_user_data",
        Followed("corrections/text_forms.rs"),
    ),
    rule("before-parameter-build.ec2.RunInstances base64_encode_user_data", Followed("corrections/text_forms.rs")),
    rule("before-parameter-build.ec2.* ParameterAlias.alias_parameter_in_call", ALIAS),
    rule("before-parameter-build.cloudsearchdomain.Search ParameterAlias.alias_parameter_in_call", ALIAS),
    rule("before-parameter-build.logs.CreateExportTask ParameterAlias.alias_parameter_in_call", ALIAS),
    rule(
        "before-parameter-build.glacier inject_account_id",
        LeftOut("the AWS CLI demands the account too; write \"-\""),
    ),
    rule("before-parameter-build.route53 fix_route53_ids", Followed("protocols/quirks.rs, ROUTE_53_IDS")),
    rule(
        "before-endpoint-resolution.s3 customize_endpoint_resolver_builtins",
        Followed("protocols/endpoint/parameters.rs"),
    ),
    rule("before-call add_recursion_detection_header", Followed("the SDK has an interceptor for Lambda's trace id")),
    rule(
        "before-call inject_api_version_header_if_needed",
        LeftOut("for endpoint discovery, which is refused by name"),
    ),
    rule("before-call.apigateway add_accept_header", Followed("protocols/quirks.rs, MISSING_HEADERS")),
    rule("before-call.glacier add_glacier_version", Followed("protocols/quirks.rs, MISSING_HEADERS")),
    rule("before-call.glacier.UploadArchive add_glacier_checksums", GLACIER),
    rule("before-call.glacier.UploadMultipartPart add_glacier_checksums", GLACIER),
    rule("before-call.ec2.CopySnapshot inject_presigned_url_ec2", Followed("bindings/src/presigned_copy.rs")),
    rule("before-call.docdb.CopyDBClusterSnapshot inject_presigned_url_rds", COPY),
    rule("before-call.docdb.CreateDBCluster inject_presigned_url_rds", COPY),
    rule("before-call.neptune.CopyDBClusterSnapshot inject_presigned_url_rds", COPY),
    rule("before-call.neptune.CreateDBCluster inject_presigned_url_rds", COPY),
    rule("before-call.rds.CopyDBClusterSnapshot inject_presigned_url_rds", COPY),
    rule("before-call.rds.CopyDBSnapshot inject_presigned_url_rds", COPY),
    rule("before-call.rds.CreateDBCluster inject_presigned_url_rds", COPY),
    rule("before-call.rds.CreateDBInstanceReadReplica inject_presigned_url_rds", COPY),
    rule("before-call.rds.StartDBInstanceAutomatedBackupsReplication inject_presigned_url_rds", COPY),
    rule(
        "before-call.s3 add_expect_header",
        LeftOut("saves the body of a request that S3 redirects; a body is read again"),
    ),
    rule("before-call.s3.DeleteObjects escape_xml_payload", Followed("aws-smithy-xml escapes line ends in texts")),
    rule(
        "before-call.s3.PutBucketLifecycleConfiguration escape_xml_payload",
        Followed("aws-smithy-xml escapes line ends in texts"),
    ),
    rule("request-created add_retry_headers", Followed("the SDK sends amz-sdk-request")),
    rule(
        "request-created.cloudsearchdomain.Search change_get_to_post",
        LeftOut("for queries longer than a URL; CloudSearch takes no new customers"),
    ),
    rule(
        "request-created.machinelearning.Predict switch_host_machinelearning",
        LeftOut("Amazon Machine Learning has ended"),
    ),
    rule(
        "before-sign.polly.SynthesizeSpeech remove_content_type_header_for_presigning",
        LeftOut("a URL of speech, for players"),
    ),
    rule("before-sign.s3 _set_extra_headers_for_unsigned_request", LeftOut("requests are signed")),
    rule("before-sign.s3 remove_arn_from_signing_path", Followed("protocols/quirks.rs, the path has no bucket")),
    rule("choose-signer.cognito-identity.GetCredentialsForIdentity disable_signing", UNSIGNED),
    rule("choose-signer.cognito-identity.GetId disable_signing", UNSIGNED),
    rule("choose-signer.cognito-identity.GetOpenIdToken disable_signing", UNSIGNED),
    rule("choose-signer.cognito-identity.UnlinkIdentity disable_signing", UNSIGNED),
    rule("choose-signer.sts.AssumeRoleWithSAML disable_signing", UNSIGNED),
    rule("choose-signer.sts.AssumeRoleWithWebIdentity disable_signing", UNSIGNED),
    rule("choose-signer set_operation_specific_signer", Followed("the signer is that of the model")),
    rule(
        "choose-signer _set_auth_scheme_preference_signer",
        LeftOut("requests are signed in one way; others are refused by name"),
    ),
];

const ALIAS: Answer = LeftOut("old names of parameters, such as Filter");
const COPY: Answer = Followed("bindings/src/presign.rs, COPIES");
const COPY_SOURCE: Answer = LeftOut("the text is sent as it is; a key with other characters needs url.encode");
const CUSTOMER_KEY: Answer = LeftOut("give the key in Base64, and its MD5, as S3 documents");
const ENCODING: Answer = LeftOut("a key that XML cannot hold is an error; encoding_type = \"url\" lists it");
const GLACIER: Answer = LeftOut("Glacier's own API takes no new customers; give the checksum");
const METADATA: Answer = LeftOut("S3 refuses metadata with other characters");
const STREAM: Answer = Followed("requests that are streams of events are refused by name: protocols/coverage.rs");
const UNSIGNED: Answer = Followed("the model says that the call is not signed");
const EXPIRES: Answer = Followed("protocols/quirks.rs, an Expires header that is not a date is left out");

/// The modules of `awscli/customizations`, without those that only change help, options and output of all commands.
const AWS_CLI: &[Rule] = &[
    rule("argrename", LeftOut("names of options; parameters have the names of the model")),
    rule("assumerole", Followed("profiles with role_arn: crates/client/src/role.rs")),
    rule(
        "awslambda",
        LeftOut("--zip-file fileb://; a script reads the file: code = { zip_file = io.open(f, \"rb\"):read \"a\" }"),
    ),
    rule("binaryformat", LeftOut("blobs are bytes in Lua, so no option has to say how they are written")),
    rule("cloudformation", LeftOut("package and deploy; create_change_set and waiters do it with template_body")),
    rule("cloudfront", LeftOut("signed URLs of CloudFront need a key pair beside AWS's credentials")),
    rule("cloudsearch", LeftOut("options for one index field; write define_index_field's table")),
    rule("cloudsearchdomain", LeftOut("demands an endpoint; without one the endpoint rules say so")),
    rule("cloudtrail", LeftOut("checks digest files of logs; a job for S3, not for a call")),
    rule("cloudwatch", LeftOut("options for one metric; write metric_data")),
    rule(
        "codeartifact",
        LeftOut("writes the configuration of package managers; get_authorization_token has the token"),
    ),
    rule("codecommit", LeftOut("a credential helper for git, which calls the AWS CLI")),
    rule(
        "codedeploy",
        LeftOut("installs an agent on this machine; push is s3.put_object and register_application_revision"),
    ),
    rule("configservice", LeftOut("subscribe makes a bucket and a topic; a script does that by name")),
    rule("datapipeline", LeftOut("takes no new customers")),
    rule("dlm", LeftOut("makes a default role; iam.create_role")),
    rule("dynamodb", LeftOut("consistent paging of a query; .all does not change parameters")),
    rule("ec2/addcount", LeftOut("--count is short for min_count and max_count, which are required by name")),
    rule("ec2/bundleinstance", LeftOut("makes a policy for instance store images, which EC2 does not offer any more")),
    rule("ec2/decryptpassword", Followed("windows.password")),
    rule("ec2/paginate", Followed("corrections/page_sizes.rs, for all listings")),
    rule("ec2/protocolarg", LeftOut("--protocol all for -1; the parameter takes what EC2 documents")),
    rule("ec2/runinstances", LeftOut("short options for one network interface; write network_interfaces")),
    rule("ec2/secgroupsimplify", LeftOut("short options for rules; write ip_permissions")),
    rule("ecr", Followed("ecr.login: lua/src/aws/service_functions/logins.rs")),
    rule("ecr_public", Followed("ecr_public.login: lua/src/aws/service_functions/logins.rs")),
    rule("ecs", LeftOut("deploy waits for CodeDeploy; execute-command needs Session Manager's plugin")),
    rule("eks/get_token", Followed("eks.token: lua/src/aws/service_functions/logins.rs")),
    rule("eks/update_kubeconfig", LeftOut("writes kubectl's configuration, which names the AWS CLI as its helper")),
    rule("emr", LeftOut("its own options for clusters; write run_job_flow's table")),
    rule("emrcontainers", LeftOut("changes a trust policy; iam.update_assume_role_policy with a table")),
    rule("gamelift", LeftOut("uploads a build; request_upload_credentials and s3.put_object")),
    rule("iamvirtmfa", LeftOut("writes the seed to a file; a script does that with reveal and io.open")),
    rule("iot", LeftOut("--outfile options; a script writes files")),
    rule("kinesis", LeftOut("pages of list-streams; .all follows its tokens")),
    rule("kms", LeftOut("documentation of binary parameters; blobs are strings")),
    rule("logs", LeftOut("start-live-tail for a terminal; its answer is a stream of events")),
    rule("mturk", LeftOut("names of commands")),
    rule("paginate", Followed(".all, .items and .pages, with the option max_pages")),
    rule("putmetricdata", LeftOut("options for one metric; write metric_data")),
    rule("quicksight", LeftOut("--outfile options; a script writes files")),
    rule("rds", Followed("rds.auth_token: lua/src/aws/service_functions/logins.rs")),
    rule("rekognition", LeftOut("--image-bytes fileb://; a script reads the file")),
    rule("removals", LeftOut("hides ec2 import-instance and import-volume, which can be called here")),
    rule("route53", LeftOut("ids without the path: protocols/quirks.rs takes both forms")),
    rule("s3", Followed("s3.presign; the transfers of files are functions of the library")),
    rule("s3errormsg", LeftOut("explains redirects; the error names the region")),
    rule("sagemaker", LeftOut("hides invoke-endpoint with a stream")),
    rule("scalarparse", LeftOut("option --timestamp-format; times are values")),
    rule("servicecatalog", LeftOut("generate uploads a template; s3.put_object and create_product")),
    rule("sessendemail", LeftOut("short options for one mail; write destination and message")),
    rule("sessionmanager", LeftOut("starts the plugin for a terminal; the answer of start_session is there")),
    rule("streamingoutputarg", LeftOut("an output file; a script writes files")),
    rule("toplevelbool", LeftOut("options such as --no-ebs-optimized; booleans are true and false")),
    rule("translate", LeftOut("--data-file fileb://; a script reads the file")),
    rule("waiters", Followed("ec2.wait and its like")),
];

/// Prints the handlers of all services, without those for documentation and for names of methods.
const HANDLERS: &str = r#"
import json, sys
from botocore.handlers import BUILTIN_HANDLERS
found = []
for event, handler, *_ in BUILTIN_HANDLERS:
    kind, _, rest = event.partition(".")
    if kind.startswith("docs") or kind == "getattr":
        continue
    name = getattr(handler, "__qualname__", type(handler).__name__)
    found.append(f"{event} {name}")
json.dump(found, sys.stdout)
"#;

#[test]
fn every_rule_of_botocore_is_reviewed() {
    let Some(python) = python_with_botocore() else { return };
    let found = run_python(&python, HANDLERS, &[], "");
    let found: BTreeSet<String> = serde_json::from_str(&found).expect("JSON");
    let reviewed: BTreeSet<_> = BOTOCORE.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(reviewed.len(), BOTOCORE.len(), "a rule is there twice");
    assert_eq!(found, reviewed, "review new rules, and remove those that are gone");
}

#[test]
fn every_rule_has_a_place_or_a_reason() {
    for Rule { name, answer: Followed(text) | LeftOut(text) } in BOTOCORE.iter().chain(AWS_CLI) {
        assert!(text.len() > 10, "{name}");
    }
}
