//! `cabildo rehearse`: the whole election, held with a file of real ballots.

use std::fs;
use std::path::{Path, PathBuf};

use ballot::group::GroupName;
use clap::Args as ClapArgs;
use contest::Contest;
use count::{Lot, Profile};

use super::count::{lot, method, read_profile, seats, winners};
use crate::commands::audit::audit_file;
use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;
use crate::rehearsal::{self, Plan};
use crate::verdict;

/// The most trustees of a rehearsal.
const MAX_TRUSTEES: usize = 100;
/// The most ballots of a rehearsal: each is encrypted for itself.
const MAX_BALLOTS: u64 = 10_000_000;

#[derive(ClapArgs)]
pub struct Args {
    /// A file of ballots: .blt, PrefLib .soi .soc .toi .toc .cat, graded .csv
    ballots: PathBuf,
    /// plurality approval irv scottish-stv wigm-stv meek-stv schulze majority-judgment
    #[arg(long)]
    method: String,
    /// Seats to fill; the file's number where it has one, else 1
    #[arg(long)]
    seats: Option<usize>,
    /// Ed25519 or BELENIOS-2048 (choosing and approving only)
    #[arg(long, default_value = "Ed25519")]
    group: String,
    /// How many trustees hold the key
    #[arg(long, default_value_t = 3)]
    trustees: usize,
    /// How many of them decrypt together; all, each with a key of its own, where it is left out
    #[arg(long)]
    threshold: Option<usize>,
    /// Trustees with a mandatory key each, before the others
    #[arg(long, value_name = "N", default_value_t = 0)]
    single: usize,
    /// How many trustees mix ranked or graded votes
    #[arg(long, value_name = "N", default_value_t = 1)]
    shuffles: usize,
    /// One positive integer a line: the ballots' weights, in their order (choosing and approving only)
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// A blank vote is an answer of its own
    #[arg(long)]
    blank: bool,
    /// The order in which names were drawn, where a tie needs a lot
    #[arg(long, value_name = "NAME,…")]
    lot: Option<String>,
    /// The folder for <uuid>.bel, <uuid>.strong.json, report.json and result.json
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What was asked, found to be in order.
struct Request {
    profile: Profile,
    lot: Lot,
    plan: Plan,
    group: GroupName,
}

fn check(args: &Args) -> Result<Request, Failure> {
    let method = method(&args.method)?;
    let group = match GroupName::from_name(&args.group) {
        Some(GroupName::Rfc3526) => {
            return Err(Failure::usage(
                "--group RFC-3526-2048: elections are audited in it, not made; use Ed25519",
            ));
        }
        Some(group) => group,
        None => {
            return Err(Failure::usage(format!(
                "--group {}: the groups are Ed25519 and BELENIOS-2048",
                args.group
            )));
        }
    };
    let profile = read_profile(&args.ballots)?;
    let about = |cause: String| Failure::file(&args.ballots, cause);
    let seats = seats(args.seats, &profile);
    let lot = lot(args.lot.as_deref(), &profile)?;
    let contest =
        Contest::new(method, &profile, seats, args.blank).map_err(|error| about(error.to_string()))?;

    let threshold = args.threshold.filter(|threshold| *threshold != args.trustees);
    if args.trustees == 0 || args.trustees + args.single > MAX_TRUSTEES {
        return Err(Failure::usage(format!(
            "--trustees {}: from 1 to {MAX_TRUSTEES} trustees, --single included",
            args.trustees
        )));
    }
    if threshold.is_some_and(|threshold| threshold == 0 || threshold > args.trustees) {
        let threshold = threshold.unwrap_or_default();
        return Err(Failure::usage(format!(
            "--threshold {threshold}: it is not between 1 and the {} trustees",
            args.trustees
        )));
    }
    if args.shuffles > args.trustees + args.single {
        return Err(Failure::usage(format!(
            "--shuffles {}: there are {} trustees, and none mixes twice",
            args.shuffles,
            args.trustees + args.single
        )));
    }
    if contest.is_mixed() {
        if group != GroupName::Ed25519 {
            return Err(Failure::usage(format!(
                "--group {}: it cannot hold ranked or graded votes; use Ed25519",
                args.group
            )));
        }
        if args.shuffles == 0 {
            return Err(Failure::usage(
                "--shuffles 0: ranked and graded votes are mixed at least once before they are opened",
            ));
        }
        if args.weights.is_some() {
            return Err(Failure::usage(
                "--weights: ranked and graded ballots have weight 1; choose or approve instead",
            ));
        }
    }

    let ballots = profile.ballots();
    if ballots > MAX_BALLOTS {
        return Err(about(format!("{ballots} ballots, and a rehearsal encrypts at most {MAX_BALLOTS}")));
    }
    let mut votes = Vec::new();
    for (place, group) in (1..).zip(&profile.groups) {
        let plain = contest.plain(&group.vote, place).map_err(|error| about(error.to_string()))?;
        votes.extend(std::iter::repeat_n(plain, usize::try_from(group.count).unwrap_or(0)));
    }
    let weights = match &args.weights {
        None => vec![1; votes.len()],
        Some(path) => read_weights(path, votes.len())?,
    };
    let shuffles = if contest.is_mixed() { args.shuffles } else { 0 };
    let plan =
        Plan { contest, votes, weights, single: args.single, trustees: args.trustees, threshold, shuffles };
    Ok(Request { profile, lot, plan, group })
}

/// One positive integer a line, one line a ballot.
fn read_weights(path: &Path, ballots: usize) -> Result<Vec<u64>, Failure> {
    let text = if ballots == 0 { Vec::new() } else { edge::read(path)? };
    let text = String::from_utf8(text).map_err(|_| Failure::file(path, "it is not text"))?;
    let mut weights = Vec::with_capacity(ballots);
    let mut total: u64 = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let weight = line.trim().parse::<u64>().ok().filter(|weight| (1..=1 << 40).contains(weight));
        let weight = weight.ok_or_else(|| {
            Failure::file(path, format!("line {number}: {:?} is no weight, a whole number from 1", line))
        })?;
        total = total.saturating_add(weight);
        if total > 100_000_000_000 {
            return Err(Failure::file(
                path,
                format!("line {number}: the weights add up to more than 100,000,000,000"),
            ));
        }
        weights.push(weight);
    }
    if weights.len() != ballots {
        return Err(Failure::file(
            path,
            format!("it has {} weights, and there are {ballots} ballots", weights.len()),
        ));
    }
    Ok(weights)
}

