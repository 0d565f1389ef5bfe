//! Audits that could not look at a part of the account are incomplete.

use crate::support::Shell;

/// Opens a port to a prefix list, whose entries the sandbox does not simulate.
const PREFIX_LIST: &str = "local group = ec2.describe_security_groups().security_groups[1]
    ec2.authorize_security_group_ingress { group_id = group.group_id, ip_permissions = {
      { ip_protocol = 'tcp', from_port = 22, to_port = 22, prefix_list_ids = { { prefix_list_id = 'pl-0123456789abcdef0' } } },
    } }\n";

#[test]
fn an_unreadable_prefix_list_makes_each_audit_of_ports_incomplete() {
    for audit in ["open_ports", "public_instances"] {
        let run = |shows: &str| {
            let lua = format!("{PREFIX_LIST} local found = require('network').{audit}() {shows}");
            Shell::new()
                .sandbox()
                .args(["--out", "x.md"])
                .script(&lua)
                .code(3)
                .says("incomplete=1")
                .says("WARN incomplete: Prefix list pl-")
        };
        // The run is incomplete even if the script leaves out the finding.
        for shows in ["report.print(found)", "report.print({{ count = #found }})"] {
            let text = run(shows).read("x.md");
            assert!(text.contains("Prefix list pl-0123456789abcdef0 could not be read"), "{audit}: {text}");
        }
    }
}

#[test]
fn a_kind_that_cannot_be_listed_makes_the_audit_of_tags_incomplete() {
    let lua = "require('taggable').of('vpc-endpoint').list = function() error('denied', 0) end
      report.print(require('tags').audit { policy = { Owner = true }, kinds = { 'vpc-endpoint', 'volume' } })";
    Shell::new().sandbox().script(lua).code(3);
}

#[test]
fn a_script_can_say_that_its_results_are_incomplete() {
    let lua = "report.incomplete('Account 1 was denied.') report.incomplete('Account 1 was denied.') report.print({{ a = 1 }})";
    let ran = Shell::new().sandbox().args(["--out", "x.md"]).script(lua).code(3).says("incomplete=1");
    assert!(ran.read("x.md").contains("Missing:\n\n- Account 1 was denied."), "{}", ran.read("x.md"));
}
