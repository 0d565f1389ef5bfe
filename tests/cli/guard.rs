//! The guard, with the real binary: a refusal sends no change, names its reason, and exits with 4.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::Shell;
use crate::support::server::{Reply, Request, Server};

const WEB: &str = "ec2.describe_instances.all{filters={['tag:App']='App20', ['instance-state-name']='running'}}";

/// A server for EC2 with one instance, whose state and tags tests can change. Other operations answer with empty lists.
#[derive(Clone)]
struct Cloud(Arc<Mutex<Instance>>);

struct Instance {
    id: &'static str,
    state: &'static str,
    app: &'static str,
    account: &'static str,
    protected: bool,
    /// EC2's own protection.
    termination_protected: bool,
}

impl Cloud {
    fn start() -> (Self, Server) {
        let instance = Instance {
            id: "i-0aaaaaaaaaaaaaaaa",
            state: "running",
            app: "App20",
            account: "123456789012",
            protected: false,
            termination_protected: false,
        };
        let cloud = Cloud(Arc::new(Mutex::new(instance)));
        let answers = cloud.clone();
        let server = Server::start(move |request| answers.answer(request));
        (cloud, server)
    }

    fn change(&self, change: impl FnOnce(&mut Instance)) {
        change(&mut self.0.lock().unwrap());
    }

    fn answer(&self, request: &Request) -> Reply {
        let instance = self.0.lock().unwrap();
        let parameters = request.parameters();
        let asks_for = |id: &str| parameters.iter().any(|(_, value)| value == id);
        if parameters.iter().any(|(name, value)| name == "DryRun" && value == "true") {
            if instance.termination_protected {
                let body = "<Response><Errors><Error><Code>OperationNotPermitted</Code><Message>The instance may not be \
                            terminated.</Message></Error></Errors><RequestID>r</RequestID></Response>";
                return Reply::xml(body).status(400);
            }
            let body = "<Response><Errors><Error><Code>DryRunOperation</Code><Message>It would have been done.</Message>\
                        </Error></Errors><RequestID>r</RequestID></Response>";
            return Reply::xml(body).status(412);
        }
        let Instance { id, state, app, account, protected, .. } = &*instance;
        match request.operation().as_str() {
            "GetCallerIdentity" => Reply::xml(format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/me</Arn>\
                 <UserId>AIDA</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            )),
            "DescribeInstances" if !parameters.iter().any(|(name, _)| name.starts_with("InstanceId")) || asks_for(id) => {
                Reply::xml(format!(
                    "<DescribeInstancesResponse><reservationSet><item><reservationId>r-1</reservationId><instancesSet><item>\
                     <instanceId>{id}</instanceId><instanceState><code>16</code><name>{state}</name></instanceState>\
                     <tagSet><item><key>App</key><value>{app}</value></item><item><key>Name</key><value>web-1</value></item></tagSet>\
                     </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
                ))
            }
            "DescribeInstances" => Reply::xml(
                "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>not found</Message></Error></Errors></Response>",
            )
            .status(400),
            "DescribeTags" if *protected => Reply::xml(format!(
                "<DescribeTagsResponse><tagSet><item><resourceId>{id}</resourceId><resourceType>instance</resourceType>\
                 <key>moonfleet:protect</key><value>yes</value></item></tagSet></DescribeTagsResponse>"
            )),
            operation => Reply::xml(format!("<{operation}Response><return>true</return></{operation}Response>")),
        }
    }
}

fn on(server: &Server) -> Shell {
    Shell::new().endpoint(&server.url)
}

/// The operations that change resources and were sent, without dry runs.
fn changes(server: &Server) -> Vec<String> {
    let is_change = |request: &&Request| {
        let reads = ["Describe", "Get", "List"].iter().any(|verb| request.operation().starts_with(verb));
        !reads && request.parameter("DryRun").is_none()
    };
    server.requests().iter().filter(is_change).map(Request::operation).collect()
}

const ID: &str = "i-0aaaaaaaaaaaaaaaa";

fn terminate() -> String {
    format!("ec2.terminate_instances{{instance_ids={{'{ID}'}}}}")
}

