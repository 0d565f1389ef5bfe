//! Every way of looking at a script, with scripts that try to have an effect or never end.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use crate::support::{MEASURED, Shell};

/// The time that looking may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Attempts, each as a statement.
const ATTEMPTS: [(&str, &str); 6] = [
    ("writes a file", "local f = io.open('made', 'w') if f then f:write('x') f:close() end"),
    ("starts a process", "os.execute('touch made')"),
    ("calls AWS", "for _, s in ipairs { ec2, aws.session { endpoint_url = URL } } do pcall(s.describe_vpcs) end"),
    ("computes for ever", "while true do pcall(string.rep, 'x', 1000000) end"),
    ("matches a pattern bomb", "string.find(string.rep('a', 5000000), '.-.-.-.-b')"),
    ("reads a private file", "print((io.open('.aws/credentials') or io.open('script.lua')):read('a'))"),
];

/// A script that makes the attempt above its header, and one that makes it in the run of its example.
fn scripts(attempt: &str) -> [String; 2] {
    let header = |run: &str| {
        format!(
            "return script {{ summary = 'Look at me.', risk = 'read', example = {{ args = {{}} }}, \
             args = {{ app = {{ 'string', help = 'The app.' }} }}, run = function() {run} end }}"
        )
    };
    [format!("local function attempt() {attempt} end pcall(attempt) {attempt}\n{}", header("")), header(attempt)]
}

/// Runs a command on a script in a fresh home. Returns its problems.
fn problems(command: &[&str], script: &str) -> Vec<String> {
    let server = Server::always(Reply::xml("<no/>").status(500));
    let script = script.replace("URL", &format!("'{}'", server.url));
    let look = || {
        let shell = Shell::new().credentials().env("AWS_ENDPOINT_URL", &server.url);
        let shell = shell.file(".aws/credentials", "[default]\naws_secret_access_key = CANARY-7f3a\n");
        let shell = shell.file("looked/at.lua", &script).file("looked/at_test.lua", &script);
        let started = Instant::now();
        (shell.args(command).run(), started.elapsed())
    };
    let (ran, took) = look();
    let mut problems = Vec::new();
    if ran.home.path().join("made").exists() || ran.home.path().join("looked/made").exists() {
        problems.push("a file was made".to_owned());
    }
    if !server.requests().is_empty() {
        problems.push(format!("{} requests were sent", server.requests().len()));
    }
    if format!("{}{}", ran.stdout, ran.stderr).contains("CANARY") {
        problems.push("a private file was read".to_owned());
    }
    // Other load on the machine only adds time, so the best of three counts.
    if took > LIMIT && (0..2).all(|_| look().1 > LIMIT) {
        problems.push(format!("it took {took:?}, and no less than {LIMIT:?} twice again"));
    }
    if ran.stderr.contains("a bug in moonfleet") {
        problems.push(format!("a panic: {}", ran.stderr));
    }
    problems
}

#[test]
fn looking_at_a_script_has_no_effect_and_ends() {
    let commands: [&[&str]; 7] = [
        &["help", "looked/at.lua"],
        &["looked/at.lua", "--help"],
        &["policy", "looked/at.lua"],
        &["schedule", "--at", "0 7 * * *", "looked/at.lua", "--app", "x"],
        &["test", "--timeout", "1s", "looked/at_test.lua"],
        &["--plan", "--sandbox", "--timeout", "1s", "looked/at.lua"],
        &["--contain", "--sandbox", "--timeout", "1s", "looked/at.lua"],
    ];
    let _alone = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = Vec::new();
    for (name, attempt) in ATTEMPTS {
        for (script, place) in scripts(attempt).iter().zip(["above its header", "in its run"]) {
            for command in commands {
                let problems = problems(command, script);
                wrong.extend(problems.iter().map(|problem| format!("{command:?}, {name} {place}: {problem}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_list_of_scripts_names_those_that_take_too_long() {
    let bomb = &scripts("string.find(string.rep('a', 5000000), '.-.-.-.-b')")[0];
    let shell = Shell::new().file("a.lua", bomb).file("b.lua", &scripts("os.execute('touch made')")[0]);
    let ran = shell.args(["scripts", "look", "at", "me"]).run().code(0);
    let ran = ran.says("./a.lua is not listed: the header takes too long to read").prints("./b.lua");
    assert!(!ran.home.path().join("made").exists());
}

// Headers.

const ATTACK: &str = "ec2.create_tags { resources = { 'i-02afe4b5519f9244f' }, tags = { A = 'b' } }";

#[test]
fn a_header_that_is_another_one_when_it_runs_is_refused_before_the_run() {
    let lies = [
        ("risk", "summary = 'A.', risk = io == os and 'read' or 'destroy'"),
        ("risk", "summary = 'A.', risk = aws.whoami().account == '123456789012' and 'write' or 'read'"),
        ("args", "summary = 'A.', risk = 'read', args = { a = { 'string', help = 'A.', default = os.date('%Y') } }"),
        ("summary", "summary = tostring(os.time()) .. '.', risk = 'read'"),
    ];
    for (field, header) in lies {
        let script = format!("return script {{ {header}, run = function() print('run') {ATTACK} end }}");
        for options in [&["--sandbox"][..], &["--sandbox", "--contain"]] {
            let ran = Shell::new().args(options).script(&script).code(2).printed("");
            assert!(ran.stderr.contains("header") || ran.stderr.contains("script:"), "{field}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_header_that_only_a_run_shows_is_refused() {
    for hidden in ["return _G['scr' .. 'ipt']", "local s = script return s", "return (script)"] {
        let script = format!("{hidden} {{ summary = 'A.', risk = 'read', run = function() print('run') end }}");
        Shell::new()
            .sandbox()
            .script(&script)
            .code(2)
            .printed("")
            .says("its header is not written as `return script {`");
    }
}

#[test]
fn code_above_a_header_may_compute_with_values_that_only_a_run_has() {
    let above = "local home = (os.getenv('HOME') or '') .. '/data' local later = os.time() + 3600 local names = {}
        for name in pairs(package.loaded) do names[#names + 1] = name .. home end
        for _, word in ipairs(io.lines and {} or io.all()) do names[#names + 1] = word end
        local text = string.format('%s', os.date()) if later < os.time() or #os.getenv('PATH') < 1 then text = 'x' end";
    let header = "return script { summary = 'A.', risk = 'read', run = function() print('ran') end }";
    let shell = || Shell::new().sandbox().file("a.lua", &format!("{above}\n{header}"));
    shell().arg("a.lua").run().code(0).printed("ran\n");
    shell().args(["help", "a.lua"]).run().code(0).quiet();
}

#[test]
fn changes_above_a_header_are_refused_before_they_are_sent() {
    let script = format!("{ATTACK}\nreturn script {{ summary = 'A.', risk = 'write', run = function() end }}");
    let refused = "only the script's run function may make changes";
    Shell::new().sandbox().script(&script).code(4).says(refused);
    Shell::new().sandbox().arg("--contain").script(&script).code(4).says(refused);
}
