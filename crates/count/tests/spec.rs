//! The worked examples of `docs/spec/counting.md`: the first block is the file, the second its transcript.
//!
//! `COUNT_VECTORS=write cargo test -p count --test spec` writes the second blocks.

use std::path::Path;

use count::Lot;

#[test]
fn worked_examples_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/counting.md");
    let text = std::fs::read_to_string(&path).expect("the specification");
    let mut seen = Vec::new();
    let mut parts = text.split("<!-- example: ");
    let mut rewritten = parts.next().expect("a beginning").to_owned();
    for part in parts {
        let (head, rest) = part.split_once(" -->\n").expect("the end of a head");
        let (method, file) = head.split_once(' ').expect("a method and a file");
        let mut blocks = rest.splitn(5, "```");
        let mut next = || blocks.next().expect("two blocks");
        let (before, input, between, transcript, after) = (next(), next(), next(), next(), next());
        let input_text = input.strip_prefix("text\n").expect("a text block");
        let profile = count::formats::parse(file, input_text.as_bytes()).expect(head);
        let seats = profile.seats.unwrap_or(1);
        let outcome =
            count::methods::by_name(method).expect(head).count(&profile, seats, &Lot::none()).expect(head);
        let answer = format!("text\n{}", outcome.transcript());
        rewritten +=
            &format!("<!-- example: {head} -->\n{before}```{input}```{between}```{answer}```{after}");
        if std::env::var("COUNT_VECTORS").is_err() {
            assert_eq!(transcript, answer, "{head}");
        }
        seen.push(method.to_owned());
    }
    for method in count::methods::all() {
        assert!(seen.iter().any(|name| name == method.name()), "{} has no worked example", method.name());
    }
    if std::env::var("COUNT_VECTORS").is_ok_and(|value| value == "write") {
        std::fs::write(&path, rewritten).expect("a writable specification");
    }
}
