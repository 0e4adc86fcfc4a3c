//! `cargo xtask bench --only book`: what the minute book costs, each figure beside its target.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use book::entry::After;
use book::id::BookId;
use book::tile::{Tile, tiles};
use clerk::{Desk, Limits};

use crate::bench::{Cost, cost, cost_of};
use crate::bulk::{self, found, grow, now, remark};
use crate::failure::{Failure, cannot};
use crate::places;

/// The clock of a desk that is measured.
struct Clocks(Instant);

impl clerk::Clock for Clocks {
    fn utc(&mut self) -> u64 {
        now()
    }
    fn monotonic(&mut self) -> Duration {
        self.0.elapsed()
    }
    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// How often what depends on the disk is measured.
const RUNS: usize = 3;

/// A figure with its target, and whether it is met.
pub(crate) struct Figures {
    pub(crate) missed: Vec<String>,
}

impl Figures {
    pub(crate) fn line(&mut self, what: &str, figure: String, target: &str, met: bool) {
        println!("{what:58}{figure:>22}   {target}: {}", if met { "met" } else { "MISSED" });
        if !met {
            self.missed.push(what.to_owned());
        }
    }
}

pub(crate) fn run(cabildo: &Path, entries: u64, figures: &mut Figures) -> Result<(), Failure> {
    let io = |error: std::io::Error| cannot(error.to_string());
    let work = places::target().join("bench-book");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(io)?;
    println!("The minute book: SQLite on this disk, remarks of one member each, every signature verified\n");

    let mut clerk = found(&work.join("book.db"), Vec::new())?;
    let book = clerk.book();
    let grown = grow(&mut clerk, entries, &mut |_| {})?;
    let mean = entries as f64 / grown.rates.iter().map(|rate| entries as f64 / 10.0 / rate).sum::<f64>();
    figures.line(
        &format!("durable entries a second, batches of {}", bulk::BATCH),
        format!("{mean:.0}"),
        "at least 5,000",
        mean >= 5000.0,
    );
    // The middle of each half, so that one slow moment of a busy machine does not decide.
    let (first, last) =
        (middle(&grown.rates[..grown.rates.len() / 2]), middle(&grown.rates[grown.rates.len() / 2..]));
    figures.line(
        &format!("cost of an entry, second half of {entries} against the first"),
        format!("{:.2} ×", first / last),
        "at most 1.2 ×",
        first / last <= 1.2,
    );

    let single = single_writer(clerk, book, entries)?;
    figures.line(
        "one writer, one entry at a time: p99",
        format!("{:.1} ms (p50 {:.1})", single.1, single.0),
        "under 50 ms",
        single.1 < 50.0,
    );

    let bundle = work.join("book.tar");
    let db = work.join("book.db");
    cost(Command::new(cabildo).arg("bundle").arg("--db").arg(&db).arg(&bundle))?;
    let audited = cost(Command::new(cabildo).arg("audit").arg(&bundle))?;
    let wall = audited.wall.as_secs_f64();
    let allowed = 60.0 * entries as f64 / 1e6;
    figures.line(
        &format!("cold audit of a bundle of {entries} entries, wall"),
        format!("{wall:.1} s"),
        &format!("under {allowed:.0} s"),
        wall < allowed,
    );
    println!("    {:.1} µs of CPU an entry", audited.cpu.as_secs_f64() * 1e6 / entries as f64);
    let resident = audited.rss as f64 / 1e6;
    figures.line("    resident", format!("{resident:.0} MB"), "under 300 MB", resident < 300.0);

    mirroring("mirroring small entries: the copy", cabildo, &work, &bundle, figures)?;
    let attached = attachments(cabildo, &work)?;
    mirroring("mirroring attachments", cabildo, &work, &attached, figures)?;
    serving(cabildo, &db, book, entries, figures)?;
    let _ = fs::remove_dir_all(&work);
    Ok(())
}

fn middle(rates: &[f64]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

/// p50 and p99 in milliseconds.
fn single_writer(clerk: clerk::Clerk, book: BookId, from: u64) -> Result<(f64, f64), Failure> {
    let head = clerk.checkpoint();
    let after = After { size: head.size, root: head.root };
    let desk = Desk::start(clerk, Box::new(Clocks(Instant::now())), Limits::default())
        .map_err(|error| cannot(error.to_string()))?;
    let submissions: Vec<_> = (0..2000).map(|at| remark(book, after, from + at)).collect();
    let mut taken = Vec::with_capacity(submissions.len());
    for submission in submissions {
        let began = Instant::now();
        desk.submit(submission).map_err(|declined| cannot(declined.to_string()))?;
        taken.push(began.elapsed().as_secs_f64() * 1e3);
    }
    desk.stop();
    taken.sort_by(f64::total_cmp);
    Ok((taken[taken.len() / 2], taken[taken.len() * 99 / 100]))
}

/// What the disk takes: the bundle unpacked by tar, which looks at nothing, and made durable. The least of three runs.
fn disk(work: &Path, bundle: &Path) -> Result<Duration, Failure> {
    let io = |error: std::io::Error| cannot(error.to_string());
    let mut least = Duration::MAX;
    for run in 0..RUNS {
        let folder = work.join(format!("disk-{run}"));
        fs::create_dir_all(&folder).map_err(io)?;
        settle(work, bundle)?;
        let began = Instant::now();
        cost(Command::new("tar").arg("-xf").arg(bundle).arg("-C").arg(&folder))?;
        cost(Command::new("sync").arg("-f").arg(&folder))?;
        least = least.min(began.elapsed());
    }
    for run in 0..RUNS {
        fs::remove_dir_all(work.join(format!("disk-{run}"))).map_err(io)?;
    }
    Ok(least)
}

/// Waits until the disk has written what was left to it, and ext4 has forgotten what was removed: it is slow to make files for
/// some seconds after it removed many. Before that a copy is made and removed, so that its memory is at hand: a virtual machine
/// that is given fresh memory writes at a fraction of its speed.
fn settle(work: &Path, bundle: &Path) -> Result<(), Failure> {
    let io = |error: std::io::Error| cannot(error.to_string());
    let warm = work.join("warm");
    fs::copy(bundle, &warm).map_err(io)?;
    fs::remove_file(&warm).map_err(io)?;
    cost(&mut Command::new("sync"))?;
    std::thread::sleep(Duration::from_secs(6));
    Ok(())
}

/// A bundle of 512 MB of attachments.
fn attachments(cabildo: &Path, work: &Path) -> Result<PathBuf, Failure> {
    let db = work.join("attached.db");
    let mut clerk = found(&db, Vec::new())?;
    let (book, head) = (clerk.book(), clerk.checkpoint());
    let after = After { size: head.size, root: head.root };
    for number in 0..16 {
        let submission = bulk::attaching(book, after, number, 2, 16 << 20);
        if let Some(Err(declined)) = clerk.record(&[submission], now()).pop() {
            return Err(cannot(declined.to_string()));
        }
    }
    drop(clerk);
    let bundle = work.join("attached.tar");
    cost(Command::new(cabildo).arg("bundle").arg("--db").arg(&db).arg(&bundle))?;
    Ok(bundle)
}

/// One run of `cabildo mirror`.
struct Mirrored {
    /// When all was on the disk and held to the signed tree; what has few bundles is judged as it comes.
    copied: Option<Duration>,
    cost: Cost,
}

fn mirror(cabildo: &Path, work: &Path, bundle: &Path, copy: &Path) -> Result<Mirrored, Failure> {
    let io = |error: std::io::Error| cannot(error.to_string());
    settle(work, bundle)?;
    let began = Instant::now();
    let mut child = Command::new(cabildo)
        .arg("mirror")
        .arg(bundle)
        .arg(copy)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(io)?;
    let stderr = child.stderr.take();
    let lines = std::thread::spawn(move || {
        let lines = stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).lines());
        // To the end: a child must not write into a closed pipe.
        lines.map_while(Result::ok).fold(None, |seen, line| {
            seen.or_else(|| line.contains("are on this disk").then(|| began.elapsed()))
        })
    });
    let cost = cost_of(child, began).map_err(io)?.ok_or_else(|| cannot("cabildo mirror failed"))?;
    Ok(Mirrored { copied: lines.join().unwrap_or(None), cost })
}

