//! `cargo xtask bench --only council`: what the rules cost on a book of a million mixed entries, signatures aside.
//!
//! Signatures are put aside openly: the entries are signed and verified beforehand, batch by batch, on all cores, and that is not
//! measured. What is measured is what one core does with them then. An entry's bytes are read once more without any key, which
//! verifies nothing, and that is measured on its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use book::hash::Hash;
use book::id::BookId;
use council::{Examined, KeyRing, State, Verdict, apply, decide};
use cpu_time::ThreadTime;

use crate::bench::high_water;
use crate::bench_book::Figures;
use crate::failure::{Failure, cannot};
use crate::places;
use crate::village::{Made, Village};

const BATCH: u64 = 256;
/// How often each question is asked.
const ASKED: usize = 2001;

fn io(error: std::io::Error) -> Failure {
    cannot(error.to_string())
}

/// More members than this have no table of their key's multiples.
const TABLES: usize = 2100;

/// What the fold of a book took, by kind: how often, and nanoseconds.
type Taken = BTreeMap<&'static str, (u64, u64)>;

pub(crate) fn run(entries: u64, figures: &mut Figures) -> Result<(), Failure> {
    println!(
        "The council: an invented book of mixed entries, each signed, verified beforehand and not measured\n"
    );
    let mut village = Village::new();
    let (mut state, founding) = village.found()?;
    let mut window = Vec::new();
    let mut taken = Taken::new();
    let (mut fold, mut read, mut voids) = (Duration::ZERO, Duration::ZERO, 0);
    let mut asked = Vec::new();
    let mut batch = vec![founding];
    while state.size() < entries {
        let began = ThreadTime::now();
        for made in &batch {
            let examined = Examined::new(&made.bytes, &KeyRing::default());
            assert!(examined.entry().is_some());
        }
        read += began.elapsed();
        let began = ThreadTime::now();
        for made in &batch {
            let began = Instant::now();
            let verdict = take(&mut state, made)?;
            let kind = taken.entry(made.kind).or_default();
            (kind.0, kind.1) = (kind.0 + 1, kind.1 + began.elapsed().as_nanos() as u64);
            voids += u64::from(matches!(verdict, Verdict::Void(_)));
        }
        fold += began.elapsed();
        window.extend(
            batch
                .iter()
                .map(|made| (made.examined.leaf(), made.examined.entry().map(|entry| entry.text_hash()))),
        );
        if asked.is_empty() && state.size() >= 1000 {
            asked.push((state.size(), ask(&mut village, &state)?));
        }
        batch = village.batch(&state, BATCH.min(entries.saturating_sub(state.size())).max(1))?;
    }
    asked.push((state.size(), ask(&mut village, &state)?));
    let size = state.size();
    let seconds = fold.as_secs_f64();
    let allowed = 10.0 * entries as f64 / 1e6;
    figures.line(
        &format!("replaying {size} entries, signatures aside, one core"),
        format!("{seconds:.2} s"),
        &format!("under {allowed:.1} s"),
        seconds < allowed,
    );
    println!(
        "    {:.2} s more to read and hash their bytes without verifying; {:.1} % of them are void",
        read.as_secs_f64(),
        100.0 * voids as f64 / size as f64
    );
    println!("    {:40}{:>12}{:>14}", "kind", "entries", "µs an entry");
    for (kind, (count, nanos)) in &taken {
        println!("    {kind:40}{count:>12}{:>14.1}", *nanos as f64 / 1e3 / *count as f64);
    }
    decisions(&asked, figures);
    start(&village, &state, &window, figures)
}

fn take(state: &mut State, made: &Made) -> Result<Verdict, Failure> {
    apply(state, &made.examined, &council::AllThere).map_err(|stop| cannot(stop.to_string()))
}

/// The median of `decide` by kind, in microseconds.
fn ask(village: &mut Village, state: &State) -> Result<Vec<(&'static str, f64)>, Failure> {
    let mut found = Vec::new();
    for draft in village.questions(state) {
        let candidate = village.candidate(state, &draft)?;
        let mut times = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let began = Instant::now();
            let decided = decide(state, &candidate, village.now, &council::AllThere);
            times.push(began.elapsed());
            if let Err(refusal) = decided {
                return Err(cannot(format!("{}: {refusal}", draft.kind)));
            }
        }
        times.sort_unstable();
        found.push((draft.kind, times[ASKED / 2].as_secs_f64() * 1e6));
    }
    Ok(found)
}

