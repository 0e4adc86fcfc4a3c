//! The manuals in `examples/*.md` are true: every `console` block is run, in order, in a folder of its own beside a copy of the
//! invented neighbourhood, and what comes out is compared with what the page shows.
//!
//! * A line that begins with `$ ` is a command, up to the next such line or the end of the block; lines that begin with `> `
//!   go on with it. What follows is what it prints. Each must succeed.
//! * `…` in a line stands for anything within it; a line of nothing else for any lines.
//! * A command that ends with ` &` runs on beside the others; the page shows the first that it prints. All of them are killed
//!   at the end.
//! * Addresses as 127.0.0.1:8080 are others in the test, free ones.
//! * After the comment `<!-- in a while -->` the next block's last command is run again until it prints what the page shows.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails
#![allow(clippy::disallowed_methods, reason = "real processes take real time")]

mod belenios;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const DONE: &str = "--- cabildo example: done";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

#[test]
fn the_minute_book() {
    run("minute-book.md");
}

#[test]
fn the_seizure_drill() {
    run("seizure-drill.md");
}

#[test]
fn roll_and_offices() {
    run("roll-and-offices.md");
}

#[test]
fn a_year_of_offices() {
    run("year-of-offices.md");
}

#[test]
fn a_branch_of_nine_hundred() {
    run("branch-of-900.md");
}

/// Every page with commands is one of the tests.
#[test]
fn no_page_is_left_out() {
    let here = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples.rs")).unwrap();
    for entry in fs::read_dir(examples()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".md") && fs::read_to_string(&path).unwrap().contains("```console") {
            assert!(here.contains(&format!("run(\"{name}\")")), "{name} has commands and no test");
        }
    }
}

/// A command of a page, and what it prints.
struct Step {
    line: usize,
    command: String,
    expected: Vec<String>,
    /// Whether it is run again until it prints that.
    in_a_while: bool,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut is_inside, mut waits) = (false, false);
    for (at, line) in page.lines().enumerate() {
        match line {
            "<!-- in a while -->" => waits = true,
            "```console" => is_inside = true,
            "```" if is_inside => {
                if let Some(last) = steps.last_mut() {
                    last.in_a_while = waits;
                }
                (is_inside, waits) = (false, false);
            }
            _ if !is_inside => {}
            _ => match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
                (Some(command), _, _) => {
                    let (command, expected) = (command.to_owned(), Vec::new());
                    steps.push(Step { line: at + 1, command, expected, in_a_while: false });
                }
                (None, Some(more), Some(step)) if step.expected.is_empty() => {
                    step.command.push_str(&format!("\n{more}"));
                }
                (None, _, Some(step)) => step.expected.push(line.to_owned()),
                (None, _, None) => panic!("line {}: a block begins with a command", at + 1),
            },
        }
    }
    steps
}

/// Whether what was printed is what the page shows.
fn matches(expected: &[String], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "…" => {
            (0..=printed.len()).any(|skip| matches(rest, &printed[skip..]))
        }
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && matches(rest, others)),
    }
}