/// A folder in which nothing stands yet that we would write.
fn prepare(out: &Path) -> Result<(), Failure> {
    fs::create_dir_all(out).map_err(|error| Failure::file(out, edge::cause(&error)))?;
    let entries = fs::read_dir(out).map_err(|error| Failure::file(out, edge::cause(&error)))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let ours = ["report.json", "result.json"]
            .iter()
            .any(|name| path.file_name().is_some_and(|file| file == *name));
        if ours || path.extension().is_some_and(|extension| extension == "bel") {
            return Err(Failure::file(
                out,
                "an archive or a report stands in it already; name an empty folder",
            ));
        }
    }
    Ok(())
}

pub fn run(args: Args) -> Result<(), Failure> {
    let Request { profile, lot, plan, group } = check(&args)?;
    // A plain count first: what it refuses must not be found out after an hour of encrypting.
    let method = plan.contest.method();
    method
        .count(&profile, plan.contest.seats(), &lot)
        .map_err(|error| Failure::file(&args.ballots, error))?;
    prepare(&args.out)?;
    let work = tempfile::Builder::new()
        .prefix(".rehearsal-")
        .tempdir_in(&args.out)
        .map_err(|error| Failure::file(&args.out, edge::cause(&error)))?;

    // Interrupted, it leaves nothing behind.
    let unfinished = work.path().to_owned();
    let _ = ctrlc::set_handler(move || {
        let _ = fs::remove_dir_all(&unfinished);
        std::process::exit(130);
    });

    let mut steps = Steps::new(false);
    let held = ballot::with_group!(group, G => rehearsal::hold::<G>(&plan, work.path(), &mut steps))?;
    let audit = audit_file(&held.archive, false, &mut steps)?;
    let result = audit.result.as_ref().and_then(|result| result.result.first());

    let step = steps.begin("count", 1);
    let outcome = match result {
        Some(result) if audit.report.holds() => {
            let decrypted = plan.contest.profile(result, audit.total_weight);
            let decrypted = decrypted.map_err(|error| Failure::usage(format!("internal error: {error}")))?;
            let outcome = method.count(&decrypted, plan.contest.seats(), &lot);
            Some((outcome.map_err(|error| Failure::file(&args.ballots, error))?, decrypted))
        }
        _ => None,
    };
    step.end();

    let write = |name: &str, bytes: &[u8]| edge::write(&work.path().join(name), bytes);
    write("report.json", format!("{}\n", verdict::to_json(&audit)).as_bytes())?;
    let Some((outcome, decrypted)) = outcome else {
        // Never seen: what we make we accept. The report is printed and the folder left empty.
        put!("{}", verdict::to_text(&audit));
        return Err(Failure::Fails);
    };
    write("result.json", format!("{}\n", outcome.to_json(&decrypted)).as_bytes())?;
    let strong = format!("{}.strong.json", held.uuid);
    for name in [strong, "report.json".into(), "result.json".into(), format!("{}.bel", held.uuid)] {
        let target = args.out.join(&name);
        fs::rename(work.path().join(&name), &target)
            .map_err(|error| Failure::file(&target, edge::cause(&error)))?;
    }
    drop(work);
    put!("{}", verdict::to_text(&audit));
    say!("");
    say!("Turnout: {} of {} on the list, weight {}", audit.num_tallied, audit.voters, audit.total_weight);
    say!("{}", winners(&outcome, &decrypted));
    say!("");
    let mut all = 0.0;
    for (name, time) in steps.taken() {
        say!("{name:30}{:>9.2} s", time.as_secs_f64());
        all += time.as_secs_f64();
    }
    say!("{:30}{all:>9.2} s", "in all");
    say!("\nWritten: {}", args.out.join(format!("{}.bel", held.uuid)).display());
    Ok(())
}