type Asked = (u64, Vec<(&'static str, f64)>);

fn decisions(asked: &[Asked], figures: &mut Figures) {
    let [(small, first), .., (large, last)] = asked else { return };
    println!(
        "\n    {:40}{:>12}{:>14}   `decide`, µs, median",
        "kind",
        format!("{small}"),
        format!("{large}")
    );
    let mut all = Vec::new();
    for (kind, time) in last {
        let before = first.iter().find(|(other, _)| other == kind).map_or(f64::NAN, |(_, time)| *time);
        println!("    {kind:40}{before:>12.1}{time:>14.1}");
        all.push(*time);
    }
    all.sort_by(f64::total_cmp);
    let (median, most) = (all[all.len() / 2], all[all.len() - 1]);
    figures.line(
        &format!("`decide` at {large} entries, the median of the kinds"),
        format!("{median:.1} µs (most {most:.1})"),
        "under 20 µs",
        median < 20.0,
    );
}

/// A start from a snapshot, in a process of its own.
fn start(
    village: &Village,
    state: &State,
    window: &[(Hash, Option<Hash>)],
    figures: &mut Figures,
) -> Result<(), Failure> {
    let work = places::target().join("bench-council");
    fs::create_dir_all(&work).map_err(io)?;
    let snapshot = state.to_snapshot();
    let first = State::snapshot_needs_from(&snapshot).map_err(|error| cannot(error.to_string()))?;
    let mut lines = format!("{} {}\n{first}\n", state.book(), state.digest());
    for (leaf, text) in &window[first as usize..] {
        lines += &format!("{leaf} {}\n", text.map_or("-".into(), |text| text.to_string()));
    }
    fs::write(work.join("snapshot"), &snapshot).map_err(io)?;
    fs::write(work.join("window"), lines).map_err(io)?;
    let remarks: Result<Vec<Vec<u8>>, Failure> = village.some_remarks(state, TABLES);
    fs::write(work.join("remarks"), remarks?.join(&0)).map_err(io)?;
    let program = std::env::current_exe().map_err(io)?;
    let output = Command::new(program).arg("bench").arg("--start").arg(&work).output().map_err(io)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    let (Some(seconds), Some(fresh), Some(used), Some(peak)) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next())
    else {
        return Err(cannot(format!("the start failed: {said} {}", String::from_utf8_lossy(&output.stderr))));
    };
    let members = state.on_roll();
    println!();
    figures.line(
        &format!("a start from a snapshot, {members} members"),
        format!("{seconds:.2} s"),
        "under 1 s",
        seconds < 1.0,
    );
    figures.line(
        &format!("resident, the state of {members} members"),
        format!("{used:.0} MB"),
        "under 200 MB",
        used < 200.0,
    );
    println!(
        "    {fresh:.0} MB before any member signs; the snapshot has {:.1} MB; {peak:.0} MB at most while it is read",
        snapshot.len() as f64 / 1e6
    );
    let _ = fs::remove_dir_all(&work);
    Ok(())
}

/// Bytes resident now.
fn resident() -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kilobytes = line.trim().strip_suffix(" kB").and_then(|number| number.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) * 1024.0 / 1e6
}

/// The other process: starts from the snapshot in this folder, and says seconds and megabytes.
pub(crate) fn measure_start(work: &Path) -> Result<(), Failure> {
    let unreadable = || cannot("the window has no form");
    let snapshot = fs::read(work.join("snapshot")).map_err(io)?;
    let lines = fs::read_to_string(work.join("window")).map_err(io)?;
    let mut lines = lines.lines();
    let (book, digest) = lines.next().and_then(|line| line.split_once(' ')).ok_or_else(unreadable)?;
    let book = BookId::parse(book).ok_or_else(unreadable)?;
    let digest = Hash::parse(digest).ok_or_else(unreadable)?;
    let first: u64 = lines.next().and_then(|line| line.parse().ok()).ok_or_else(unreadable)?;
    let window: Option<Vec<(Hash, Option<Hash>)>> = lines
        .map(|line| {
            let (leaf, text) = line.split_once(' ')?;
            Some((Hash::parse(leaf)?, Hash::parse(text)))
        })
        .collect();
    let window = window.ok_or_else(unreadable)?;
    let before = resident() - snapshot.len() as f64 / 1e6;
    let began = Instant::now();
    let state = State::from_snapshot(&snapshot, book, &digest, |number| {
        window.get(usize::try_from(number - first).ok()?).copied()
    })
    .map_err(|error| cannot(error.to_string()))?;
    let seconds = began.elapsed().as_secs_f64();
    drop(snapshot);
    let fresh = resident() - before;
    // Every member's key verifies something, and as many as get a table get it.
    for (_, member) in state.members() {
        assert!(!member.key.verify(b"", &[0; 64]));
    }
    let remarks = fs::read(work.join("remarks")).map_err(io)?;
    for remark in remarks.split(|byte| *byte == 0) {
        for _ in 0..8 {
            assert!(Examined::new(remark, &state.keys()).entry().is_some());
        }
    }
    drop(remarks);
    let used = resident() - before;
    let peak = high_water("/proc/self/status").unwrap_or(0) as f64 / 1e6;
    println!("{seconds} {fresh} {used} {peak}");
    Ok(())
}
