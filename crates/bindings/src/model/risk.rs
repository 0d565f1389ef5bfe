//! The risk of an operation of a model, by its verb and by reviewed exceptions. An operation with a verb that is in no
//! list can destroy something, until someone has reviewed it.

use moonfleet_models::{Operation, Service};

use crate::operation::Risk;

const READ: &[&str] = &[
    "check", "count", "decode", "describe", "discover", "estimate", "evaluate", "filter", "forecast", "get", "head",
    "is", "list", "lookup", "preview", "query", "scan", "search", "select", "simulate", "test", "validate", "verify",
];

const WRITE: &[&str] = &[
    "accept",
    "acknowledge",
    "activate",
    "add",
    "allocate",
    "apply",
    "archive",
    "assign",
    "associate",
    "assume",
    "attach",
    "authorize",
    "batch",
    "begin",
    "build",
    "change",
    "claim",
    "clone",
    "close",
    "commit",
    "complete",
    "configure",
    "confirm",
    "connect",
    "continue",
    "copy",
    "create",
    "define",
    "deploy",
    "detach",
    "disable",
    "disassociate",
    "enable",
    "encrypt",
    "enter",
    "execute",
    "exit",
    "export",
    "extend",
    "generate",
    "grant",
    "group",
    "import",
    "increase",
    "index",
    "initialize",
    "initiate",
    "invite",
    "invoke",
    "issue",
    "join",
    "label",
    "launch",
    "lock",
    "modify",
    "monitor",
    "move",
    "notify",
    "open",
    "pause",
    "post",
    "prepare",
    "promote",
    "provision",
    "publish",
    "put",
    "reboot",
    "rebuild",
    "receive",
    "record",
    "refresh",
    "register",
    "remove",
    "rename",
    "renew",
    "replace",
    "replicate",
    "report",
    "request",
    "resend",
    "resize",
    "resolve",
    "respond",
    "restart",
    "restore",
    "resume",
    "retrieve",
    "retry",
    "revoke",
    "run",
    "save",
    "schedule",
    "send",
    "set",
    "share",
    "sign",
    "signal",
    "start",
    "stop",
    "submit",
    "subscribe",
    "suspend",
    "swap",
    "sync",
    "tag",
    "transact",
    "translate",
    "unarchive",
    "unassign",
    "ungroup",
    "unlabel",
    "unlock",
    "unmonitor",
    "unshare",
    "unsubscribe",
    "untag",
    "update",
    "upgrade",
    "upload",
];

/// Operations whose verb misleads.
const EXCEPTIONS: &[(&str, Risk)] = &[
    ("apigateway.test_invoke_authorizer", Risk::Write),
    ("apigateway.test_invoke_method", Risk::Write),
    ("dynamodb.batch_get_item", Risk::Read),
    ("dynamodb.batch_write_item", Risk::Destroy),
    ("dynamodb.transact_get_items", Risk::Read),
    ("dynamodb.transact_write_items", Risk::Destroy),
    ("kms.schedule_key_deletion", Risk::Destroy),
    ("rds.stop_db_instance", Risk::Write),
    ("rds_data.batch_execute_statement", Risk::Destroy),
    ("rds_data.execute_sql", Risk::Destroy),
    ("rds_data.execute_statement", Risk::Destroy),
];

pub(super) fn of(service: &Service, operation: &Operation) -> Risk {
    // A newer model of the user's machine cannot lower the risk.
    let built_in = moonfleet_models::built_in(&service.name).and_then(|service| service.operation(&operation.name));
    let Some(operation) = built_in else { return Risk::Destroy };
    let name = format!("{}.{}", service.name, operation.name);
    if let Some((_, risk)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == name) {
        return *risk;
    }
    let verb = operation.name.split('_').next().unwrap_or_default();
    let is_batch_of_reads =
        ["batch_get_", "batch_describe_", "batch_list_"].iter().any(|it| operation.name.starts_with(it));
    if READ.contains(&verb) || is_batch_of_reads || operation.read_only {
        Risk::Read
    } else if WRITE.contains(&verb) {
        Risk::Write
    } else {
        Risk::Destroy
    }
}
