//! The seizure drill: three mirrors, two of them cosigning, and a witness; the server vanishes in the middle of a burst; from
//! one mirror alone a new clerk goes on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use book::checkpoint::SignedCheckpoint;
use book::entry::{Entry, Proposal};
use book::hash::Hash;
use book::key::Vkey;
use book::merkle::{Frontier, leaf};
use book::proof::LogProof;

use crate::client::{Client, Receipt, after, checkpoint, entries, key, remark};
use crate::house::{House, copy_folder, free_address, wait_until};
use crate::stranger;

const MIRRORS: [&str; 3] = ["biblioteca", "radio", "escuela"];

fn follow(house: &House, url: &str, name: &str) -> crate::house::Running {
    let cosign = if name == "escuela" { String::new() } else { format!("--cosign {name}.key") };
    house.start_silent(&format!("mirror {url} {name} --follow --every 1 {cosign}"))
}

/// A member hands in one entry after the other, until no answer comes: every note with its receipt.
fn burst(
    url: &str,
    notes: Vec<Proposal>,
    pause: Duration,
    gone: &AtomicBool,
) -> Vec<(Vec<u8>, Option<Receipt>)> {
    let client = Client::new(url);
    let mut handed_in = Vec::new();
    for note in notes {
        let note = note.to_bytes();
        let receipt = if gone.load(Ordering::Relaxed) { None } else { client.receipt(&note) };
        if receipt.is_none() {
            gone.store(true, Ordering::Relaxed);
        }
        handed_in.push((note, receipt));
        if !gone.load(Ordering::Relaxed) {
            thread::sleep(pause);
        }
    }
    handed_in
}

/// Three members at once.
fn burst_of_three(
    house: &House,
    url: &str,
    book: &str,
    after: &book::entry::After,
    name: &str,
    each: usize,
    meanwhile: impl FnOnce(),
) -> Vec<(Vec<u8>, Option<Receipt>)> {
    let gone = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (1..=3)
            .map(|member| {
                let secret = key(&house.path(&format!("keys/{member}.key")));
                let note = |n| remark(book, after, member, &secret, &format!("{name} {n} de {member}"));
                let notes: Vec<Proposal> = (0..each).map(note).collect();
                let gone = &gone;
                scope.spawn(move || burst(url, notes, Duration::from_millis(10), gone))
            })
            .collect();
        meanwhile();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    })
}

