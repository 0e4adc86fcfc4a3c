//! `cabildo write`: an entry, signed here and recorded by the clerk, at once or later.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{After, By, Entry, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::BookId;
use book::key::SecretKey;
use clap::Args as ClapArgs;
use clerk::{Declined, PrivateBody, Receipt, Submission};
use council::kinds::recall::PetitionTallied;
use council::kinds::{self, BlobRef, BodyErased, Content, MemberAdmitted, RemarkMade};
use unicode_normalization::UnicodeNormalization;

use crate::books::{self, Database, confirm, text_of};
use crate::edge;
use crate::failure::Failure;
use crate::keys;
use crate::remote::Remote;
use crate::signed;

/// A content has at most so many bytes: it stands in an entry.
const CONTENT_LIMIT: usize = 65_535;

#[derive(ClapArgs)]
pub struct Args {
    /// The kind of entry, like remark.made
    #[arg(required_unless_present = "send")]
    kind: Option<String>,
    /// The book's id
    #[arg(long, value_name = "ID")]
    book: Option<String>,
    /// The database: a file, or postgres://…
    #[arg(long, conflicts_with = "server")]
    db: Option<String>,
    /// The address of a server that has the book
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The key file of the member who signs
    #[arg(long, value_name = "FILE", required_unless_present = "send")]
    key: Option<PathBuf>,
    /// The office in whose name they sign
    #[arg(long = "as", value_name = "OFFICE")]
    office: Option<String>,
    /// The key file of a further signer, in the order in which they sign, with the office in whose name, if any; for
    /// member.admitted, the new member's is the last
    #[arg(long, value_name = "FILE[:OFFICE]")]
    with: Vec<String>,
    /// The content, JSON, in a file or (-) on standard input
    #[arg(long, value_name = "FILE|-")]
    content: Option<PathBuf>,
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
    /// Only sign: put the signed entry, with what belongs to it, into this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Hand in what such a file holds, or the entries that a hand-over left behind, as a mirror keeps them in a folder
    /// `evidence/left-behind-…`; an entry that was recorded before is not recorded twice
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "key", "office", "with", "content", "attach", "private", "entry", "out"])]
    send: Option<PathBuf>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Where the entry is handed in.
enum Door {
    Local(Database, BookId),
    Remote(Remote),
}

