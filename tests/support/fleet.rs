//! A fleet behind a local server. Its commands outlive the process that sent them, so that a run can be killed, its
//! answers lost, and its results collected by another process.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Shell;
use super::server::{Reply, Request, Server};

#[derive(Clone, Default)]
pub(crate) struct Machine {
    pub id: String,
    pub name: String,
    pub windows: bool,
    /// The duration of a command.
    pub takes: Duration,
    pub code: i64,
    pub stdout: String,
}

#[derive(Default)]
pub(crate) struct State {
    pub machines: Vec<Machine>,
    pub commands: Vec<Command>,
    /// The number of answers to SendCommand that are lost after the command was accepted.
    pub lose: usize,
    /// The reply instead of a lost answer. Without it, the connection is closed.
    pub lose_as: Option<Reply>,
    /// The number of failures of CancelCommand before it succeeds.
    pub refuse_to_cancel: usize,
    /// The steps of the document. Results of each must be requested by its name.
    pub steps: Vec<&'static str>,
    /// SendCommand refuses the whole call if it contains one of these.
    pub unmanaged: Vec<String>,
    pub query_errors: bool,
    /// The complete output in S3 of a truncated output.
    pub kept: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Command {
    pub id: String,
    /// The input of SendCommand.
    pub request: Value,
    pub ids: Vec<String>,
    at: Instant,
    pub cancelled: Option<Instant>,
}

pub(crate) struct Fleet {
    pub server: Server,
    state: Arc<Mutex<State>>,
}

impl Fleet {
    pub(crate) fn start(machines: Vec<Machine>) -> Self {
        let state = Arc::new(Mutex::new(State { machines, ..State::default() }));
        let this = state.clone();
        let server =
            Server::start(move |request| this.lock().expect("nothing panics while it holds this").answer(request));
        Fleet { server, state }
    }

