//! `cargo xtask bench`: our CPU time per item beside the peers', measured in one run on the same archives.
//!
//! CPU time is user + system of whole processes (`wait4`), the least of several runs. Where a figure is a difference of two
//! processes (with two shuffles, with one) start-up and everything else that they share drops out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ballot::archive::{EventType, Records};
use ballot::election::Election;
use ballot::group::Ed25519;
use ballot::json;
use ballot::shuffle::{Generators, MixInput, shuffle};
use ballot::sigma::Ciphertext;
use ballot::tally::{Row, Shaped};
use cpu_time::ProcessTime;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use wait4::Wait4;

use crate::failure::{Failure, cannot as fail, fails};
use crate::places;
use crate::{bench_book, bench_council};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also make and audit 100,000 and 300,000 ballots (some ten minutes and 2 GB of disk)
    #[arg(long)]
    large: bool,
    /// Measure only the ballot, only the minute book, or only the council's rules
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// How many entries the minute book has, and the council's
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// What a start from the snapshot in this folder costs: for the program itself
    #[arg(long, hide = true)]
    start: Option<PathBuf>,
    /// Exit 1 where a target is missed
    #[arg(long)]
    check: bool,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Ballot,
    Book,
    Council,
}

/// What a process cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// Bytes resident at most.
    pub(crate) rss: u64,
}

struct Bench {
    cabildo: PathBuf,
    work: PathBuf,
    missed: Vec<String>,
}

/// Runs a command once, quietly.
pub(crate) fn cost(command: &mut Command) -> Result<Cost, Failure> {
    let began = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| fail(format!("{command:?}: {error}")))?;
    let cost = cost_of(child, began).map_err(|error| fail(format!("{command:?}: {error}")))?;
    cost.ok_or_else(|| fail(format!("{command:?}: it failed")))
}

/// Waits for a child; nothing where it failed. The `ru_maxrss` of a child is at least that of the process that started it
/// (Linux carries it through `exec`), so the child's own high-water mark is read while it lives.
pub(crate) fn cost_of(mut child: Child, began: Instant) -> std::io::Result<Option<Cost>> {
    let status = format!("/proc/{}/status", child.id());
    let watched = std::thread::spawn(move || {
        let mut most = None;
        while let Some(rss) = high_water(&status) {
            most = Some(rss);
            std::thread::sleep(Duration::from_millis(5));
        }
        most
    });
    let ended = child.wait4()?;
    let wall = began.elapsed();
    let watched = watched.join().ok().flatten();
    let usage = ended.rusage;
    let cost = Cost { cpu: usage.utime + usage.stime, wall, rss: watched.unwrap_or(usage.maxrss) };
    Ok(ended.status.success().then_some(cost))
}

/// The bytes resident at most so far, as `/proc/<pid>/status` says; nothing once the process has ended.
pub(crate) fn high_water(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// The least CPU and wall time of several runs.
fn least(runs: usize, mut command: impl FnMut() -> Command) -> Result<Cost, Failure> {
    let mut best: Option<Cost> = None;
    for _ in 0..runs {
        let cost = cost(&mut command())?;
        best = Some(best.map_or(cost, |best| Cost {
            cpu: best.cpu.min(cost.cpu),
            wall: best.wall.min(cost.wall),
            rss: best.rss.max(cost.rss),
        }));
    }
    best.ok_or_else(|| fail("nothing was measured"))
}

fn micros(duration: Duration, items: usize) -> f64 {
    duration.as_secs_f64() * 1e6 / items as f64
}

impl Bench {
    /// Holds a rehearsal of `ballots` invented ballots; the folder with the archive, and the archive.
    fn rehearse(
        &self,
        name: &str,
        ballots: usize,
        method: &str,
        more: &[&str],
    ) -> Result<(PathBuf, PathBuf), Failure> {
        let file = self.work.join(format!("{name}.blt"));
        let mut text = String::from("5 1\n");
        for i in 0..ballots {
            let first = i % 5 + 1;
            let second = (i / 5 + i) % 5 + 1;
            text.push_str(&if first == second {
                format!("1 {first} 0\n")
            } else {
                format!("1 {first} {second} 0\n")
            });
        }
        text.push_str("0\n\"Ana\"\n\"Bea\"\n\"Caro\"\n\"Dani\"\n\"Elsa\"\n\"Bench\"\n");
        fs::write(&file, text).map_err(|error| fail(format!("{}: {error}", file.display())))?;
        let out = self.work.join(name);
        let _ = fs::remove_dir_all(&out);
        let mut command = Command::new(&self.cabildo);
        command
            .arg("rehearse")
            .arg(&file)
            .args(["--method", method, "--trustees", "2"])
            .args(more)
            .arg("--out")
            .arg(&out);
        cost(&mut command)?;
        let entries = fs::read_dir(&out).map_err(|error| fail(format!("{}: {error}", out.display())))?;
        let archive = entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|e| e == "bel"));
        Ok((out, archive.ok_or_else(|| fail("the rehearsal left no archive"))?))
    }

    fn audit(&self, archive: &Path, threads: usize) -> Command {
        let mut command = Command::new(&self.cabildo);
        command.arg("audit").arg(archive).env("RAYON_NUM_THREADS", threads.to_string());
        command
    }

    fn row(&mut self, what: &str, ours: f64, peer: Option<f64>, target: f64) {
        let Some(peer) = peer else {
            println!("{what:44}{ours:>12.1} µs{:>15}", "no peer here");
            return;
        };
        let ratio = peer / ours;
        let verdict = if ratio >= target { "met" } else { "MISSED" };
        println!("{what:44}{ours:>12.1} µs{peer:>12.1} µs{ratio:>8.1}×   at least {target}×: {verdict}");
        if ratio < target {
            self.missed.push(what.to_owned());
        }
    }

    fn limit(&mut self, what: &str, value: f64, unit: &str, limit: f64) {
        let verdict = if value <= limit { "met" } else { "MISSED" };
        println!("{what:44}{value:>12.3} {unit:27}   at most {limit} {unit}: {verdict}");
        if value > limit {
            self.missed.push(what.to_owned());
        }
    }
}