pub fn run(args: Args) -> Result<(), Failure> {
    if let Some(file) = &args.send {
        return send(&args, file);
    }
    let (Some(kind), Some(key)) = (args.kind.as_deref(), &args.key) else {
        return Err(Failure::usage("name the kind of entry and the --key that signs it"));
    };
    if let Some(out) = &args.out {
        edge::is_free(out)?;
    }
    let mut door = door(&args)?;
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
    let content = match (args.entry, &args.reason) {
        (Some(number), Some(reason)) => erasure(kind, &mut door, number, reason)?,
        _ => content(&args, kind, book, &signers, &secrets, &mut submission)?,
    };
    // Where members vouch, more than two sign, and nobody as secretary.
    if kind == "member.admitted" && signers.len() == 2 && signers[0].capacity.is_none() {
        signers[0].capacity = Some("secretary".into());
    }
    let text = Text { book: Some(book), kind: kind.to_owned(), by: By::Members(signers), after, content };
    let keys: Vec<&SecretKey> = secrets.iter().collect();
    let proposal =
        Proposal::sign(&text, &keys).map_err(|error| Failure::usage(format!("the entry: {error}")))?;
    if !args.json {
        put!("{}", text.write());
    }
    let question =
        if args.out.is_some() { "Sign exactly this?" } else { "Sign exactly this and have it recorded?" };
    if !confirm(question, args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    submission.note = proposal.to_bytes();
    if let Some(out) = &args.out {
        signed::write(out, &submission)?;
        if args.json {
            say!(
                "{}",
                serde_json::json!({"ok": true, "book": book.to_string(), "file": out.display().to_string()})
            );
        } else {
            say!("{}: signed; `cabildo write --send {}` hands it in", out.display(), out.display());
        }
        return Ok(());
    }
    let unsent = PathBuf::from(format!("unsent-{}.entry", &Hash::of(text.write().as_bytes()).hex()[..16]));
    let receipt = match door.record(&submission) {
        // Whether it was recorded is open: the same text has to be handed in again, not another one.
        Err(Failure::Usage(line)) if matches!(door, Door::Remote(_)) => {
            return Err(Failure::Usage(match signed::write(&unsent, &submission) {
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
    let mut door = door(args)?;
    let book = door.book();
    let proposal = Proposal::parse(&submission.note).map_err(|error| Failure::file(file, error))?;
    match proposal.text().book {
        Some(of) if of == book => {}
        Some(of) => {
            return Err(Failure::file(file, format!("it is an entry for the book {of}, not for {book}")));
        }
        None => return Err(Failure::file(file, "it founds a book: that is done by `cabildo found`")),
    }
    if !args.json {
        put!("{}", proposal.text().write());
    }
    if !confirm("Have exactly this recorded?", args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    show(&door.record(&submission)?, args.json);
    Ok(())
}

/// Hands in entries that a hand-over left behind.
fn send_all(args: &Args, entries: &[Submission]) -> Result<(), Failure> {
    let mut door = door(args)?;
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

fn door(args: &Args) -> Result<Door, Failure> {
    if let Some(address) = &args.server {
        let named = address.trim_end_matches('/').rsplit_once("/book/").map(|(_, id)| id);
        let book = args.book.as_deref().or(named);
        let book = book.ok_or_else(|| Failure::usage("--server needs --book, the book's id"))?;
        return Ok(Door::Remote(Remote::new(address, books::book_id(book)?)?));
    }
    let database = Database::parse(args.db.as_deref().unwrap_or("cabildo.db"));
    let mut store = database.open()?;
    let book = books::choose(&database, store.as_mut(), args.book.as_deref())?;
    Ok(Door::Local(database, book))
}

impl Door {
    fn book(&self) -> BookId {
        match self {
            Door::Local(_, book) => *book,
            Door::Remote(remote) => remote.book(),
        }
    }

    /// The book, and the newest checkpoint that an author may refer to: a final one where there is one.
    fn after(&mut self) -> Result<(BookId, After), Failure> {
        match self {
            Door::Local(database, book) => {
                let mut store = database.open()?;
                let last = store.final_checkpoint(&book.0).map_err(|error| database.fails(error))?;
                let head = store.head(&book.0).map_err(|error| database.fails(error))?;
                let (size, root) = match (last, head) {
                    (Some(last), _) => (last.size, last.root),
                    (None, Some(head)) => (head.size, head.root),
                    (None, None) => return Err(database.fails(format!("there is no book {book} in it"))),
                };
                Ok((*book, After { size, root: Hash(root) }))
            }
            Door::Remote(remote) => {
                let checkpoint = remote.newest_final()?;
                Ok((remote.book(), After { size: checkpoint.size, root: checkpoint.root }))
            }
        }
    }

    /// An entry's bytes; none where the book has fewer.
    fn entry(&mut self, number: u64) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Door::Remote(remote) => remote.entry(number),
            Door::Local(database, book) => {
                let entries = database.open()?.entries(&book.0, number, 1);
                Ok(entries.map_err(|error| database.fails(error))?.pop())
            }
        }
    }

    fn record(&mut self, submission: &Submission) -> Result<Receipt, Failure> {
        match self {
            Door::Remote(remote) => remote.submit(submission),
            Door::Local(database, book) => {
                let _lock = database.lock()?;
                let mut clerk = books::clerk(database, database.open()?, *book)?;
                let mut results = clerk.record(std::slice::from_ref(submission), edge::now()?);
                match results.pop() {
                    Some(Ok(receipt)) => {
                        clerk.snapshot(receipt.time).map_err(|error| database.fails(error))?;
                        Ok(receipt)
                    }
                    Some(Err(declined @ (Declined::Store(_) | Declined::Stopped(_) | Declined::Busy))) => {
                        Err(database.fails(declined))
                    }
                    Some(Err(declined)) => Err(Failure::Refused(format!("{}: {declined}", declined.check()))),
                    None => Err(database.fails("the clerk gave no answer: hand the same text in again")),
                }
            }
        }
    }
}

/// The content in its one form, with what it refers to laid into the submission.
fn content(
    args: &Args,
    kind: &str,
    book: BookId,
    signers: &[Signer],
    secrets: &[SecretKey],
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
    let is_tally = kind == PetitionTallied::KIND;
    let attached = !args.attach.is_empty() || args.private.is_some();
    if attached && kind != "remark.made" && !(is_tally && args.attach.is_empty()) {
        return Err(Failure::usage(format!(
            "--attach and --private belong to remark.made, --private to petition.tallied, too; not to {kind}"
        )));
    }
    let given = match (
        &args.content,
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
    let named = |reason: String| match &args.content {
        Some(path) => Failure::file(path, reason),
        None => Failure::usage(reason),
    };
    // Composed and decomposed letters look alike: whoever wrote the file need not know the difference.
    let given: String = given.trim().nfc().collect();
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
