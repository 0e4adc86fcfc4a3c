//! `cabildo export`: what a council is, for other people's programs; an election's ballots; one member's record.

use audit::Replay;
use book::entry::Entry;
use book::files::PublicFiles;
use book::hash::Hash;
use book::tile::{Tile, WIDTH, decode_entries};
use clap::{Args as ClapArgs, ValueEnum};
use council::elections::outcome;
use council::export;
use count::formats;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use report::printable;

use super::election::{Held, blob};
use super::state::{Book, Which};
use crate::edge;
use crate::failure::Failure;

/// A blob has at most so many bytes.
const BLOB_LIMIT: usize = 64 << 20;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The council, its seats and who holds them, as Popolo JSON
    Popolo,
    /// The roll as a table: CSV
    Roll,
    /// The offices as a table: CSV
    Offices,
    /// The deadlines as a calendar: iCalendar
    Ical,
    /// The decrypted ballots of an --election, as BLT
    Blt,
    /// The decrypted ballots of an --election, as PrefLib: soi or toi for rankings, cat for approvals on paper
    Preflib,
    /// Everything in the book that concerns one --member
    Record,
}

#[derive(ClapArgs)]
pub struct Args {
    /// What for
    #[arg(value_enum)]
    format: Format,
    #[command(flatten)]
    which: Which,
    /// The election: its uuid, or the number of the entry that called it (blt, preflib)
    #[arg(long, value_name = "UUID|N")]
    election: Option<String>,
    /// The member's number (record)
    #[arg(long, value_name = "N")]
    member: Option<u32>,
    /// Print one JSON object (record)
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let is_ballots = matches!(args.format, Format::Blt | Format::Preflib);
    let is_record = args.format == Format::Record;
    if args.election.is_some() != is_ballots {
        return Err(Failure::usage("--election belongs to blt and preflib, and they need it"));
    }
    if args.member.is_some() != is_record || args.json && !is_record {
        return Err(Failure::usage("--member belongs to record, which needs it; so does --json"));
    }
    let now = edge::now()?;
    let mut book = args.which.read(false)?;
    match (args.format, &args.election, args.member) {
        (Format::Popolo, ..) => say!("{}", export::popolo(&book.state, now)),
        (Format::Roll, ..) => put!("{}", export::roll(&book.state, now)),
        (Format::Offices, ..) => put!("{}", export::offices(&book.state, now)),
        (Format::Ical, ..) => put!("{}", export::icalendar(&book.state)),
        (Format::Blt | Format::Preflib, Some(election), _) => {
            ballots(args.format, Held::of(book, election)?)?
        }
        (Format::Record, _, Some(member)) => {
            let record = record(&mut book, member, now)?;
            if args.json {
                let mut object =
                    serde_json::to_value(&record).map_err(|error| Failure::usage(error.to_string()))?;
                if let Some(fields) = object.as_object_mut() {
                    fields.insert("book".into(), book.state.book().to_string().into());
                }
                // `ok` stands first.
                let rest = object.to_string();
                say!("{{\"ok\":true,{}", rest.strip_prefix('{').unwrap_or(&rest));
            } else {
                let text = record.to_text();
                for line in text.lines() {
                    say!("{}", printable(line.to_owned()));
                }
            }
        }
        _ => return Err(Failure::usage("name an --election or a --member")),
    }
    Ok(())
}

fn ballots(format: Format, mut held: Held) -> Result<(), Failure> {
    let files = held.book.files.as_mut();
    let profile = outcome::ballots(&held.election, &mut |of| blob(files, of));
    let profile = profile
        .map_err(|reason| held.about(reason))?
        .ok_or_else(|| held.about("it has no result yet, and so no ballots that anybody could read"))?;
    if !outcome::has_ballots(&held.election) {
        edge::warn(&format!(
            "the election of entry {}: its ballots were added up under encryption, and none was ever decrypted: there are no ballots to export, only their totals (CSV)",
            held.number
        ));
        put!("{}", export::totals(&profile));
        return Ok(());
    }
    let text = match format {
        Format::Blt => formats::write_blt(&profile),
        _ => formats::write_preflib(&profile).map(|(text, _)| text),
    };
    put!("{}", text.map_err(|error| held.about(error))?);
    Ok(())
}

/// A book's blobs, as its files have them.
struct Blobs<'a> {
    files: &'a mut dyn PublicFiles,
    rng: &'a mut ChaCha20Rng,
}

impl audit::Blobs for Blobs<'_> {
    fn has(&mut self, hash: &Hash, size: u64) -> bool {
        self.read(hash, size).is_some()
    }

    fn read(&mut self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        let bytes = self.files.read(&format!("blob/{}", hash.hex()), BLOB_LIMIT).ok().flatten()?;
        (bytes.len() as u64 == size && Hash::of(&bytes) == *hash).then_some(bytes)
    }

    fn fresh(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}

/// Reads the book again, entry by entry, for one member.
fn record(book: &mut Book, member: u32, now: u64) -> Result<export::Record, Failure> {
    let Book { state, files, name } = book;
    let size = state.size();
    let mut replay = Replay::new(state.book());
    let mut rng = edge::rng()?;
    let mut recorder = export::Recorder::new(member);
    let failed = |cause: String| Failure::usage(format!("{name}: {cause}"));
    for index in 0..size.div_ceil(WIDTH) {
        let tile = Tile::entries(index, size).ok_or_else(|| failed("an entry is missing".into()))?;
        let bundle = files.read(&tile.path(), tile.max_bytes()).map_err(|error| failed(error.to_string()))?;
        let bundle = bundle.ok_or_else(|| failed(format!("{} is missing", tile.path())))?;
        let entries = decode_entries(&bundle, tile.width()).map_err(|error| failed(error.to_string()))?;
        for (number, bytes) in (index * WIDTH..).zip(entries) {
            let before = replay.state().voids();
            replay
                .push(&[bytes], &mut Blobs { files: files.as_mut(), rng: &mut rng }, |_, _| {})
                .map_err(|stopped| failed(format!("entry {number}: {}", stopped.stop)))?;
            let is_void = replay.state().voids() > before;
            let said = replay.voids().last().filter(|void| void.entry == number);
            let void = is_void
                .then(|| said.map_or("its reason is not kept".into(), |void| void.refusal.to_string()));
            recorder.take(number, Entry::parse(bytes).ok().as_ref(), void, replay.state());
        }
    }
    Ok(recorder.finish(state, now))
}
