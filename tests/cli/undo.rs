//! `moonfleet undo`, against a server with state: changes are undone only on resources that are still as the run left
//! them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::support::server::{Reply, Request, Server};
use crate::support::{Ran, Shell};

const RECORD: &str = "calls.jsonl";

/// A server for an account with tags and instances.
struct Account {
    server: Server,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    id: String,
    tags: BTreeMap<(String, String), String>,
    running: BTreeMap<String, bool>,
    /// A resource whose tags cannot be changed.
    closed: Option<String>,
}

impl Account {
    /// Starts with two instances, one of them running, both with a tag.
    fn start() -> Self {
        let tags = ["i-00000001", "i-00000002"].map(|id| ((id.to_owned(), "App".to_owned()), "old".to_owned()));
        let running = [("i-00000001", true), ("i-00000002", false)].map(|(id, runs)| (id.to_owned(), runs));
        let state = State { id: "123456789012".to_owned(), tags: tags.into(), running: running.into(), closed: None };
        let state = Arc::new(Mutex::new(state));
        let this = state.clone();
        let server =
            Server::start(move |request| this.lock().expect("nothing panics while it holds this").answer(request));
        Account { server, state }
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().expect("nothing panics while it holds this"))
    }

    fn tag(&self, id: &str, key: &str) -> Option<String> {
        self.with(|state| state.tags.get(&(id.to_owned(), key.to_owned())).cloned())
    }

    fn set(&self, id: &str, key: &str, value: &str) {
        self.with(|state| state.tags.insert((id.to_owned(), key.to_owned()), value.to_owned()));
    }

    fn shell(&self) -> Shell {
        Shell::new().endpoint(&self.server.url)
    }

    /// Runs a chunk, and returns its record.
    fn record(&self, lua: &str) -> String {
        self.shell().args(["--record", RECORD]).chunk(lua).code(0).read(RECORD)
    }

    fn undo(&self, record: &str, arguments: &[&str]) -> Ran {
        self.shell().file(RECORD, record).args(["undo", RECORD]).args(arguments).run()
    }

    fn changes(&self) -> usize {
        let reads = ["GetCallerIdentity", "DescribeTags", "DescribeInstanceStatus"];
        self.server.operations().iter().filter(|operation| !reads.contains(&operation.as_str())).count()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let all = |prefix: &str| -> Vec<String> {
            let numbered = |n: usize| request.parameter(&prefix.replace('#', &n.to_string()));
            (1..).map_while(numbered).collect()
        };
        let operation = request.operation();
        match operation.as_str() {
            "GetCallerIdentity" => Reply::xml(format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::{0}:user/me</Arn><UserId>me</UserId><Account>{0}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
                self.id
            )),
            "DescribeTags" => {
                let ids = all("Filter.1.Value.#");
                let tags = self.tags.iter().filter(|((id, _), _)| ids.contains(id));
                let item = |((id, key), value): (&(String, String), &String)| {
                    format!("<item><resourceId>{id}</resourceId><key>{key}</key><value>{value}</value></item>")
                };
                let items: String = tags.map(item).collect();
                Reply::xml(format!("<DescribeTagsResponse><tagSet>{items}</tagSet></DescribeTagsResponse>"))
            }
            "CreateTags" | "DeleteTags" => {
                let (ids, keys) = (all("ResourceId.#"), all("Tag.#.Key"));
                if self.closed.as_ref().is_some_and(|closed| ids.contains(closed)) {
                    let error = "<Code>UnauthorizedOperation</Code><Message>not you</Message>";
                    return Reply::xml(format!("<Response><Errors><Error>{error}</Error></Errors></Response>"))
                        .status(403);
                }
                for id in &ids {
                    for (number, key) in (1..).zip(&keys) {
                        let value = request.parameter(&format!("Tag.{number}.Value"));
                        let place = (id.clone(), key.clone());
                        if operation == "CreateTags" {
                            self.tags.insert(place, value.unwrap_or_default());
                        } else if value.is_none_or(|value| self.tags.get(&place) == Some(&value)) {
                            self.tags.remove(&place);
                        }
                    }
                }
                Reply::xml(format!("<{operation}Response><return>true</return></{operation}Response>"))
            }
            "StartInstances" | "StopInstances" => {
                let state = |runs: bool| if runs { "running" } else { "stopped" };
                let runs = operation == "StartInstances";
                let item = |id: String| {
                    let was = self.running.insert(id.clone(), runs).unwrap_or_default();
                    format!(
                        "<item><instanceId>{id}</instanceId><currentState><name>{}</name></currentState>\
                         <previousState><name>{}</name></previousState></item>",
                        state(runs),
                        state(was)
                    )
                };
                let items: String = all("InstanceId.#").into_iter().map(item).collect();
                Reply::xml(format!("<{operation}Response><instancesSet>{items}</instancesSet></{operation}Response>"))
            }
            "DescribeInstanceStatus" => {
                let item = |id: String| {
                    let state = if self.running[&id] { "running" } else { "stopped" };
                    format!(
                        "<item><instanceId>{id}</instanceId><instanceState><name>{state}</name></instanceState></item>"
                    )
                };
                let items: String = all("InstanceId.#").into_iter().map(item).collect();
                Reply::xml(format!(
                    "<DescribeInstanceStatusResponse><instanceStatusSet>{items}</instanceStatusSet></DescribeInstanceStatusResponse>"
                ))
            }
            other => panic!("unexpected operation {other}"),
        }
    }
}