#[test]
fn each_refusal_sends_no_change_and_names_its_reason() {
    let (cloud, server) = Cloud::start();
    let no_terminal = on(&server).chunk(&terminate()).code(4);
    no_terminal.says("ec2.terminate_instances: refused, nothing was sent").says("there is no terminal; --yes");
    assert_eq!(
        server.operations(),
        Vec::<String>::new(),
        "without a terminal, no account is looked up for the confirmation"
    );

    let cap = "ec2.create_tags{resources={'i-0aaaaaaaaaaaaaaaa', 'vol-0aaaaaaaaaaaaaaaa'}, tags={a='b'}}";
    on(&server)
        .args(["--max-targets", "1"])
        .chunk(cap)
        .code(4)
        .says("the call changes 2 resources; the limit (max_targets) is 1");
    let empty = on(&server).arg("--yes").chunk("ec2.terminate_instances{instance_ids={}}").code(4);
    empty.says("refused, nothing was sent: instance_ids: the list is empty");
    let settings = "blocked_accounts = ['123456789012']";
    let blocked =
        on(&server).file(".config/moonfleet/settings.toml", settings).arg("--yes").chunk(&terminate()).code(4);
    blocked.says("account 123456789012 is blocked by blocked_accounts");
    cloud.change(|instance| instance.protected = true);
    let protected = on(&server).arg("--yes").chunk(&terminate()).code(4);
    protected.says("i-0aaaaaaaaaaaaaaaa is protected by its tag moonfleet:protect");
    on(&server).args(["--read-only", "--yes"]).chunk(&terminate()).code(4).says("the run is --read-only");
    assert_eq!(changes(&server), Vec::<String>::new());

    cloud.change(|instance| instance.protected = false);
    on(&server).arg("--yes").chunk(&terminate()).code(0);
    assert_eq!(changes(&server), ["TerminateInstances"]);
}

#[test]
fn settings_apply_to_their_profile() {
    let settings = "[profile.prod]\nread_only = true\n";
    let config = "[profile prod]\nregion = eu-central-1\n[profile test]\nregion = eu-central-1\n";
    let with = |profile: &str| {
        let shell = Shell::new().file(".config/moonfleet/settings.toml", settings).file(".aws/config", config);
        shell.sandbox().args(["--profile", profile])
    };
    with("moonfleet").chunk("ec2.create_tags{resources={'i-1'}, tags={a='b'}}").code(1);
    let chunk = "print(pcall(ec2.create_tags, {resources={'i-0123456789abcdef0'}, tags={a='b'}}))";
    let server = Server::always(Reply::xml("<CreateTagsResponse><return>true</return></CreateTagsResponse>"));
    let on_server = |profile: &str| {
        let shell = Shell::new().file(".config/moonfleet/settings.toml", settings).file(".aws/config", config);
        shell.endpoint(&server.url).args(["--profile", profile])
    };
    on_server("prod").chunk(chunk).code(0).prints("read_only is set in");
    on_server("prod").chunk("ec2.create_tags{resources={'i-0123456789abcdef0'}, tags={a='b'}}").code(4);
    // A session with another profile has the rules of that profile.
    let other = "aws.session{profile='prod'}.ec2.create_tags{resources={'i-0123456789abcdef0'}, tags={a='b'}}";
    on_server("test").chunk(other).code(4).says("read_only is set in");
    server.saw_nothing();
}

#[test]
fn the_rules_of_a_profile_hold_for_its_account_under_other_names() {
    let settings = "[profile.staging]\nread_only = true\n";
    let change = "local role = aws.assume('arn:aws:iam::210987654321:role/moonfleet-operator')
        print(pcall(role.ec2.create_tags, {resources = {'vpc-05f48c752b6bdc48f'}, tags = {A = 'b'}}))
        ec2.create_tags {resources = {'vpc-05f48c752b6bdc48f'}, tags = {A = 'b'}}";
    let ran = Shell::new().sandbox().file(".config/moonfleet/settings.toml", settings).chunk(change).code(0);
    ran.prints("read_only is set for the profile staging in ").prints("and this session has its account ");
}

#[test]
fn invalid_settings_end_the_run_before_it_begins() {
    let wrong = |text: &str| Shell::new().file(".config/moonfleet/settings.toml", text).chunk("print('never')").code(2);
    wrong("read_onyl = true").printed("").says("settings.toml").says("unknown field `read_onyl`");
    wrong("blocked_accounts = ['prod-account']").says("twelve digits");
    wrong("max_targets = 'lots'").says("10%");
}

#[test]
fn max_targets_counts_each_resource_once_in_the_whole_run() {
    let tag = "local function tag(i) ec2.create_tags{resources={i.instance_id}, tags={Seen='yes'}} end\n";
    let run = |cap: &str, code: &str| {
        Shell::new().sandbox().args(["--max-targets", cap]).chunk(&format!("local web = {WEB}\n{tag}{code}"))
    };
    run("2", "tag(web[1]) tag(web[2]) tag(web[1]) print('both')").code(0).printed("both\n");
    let third = run("2", "for _, i in ipairs(web) do tag(i) print('tagged') end").code(4);
    third.printed("tagged\ntagged\n").says("the call changes 1 resource, after 2 in this run");
    // Concurrent calls are counted together.
    let many = run("2", "print(select(2, pcall(task.map, web, tag)))").code(0);
    many.prints("the limit (max_targets) is 2");
    // A percentage refers to all resources of the kind.
    run("1%", "tag(web[1])").code(4).says("(instance); the limit (max_targets) is 1%");
    run("10%", "tag(web[1])").code(0);
    run("5", "ec2.run_instances{image_id=web[1].image_id, instance_type='t3.micro', min_count=1, max_count=6}")
        .code(4)
        .says("the call changes 6 resources");
}

