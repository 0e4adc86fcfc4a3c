//! Belenios' own tool as the judge of what `rehearse` makes: `election verify` on every archive, `verify-ballot` on every
//! ballot. A small set runs always; `cargo xtask peer` runs every combination (`PEER_SET=full`).
//!
//! Where the tool cannot be had (no apt, no Debian mirror) the tests say so and pass.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot go on fails

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ballot::archive::{EventType, Records};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn tool(version: &str, folder: &Path, args: &[&str]) -> Output {
    Command::new(root().join("tools/belenios")).arg(version).args(args).current_dir(folder).output().unwrap()
}

/// Whether the tool runs at all here; says so where it does not.
fn have(version: &str) -> bool {
    let output = tool(version, &root(), &["--version"]);
    if !output.status.success() {
        println!(
            "SKIPPED: tools/belenios {version} cannot run here: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    output.status.success()
}

struct Case {
    name: String,
    ballots: String,
    extension: &'static str,
    args: Vec<String>,
    weights: Option<String>,
    versions: &'static [&'static str],
}

const CHOSEN: &str =
    "3 2\n1 1 2 0\n1 2 0\n1 3 1 0\n1 0\n1 2 3 0\n0\n\"Ana\"\n\"Bea\"\n\"Íñigo\"\n\"Comité\"\n";
const GRADED: &str = ",Ana,Bea,Íñigo\n1,6,5,0\n2,1,0,3\n3,6,6,6\n4,2,4,1\n";

fn ballots(kind: &str, size: usize) -> String {
    let text = if kind == "csv" { GRADED } else { CHOSEN };
    let is_ballot = |line: &str| kind == "csv" || line.starts_with("1 ");
    let mut left = size;
    let lines = text.lines().enumerate().filter(|(number, line)| {
        if *number == 0 || !is_ballot(line) {
            return true;
        }
        let keep = left > 0;
        left = left.saturating_sub(1);
        keep
    });
    lines.map(|(_, line)| format!("{line}\n")).collect()
}

fn case(method: &str, size: usize, trustees: &str, more: &str, weighted: bool) -> Case {
    let extension = if method == "majority-judgment" { "csv" } else { "blt" };
    let mut args: Vec<String> = vec!["--method".into(), method.into()];
    if matches!(method, "irv" | "plurality" | "approval" | "schulze" | "majority-judgment") {
        args.extend(["--seats".into(), "1".into()]);
    }
    args.extend(format!("{trustees} {more}").split_whitespace().map(String::from));
    let field = more.contains("BELENIOS-2048");
    // Belenios 2.0 reads threshold groups in an older form only.
    let old_too = field && !trustees.contains("--threshold");
    Case {
        name: format!(
            "{method}, {size} ballots, {trustees} {more}{}",
            if weighted { " --weights" } else { "" }
        ),
        ballots: ballots(extension, size),
        extension,
        weights: weighted
            .then(|| (0..size).map(|i| format!("{}\n", [1, 7, 1_073_741_825, 2, 3][i % 5])).collect()),
        args,
        versions: if old_too { &["3.0", "2.0"] } else { &["3.0"] },
    }
}

fn small_set() -> Vec<Case> {
    vec![
        case("plurality", 5, "--trustees 1", "", false),
        case("approval", 5, "--trustees 3 --threshold 2 --single 1", "--blank", true),
        case("approval", 3, "--trustees 2", "--group BELENIOS-2048 --blank", true),
        case("scottish-stv", 5, "--trustees 3 --threshold 2", "--shuffles 2", false),
        case("majority-judgment", 4, "--trustees 2", "--shuffles 1 --blank", false),
        case("plurality", 0, "--trustees 1", "", false),
        case("schulze", 0, "--trustees 2", "--shuffles 2", false),
        case("irv", 1, "--trustees 1 --single 1", "--shuffles 1", false),
    ]
}

fn full_set() -> Vec<Case> {
    let mut cases = Vec::new();
    let trustees = [
        "--trustees 1",
        "--trustees 3",
        "--trustees 3 --threshold 2",
        "--trustees 3 --threshold 2 --single 2",
    ];
    for size in [0, 1, 5] {
        for trustees in trustees {
            for blank in ["", "--blank"] {
                for method in ["plurality", "approval"] {
                    for weighted in [false, true] {
                        cases.push(case(method, size, trustees, blank, weighted));
                        cases.push(case(
                            method,
                            size,
                            trustees,
                            &format!("--group BELENIOS-2048 {blank}"),
                            weighted,
                        ));
                    }
                }
                for (method, shuffles) in [
                    ("irv", 1),
                    ("scottish-stv", 3),
                    ("wigm-stv", 2),
                    ("meek-stv", 1),
                    ("schulze", 2),
                    ("majority-judgment", 3),
                ] {
                    let shuffles = if trustees == "--trustees 1" { 1 } else { shuffles };
                    cases.push(case(
                        method,
                        size.min(4),
                        trustees,
                        &format!("--shuffles {shuffles} {blank}"),
                        false,
                    ));
                }
            }
        }
    }
    cases
}

/// Holds the rehearsal; the folder with its one archive.
fn rehearse(case: &Case, folder: &Path) -> PathBuf {
    let file = folder.join(format!("ballots.{}", case.extension));
    fs::write(&file, &case.ballots).unwrap();
    let out = folder.join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cabildo"));
    command.arg("rehearse").arg(&file).args(&case.args).arg("--out").arg(&out);
    if let Some(weights) = &case.weights {
        fs::write(folder.join("weights"), weights).unwrap();
        command.arg("--weights").arg(folder.join("weights"));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}: nothing is shown when piped", case.name);
    out
}

fn archive_in(folder: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bel"))
        .collect();
    assert_eq!(found.len(), 1, "exactly one archive");
    found.remove(0)
}

/// The tool judges every ballot against the archive's Setup alone (in one that holds the ballot it would be a duplicate).
fn verify_ballots(archive: &Path, case: &Case) {
    let mut records = Records::open(BufReader::new(File::open(archive).unwrap())).unwrap();
    records.next_record().unwrap().unwrap();
    let setup = fs::read(archive).unwrap()[..records.offset() as usize].to_vec();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(archive.file_name().unwrap()), setup).unwrap();
    while let Some(record) = records.next_record().unwrap() {
        if record.event.r#type == EventType::Ballot {
            fs::write(folder.path().join("ballot.json"), &record.payloads[0].bytes).unwrap();
            let output =
                tool("3.0", folder.path(), &["election", "verify-ballot", "--ballot", "ballot.json"]);
            assert!(output.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn belenios_accepts_what_rehearse_makes() {
    let full = std::env::var("PEER_SET").is_ok_and(|set| set == "full");
    let available: Vec<&str> = ["2.0", "3.0"].into_iter().filter(|version| have(version)).collect();
    let cases = if full { full_set() } else { small_set() };
    let total = cases.len();
    for (number, case) in cases.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let out = rehearse(&case, folder.path());
        let archive = archive_in(&out);
        for version in case.versions.iter().filter(|version| available.contains(version)) {
            let output = tool(version, &out, &["election", "verify"]);
            assert!(
                output.status.success(),
                "{}: belenios {version} refuses: {}",
                case.name,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        if available.contains(&"3.0") {
            verify_ballots(&archive, &case);
        }
        println!("{}/{total} accepted by {:?}: {}", number + 1, case.versions, case.name);
    }
}