fn peer(root: &Path, folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(root.join("tools/belenios"));
    command.arg("3.0").args(args).current_dir(folder);
    command
}

/// The election and the ranked question's ciphertexts of an archive that we made.
fn mix_input(archive: &Path) -> Result<(Election<Ed25519>, Vec<Ciphertext<Ed25519>>), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| fail(format!("{}: {error}", archive.display()));
    let file = fs::File::open(archive).map_err(|error| unreadable(&error))?;
    let mut records = Records::open(std::io::BufReader::new(file)).map_err(|error| unreadable(&error))?;
    let mut election = None;
    while let Some(record) = records.next_record().map_err(|error| unreadable(&error))? {
        match record.event.r#type {
            EventType::Setup => {
                election = Some(
                    Election::<Ed25519>::parse(&record.payloads[0].bytes)
                        .map_err(|error| unreadable(&error))?,
                );
            }
            EventType::EncryptedTally => {
                let tally: Shaped<Ciphertext<Ed25519>> =
                    json::parse(&record.payloads[0].bytes).map_err(|error| unreadable(&error))?;
                let row = match tally.0.into_iter().next() {
                    Some(Row::Flat(row)) => row,
                    _ => return Err(fail("the archive has no ranked question")),
                };
                return Ok((election.ok_or_else(|| fail("no Setup"))?, row));
            }
            _ => {}
        }
    }
    Err(fail("the archive has no tally"))
}

/// CPU time to make one shuffle, on one core, in this process.
fn make_shuffle(archive: &Path) -> Result<Duration, Failure> {
    let (election, row) = mix_input(archive)?;
    let mut best = Duration::MAX;
    for run in 0..3 {
        let input = MixInput::check("encrypted-tally", vec![row.clone()], &[run; 32])
            .map_err(|error| fail(error.to_string()))?;
        // The mixer audited the archive before, which shows the ciphertexts' membership; the peer does neither here.
        let began = ProcessTime::now();
        let mut generators = Generators::new();
        let mut rng = ChaCha20Rng::from_seed([run; 32]);
        let made = shuffle(&election, &mut generators, &input, b"", &mut rng)
            .map_err(|error| fail(error.to_string()))?;
        let text = json::to_string(&made);
        best = best.min(began.elapsed());
        assert!(!text.is_empty());
    }
    Ok(best)
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(work) = &args.start {
        return bench_council::measure_start(work);
    }
    let mut missed = Vec::new();
    let asks = |part: Part| args.only.is_none_or(|only| only == part);
    if asks(Part::Ballot) || asks(Part::Book) {
        let root = places::workspace();
        let cabildo = build(&root)?;
        if asks(Part::Ballot) {
            missed.extend(ballots(args, &root, &cabildo)?);
            println!();
        }
        if asks(Part::Book) {
            let mut figures = bench_book::Figures { missed: Vec::new() };
            bench_book::run(&cabildo, args.entries, &mut figures)?;
            missed.extend(figures.missed);
            println!();
        }
    }
    if asks(Part::Council) {
        let mut figures = bench_book::Figures { missed: Vec::new() };
        bench_council::run(args.entries, &mut figures)?;
        missed.extend(figures.missed);
    }
    if missed.is_empty() {
        println!("\nEvery target is met.");
        return Ok(());
    }
    println!("\nMissed: {}", missed.join("; "));
    if args.check { Err(fails(format!("missed: {}", missed.join("; ")))) } else { Ok(()) }
}

