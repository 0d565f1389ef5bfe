//! Headless Chromium, driven over WebDriver.
//!
//! Hand-written, because fantoccini and thirtyfour enable features of `time` and `syn`, which the SDK uses as well:
//! `cargo test` would compile the SDK a second time, separate from `cargo run`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

/// Whether Chromium and its driver are installed.
pub(crate) fn installed() -> bool {
    let is_there = |program: &str| {
        let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    is_there("chromium") && is_there("chromedriver")
}

impl Browser {
    pub(crate) fn start(dark: bool) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The port that the driver chooses for IPv6 can be in use for IPv4; it then ends.
        let (driver, port) = (0..20).find_map(|_| driver()).expect("chromedriver starts");
        let mut browser = Browser { driver, port, session: String::new(), _profile: profile };
        let scheme = if dark { "--force-dark-mode" } else { "--disable-features=WebContentsForceDark" };
        let data = format!("--user-data-dir={}", browser._profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            scheme,
            &data,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.request("POST", "/session", &wanted);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        browser
    }

    pub(crate) fn open(&self, file: &Path) {
        self.command("url", &json!({"url": format!("file://{}", file.display())}));
    }

    pub(crate) fn size(&self, width: u32, height: u32) {
        self.command("window/rect", &json!({"width": width, "height": height}));
    }

    /// Runs the body of a function in the page, and returns its result.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs the body of a function in the page, and returns the value that it passes to `done`.
    pub(crate) fn wait(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0];\n{script}");
        self.command("execute/async", &json!({"script": script, "args": []}))
    }

    /// Clicks the middle of an element, after scrolling to it.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.command(&format!("element/{element}/value"), &json!({"text": text}));
    }

    pub(crate) fn screenshot(&self) -> Vec<u8> {
        let picture = self.request("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        aws_smithy_types::base64::decode(picture.as_str().expect("a picture")).expect("base64")
    }

    /// Lays the page out as for printing on A4, on the screen.
    pub(crate) fn emulate_print(&self) {
        self.size(794, 1123);
        self.devtools("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    }

    /// Prints one page, and returns the PDF.
    pub(crate) fn print_page(&self, page: usize) -> Vec<u8> {
        let options = json!({"pageRanges": page.to_string(), "generateTaggedPDF": false});
        let printed = self.devtools("Page.printToPDF", &options);
        aws_smithy_types::base64::decode(printed["data"].as_str().expect("a PDF")).expect("base64")
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Returns the messages in the console.
    pub(crate) fn console(&self) -> Vec<String> {
        let entries = self.command("se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().expect("a log").iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Returns the URLs of all requests of the page, including its own.
    pub(crate) fn requests(&self) -> Vec<String> {
        let entries = self.command("se/log", &json!({"type": "performance"}));
        let entries = entries.as_array().expect("a log").iter();
        let message = |entry: &Value| serde_json::from_str::<Value>(entry["message"].as_str()?).ok();
        let messages = entries.filter_map(message).map(|message| message["message"].clone());
        let sent = messages.filter(|message| message["method"] == "Network.requestWillBeSent");
        sent.filter_map(|message| Some(message["params"]["request"]["url"].as_str()?.to_owned())).collect()
    }

    fn element(&self, selector: &str) -> String {
        let found = self.command("element", &json!({"using": "css selector", "value": selector}));
        let fields = found.as_object().expect("an element");
        fields.values().next().and_then(Value::as_str).expect("its id").to_owned()
    }

    fn command(&self, name: &str, parameters: &Value) -> Value {
        self.request("POST", &format!("/session/{}/{name}", self.session), parameters)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the driver listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .expect("the driver listens");
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).expect("the driver answers");
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a number");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut text = vec![0; length];
        answer.read_exact(&mut text).expect("the driver answers");
        let response: Value = serde_json::from_slice(&text).expect("JSON");
        assert!(response["value"]["error"].is_null(), "{method} {path}: {}", response["value"]);
        response["value"].clone()
    }
}

/// Starts the driver, and returns it with its port; `None` if it does not listen.
fn driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is installed");
    let Some(port) = port(&mut driver) else {
        let _ = driver.wait();
        return None;
    };
    Some((driver, port))
}

/// Reads the port from the driver's output, once it listens.
fn port(driver: &mut Child) -> Option<u16> {
    let stdout = driver.stdout.take().expect("standard output is piped");
    let line = BufReader::new(stdout).lines().map_while(Result::ok).find(|line| line.contains("started successfully"));
    let line = line?;
    let digits: String = line.trim_end_matches('.').rsplit(' ').next().unwrap_or_default().to_owned();
    Some(digits.parse().unwrap_or_else(|_| panic!("no port in {line:?}")))
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty()
            && let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port))
        {
            // The driver ends the browser with the session. Its answer is not needed.
            let _ = write!(stream, "DELETE /session/{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", self.session);
            let _ = stream.read(&mut [0; 1]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
