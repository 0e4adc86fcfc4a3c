//! `cabildo write`: an entry, signed here and recorded by the clerk, at once or later; or prepared here, signed by several on
//! several machines, and handed in with their signatures.

mod carry;
mod content;

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{By, Proposal, Signer, Text};
use book::hash::Hash;
use book::key::SecretKey;
use clap::Args as ClapArgs;
use clerk::{Receipt, Submission};

use crate::books::confirm;
use crate::dates;
use crate::door::{At, Door};
use crate::edge;
use crate::failure::Failure;
use crate::keys;
use crate::material::{self, Blob};
use crate::signed;

#[derive(ClapArgs)]
pub struct Args {
    /// The kind of entry, like remark.made
    #[arg(required_unless_present_any = ["send", "sign", "signatures"])]
    kind: Option<String>,
    #[command(flatten)]
    at: At,
    /// The key file of the member who signs
    #[arg(long, value_name = "FILE", required_unless_present_any = ["send", "by", "signatures"])]
    key: Option<PathBuf>,
    /// The office in whose name they sign
    #[arg(long = "as", value_name = "OFFICE")]
    office: Option<String>,
    /// The key file of a further signer, in the order in which they sign, with the office in whose name, if any; for
    /// member.admitted, the new member's is the last
    #[arg(long, value_name = "FILE[:OFFICE]")]
    with: Vec<String>,
    /// The content, JSON, in a file or (-) on standard input; a time in it (…until) may be a date, 2026-12-01T20:00Z
    #[arg(long, value_name = "FILE|-")]
    content: Option<PathBuf>,
    /// A folder with content.json and, each in a file of its own, the public blobs that the content names
    #[arg(long, value_name = "DIR", conflicts_with_all = ["content", "attach", "private", "entry", "blob"])]
    material: Option<PathBuf>,
    /// A public blob that the content names
    #[arg(long, value_name = "FILE", conflicts_with_all = ["attach", "private"])]
    blob: Vec<PathBuf>,
    /// A file to be attached, public for ever (remark.made)
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// A file to be committed to and kept private, which can be erased later (remark.made; petition.tallied, the list)
    #[arg(long, value_name = "FILE")]
    private: Option<PathBuf>,
    /// The entry whose private body is to be erased (body.erased)
    #[arg(long, value_name = "N", requires = "reason", conflicts_with = "content")]
    entry: Option<u64>,
    /// Why it is to be erased (body.erased)
    #[arg(long, value_name = "WORDS", requires = "entry")]
    reason: Option<String>,
    /// Who will sign, each on their own machine: "1 as secretary, 7". Makes the --text that they sign
    #[arg(long, value_name = "SIGNERS", requires = "text", conflicts_with_all = ["key", "office", "with", "attach", "private", "out", "send", "sign"])]
    by: Option<String>,
    /// The exact text of an entry that several sign on several machines: made with --by, handed in with --signatures
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Sign such a text with --key, into --out
    #[arg(long, value_name = "FILE", requires_all = ["key", "out"], conflicts_with_all = ["kind", "text", "office", "with", "content", "attach", "private", "entry", "send"])]
    sign: Option<PathBuf>,
    /// The signatures of all who sign the --text
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "text", conflicts_with_all = ["kind", "key", "by", "office", "with", "content", "attach", "private", "entry", "send", "sign"])]
    signatures: Vec<PathBuf>,
    /// Only sign: put the signed entry, with what belongs to it, into this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Hand in what such a file holds, or the entries that a hand-over left behind, as a mirror keeps them in a folder
    /// `evidence/left-behind-…`; an entry that was recorded before is not recorded twice
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "key", "office", "with", "content", "attach", "private", "entry", "out", "material", "blob"])]
    send: Option<PathBuf>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// The public blobs that were named for this entry.
    fn blobs(&self) -> Result<Vec<Blob>, Failure> {
        match &self.material {
            Some(folder) => material::blobs(folder),
            None => material::read(&self.blob),
        }
    }

    /// Whether all the blobs of the entry are said to be there.
    fn has_material(&self) -> bool {
        self.material.is_some() || !self.blob.is_empty()
    }
}

