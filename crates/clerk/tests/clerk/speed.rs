//! How fast it is here: `cargo test -p clerk --release -- --ignored --nocapture speed`.

use std::time::Duration;

use clerk::{Clerk, Desk, FileMark, Limits, Submission};
use store::sqlite::Sqlite;

use crate::common::{Council, HandClock, START, after};

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn seconds(work: impl FnOnce()) -> f64 {
    let start = std::time::Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

#[test]
#[ignore = "a measurement, which says nothing on a busy machine"]
fn speed_on_this_disk() {
    let folder = tempfile::tempdir().unwrap();
    let council = Council::new("speed", &[]);
    let store = Box::new(Sqlite::create(&folder.path().join("cabildo.db")).unwrap());
    let mark = Box::new(FileMark::at(folder.path().join("signed")));
    let (founding, key) = (council.founding.clone(), council.clerk(0));
    let clerk = Clerk::found(store, founding, key, &[], mark, START).unwrap().0;
    let seen = after(&clerk.checkpoint());
    let remark =
        |n: u32| council.remark(seen, 1 + n % 3, &format!("remark {n} {}", "with some words ".repeat(10)));
    let signed: Vec<Submission> = (0..20_000).map(remark).collect();
    let desk = Desk::start(clerk, Box::new(HandClock::at(START)), Limits::default()).unwrap();
    let took = seconds(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        for submission in &signed {
            let sender = sender.clone();
            desk.submit_then(submission.clone(), move |answer| sender.send(answer.is_ok()).unwrap());
            // The desk takes so many at most.
            while desk.metrics().waiting > 8000 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        drop(sender);
        assert_eq!(receiver.iter().filter(|recorded| *recorded).count(), signed.len());
    });
    println!("{:.0} entries/s in {} batches", signed.len() as f64 / took, desk.metrics().batches);
    let mut single: Vec<f64> = (20_000..20_500)
        .map(remark)
        .map(|submission| seconds(|| assert!(desk.submit(submission).is_ok())) * 1000.0)
        .collect();
    single.sort_by(f64::total_cmp);
    println!("one writer: {:.1} ms p50, {:.1} ms p99", single[250], single[495]);
    let taken = seconds(|| desk.stop());
    let reopened = seconds(|| {
        let store = Box::new(Sqlite::open(&folder.path().join("cabildo.db")).unwrap());
        let mark = Box::new(FileMark::at(folder.path().join("signed")));
        drop(Clerk::open(store, council.book, None, mark, START, &[]).unwrap());
    });
    println!("stopped in {taken:.3} s, opened again in {reopened:.3} s");
}
