//! `docs/spec/ballot.md` and this crate name the same things: every "Implements …" is a row of the specification's last
//! table, under its file, and a heading or a word in bold before it; and every row is a comment.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below this folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names after each "Implements": `GenShuffle and GenShuffleProof`, up to the first word that is no name.
fn implemented(text: &str) -> BTreeSet<String> {
    let comments: String = text
        .lines()
        .map(|line| line.trim_start())
        .map(|line| line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).unwrap_or("\n"))
        .collect();
    let mut names = BTreeSet::new();
    for after in comments.split("Implements ").skip(1) {
        for word in after.split_whitespace() {
            let name = word.trim_end_matches(['.', ',', ':']);
            if name == "and" {
                continue;
            }
            if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
                break;
            }
            names.insert(name.to_owned());
            if word != name && !word.ends_with(',') {
                break;
            }
        }
    }
    names
}

#[test]
fn specification_and_code_have_the_same_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let spec = fs::read_to_string(root.join("../../docs/spec/ballot.md")).expect("the specification");
    let (body, table) = spec.split_once("\n## Names\n").expect("the table of names");

    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let mut code = BTreeSet::new();
    for file in files {
        let place = file.strip_prefix(root.join("src")).expect("below src").display().to_string();
        let text = fs::read_to_string(&file).expect("a source");
        code.extend(implemented(&text).into_iter().map(|name| (name, place.clone())));
    }

    let mut rows = BTreeSet::new();
    for row in table.lines().filter_map(|line| line.strip_prefix("| ")).skip(1) {
        let mut cells = row.split('|').map(str::trim);
        let (name, places) = (cells.next().expect("a name"), cells.next().expect("files"));
        for place in places.split(", ") {
            rows.insert((name.to_owned(), place.trim_matches('`').to_owned()));
        }
        let defined = body.contains(&format!("**{name}**"))
            || body.lines().any(|line| line.starts_with('#') && line.contains(name));
        assert!(defined, "{name} is neither a heading nor bold in docs/spec/ballot.md");
    }
    let missing: Vec<_> = code.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&code).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "add to the table: {missing:?}; remove: {unknown:?}");
}
