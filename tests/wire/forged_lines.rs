//! An answer of a server cannot forge lines of the program on standard error.

use crate::answers::{ec2_error, on};
use crate::support::server::Server;

/// A message with line breaks and control characters.
const MESSAGE: &str = "no&#10;moonfleet: done&#10;stack traceback:&#13;\u{202e}\u{9b}2J";
const SHOWN: &str = "no⏎moonfleet: done⏎stack traceback:␍<U+202E><U+009B>2J";

fn server() -> Server {
    Server::always(ec2_error(400, "Invalid&#10;Code", MESSAGE))
}

#[test]
fn an_error_is_one_line() {
    let server = server();
    let ran = on(&server).chunk("ec2.describe_tags{}").code(1).says(SHOWN).says("Invalid⏎Code");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    // A script that prints the error, or raises its message, cannot forge a line either.
    on(&server).chunk("local _, e = pcall(ec2.describe_tags, {}) io.write(tostring(e))").code(0).prints(SHOWN);
    let ran = on(&server).chunk("local _, e = pcall(ec2.describe_tags, {}) error(e.message, 0)").code(1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines, ["moonfleet: -e:1: no", "  moonfleet: done", "  stack traceback:␍<U+202E><U+009B>2J"]);
    // As a value, the message is exact.
    let message = "local _, e = pcall(ec2.describe_tags, {}) return e.message";
    assert_eq!(on(&server).returned(message), "no\nmoonfleet: done\nstack traceback:\r\u{202e}\u{9b}2J");
}

#[test]
fn a_log_line_is_one_line() {
    let server = server();
    let chunk = "sweep.regions({'eu-west-1'}, function(s) return s.ec2.describe_tags{} end)";
    let ran = on(&server).chunk(chunk).says(SHOWN);
    for line in ran.stderr.lines() {
        assert!(["moonfleet: ", " WARN "].iter().any(|start| line.starts_with(start)), "{}", ran.stderr);
    }
    let ran = on(&server).args(["--log-format", "json"]).chunk(chunk);
    let hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!ran.stderr.contains(hidden), "{:?}", ran.stderr);
    let warned: Vec<serde_json::Value> =
        ran.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(warned.iter().any(|line| line["level"] == "WARN" && line["message"].is_string()), "{}", ran.stderr);
    let ran = on(&server)
        .args(["--log-format", "json", "-vv"])
        .chunk("log.warn('a\\u{202e}b\\u{9b}', {x = 'c\\nd\\u{202e}'})");
    assert!(!ran.stderr.contains(hidden), "{:?}", ran.stderr);
}