#[test]
fn the_server_vanishes_in_the_middle_of_a_burst() {
    let house = House::new();
    let (server, witness) = (free_address(), free_address());
    let [ateneo, biblioteca, radio] = ["ateneo", "biblioteca", "radio"].map(|name| house.cosigner(name));
    house.write(
        "policy",
        format!(
            "successors 2 1,2,3\nwitness ateneo {ateneo} http://{witness}\nmirror biblioteca {biblioteca}\n\
             mirror radio {radio}\ngroup todos all ateneo biblioteca radio\nquorum todos\n"
        ),
    );
    let council = house.found("--founders 1,2,3 --policy policy");
    let book = council.book.as_str();
    let url = format!("http://{server}/book/{book}");
    let witnessing =
        format!("witness --listen {witness} --key ateneo.key --state ateneo --log {}", council.clerk);
    let watching = house.start(&witnessing);
    let clerk = house.start(&format!("serve --listen {server} --posts 100000000"));
    assert_eq!(clerk.address, url);
    let mut mirrors: Vec<_> = MIRRORS.iter().map(|name| follow(&house, &url, name)).collect();
    let client = Client::new(&url);

    // A quiet afternoon: thirty entries, which become final.
    let begin = after(&client.checkpoint());
    let quiet = burst_of_three(&house, &url, book, &begin, "Tarde", 10, || {});
    assert!(quiet.iter().all(|(_, receipt)| receipt.is_some()));
    wait_until("thirty-one entries are final", || client.settled().is_some_and(|last| last.size >= 31));
    let proof = client.get("proof/7").unwrap();
    let shown = client.get("final").unwrap();
    house.write("shown", &shown);

    // A burst. In its middle the server is gone, and with it its disk.
    let seen = after(&checkpoint(&shown));
    let stormy = burst_of_three(&house, &url, book, &seen, "Noche", 2000, || {
        thread::sleep(Duration::from_millis(2500));
        clerk.kill();
    });
    let receipted = stormy.iter().filter(|(_, receipt)| receipt.is_some()).count();
    assert!(receipted > 0 && receipted < stormy.len(), "{receipted} of {}", stormy.len());
    for name in house.names().iter().filter(|name| name.starts_with("cabildo.db")) {
        std::fs::remove_file(house.path(name)).unwrap();
    }

    // What mirrors and witness hold of it.
    let held = |name: &str| checkpoint(&house.read(&format!("{name}/checkpoint")));
    let fullest = MIRRORS.into_iter().max_by_key(|name| held(name).size).unwrap();
    let carried = held(fullest);
    let last = MIRRORS
        .into_iter()
        .map(|name| checkpoint(&house.read(&format!("{name}/final"))))
        .max_by_key(|c| c.size);
    let last = last.unwrap();
    assert!(last.size >= 31 && last.size <= carried.size);
    let before = entries(&house.path(fullest));

    // Two of those whom the book names, each on a machine of their own, with a copy of their own where it has as much.
    house.ok(&format!("succeed propose {fullest} --signers 1,3 --out relevo --clerk-key nueva.key"));
    for member in [1, 3] {
        house.ok(&format!(
            "succeed sign relevo --key keys/{member}.key --mirror {fullest} --out {member}.firma --yes"
        ));
    }
    let signed = Instant::now();
    let object = house.json(&format!(
        "succeed start {fullest} --text relevo --signatures 1.firma 3.firma --clerk-key nueva.key --db nueva.db"
    ));
    assert_eq!(object["number"], carried.size);
    let clerk = house.start(&format!("serve --db nueva.db --listen {server} --posts 100000000"));
    assert_eq!(clerk.address, url);

    // What members had not got a receipt for, or one that no mirror knows, they hand in again: the same bytes.
    let client = Client::new(&url);
    let mut receipts: BTreeMap<u64, Receipt> = BTreeMap::new();
    let mut again = 0;
    let answered = quiet.iter().chain(&stormy).filter(|(_, receipt)| receipt.is_some());
    let unanswered = stormy.iter().filter(|(_, receipt)| receipt.is_none()).take(100);
    for (note, receipt) in answered.chain(unanswered) {
        let new = client.receipt(note).unwrap();
        if again == 0 {
            assert!(signed.elapsed() < Duration::from_secs(60), "{:?}", signed.elapsed());
        }
        match receipt {
            Some(old) if old.number < carried.size => assert_eq!(&new, old, "a receipt that no longer holds"),
            _ => {
                assert!(new.number > carried.size);
                again += 1;
            }
        }
        assert_eq!(receipts.insert(new.number, new.clone()), None, "two entries under one number");
    }
    assert!(again >= 100, "{again} were handed in again");
    for (_, receipt) in quiet.iter().chain(&stormy) {
        let Some(receipt) = receipt.as_ref().filter(|receipt| receipt.number < last.size) else { continue };
        assert!(receipt.number < carried.size, "a final entry is lost");
    }

    // The witness watches the new epoch too; the mirrors have followed all the time.
    drop(watching);
    let new_log = house.ok("key show nueva.key --vkey").trim().to_owned();
    let _watching = house.start(&format!("{witnessing} {new_log}"));
    let now = client.checkpoint();
    for name in MIRRORS {
        wait_until(&format!("{name} is in epoch 1, with everybody's cosignature"), || {
            let note = house.text(&format!("{name}/checkpoint"));
            let everybody =
                ["ateneo", "biblioteca", "radio"].iter().all(|by| note.contains(&format!("\n— {by} ")));
            note.starts_with(&format!("cabildo/{book}/1\n{}\n", now.size)) && everybody
        });
    }
    for name in MIRRORS {
        house.ok(&format!("audit {name} --book {book} --since shown"));
        let public = house.path(&format!("{name}-public"));
        copy_folder(&house.path(name), &public);
        std::fs::write(public.join("checkpoint.old"), &shown).unwrap();
        stranger::accepts(&public, &[&new_log, &ateneo, &biblioteca, &radio], now.size);
    }
    house.ok(&format!("audit {url} --since shown"));
    let judged = house.json(&format!("audit {url}"));
    assert_eq!(
        (&judged["epoch"], &judged["final"], &judged["void"]),
        (&1.into(), &true.into(), &serde_json::json!([]))
    );

    // The same leaves under the same numbers; old receipts and new ones hold.
    let all = entries(&house.path("escuela"));
    assert_eq!(all[..before.len()], before);
    let text = |number: u64| {
        let entry = Entry::parse(&all[number as usize]).unwrap();
        (entry.text_hash(), entry.time())
    };
    let old = quiet.iter().chain(&stormy).filter_map(|(_, receipt)| receipt.clone());
    for receipt in old.filter(|receipt| receipt.number < carried.size).chain(receipts.into_values()) {
        assert_eq!(text(receipt.number), (receipt.text, receipt.time), "entry {}", receipt.number);
    }

    // An inclusion proof of before the seizure: its checkpoint is the old clerk's, and a prefix of the book.
    let proof = LogProof::parse(&proof).unwrap();
    let [log, by_one, by_two, by_three] =
        [&council.clerk, &ateneo, &biblioteca, &radio].map(|vkey| Vkey::parse(vkey).unwrap());
    let opened = SignedCheckpoint::open(&proof.checkpoint, &log, &[by_one, by_two, by_three]).unwrap();
    let (size, root) = (opened.checkpoint().size, opened.checkpoint().root);
    assert!(proof.index == 7 && proof.proves(&all[7], size, &root));
    assert_eq!(root_of(&all[..size as usize]), root);
    mirrors.clear();
    assert_eq!(clerk.stop(), 0);
}

fn root_of(entries: &[Vec<u8>]) -> Hash {
    let mut frontier = Frontier::new();
    entries.iter().for_each(|entry| frontier.push(leaf(entry)));
    frontier.root()
}