#[test]
fn the_strictest_max_targets_holds() {
    let run = |general: &str, profile: &str, option: &[&str], amount: usize| {
        let code = format!(
            "local web = {WEB}\nlocal ids = {{}} for n = 1, {amount} do ids[n] = web[n].instance_id end\n\
             ec2.create_tags{{resources=ids, tags={{Seen='yes'}}}}"
        );
        let settings = format!("max_targets = {general}\n[profile.default]\nmax_targets = {profile}\n");
        Shell::new().sandbox().file(".config/moonfleet/settings.toml", &settings).args(option).chunk(&code)
    };
    for (general, profile, option) in
        [("1", "20", None), ("20", "1", None), ("1", "'50%'", None), ("20", "30", Some("1"))]
    {
        let option = option.map_or(vec![], |limit| vec!["--max-targets", limit]);
        run(general, profile, &option, 1).code(0);
        run(general, profile, &option, 2).code(4).says("the call changes 2 resources; the limit (max_targets) is 1");
    }
    // No option lifts a limit of the settings.
    run("1", "20", &["--max-targets", "50"], 2).code(4).says("the limit (max_targets) is 1");
    run("20", "'1%'", &["--max-targets", "50"], 2).code(4).says("the limit (max_targets) is 1%");
}

#[test]
fn a_fleet_larger_than_max_targets_gets_no_command() {
    let run = "fleet.run({tags={App='App20'}}, 'uptime')";
    let ran = Shell::new().sandbox().args(["--max-targets", "2", "-vv"]).chunk(run).code(4);
    ran.says("ssm.send_command: refused, nothing was sent: the call changes").never_says("operation=\"SendCommand\"");
    // Targets that Systems Manager selects by tags are counted as well.
    let tags = "ssm.send_command{document_name='AWS-RunShellScript', parameters={commands={'uptime'}}, targets={['tag:App']='App20'}}";
    Shell::new().sandbox().args(["--max-targets", "2"]).chunk(tags).code(4).says("the call changes");
    Shell::new().sandbox().args(["--max-targets", "50"]).chunk(tags).code(0);
}

#[test]
fn protected_resources_are_not_changed() {
    let protect =
        "local web = {WEB}\nec2.create_tags{resources={web[1].instance_id}, tags={['moonfleet:protect']='yes'}}\n"
            .replace("{WEB}", WEB);
    let run = |code: &str| Shell::new().sandbox().arg("--yes").chunk(&format!("{protect}{code}"));
    run("ec2.stop_instances{instance_ids={web[2].instance_id}}").code(0);
    run("ec2.stop_instances{instance_ids={web[1].instance_id, web[2].instance_id}}")
        .code(4)
        .says("is protected by its tag");
    // The protecting tag can be removed only outside of moonfleet.
    run("ec2.delete_tags{resources={web[1].instance_id}, tags={['moonfleet:protect']='yes'}}").code(4);
    run("fleet.run({tags={App='App20'}}, 'uptime')").code(4).says("ssm.send_command").says("is protected");
    let by_tag = "ssm.send_command{document_name='AWS-RunShellScript', parameters={commands={'uptime'}}, targets={['tag:App']='App20'}}";
    run(by_tag).code(4).says("is protected");
    let server = Server::start(|request| match request.operation().as_str() {
        "ListRoleTags" => Reply::xml(
            "<ListRoleTagsResponse><ListRoleTagsResult><Tags><member><Key>moonfleet:protect</Key><Value/></member></Tags>\
             <IsTruncated>false</IsTruncated></ListRoleTagsResult></ListRoleTagsResponse>",
        ),
        other => panic!("unexpected operation {other}"),
    });
    on(&server).arg("--yes").chunk("iam.delete_role{role_name='web'}").code(4).says("web is protected by its tag");
    let settings = "protect_tag = 'keep'";
    let other = format!("{protect}ec2.stop_instances{{instance_ids={{web[1].instance_id}}}}");
    Shell::new().file(".config/moonfleet/settings.toml", settings).sandbox().chunk(&other).code(0);
}

#[test]
fn tags_of_policies_that_aws_owns_are_not_read_in_any_partition() {
    for partition in ["aws", "aws-us-gov", "aws-cn"] {
        let server = Server::start(|request| match request.operation().as_str() {
            "ListRoleTags" => Reply::xml(
                "<ListRoleTagsResponse><ListRoleTagsResult><Tags/><IsTruncated>false</IsTruncated></ListRoleTagsResult>\
                 </ListRoleTagsResponse>",
            ),
            "AttachRolePolicy" => Reply::xml("<AttachRolePolicyResponse/>"),
            // IAM refuses to list the tags of a policy of AWS.
            _ => Reply::Hangup,
        });
        let policy = format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess");
        let attach = format!("iam.attach_role_policy{{role_name='web', policy_arn='{policy}'}}");
        on(&server).chunk(&attach).code(0);
        assert_eq!(server.operations(), ["ListRoleTags", "AttachRolePolicy"], "{partition}");
    }
}

