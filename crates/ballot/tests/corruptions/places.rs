//! Every place of every payload where a point or a scalar stands, found in the texts themselves, given what is none.

use std::collections::BTreeMap;
use std::ops::Range;

use ballot::checks;
use ballot::group::{Belenios2048, Ed25519, Group};

use crate::ballots::torsion;
use crate::lab::{Case, Kind, lab, run};
use crate::support::{Held, Step, TIME, times, write};

/// A place in a payload: step, payload, bytes, and what kind of place it is.
struct Place {
    step: usize,
    payload: usize,
    range: Range<usize>,
    shape: String,
}

/// The runs of characters in quotes (escaped ones included, as in signed messages, and a credential before its weight).
fn places(steps: &mut [Step], wanted: impl Fn(&str) -> bool) -> Vec<Place> {
    let mut places = Vec::new();
    for (step, of) in steps.iter_mut().enumerate() {
        let kind = of.kind();
        for (payload, bytes) in of.payloads().into_iter().enumerate() {
            let text = std::str::from_utf8(bytes).unwrap();
            let (mut from, mut name) = (0, String::new());
            for (at, c) in text.char_indices() {
                if c.is_ascii_alphanumeric() || c == '_' {
                    continue;
                }
                let run = &text[from..at];
                let quoted = from > 0 && text.as_bytes()[from - 1] == b'"' && matches!(c, '"' | '\\' | ',');
                if quoted && wanted(run) {
                    places.push(Place {
                        step,
                        payload,
                        range: from..at,
                        shape: format!("{kind} {payload} {name}"),
                    });
                } else if quoted && text[at..].trim_start_matches('\\').starts_with("\":") {
                    name = run.to_owned();
                }
                from = at + 1;
            }
        }
    }
    places
}

fn put(steps: &[Step], place: &Place, text: &str) -> Vec<Step> {
    let mut steps = steps.to_vec();
    steps[place.step].payloads()[place.payload].splice(place.range.clone(), text.bytes());
    steps
}

/// Puts bad texts into places: all of them where a shape comes first, two of them in turn elsewhere.
fn cases<G: Group>(
    held: &Held<G>,
    wanted: impl Fn(&str) -> bool,
    everywhere: bool,
    bad: impl Fn(&str) -> Vec<(String, String, bool)>,
) -> Vec<Case> {
    let mut steps = held.steps();
    let places = places(&mut steps, wanted);
    let mut seen = BTreeMap::new();
    let mut cases = Vec::new();
    for (n, place) in places.iter().enumerate() {
        let text = {
            let bytes = &steps[place.step].payloads()[place.payload][place.range.clone()];
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let bad = bad(&text);
        let first = *seen.entry(place.shape.clone()).and_modify(|count| *count += 1).or_insert(0) == 0;
        for (i, (what, changed, is_point)) in bad.iter().enumerate() {
            let in_turn = everywhere && [n % bad.len(), (7 * n + 3) % bad.len()].contains(&i);
            if *changed == text || !(first || in_turn) {
                continue;
            }
            let step = &steps[place.step];
            let check = match step {
                Step::Ballot(_) if *is_point => checks::BALLOT_POINTS,
                step => step.check(place.payload),
            };
            let label = format!("{what} in {} at {} of event {}", place.shape, place.range.start, place.step);
            let archive = write(&put(&steps, place, changed), TIME);
            cases.push(Case::new(label, archive, Some(held.strong_text())).under(check));
        }
    }
    println!("{} places of {} shapes", places.len(), seen.len());
    cases
}

fn is_ed25519(text: &str) -> bool {
    text.len() == 64 && Ed25519::decode(text).is_ok()
}

fn is_number(text: &str) -> bool {
    text.len() > 60 && text.bytes().all(|b| b.is_ascii_digit())
}

fn bad_ed25519(text: &str) -> Vec<(String, String, bool)> {
    let point = Ed25519::decode(text).unwrap();
    let mut bad: Vec<(String, String, bool)> = Vec::new();
    for (i, part) in torsion().iter().enumerate() {
        bad.push((format!("torsion {i}"), Ed25519::encode(part).to_string(), true));
        if i > 0 {
            bad.push((format!("honest + torsion {i}"), times::<Ed25519>(&point, part).to_string(), true));
        }
    }
    let p_plus = |low: &str, sign: &str| {
        format!("{sign}fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff{low}")
    };
    for (what, text) in [
        // y = p is 0, p + 1 the identity once more, 2^255 − 1 the last.
        ("y = p", p_plus("ed", "7")),
        ("y = p + 1, the identity", p_plus("ee", "7")),
        ("y = p + 3", p_plus("f0", "7")),
        ("y = 2^255 − 1", p_plus("ff", "7")),
        ("y = p + 1 with a sign", p_plus("ee", "f")),
        ("all ones", "f".repeat(64)),
        ("the identity with a sign", format!("80{}1", "0".repeat(61))),
        ("order 2 with a sign", p_plus("ec", "f")),
        ("y = 2, off the curve", format!("{:064x}", 2)),
        ("upper case", text.to_uppercase()),
        ("one digit more", format!("0{text}")),
        ("one digit less", text[1..].to_owned()),
        ("a space", format!(" {}", &text[1..])),
        ("0x", format!("0x{}", &text[2..])),
        ("no digit", format!("g{}", &text[1..])),
        ("two bytes for a digit", format!("{}é", &text[2..])),
        ("nothing", String::new()),
        ("null in quotes", "null".into()),
    ] {
        bad.push((what.to_owned(), text, false));
    }
    bad
}

const Q: &str = "7237005577332262213973186563042994240857116359379907606001950938285454250989";

/// A decimal number plus a decimal number.
fn sum(a: &str, b: &str) -> String {
    let (mut digits, mut carry) = (Vec::new(), 0);
    let (mut a, mut b) = (a.bytes().rev(), b.bytes().rev());
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() && carry == 0 {
            break;
        }
        let digit = |d: Option<u8>| d.map_or(0, |d| d - b'0');
        let total = digit(x) + digit(y) + carry;
        digits.push(b'0' + total % 10);
        carry = total / 10;
    }
    digits.reverse();
    String::from_utf8(digits).unwrap()
}

