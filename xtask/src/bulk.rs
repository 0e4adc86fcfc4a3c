//! Large books, made through a real clerk: for measuring, and for strangers' checks.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use book::entry::{After, By, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::BookId;
use book::key::SecretKey;
use book::merkle::empty_root;
use clerk::{Clerk, FileMark, Submission};
use council::Statutes;
use council::kinds::{self, BlobRef, CouncilFounded, Founder, RemarkMade, SuccessionRule};
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use store::sqlite::Sqlite;

use crate::failure::{Failure, cannot};

/// How many members write.
pub(crate) const MEMBERS: u32 = 50;
/// How many entries a batch has.
pub(crate) const BATCH: u64 = 1024;

/// The key of a member, the same each time: these books are thrown away.
fn secret(member: u32) -> SecretKey {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&member.to_be_bytes());
    SecretKey::from_seed(&seed)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Founds a book of [`MEMBERS`] founders in a new database.
pub(crate) fn found(db: &Path, policy: Vec<String>) -> Result<Clerk, Failure> {
    let clerk = secret(0);
    let numbers: Vec<u32> = (1..=MEMBERS).collect();
    let secrets: Vec<SecretKey> = numbers.iter().map(|number| secret(*number)).collect();
    let content = CouncilFounded {
        nonce: base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [9; 32]),
        rules: u64::from(council::RULES),
        name: "Banco de pruebas".into(),
        language: "es".into(),
        clerk: clerk.public().base64(),
        founders: numbers
            .iter()
            .zip(&secrets)
            .map(|(number, secret)| Founder {
                member: *number,
                key: secret.public().base64(),
                office: (*number == 1).then(|| "secretary".to_owned()),
            })
            .collect(),
        succession: SuccessionRule { among: numbers.clone(), needed: MEMBERS / 2 + 1 },
        policy,
        statutes: Statutes::of_template("neighbourhood", council::RULES),
    };
    let text = Text {
        book: None,
        kind: "council.founded".into(),
        by: By::Members(numbers.iter().map(|number| Signer::member(*number)).collect()),
        after: After { size: 0, root: empty_root() },
        content: kinds::write(&content),
    };
    let keys: Vec<&SecretKey> = secrets.iter().collect();
    let proposal = Proposal::sign(&text, &keys).map_err(|error| cannot(error.to_string()))?;
    let store = Sqlite::create(db).map_err(|error| cannot(error.to_string()))?;
    let mark = FileMark::at(db.with_extension("signed"));
    let submission = Submission::of(proposal.to_bytes());
    let founded = Clerk::found(Box::new(store), submission, clerk, &[], Box::new(mark), now());
    Ok(founded.map_err(|error| cannot(error.to_string()))?.0)
}

/// A remark of a few lines, signed.
pub(crate) fn remark(book: BookId, after: After, number: u64) -> Submission {
    let member = (number % u64::from(MEMBERS)) as u32 + 1;
    let content = RemarkMade {
        text: format!(
            "Consta en acta, con el número {number}: la fuente de la plaza lleva seca desde junio, y se pide al \
             ayuntamiento que la repare antes de la fiesta del barrio."
        ),
        blobs: None,
        body: None,
    };
    let text = Text {
        book: Some(book),
        kind: "remark.made".into(),
        by: By::Members(vec![Signer::member(member)]),
        after,
        content: kinds::write(&content),
    };
    let secret = secret(member);
    Submission::of(Proposal::sign(&text, &[&secret]).map(|proposal| proposal.to_bytes()).unwrap_or_default())
}

/// A remark with public attachments of `bytes` each, which are like nothing else.
pub(crate) fn attaching(book: BookId, after: After, number: u64, blobs: usize, bytes: usize) -> Submission {
    let blobs: Vec<Vec<u8>> = (0..blobs)
        .map(|at| {
            let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(number * 1000 + at as u64);
            let mut blob = vec![0; bytes];
            rng.fill_bytes(&mut blob);
            blob
        })
        .collect();
    let named = |blob: &Vec<u8>| BlobRef { sha256: Hash::of(blob).hex(), size: blob.len() as u64 };
    let content = RemarkMade {
        text: format!("Con planos, {number}"),
        blobs: Some(blobs.iter().map(named).collect()),
        body: None,
    };
    let text = Text {
        book: Some(book),
        kind: "remark.made".into(),
        by: By::Members(vec![Signer::member(1)]),
        after,
        content: kinds::write(&content),
    };
    let note = Proposal::sign(&text, &[&secret(1)]).map(|proposal| proposal.to_bytes()).unwrap_or_default();
    Submission { note, blobs, bodies: Vec::new() }
}

/// What was seen while a book grew.
pub(crate) struct Grown {
    /// Entries a second, of each tenth.
    pub(crate) rates: Vec<f64>,
}

/// Lets a book grow to `size` entries, signed on another thread and beforehand: only the clerk's work is measured.
pub(crate) fn grow(clerk: &mut Clerk, size: u64, hear: &mut dyn FnMut(u64)) -> Result<Grown, Failure> {
    let book = clerk.book();
    let head = clerk.checkpoint();
    let after = After { size: head.size, root: head.root };
    let from = head.size;
    let tenth = ((size - from) / 10).max(1);
    let (sender, batches) = mpsc::sync_channel::<Vec<Submission>>(8);
    let signer = thread::spawn(move || {
        let mut next = from;
        while next < size {
            let end = (next + BATCH).min(size);
            let batch = (next..end).map(|number| remark(book, after, number)).collect();
            if sender.send(batch).is_err() {
                return;
            }
            next = end;
        }
    });
    let mut grown = Grown { rates: Vec::new() };
    let (mut done, mut part, mut busy) = (0_u64, 0_u64, Duration::ZERO);
    for batch in batches {
        let began = Instant::now();
        let receipts = clerk.record(&batch, now());
        busy += began.elapsed();
        if let Some(Err(declined)) = receipts.iter().find(|receipt| receipt.is_err()) {
            return Err(cannot(declined.to_string()));
        }
        done += batch.len() as u64;
        part += batch.len() as u64;
        if part >= tenth || done == size - from {
            grown.rates.push(part as f64 / busy.as_secs_f64());
            (part, busy) = (0, Duration::ZERO);
        }
        hear(from + done);
    }
    signer.join().map_err(|_| cannot("the signing thread panicked"))?;
    clerk.snapshot(now()).map_err(|error| cannot(error.to_string()))?;
    Ok(grown)
}
