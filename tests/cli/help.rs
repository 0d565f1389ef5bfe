//! `help` as a person at the prompt meets it.

use crate::support::Shell;

fn help(topic: &str) -> String {
    Shell::new().chunk(&format!("help({topic})")).code(0).quiet().stdout
}

#[test]
fn an_operation_tells_what_it_takes_and_gives() {
    insta::assert_snapshot!("help-describe-tags", help("ec2.describe_tags"));
    insta::assert_snapshot!("help-run-instances", help("'ec2.run_instances'"));
    insta::assert_snapshot!("help-assume-role", help("sts.assume_role"));
}

#[test]
fn modules_and_functions_tell_what_their_stubs_say() {
    insta::assert_snapshot!("help-sh", help("sh"));
    insta::assert_snapshot!("help-sweep-regions", help("sweep.regions"));
}

#[test]
fn a_thing_and_its_name_have_the_same_help() {
    for (thing, name) in [
        ("iam.get_user", "iam.get_user"),
        ("iam.list_users", "iam.list_users.all"),
        ("ec2", "ec2"),
        ("rg", "resource_groups"),
        ("aws", "aws"),
        ("fleet.run", "fleet.run"),
        ("help", "help"),
        ("aws.session{region='us-east-1'}.ec2.run_instances", "run_instances"),
    ] {
        let shell = Shell::new().sandbox();
        let by_thing = shell.chunk(&format!("help({thing})")).code(0).stdout;
        assert_eq!(by_thing, help(&format!("'{name}'")), "{thing}");
    }
}

#[test]
fn a_service_tells_how_much_it_has() {
    let text = help("sts");
    assert!(text.starts_with("sts: 11 operations (11 read, 0 write, 0 destroy)\n"), "{text}");
    assert!(help("ec2").contains("waiters, in ec2.wait\n"));
    assert!(help("'ec2.wait.instance_running'").starts_with("ec2.wait.instance_running: asks ec2.describe_instances"));
    assert!(help("").contains("811 operations\n"));
}

#[test]
fn what_is_unknown_is_an_error_that_names_what_is_near() {
    let help = |topic: &str| Shell::new().chunk(&format!("help({topic})")).code(1);
    help("'ec2.run_instance'").says("there is no help on 'ec2.run_instance'; did you mean ec2.run_instances");
    help("'zzzzzz'").says("help() lists all topics");
    help("nil").says("help: no help on a value of type nil");
    help("function() end").says("help: no help on a value of type function");
}

#[test]
fn what_is_told_of_risk_and_permissions_is_what_the_guard_knows() {
    assert!(help("ec2.terminate_instances").contains("  risk  destroy\n  IAM   ec2:TerminateInstances\n"));
    let role = help("ssm.send_command");
    assert!(role.contains("ssm:SendCommand; iam:PassRole with service_role_arn"), "{role}");
    assert!(help("ec2.describe_instances").contains("  owner_id "), "items take their reservation's owner along");
    assert!(help("sts.get_caller_identity").contains("none; all principals may call it"));
    assert!(help("ec2.get_password_data").contains("  secrets  in its answer\n"));
}
