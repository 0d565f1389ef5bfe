//! The Lua function `help`, and `--help` of commands.

use crate::support::Shell;

fn help(topic: &str) -> String {
    Shell::new().chunk(&format!("help({topic})")).code(0).quiet().stdout
}

#[test]
fn help_on_an_operation_shows_its_parameters_and_fields() {
    insta::assert_snapshot!("help-describe-tags", help("ec2.describe_tags"));
    insta::assert_snapshot!("help-run-instances", help("'ec2.run_instances'"));
    insta::assert_snapshot!("help-assume-role", help("sts.assume_role"));
}

#[test]
fn help_on_modules_and_functions_comes_from_their_stubs() {
    insta::assert_snapshot!("help-sh", help("sh"));
    insta::assert_snapshot!("help-sweep-regions", help("sweep.regions"));
}

#[test]
fn a_value_and_its_name_have_the_same_help() {
    for (value, name) in [
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
        let by_value = shell.chunk(&format!("help({value})")).code(0).stdout;
        assert_eq!(by_value, help(&format!("'{name}'")), "{value}");
    }
}

#[test]
fn help_on_a_service_counts_its_operations() {
    let text = help("sts");
    assert!(
        text.starts_with("sts: AWS Security Token Service, 12 operations (12 read, 0 write, 0 destroy)\n"),
        "{text}"
    );
    assert!(help("ec2").contains("waiters, in ec2.wait\n"));
    assert!(help("'ec2.wait.instance_running'").starts_with("ec2.wait.instance_running: polls ec2.describe_instances"));
    assert!(help("").contains("830 operations\n"));
}

#[test]
fn help_covers_the_services_of_models() {
    let rds = help("rds");
    assert!(rds.starts_with("rds: Amazon Relational Database Service, "), "{rds}");
    assert!(rds.contains("services = { \"rds\" } in the header, or aws.service \"rds\""), "{rds}");
    assert!(help("alb").contains("also known as\n  alb, nlb\n"));
    let logs = help("rds.describe_db_log_files");
    assert!(logs.contains("db_instance_identifier  string, required") && logs.contains("\n  risk"), "{logs}");
    let found = help("'*snapshot*'");
    assert!(found.contains("operations of rds\n") && found.contains("operations of elasticache\n"), "{found}");
    assert!(found.contains("rds.wait.db_snapshot_available"), "{found}");
    assert!(help("'*load balanc*'").contains("  elbv2  Elastic Load Balancing\n"));
    assert!(help("").contains(" more, which aws.services() lists"));
    let unknown = |topic: &str| Shell::new().chunk(&format!("help('{topic}')")).code(1);
    unknown("rds.describe_db_instnces").says("did you mean rds.describe_db_instances");
    unknown("list_functions").says("did you mean appsync.list_functions");
    unknown("cloudwatch_logs").says("did you mean logs");
}

#[test]
fn unknown_topics_are_errors_with_similar_names() {
    let help = |topic: &str| Shell::new().chunk(&format!("help({topic})")).code(1);
    help("'ec2.run_instance'").says("there is no help on 'ec2.run_instance'; did you mean ec2.run_instances");
    help("'zzzzzz'").says("help() lists all topics");
    help("nil").says("help: no help on a value of type nil");
    help("function() end").says("help: no help on a value of type function");
}

#[test]
fn help_shows_risk_and_permissions() {
    assert!(help("ec2.terminate_instances").contains("  risk  destroy\n  IAM   ec2:TerminateInstances\n"));
    let role = help("ssm.send_command");
    assert!(role.contains("ssm:SendCommand; iam:PassRole with service_role_arn"), "{role}");
    assert!(help("ec2.describe_instances").contains("  owner_id "), "items take their reservation's owner along");
    assert!(help("sts.get_caller_identity").contains("none; all principals may call it"));
    assert!(help("ec2.get_password_data").contains("  secrets  in its answer\n"));
}

#[test]
fn run_without_a_script_has_help() {
    let help = Shell::new().args(["help", "run"]).run().code(0).quiet().stdout;
    assert!(help.starts_with("Run a script of the library, or a script file.\n\nUsage: moonfleet run "), "{help}");
    for word in ["--help", "-h"] {
        Shell::new().args(["run", word]).run().code(0).quiet().printed(&help);
    }
    // Behind a script, the option belongs to the script.
    Shell::new().args(["run", "fleet-report", "--help"]).run().code(0).quiet().prints("Risk: write");
    Shell::new().args(["run", "--hlep"]).run().code(2).says("unexpected argument '--hlep'");
}
