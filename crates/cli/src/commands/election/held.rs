//! An election of a book, with its material.

use std::io::Cursor;
use std::path::PathBuf;

use ballot::audit::{Options, audit_to_go_on};
use ballot::group::Ed25519;
use ballot::standing::Standing;
use book::files::PublicFiles;
use book::hash::Hash;
use clap::Args as ClapArgs;
use council::State;
use council::elections::receipt::{HandInReceipt, HandedIn};
use council::elections::{Election, archive};
use council::kinds::BlobRef;

use crate::commands::state::{Book, Which};
use crate::door::At;
use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;
use crate::verdict;

/// A blob of an election has at most so many bytes.
const BLOB_LIMIT: usize = 64 << 20;

/// Which election, and from where.
#[derive(ClapArgs)]
pub struct Of {
    /// The election: the number of the entry that called it, or its uuid
    #[arg(long, value_name = "N|UUID")]
    pub election: String,
    #[command(flatten)]
    pub which: Which,
}

/// Where a step's material is put.
#[derive(ClapArgs)]
pub struct Out {
    /// The folder to make [default: STEP-N]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

impl Out {
    /// The folder.
    pub fn folder(&self, step: &str, number: u64) -> Result<PathBuf, Failure> {
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{step}-{number}")));
        edge::is_free(&folder)?;
        Ok(folder)
    }
}

/// An election of a book that holds.
pub struct Held {
    /// The book.
    pub book: Book,
    /// The entry that called it.
    pub number: u64,
    /// Its record.
    pub election: Election,
}

/// The election of this number or uuid.
pub fn number_of(state: &State, named: &str) -> Result<(u64, Election), Failure> {
    let elections = state.council().map(council::Council::elections);
    let found = elections.and_then(|elections| match named.parse::<u64>() {
        Ok(number) => elections.get(number).map(|election| (number, election)),
        Err(_) => elections.by_uuid(named),
    });
    let (number, election) = found.ok_or_else(|| {
        Failure::usage(format!(
            "--election {named}: the book has no such election; `cabildo state` lists them"
        ))
    })?;
    Ok((number, election.clone()))
}

impl Of {
    /// The election.
    pub fn read(&self, quiet: bool) -> Result<Held, Failure> {
        Held::of(self.which.read(quiet)?, &self.election)
    }
}

/// The book at a door.
pub fn which(at: &At) -> Which {
    let address = at.server.as_ref().map(|address| {
        let base = address.trim_end_matches('/');
        match &at.book {
            Some(book) if !base.contains("/book/") => format!("{base}/book/{book}"),
            _ => base.to_owned(),
        }
    });
    Which { source: address, db: at.db.clone(), book: at.book.clone() }
}

/// That a receipt is the clerk's, and for this.
pub fn receipt(bytes: &[u8], state: &State, uuid: &str, what: HandedIn, hash: Hash) -> Result<(), Failure> {
    let wrong = |reason: String| {
        Failure::Refused(format!("the clerk's receipt: {reason}: it shows nothing; hand the same in again"))
    };
    let receipt = HandInReceipt::parse(bytes).map_err(wrong)?;
    receipt.verify(state).map_err(|refusal| wrong(refusal.to_string()))?;
    if receipt.uuid != uuid || receipt.what != what || receipt.hash != hash {
        return Err(wrong("it is for something else".into()));
    }
    Ok(())
}

/// The bytes of a blob, which must have its hash.
pub fn blob(files: &mut dyn PublicFiles, of: &BlobRef) -> Option<Vec<u8>> {
    let bytes = files.read(&format!("blob/{}", of.sha256), BLOB_LIMIT).ok().flatten()?;
    (Hash::of(&bytes).hex() == of.sha256).then_some(bytes)
}

impl Held {
    /// The election of this number or uuid.
    pub fn of(book: Book, named: &str) -> Result<Held, Failure> {
        let (number, election) = number_of(&book.state, named)?;
        Ok(Held { book, number, election })
    }

    /// The bytes of a blob.
    pub fn blob(&mut self, of: &BlobRef) -> Result<Vec<u8>, Failure> {
        blob(self.book.files.as_mut(), of).ok_or_else(|| {
            Failure::usage(format!(
                "{}: blob/{} is missing: fetch it from a mirror",
                self.book.name, of.sha256
            ))
        })
    }

    /// The archive as far as it has come, and the strong proofs.
    pub fn archive(&mut self, output: impl std::io::Write) -> Result<Option<String>, Failure> {
        let files = self.book.files.as_mut();
        let written = archive::write(&self.election, &mut |of| blob(files, of), output);
        written.map_err(|error| {
            let line = format!("the election of entry {}: {error}", self.number);
            match error {
                archive::NoArchive::Damaged(_) => Failure::Refused(line),
                _ => Failure::Usage(line),
            }
        })
    }

    /// Where the election stands, every item verified.
    pub fn standing(&mut self) -> Result<Standing<Ed25519>, Failure> {
        let mut bytes = Vec::new();
        let strong = self.archive(&mut bytes)?;
        let mut steps = Steps::new(false);
        let step = steps.begin("audit so far", bytes.len() as u64);
        let mut progress = |read| step.reached(read);
        let options = Options {
            seed: *edge::fresh()?,
            strong: strong.as_deref().map(str::as_bytes),
            partial: true,
            progress: &mut progress,
        };
        let audited = audit_to_go_on::<Ed25519, _>(Cursor::new(bytes), options);
        let (audit, standing) = audited
            .map_err(|_| Failure::usage(format!("the election of entry {}: no archive", self.number)))?;
        step.end();
        standing.ok_or_else(|| {
            put!("{}", verdict::to_text(&audit));
            Failure::Fails
        })
    }

    /// What goes before a word about this election.
    pub fn about(&self, cause: impl std::fmt::Display) -> Failure {
        Failure::usage(format!("the election of entry {}: {cause}", self.number))
    }
}

impl Held {
    /// The member who is this trustee.
    pub fn member_of(&self, owner: usize) -> Result<u32, Failure> {
        let opened = self.election.opened.as_ref().ok_or_else(|| self.about("its box was not opened"))?;
        let member = owner.checked_sub(1).and_then(|place| opened.team.members.get(place));
        member.copied().ok_or_else(|| self.about(format!("it has no trustee {owner}")))
    }
}
