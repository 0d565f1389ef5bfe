//! Invalid input is refused before a request.

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn invalid_input_is_named_with_its_path_and_not_sent() {
    let server = Server::always(Reply::Hangup);
    let cases = [
        ("ec2.describe_instances{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        (
            "ec2.describe_instances{InstanceIds={'i-1'}}",
            "unknown parameter 'InstanceIds'; did you mean 'instance_ids'?",
        ),
        ("ec2.describe_instances.all{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        ("ec2.describe_instances.items{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        ("ec2.describe_instances.pages{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        ("ec2.wait.instance_running{filter={}}", "unknown parameter 'filter'; did you mean 'filters'?"),
        (
            "ec2.run_instances{min_count=1, max_count=1, block_device_mappings={{}, {ebs={volume_sise=3}}}}",
            "block_device_mappings[2].ebs: unknown parameter 'volume_sise'; did you mean 'volume_size'?",
        ),
        ("sts.get_caller_identity{user='me'}", "unknown parameter 'user'; there are no parameters"),
        ("ec2.describe_instances{max_results='many'}", "max_results: expected integer, got string"),
        ("ec2.describe_instances{max_results=1.5}", "max_results: expected integer, got number"),
        ("ec2.describe_instances{max_results=2^40}", "max_results: 1099511627776 does not fit into 32 bits"),
        ("ec2.describe_instances{dry_run='yes'}", "dry_run: expected boolean, got string"),
        ("ec2.describe_instances{instance_ids='i-1'}", "instance_ids: expected list of strings, got string"),
        ("ec2.describe_instances{instance_ids={'i-1', 2}}", "instance_ids[2]: expected string, got integer"),
        (
            "ec2.describe_instances{filters={['tag:App']={{}}}}",
            "filters[\"tag:App\"][1]: expected string or list of strings, got table",
        ),
        (
            "ec2.run_instances{min_count=1, max_count=1, tag_specifications={{tags={App=20}}}}",
            "tag_specifications[1].tags.App: expected string, got integer",
        ),
        ("ec2.describe_spot_price_history{start_time='yesterday'}", "start_time: expected a time"),
        ("ec2.describe_instances('i-1')", "got string"),
        ("ec2.run_instances{min_count=1}", "required parameter 'max_count' is missing"),
        ("ssm.send_command{}", "required parameter 'document_name' is missing"),
        ("ec2.describe_instances{instance_ids={}}", "instance_ids: the list is empty"),
        ("ec2.terminate_instances{instance_ids=json.list()}", "instance_ids: the list is empty"),
        ("ec2.stop_instances{instance_ids={}}", "instance_ids: the list is empty"),
        ("ssm.send_command{document_name='X', instance_ids={}}", "instance_ids: the list is empty"),
        ("ssm.send_command{document_name='X', targets={}}", "targets: the list is empty"),
        ("ec2.describe_instances{filters={}}", "filters: the list is empty"),
        ("ec2.describe_instances{filters={['tag:App']={}}}", "filters[\"tag:App\"]: a filter without values"),
        ("ec2.describe_instances{filters={{name='tag:App', values={}}}}", "filters[1].values: the list is empty"),
        ("ec2.describe_instances{print}", "has the type function"),
        ("ec2.descibe_instances{}", "no such operation; did you mean ec2.describe_instances?"),
        ("ec2.DescribeInstances{}", "no such operation; did you mean ec2.describe_instances?"),
        ("ec2.describe_instances.al{}", "did you mean ec2.describe_instances.all?"),
        ("ec2.wait.instance_runing{instance_ids={'i-1'}}", "did you mean ec2.wait.instance_running?"),
    ];
    fail_unsent(&server, "", &cases);
}

#[test]
fn an_input_error_has_a_code_of_its_own() {
    let server = Server::always(Reply::Hangup);
    let error = caught(on(&server), "ec2.describe_instances{filter={}}");
    assert_eq!(error["code"], "InvalidInput");
    assert_eq!(error["service"], "ec2");
    assert_eq!(error["operation"], "describe_instances");
    assert_eq!(error["retryable"], false);
    assert_eq!(error["text"], "ec2.describe_instances: unknown parameter 'filter'; did you mean 'filters'?");
}

#[test]
fn all_input_errors_have_the_same_code_and_name_the_operation() {
    let server = Server::always(Reply::xml(""));
    for (call, said) in [
        ("ec2.describe_instances{instance_ids={'a', nil, 'b'}}", ".instance_ids has an item 3 but no item 2"),
        ("ec2.describe_instances{instance_ids={print}}", ".instance_ids[1] has the type function"),
        ("ec2:describe_instances{}", "ec2.describe_instances{…} with a dot"),
        ("ec2.describe_instances({}, {timout='1s'})", "did you mean `timeout`?"),
        ("ec2.descibe_instances{}", "did you mean ec2.describe_instances?"),
    ] {
        let error =
            on(&server).returned(&format!("local _, e = pcall(function() {call} end) return {{e.code, tostring(e)}}"));
        assert_eq!(error[0], "InvalidInput", "{call}: {error}");
        assert!(error[1].as_str().is_some_and(|text| text.contains(said)), "{call}: {error}");
    }
    server.saw_nothing();
}
