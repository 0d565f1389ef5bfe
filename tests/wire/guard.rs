//! Read-only scripts and runs send no changes.

use crate::answers::*;
use crate::support::server::{Reply, Server};

const READER: &str = "return script {
  summary = 'Reads.', risk = 'read',
  run = function()
    BODY
  end,
}";

#[test]
fn a_read_only_script_cannot_make_changes() {
    let server = Server::always(Reply::Hangup);
    let write = "ec2.create_tags{resources={'i-1'}, tags={App='App20'}}";
    on(&server)
        .script(&READER.replace("BODY", write))
        .code(4)
        .says("ec2.create_tags: refused, nothing was sent")
        .says("script.lua:4:");
    on(&server).script(&READER.replace("BODY", &format!("task.map({{1}}, function() {write} end)"))).code(4);
    on(&server).script(&READER.replace("BODY", "ec2.terminate_instances{instance_ids={'i-1'}}")).code(4);
    server.saw_nothing();
}

#[test]
fn a_script_can_catch_a_refusal_but_not_bypass_it() {
    let server = Server::always(Reply::Hangup);
    let body = "local input = {resources={'i-1'}, tags={App='App20'}}
                local ok, e = pcall(ec2.create_tags, input)
                print(ok, e.code, e.operation)
                print(pcall(aws.session{region='eu-west-1'}.ec2.create_tags, input))
                print(pcall(ec2.create_tags.pages, input))
                print(coroutine.wrap(function() return pcall(ec2.create_tags, input) end)())";
    let ran = on(&server).script(&READER.replace("BODY", body)).code(0).prints("false\tRefused\tcreate_tags\n");
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("false\t")).count(), 4, "{}", ran.stdout);
    server.saw_nothing();
}

#[test]
fn a_script_with_risk_write_cannot_destroy_and_one_with_risk_read_can_read() {
    let server = Server::always(tags(None, &["App"]));
    let writer = READER.replace("'read'", "'write'");
    on(&server).script(&writer.replace("BODY", "ec2.terminate_instances{instance_ids={'i-1'}}")).code(4);
    server.saw_nothing();
    on(&server).script(&READER.replace("BODY", "print(#ec2.describe_tags{}.tags)")).code(0).printed("1\n");
}

#[test]
fn a_read_only_run_refuses_every_operation_that_can_make_changes() {
    let server = Server::always(Reply::xml(""));
    let walk = "local counts = {}
        for _, service in ipairs{'ec2', 'iam', 'ssm', 'resource_groups', 'sts'} do
          for name, operation in pairs(_G[service]) do
            if not tostring(operation):find('(read)', 1, true) then
              local ok, e = pcall(operation, {})
              assert(not ok and e.code == 'Refused' and e.message:find('--read-only', 1, true), service .. '.' .. name)
              counts[service] = (counts[service] or 0) + 1
            end
          end
        end
        return counts";
    let counts = on(&server).arg("--read-only").returned(walk);
    let refused: u64 = counts.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    println!("{refused} operations refused: {counts}");
    assert!(refused > 500, "{counts}");
    on(&server).arg("--read-only").chunk("ec2.terminate_instances{instance_ids={'i-1'}}").code(4).says("--read-only");
    server.saw_nothing();
}
