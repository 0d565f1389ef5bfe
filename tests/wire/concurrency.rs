//! Many calls at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};
use crate::support::wait_until;

#[test]
fn calls_of_tasks_run_at_the_same_time() {
    let arrived = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        arrived.fetch_add(1, Ordering::SeqCst);
        wait_until("the calls do not arrive at the same time", || arrived.load(Ordering::SeqCst) >= 8);
        Reply::xml(IDENTITY)
    });
    let accounts = on(&server).returned(
        "return (task.map({1, 2, 3, 4, 5, 6, 7, 8}, function() return sts.get_caller_identity().account end))",
    );
    assert_eq!(accounts, json!(vec!["123456789012"; 8]));
    assert_eq!(server.requests().len(), 8, "no call is sent twice");
}

#[test]
fn answers_reach_the_tasks_that_made_the_calls() {
    // The second of two requests is answered before the first.
    let (arrived, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let server = Server::start(move |request| {
        let at = arrived.fetch_add(1, Ordering::SeqCst);
        if at % 2 == 0 {
            wait_until("the next call does not arrive", || answered.load(Ordering::SeqCst) > at / 2);
        } else {
            answered.fetch_add(1, Ordering::SeqCst);
        }
        let name = request.json()["Name"].as_str().unwrap_or_default().to_owned();
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
