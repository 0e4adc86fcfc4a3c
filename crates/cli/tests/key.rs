//! `cabildo key`, run as its users run it: a key made, shown, printed as words and typed back; and what is refused.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use book::key::{Algorithm, SecretKey, Vkey};
use tempfile::TempDir;

/// A folder in which commands run; but for `key words`, none of them prints a secret that lies in it.
struct Desk {
    folder: TempDir,
}

struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, args: &str, typed: &[u8]) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cabildo"))
            .arg("key")
            .args(args.split_whitespace())
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not ask closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(typed);
        let output = child.wait_with_output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        for secret in self.secrets() {
            assert!(!stdout.contains(&secret) && !stderr.contains(&secret), "{args}: it prints a secret");
        }
        Ended { status: output.status.code().unwrap(), stdout, stderr }
    }

    fn works(&self, args: &str, typed: &str) -> String {
        let ended = self.run(args, typed.as_bytes());
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{args}");
        ended.stdout
    }

    /// Status 2, one line that holds these words, and nothing made or changed.
    fn refused(&self, args: &str, typed: &[u8], words: &[&str]) -> String {
        let before = self.content();
        let ended = self.run(args, typed);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{args}: {}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{args}: {}", ended.stderr);
        for word in words {
            assert!(ended.stderr.contains(word), "{args}: {word:?} is not in {}", ended.stderr);
        }
        assert_eq!(self.content(), before, "{args}: something was written");
        ended.stderr
    }

    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap_or_default())).collect()
    }

    /// The base64 in which the keys in the folder end.
    fn secrets(&self) -> Vec<String> {
        let texts = self.content().into_iter().filter_map(|(_, bytes)| String::from_utf8(bytes).ok());
        let lines = texts.filter(|text| text.starts_with("PRIVATE+KEY+"));
        // The id holds no plus sign, and base64 may.
        lines.filter_map(|text| text.trim().splitn(5, '+').nth(4).map(str::to_owned)).collect()
    }
}

