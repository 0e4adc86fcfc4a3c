//! Attacks on the form of a text: characters, JSON, sizes.

use book::entry::{ENTRY_LIMIT, Text};
use book::note::{Note, Signature};

use crate::support::keys;
use crate::support::scribe::{Scribe, remark};
use crate::{Attack, Try, attack};

/// A remark by member 4 whose content is this line, whatever it is.
fn content(name: &str, check: &'static str, line: impl Into<String>) -> Attack {
    let line = line.into();
    attack(name, check, move |scribe| {
        let text = Text { content: line.clone(), ..scribe.remark_text(4, "") };
        Try::handed_in(scribe, scribe.note(&text))
    })
}

/// A remark by member 4 whose written text is spoiled and then signed.
fn spoiled(name: &str, check: &'static str, spoil: impl Fn(String) -> String + 'static) -> Attack {
    attack(name, check, move |scribe| {
        let text = spoil(scribe.remark_text(4, "En paz.").write());
        let signatures = vec![Signature::plain(&keys::member(4), "4", &text)];
        Try::handed_in(scribe, Note { text, signatures })
    })
}

/// A remark whose bytes are spoiled after it is signed and countersigned.
fn bytes(name: &str, check: &'static str, spoil: impl Fn(Vec<u8>) -> Vec<u8> + 'static) -> Attack {
    attack(name, check, move |scribe| {
        let note = scribe.note(&scribe.remark_text(4, "En paz."));
        Try { door: Some(spoil(note.to_bytes())), entry: Some(spoil(scribe.countersign(note))) }
    })
}