fn bad_scalars(text: &str, q: &str) -> Vec<(String, String, bool)> {
    [
        ("the order", q.to_owned()),
        ("the order more", sum(text, q)),
        ("twice the order more", sum(&sum(text, q), q)),
        ("2^256", "115792089237316195423570985008687907853269984665640564039457584007913129639936".into()),
        ("10^617", format!("1{}", "0".repeat(617))),
        ("100,000 digits", "9".repeat(100_000)),
        ("negative", format!("-{text}")),
        ("a plus", format!("+{text}")),
        ("a leading zero", format!("0{text}")),
        ("a space", format!(" {text}")),
        ("a trailing space", format!("{text} ")),
        ("a fraction", format!("{text}.0")),
        ("hexadecimal", format!("0x{text}")),
        ("other digits", text.replacen(|c: char| c.is_ascii_digit(), "٣", 1)),
        ("nothing", String::new()),
        ("zero twice", "00".into()),
    ]
    .map(|(what, text)| (what.to_owned(), text, false))
    .into()
}

fn points() -> Vec<Case> {
    let lab = lab();
    let mut all = cases(&lab.full, is_ed25519, true, bad_ed25519);
    all.extend(cases(&lab.weighted, is_ed25519, false, bad_ed25519));
    all
}

fn scalars() -> Vec<Case> {
    let lab = lab();
    let mut all = cases(&lab.full, is_number, true, |text| bad_scalars(text, Q));
    all.extend(cases(&lab.weighted, is_number, false, |text| bad_scalars(text, Q)));
    all
}

const BELENIOS_Q: &str = "78571733251071885079927659812671450121821421258408794611510081919805623223441";

/// In BELENIOS-2048 most of the field lies outside the subgroup.
fn field() -> Vec<Case> {
    let held = &lab().field;
    let p = p_of::<Belenios2048>();
    let bad = |text: &str| -> Vec<(String, String, bool)> {
        let minus = times::<Belenios2048>(
            &Belenios2048::decode(text).unwrap(),
            &Belenios2048::point(&Belenios2048::decode(&p_minus_1(&p)).unwrap()),
        );
        vec![
            ("0".into(), "0".into(), false),
            ("1".into(), "1".into(), true),
            ("2".into(), "2".into(), true),
            ("p − 1".into(), p_minus_1(&p), true),
            ("times −1".into(), minus.to_string(), true),
            ("p".into(), p.clone(), false),
            ("p more".into(), sum(text, &p), false),
            ("negative".into(), format!("-{text}"), false),
            ("a leading zero".into(), format!("0{text}"), false),
            ("hexadecimal".into(), format!("0x{text}"), false),
            ("nothing".into(), String::new(), false),
            ("100,000 digits".into(), "9".repeat(100_000), false),
        ]
    };
    let mut all = cases(held, |text| is_number(text) && text.len() > 100, false, bad);
    let scalars = |text: &str| bad_scalars(text, BELENIOS_Q);
    all.extend(
        cases(held, |text| is_number(text) && text.len() < 100, false, scalars).into_iter().step_by(3),
    );
    all
}

/// The field's prime, from what the group itself says of its bounds: the specification's number is not repeated here.
fn p_of<G: Group>() -> String {
    // The largest number that decodes, and one more.
    let fits = |text: &str| G::decode(text).is_ok();
    let mut digits = vec![b'0'; 617];
    for place in 0..digits.len() {
        for digit in (b'0'..=b'9').rev() {
            digits[place] = digit;
            let text = String::from_utf8(digits.clone()).unwrap();
            let text = text.trim_start_matches('0');
            if text.is_empty() || fits(text) {
                break;
            }
        }
    }
    sum(std::str::from_utf8(&digits).unwrap().trim_start_matches('0'), "1")
}

fn p_minus_1(p: &str) -> String {
    // p is odd.
    let mut digits = p.as_bytes().to_vec();
    *digits.last_mut().unwrap() -= 1;
    String::from_utf8(digits).unwrap()
}

#[test]
fn bad_points_and_scalars_are_refused_everywhere() {
    run(&[
        Kind {
            name: "Ed25519: what is no point, in every place",
            check: checks::BALLOT_POINTS,
            make: points,
        },
        Kind {
            name: "Ed25519: what is no scalar, in every place",
            check: checks::BALLOT_FORM,
            make: scalars,
        },
        Kind {
            name: "BELENIOS-2048: no element or scalar, in every place",
            check: checks::BALLOT_FORM,
            make: field,
        },
    ]);
}
