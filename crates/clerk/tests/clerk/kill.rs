//! `kill -9` at random moments under load, over SQLite. The test program starts itself again as the clerk, which prints each
//! receipt once it is given; whatever was printed must be in the book for ever. `CABILDO_KILLS=n` kills so often.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use book::checkpoint::Checkpoint;
use book::entry::After;
use book::hash::Hash;
use book::note::Note;
use clerk::{Clerk, Desk, FileMark, Limits, PrivateBody, PublicView, Receipt};
use store::sqlite::Sqlite;
use store::{Books, Store};

use crate::common::{Council, HandClock, START, Stranger};

const KILLS: u64 = 200;
/// A book is killed so often, then another is begun.
const KILLS_PER_BOOK: u64 = 200;
const FOLDER: &str = "CABILDO_KILL_FOLDER";
const ROUND: &str = "CABILDO_KILL_ROUND";

fn council() -> Council {
    Council::new("kill", &[])
}

fn checkpoint(note: &[u8]) -> Checkpoint {
    Checkpoint::parse_text(&Note::parse(note).unwrap().text).unwrap()
}

fn say(line: String) {
    let mut out = std::io::stdout().lock();
    // A closed pipe means that nobody listens any more.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

/// What the killed program does. As a test of its own, without the variable, it does nothing.
#[test]
fn the_clerk_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let (folder, council) = (Path::new(&folder), council());
    let (path, now) = (folder.join("cabildo.db"), START + round);
    let mark = || Box::new(FileMark::at(folder.join("signed")));
    // A kill while the file was made leaves a blank one, which `create` takes.
    let mut store = Sqlite::open(&path).or_else(|_| Sqlite::create(&path)).unwrap();
    let clerk = if store.books().unwrap().is_empty() {
        let (founding, key) = (council.founding.clone(), council.clerk(0));
        Clerk::found(Box::new(store), founding, key, &[], mark(), now).unwrap().0
    } else {
        Clerk::open(Box::new(store), council.book, None, mark(), now, &[]).unwrap()
    };
    let desk = Desk::start(clerk, Box::new(HandClock::at(now)), Limits::default()).unwrap();
    say("ready\n".into());
    thread::scope(|scope| {
        for writer in 0..4_u64 {
            let (desk, council) = (desk.clone(), &council);
            scope.spawn(move || {
                for n in 0.. {
                    let shown = checkpoint(&desk.published().checkpoint());
                    let seen = After { size: shown.size, root: shown.root };
                    let text = format!("round {round}, writer {writer}, remark {n}");
                    let member = 1 + (writer % 3) as u32;
                    let submission = match n % 8 {
                        3 => council.remark_with(seen, member, &text, vec![text.clone().into_bytes()], None),
                        5 => {
                            let salt = Hash::of(text.as_bytes()).0;
                            let body = PrivateBody { salt, bytes: text.clone().into_bytes() };
                            council.remark_with(seen, member, &text, vec![], Some(body))
                        }
                        _ => council.remark(seen, member, &text),
                    };
                    let receipt = desk.submit(submission).unwrap();
                    let Receipt { number, time, text_hash, .. } = receipt;
                    let shown = checkpoint(&desk.published().checkpoint());
                    say(format!("receipt {number} {time} {text_hash} {} {}\n", shown.size, shown.root));
                }
            });
        }
    });
}

/// What was printed, line by line.
#[derive(Default)]
struct Printed {
    receipts: Vec<Receipt>,
    checkpoints: Vec<(u64, Hash)>,
}

fn read(line: &str, council: &Council, printed: &mut Printed) {
    let words: Vec<&str> = line.split(' ').collect();
    let &["receipt", number, time, text, size, root] = words.as_slice() else { return };
    let (Ok(number), Ok(time), Ok(size)) = (number.parse(), time.parse(), size.parse()) else { return };
    let (Some(text_hash), Some(root)) = (Hash::parse(text), Hash::parse(root)) else { return };
    printed.receipts.push(Receipt { book: council.book, number, time, text_hash, repeated: false });
    printed.checkpoints.push((size, root));
}