#[test]
fn a_protected_resource_is_protected_under_its_names() {
    let protect = |id: &str| format!("ec2.create_tags{{resources={{{id}}}, tags={{['moonfleet:protect']='yes'}}}}\n");
    let group = "local group = ec2.describe_security_groups().security_groups[1]\n";
    let address = "local address = ec2.allocate_address{domain='vpc'}
        local web = ec2.describe_instances.all{filters={['instance-state-name']='running'}}[1]
        local association = ec2.associate_address{allocation_id=address.allocation_id, instance_id=web.instance_id}.association_id\n";
    let template = "local template = ec2.create_launch_template{launch_template_name='web',
        launch_template_data={instance_type='t3.micro'}}.launch_template\n";
    let rule = "local rule = ec2.describe_security_group_rules{filters={['group-id']=group.group_id}}.security_group_rules[1]\n";
    let cases = [
        (group, "group.group_id", "ec2.delete_security_group{group_name=group.group_name}"),
        (address, "address.allocation_id", "ec2.disassociate_address{association_id=association}"),
        (address, "address.allocation_id", "ec2.disassociate_address{public_ip=address.public_ip}"),
        (address, "web.instance_id", "ec2.disassociate_address{association_id=association}"),
        (template, "template.launch_template_id", "ec2.delete_launch_template{launch_template_name='web'}"),
        (
            &format!("{group}{rule}"),
            "group.group_id",
            "ec2.modify_security_group_rules{group_id=group.group_id, security_group_rules={
               {security_group_rule_id=rule.security_group_rule_id, security_group_rule={ip_protocol='tcp', from_port=1, to_port=1, cidr_ipv4='10.0.0.0/8'}}}}",
        ),
    ];
    for (setup, id, change) in cases {
        let ran = Shell::new().sandbox().arg("--yes").chunk(&format!("{setup}{}{change}", protect(id)));
        ran.code(4).says("protected by").says("moonfleet:protect");
        // Without the tag the guard lets the call pass; EC2 may have other reasons to refuse it.
        let ran = Shell::new().sandbox().arg("--yes").chunk(&format!("{setup}{change}"));
        assert!(!ran.stderr.contains("protected by"), "{change}: {}", ran.stderr);
    }
}

#[test]
fn a_protected_key_pair_is_protected_under_its_name() {
    let key = "key-0123456789abcdef0";
    let server = Server::start(move |request| match request.operation().as_str() {
        "DescribeTags" => Reply::xml(format!(
            "<DescribeTagsResponse><tagSet><item><resourceId>{key}</resourceId><resourceType>key-pair</resourceType>\
             <key>moonfleet:protect</key><value>yes</value></item></tagSet></DescribeTagsResponse>"
        )),
        "DescribeKeyPairs" => {
            assert_eq!(request.parameter("Filter.1.Name").as_deref(), Some("key-name"));
            assert_eq!(request.parameter("Filter.1.Value.1").as_deref(), Some("deploy"));
            Reply::xml(format!(
                "<DescribeKeyPairsResponse><keySet><item><keyPairId>{key}</keyPairId><keyName>deploy</keyName></item></keySet>\
                 </DescribeKeyPairsResponse>"
            ))
        }
        operation => Reply::xml(format!("<{operation}Response/>")),
    });
    let ran = on(&server).arg("--yes").chunk("ec2.delete_key_pair{key_name='deploy'}");
    ran.code(4).says(&format!("deploy ({key}) is protected by its tag moonfleet:protect"));
    assert_eq!(changes(&server), Vec::<String>::new());
}

#[test]
fn a_change_counts_what_it_asks_for() {
    let capped = |change: &str| Shell::new().sandbox().args(["--yes", "--max-targets", "10"]).chunk(change);
    let hosts = "availability_zone='eu-central-1a', instance_type='m5.large'";
    capped(&format!("ec2.allocate_hosts{{quantity=1000, {hosts}}}")).code(4).says("the call changes 1000 resources");
    capped("ec2.create_fleet{target_capacity_specification={total_target_capacity=500}, launch_template_configs={}}")
        .code(4)
        .says("the call changes 500 resources");
    capped("ec2.create_snapshots{instance_specification={instance_id='i-0123456789abcdef0'}}")
        .code(4)
        .says("all volumes of the instance");
    let everywhere = "targets={{key='InstanceIds', values={'*'}}}";
    capped(&format!(
        "ssm.send_command{{document_name='AWS-RunShellScript', parameters={{commands={{'true'}}}}, {everywhere}}}"
    ))
    .code(4)
    .says("the limit (max_targets) is 10");
    capped(&format!("ssm.create_association{{name='AWS-RunShellScript', {everywhere}}}"))
        .code(4)
        .says("the limit (max_targets) is 10");
    capped(&format!("ssm.create_association_batch{{entries={{{{name='AWS-RunShellScript', apply_only_at_cron_interval=false, {everywhere}}}}}}}"))
        .code(4)
        .says("the limit (max_targets) is 10");
}