pub fn run(args: Args) -> Result<(), Failure> {
    match (&args.send, &args.sign, &args.by, &args.text) {
        (Some(file), ..) => send(&args, file),
        (_, Some(text), ..) => carry::sign(&args, text),
        (_, _, Some(by), Some(text)) => carry::prepare(&args, by, text),
        (_, _, _, Some(text)) if !args.signatures.is_empty() => carry::hand_in(&args, text),
        (_, _, _, Some(_)) => Err(Failure::usage(
            "--text goes with --by, which makes the text, or with --signatures, which hand it in",
        )),
        _ => write(&args),
    }
}

fn write(args: &Args) -> Result<(), Failure> {
    let (Some(kind), Some(key)) = (args.kind.as_deref(), &args.key) else {
        return Err(Failure::usage("name the kind of entry and the --key that signs it"));
    };
    if let Some(out) = &args.out {
        edge::is_free(out)?;
    }
    let mut door = args.at.door()?;
    let (book, after) = door.after()?;
    let mut signers = Vec::new();
    let mut secrets: Vec<SecretKey> = Vec::new();
    let further = args.with.iter().map(|text| further_signer(text));
    for (path, capacity) in std::iter::once((key.clone(), args.office.clone())).chain(further) {
        let (name, secret) = keys::read_signer(&path)?;
        signers.push(Signer { name, capacity });
        secrets.push(secret);
    }
    let mut submission = Submission::default();
    let content = content::of(args, kind, &mut door, (&signers, &secrets), &mut submission)?;
    // Where members vouch, more than two sign, and nobody as secretary.
    if kind == "member.admitted" && signers.len() == 2 && signers[0].capacity.is_none() {
        signers[0].capacity = Some("secretary".into());
    }
    let text = Text { book: Some(book), kind: kind.to_owned(), by: By::Members(signers), after, content };
    attach(args, &text.write(), &mut submission)?;
    let keys: Vec<&SecretKey> = secrets.iter().collect();
    let proposal =
        Proposal::sign(&text, &keys).map_err(|error| Failure::usage(format!("the entry: {error}")))?;
    if !args.json {
        display(&text);
    }
    let question =
        if args.out.is_some() { "Sign exactly this?" } else { "Sign exactly this and have it recorded?" };
    if !confirm(question, args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    submission.note = proposal.to_bytes();
    finish(args, &mut door, &submission)
}

/// Lays the blobs into the submission that were named beside the content, exactly those that it refers to.
fn attach(args: &Args, text: &str, submission: &mut Submission) -> Result<(), Failure> {
    if args.has_material() {
        let blobs = args.blobs()?;
        material::check(text, &blobs)?;
        for blob in blobs {
            if !submission.blobs.contains(&blob.bytes) {
                submission.blobs.push(blob.bytes);
            }
        }
    }
    Ok(())
}

/// Shows a text to whoever is to sign it or have it recorded, with its times as dates.
fn display(text: &Text) {
    put!("{}", text.write());
    for line in dates::said(&text.content) {
        say!("({line})");
    }
}

/// Puts what was signed into a file, or has it recorded.
fn finish(args: &Args, door: &mut Door, submission: &Submission) -> Result<(), Failure> {
    if let Some(out) = &args.out {
        signed::write(out, submission)?;
        if args.json {
            let (book, file) = (door.book().to_string(), out.display().to_string());
            say!("{}", serde_json::json!({"ok": true, "book": book, "file": file}));
        } else {
            say!("{}: signed; `cabildo write --send {}` hands it in", out.display(), out.display());
        }
        return Ok(());
    }
    let hash = book::entry::text_hash_of(&submission.note).unwrap_or_else(|| Hash::of(&submission.note));
    let unsent = PathBuf::from(format!("unsent-{}.entry", &hash.hex()[..16]));
    let receipt = match door.record(submission) {
        // Whether it was recorded is open: the same text has to be handed in again, not another one.
        Err(Failure::Usage(line)) if door.is_remote() => {
            return Err(Failure::Usage(match signed::write(&unsent, submission) {
                Ok(()) => format!("{line} (cabildo write --send {})", unsent.display()),
                Err(_) => line,
            }));
        }
        other => other?,
    };
    show(&receipt, args.json);
    Ok(())
}

/// A further signer's key file, and the office in whose name they sign: `keys/3.key:scrutineer`. A colon in the name of a file
/// that is there is no such mark.
fn further_signer(text: &str) -> (PathBuf, Option<String>) {
    match text.rsplit_once(':') {
        Some((path, office)) if !Path::new(text).exists() && !office.contains(['/', '\\']) => {
            (PathBuf::from(path), Some(office.to_owned()))
        }
        _ => (PathBuf::from(text), None),
    }
}

/// Hands in what was signed before.
fn send(args: &Args, file: &Path) -> Result<(), Failure> {
    if file.is_dir() {
        return send_all(args, &signed::left_behind(file)?);
    }
    let submission = signed::read(file)?;
    let mut door = args.at.door()?;
    let proposal = Proposal::parse(&submission.note).map_err(|error| Failure::file(file, error))?;
    is_for(&door, proposal.text(), file)?;
    if !args.json {
        display(proposal.text());
    }
    if !confirm("Have exactly this recorded?", args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    show(&door.record(&submission)?, args.json);
    Ok(())
}

/// That a text is of the book of this door.
fn is_for(door: &Door, text: &Text, file: &Path) -> Result<(), Failure> {
    let book = door.book();
    match text.book {
        Some(of) if of == book => Ok(()),
        Some(of) => Err(Failure::file(file, format!("it is an entry for the book {of}, not for {book}"))),
        None => Err(Failure::file(file, "it founds a book: that is done by `cabildo found`")),
    }
}

/// Hands in entries that a hand-over left behind.
fn send_all(args: &Args, entries: &[Submission]) -> Result<(), Failure> {
    let mut door = args.at.door()?;
    if !confirm(
        &format!("Have what of these {} is new recorded?", edge::entries(entries.len() as u64)),
        args.yes,
    )? {
        say!("Nothing was done.");
        return Ok(());
    }
    let (mut recorded, mut repeated, mut declined) = (0, 0, Vec::new());
    for entry in entries {
        match door.record(entry) {
            Ok(receipt) if receipt.repeated => repeated += 1,
            Ok(_) => recorded += 1,
            Err(Failure::Refused(line)) => declined.push(line),
            Err(other) => return Err(other),
        }
    }
    if args.json {
        let ok = declined.is_empty();
        let object =
            serde_json::json!({"ok": ok, "recorded": recorded, "repeated": repeated, "declined": declined});
        say!("{object}");
    } else {
        say!("{} recorded; {repeated} of them stood in the book already", edge::entries(recorded + repeated));
        for line in &declined {
            say!("declined: {line}");
        }
    }
    if declined.is_empty() { Ok(()) } else { Err(Failure::Fails) }
}

/// The receipt, as a person or a program reads it.
pub fn show(receipt: &Receipt, json: bool) {
    if json {
        let object = serde_json::json!({
            "ok": true,
            "book": receipt.book.to_string(),
            "number": receipt.number,
            "time": receipt.time,
            "text": STANDARD.encode(receipt.text_hash.0),
            "repeated": receipt.repeated,
        });
        say!("{object}");
    } else {
        let again = if receipt.repeated { " (it stood there already)" } else { "" };
        say!("Recorded as entry {} at {}{again}", receipt.number, edge::utc(receipt.time));
    }
}