const BOTH: &str = "ec2.create_tags{resources={'i-00000001', 'i-00000002'}, tags={App='new', Seen='yes'}}";

#[test]
fn without_yes_or_a_terminal_undo_only_shows_the_plan() {
    let account = Account::start();
    let record = account.record(BOTH);
    let ran = account.undo(&record, &[]).code(4).says("nothing was undone; --yes undoes");
    ran.prints("ec2.create_tags of 20")
        .prints("in eu-central-1\n")
        .prints("  i-00000001: tag App: \"new\" → \"old\"\n")
        .prints("  i-00000002: tag Seen: \"yes\" → absent\n");
    assert_eq!(account.changes(), 1, "more changes were sent than recorded");
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("new"));
}

#[test]
fn tags_and_instance_states_are_restored() {
    let account = Account::start();
    let record = account.record(&format!(
        "{BOTH} ec2.delete_tags{{resources={{'i-00000001'}}, tags={{{{key='App'}}}}}}
         ec2.start_instances{{instance_ids={{'i-00000001', 'i-00000002'}}}}"
    ));
    let ran = account.undo(&record, &["--yes"]).code(0);
    ran.prints("i-00000002: instance state: \"running\" → \"stopped\"").prints("Undone.");
    for id in ["i-00000001", "i-00000002"] {
        assert_eq!(account.tag(id, "App").as_deref(), Some("old"));
        assert_eq!(account.tag(id, "Seen"), None);
    }
    assert!(account.with(|state| state.running["i-00000001"]), "the instance runs before the undo");
    assert!(!account.with(|state| state.running["i-00000002"]));
    let before = account.changes();
    account.undo(&record, &["--yes"]).code(0).prints("already has its old value").prints("Nothing to undo.");
    assert_eq!(account.changes(), before);
}

#[test]
fn resources_changed_since_the_run_are_kept() {
    let account = Account::start();
    let record = account.record(BOTH);
    account.set("i-00000001", "App", "theirs");
    let ran = account.undo(&record, &["--yes"]).code(0);
    ran.prints("not undone: i-00000001: tag App is now \"theirs\"; the run left it \"new\"");
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("theirs"));
    assert_eq!(account.tag("i-00000002", "App").as_deref(), Some("old"));
    assert_eq!(account.tag("i-00000001", "Seen"), None);
}

#[test]
fn several_changes_of_one_resource_are_undone_to_the_first_state() {
    let account = Account::start();
    let tag = |value: &str| format!("ec2.create_tags{{resources={{'i-00000001'}}, tags={{App='{value}'}}}} ");
    let untag = "ec2.delete_tags{resources={'i-00000001'}, tags={{key='App'}}} ";
    let record = account.record(&format!("{}{}{untag}{}{untag}", tag("1"), tag("2"), tag("3")));
    account.undo(&record, &["--yes"]).code(0);
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("old"));
    assert_eq!(account.changes(), 6, "one call is enough");

    let record = account.record(&format!("{}{}", tag("old"), tag("old")));
    account.undo(&record, &["--yes"]).code(0).prints("Nothing to undo.");
}

