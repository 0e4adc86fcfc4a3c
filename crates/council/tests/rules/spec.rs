//! `docs/spec/council.md` against the code: its kinds, their contents, its checks, its duties.

use std::collections::BTreeSet;

use council::kinds;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/council.md");
    std::fs::read_to_string(path).unwrap()
}

/// The first cells of the rows of the table below this header, without their marks.
fn rows(page: &str, header: &str) -> Vec<Vec<String>> {
    let (_, table) = page.split_once(&format!("\n{header}\n")).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

/// Every kind that is not one of the minute book itself has a section, and the content that stands there is one.
#[test]
fn kinds_have_their_sections_and_examples() {
    let page = page();
    let older: BTreeSet<&str> = kinds::names().take(6).collect();
    let headings: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    let mut new: Vec<&str> = headings.iter().copied().filter(|kind| !older.contains(kind)).collect();
    let mut known: Vec<&str> = kinds::names().skip(6).collect();
    new.sort_unstable();
    known.sort_unstable();
    assert_eq!(new, known);
    for kind in known {
        let (_, example) = page.split_once(&format!("```json content {kind}\n")).unwrap();
        let content = example.lines().next().unwrap();
        assert_eq!(kinds::normalise(kind, content).as_deref(), Ok(content), "{kind}");
    }
}

#[test]
fn checks_are_those_of_the_code() {
    let stated = rows(&page(), "| check | covers |");
    let known: Vec<Vec<String>> = council::RULE_CHECKS
        .iter()
        .map(|(name, what)| vec![(*name).to_owned(), (*what).to_owned()])
        .collect();
    assert_eq!(stated, known);
    // What a kind is held to is one of them.
    for kind in kinds::names() {
        for check in kinds::checks(kind) {
            let mut all = council::CHECKS.iter().chain(council::RULE_CHECKS);
            assert!(all.any(|(name, _)| name == check), "{kind}: {check}");
        }
    }
}

/// The templates' names are those of the table's columns.
#[test]
fn templates_are_those_of_the_code() {
    let page = page();
    let header = page.lines().find(|line| line.contains("| neighbourhood |")).unwrap();
    let columns: Vec<String> =
        header.trim_matches('|').split('|').map(|cell| cell.trim().replace(' ', "-")).skip(1).collect();
    assert_eq!(columns, council::TEMPLATES);
}