/// The secret ballot's figures; the targets that were missed.
fn ballots(args: &Args, root: &Path, cabildo: &Path) -> Result<Vec<String>, Failure> {
    let work = places::target().join("bench");
    fs::create_dir_all(&work).map_err(|error| fail(format!("{}: {error}", work.display())))?;
    let mut bench = Bench { cabildo: cabildo.to_owned(), work, missed: Vec::new() };
    let has_peer = cost(&mut peer(root, root, &["--version"])).is_ok();
    if !has_peer {
        println!("tools/belenios cannot run here: our figures stand alone");
    }
    const N: usize = 1000;
    println!(
        "Ed25519, 1 question, 5 choices, {N} ballots, 2 trustees; CPU time per ballot (user + system)\n"
    );
    println!("{:44}{:>15}{:>15}{:>9}", "", "Cabildo", "belenios 3.0", "ratio");

    let (folder, chosen) = bench.rehearse("chosen", N, "plurality", &[])?;
    let ours = least(5, || bench.audit(&chosen, 2))?;
    let theirs =
        if has_peer { Some(least(2, || peer(root, &folder, &["election", "verify"]))?) } else { None };
    bench.row(
        "verify a homomorphic ballot (whole audit)",
        micros(ours.cpu, N),
        theirs.map(|cost| micros(cost.cpu, N)),
        8.0,
    );

    let (one_folder, one) = bench.rehearse("one-shuffle", N, "schulze", &["--shuffles", "1"])?;
    let (two_folder, two) = bench.rehearse("two-shuffles", N, "schulze", &["--shuffles", "2"])?;
    let difference = |a: Cost, b: Cost| b.cpu.saturating_sub(a.cpu);
    let ours = difference(least(7, || bench.audit(&one, 2))?, least(7, || bench.audit(&two, 2))?);
    let theirs = if has_peer {
        let one = least(2, || peer(root, &one_folder, &["election", "verify"]))?;
        let two = least(2, || peer(root, &two_folder, &["election", "verify"]))?;
        Some(micros(difference(one, two), N))
    } else {
        None
    };
    bench.row("verify a shuffle, per ballot and mixer", micros(ours, N), theirs, 10.0);

    // The peer mixes for the archive as it stands after the tally; a smaller one takes start-up out of its figure.
    const FEW: usize = 100;
    let (_, few) = bench.rehearse("few", FEW, "schulze", &["--shuffles", "1"])?;
    let theirs = if has_peer {
        let many = shuffle_folder(&bench.work, &one, "mix-many")?;
        let few = shuffle_folder(&bench.work, &few, "mix-few")?;
        let many = least(2, || peer(root, &many, &["election", "shuffle", "--trustee-id", "1"]))?;
        let few = least(2, || peer(root, &few, &["election", "shuffle", "--trustee-id", "1"]))?;
        Some(micros(difference(few, many), N - FEW))
    } else {
        None
    };
    bench.row("make a shuffle, per ballot and mixer", micros(make_shuffle(&one)?, N), theirs, 10.0);

    println!("\nWall time on one core and on two");
    let (_, more) = bench.rehearse("more", 4000, "plurality", &[])?;
    for (what, archive) in
        [("audit of 4,000 homomorphic ballots", &more), ("audit of 1,000 ranked ballots, two shuffles", &two)]
    {
        let (single, double) = (least(3, || bench.audit(archive, 1))?, least(3, || bench.audit(archive, 2))?);
        let (single, double) = (single.wall.as_secs_f64(), double.wall.as_secs_f64());
        println!("{what:44}{single:>10.2} s {double:>10.2} s{:>9.2}×", single / double);
    }

    count(&mut bench, root)?;
    if args.large {
        large(&mut bench)?;
    }
    Ok(bench.missed)
}

/// The release build of the program that is measured.
pub(crate) fn build(root: &Path) -> Result<PathBuf, Failure> {
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--package", "cabildo"])
        .current_dir(root)
        .status()
        .map_err(|error| fail(format!("cargo: {error}")))?;
    if !status.success() {
        return Err(fail("the release build failed"));
    }
    Ok(places::target().join("release/cabildo"))
}