/// How fast a bundle is copied, beside tar; the least of three runs of each.
fn mirroring(
    what: &str,
    cabildo: &Path,
    work: &Path,
    bundle: &Path,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let copy = |run: usize| work.join(format!("mirror-{run}"));
    let bytes = fs::metadata(bundle).map_err(|error| cannot(error.to_string()))?.len();
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    let disk = disk(work, bundle)?;
    let mut runs = Vec::new();
    for run in 0..RUNS {
        runs.push(mirror(cabildo, work, bundle, &copy(run))?);
    }
    let time = |run: &Mirrored| run.copied.unwrap_or(run.cost.wall);
    let least = runs.iter().map(time).min().unwrap_or(Duration::MAX);
    figures.line(
        what,
        format!("{:.0} MB/s", rate(least)),
        &format!("half of {:.0} MB/s (tar and sync)", rate(disk)),
        least <= disk * 2,
    );
    let judged = runs.iter().map(|run| run.cost.wall).min().unwrap_or(Duration::MAX);
    let Some(last) = runs.last() else { return Ok(()) };
    println!(
        "    on the disk after {:.2} s, every entry judged after {:.1} s ({:.1} MB/s), {:.1} s of CPU, {:.0} MB resident",
        least.as_secs_f64(),
        judged.as_secs_f64(),
        rate(judged),
        last.cost.cpu.as_secs_f64(),
        last.cost.rss as f64 / 1e6
    );
    // What is there is not copied again: looking at it costs little.
    let again = cost(Command::new(cabildo).arg("mirror").arg(bundle).arg(copy(0)))?;
    println!("    {:.2} s to see that nothing is new", again.wall.as_secs_f64());
    for run in 0..RUNS {
        fs::remove_dir_all(copy(run)).map_err(|error| cannot(error.to_string()))?;
    }
    Ok(())
}

