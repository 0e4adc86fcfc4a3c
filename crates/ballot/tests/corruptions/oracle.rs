//! Belenios' own judgement of single ballots: ours is never weaker. Skipped, with a word, where the tool cannot run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ballot::group::Ed25519;

use crate::ballots::samples;
use crate::lab::lab;
use crate::support::{Held, Step, TIME, judge, write};

struct Tool {
    folder: PathBuf,
}

impl Tool {
    fn new(name: &str) -> Option<Tool> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let tool = Tool { folder };
        if tool.run(&["--version"]).is_none_or(|code| code != 0) {
            println!("skipped: tools/belenios 3.0 cannot run here");
            return None;
        }
        Some(tool)
    }

    fn run(&self, arguments: &[&str]) -> Option<i32> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/belenios");
        let mut command = Command::new(script);
        command.arg("3.0").args(arguments).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?.code()
    }

    /// Whether the tool accepts a ballot for the election whose Setup alone is in the folder.
    fn accepts(&self, ballot: &[u8]) -> bool {
        fs::write(self.folder.join("ballot.json"), ballot).unwrap();
        match self.run(&["election", "verify-ballot", "--ballot", "ballot.json"]) {
            Some(0) => true,
            Some(124) => false,
            code => panic!("verify-ballot ended with {code:?}"),
        }
    }
}

#[test]
fn we_accept_no_ballot_that_belenios_refuses() {
    let Some(tool) = Tool::new("oracle") else { return };
    let held: &Held<Ed25519> = &lab().full;
    let setup = held.steps()[..1].to_vec();
    fs::write(tool.folder.join(format!("{}.bel", held.uuid())), write(&setup, TIME)).unwrap();
    let (mut stricter, mut both) = (Vec::new(), 0);
    for (label, ballot) in samples(held) {
        let theirs = tool.accepts(&ballot);
        let mut steps = setup.clone();
        steps.push(Step::Ballot(ballot));
        let verdict = judge(&write(&steps, TIME), None, true);
        assert!(theirs || !verdict.holds, "we accept and Belenios refuses: {label}\n{}", verdict.text);
        if label.starts_with("good") {
            assert!(
                theirs && verdict.holds,
                "{label}: Belenios {theirs}, we {}\n{}",
                verdict.holds,
                verdict.text
            );
        }
        match (theirs, verdict.holds) {
            (true, false) => stricter.push(label),
            (a, b) => both += usize::from(a == b),
        }
    }
    println!("the same verdict on {both} ballots; we alone refuse: {stricter:?}");
    // What section 14 of the facts says, and nothing else.
    assert!(
        stricter.iter().all(|label| label.contains("torsion") || label.contains("identity")),
        "{stricter:?}"
    );
}
