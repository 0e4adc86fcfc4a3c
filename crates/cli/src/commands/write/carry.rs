//! Entries that several sign on several machines: the exact text is written once, each signs it where their key is, and whoever
//! has all the signatures hands it in.

use std::path::Path;

use book::entry::{By, Signer, Text};
use clerk::Submission;

use super::{Args, attach, content, display, finish, is_for};
use crate::books::confirm;
use crate::carried;
use crate::edge::{self, New};
use crate::failure::Failure;

/// Writes the text that these will sign.
pub(super) fn prepare(args: &Args, by: &str, out: &Path) -> Result<(), Failure> {
    let kind = args.kind.as_deref().ok_or_else(|| Failure::usage("name the kind of entry"))?;
    edge::is_free(out)?;
    let signers: Vec<Signer> = by.split(',').map(|signer| signer_of(signer.trim())).collect();
    let mut door = args.at.door()?;
    let (book, after) = door.after()?;
    let mut submission = Submission::default();
    let content = content::of(args, kind, &mut door, (&signers, &[]), &mut submission)?;
    let text = Text { book: Some(book), kind: kind.to_owned(), by: By::Members(signers), after, content };
    let written = text.write();
    Text::parse(&written).map_err(|error| Failure::usage(format!("--by {by}: {error}")))?;
    attach(args, &written, &mut submission)?;
    edge::create(&[New { path: out.to_owned(), bytes: written.as_bytes(), secret: false }])?;
    if args.json {
        let (book, file) = (book.to_string(), out.display().to_string());
        say!("{}", serde_json::json!({"ok": true, "book": book, "file": file}));
        return Ok(());
    }
    display(&text);
    say!("{}: each of them signs it: cabildo write --sign {} --key … --out …", out.display(), out.display());
    Ok(())
}

fn signer_of(text: &str) -> Signer {
    match text.split_once(" as ") {
        Some((name, office)) => {
            Signer { name: name.trim().to_owned(), capacity: Some(office.trim().to_owned()) }
        }
        None => Signer { name: text.to_owned(), capacity: None },
    }
}

/// Signs a text: one line.
pub(super) fn sign(args: &Args, path: &Path) -> Result<(), Failure> {
    let (Some(key), Some(out)) = (&args.key, &args.out) else {
        return Err(Failure::usage("--sign needs the --key that signs and --out, the signature to be made"));
    };
    edge::is_free(out)?;
    let (written, text) = carried::read(path)?;
    let (signer, secret) = carried::signer(&text, key)?;
    // Whoever signs can compare the files with what the text names.
    attach(args, &written, &mut Submission::default())?;
    display(&text);
    if !confirm(&format!("Sign exactly this as {signer}?"), args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    carried::sign(&written, signer, &secret, out)
}

/// Hands a text in with the signatures of all.
pub(super) fn hand_in(args: &Args, path: &Path) -> Result<(), Failure> {
    if let Some(out) = &args.out {
        edge::is_free(out)?;
    }
    let (written, text) = carried::read(path)?;
    let proposal = carried::collect(written.clone(), &text, &args.signatures)?;
    let mut submission = Submission::of(proposal.to_bytes());
    attach(args, &written, &mut submission)?;
    let mut door = args.at.door()?;
    is_for(&door, &text, path)?;
    if !args.json {
        display(&text);
    }
    let question =
        if args.out.is_some() { "Put exactly this together?" } else { "Have exactly this recorded?" };
    if !confirm(question, args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    finish(args, &mut door, &submission)
}
