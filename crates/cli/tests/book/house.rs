//! A folder in which commands run, and servers that end with their test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Whatever is waited for comes within this time, also on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Five invented people; the fifth has the phone of the first.
pub const ROLL: &str = "Nombre;Apellidos;Teléfono;Correo\n\
    Begoña;Íñiguez Peña;600 100 001;\n\
    Nuño;Ibáñez Güell;600 100 002;nuno@example.org\n\
    Zoé;Ñáñez Núñez;600 100 003;\n\
    Iñaki;Etxeberría Ordóñez;600 100 004;\n\
    Conchita;Peña Íñiguez;600 100 001;\n";

/// What a command said.
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// A folder of its own.
pub struct House {
    folder: TempDir,
}

impl House {
    pub fn new() -> House {
        let house = House { folder: tempfile::tempdir().unwrap() };
        house.write("socios.csv", ROLL);
        house.write("remark.json", r#"{"text":"Pido que conste: la fuente está rota."}"#);
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The names in the folder, in order.
    pub fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cabildo"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn say(&self, words: &[&str]) -> Said {
        let output = self.command(words).output().unwrap();
        Said {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed, its words parted by spaces; what it printed.
    pub fn ok(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let said = self.say(&words);
        assert_eq!(said.status, 0, "{line}: {}{}", said.err, said.out);
        assert_eq!(said.err, "", "{line}: nothing is said on standard error when all is well");
        said.out
    }

    /// The same with `--json`: the object, whose `ok` is true.
    pub fn json(&self, line: &str) -> Value {
        let out = self.ok(&format!("{line} --json"));
        assert!(out.starts_with("{\"ok\":true"), "{line}: {out}");
        assert_eq!(out.lines().count(), 1, "{line}: {out}");
        serde_json::from_str(&out).unwrap()
    }

    /// Runs a command that must end with this status and one line on standard error, which holds all these words.
    pub fn refused(&self, status: i32, line: &str, expected: &[&str]) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.refuses(status, &words, expected)
    }

    /// The same for words that hold spaces.
    pub fn refuses(&self, status: i32, words: &[&str], expected: &[&str]) -> String {
        let said = self.say(words);
        assert_eq!(said.status, status, "{words:?}: {}{}", said.err, said.out);
        assert_eq!(said.err.lines().count(), 1, "{words:?}: {}", said.err);
        assert!(said.err.starts_with("cabildo: "), "{words:?}: {}", said.err);
        for word in expected {
            assert!(said.err.contains(word), "{words:?}: {:?} does not say {word:?}", said.err);
        }
        said.err
    }

    /// Runs a command that must leave the folder as it was.
    pub fn leaves_nothing(&self, status: i32, line: &str, expected: &[&str]) {
        let before = tree(self.folder.path());
        self.refused(status, line, expected);
        let after = tree(self.folder.path());
        let paths =
            |tree: &[(PathBuf, Vec<u8>)]| tree.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&after), paths(&before), "{line}: it left something behind");
        for (before, after) in before.iter().zip(&after) {
            assert!(before == after, "{line}: {} is another than before", before.0.display());
        }
    }

    /// Starts a server, and waits for its first line on standard output: its address.
    pub fn start(&self, line: &str) -> Running {
        let words: Vec<&str> = line.split_whitespace().collect();
        Running::start(self.command(&words), line)
    }

    /// Starts a program that prints nothing on standard output, such as a mirror that follows.
    pub fn start_silent(&self, line: &str) -> Running {
        let words: Vec<&str> = line.split_whitespace().collect();
        Running::spawn(self.command(&words), line).0
    }

    /// Makes a cosigner's key, `<name>.key`; its verifier.
    pub fn cosigner(&self, name: &str) -> String {
        self.ok(&format!("key new --cosigner --name {name} --out {name}.key"));
        self.ok(&format!("key show {name}.key --vkey")).trim().to_owned()
    }

    /// Founds a council in `cabildo.db`; further words may name founders and a policy.
    pub fn found(&self, more: &str) -> Founded {
        let object = self.json(&format!("found --roll socios.csv --name Peña --yes {more}"));
        let word = |key: &str| object[key].as_str().unwrap().to_owned();
        Founded { book: word("book"), clerk: word("clerk") }
    }
}

/// What a founding said.
pub struct Founded {
    pub book: String,
    pub clerk: String,
}

/// Every file and folder under a folder, in order, with what is in it.
pub fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push((path.clone(), Vec::new()));
            all.extend(tree(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (path, bytes) in tree(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        if path.is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, bytes).unwrap();
        }
    }
}

/// An address on this machine that is free now.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Waits until it is so.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: it does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A program that runs beside the test and is killed with it.
pub struct Running {
    child: Child,
    line: String,
    /// The first line that it printed: where it listens.
    pub address: String,
    log: Arc<Mutex<String>>,
}

impl Running {
    fn spawn(mut command: Command, line: &str) -> (Running, std::process::ChildStdout) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (err, kept) = (child.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let out = child.stdout.take().unwrap();
        (Running { child, line: line.into(), address: String::new(), log }, out)
    }

    fn start(command: Command, line: &str) -> Running {
        let (mut running, out) = Running::spawn(command, line);
        let mut lines = BufReader::new(out);
        let read = lines.read_line(&mut running.address).unwrap_or(0);
        assert!(read > 0, "{line}: {}", running.said());
        running.address.truncate(running.address.trim_end().len());
        thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        running
    }

    /// What it said on standard error so far.
    pub fn said(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn wait_for(&self, words: &str) {
        wait_until(&format!("{}: {words}", self.line), || self.said().contains(words));
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as a service manager does; its status.
    pub fn stop(mut self) -> i32 {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{} said:\n{}", self.line, self.said());
        }
    }
}
