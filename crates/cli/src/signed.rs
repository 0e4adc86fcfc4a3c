//! What was signed and waits to be handed in, as a file: the note alone, readable as text, or, where more belongs to it, the
//! JSON object that a server takes.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::checkpoint::Checkpoint;
use book::entry::Entry;
use book::note::Note;
use book::tile::{Tile, WIDTH, decode_entries};
use clerk::{ATTACHED_BYTES_LIMIT, PrivateBody, Submission};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::books::text_of;
use crate::edge;
use crate::failure::Failure;

/// A file has at most so many bytes: what a clerk takes, in base64, and room for the rest.
const LIMIT: usize = ATTACHED_BYTES_LIMIT / 3 * 4 + (1 << 20);

/// The object that a server takes.
pub fn object(submission: &Submission) -> String {
    let note = String::from_utf8_lossy(&submission.note).into_owned();
    let body = |body: &PrivateBody| json!({"salt": STANDARD.encode(body.salt), "body": STANDARD.encode(&body.bytes)});
    let bodies: Vec<Value> = submission.bodies.iter().map(body).collect();
    let blobs: Vec<String> = submission.blobs.iter().map(|blob| STANDARD.encode(blob)).collect();
    json!({"entry": note, "blobs": blobs, "bodies": bodies}).to_string()
}

/// Makes the file, for its owner alone where it holds anything private.
pub fn write(path: &Path, submission: &Submission) -> Result<(), Failure> {
    let is_alone = submission.blobs.is_empty() && submission.bodies.is_empty();
    let bytes = if is_alone { submission.note.clone() } else { object(submission).into_bytes() };
    let secret = !submission.bodies.is_empty();
    edge::create(&[edge::New { path: path.to_owned(), bytes: &bytes, secret }])
}

/// Reads such a file.
pub fn read(path: &Path) -> Result<Submission, Failure> {
    let text = text_of(path, LIMIT)?;
    if !text.starts_with('{') {
        return Ok(Submission::of(text.into_bytes()));
    }
    parse(&text).ok_or_else(|| Failure::file(path, "it is no signed entry: `cabildo write --out` makes one"))
}

/// Reads what a mirror kept of entries that a hand-over left behind, without the former clerk's lines.
pub fn left_behind(folder: &Path) -> Result<Vec<Submission>, Failure> {
    let checkpoint = folder.join("checkpoint");
    let note = Note::parse(&edge::read(&checkpoint)?).map_err(|error| Failure::file(&checkpoint, error))?;
    let shown = Checkpoint::parse_text(&note.text).map_err(|error| Failure::file(&checkpoint, error))?;
    let mut entries = Vec::new();
    for index in 0..shown.size.div_ceil(WIDTH) {
        let path = folder.join(format!("entries-{index:06}"));
        let Some(tile) = Tile::entries(index, shown.size).filter(|_| path.exists()) else { continue };
        let bundle = edge::read(&path)?;
        let bundle = decode_entries(&bundle, tile.width()).map_err(|error| Failure::file(&path, error))?;
        for bytes in bundle {
            let entry = Entry::parse(bytes).map_err(|error| Failure::file(&path, error))?;
            // What founds a book or names a clerk is not handed in.
            if entry.text().book.is_some() && entry.text().kind != "clerk.succeeded" {
                entries.push(Submission::of(entry.into_proposal().to_bytes()));
            }
        }
    }
    if entries.is_empty() {
        return Err(Failure::file(folder, "there are no entries in it that could be handed in"));
    }
    Ok(entries)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    entry: String,
    blobs: Vec<String>,
    bodies: Vec<ObjectBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectBody {
    salt: String,
    body: String,
}

fn parse(text: &str) -> Option<Submission> {
    let object: Object = serde_json::from_str(text).ok()?;
    let body = |body: ObjectBody| {
        let salt = STANDARD.decode(body.salt).ok()?.try_into().ok()?;
        Some(PrivateBody { salt, bytes: STANDARD.decode(body.body).ok()? })
    };
    Some(Submission {
        note: object.entry.into_bytes(),
        blobs: object.blobs.into_iter().map(|blob| STANDARD.decode(blob).ok()).collect::<Option<_>>()?,
        bodies: object.bodies.into_iter().map(body).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let alone = Submission::of(b"a note\n".to_vec());
        let with = Submission {
            note: b"another\n".to_vec(),
            blobs: vec![b"public".to_vec(), vec![0, 255]],
            bodies: vec![PrivateBody { salt: [7; 32], bytes: b"private".to_vec() }],
        };
        for (name, submission) in [("alone", alone), ("with", with)] {
            let path = folder.path().join(name);
            assert!(write(&path, &submission).is_ok());
            assert!(read(&path).is_ok_and(|read| read == submission), "{name}");
        }
        assert_eq!(std::fs::read(folder.path().join("alone")).unwrap(), b"a note\n");
        for wrong in ["{}", "{\"entry\":\"x\",\"blobs\":[\"?\"],\"bodies\":[]}", "{\"entry\":5}"] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