    /// Starts a fleet of identical machines.
    pub(crate) fn with_machines(count: usize, takes: Duration) -> Self {
        let machine = |n| Machine {
            id: format!("i-{n:017x}"),
            name: format!("web-{n}"),
            takes,
            stdout: "fine\n".to_owned(),
            ..Machine::default()
        };
        Fleet::start((1..=count).map(machine).collect())
    }

    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().expect("nothing panics while it holds this"))
    }

    pub(crate) fn shell(&self) -> Shell {
        Shell::new().endpoint(&self.server.url)
    }

    /// Returns the number of commands for each machine, in the order of the machines.
    pub(crate) fn ran(&self) -> Vec<usize> {
        self.with(|state| {
            let times = |machine: &Machine| {
                state.commands.iter().flat_map(|command| &command.ids).filter(|id| **id == machine.id).count()
            };
            state.machines.iter().map(times).collect()
        })
    }

    pub(crate) fn commands(&self) -> Vec<Command> {
        self.with(|state| state.commands.clone())
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        match request.operation().as_str() {
            "GetCallerIdentity" => Reply::xml(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>me</UserId><Account>123456789012</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
            ),
            "DescribeInstances" => self.describe_instances(request),
            "DescribeTags" => Reply::xml("<DescribeTagsResponse><tagSet/></DescribeTagsResponse>"),
            "DescribeInstanceInformation" => self.describe_nodes(&request.json()),
            "/list-group-resources" => self.group(),
            "SendCommand" => self.send(request.json()),
            "ListCommands" => {
                let shown = self.commands.iter().rev();
                let shown =
                    shown.map(|c| json!({"CommandId": c.id, "Comment": c.request["Comment"], "Status": "Success", "InstanceIds": c.ids}));
                Reply::json(json!({"Commands": shown.collect::<Vec<_>>()}).to_string())
            }
            "ListCommandInvocations" => self.list(&request.json()),
            "ListTagsForResource" => Reply::json(r#"{"TagList": []}"#),
            "GetCommandInvocation" => self.get(&request.json()),
            "CancelCommand" => {
                if self.refuse_to_cancel > 0 {
                    self.refuse_to_cancel -= 1;
                    return Reply::json(r#"{"__type":"InternalServerError"}"#).status(500);
                }
                let id = request.json()["CommandId"].clone();
                for command in self.commands.iter_mut().filter(|command| id == command.id.as_str()) {
                    command.cancelled.get_or_insert(Instant::now());
                }
                Reply::json("{}")
            }
            path if path.starts_with("/logs/") && self.kept.is_some() => {
                Reply::xml(self.kept.clone().unwrap_or_default())
            }
            other => panic!("unexpected operation {other}"),
        }
    }

    fn describe_instances(&self, request: &Request) -> Reply {
        let parameters = request.parameters();
        let by_id = parameters.iter().any(|(_, value)| value == "instance-id");
        let is_asked = |machine: &&Machine| {
            machine.id.starts_with("i-") && (!by_id || parameters.iter().any(|(_, value)| *value == machine.id))
        };
        let item = |machine: &Machine| {
            let platform = if machine.windows { "<platform>windows</platform>" } else { "" };
            format!(
                "<item><instanceId>{}</instanceId><instanceState><name>running</name></instanceState>{platform}\
                 <tagSet><item><key>Name</key><value>{}</value></item></tagSet></item>",
                machine.id, machine.name
            )
        };
        let items: String = self.machines.iter().filter(is_asked).map(item).collect();
        Reply::xml(format!(
            "<DescribeInstancesResponse><reservationSet><item><instancesSet>{items}</instancesSet></item>\
             </reservationSet></DescribeInstancesResponse>"
        ))
    }

    fn describe_nodes(&self, input: &Value) -> Reply {
        let filters = input["Filters"].as_array().cloned().unwrap_or_default();
        let ids = filters.iter().find(|filter| filter["Key"] == "InstanceIds").map(|filter| filter["Values"].clone());
        let is_asked = |machine: &&Machine| match &ids {
            Some(ids) => ids.as_array().is_some_and(|ids| ids.iter().any(|id| id == machine.id.as_str())),
            None => true,
        };
        let nodes = self.machines.iter().filter(|machine| machine.id.starts_with("mi-")).filter(is_asked);
        let node = |machine: &Machine| {
            let platform = if machine.windows { "Windows" } else { "Linux" };
            json!({"InstanceId": machine.id, "Name": machine.name, "PlatformType": platform, "ResourceType": "ManagedInstance"})
        };
        Reply::json(json!({"InstanceInformationList": nodes.map(node).collect::<Vec<_>>()}).to_string())
    }

    fn group(&self) -> Reply {
        let arn = |machine: &Machine| json!({"Identifier": {"ResourceArn": format!("arn:aws:ec2:eu-central-1:123456789012:instance/{}", machine.id)}});
        let errors = match self.query_errors {
            true => json!([{"ErrorCode": "CLOUDFORMATION_STACK_INACTIVE", "Message": "the stack is gone"}]),
            false => json!([]),
        };
        let resources: Vec<_> = self.machines.iter().map(arn).collect();
        Reply::rest(json!({"Resources": resources, "QueryErrors": errors}).to_string())
    }

    fn send(&mut self, request: Value) -> Reply {
        let ids = request["InstanceIds"].as_array().cloned().unwrap_or_default();
        let ids: Vec<String> = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        assert!(!ids.is_empty() && ids.len() <= 50, "{} ids in one call", ids.len());
        let bad: Vec<_> = ids.iter().filter(|id| self.unmanaged.contains(id)).cloned().collect();
        if !bad.is_empty() {
            let message = format!("Instances [[{}]] not in a valid state for account 123456789012", bad.join(", "));
            return Reply::json(json!({"__type": "InvalidInstanceId", "message": message}).to_string()).status(400);
        }
        let id = format!("{:08x}-0000-4000-8000-000000000000", self.commands.len() + 1);
        self.commands.push(Command { id: id.clone(), request, ids, at: Instant::now(), cancelled: None });
        if self.lose > 0 {
            self.lose -= 1;
            return self.lose_as.clone().unwrap_or(Reply::Hangup);
        }
        Reply::json(json!({"Command": {"CommandId": id, "Status": "Pending"}}).to_string())
    }

    fn list(&self, input: &Value) -> Reply {
        let Some(command) = self.commands.iter().find(|command| input["CommandId"] == command.id.as_str()) else {
            return Reply::json(r#"{"__type":"InvalidCommandId"}"#).status(400);
        };
        let first: usize = input["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0);
        let shown = command.ids.iter().skip(first).take(50).map(|id| {
            let (status, _, _) = self.state(command, id);
            let plugins: Vec<_> = self.steps.iter().map(|step| json!({"Name": step, "Status": status})).collect();
            json!({"CommandId": command.id, "InstanceId": id, "Status": status, "StatusDetails": status,
                   "InstanceName": "a-host.internal", "CommandPlugins": plugins})
        });
        let mut page = json!({"CommandInvocations": shown.collect::<Vec<_>>()});
        if first + 50 < command.ids.len() {
            page["NextToken"] = json!((first + 50).to_string());
        }
        Reply::json(page.to_string())
    }

    fn get(&self, input: &Value) -> Reply {
        let id = input["InstanceId"].as_str().unwrap_or_default();
        let command = self.commands.iter().find(|command| input["CommandId"] == command.id.as_str());
        let Some(command) = command.filter(|command| command.ids.iter().any(|other| other == id)) else {
            return Reply::json(r#"{"__type":"InvocationDoesNotExist"}"#).status(400);
        };
        let (status, code, stdout) = self.state(command, id);
        let step = input["PluginName"].as_str();
        if !self.steps.is_empty() && step.is_none_or(|step| !self.steps.contains(&step)) {
            return Reply::json(r#"{"__type":"InvalidPluginName"}"#).status(400);
        }
        let stdout = step.map_or(stdout.to_owned(), |step| format!("{step} is {stdout}"));
        let bucket = command.request["OutputS3BucketName"].as_str();
        let url = bucket.map(|bucket| format!("https://s3.eu-central-1.amazonaws.com/{bucket}/{id}/stdout"));
        let invocation = json!({"CommandId": command.id, "InstanceId": id, "Status": status, "StatusDetails": status,
            "ResponseCode": code, "StandardOutputContent": stdout, "StandardErrorContent": "",
            "StandardOutputUrl": url.unwrap_or_default()});
        Reply::json(invocation.to_string())
    }

    fn state(&self, command: &Command, id: &str) -> (&'static str, i64, &str) {
        let machine = self.machines.iter().find(|machine| machine.id == id).expect("a machine of the fleet");
        if let Some(at) = command.cancelled
            && at < command.at + machine.takes
        {
            return ("Cancelled", -1, "");
        }
        if command.at.elapsed() < machine.takes {
            return ("InProgress", -1, "");
        }
        (if machine.code == 0 { "Success" } else { "Failed" }, machine.code, &machine.stdout)
    }
}