/// The lines of a page that hold its words.
fn word_lines(page: &str) -> String {
    let lines = page.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The words of a page, in order.
fn words(page: &str) -> Vec<String> {
    word_lines(page).split_whitespace().filter(|word| !word.ends_with('.')).map(str::to_owned).collect()
}

#[test]
fn a_new_key_signs_under_its_name() {
    let desk = Desk::new();
    let said = desk.works("new --name 12 --out secretary.key", "");
    let file = desk.text("secretary.key");
    assert!(
        file.starts_with("PRIVATE+KEY+12+") && file.ends_with('\n') && file.lines().count() == 1,
        "{said}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path("secretary.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let vkey = desk.works("show secretary.key --vkey", "");
    let vkey = Vkey::parse(vkey.trim_end()).unwrap();
    assert_eq!((vkey.name.as_str(), vkey.algorithm), ("12", Algorithm::Plain));
    assert!(said.contains(&vkey.to_string()));
    let (name, algorithm, secret) = SecretKey::parse_text(file.trim_end()).unwrap();
    assert_eq!((name.as_str(), algorithm), ("12", Algorithm::Plain));
    assert!(vkey.key.verify(b"text", &secret.sign(b"text")));
    let shown = desk.works("show secretary.key", "");
    for words in ["12", "a signing key", &hex::encode(vkey.id()), &vkey.to_string()] {
        assert!(shown.contains(words), "{shown}");
    }
    desk.works("new --name 12 --out other.key", "");
    assert_ne!(desk.text("other.key"), file, "every key is another one");

    desk.works("new --name mirror.example.org/ñ --cosigner --out mirror.key", "");
    let cosigner = Vkey::parse(desk.works("show mirror.key --vkey", "").trim_end()).unwrap();
    assert_eq!(
        (cosigner.name.as_str(), cosigner.algorithm),
        ("mirror.example.org/ñ", Algorithm::Timestamped)
    );
    assert!(desk.works("show mirror.key", "").contains("a cosigner's key"));
}

#[test]
fn a_key_comes_back_from_its_page() {
    let desk = Desk::new();
    desk.works("new --name 7 --out 7.key", "");
    desk.works("new --name witness.example.org --cosigner --out w.key", "");
    for (language, name) in [("es", "Spanish"), ("pt", "Portuguese"), ("en", "English"), ("fr", "French")] {
        let page = desk.works(&format!("words 7.key --lang {language}"), "");
        let vkey = desk.works("show 7.key --vkey", "");
        for part in ["SECRET", "Name:     7\n", "a signing key", name, vkey.trim_end()] {
            assert!(page.contains(part), "{page}");
        }
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        assert_eq!(words(&page).len(), 24, "{page}");
        let plain = words(&page).join(" ");
        let short: Vec<String> = words(&page).iter().map(|word| word.chars().take(4).collect()).collect();
        for (at, typed) in
            [word_lines(&page), plain.clone(), plain.to_uppercase(), short.join("\n\n")].iter().enumerate()
        {
            let back = format!("{language}{at}.key");
            let said = desk.works(&format!("restore --name 7 --out {back}"), typed);
            assert_eq!(desk.text(&back), desk.text("7.key"));
            assert!(said.contains(name) && said.contains(vkey.trim_end()), "{said}");
        }
        let said = desk.works(&format!("restore --name 7 --out {language}.key --lang {language}"), &plain);
        assert!(said.contains(name));

        let page = desk.works(&format!("words w.key --lang {language}"), "");
        assert!(page.contains("restore --name witness.example.org --cosigner --out"), "{page}");
        let back = format!("{language}-w.key");
        desk.works(
            &format!("restore --name witness.example.org --cosigner --out {back}"),
            &word_lines(&page),
        );
        assert_eq!(desk.text(&back), desk.text("w.key"));
    }
    assert!(desk.works("words 7.key", "").contains("English"));
}

#[test]
fn words_that_do_not_fit() {
    let desk = Desk::new();
    desk.works("new --name 7 --out 7.key", "");
    let good = words(&desk.works("words 7.key --lang pt", ""));
    let restore = "restore --name 7 --out back.key";
    let refused = |typed: &[String], expected: &[&str]| {
        let said = desk.refused(restore, typed.join(" ").as_bytes(), expected);
        for word in &good {
            let told = said.split(|c: char| !c.is_alphanumeric()).any(|said| said == word);
            assert!(!told, "it repeats a word of the key: {said}");
        }
    };
    let mut typo = good.clone();
    typo[6] = "secretisimo".into();
    refused(&typo, &["standard input", "word 7 ", "Portuguese"]);
    assert!(!desk.refused(restore, typo.join(" ").as_bytes(), &[]).contains("secretisimo"));
    let at = (0..23).find(|at| good[*at] != good[at + 1]).unwrap();
    // Eight bits of check let one in 256 swaps pass; then other two are swapped.
    let swapped = (at..23).map(|at| {
        let mut words = good.clone();
        words.swap(at, at + 1);
        words
    });
    let misfits = swapped.filter(|words| {
        let ended = desk.run("restore --name 7 --out swapped.key", words.join(" ").as_bytes());
        let _ = fs::remove_file(desk.path("swapped.key"));
        ended.stderr.contains("the check does not fit: a word is wrong or two are swapped")
    });
    assert!(misfits.count() > 10);
    refused(&good[..23], &["23 words", "24"]);
    refused(&[], &["no words"]);
    refused(&[&good[..], &good[..1]].concat(), &["25 words"]);
    let mut order: Vec<String> =
        good.iter().enumerate().map(|(at, word)| format!("{}. {word}", at + 1)).collect();
    order.swap(1, 2);
    refused(&order, &["word 2 has the number 3"]);
    desk.refused(&format!("{restore} --lang fr"), good.join(" ").as_bytes(), &["French"]);
    desk.refused(restore, b"\xe1baco \xff", &["UTF-8", "without accents"]);
    desk.refused(restore, &vec![b'a'; 10_000], &["longer than any 24 words"]);
    desk.refused(restore, &[], &["no words"]);
}

#[test]
fn nothing_is_written_over() {
    let desk = Desk::new();
    desk.works("new --name 7 --out 7.key", "");
    let page = desk.works("words 7.key", "");
    desk.refused("new --name 7 --out 7.key", b"", &["7.key", "exists already"]);
    desk.refused("restore --name 7 --out 7.key", word_lines(&page).as_bytes(), &["7.key", "exists already"]);
    desk.refused("new --name 7 --out nowhere/7.key", b"", &["nowhere", "no such folder"]);
    desk.refused("new --name 7 --out .", b"", &[".: ", "exists already"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nothing", desk.path("link.key")).unwrap();
        desk.refused("new --name 7 --out link.key", b"", &["link.key", "exists already"]);
    }
}

#[test]
fn wrong_use() {
    let desk = Desk::new();
    for name in ["a+b", "e\u{301}", "a\u{202e}b", &"a".repeat(256)] {
        desk.refused(&format!("new --name {name} --out x.key"), b"", &["--name"]);
    }
    desk.refused("new --name 7", b"", &["--out"]);
    desk.refused("new --out x.key", b"", &["--name"]);
    desk.works("new --name 7 --out 7.key", "");
    desk.refused("words 7.key --lang xx", b"", &["xx", "es, pt, en, fr"]);
    desk.refused("", b"", &[]);
}

#[test]
fn files_that_are_no_keys() {
    let desk = Desk::new();
    desk.works("new --name 7 --out 7.key", "");
    let good = desk.text("7.key");
    let vkey = desk.works("show 7.key --vkey", "");
    let secret = desk.secrets()[0].clone();
    fs::create_dir(desk.path("folder")).unwrap();
    for (name, bytes, words) in [
        ("empty.key", String::new(), &["empty"][..]),
        ("blank.key", " \n".into(), &["empty"]),
        ("public.key", vkey, &["public verifier", "not the secret key"]),
        ("two.key", good.repeat(2), &["more than one line"]),
        ("long.key", good.clone() + &" ".repeat(2000), &["too long"]),
        ("renamed.key", good.replace("+7+", "+8+"), &["id"]),
        ("cut.key", good[..good.len() - 9].to_owned(), &["base64"]),
        ("other.key", format!("PRIVATE+KIY+7+{secret}\n"), &["PRIVATE+KEY+"]),
        ("text.key", "Ana Gil\n".into(), &["PRIVATE+KEY+"]),
    ] {
        fs::write(desk.path(name), bytes).unwrap();
        for command in ["show", "words"] {
            let said = desk.refused(&format!("{command} {name}"), b"", words);
            assert!(said.contains(name) && !said.contains(&secret[..20]), "{said}");
        }
    }
    fs::write(desk.path("binary.key"), [0xff; 40]).unwrap();
    desk.refused("show binary.key", b"", &["binary.key", "not text"]);
    desk.refused("show missing.key", b"", &["missing.key", "no such file"]);
    desk.refused("words folder", b"", &["folder"]);
    // What editors add does no harm.
    fs::write(desk.path("edited.key"), format!("\u{feff}{}\r\n\r\n", good.trim_end())).unwrap();
    desk.works("show edited.key", "");
    assert!(Path::new(&desk.path("7.key")).is_file());
}
