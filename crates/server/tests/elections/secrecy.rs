//! Who voted how, or when, is not in the record: nor in what a clerk that keeps to the protocol has beside it.

use std::fs;

use book::hash::Hash;
use store::sqlite::Sqlite;
use store::{BRIEF, Inbox};

use super::leaks;
use super::played::{Town, shuffled};

#[test]
fn nothing_public_links_a_ballot_to_a_member_or_a_time() {
    let order = shuffled();
    let (mut town, secrets) = Town::play(&order);
    let until = town.authors.until();
    let public = town.public();
    assert_eq!(leaks::in_public(&public, &secrets, until), Vec::<String>::new());
    let election = town.authors.hall.election(town.authors.id);
    assert_eq!((election.ballots, election.counted), (25, 24));
    let first = town.authors.hall.bytes(&election.batches[0]);
    let correlation = leaks::correlation(&first, &secrets);
    assert!(correlation.abs() < 0.6, "{correlation}");

    // The same votes in another order: every public byte is the same.
    let mut other: Vec<u32> = order[..order.len() - 2].iter().rev().copied().collect();
    other.extend(&order[order.len() - 2..]);
    let (mut again, others) = Town::play(&other);
    assert_ne!(secrets.ballots, others.ballots);
    let differ: Vec<String> = {
        let theirs = again.public();
        let paths = public.keys().chain(theirs.keys());
        paths.filter(|path| public.get(*path) != theirs.get(*path)).cloned().collect()
    };
    assert_eq!(differ, Vec::<String>::new());

    // A clerk that misbehaves is found by the same looking.
    let blob = |bytes: &[u8]| (format!("blob/{}", Hash::of(bytes).hex()), bytes.to_vec());
    let with = |(path, bytes): (String, Vec<u8>)| {
        let mut public = public.clone();
        public.insert(path, bytes);
        leaks::in_public(&public, &secrets, until)
    };
    assert!(!with(blob(&secrets.enrolments[&5])).is_empty(), "an enrolment is published");
    let beside: String =
        secrets.credentials.iter().map(|(member, credential)| format!("{member} {credential}\n")).collect();
    assert!(!with(blob(beside.as_bytes())).is_empty(), "members beside credentials");
    let text = String::from_utf8(first).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let arrival = |line: &&str| {
        let hash = Hash(council::elections::batch::Cast::parse(line).unwrap().hash.0).hex();
        secrets.ballots.iter().position(|ballot| *ballot == hash)
    };
    lines.sort_by_key(arrival);
    let in_order = format!("{}\n", lines.join("\n"));
    assert!(leaks::correlation(in_order.as_bytes(), &secrets) > 0.99);
    assert!(!with(blob(in_order.as_bytes())).is_empty(), "a batch in the order of arrival");
    let mut hasty = secrets.clone();
    hasty.arrivals.extend(batch_times(&town));
    assert!(!leaks::in_public(&public, &hasty, until).is_empty(), "published when one came");
}

fn batch_times(town: &Town) -> Vec<u64> {
    let entries =
        town.authors.hall.scribe.entries.iter().map(|bytes| book::entry::Entry::parse(bytes).unwrap());
    entries.filter(|entry| entry.text().kind == "ballots.published").map(|entry| entry.time()).collect()
}

#[test]
fn nothing_private_stays_in_the_database_the_log_or_the_metrics() {
    let (mut town, secrets) = Town::play(&shuffled());
    let uuid = town.authors.uuid.clone();
    assert_eq!(leaks::in_files(town.folder.path(), &uuid, &secrets), Vec::<String>::new());
    let names: Vec<_> =
        fs::read_dir(town.folder.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert!(names.len() >= 3, "the log and its index were looked through too: {names:?}");
    let log = town.log().join("\n");
    assert_eq!(leaks::in_words(&log, &secrets), Vec::<String>::new());
    assert!(!log.contains("member") && log.matches("127.0.0.1").count() == 1, "{log}");
    let metrics = town.client.get("/metrics").text();
    assert_eq!(leaks::in_words(&metrics, &secrets), Vec::<String>::new());
    assert!(metrics.contains("cabildo_ballots_published_total{"), "{metrics}");
    assert!(!metrics.contains("hand-in"), "what was taken is not counted: {metrics}");

    // A clerk that does not erase is found by the same looking.
    let book = town.authors.hall.scribe.book();
    let kept = Town::kept(&town);
    let mut store = Sqlite::open(&kept.path().join("cabildo.db")).unwrap();
    store.put(&book.0, &format!("{BRIEF}enrolments/{uuid}"), &[0, 0, 0, 5], &secrets.enrolments[&5]).unwrap();
    assert!(!leaks::in_files(kept.path(), &uuid, &secrets).is_empty());
    drop(store);
    let kept = Town::kept(&town);
    let mut store = Sqlite::open(&kept.path().join("cabildo.db")).unwrap();
    let times: Vec<String> = secrets.arrivals.iter().map(u64::to_string).collect();
    store::Private::set_setting(&mut store, Some(&book.0), "arrivals", Some(&times.join(" "))).unwrap();
    assert!(!leaks::in_files(kept.path(), &uuid, &secrets).is_empty());
    let line = format!("{log}\nmember voted with {}", secrets.ballots[0]);
    assert!(!leaks::in_words(&line, &secrets).is_empty());
}

/// While phones enrol, the looking finds what waits: so it would find what stayed.
#[test]
fn what_waits_is_found_until_it_is_erased() {
    let (mut town, mut secrets) = (Town::frozen(), super::played::Secrets::default());
    town.enrol(&shuffled()[..6], &mut secrets);
    let uuid = town.authors.uuid.clone();
    let found = leaks::in_files(town.folder.path(), &uuid, &secrets);
    assert!(found.len() >= 6, "{found:?}");
    let enrolments = town.enrolments();
    assert_eq!(enrolments.len(), 6);
    town.authors.list(&enrolments, &[]);
    town.follow();
    assert_eq!(leaks::in_files(town.folder.path(), &uuid, &secrets), Vec::<String>::new());
}
