//! Every input of the minute book's fuzz corpora, through the functions that the fuzzer runs.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "the helpers of tests")]

#[path = "../../../fuzz/src/book.rs"]
mod targets;

use std::fs;
use std::path::Path;

#[test]
fn the_corpora_replay() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    for (name, target) in targets::ALL {
        assert!(fuzz.join(format!("fuzz_targets/{name}.rs")).exists(), "{name}");
        let entries = fs::read_dir(fuzz.join("corpus").join(name)).unwrap();
        let inputs: Vec<_> = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for input in inputs {
            target(&input);
        }
        target(b"");
    }
}