#[test]
fn an_incomplete_group_is_no_target() {
    let server = Server::start(|request| match request.operation().as_str() {
        "GetCallerIdentity" => Cloud::start().0.answer(request),
        "/list-group-resources" => Reply::rest(
            r#"{"Resources":[],"QueryErrors":[{"ErrorCode":"CLOUDFORMATION_STACK_INACTIVE","Message":"The stack is gone."}]}"#,
        ),
        _ => Reply::json("{}"),
    });
    let send =
        "ssm.send_command{document_name='AWS-RunShellScript', targets={{key='resource-groups:Name', values={'Web'}}}}";
    on(&server)
        .args(["--yes", "--max-targets", "10"])
        .chunk(send)
        .code(4)
        .says("the group Web is incomplete")
        .says("CLOUDFORMATION_STACK_INACTIVE");
    assert!(!server.operations().contains(&"SendCommand".to_owned()), "{:?}", server.operations());
}

#[test]
fn a_destructive_input_needs_a_confirmation() {
    let volume = "ec2.describe_volumes.all()[1].volume_id";
    for (change, reason) in [
        (format!("ec2.modify_volume{{volume_id={volume}, size=9000}}"), "cannot shrink"),
        (format!("ec2.detach_volume{{volume_id={volume}, force=true}}"), "corrupt the file system"),
        ("ssm.start_automation_execution{document_name='AWS-TerminateEC2Instance'}".to_owned(), "is destructive"),
        (format!("ec2.modify_snapshot_attribute{{snapshot_id={volume}}}"), "is destructive"),
        ("iam.put_role_policy{role_name='x', policy_name='x', policy_document='{}'}".to_owned(), "is destructive"),
    ] {
        Shell::new().sandbox().chunk(&change).code(4).says(reason).says("--yes");
    }
    let stop = |kind: &str| {
        format!(
            "local web = ec2.run_instances{{image_id=ec2.describe_images().images[1].image_id, instance_type='{kind}',
               min_count=1, max_count=1}}.instances[1]
             ec2.wait.instance_running{{instance_ids={{web.instance_id}}}}
             ec2.stop_instances{{instance_ids={{web.instance_id}}}}"
        )
    };
    Shell::new().sandbox().chunk(&stop("t3.micro")).code(0);
    Shell::new().sandbox().chunk(&stop("m5d.large")).code(4).says("instance store").says("--yes");
}

#[test]
fn credentials_are_refused_where_a_run_needs_none() {
    let assume = "sts.assume_role{role_arn='arn:aws:iam::123456789012:role/x', role_session_name='x'}";
    for arguments in [&["--no-credentials"][..], &["--contain"], &["--read-only", "--no-credentials"]] {
        let ran = Shell::new().sandbox().args(arguments).chunk(assume);
        ran.code(4).says("the call issues credentials").says("--no-credentials");
    }
    for arguments in [&[][..], &["--read-only"], &["--contain", "--no-credentials=false"]] {
        let ran = Shell::new().sandbox().args(arguments).chunk(assume);
        assert!(!ran.stderr.contains("issues credentials"), "{}", ran.stderr);
    }
    Shell::new()
        .sandbox()
        .file(".config/moonfleet/settings.toml", "no_credentials = true")
        .chunk(assume)
        .code(4)
        .says("no_credentials is set in");
}

#[test]
fn missing_permission_to_read_tags_is_an_error() {
    let server = Server::start(|request| {
        match request.operation().as_str() {
        "DescribeTags" => Reply::xml(
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>",
        )
        .status(403),
        operation => Reply::xml(format!("<{operation}Response/>")),
    }
    });
    let stop = "ec2.stop_instances{instance_ids={'i-0123456789abcdef0'}}";
    on(&server)
        .chunk(stop)
        .code(4)
        .says("cannot read which resources the tag moonfleet:protect protects")
        .says("protect_tag = \"\"");
    assert_eq!(changes(&server), Vec::<String>::new());
    on(&server).file(".config/moonfleet/settings.toml", "protect_tag = ''").chunk(stop).code(0);
    assert_eq!(changes(&server), ["StopInstances"]);
}

