//! The body of `add-checkpoint`: `old <size>`, the proof's hashes, a blank line, the checkpoint.

use book::hash::Hash;

use super::Response;

/// A request has at most this many bytes: room for 63 hashes and for a checkpoint with many signatures.
pub const REQUEST_LIMIT: usize = 1 << 17;
/// A proof has at most this many hashes.
const PROOF_LIMIT: usize = 63;

/// A body for `add-checkpoint`, for whoever asks a witness: the size that the witness has cosigned, the proof from there, the
/// checkpoint.
pub fn add_checkpoint_request(old: u64, proof: &[Hash], checkpoint: &[u8]) -> Vec<u8> {
    let mut body = format!("old {old}\n");
    for hash in proof {
        body.push_str(&format!("{hash}\n"));
    }
    body.push('\n');
    [body.as_bytes(), checkpoint].concat()
}

/// The parts of a body.
pub(super) struct Request<'a> {
    pub(super) old: u64,
    pub(super) proof: Vec<Hash>,
    pub(super) checkpoint: &'a [u8],
}

impl Request<'_> {
    pub(super) fn parse(body: &[u8]) -> Result<Request<'_>, Response> {
        if body.len() > REQUEST_LIMIT {
            return Err(Response::refuse(413, format!("a request has at most {REQUEST_LIMIT} bytes")));
        }
        let form = || {
            Response::refuse(400, "a request is `old SIZE`, hashes in base64, an empty line, a checkpoint")
        };
        let (first, mut rest) = line(body).ok_or_else(form)?;
        let old = first.strip_prefix("old ").and_then(size).ok_or_else(form)?;
        let mut proof = Vec::new();
        loop {
            let (next, after) = line(rest).ok_or_else(form)?;
            rest = after;
            if next.is_empty() {
                return Ok(Request { old, proof, checkpoint: rest });
            }
            if proof.len() == PROOF_LIMIT {
                return Err(Response::refuse(400, format!("a proof has at most {PROOF_LIMIT} hashes")));
            }
            proof.push(Hash::parse(next).ok_or_else(form)?);
        }
    }
}

/// The first line, without its newline, and what follows.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// A decimal number in its one form.
fn size(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