fn line_matches(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('…');
    let begin = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(begin) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((end, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= end.len() && rest.ends_with(end)
}

/// One shell in which a page is played.
struct Shell {
    child: Child,
    input: ChildStdin,
    printed: Receiver<String>,
    folder: PathBuf,
    /// The page's addresses and ours.
    addresses: BTreeMap<String, String>,
    beside: usize,
}

impl Shell {
    fn start(folder: &Path) -> Shell {
        let binary = Path::new(env!("CARGO_BIN_EXE_cabildo")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut child = Command::new("bash")
            .args(["--norc", "--noprofile", "-s"])
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let (send, printed) = channel();
        thread::spawn(move || lines.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let (folder, addresses) = (folder.to_owned(), BTreeMap::new());
        Shell { child, input, printed, folder, addresses, beside: 0 }
    }

    /// The page's addresses become free ones.
    fn ours(&mut self, command: &str) -> String {
        let mut ours = String::new();
        let mut rest = command;
        while let Some(at) = rest.find("127.0.0.1:") {
            let digits = rest[at + 10..].bytes().take_while(u8::is_ascii_digit).count();
            let (theirs, after) = rest[at..].split_at(10 + digits);
            let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
            let address = self.addresses.entry(theirs.to_owned()).or_insert_with(free);
            ours.push_str(&rest[..at]);
            ours.push_str(address);
            rest = after;
        }
        ours + rest
    }

    fn theirs(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (theirs, ours) in &self.addresses {
            line = line.replace(ours, theirs);
        }
        line
    }

    /// Runs a command to its end: what it printed, on either output, and its status.
    fn run(&mut self, command: &str) -> (Vec<String>, String) {
        let command = self.ours(command);
        writeln!(self.input, "{{ {command}\n}} 2>&1 </dev/null; echo \"{DONE} $?\"").unwrap();
        let mut printed = Vec::new();
        loop {
            let line = self.printed.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("`{command}` does not end; so far: {printed:#?}"));
            match line.strip_prefix(DONE) {
                Some(status) => return (printed, status.trim().to_owned()),
                None => printed.push(self.theirs(&line)),
            }
        }
    }

    /// Starts a command that runs on; where what it prints goes.
    fn run_beside(&mut self, command: &str) -> PathBuf {
        self.beside += 1;
        let out = self.folder.join(format!(".beside-{}", self.beside));
        let pids = self.folder.join(".pids");
        let mut command = self.ours(command);
        if command.contains('\n') {
            command = format!("{{ {command}\n}}");
        }
        // Disowned, so that the shell says nothing of its end.
        let line = format!(
            "{command} >'{}' 2>&1 </dev/null & disown; echo $! >>'{}'",
            out.display(),
            pids.display()
        );
        writeln!(self.input, "{line}").unwrap();
        out
    }

    fn play(&mut self, page: &str, step: &Step) {
        let began = Instant::now();
        let beside = step.command.strip_suffix(" &").map(|command| self.run_beside(command));
        loop {
            let (printed, status) = match &beside {
                Some(out) => {
                    let printed = fs::read_to_string(out).unwrap_or_default();
                    let lines = printed.lines().map(|line| self.theirs(line)).collect();
                    (lines, "0".to_owned())
                }
                None => self.run(&step.command),
            };
            let lines: Vec<&str> = printed.iter().map(String::as_str).collect();
            if status == "0" && matches(&step.expected, &lines) {
                return;
            }
            let waits = step.in_a_while || beside.is_some();
            assert!(
                waits && began.elapsed() < PATIENCE,
                "{page}, line {}: $ {}\nstatus {status}, and it printed\n{}\n\nnot\n{}",
                step.line,
                step.command,
                lines.join("\n"),
                step.expected.join("\n")
            );
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let pids = fs::read_to_string(self.folder.join(".pids")).unwrap_or_default();
        for pid in pids.split_whitespace() {
            let _ = Command::new("kill").args(["-9", pid]).stderr(Stdio::null()).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(page: &str) {
    let text = fs::read_to_string(examples().join(page)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for place in ["barrio", "rama"] {
        fs::create_dir(folder.path().join(place)).unwrap();
        for entry in fs::read_dir(examples().join(place)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(place).join(path.file_name().unwrap())).unwrap();
        }
    }
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{page}: there is no command in it");
    let mut shell = Shell::start(folder.path());
    for step in &steps {
        shell.play(page, step);
    }
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "bel") {
            belenios::accepts(&path);
        }
    }
}

#[test]
fn how_lines_are_compared() {
    let is = |expected: &[&str], printed: &[&str]| {
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        matches(&expected, printed)
    };
    assert!(is(&["a … c", "…", "z"], &["a b c", "1", "2", "z"]));
    assert!(is(&["…"], &[]) && is(&[], &[]) && is(&["a…"], &["a"]) && is(&["…a…b…"], &["xaxbx"]));
    assert!(!is(&["a … c"], &["a b d"]) && !is(&["a"], &["a", "b"]) && !is(&["a", "…", "z"], &["a", "y"]));
    assert!(!is(&["ab…bc"], &["abc"]) && !is(&["a"], &[]) && !is(&[""], &["a"]));
}