/// One life of the clerk, ended by a kill after some time. A line that was cut off is no receipt that anybody got.
fn live_and_die(folder: &Path, round: u64, council: &Council, after_ready: bool, delay: Duration) -> Printed {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::the_clerk_that_is_killed", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let printed = Mutex::new(Printed::default());
    let (ready, wait) = std::sync::mpsc::channel();
    let complaint = thread::scope(|scope| {
        let printed = &printed;
        scope.spawn(move || {
            let mut lines = BufReader::new(out);
            let mut line = String::new();
            while lines.read_line(&mut line).unwrap_or(0) > 0 {
                if line.ends_with("ready\n") {
                    let _ = ready.send(());
                } else if let Some(whole) = line.strip_suffix('\n') {
                    read(whole, council, &mut printed.lock().unwrap());
                }
                line.clear();
            }
        });
        if after_ready {
            // Where it never gets ready it has ended, and the reader with it.
            let _ = wait.recv();
        }
        thread::sleep(delay);
        let _ = child.kill();
        let status = child.wait().unwrap();
        let mut complaint = String::new();
        if status.code().is_some() {
            // It ended by itself: it should not have.
            let _ = std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut complaint);
            complaint.push_str(&format!("\nit ended with {status}"));
        }
        complaint
    });
    assert!(complaint.is_empty(), "round {round}: the clerk complained:\n{complaint}");
    printed.into_inner().unwrap()
}

#[test]
fn every_receipt_survives_kill_9() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let kills = std::env::var("CABILDO_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let mut dice = 0x1234_5678_u64;
    let mut below = |end: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % end
    };
    let (mut done, mut given, mut early) = (0, 0, 0);
    while done < kills {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cabildo.db");
        let council = council();
        let mut stranger = Stranger::new(council.book);
        let mut all = Printed::default();
        let mut seen: BTreeMap<u64, Hash> = BTreeMap::new();
        let rounds = done..kills.min(done + KILLS_PER_BOOK);
        done = rounds.end;
        for round in rounds {
            let after_ready = below(5) > 0;
            let delay = Duration::from_micros(below(if after_ready { 120_000 } else { 60_000 }));
            let printed = live_and_die(folder.path(), round, &council, after_ready, delay);
            early += u64::from(printed.receipts.is_empty());
            for (size, root) in &printed.checkpoints {
                let before = seen.insert(*size, *root);
                assert!(
                    before.is_none_or(|before| before == *root),
                    "round {round}: two checkpoints of {size}"
                );
            }
            all.receipts.extend(printed.receipts);
            if let Ok(mut store) = Sqlite::open_reader(&path)
                && store.books().is_ok_and(|books| !books.is_empty())
            {
                let mut view = PublicView::at_rest(Box::new(store) as Box<dyn Store>, council.book);
                stranger.read(&mut view).unwrap_or_else(|what| panic!("round {round}: {what}"));
            }
            for receipt in &all.receipts {
                stranger.holds(receipt).unwrap_or_else(|what| panic!("round {round}: {what}"));
            }
            for (size, root) in &seen {
                let origin = stranger.checkpoint().origin;
                stranger.saw(&Checkpoint { origin, size: *size, root: *root }).unwrap();
            }
        }
        given += all.receipts.len();
        // Once more from the beginning, by somebody who has seen nothing; and the clerk goes on.
        let mut anew = Stranger::new(council.book);
        let store = Box::new(Sqlite::open(&path).unwrap());
        anew.read(&mut PublicView::at_rest(store.reader().unwrap(), council.book)).unwrap();
        assert_eq!(anew.plain_root(), anew.checkpoint().root);
        all.receipts.iter().for_each(|receipt| anew.holds(receipt).unwrap());
        let mark = Box::new(FileMark::at(folder.path().join("signed")));
        let clerk = Clerk::open(store, council.book, None, mark, START + done, &[anew.checkpoint()]).unwrap();
        assert_eq!(clerk.state().digest(), anew.state().digest());
    }
    println!("{done} kills, {given} receipts, {early} of the lives gave none");
    assert!(given > 0 && early > 0);
}