#[test]
fn changes_in_another_account_or_region_are_not_undone() {
    let account = Account::start();
    let record = account.record(BOTH);
    account
        .shell()
        .file(RECORD, &record)
        .args(["--region", "us-east-1", "undo", RECORD, "--yes"])
        .run()
        .code(4)
        .says("--region is us-east-1");
    account.with(|state| state.id = "210987654321".to_owned());
    account
        .undo(&record, &["--yes"])
        .code(4)
        .says("was made in account 123456789012, but the credentials are for account 210987654321");
    let nobodys = record.replace("\"account\":\"123456789012\",", "");
    account.undo(&nobodys, &["--yes"]).code(4).says("does not name the account of ec2.create_tags");
    assert_eq!(account.changes(), 1);
}

#[test]
fn undo_passes_the_guard() {
    let account = Account::start();
    let record = account.record(BOTH);
    let ran = account.shell().file(RECORD, &record).args(["--read-only", "undo", RECORD, "--yes"]).run();
    ran.code(4).says("the run is --read-only").says("not undone: ec2.create_tags");
    assert_eq!(account.changes(), 1);
}

#[test]
fn the_first_failure_stops_undo_and_lists_the_rest() {
    let account = Account::start();
    let tag = |id: &str| format!("ec2.create_tags{{resources={{'{id}'}}, tags={{App='new'}}}} ");
    let record = account.record(&format!("{}{}", tag("i-00000001"), tag("i-00000002")));
    account.with(|state| state.closed = Some("i-00000002".to_owned()));
    account.undo(&record, &["--yes"]).code(1).says("UnauthorizedOperation").says("not undone: ec2.create_tags of 20");
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("new"), "undo must stop at the first failure");
    account.with(|state| state.closed = None);
    account.undo(&record, &["--yes"]).code(0);
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("old"));
}

#[test]
fn an_undo_can_be_recorded_and_undone() {
    let account = Account::start();
    let record = account.record(BOTH);
    let shell = account.shell().file("first", &record).args(["--record", RECORD, "undo", "first", "--yes"]);
    let second = shell.run().code(0).read(RECORD);
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("old"));
    account.undo(&second, &["--yes"]).code(0);
    assert_eq!(account.tag("i-00000001", "App").as_deref(), Some("new"));
    assert_eq!(account.tag("i-00000002", "Seen").as_deref(), Some("yes"));
}

#[test]
fn irreversible_changes_show_the_reason() {
    let line = |number: usize, operation: &str, risk: &str, outcome: &str| {
        let (service, operation) = operation.split_once('.').expect("service.operation");
        format!(
            r#"{{"run":"r","call":{number},"time":"t","outcome":"{outcome}","account":"123456789012","region":"eu-central-1","service":"{service}","operation":"{operation}","risk":"{risk}","input":{{"resources":["i-00000001"]}}}}"#
        )
    };
    let record = [
        line(1, "ec2.terminate_instances", "destroy", "ok"),
        line(2, "ec2.create_volume", "write", "ok"),
        line(3, "ec2.modify_volume", "write", "ok"),
        line(4, "ec2.create_tags", "write", "begun"),
        line(5, "ec2.create_tags", "write", "ok"),
        line(6, "ec2.delete_vpc", "destroy", "failed"),
        line(7, "ec2.describe_vpcs", "read", "ok"),
    ];
    let ran = Account::start().undo(&record.join("\n"), &[]).code(0);
    let stays: Vec<_> =
        ran.stdout.lines().map(|line| line.split(": not undone: ").last().unwrap_or_default()).collect();
    assert_eq!(
        stays,
        [
            "the record has no state from before the change",
            "its result is unknown; check whether the change was made",
            "undo knows no reverse operation",
            "undo does not delete the resources that the call created",
            "the operation is destructive, so nothing is left to restore",
            "Nothing to undo.",
        ]
    );
}

#[cfg(unix)]
#[test]
fn undo_asks_for_confirmation_at_a_terminal() {
    let account = Account::start();
    let record = account.record(BOTH);
    for (answer, value) in [("n", "new"), ("y", "old")] {
        let (command, _home) = account.shell().file(RECORD, &record).args(["undo", RECORD]).into_command();
        let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).expect("a terminal");
        terminal.exp_string("Make these 2 calls in account 123456789012? [y/N]").expect("the question");
        terminal.send_line(answer).expect("a terminal that takes a line");
        terminal.exp_eof().expect("its end");
        assert_eq!(account.tag("i-00000001", "App").as_deref(), Some(value), "after {answer}");
    }
}