fn of_length(scribe: &Scribe, length: usize) -> Note {
    let bare = scribe.note(&scribe.remark_text(4, "")).to_bytes().len();
    let note = scribe.note(&scribe.remark_text(4, &"a".repeat(length - bare)));
    assert_eq!(note.to_bytes().len(), length);
    note
}

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = vec![
        content("a letter and its accent apart (not NFC)", "entry-text", "{\"text\":\"An\u{303}o nuevo\"}"),
        content("the Ångström sign, which NFC replaces", "entry-text", "{\"text\":\"\u{212b}\"}"),
        content("an escape that stands for what is not NFC", "entry-text", "{\"text\":\"An\\u0303o\"}"),
        content("a key twice", "entry-text", r#"{"text":"a","text":"b"}"#),
        content("a key twice, deep inside", "entry-text", r#"{"text":"a","x":{"y":1,"y":1}}"#),
        content("an unknown key", "entry-content", r#"{"text":"a","urgent":true}"#),
        content("an unknown key of sixty thousand letters and two lines", "entry-content", {
            format!("{{\"text\":\"a\",\"x\\n{}\":true}}", "y".repeat(60_000))
        }),
        content("a key written with an escape", "entry-text", r#"{"t\u0065xt":"a"}"#),
        content("a letter written with an escape", "entry-text", r#"{"text":"\u00e1"}"#),
        content("a slash written with an escape", "entry-text", r#"{"text":"\/"}"#),
        content("half of a surrogate pair", "entry-text", r#"{"text":"\ud83d"}"#),
        content("a fraction", "entry-text", r#"{"text":"a","x":1.5}"#),
        content("a whole number as a fraction", "entry-text", r#"{"text":"a","x":1.0}"#),
        content("a number with an exponent", "entry-text", r#"{"text":"a","x":1e3}"#),
        content("a number beyond every float", "entry-text", r#"{"text":"a","x":1e999}"#),
        content("2^53", "entry-text", r#"{"text":"a","x":9007199254740992}"#),
        content("-2^53", "entry-text", r#"{"text":"a","x":-9007199254740992}"#),
        content("a number of a hundred digits", "entry-text", format!("{{\"x\":{}}}", "9".repeat(100))),
        content("minus zero", "entry-text", r#"{"text":"a","x":-0}"#),
        content("a leading zero", "entry-text", r#"{"text":"a","x":01}"#),
        content("a space in the JSON", "entry-text", r#"{"text": "a"}"#),
        content("a space after the JSON", "entry-text", "{\"text\":\"a\"} "),
        content("two JSON objects", "entry-text", r#"{"text":"a"}{"text":"b"}"#),
        content("a list in place of an object", "entry-text", r#"["a"]"#),
        content("no JSON", "entry-text", "Que conste en acta."),
        content("an empty line for the content", "entry-text", ""),
        content("nesting without end", "entry-text", "{\"a\":".repeat(9000) + "1" + &"}".repeat(9000)),
        content("keys in another order", "entry-content", {
            let blob = format!("\"blobs\":[{{\"sha256\":\"{}\",\"size\":1}}]", "0".repeat(64));
            format!("{{{blob},\"text\":\"a\"}}")
        }),
        content("a key missing", "entry-content", "{}"),
        content("an optional key that says nothing", "entry-content", r#"{"text":"a","body":null}"#),
        content("a number in place of a word", "entry-content", r#"{"text":7}"#),
        content("a negative size", "entry-content", {
            format!("{{\"text\":\"a\",\"blobs\":[{{\"sha256\":\"{}\",\"size\":-1}}]}}", "0".repeat(64))
        }),
        spoiled("a raw control character", "entry-text", |text| text.replace("paz", "pa\u{7}z")),
        spoiled("a raw tabulator", "entry-text", |text| text.replace("paz", "pa\tz")),
        spoiled("a carriage return at the end of a line", "entry-text", |text| {
            text.replacen('\n', "\r\n", 1)
        }),
        spoiled("a raw DEL", "entry-text", |text| text.replace("paz", "pa\u{7f}z")),
        spoiled("a raw C1 control character", "entry-text", |text| text.replace("paz", "pa\u{9b}z")),
        spoiled("a second form of the first line", "entry-form", |text| text.replacen("v1", "v01", 1)),
        spoiled("another first line", "entry-form", |text| text.replacen("cabildo", "concejo", 1)),
        spoiled("a seventh line", "entry-form", |text| text + "y algo más\n"),
        spoiled("an empty seventh line", "entry-form", |text| text + "\n"),
        spoiled("five lines", "entry-form", |text| text.replacen("remark.made\n", "", 1)),
        spoiled("a kind with a capital letter", "entry-form", |text| text.replacen("remark", "Remark", 1)),
        spoiled("a kind of one word", "entry-form", |text| text.replacen("remark.made", "remark", 1)),
        spoiled("a book id in capitals", "entry-form", |text| {
            let id = text.lines().nth(1).unwrap().to_owned();
            text.replacen(&id, &id.to_uppercase(), 1)
        }),
        spoiled("two spaces in the `by` line", "entry-form", |text| text.replacen("by 4", "by  4", 1)),
        spoiled("a sign in the `after` line", "entry-form", |text| text.replacen("after ", "after +", 1)),
        spoiled("a leading zero in the `after` line", "entry-form", |text| {
            text.replacen("after ", "after 0", 1)
        }),
        bytes("a byte order mark before the entry", "entry-form", |bytes| {
            [b"\xef\xbb\xbf".as_slice(), &bytes].concat()
        }),
        bytes("bytes that are no UTF-8", "entry-text", |bytes| {
            let mut spoiled = bytes;
            let at = spoiled.windows(3).position(|part| part == b"paz").unwrap();
            spoiled[at] = 0xff;
            spoiled
        }),
        bytes("no newline at the end", "entry-form", |bytes| bytes[..bytes.len() - 1].to_vec()),
        bytes("a blank line at the end", "entry-form", |bytes| [bytes.as_slice(), b"\n"].concat()),
        bytes("a hyphen in place of the dash before a signature", "entry-form", |bytes| {
            String::from_utf8(bytes).unwrap().replace('\u{2014}', "-").into_bytes()
        }),
        bytes("nothing at all", "entry-form", |_| Vec::new()),
        bytes("zeros", "entry-text", |bytes| vec![0; bytes.len()]),
        attack("an entry of 65,536 bytes", "entry-form", |scribe| {
            let note = of_length(scribe, ENTRY_LIMIT + 1);
            Try { door: Some(note.to_bytes()), entry: None }
        }),
    ];
    for c in BIDIRECTIONAL {
        let raw = format!("{{\"text\":\"acta {c}atca\"}}");
        attacks.push(content(&format!("a raw U+{:04X}", u32::from(c)), "entry-text", raw));
        let escaped = format!("{{\"text\":\"acta \\u{:04x}atca\"}}", u32::from(c));
        attacks.push(content(&format!("an escaped U+{:04X}", u32::from(c)), "entry-text", escaped));
    }
    for code in (0..0x20_u32).chain([0x7f, 0x85, 0x9f]).filter(|code| *code != 0x0a) {
        let escaped = format!("{{\"text\":\"acta \\u{code:04x}\"}}");
        attacks.push(content(&format!("an escaped U+{code:04X}"), "entry-text", escaped));
    }
    attacks
}

/// What turns the direction of writing, or hides.
const BIDIRECTIONAL: [char; 16] = [
    '\u{61c}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202b}',
    '\u{202c}', '\u{202d}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{2067}', '\u{2069}', '\u{feff}',
];

/// What is unusual and in order is recorded, so that the refusals above are about what they say.
#[test]
fn what_is_unusual_and_in_order_is_recorded() {
    let mut scribe = Scribe::lived();
    let before = scribe.size();
    for text in [
        "",
        "Año, ¿qué?, «sí»",
        "línea 1\nlínea 2",
        "\u{1f33b} \u{200d}",
        "\"\\",
        "عربي",
        "\u{1f1ea}\u{1f1f8}",
    ] {
        scribe.remark(4, text);
    }
    assert_eq!(scribe.size(), before + 7);
    // The largest entry that there can be.
    let countersigned = scribe.countersign(scribe.note(&scribe.remark_text(4, ""))).len();
    let clerk_line = countersigned - scribe.note(&scribe.remark_text(4, "")).to_bytes().len();
    let text = "a".repeat(ENTRY_LIMIT - countersigned);
    scribe.remark(4, &text);
    assert_eq!(scribe.entries.last().unwrap().len(), ENTRY_LIMIT);
    // A proposal may be as long as leaves no room for the clerk's line: it is refused when it is countersigned.
    let note = of_length(&scribe, ENTRY_LIMIT - clerk_line + 1);
    let proposal = book::entry::Proposal::parse(&note.to_bytes()).unwrap();
    let refused = proposal.countersign(&scribe.clerk(), &scribe.state.origin(), scribe.time);
    assert_eq!(refused.err(), Some(book::entry::EntryError::TooLong));
    assert!(!remark("").is_empty());
    crate::support::judge::holds(&scribe.files());
}
