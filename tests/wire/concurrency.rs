//! Many calls at once.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn calls_wait_at_the_same_time() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        Reply::xml(IDENTITY)
    });
    let started = Instant::now();
    let accounts = on(&server).returned(
        "return (task.map({1, 2, 3, 4, 5, 6, 7, 8}, function() return sts.get_caller_identity().account end))",
    );
    assert_eq!(accounts, json!(vec!["123456789012"; 8]));
    assert!(started.elapsed() < Duration::from_millis(2000), "{:?}", started.elapsed());
}

#[test]
fn answers_of_many_tasks_do_not_get_mixed_up() {
    let server = Server::start(|request| {
        let name = request.json()["Name"].as_str().unwrap_or_default().to_owned();
        std::thread::sleep(Duration::from_millis(name.len() as u64 * 7 % 30));
        Reply::json(json!({"Parameter": {"Name": name, "Type": "String", "Value": name, "Version": 1}}).to_string())
    });
    let wrong = on(&server).returned(
        "local names = {}
         for n = 1, 60 do names[n] = '/' .. string.rep('x', n) end
         local values = task.map(names, function(name) return ssm.get_parameter{name=name}.parameter.value end, {limit=20})
         local wrong = json.list()
         for n, name in ipairs(names) do if values[n] ~= name then wrong[#wrong + 1] = n end end
         return wrong",
    );
    assert_eq!(wrong, json!([]));
    assert_eq!(server.requests().len(), 60);
}
