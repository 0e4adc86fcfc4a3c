//! Random councils by seeds: honest members and officers, a clerk who lies, a registrar who stuffs the roll, officers who
//! overstay, scrutineers who contradict each other, messages that are late, lost or doubled. After every step all replicas agree
//! and the invariants hold, which code judges that knows nothing of the rules' code: `ledger`, `invariants`.
//!
//! `CABILDO_STEPS=1000000` takes so many steps, `CABILDO_SEED=n` replays one life with a trace. To add a part of a council's
//! life: a file in `moves` and its line in `FAMILIES`; its part of the `ledger`; a file in `invariants` and its line there.

#![allow(clippy::unwrap_used, reason = "tests")]

mod dice;
mod founding;
mod invariants;
mod ledger;
mod moves;
mod replicas;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use world::World;

/// Steps in the ordinary tests.
const STEPS: u64 = 6000;
/// Steps of one life.
const LIFE: u64 = 400;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// What happened in a life, or what went wrong in it.
fn live(seed: u64, traces: bool) -> Result<BTreeMap<String, u64>, (String, Vec<String>)> {
    let mut world = World::new(seed, traces).map_err(|what| (what, Vec::new()))?;
    let lived = catch_unwind(AssertUnwindSafe(|| {
        (0..LIFE).try_for_each(|step| world.step().map_err(|what| format!("step {step}: {what}")))?;
        world.end()
    }));
    let lived = lived.unwrap_or_else(|_| Err("a panic (above)".into()));
    *world.happened.entry("entries".into()).or_default() += world.ledger.size;
    *world.happened.entry("people".into()).or_default() += world.ledger.people.len() as u64;
    lived
        .map(|()| std::mem::take(&mut world.happened))
        .map_err(|what| (what, std::mem::take(&mut world.trace)))
}

#[test]
fn replicas_agree_and_the_invariants_hold() {
    if let Some(seed) = variable("CABILDO_SEED") {
        let (what, trace) = match live(seed, true) {
            Ok(happened) => return println!("seed {seed}: all holds\n{happened:#?}"),
            Err(failed) => failed,
        };
        trace.iter().for_each(|line| println!("{line}"));
        panic!("seed {seed}: {what}");
    }
    let steps = variable("CABILDO_STEPS").unwrap_or(STEPS);
    let lives = steps.div_ceil(LIFE);
    let next = AtomicU64::new(0);
    let all = Mutex::new(BTreeMap::<String, u64>::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    #[expect(clippy::disallowed_methods, reason = "how fast it is, is said")]
    let began = Instant::now();
    let failed = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= lives || failed.lock().unwrap().is_some() {
                        return;
                    }
                    match live(seed, false) {
                        Ok(happened) => {
                            let mut all = all.lock().unwrap();
                            happened
                                .into_iter()
                                .for_each(|(what, count)| *all.entry(what).or_default() += count);
                        }
                        Err((what, _)) => *failed.lock().unwrap() = Some((seed, what)),
                    }
                }
            });
        }
    });
    if let Some((seed, what)) = failed.into_inner().unwrap() {
        panic!(
            "seed {seed}: {what}\n  replay with: CABILDO_SEED={seed} cargo test -p council --test simulation -- --nocapture"
        );
    }
    let happened = all.into_inner().unwrap();
    let rate = (lives * LIFE) as f64 / began.elapsed().as_secs_f64();
    println!("{lives} lives of {LIFE} steps on {workers} cores: {rate:.0} steps a second\n{happened:#?}");
    something_happened(&happened);
}

/// A simulation in which nothing happens shows nothing: every kind takes effect, and every rule refuses.
fn something_happened(happened: &BTreeMap<String, u64>) {
    let of = |what: String| happened.get(&what).copied().unwrap_or(0);
    // Elections and recalls are not played here yet: their rules have tests of their own (`tests/rules`).
    let is_played = |kind: &&str| {
        let checks = council::kinds::checks(kind);
        !moves::NEVER.contains(kind)
            && !["trustees", "election", "recall"].iter().any(|check| checks.contains(check))
            && *kind != "petition.tallied"
    };
    for kind in council::kinds::names().filter(is_played) {
        assert!(of(format!("applied: {kind}")) > 0, "no {kind} took effect");
    }
    let checks = council::CHECKS.iter().chain(council::RULE_CHECKS).map(|(check, _)| *check);
    let not_played = ["trustees", "election", "credentials", "ballot", "recall"];
    for check in checks.filter(|check| !moves::NEVER.contains(check) && !not_played.contains(check)) {
        assert!(of(format!("void: {check}")) > 0, "nothing was void under {check}");
    }
    for what in ["late", "dropped", "delivered late", "statutes changed", "restarts"] {
        assert!(of(what.into()) > 0, "{what}: never");
    }
}
