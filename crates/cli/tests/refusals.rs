//! Wrong use and unreadable input: one line on standard error that names file, place and cause, exit status 2, and nothing
//! half-written.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BALLOTS: &str = "3 2\n2 1 2 0\n1 3 0\n0\n\"Ana\"\n\"Bea\"\n\"Caro\"\n\"Comité\"\n";

fn cabildo(folder: &Path, args: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cabildo"))
        .args(args.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Runs it in a folder that holds these files; the one line that it says.
fn refused(files: &[(&str, &str)], args: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = cabildo(folder.path(), args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args}: {said}");
    assert!(output.stdout.is_empty(), "{args}: {}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(said.trim_end().lines().count(), 1, "{args}: {said}");
    let mut left: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder.path().join("out")).into_iter().flatten() {
        left.push(entry.unwrap().file_name().into_string().unwrap());
    }
    assert!(left.is_empty(), "{args}: left behind: {left:?}");
    said
}

fn says(files: &[(&str, &str)], args: &str, words: &[&str]) {
    let said = refused(files, args);
    for word in words {
        assert!(said.contains(word), "{args}: {said:?} does not say {word:?}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    for command in
        ["count missing.blt --method irv", "rehearse missing.blt --method irv --out out", "audit missing.bel"]
    {
        says(&[], command, &["missing.", "no such file"]);
    }
    for (name, command) in [
        ("e.blt", "count e.blt --method irv"),
        ("e.blt", "rehearse e.blt --method irv --out out"),
        ("e.bel", "audit e.bel"),
    ] {
        says(&[(name, "")], command, &[name, "empty"]);
    }
    says(&[("a.bel", "this is no archive")], "audit a.bel", &["a.bel", "no election's archive"]);
    says(&[("a.txt", BALLOTS)], "count a.txt --method irv", &["a.txt", ".blt"]);
}

#[test]
fn a_bad_line_is_named() {
    let bad = BALLOTS.replace("1 3 0", "1 15 0");
    for command in ["count a.blt --method irv --seats 1", "rehearse a.blt --method irv --seats 1 --out out"] {
        says(&[("a.blt", &bad)], command, &["a.blt", "line 3", "15"]);
    }
}

#[test]
fn contests_that_cannot_be_held() {
    let mut many = String::from("31 1\n1 1 0\n0\n");
    for i in 1..=31 {
        many.push_str(&format!("\"C{i}\"\n"));
    }
    many.push_str("\"Many\"\n");
    says(&[("m.blt", &many)], "rehearse m.blt --method schulze --out out", &["m.blt", "31 candidates", "30"]);
    let files = [("a.blt", BALLOTS)];
    says(
        &files,
        "rehearse a.blt --method scottish-stv --seats 4 --out out",
        &["a.blt", "more seats than candidates"],
    );
    says(&files, "count a.blt --method scottish-stv --seats 4", &["a.blt", "more seats than candidates"]);
    says(&files, "count a.blt --method irv", &["a.blt", "at most 1 seat"]);
    says(&files, "count a.blt --method borda", &["borda", "scottish-stv"]);
    says(&files, "count a.blt --method equal-shares-cost-add1", &["later version"]);
    says(&files, "count a.blt --method plurality --lot Zoe", &["--lot", "Zoe"]);
}

#[test]
fn trustees_and_shuffles_that_cannot_be() {
    let files = [("a.blt", BALLOTS)];
    let with = |more: &str| format!("rehearse a.blt --method scottish-stv --out out {more}");
    says(&files, &with("--trustees 3 --threshold 4"), &["--threshold 4", "3 trustees"]);
    says(&files, &with("--trustees 3 --threshold 0"), &["--threshold 0"]);
    says(&files, &with("--trustees 0"), &["--trustees 0"]);
    says(&files, &with("--trustees 2 --shuffles 3"), &["--shuffles 3", "2 trustees"]);
    says(&files, &with("--shuffles 0"), &["--shuffles 0"]);
    says(&files, &with("--group BELENIOS-2048"), &["BELENIOS-2048", "Ed25519"]);
    says(&files, &with("--group RFC-3526-2048"), &["RFC-3526-2048", "Ed25519"]);
    says(&files, &with("--group P-256"), &["P-256", "Ed25519"]);
}

#[test]
fn weights_that_do_not_fit() {
    let with = |weights| [("a.blt", BALLOTS), ("w", weights)];
    let command = "rehearse a.blt --method plurality --weights w --out out";
    says(&with("1\n2\n"), command, &["w:", "2 weights", "3 ballots"]);
    says(&with("1\nmany\n3\n"), command, &["w:", "line 2", "many"]);
    says(&with("1\n0\n3\n"), command, &["w:", "line 2"]);
    says(&with("1\n1\n1\n"), "rehearse a.blt --method irv --seats 1 --weights w --out out", &["--weights"]);
}

#[test]
fn an_archive_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.blt"), BALLOTS).unwrap();
    let command = "rehearse a.blt --method plurality --trustees 1 --out out";
    assert!(cabildo(folder.path(), command).status.success());
    let listed = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.path().join("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = listed();
    assert_eq!(before.len(), 4, "the archive, the strong proofs, the report, the result: {before:?}");
    let again = cabildo(folder.path(), command);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("out"));
    assert_eq!(listed(), before);
}

#[test]
fn what_comes_later_is_said_so() {
    for command in ["minutes", "demo"] {
        says(&[], command, &[command, "later version"]);
    }
    says(&[], "dance", &["dance"]);
    says(&[("a.pb", "META\n")], "count a.pb --method plurality", &["a.pb", "later version"]);
}

#[test]
fn what_is_neither_an_archive_nor_a_book() {
    says(&[], "audit .", &[".", "no minute book"]);
    says(&[], "audit http://127.0.0.1:9/book/x", &["http://127.0.0.1:9/book/x", "52 characters"]);
    says(&[("a.bel", "x")], "audit a.bel --book abc", &["abc", "52 characters"]);
    says(&[("a.tar", "x")], "audit a.tar", &["a.tar"]);
    says(&[("a.tar", "x")], "mirror a.tar out", &["a.tar"]);
}

#[test]
fn wrong_words_are_refused_with_status_two() {
    let folder = tempfile::tempdir().unwrap();
    for args in ["count", "rehearse a.blt --method irv", "audit", "count a.blt --method irv --seats many"] {
        assert_eq!(cabildo(folder.path(), args).status.code(), Some(2), "{args}");
    }
}

#[test]
fn a_report_that_stands_there_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.blt"), BALLOTS).unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/report.json"), "precious").unwrap();
    let output = cabildo(folder.path(), "rehearse a.blt --method plurality --trustees 1 --out out");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(folder.path().join("out/report.json")).unwrap(), "precious");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
}

/// Nobody reads on: the rest is left unsaid. Nothing can be written: one line. Neither is a panic.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_given() {
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.blt"), BALLOTS).unwrap();
    let run = |out: Stdio, close: bool| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cabildo"))
            .args(["count", "a.blt", "--method", "plurality"])
            .current_dir(folder.path())
            .stdout(out)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if close {
            drop(child.stdout.take());
        }
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = run(Stdio::piped(), true);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (status, said) = run(full.into(), false);
    assert_eq!(status, Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_secret_given_for_a_public_key_is_not_repeated() {
    let secret = "32963011486123456789";
    let said = refused(&[("x.privkey", &format!("\"{secret}\""))], "trustee join x.privkey");
    assert!(said.contains("x.privkey") && !said.contains(secret), "{said}");
}
