//! `cargo xtask browser`: the booth's module in Chromium, on plain HTTP at `http://hall.test`, as a phone on the
//! assembly hall's Wi-Fi has it, beside the native booth.
//!
//! Tasks are every file of `vectors/ballot`, ballots of each kind cast with fresh randomness from the browser, audits of
//! Belenios' archives, and calls that must be refused. The page sends its random bytes along and the native booth is
//! given the same: every answer must be the same text, and every ballot verifies natively.

use crate::{
    failure::{Doing, Result, cannot, fails},
    http, places, wasm,
    webdriver::{self, Browser},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const HOST: &str = "hall.test";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// As root, install Chromium and its driver if they are missing
    #[arg(long)]
    install: bool,
    /// Save a picture of the page: <target>/browser.png
    #[arg(long)]
    screenshot: bool,
    /// Width of the window in CSS pixels
    #[arg(long, default_value_t = 320, value_name = "PIXELS")]
    width: u32,
    /// How long the page may take, in seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    timeout: u64,
    /// Make the page's processor so many times slower, as a cheap phone's is
    #[arg(long, default_value_t = 1.0, value_name = "TIMES")]
    slower: f64,
    /// Folders of vectors [default: vectors/ballot]
    #[arg(long, value_name = "DIR")]
    vectors: Vec<PathBuf>,
    /// The module, instead of building it
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
}

/// Random bytes of a call.
#[derive(Clone, Copy)]
enum Random {
    /// These.
    Fixed(&'static [u8]),
    /// So many from the browser's `crypto.getRandomValues`.
    Fresh(usize),
}

/// Whether a call must have a value.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    Refusal,
}

/// One task of the page, with what is needed to do it here too.
struct Task {
    label: String,
    function: String,
    json: Vec<u8>,
    random: Random,
    /// `None` for a file of vectors, whose answer says for itself.
    expect: Option<Expect>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    webdriver::require(args.install)?;
    let module = match &args.module {
        Some(file) => file.clone(),
        None => wasm::run(&wasm::Args::default())?,
    };
    let mut tasks = vector_tasks(&args.vectors)?;
    tasks.extend(calls()?);

    let start = Instant::now();
    let (port, posts) = http::serve(site(&module, &tasks)?)?;
    let browser = Browser::start(HOST, port, args.width)?;
    let started = start.elapsed();
    if args.slower > 1.0 {
        browser.devtools("Emulation.setCPUThrottlingRate", &json!({ "rate": args.slower }))?;
    }
    browser.open(&format!("http://{HOST}/"))?;
    let mut console = Vec::new();
    let report = loop {
        match posts.recv_timeout(Duration::from_millis(500)) {
            Ok((_, report)) => break Some(report),
            // A page that has an error to tell before its report will hardly make one.
            Err(_) if !console.is_empty() || start.elapsed() > Duration::from_secs(args.timeout) => {
                break None;
            }
            Err(_) => console.extend(browser.console()?),
        }
    };
    if args.screenshot {
        let file = places::target().join("browser.png");
        fs::write(&file, browser.screenshot()?).doing(file.display())?;
        println!("{}", places::shown(&file));
    }
    console.extend(browser.console()?);
    let Some(report) = report else {
        let said = console.first().map_or_else(String::new, |line| format!(" (console: {line})"));
        return Err(fails(format!(
            "no report from the page after {:.0} s{said}",
            start.elapsed().as_secs_f64()
        )));
    };
    let report: Value = serde_json::from_slice(&report).doing("the page's report")?;
    let room = browser.execute("return document.documentElement.scrollWidth")?;
    drop(browser);
    let took = start.elapsed();

    let mut wrong = surroundings(&report, &console, room.as_u64().unwrap_or(u64::MAX), args.width);
    let nothing = Vec::new();
    let results = report["results"].as_array().unwrap_or(&nothing);
    if results.len() != tasks.len() {
        wrong.push(format!("{} of {} tasks were done", results.len(), tasks.len()));
    }
    for (task, result) in tasks.iter().zip(results) {
        let (word, detail) = match compare(task, result) {
            Ok(detail) => ("ok   ", detail),
            Err(difference) => {
                wrong.push(format!("{}: {difference}", task.label));
                ("WRONG", difference)
            }
        };
        println!(
            "{word}  {:<40}  {:>8.1} ms  {detail}",
            task.label,
            result["ms"].as_f64().unwrap_or(f64::NAN)
        );
    }
    println!(
        "Chromium ready after {:.1} s, module after {:.0} ms more, all done after {:.1} s",
        started.as_secs_f64(),
        report["loaded"].as_f64().unwrap_or(f64::NAN),
        took.as_secs_f64()
    );
    match wrong.as_slice() {
        [] => Ok(()),
        [only] => Err(fails(only)),
        [first, rest @ ..] => Err(fails(format!("{first} (and {} more)", rest.len()))),
    }
}

