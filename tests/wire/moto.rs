//! Calls over real HTTP to moto, a server of other authors.

use std::env;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Shell;
use crate::support::moto::moto_program;

pub(crate) struct Moto {
    url: String,
    process: Child,
}

impl Moto {
    fn start(program: &Path) -> Self {
        // Another process may take the port before moto does; then another port is tried.
        for _ in 0..5 {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a local port");
            // The developer's AWS variables must not affect the server.
            let is_of_aws = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("AWS_");
            let variables = env::vars_os().filter(|(name, _)| !is_of_aws(name));
            let process = Command::new(program)
                .env_clear()
                .envs(variables)
                // Its lists come from sets, whose order depends on this.
                .env("PYTHONHASHSEED", "0")
                .args(["-H", "127.0.0.1", "-p", &free.port().to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
            let mut moto = Moto { url: format!("http://{free}"), process };
            let started = Instant::now();
            while started.elapsed() < Duration::from_secs(60) {
                if TcpStream::connect(free).is_ok() {
                    return moto;
                }
                if moto.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                    break;
                }
                thread::sleep(Duration::from_millis(100));
            }
        }
        panic!("{} does not start", program.display());
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn shell(&self) -> Shell {
        Shell::new().endpoint(&self.url)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // This fails if the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn moto() -> Option<Moto> {
    moto_program().map(|program| Moto::start(&program))
}

const SETUP: &str = r#"
  local function launch(name, app, count)
    return ec2.run_instances {
      image_id = ec2.describe_images{}.images[1].image_id, instance_type = "t3.micro",
      min_count = count, max_count = count,
      tag_specifications = {{ resource_type = "instance", tags = { App = app, Name = name } }},
    }
  end
  local ids = {}
  for n = 1, 3 do ids[n] = launch("web-" .. n, "App20", 1).instances[1].instance_id end
  local other = launch("db-1", "App10", 2).instances
  ec2.stop_instances { instance_ids = { other[2].instance_id } }
  ec2.create_tags { resources = { ids[1] }, tags = { Owner = "ada", Empty = "" } }
  for n = 1, 12 do
    iam.create_user { user_name = ("user-%02d"):format(n), tags = { Team = n % 2 == 0 and "even" or "odd" } }
    ssm.put_parameter { name = ("/app/p%02d"):format(n), value = "v" .. n, type = n == 1 and "SecureString" or "String" }
  end
  rg.create_group {
    name = "App20-RG", description = "The storefront", tags = { Made = "here" },
    resource_query = {
      type = "TAG_FILTERS_1_0",
      query = json.encode {
        ResourceTypeFilters = { "AWS::AllSupported" }, TagFilters = { { Key = "App", Values = { "App20" } } },
      },
    },
  }
  print("ready")
"#;

#[test]
fn a_script_builds_a_fleet_reads_it_back_and_reports_on_it() {
    let Some(moto) = moto() else { return };
    moto.shell().script(SETUP).code(0).printed("ready\n");

    // Filters, tags, times, pages.
    let found = moto.shell().eval(r#"ec2.describe_instances.all{filters={["tag:App"]="App20"}}"#);
    let found = found.as_array().expect("a list");
    let mut names: Vec<_> = found.iter().map(|i| i["tags"]["Name"].as_str().unwrap_or_default()).collect();
    names.sort_unstable();
    assert_eq!(names, ["web-1", "web-2", "web-3"]);
    assert!(found.iter().all(|i| i["tags"]["App"] == "App20" && i["state"]["name"] == "running"));
    assert!(
        found.iter().all(|i| i["launch_time"].as_str().is_some_and(|t| t.ends_with('Z')) && i["owner_id"].is_string())
    );

    let values = moto.shell().returned(
        r#"local function count(form, input) local n = 0 for _ in form(input) do n = n + 1 end return n end
           local filters = {["tag:App"]={"App10", "App20"}, ["instance-state-name"]="running"}
           local tags = {}
           for t in ec2.describe_tags.items{filters={key={"Owner", "Empty"}}} do tags[t.key] = t.value end
           local users = {}
           for at, user in ipairs(iam.list_users.all{max_items=5}) do users[at] = user.user_name end
           local values = {}
           for p in ssm.get_parameters_by_path.items{path="/app", max_results=5} do values[p.name] = p.value end
           return {
             running = count(ec2.describe_instances.items, {filters=filters}),
             pages = count(ec2.describe_instances.pages, {max_results=2}),
             in_pages = #ec2.describe_instances.all{max_results=2},
             stopped = #ec2.describe_instances.all{filters={["instance-state-name"]={"stopped", "stopping"}}},
             tags = tags, users = users, values = values,
             user_tags = iam.get_user{user_name="user-02"}.user.tags,
             account = sts.get_caller_identity().account,
             group = rg.get_group{group_name="App20-RG"}.group.name,
             none = ec2.describe_instances.all{filters={["tag:App"]="Nothing"}},
           }"#,
    );
    assert_eq!(values["running"], 4);
    assert_eq!(values["in_pages"], 5);
    assert!(values["pages"].as_u64().is_some_and(|pages| pages >= 2), "{}", values["pages"]);
    assert_eq!(values["stopped"], 1);
    assert_eq!(values["tags"], json!({"Owner": "ada", "Empty": ""}));
    let users: Vec<_> = (1..=12).map(|n| format!("user-{n:02}")).collect();
    assert_eq!(values["users"], json!(users));
    assert_eq!(values["values"].as_object().map(serde_json::Map::len), Some(12));
    assert_eq!(values["values"]["/app/p12"], "v12");
    assert_eq!(values["user_tags"], json!({"Team": "even"}));
    assert_eq!(values["account"], "123456789012");
    assert_eq!(values["group"], "App20-RG");
    assert_eq!(values["none"], json!([]));

    // Errors of all four protocols.
    let codes = moto.shell().returned(
        r#"local function code(f, input) local ok, e = pcall(f, input) return ok and "went well" or e.code end
           return {
             code(ec2.describe_instances, {instance_ids={"i-0123456789abcdef0"}}),
             code(iam.get_user, {user_name="absent"}),
             code(ssm.get_parameter, {name="/absent"}),
             code(rg.get_group, {group_name="absent"}),
           }"#,
    );
    assert_eq!(codes[0], "InvalidInstanceID.NotFound");
    assert_eq!(codes[1], "NoSuchEntity");
    assert_eq!(codes[2], "ParameterNotFound");
    assert_eq!(codes[3], "NotFoundException");

    // The automation. The outputs of commands depend on moto, so they are not compared.
    let report = |tag: &str| {
        let shell = moto.shell().args([
            "--output",
            "json",
            "run",
            "fleet-report",
            "--tag",
            tag,
            "--out",
            "report.csv",
            "--out",
            "-",
        ]);
        let ran = shell.run().code(0);
        let csv = ran.read("report.csv");
        (ran.json(), csv)
    };
    let (rows, csv) = report("App=App20");
    let rows = rows.as_array().expect("a list").clone();
    let statuses: Vec<_> =
        rows.iter().map(|row| [&row["name"], &row["status"], &row["region"]].map(|v| v.clone())).collect();
    let expected = ["web-1", "web-2", "web-3"].map(|name| [json!(name), json!("ok"), json!("eu-central-1")]);
    assert_eq!(statuses, expected);
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert_eq!(report("App=App10").0.as_array().map(Vec::len), Some(1));

    // A group of the same name is used if its query is the same.
    let ensured = |name: &str, app: &str| {
        let chunk = format!("return select(2, pcall(groups.ensure, '{name}', {{ tags = {{ App = '{app}' }} }}))");
        moto.shell().returned(&chunk)
    };
    assert_eq!(ensured("App10-RG", "App10")["status"], "created");
    assert_eq!(ensured("App10-RG", "App10")["status"], "there");
    assert_eq!(ensured("App20-RG", "App20")["status"], "there");
    let refused = ensured("App20-RG", "App10").to_string();
    assert!(refused.contains("exists with another query"), "{refused}");
    // It reads the credential report, and the credentials that the report lacks.
    let inactive = moto.shell().eval("#users.inactive()");
    assert!(inactive.is_number(), "{inactive}");
}

const CHANGE: &str = r#"
  local instance = ec2.run_instances {
    image_id = ec2.describe_images{}.images[1].image_id, instance_type = "t3.micro", min_count = 1, max_count = 1,
  }.instances[1]
  local i, zone = instance.instance_id, instance.placement.availability_zone
  local group = ec2.create_security_group { group_name = "web", description = "web", vpc_id = instance.vpc_id }.group_id
  local volume = ec2.create_volume { availability_zone = zone, size = 1 }.volume_id
  local interface = ec2.create_network_interface { subnet_id = instance.subnet_id }.network_interface.network_interface_id
  local vpc = ec2.create_vpc { cidr_block = "10.9.0.0/16" }.vpc.vpc_id
  local gateway = ec2.create_internet_gateway().internet_gateway.internet_gateway_id
  local address = ec2.allocate_address { domain = "vpc" }.allocation_id
  local profile = iam.create_instance_profile { instance_profile_name = "p" }.instance_profile.arn
  iam.create_user { user_name = "ada" }
  iam.create_group { group_name = "admins" }
  iam.create_role { role_name = "web", assume_role_policy_document = "{}" }
  local document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:DescribeTags","Resource":"*"}]}'
  local policy = iam.create_policy { policy_name = "P", policy_document = document }.policy.arn

  ec2.create_tags { resources = { i, volume }, tags = { App = "new" } }
  local ssh = { ip_protocol = "tcp", from_port = 22, to_port = 22, ip_ranges = { { cidr_ip = "10.0.0.0/8" } } }
  ec2.authorize_security_group_ingress { group_id = group, ip_permissions = { ssh } }
  local all = { ip_protocol = "-1", ip_ranges = { { cidr_ip = "0.0.0.0/0" } } }
  ec2.revoke_security_group_egress { group_id = group, ip_permissions = { all } }
  ec2.attach_volume { volume_id = volume, instance_id = i, device = "/dev/sdf" }
  ec2.attach_network_interface { network_interface_id = interface, instance_id = i, device_index = 1 }
  ec2.attach_internet_gateway { internet_gateway_id = gateway, vpc_id = vpc }
  ec2.associate_address { allocation_id = address, network_interface_id = interface }
  ec2.associate_iam_instance_profile { instance_id = i, iam_instance_profile = { arn = profile } }
  ec2.stop_instances { instance_ids = { i } }
  iam.attach_role_policy { role_name = "web", policy_arn = policy }
  iam.attach_user_policy { user_name = "ada", policy_arn = policy }
  iam.attach_group_policy { group_name = "admins", policy_arn = policy }
  iam.add_user_to_group { user_name = "ada", group_name = "admins" }
  iam.add_role_to_instance_profile { role_name = "web", instance_profile_name = "p" }
  iam.tag_role { role_name = "web", tags = { A = "1" } }
"#;

/// Counts the facts of each kind, of which the changes have added or removed one.
const COUNTS: &str = r#"
  local group = ec2.describe_security_groups.all { filters = { ["group-name"] = "web" } }[1]
  local attached = 0
  for _, v in ipairs(ec2.describe_volumes.all { filters = { size = "1" } }) do attached = attached + #v.attachments end
  for _, g in ipairs(ec2.describe_internet_gateways.all()) do attached = attached + #g.attachments end
  for _, n in ipairs(ec2.describe_network_interfaces.all()) do attached = attached + (n.attachment and 1 or 0) end
  for _, a in ipairs(ec2.describe_addresses.all()) do attached = attached + (a.association_id and 1 or 0) end
  return {
    tags = #ec2.describe_tags.all(), rules_in = #group.ip_permissions, rules_out = #group.ip_permissions_egress,
    attached = attached, profiles = #ec2.describe_iam_instance_profile_associations.all(),
    running = #ec2.describe_instances.all { filters = { ["instance-state-name"] = "running" } },
    of_role = #iam.list_attached_role_policies.all { role_name = "web" },
    of_user = #iam.list_attached_user_policies.all { user_name = "ada" },
    of_group = #iam.list_attached_group_policies.all { group_name = "admins" },
    groups = #iam.list_groups_for_user.all { user_name = "ada" },
    in_profiles = #iam.list_instance_profiles_for_role.all { role_name = "web" },
    role_tags = #iam.list_role_tags.all { role_name = "web" },
  }
"#;

#[test]
fn every_reversible_change_is_undone_and_the_undo_too() {
    let Some(moto) = moto() else { return };
    let changed = moto.shell().args(["--record", "calls"]).script(CHANGE).code(0).read("calls");
    let counts = || moto.shell().returned(COUNTS);
    let after = counts();
    let undo = |record: &str| {
        let shell = moto.shell().file("first", record).args(["--record", "second", "undo", "first", "--yes"]);
        shell.run().code(0).prints("Undone.").read("second")
    };
    let undone = undo(&changed);
    let before = counts();
    assert_eq!(
        before,
        json!({
            "tags": 0, "rules_in": 0, "rules_out": 1, "attached": after["attached"].as_i64().unwrap_or_default() - 4,
            "profiles": 0, "running": 1, "of_role": 0, "of_user": 0, "of_group": 0, "groups": 0, "in_profiles": 0,
            "role_tags": 0,
        })
    );
    undo(&undone);
    assert_eq!(counts(), after, "the undo was undone");
}

/// Runs the same script on moto and in the sandbox.
fn on_both(lua: &str) -> Vec<serde_json::Value> {
    let moto = moto();
    let shells = moto.iter().map(Moto::shell).chain([Shell::new().sandbox()]);
    shells.map(|shell| shell.arg("--yes").returned(lua)).collect()
}

#[test]
fn a_launch_with_a_script_as_text_is_read_back() {
    let script = "#!/bin/sh\necho 'grüße' > /etc/motd\n";
    for read in on_both(&format!(
        "local id = ec2.run_instances{{
           image_id = ec2.describe_images{{owners={{'amazon'}}}}.images[1].image_id, instance_type = 't3.micro',
           min_count = 1, max_count = 1, user_data = {script:?},
         }}.instances[1].instance_id
         ec2.create_launch_template{{
           launch_template_name = 'script', launch_template_data = {{ user_data = base64.encode {script:?} }},
         }}
         local template = ec2.describe_launch_template_versions{{launch_template_name='script'}}
         local data = template.launch_template_versions[1].launch_template_data.user_data
         return {{reveal(userdata.of_instance(id)), reveal(base64.decode(data))}}"
    )) {
        assert_eq!(read, json!([script, script]));
    }
}

/// The three lines of docs/calls.md.
const CHANGE_TRUST: &str = r#"
  local trust = json.decode(iam.get_role{role_name="web"}.role.assume_role_policy_document)
  table.insert(trust.Statement, {Effect="Allow", Action="sts:AssumeRole", Principal={Service="ec2.amazonaws.com"}})
  iam.update_assume_role_policy{role_name="web", policy_document=trust}
"#;

#[test]
fn a_trust_policy_is_read_changed_and_written() {
    for trust in on_both(&format!(
        r#"
        iam.create_role{{role_name="web", assume_role_policy_document={{
          Version="2012-10-17",
          Statement={{{{Effect="Allow", Action="sts:AssumeRole", Principal={{Service="lambda.amazonaws.com"}}}}}},
        }}}}
        {CHANGE_TRUST}
        local trust = json.decode(iam.get_role{{role_name="web"}}.role.assume_role_policy_document)
        local services = {{}}
        for at, statement in ipairs(trust.Statement) do services[at] = statement.Principal.Service end
        return services"#
    )) {
        assert_eq!(trust, json!(["lambda.amazonaws.com", "ec2.amazonaws.com"]));
    }
}