/// A server that ends with this value.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serving(
    cabildo: &Path,
    db: &Path,
    book: BookId,
    entries: u64,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let io = |error: std::io::Error| cannot(error.to_string());
    let address: SocketAddr =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).map_err(io)?;
    let child = Command::new(cabildo)
        .arg("serve")
        .arg("--db")
        .arg(db)
        .arg("--listen")
        .arg(address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(io)?;
    let _serving = Serving(child);
    let paths: Vec<String> = tiles(entries)
        .filter(|tile| matches!(tile, Tile::Hashes { width: 256, .. }))
        .take(1000)
        .map(|tile| format!("/book/{book}/{}", tile.path()))
        .collect();
    let began = Instant::now();
    while server::load::fetch(address, &paths[..1], 1, 1).is_err() {
        if began.elapsed() > Duration::from_secs(120) {
            return Err(cannot("the server does not answer"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    server::load::fetch(address, &paths, 8, 1000).map_err(io)?;
    let began = Instant::now();
    let fetched = server::load::fetch(address, &paths, 8, 10_000).map_err(io)?;
    let rate = fetched.files as f64 / began.elapsed().as_secs_f64();
    figures.line(
        "tiles served a second, clients on the same two cores",
        format!("{rate:.0}"),
        "at least 10,000",
        rate >= 10_000.0,
    );
    Ok(())
}

/// Where a large book is made for strangers.
pub(crate) fn folder() -> PathBuf {
    places::target().join("strangers")
}
