//! Policies: which cosignatures make a checkpoint final.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use book::key::{Algorithm, SecretKey, Vkey};
use book::policy::{LINES_LIMIT, Policy, Role};
use proptest::prelude::*;

fn vkey(byte: u8) -> Vkey {
    let key = SecretKey::from_seed(&[byte; 32]).public();
    Vkey { name: format!("clave-{byte}"), algorithm: Algorithm::Timestamped, key }
}

fn parse(lines: &[String]) -> Result<Policy, (usize, String)> {
    Policy::parse(lines.iter().map(String::as_str)).map_err(|error| (error.line, error.reason))
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let mut line = line.trim().to_owned();
            for byte in 0..10 {
                line = line.replace(&format!("KEY{byte}"), &vkey(byte).to_string());
            }
            line
        })
        .collect()
}

#[test]
fn groups_of_groups() {
    let written = lines(
        "witness a KEY1 https://a.example
         mirror b KEY2
         witness c KEY3
         mirror d KEY4
         witness e KEY5
         group testigos any a c
         group espejos all b d
         group todo 2 testigos espejos e
         quorum todo",
    );
    let policy = parse(&written).unwrap();
    assert_eq!(policy.lines(), written);
    assert!(policy.asks());
    let roles: Vec<Role> = policy.cosigners().map(|cosigner| cosigner.role).collect();
    assert_eq!(roles, [Role::Witness, Role::Mirror, Role::Witness, Role::Mirror, Role::Witness]);
    assert_eq!(policy.cosigners().next().unwrap().url.as_deref(), Some("https://a.example"));
    // Against the words, for every set of signers.
    for set in 0..32_u32 {
        let signed = |at: u32| set >> at & 1 == 1;
        let names: Vec<String> =
            (0..5).filter(|at| signed(*at)).map(|at| format!("clave-{}", at + 1)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (testigos, espejos) = (signed(0) || signed(2), signed(1) && signed(3));
        let met = u32::from(testigos) + u32::from(espejos) + u32::from(signed(4)) >= 2;
        assert_eq!(policy.is_met(&names), met, "{names:?}");
        let doubled: Vec<&str> = names.iter().flat_map(|name| [*name; 3]).chain(["nadie"]).collect();
        assert_eq!(policy.is_met(&doubled), met);
    }
    // Names of the policy are no names of keys.
    assert!(!policy.is_met(&["a", "b", "c", "d", "e"]));
}

#[test]
fn one_cosigner_or_nobody() {
    let one = parse(&lines("mirror b KEY2\nquorum b")).unwrap();
    assert!(one.is_met(&["clave-2"]) && !one.is_met(&[]) && !one.is_met(&["clave-1"]));
    let named = parse(&lines("mirror b KEY2\nquorum none")).unwrap();
    assert!(named.is_met(&[]) && !named.asks() && named.cosigners().count() == 1);
    for nobody in ["", "quorum none"] {
        let policy = parse(&lines(nobody)).unwrap();
        assert!(policy.is_met(&[]) && !policy.asks() && policy.lines().is_empty());
        assert_eq!(policy, Policy::none());
    }
}

#[test]
fn other_lines_are_refused() {
    for (line, text) in [
        (1, "quorum a"),
        (1, "witness a"),
        (1, "witness a KEY1 https://a.example más"),
        (1, "testigo a KEY1\nquorum a"),
        (1, "log KEY1"),
        (1, "witness  a KEY1\nquorum a"),
        (1, "witness none KEY1\nquorum none"),
        (1, "group g any a\nwitness a KEY1\nquorum g"),
        (2, "witness a KEY1\nwitness a KEY2\nquorum a"),
        (2, "witness a KEY1\nwitness b KEY1\nquorum a"),
        (2, "witness a KEY1\ngroup a any a\nquorum a"),
        (2, "witness a KEY1\ngroup g 2 a\nquorum g"),
        (2, "witness a KEY1\ngroup g 0 a\nquorum g"),
        (2, "witness a KEY1\ngroup g 01 a\nquorum g"),
        (2, "witness a KEY1\ngroup g +1 a\nquorum g"),
        (2, "witness a KEY1\ngroup g 99999999999999999999 a\nquorum g"),
        (2, "witness a KEY1\ngroup g any\nquorum g"),
        (2, "witness a KEY1\ngroup g any g\nquorum g"),
        (2, "witness a KEY1\ngroup g any a a\nquorum g"),
        (4, "witness a KEY1\nwitness b KEY2\ngroup g any a\ngroup h all a b\nquorum h"),
        (4, "witness a KEY1\nwitness b KEY2\ngroup g any a\ngroup h all g g\nquorum h"),
        (2, "witness a KEY1\nquorum b"),
        (2, "witness a KEY1\nquorum"),
        (3, "witness a KEY1\nquorum a\nquorum a"),
        (3, "witness a KEY1\nquorum a\nwitness b KEY2"),
        (0, "witness a KEY1"),
    ] {
        let found = parse(&lines(text)).err().map(|(at, _)| at);
        assert_eq!(found, Some(line), "{text}");
    }
    let plain = Vkey { algorithm: Algorithm::Plain, ..vkey(1) };
    assert_eq!(parse(&[format!("witness a {plain}"), "quorum a".into()]).err().map(|error| error.0), Some(1));
    // Characters that would make other lines, or other words, where the policy is written into a file.
    for spoiled in ["https://a\nquorum none", "https://a\tb", "https://a\u{7}", "", " "] {
        let line = format!("witness a {} {spoiled}", vkey(1));
        assert_eq!(parse(&[line, "quorum a".into()]).err().map(|error| error.0), Some(1), "{spoiled:?}");
    }
    // More groups than lines: each of the one before, so that nobody stands in two.
    let mut many = lines("witness g0 KEY1");
    many.extend((0..LINES_LIMIT).map(|at| format!("group g{} any g{at}", at + 1)));
    assert_eq!(parse(&many).err().map(|error| error.0), Some(LINES_LIMIT + 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is read is written as it was, and is read again as the same.
    #[test]
    fn reading_and_writing(picks in proptest::collection::vec(0..12_usize, 0..8), quorum in 0..12_usize) {
        let all = lines(
            "witness a KEY1
             witness b KEY2 https://b.example
             mirror c KEY3
             group d any a b
             group e 2 a b c
             group f all d e
             group g 3 a a b
             witness h KEY1
             group i 1 f
             mirror j KEY4
             group k 2 i j
             quorum none",
        );
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "none"];
        let mut written: Vec<String> = picks.iter().map(|at| all[*at].clone()).collect();
        written.push(format!("quorum {}", names[quorum]));
        if let Ok(policy) = parse(&written) {
            if written.len() > 1 {
                prop_assert_eq!(policy.lines(), written);
            }
            prop_assert_eq!(parse(&policy.lines()), Ok(policy));
        }
    }
}