/// What must hold around the answers: the page was what a phone in the hall has.
fn surroundings(report: &Value, console: &[String], room: u64, width: u32) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(error) = report["error"].as_str() {
        wrong.push(format!("the page failed: {error}"));
    } else if report["address"] != format!("http://{HOST}/")
        || report["secure"] != false
        || report["subtle"] != false
    {
        wrong.push(format!(
            "the page was not on plain HTTP: {} (secure: {})",
            report["address"], report["secure"]
        ));
    }
    if room > u64::from(width) {
        wrong.push(format!("the page is {room} pixels wide in a window of {width}"));
    }
    wrong.extend(console.iter().map(|line| format!("console: {line}")));
    wrong
}

/// Does a task here and compares; what is worth saying of a good one.
fn compare(task: &Task, result: &Value) -> std::result::Result<String, String> {
    let theirs = result["answer"].as_str().unwrap_or("");
    let random = hex::decode(result["random"].as_str().unwrap_or("")).map_err(|e| format!("random: {e}"))?;
    match task.random {
        Random::Fixed(bytes) if bytes != random => return Err("the page used other random bytes".into()),
        Random::Fresh(count) if count != random.len() => {
            return Err("the page drew too few random bytes".into());
        }
        _ => {}
    }
    let ours = booth::call(task.function.as_bytes(), &task.json, &random);
    if ours != theirs {
        return Err(format!("browser {} / native {}", shortened(theirs), shortened(&ours)));
    }
    let answer: Value = serde_json::from_str(theirs).map_err(|e| format!("{e}: {}", shortened(theirs)))?;
    let outcome = if answer["ok"] == true { Expect::Value } else { Expect::Refusal };
    let Some(expect) = task.expect else { return vectors_outcome(&answer) };
    if outcome != expect {
        return Err(shortened(theirs));
    }
    if task.function == "cast" && outcome == Expect::Value {
        return verified(task, &answer["value"]["ballot"]);
    }
    Ok(String::new())
}

/// The native verdict on a ballot that the browser made.
fn verified(task: &Task, ballot: &Value) -> std::result::Result<String, String> {
    let argument: Value = serde_json::from_slice(&task.json).map_err(|e| e.to_string())?;
    let made = json!({ "election": argument["election"], "ballot": ballot }).to_string();
    let verdict = booth::call(b"verify_ballot", made.as_bytes(), &[]);
    if !verdict.starts_with(r#"{"ok":true"#) {
        return Err(format!("the ballot is refused here: {}", shortened(&verdict)));
    }
    Ok(format!("{} bytes, verified natively", ballot.as_str().map_or(0, str::len)))
}

/// What the answer of `run_vectors` says.
fn vectors_outcome(answer: &Value) -> std::result::Result<String, String> {
    let value = &answer["value"];
    if answer["ok"] != true {
        return Err(shortened(&answer.to_string()));
    }
    if value["known"] != true {
        return Err("the module has no such algorithm".into());
    }
    let cases = value["cases"].as_array().ok_or("no cases")?;
    if let Some(bad) = cases.iter().find(|case| case["ok"] != true) {
        return Err(format!("case {}: got {}", bad["name"], shortened(&bad["got"].to_string())));
    }
    Ok(format!("{} cases", cases.len()))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 200 {
        return text.to_owned();
    }
    text.chars().take(200).chain("…".chars()).collect()
}

/// Every file of the folders, in the order of their paths.
fn vector_tasks(folders: &[PathBuf]) -> Result<Vec<Task>> {
    let root = places::workspace();
    let own = [root.join("vectors/ballot")];
    let mut files = Vec::new();
    for folder in if folders.is_empty() { &own } else { folders } {
        walk(folder, &mut files)?;
    }
    files.sort();
    if files.is_empty() {
        return Err(cannot("no vectors there"));
    }
    let task = |file: PathBuf| {
        Ok(Task {
            label: places::shown(file.strip_prefix(&root).unwrap_or(&file)),
            function: "run_vectors".into(),
            json: fs::read(&file).doing(file.display())?,
            random: Random::Fixed(&[]),
            expect: None,
        })
    };
    files.into_iter().map(task).collect()
}

