//! The content of an entry, in its one form.

use std::path::Path;

use book::entry::{Entry, Signer};
use book::hash::Hash;
use book::id::BookId;
use book::key::SecretKey;
use clerk::{PrivateBody, Submission};
use council::kinds::recall::PetitionTallied;
use council::kinds::{self, BlobRef, BodyErased, Content, MemberAdmitted, RemarkMade};
use unicode_normalization::UnicodeNormalization;

use super::Args;
use crate::books::text_of;
use crate::dates;
use crate::door::Door;
use crate::edge;
use crate::failure::Failure;
use crate::material;

/// A content has at most so many bytes: it stands in an entry.
const CONTENT_LIMIT: usize = 65_535;

/// The content, with the attachments that it refers to laid into the submission.
pub(super) fn of(
    args: &Args,
    kind: &str,
    door: &mut Door,
    signers: (&[Signer], &[SecretKey]),
    submission: &mut Submission,
) -> Result<String, Failure> {
    match (args.entry, &args.reason) {
        (Some(number), Some(reason)) => erasure(kind, door, number, reason),
        _ => content(args, kind, door.book(), signers, submission),
    }
}

/// The content in its one form, with what it refers to laid into the submission.
fn content(
    args: &Args,
    kind: &str,
    book: BookId,
    (signers, secrets): (&[Signer], &[SecretKey]),
    submission: &mut Submission,
) -> Result<String, Failure> {
    if kind == "council.founded" || kind == "clerk.succeeded" {
        let command = if kind == "council.founded" { "found" } else { "succeed" };
        return Err(Failure::usage(format!("an entry {kind} is made by `cabildo {command}`")));
    }
    if !kinds::names().any(|name| name == kind) {
        let names: Vec<&str> = kinds::names().collect();
        return Err(Failure::usage(format!("there is no kind {kind}; there are {}", names.join(", "))));
    }
    let attached = !args.attach.is_empty() || args.private.is_some();
    let is_tally = kind == PetitionTallied::KIND;
    if attached && kind != "remark.made" && !(is_tally && args.attach.is_empty()) {
        return Err(Failure::usage(format!(
            "--attach and --private belong to remark.made, --private to petition.tallied, too; not to {kind}"
        )));
    }
    let in_folder = args.material.as_deref().map(material::content);
    let file = args.content.as_ref().or(in_folder.as_ref());
    let given = match (
        file,
        kind,
        signers.get(1..).and_then(<[_]>::last),
        secrets.get(1..).and_then(<[_]>::last),
    ) {
        (Some(path), ..) => text_of(path, CONTENT_LIMIT)?,
        (None, "member.admitted" | "member.joined" | "key.replaced", Some(new), Some(secret)) => {
            let member = new.number().ok_or_else(|| {
                Failure::file(
                    Path::new(args.with.last().map_or("", String::as_str)),
                    "its name is not a member's number: make it with `cabildo key new --name N`",
                )
            })?;
            kinds::write(&MemberAdmitted { member, key: secret.public().base64() })
        }
        (None, "member.admitted" | "member.joined" | "key.replaced", ..) => {
            return Err(Failure::usage(format!(
                "{kind} is signed with the member's new key, too: name its file last, with --with (`cabildo key new --name N`)"
            )));
        }
        (None, "member.left", ..) => format!("{{\"member\":{}}}", signers[0].name),
        (None, kind, ..) => {
            return Err(Failure::usage(format!(
                "{kind} has a content: name a file with --content, or - for standard input"
            )));
        }
    };
    let named = |reason: String| match file {
        Some(path) => Failure::file(path, reason),
        None => Failure::usage(reason),
    };
    // Composed and decomposed letters look alike: whoever wrote the file need not know the difference.
    let given: String = given.trim().nfc().collect();
    let given = match serde_json::from_str(&given) {
        Ok(mut value) => {
            dates::to_seconds(&mut value).map_err(named)?;
            // Only where a date stood: what else is wrong is said of the text as it was written.
            if dates::said(&given).len() == dates::said(&value.to_string()).len() {
                given
            } else {
                value.to_string()
            }
        }
        Err(_) => given,
    };
    if let Some(path) = args.private.as_ref().filter(|_| is_tally) {
        let mut tally: serde_json::Value =
            serde_json::from_str(&given).map_err(|error| named(format!("the content: {error}")))?;
        if let Some(tally) = tally.as_object_mut() {
            tally.insert("list".into(), private_body(path, book, signers, submission)?.into());
        }
        return kinds::normalise(kind, &tally.to_string()).map_err(named);
    }
    let content = kinds::normalise(kind, &given).map_err(named)?;
    if !attached {
        return Ok(content);
    }
    let mut remark: RemarkMade =
        serde_json::from_str(&content).map_err(|error| Failure::usage(format!("the content: {error}")))?;
    let mut blobs = remark.blobs.take().unwrap_or_default();
    for path in &args.attach {
        let bytes = edge::read(path)?;
        blobs.push(BlobRef { sha256: Hash::of(&bytes).hex(), size: bytes.len() as u64 });
        submission.blobs.push(bytes);
    }
    remark.blobs = (!blobs.is_empty()).then_some(blobs);
    if let Some(path) = &args.private {
        remark.body = Some(private_body(path, book, signers, submission)?);
    }
    Ok(kinds::write(&remark))
}

/// Lays a private body into the submission; its commitment.
fn private_body(
    path: &Path,
    book: BookId,
    signers: &[Signer],
    submission: &mut Submission,
) -> Result<String, Failure> {
    let bytes = edge::read(path)?;
    let salt = *edge::fresh()?;
    let commitment = council::body_commitment(&book, &signers[0].name, &salt, &bytes);
    submission.bodies.push(PrivateBody { salt, bytes });
    Ok(commitment.hex())
}

/// The content of an erasure: the commitment stands in the entry that made it.
fn erasure(kind: &str, door: &mut Door, number: u64, reason: &str) -> Result<String, Failure> {
    if kind != BodyErased::KIND {
        return Err(Failure::usage(format!("--entry and --reason belong to body.erased, not to {kind}")));
    }
    let entry = door.entry(number)?.and_then(|bytes| Entry::parse(&bytes).ok());
    let entry =
        entry.ok_or_else(|| Failure::usage(format!("--entry {number}: the book has no such entry")))?;
    let body = ["body", "list"].iter().find_map(|key| entry.content().get(key)?.as_str());
    let body = body.ok_or_else(|| Failure::usage(format!("--entry {number}: it has no private body")))?;
    Ok(kinds::write(&BodyErased {
        entry: number,
        body: body.to_owned(),
        reason: reason.trim().nfc().collect(),
    }))
}
