//! Books as copies of them are judged: in chunks, from snapshots, on all cores; with a byte changed; by a stranger's tool;
//! and the golden one, which every later version must read.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "the helpers of tests")]

mod flipped;
mod golden;
mod replay;
mod stranger;
#[path = "../support/mod.rs"]
mod support;

use book::tile::WIDTH;
use council::kinds::{BlobRef, RemarkMade};
use support::scribe::{Scribe, by};

/// A book of so many entries with two witnesses and a mirror, a blob in its first remark, and all of it final.
fn of_size(size: u64) -> Scribe {
    let mut scribe = Scribe::witnessed();
    if size > 1 {
        scribe.remark_with(1, "Adjunto el acta de 1931.", &[b"acta de 1931, hoja 1"], None);
    }
    while scribe.size() < size {
        let at = scribe.size();
        if at % WIDTH == 17 {
            let blobs = vec![BlobRef { sha256: book::hash::Hash::of(b"").hex(), size: 0 }];
            scribe.blobs.insert(book::hash::Hash::of(b""), Vec::new());
            let content =
                RemarkMade { text: format!("Punto {at}, sin hoja."), blobs: Some(blobs), body: None };
            scribe.write(by(2), &content);
        } else {
            scribe.remark(1 + (at % 3) as u32, &format!("Punto {at} del orden del día."));
        }
    }
    scribe.make_final();
    scribe
}

/// Whether this program verifies on all cores. CI runs these tests in both ways.
fn on_all_cores() -> bool {
    cfg!(feature = "rayon")
}