/// Calls that are no vectors.
fn calls() -> Result<Vec<Task>> {
    let call = |label: &str, function: &str, json: Value, random, expect| Task {
        label: label.into(),
        function: function.into(),
        json: json.to_string().into_bytes(),
        random,
        expect: Some(expect),
    };
    let fixture = |path: &str| {
        let path = places::workspace().join("vectors/belenios").join(path);
        fs::read(&path).doing(path.display())
    };
    let text = |path: &str| fixture(path).map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned());
    let mut tasks = Vec::new();

    // Each kind of question, by a voter who is on the list.
    let credential = "Vectr-Vectrs-Vectr-VectrX";
    let base: Value =
        serde_json::from_str(&text("homomorphic/v3.3-ed25519/election.json")?).doing("election.json")?;
    let five = json!(["Ana", "Bea", "Col", "Dan", "Eve"]);
    let ranked = json!({ "answers": five, "question": "Rank" });
    let mut last = Value::Null;
    for (label, question, vote) in [
        (
            "one of five",
            json!({ "answers": five, "min": 1, "max": 1, "question": "Choose" }),
            json!([0, 0, 1, 0, 0]),
        ),
        (
            "up to five of five, with blank",
            json!({ "answers": five, "blank": true, "min": 1, "max": 5, "question": "Approve" }),
            json!([0, 1, 0, 1, 1, 0]),
        ),
        ("five ranked", json!({ "type": "NonHomomorphic", "value": ranked }), json!([2, 1, 5, 3, 4])),
    ] {
        let mut election = base.clone();
        election["questions"] = json!([question]);
        let mut vote = json!({ "election": election.to_string(), "credential": credential, "votes": [vote] });
        let answer = booth::call(b"cast", vote.to_string().as_bytes(), &[7; 32]);
        let answer: Value = serde_json::from_str(&answer).doing("the booth's answer")?;
        let ballot = answer["value"]["ballot"].as_str().unwrap_or("");
        let ballot: Value = serde_json::from_str(ballot).doing("the booth's ballot")?;
        vote["credentials"] = json!([ballot["credential"]]).to_string().into();
        for round in ["", " again"] {
            tasks.push(call(
                &format!("cast: {label}{round}"),
                "cast",
                vote.clone(),
                Random::Fresh(32),
                Expect::Value,
            ));
        }
        let checked = json!({ "election": vote["election"], "ballot": answer["value"]["ballot"] });
        tasks.push(call(
            &format!("verify: {label}"),
            "verify_ballot",
            checked,
            Random::Fixed(&[]),
            Expect::Value,
        ));
        last = vote;
    }
    let vote = json!({
        "election": text("homomorphic/v3.3-belenios2048/election.json")?,
        "credential": credential,
        "votes": [[1, 0, 0], [0, 1, 0]],
    });
    tasks.push(call("cast: in BELENIOS-2048", "cast", vote, Random::Fresh(32), Expect::Value));

    tasks.push(call("too little randomness", "cast", last.clone(), Random::Fresh(31), Expect::Refusal));
    last["credentials"] = "[]".into();
    tasks.push(call("not on the list", "cast", last, Random::Fresh(32), Expect::Refusal));

    for folder in [
        "homomorphic/v3.0-ed25519",
        "nonhomomorphic-stv/v3.3-ed25519",
        "lists-weighted/v3.3-ed25519",
        "threshold/v3.3-ed25519",
    ] {
        let election: Value =
            serde_json::from_str(&text(&format!("{folder}/election.json"))?).doing(folder)?;
        let uuid = election["uuid"].as_str().unwrap_or("");
        let archive = STANDARD.encode(fixture(&format!("{folder}/{uuid}.bel"))?);
        let archive = json!({ "archive": archive });
        tasks.push(call(&format!("audit: {folder}"), "audit", archive, Random::Fresh(32), Expect::Value));
    }

    tasks.push(call("no such function", "é\"", json!({}), Random::Fixed(&[]), Expect::Refusal));
    tasks.push(call("no object", "sha256", json!("{"), Random::Fixed(&[]), Expect::Refusal));
    tasks.push(call(
        "letters outside Latin",
        "sha256",
        json!({ "hex": "選挙" }),
        Random::Fixed(&[]),
        Expect::Refusal,
    ));
    Ok(tasks)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).doing(folder.display())? {
        let path = entry.doing(folder.display())?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

/// The pages, the module, the vectors, the list of tasks.
fn site(module: &Path, tasks: &[Task]) -> Result<http::Site> {
    let read = |path: &Path| fs::read(path).doing(path.display());
    let www = places::workspace().join("crates/booth/www");
    let mut site = http::Site::new();
    for name in ["booth.js", "check.js", "check.css"] {
        site.insert(format!("/{name}"), read(&www.join(name))?);
    }
    site.insert("/".into(), read(&www.join("index.html"))?);
    // Chromium asks for one by itself, and says so in its console where there is none.
    site.insert("/favicon.ico".into(), Vec::new());
    site.insert("/booth.wasm".into(), read(module)?);
    let mut list = Vec::new();
    for (i, task) in tasks.iter().enumerate() {
        let random = match task.random {
            Random::Fixed(bytes) => json!(hex::encode(bytes)),
            Random::Fresh(count) => json!(count),
        };
        let file = format!("tasks/{i}.json");
        list.push(json!({ "label": task.label, "name": task.function, "random": random, "file": file }));
        site.insert(format!("/{file}"), task.json.clone());
    }
    site.insert("/tasks.json".into(), Value::from(list).to_string().into_bytes());
    Ok(site)
}
