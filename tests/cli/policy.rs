//! `moonfleet policy`: the least policy for the calls of a record or a script.

use crate::support::{Ran, Shell};

fn line(number: usize, rest: &str) -> String {
    format!(
        r#"{{"run":"r","call":{number},"time":"2026-11-24T21:00:00Z","account":"123456789012","region":"eu-central-1",{rest}}}"#
    )
}

/// A line with a call of this operation on these targets.
fn call(number: usize, operation: &str, risk: &str, outcome: &str, targets: &str) -> String {
    let (service, operation) = operation.split_once('.').expect("service.operation");
    line(
        number,
        &format!(
            r#""service":"{service}","operation":"{operation}","risk":"{risk}","outcome":"{outcome}","targets":[{targets}]"#
        ),
    )
}

fn policy_of_record(lines: &[String]) -> Ran {
    Shell::new().file("calls", &lines.join("\n")).args(["policy", "calls"]).run()
}

#[test]
fn the_policy_of_a_record_names_known_resources() {
    let ran = policy_of_record(&[
        call(1, "sts.get_caller_identity", "read", "ok", ""),
        call(2, "ec2.describe_instances", "read", "ok", ""),
        call(3, "ec2.describe_instances", "read", "failed", ""),
        call(4, "ec2.stop_instances", "write", "begun", r#""i-0123456789abcdef0""#),
        call(4, "ec2.stop_instances", "write", "ok", r#""i-0123456789abcdef0""#),
        call(5, "ec2.stop_instances", "write", "unknown", r#""i-0123456789abcdef1""#),
        call(6, "ec2.attach_volume", "write", "ok", r#""i-0123456789abcdef0","vol-0123456789abcdef0""#),
        call(7, "ec2.create_tags", "write", "ok", r#""i-0123456789abcdef0","snap-0123456789abcdef0""#),
        call(8, "ec2.delete_tags", "write", "ok", r#""i-0123456789abcdef0""#),
        call(9, "ec2.delete_tags", "write", "ok", r#""my-own-thing""#),
        call(10, "ssm.send_command", "write", "ok", r#""i-0123456789abcdef0""#),
        call(11, "resource_groups.list_groups", "read", "ok", ""),
        call(12, "iam.delete_user", "destroy", "refused", r#""ada""#),
        call(13, "ec2.terminate_instances", "destroy", "failed", r#""i-0123456789abcdef0""#),
        call(14, "s3.get_object", "read", "ok", ""),
    ]);
    let ran = ran.code(0).says("the policy allows destructive actions: ec2:TerminateInstances");
    insta::assert_snapshot!("record", ran.stdout);
}

#[test]
fn the_policy_of_a_script_comes_from_a_run_of_its_example_and_from_its_text() {
    let script = r#"
      return script {
        summary = "Stop idle instances.", risk = "destroy",
        args = { app = { "string", required = true, help = "The application." } },
        example = { args = { app = "App20" } },
        run = function(args)
          print("not the policy")
          local found = ec2.describe_instances.all { filters = { ["tag:App"] = args.app } }
          ec2.create_tags { resources = { found[1].instance_id }, tags = { Seen = "yes" } }
          if args.app == "App99" then
            ec2.terminate_instances { instance_ids = { found[1].instance_id } }
            ec2.wait.instance_terminated { instance_ids = { found[1].instance_id } }
            local other = aws.session { region = "us-east-1" }
            other.iam.list_users.all()
          end
        end,
      }"#;
    let ran = Shell::new().file("s.lua", script).args(["policy", "s.lua"]).run().code(0);
    let ran = ran
        .says("although this run did not call them: ec2.terminate_instances, iam.list_users")
        .says("the policy allows destructive actions");
    insta::assert_snapshot!("script", ran.stdout);
}

#[test]
fn a_script_of_the_library_has_a_policy_and_takes_arguments() {
    let ran = Shell::new().args(["policy", "fleet-report"]).run().code(0);
    insta::assert_snapshot!("fleet-report", ran.stdout);
    let ran = Shell::new().args(["policy", "fleet-report", "--tag=App=Nothing"]).run();
    assert!(!ran.stdout.contains("ssm:GetCommandInvocation"), "{}", ran.stdout);
}

#[test]
fn a_failing_script_gets_an_incomplete_policy_and_exit_code_3() {
    let script = "ec2.describe_vpcs() error('boom') ec2.describe_subnets()";
    let ran = Shell::new().file("s.lua", script).args(["policy", "s.lua"]).run().code(3);
    let ran = ran.says("boom").says("the script ended in the sandbox with");
    ran.prints("ec2:DescribeVpcs").prints("ec2:DescribeSubnets");
    let script = "ec2.describe_vpcs() os.exit(0)";
    Shell::new().file("s.lua", script).args(["policy", "s.lua"]).run().code(0).prints("ec2:DescribeVpcs");
}

#[test]
fn invalid_records_are_errors_with_their_line() {
    let good = call(1, "ec2.describe_vpcs", "read", "ok", "");
    for (lines, problem) in [
        (vec![good.clone(), "{\"run\": 5}".to_owned()], "calls:2: not a line of a record"),
        (vec![good.clone(), "nonsense".to_owned()], "calls:2: not a line of a record"),
        (vec![good.clone(), call(2, "ec2.describe_vpc", "read", "ok", "")], "did you mean ec2.describe_vpcs?"),
        (vec![call(1, "s4.get", "read", "ok", "")], "calls:1: there is no service 's4'"),
    ] {
        policy_of_record(&lines).code(2).says(problem);
        Shell::new().sandbox().file("calls", &lines.join("\n")).args(["undo", "calls"]).run().code(2).says(problem);
    }
    Shell::new().args(["policy", "absent.jsonl"]).run().code(2).says("cannot read the record 'absent.jsonl'");
    Shell::new().args(["policy", "-"]).run().code(2).says("standard input");
    Shell::new().args(["policy", "absent"]).run().code(2).says("there is no command, script or file 'absent'");
}

#[test]
fn a_truncated_line_of_a_killed_run_is_skipped() {
    let good = call(1, "ec2.describe_vpcs", "read", "ok", "");
    let torn = good[..good.len() / 2].to_owned();
    policy_of_record(&[torn, good]).code(0).says("line 1 is skipped: it is truncated").prints("ec2:DescribeVpcs");
}
