//! Chromium through Debian's chromedriver, as far as our tests go: W3C WebDriver is JSON over HTTP.

use crate::{
    failure::{Doing, Failure, Result, cannot},
    http, places,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Longest that one command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One browser with one empty profile; dropping it closes the browser.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// Held for its end: the profile goes when the browser has gone.
    _profile: TempDir,
}

/// Says which packages are missing, or installs them.
pub(crate) fn require(install: bool) -> Result<()> {
    let is_there = || ["chromium", "chromedriver"].iter().all(|name| places::program(name).is_some());
    if is_there() {
        return Ok(());
    }
    if !install {
        return Err(cannot(
            "no Chromium: apt-get install chromium chromium-driver (or, as root: cargo xtask browser --install)",
        ));
    }
    if !places::is_root() {
        return Err(cannot("--install needs root: sudo apt-get install chromium chromium-driver"));
    }
    eprintln!("xtask: apt-get install chromium chromium-driver");
    let apt = |arguments: &[&str]| {
        let out = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .doing("cannot run apt-get")?;
        if out.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&out.stderr);
        Err(cannot(format!(
            "apt-get {}: {}",
            arguments.join(" "),
            said.lines().last().unwrap_or("it failed")
        )))
    };
    let packages = [
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        "chromium",
        "chromium-driver",
        "fonts-dejavu-core",
    ];
    if apt(&packages).is_err() {
        apt(&["-qq", "update"])?;
        apt(&packages)?;
    }
    if is_there() {
        Ok(())
    } else {
        Err(cannot("chromium and chromedriver are not on the PATH after their installation"))
    }
}

impl Browser {
    /// Starts Chromium so that `http://<host>/` is our port on the loopback and nothing else can be reached, in a
    /// window as wide as a phone's (in CSS pixels).
    pub(crate) fn start(host: &str, port: u16, width: u32) -> Result<Self> {
        let profile = tempfile::tempdir().doing("no folder for the browser's profile")?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .doing("cannot start chromedriver")?;
        let lines = driver.stdout.take().map(|out| BufReader::new(out).lines().map_while(|line| line.ok()));
        let own_port = lines.into_iter().flatten().find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        let mut browser =
            Self { driver, port: own_port.unwrap_or(0), session: String::new(), _profile: profile };
        if own_port.is_none() {
            return Err(cannot("chromedriver does not say its port"));
        }
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            &format!("--user-data-dir={}", browser._profile.path().display()),
            // The first rule that fits decides.
            &format!("--host-resolver-rules=MAP {host} 127.0.0.1:{port},MAP * ~NOTFOUND"),
        ];
        // A window of Chromium is never narrower than some 500 pixels; emulated metrics are.
        let metrics =
            json!({ "width": width, "height": 800, "pixelRatio": 2.0, "touch": true, "mobile": true });
        let options = json!({
            "args": arguments,
            "mobileEmulation": { "deviceMetrics": metrics },
        });
        let wish = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let wish = json!({ "capabilities": { "alwaysMatch": wish } });
        let made = browser.command("POST", "", &wish)?;
        browser.session =
            made["sessionId"].as_str().ok_or_else(|| cannot("chromedriver gives no session"))?.to_owned();
        Ok(browser)
    }

    /// Opens an address; returns when the page has loaded.
    pub(crate) fn open(&self, url: &str) -> Result<()> {
        self.command("POST", "/url", &json!({ "url": url })).map(drop)
    }

    /// The value of a script's `return`.
    pub(crate) fn execute(&self, script: &str) -> Result<Value> {
        self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Result<Value> {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// A PNG of the window.
    pub(crate) fn screenshot(&self) -> Result<Vec<u8>> {
        let value = self.command("GET", "/screenshot", &Value::Null)?;
        STANDARD.decode(value.as_str().unwrap_or("")).doing("chromedriver's screenshot")
    }

    /// What Chromium's console said.
    pub(crate) fn console(&self) -> Result<Vec<String>> {
        let value = self.command("POST", "/se/log", &json!({ "type": "browser" }))?;
        let text = |entry: &Value| entry["message"].as_str().unwrap_or("").to_owned();
        Ok(value.as_array().map(|entries| entries.iter().map(text).collect()).unwrap_or_default())
    }

    /// A command of the WebDriver protocol, below the session's path, and its `value`.
    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let session = if self.session.is_empty() { String::new() } else { format!("/{}", self.session) };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = http::exchange(self.port, method, &format!("/session{session}{path}"), &body, PATIENCE)?;
        let mut answer: Value = serde_json::from_slice(&answer).doing("chromedriver's answer")?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            None => Ok(value),
            Some(error) => Err(Failure {
                line: format!(
                    "chromedriver: {error}: {}",
                    value["message"].as_str().unwrap_or("").lines().next().unwrap_or("")
                ),
                status: 2,
            }),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.command("DELETE", "", &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