#[test]
fn a_plan_lists_changes_and_makes_none() {
    let script = format!(
        "local web = {WEB}\n\
         ec2.create_tags{{resources={{web[1].instance_id}}, tags={{Checked='yes'}}}}\n\
         local new = ec2.run_instances{{image_id=web[1].image_id, instance_type='t3.micro', min_count=2, max_count=2}}\n\
         for _, i in ipairs(new.instances) do ec2.create_tags{{resources={{i.instance_id}}, tags={{New='yes'}}}} end\n\
         ec2.terminate_instances{{instance_ids={{web[2].instance_id, web[3].instance_id}}}}\n\
         assert(#{WEB} == #web)"
    );
    let ran = Shell::new().sandbox().args(["--plan", "--output", "json"]).script(&script).code(0);
    let rows = ran.json();
    let rows = rows.as_array().expect("a list of rows");
    let column = |name: &str| rows.iter().map(|row| row[name].as_str().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(
        column("operation"),
        [
            "ec2.create_tags",
            "ec2.run_instances",
            "ec2.create_tags",
            "ec2.create_tags",
            "ec2.terminate_instances",
            "ec2.terminate_instances"
        ]
    );
    assert_eq!(column("risk")[4..], ["destroy", "destroy"]);
    assert!(column("name")[0].starts_with("app20-web"), "{rows:?}");
    assert!(rows.iter().all(|row| row["account"] == "123456789012" && row["region"] == "eu-central-1"));
    assert_eq!(
        column("check"),
        ["ok", "ok", "not checked: depends on another change", "not checked: depends on another change", "ok", "ok"]
    );
}

#[test]
fn a_plan_shows_missing_permissions() {
    let server = Server::start(|request| {
        match (request.operation().as_str(), request.parameter("DryRun")) {
        ("StopInstances", Some(_)) => Reply::xml(
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors></Response>",
        )
        .status(403),
        ("GetCallerIdentity", _) => Reply::xml(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn>\
             <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        (operation, _) => Reply::xml(format!("<{operation}Response/>")),
    }
    });
    let ran = on(&server)
        .args(["--plan-out", "p.json"])
        .chunk("ec2.stop_instances{instance_ids={'i-0123456789abcdef0'}}")
        .code(1);
    let ran = ran
        .prints("would fail: ec2.stop_instances: UnauthorizedOperation")
        .says("1 of 1 change would fail; nothing was changed");
    assert!(!ran.home.path().join("p.json").exists(), "a plan with a failing change is not saved");
}

#[test]
fn a_plan_ends_at_the_first_use_of_an_unknown_value() {
    let launch = "local new = ec2.run_instances{image_id='ami-0c7dc21e65ebf7095', instance_type='t3.micro', min_count=1, max_count=1}\n\
                  local id = new.instances[1].instance_id\n";
    for needs in [
        "ec2.describe_instances{instance_ids={id}}",
        "ec2.describe_instances{filters={['instance-id']=tostring(id)}}",
        "ec2.create_tags{resources={'x' .. id}, tags={a='b'}}",
        "print(id:sub(1, 2))",
        "print(id < 'i')",
        "print(#new.instances[1].security_groups)",
        "for _ in pairs(new) do end",
        "for _, g in ipairs(new.instances[1].security_groups) do print(g.group_id) end",
        "print(new.instances[1].ami_launch_index + 1)",
        // pcall does not catch it.
        "pcall(ec2.describe_instances, {instance_ids={id}})",
    ] {
        let ran = Shell::new().sandbox().args(["--plan-out", "plan.json"]).script(&format!("{launch}{needs}")).code(3);
        let ran = ran
            .prints("ec2.run_instances")
            .says("the plan cannot continue")
            .says("from ec2.run_instances")
            .says("nothing was changed");
        assert!(!ran.home.path().join("plan.json").exists(), "{needs}: half a plan is saved");
    }
    // Printing a placeholder needs no value, and a field that does not exist is nil.
    let result =
        format!("{launch}print('started ' .. id, new.nothing) ec2.create_tags{{resources={{id}}, tags={{a='b'}}}}");
    Shell::new()
        .sandbox()
        .arg("--plan")
        .script(&result)
        .code(0)
        .prints("started (known after change 1: instances.1.instance_id)\tnil");
}

#[test]
fn a_plan_of_a_fleet_run_lists_each_machine() {
    let script = "local run = fleet.run({tags={App='App20'}}, 'uptime')\nprint(run.counts.planned, run.counts.ok)";
    let ran = Shell::new().sandbox().args(["--plan", "-vv"]).script(script).code(0);
    let ran = ran.prints("\t0\n").prints("ssm.send_command").prints("app20-web-1");
    ran.never_says("operation=\"SendCommand\"");
}

const PLANNED: &str = "local all = ec2.describe_instances.all{filters={['tag:App']='App20'}}\n\
     ec2.create_tags{resources={all[1].instance_id}, tags={Checked='yes'}}\n\
     ec2.terminate_instances{instance_ids={all[1].instance_id}}";

/// Saves a plan, changes the instance, and applies the plan.
fn apply_after(change: impl FnOnce(&mut Instance)) -> (crate::support::Ran, Vec<String>) {
    let (cloud, server) = Cloud::start();
    let planned = on(&server).args(["--plan-out", "plan.json"]).script(PLANNED).code(0);
    assert_eq!(changes(&server), Vec::<String>::new(), "a plan changes nothing");
    let plan = planned.read("plan.json");
    cloud.change(change);
    let ran = on(&server).file("plan.json", &plan).args(["--yes", "apply", "plan.json"]).run();
    (ran, changes(&server))
}

#[test]
fn apply_makes_the_changes_if_nothing_differs() {
    let (ran, changes) = apply_after(|_| {});
    ran.code(0).prints(ID).says("2 of 2: ec2.terminate_instances is done");
    assert_eq!(changes, ["CreateTags", "TerminateInstances"]);
}

#[test]
fn apply_changes_nothing_if_a_resource_differs() {
    type Change = fn(&mut Instance);
    let cases: [(Change, &str); 4] = [
        (|instance| instance.app = "App30", "(web-1) tags.App: \"App20\", now \"App30\""),
        (|instance| instance.state = "stopped", "state.name: \"running\", now \"stopped\""),
        (|instance| instance.id = "i-0bbbbbbbbbbbbbbbb", "i-0aaaaaaaaaaaaaaaa (web-1) no longer exists"),
        (|instance| instance.account = "210987654321", "the account was 123456789012, and is now 210987654321"),
    ];
    for (change, expected) in cases {
        let (ran, changes) = apply_after(change);
        ran.code(4).says("nothing was changed, because resources differ from the plan").says(expected);
        assert_eq!(changes, Vec::<String>::new(), "{expected}");
    }
    let (ran, changes) = apply_after(|instance| instance.termination_protected = true);
    ran.code(4).says("EC2 would refuse it now").says("OperationNotPermitted");
    assert_eq!(changes, Vec::<String>::new());
    let (ran, changes) = apply_after(|instance| instance.protected = true);
    ran.code(4).says("is protected by its tag");
    assert_eq!(changes, Vec::<String>::new());
}

#[test]
fn an_endpoint_in_a_plan_must_be_confirmed() {
    let (_cloud, server) = Cloud::start();
    let plan = on(&server).args(["--plan-out", "plan.json"]).script(PLANNED).code(0).read("plan.json");
    let before = server.operations().len();
    let apply = Shell::new().credentials().file("plan.json", &plan).args(["--yes", "apply", "plan.json"]).run();
    apply.code(4).says(&server.url).says("--endpoint-url");
    assert_eq!(server.operations().len(), before, "nothing is sent to the endpoint before the confirmation");
}

#[test]
fn protection_between_two_changes_of_a_plan_is_noticed() {
    let (cloud, server) = Cloud::start();
    let two =
        "for _, tag in ipairs{'A', 'B'} do ec2.create_tags{resources={'i-0aaaaaaaaaaaaaaaa'}, tags={[tag]='x'}} end";
    let plan = on(&server).args(["--plan-out", "plan.json"]).script(two).code(0).read("plan.json");
    // The first change triggers the protection of the instance.
    let protecting = Server::start(move |request| {
        let answer = cloud.answer(request);
        let is_dry = request.parameter("DryRun").as_deref() == Some("true");
        if request.operation() == "CreateTags" && !is_dry {
            cloud.change(|instance| instance.protected = true);
        }
        answer
    });
    let plan = plan.replace(&server.url, &protecting.url);
    let ran = on(&protecting).file("plan.json", &plan).args(["--yes", "apply", "plan.json"]).run();
    ran.code(1).says("change 2 of 2 failed (1 done").says("is protected by its tag");
    assert_eq!(changes(&protecting).len(), 1, "{:?}", protecting.operations());
}

#[test]
fn apply_passes_the_guard() {
    let (_, server) = Cloud::start();
    let plan = on(&server).args(["--plan-out", "plan.json"]).script(PLANNED).code(0).read("plan.json");
    let apply =
        |options: &[&str]| on(&server).file("plan.json", &plan).args(options).args(["apply", "plan.json"]).run();
    apply(&[]).code(4).says("there is no terminal; --yes skips it");
    apply(&["--yes", "--read-only"]).code(4).says("the run is --read-only");
    apply(&["--yes", "--max-targets", "0"]).code(4).says("the limit (max_targets) is 0");
    assert_eq!(changes(&server), Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_a_plan_is_an_error() {
    let apply = |text: &str| Shell::new().sandbox().file("plan.json", text).args(["apply", "plan.json"]).run().code(2);
    apply("{}").says("plan.json is not a plan that this version can apply: missing field `moonfleet_plan`");
    apply("{\"moonfleet_plan\": 99, \"changes\": []}").says("the file has version 99");
    Shell::new().sandbox().args(["apply", "nowhere.json"]).run().code(2).says("cannot read the plan nowhere.json");
}

#[test]
fn apply_uses_results_of_earlier_changes() {
    let script = format!(
        "local web = {WEB}\n\
         local new = ec2.run_instances{{image_id=web[1].image_id, instance_type='t3.micro', min_count=1, max_count=1, subnet_id=web[1].subnet_id}}\n\
         ec2.create_tags{{resources={{new.instances[1].instance_id}}, tags={{New='yes'}}}}"
    );
    let planned = Shell::new().sandbox().args(["--plan-out", "plan.json"]).script(&script).code(0);
    let plan = planned.read("plan.json");
    let saved: Value = serde_json::from_str(&plan).expect("a plan is JSON");
    assert_eq!(saved["changes"][1]["input"]["resources"][0]["$planned"]["change"], 1);
    let applied = Shell::new().sandbox().file("plan.json", &plan).args(["apply", "plan.json"]).run().code(0);
    applied.says("2 of 2: ec2.create_tags is done");
}

#[test]
fn a_plan_with_a_secret_is_not_saved() {
    let chunk = "ssm.put_parameter{name='/a', value='hunter2canary', type='SecureString'}";
    let ran = Shell::new().sandbox().args(["--plan-out", "plan.json", "-e", chunk]).run();
    let ran = ran.says("cannot save the plan: the input of ssm.put_parameter contains a secret");
    assert!(!ran.ended_with(0) && !ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert!(!ran.home.path().join("plan.json").exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_saved_plan() {
    use std::os::unix::fs::PermissionsExt;
    let ran = Shell::program("sh").args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(crate::support::binary());
    let ran = ran
        .sandbox()
        .args(["--plan-out", "plan.json", "-e"])
        .arg(format!("ec2.create_tags{{resources={{{WEB}[1].instance_id}}, tags={{a='b'}}}}"));
    let ran = ran.run().code(0);
    let mode = std::fs::metadata(ran.home.path().join("plan.json")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_partly_successful_terminate_reports_each_instance() {
    let script = "local subnets = {}\n\
        for s in ec2.describe_subnets.items() do subnets[s.availability_zone] = s.subnet_id end\n\
        local image, ids = ec2.describe_instances.all()[1].image_id, {}\n\
        local function launch(subnet, protect)\n\
          local new = ec2.run_instances{image_id=image, instance_type='t3.micro', min_count=1, max_count=1, subnet_id=subnet, disable_api_termination=protect}\n\
          return new.instances[1].instance_id\n\
        end\n\
        local zones = {}\n\
        for zone in pairs(subnets) do zones[#zones + 1] = zone end\n\
        table.sort(zones)\n\
        local kept = launch(subnets[zones[1]], true)\n\
        local beside = launch(subnets[zones[1]], false)\n\
        local ended = launch(subnets[zones[2]], false)\n\
        local ok, e = pcall(ec2.terminate_instances, {instance_ids={kept, beside, ended}})\n\
        assert(not ok and e.code == 'OperationNotPermitted', tostring(e))\n\
        for _, id in ipairs{kept, beside, ended} do\n\
          local now = ec2.describe_instances.all{instance_ids={id}}[1].state.name\n\
          assert(e.states[id] == now or e.states[id] == 'shutting-down' and now == 'terminated', id .. ': ' .. tostring(e.states[id]) .. ', and is ' .. now)\n\
        end\n\
        assert(e.states[ended] == 'shutting-down', e.states[ended])\n\
        assert(e.states[beside] ~= 'shutting-down', e.states[beside])\n\
        print(tostring(e):find('terminated anyway: ' .. ended, 1, true) ~= nil)";
    Shell::new().sandbox().arg("--yes").script(script).code(0).printed("true\n");
}

#[test]
fn a_refusal_takes_less_than_a_second() {
    let asked = Arc::new(AtomicBool::new(false));
    let seen = asked.clone();
    let server = Server::start(move |_| {
        seen.store(true, Ordering::SeqCst);
        Reply::Hangup
    });
    let begun = std::time::Instant::now();
    on(&server).chunk(&terminate()).code(4);
    assert!(begun.elapsed().as_secs_f64() < 1.0, "{:?}", begun.elapsed());
    assert!(!asked.load(Ordering::SeqCst));
}

#[test]
fn calls_before_the_header_are_limited_to_the_declared_risk() {
    let header = "return script{summary='Reads.', risk='read', run=function() print('ran') end}";
    let early =
        format!("local web = {WEB}\nec2.create_tags{{resources={{web[1].instance_id}}, tags={{a='b'}}}}\n{header}");
    let ran = Shell::new().sandbox().script(&early).code(4).says("only the script's run function may make changes");
    ran.printed("");
    // Also if the script's text does not contain the declaration literally.
    let hidden = early.replace("return script{", "local header = script\nreturn header{");
    Shell::new().sandbox().script(&hidden).code(2).printed("").says("its header is not written as `return script {`");
    // What only reads may look around first, and a script without a header is a script.
    Shell::new().sandbox().script(&format!("local web = {WEB}\n{header}")).code(0).printed("ran\n");
    let plain = early.replace(header, "print('plain')");
    Shell::new().sandbox().script(&plain).code(0).printed("plain\n");
}