/// A folder whose archive ends at the encrypted tally.
fn shuffle_folder(work: &Path, archive: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = work.join(name);
    let _ = fs::remove_dir_all(&folder);
    let failed = |error: std::io::Error| fail(format!("{}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(failed)?;
    let bytes = fs::read(archive).map_err(failed)?;
    let mut records = Records::open(bytes.as_slice()).map_err(|error| fail(error.to_string()))?;
    while let Some(record) = records.next_record().map_err(|error| fail(error.to_string()))? {
        if record.event.r#type == EventType::EncryptedTally {
            break;
        }
    }
    let end = usize::try_from(records.offset()).map_err(|error| fail(error.to_string()))?;
    let file = archive.file_name().ok_or_else(|| fail("no file name"))?;
    fs::write(folder.join(file), &bytes[..end]).map_err(failed)?;
    Ok(folder)
}

/// Counting Dublin North 2002, beside stv-rs.
fn count(bench: &mut Bench, root: &Path) -> Result<(), Failure> {
    let data = std::env::var_os("CABILDO_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let file = data.join("ballots/dublin_north_2002.blt");
    println!("\nCounting Dublin North 2002 (43,942 ballots, 4 seats), the whole process");
    if !file.exists() {
        println!("left out: {} is not there (set CABILDO_DATA)", file.display());
        return Ok(());
    }
    for method in ["scottish-stv", "wigm-stv", "meek-stv", "schulze"] {
        let cost = least(5, || {
            let mut command = Command::new(&bench.cabildo);
            command.arg("count").arg(&file).args(["--method", method, "--json"]);
            command
        })?;
        bench.limit(&format!("cabildo count --method {method}"), cost.wall.as_secs_f64(), "s", 0.1);
    }
    let tools = bench.work.join("tools");
    let stv = tools.join("bin/stv-rs");
    if !stv.exists() {
        let mut install = Command::new("cargo");
        install
            .args(["install", "--quiet", "--locked", "stv-rs", "--version", "0.5.1", "--root"])
            .arg(&tools);
        install.env("CARGO_TARGET_DIR", tools.join("target"));
        if cost(&mut install).is_err() {
            println!("stv-rs cannot be installed here: our figures stand alone");
            return Ok(());
        }
    }
    let named = with_nicknames(&file, &bench.work.join("dublin_north_2002.nick.blt"))?;
    for arithmetic in ["fixed9", "bigfixed9"] {
        let cost = least(3, || {
            let mut command = Command::new(&stv);
            command.args(["--arithmetic", arithmetic, "--input"]).arg(&named).args([
                "meek",
                "--parallel",
                "no",
            ]);
            command
        })?;
        println!(
            "{:44}{:>12.3} s",
            format!("stv-rs 0.5.1 --arithmetic {arithmetic} meek"),
            cost.wall.as_secs_f64()
        );
    }
    Ok(())
}

/// stv-rs reads ballots only by nicknames: here each candidate's is a letter.
fn with_nicknames(file: &Path, named: &Path) -> Result<PathBuf, Failure> {
    let text = fs::read_to_string(file).map_err(|error| fail(format!("{}: {error}", file.display())))?;
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    let candidates: u8 =
        head.split(' ').next().and_then(|n| n.parse().ok()).ok_or_else(|| fail("no candidates"))?;
    let letter = |number: u8| char::from(b'a' + number - 1).to_string();
    let mut out = format!("{head}\n[nick {}]\n", (1..=candidates).map(letter).collect::<Vec<_>>().join(" "));
    let mut ballots = true;
    for line in lines {
        ballots &= line != "0";
        match line.split_once(' ').filter(|_| ballots) {
            Some((count, order)) => {
                let names = order
                    .split(' ')
                    .filter_map(|n| n.parse().ok())
                    .map(|n: u8| if n == 0 { "0".into() } else { letter(n) });
                out.push_str(&format!("{count} {}\n", names.collect::<Vec<_>>().join(" ")));
            }
            None => out.push_str(&format!("{line}\n")),
        }
    }
    fs::write(named, out).map_err(|error| fail(format!("{}: {error}", named.display())))?;
    Ok(named.to_owned())
}

/// 100,000 and 300,000 homomorphic ballots: time and memory of the audit.
fn large(bench: &mut Bench) -> Result<(), Failure> {
    println!("\nAudit of large elections (choose one of five)");
    let mut costs = Vec::new();
    for ballots in [100_000, 300_000] {
        let (folder, archive) = bench.rehearse(&format!("large-{ballots}"), ballots, "plurality", &[])?;
        let cost = cost(&mut bench.audit(&archive, 2))?;
        println!(
            "{ballots:>9} ballots: {:>8.1} s wall, {:>8.1} s CPU, {:>7.1} µs a ballot, {:>6.1} MB resident",
            cost.wall.as_secs_f64(),
            cost.cpu.as_secs_f64(),
            micros(cost.cpu, ballots),
            cost.rss as f64 / 1e6
        );
        let _ = fs::remove_dir_all(&folder);
        costs.push(cost);
    }
    let (small, big) = (costs[0], costs[1]);
    bench.limit(
        "CPU per ballot, 300,000 against 100,000",
        micros(big.cpu, 300_000) / micros(small.cpu, 100_000),
        "×",
        1.1,
    );
    bench.limit("resident memory at 300,000", big.rss as f64 / 1e6, "MB", 512.0);
    bench.limit("growth per ballot", big.rss.saturating_sub(small.rss) as f64 / 200_000.0, "bytes", 200.0);
    Ok(())
}
