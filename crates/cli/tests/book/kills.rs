//! `kill -9` of `cabildo serve` under concurrent load: every receipt that anybody got stands, and no checkpoint that anybody
//! saw is ever contradicted. `CABILDO_SERVE_KILLS=n` kills so often.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use book::checkpoint::SignedCheckpoint;
use book::entry::Entry;
use book::hash::Hash;
use book::key::Vkey;

use crate::client::{Client, Receipt, after, entries, key, remark};
use crate::house::House;

const KILLS: u64 = 20;

#[test]
fn what_was_receipted_outlives_every_kill() {
    let kills = std::env::var("CABILDO_SERVE_KILLS").map_or(KILLS, |n| n.parse().unwrap());
    let house = House::new();
    let council = house.found("--founders 1,2,3");
    let log = Vkey::parse(&council.clerk).unwrap();
    let mut receipts: Vec<Receipt> = Vec::new();
    let mut seen: BTreeMap<u64, Hash> = BTreeMap::new();
    let mut see = |note: &[u8], largest_before: u64| {
        let signed = SignedCheckpoint::open(note, &log, &[]).unwrap();
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        assert!(size >= largest_before, "{size} entries, and {largest_before} were seen before");
        assert_eq!(*seen.entry(size).or_insert(root), root, "two checkpoints of {size} entries");
        size
    };
    let mut largest = 0;
    for round in 0..kills {
        let server = house.start("serve --listen 127.0.0.1:0 --posts 100000000");
        let url = server.address.clone();
        let begin = Client::new(&url).get("checkpoint").unwrap();
        largest = see(&begin, largest);
        let begin = after(&crate::client::checkpoint(&begin));
        let (mut got, mut shown) = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            let writers: Vec<_> = (0..4_u32)
                .map(|writer| {
                    let (url, begin, member) = (&url, &begin, 1 + writer % 3);
                    let secret = key(&house.path(&format!("keys/{member}.key")));
                    let book = &council.book;
                    scope.spawn(move || {
                        let client = Client::new(url);
                        let mut got = Vec::new();
                        for n in 0.. {
                            let text = format!("Vuelta {round}, mano {writer}, {n}");
                            let note = remark(book, begin, member, &secret, &text).to_bytes();
                            match client.receipt(&note) {
                                Some(receipt) => got.push(receipt),
                                None => break,
                            }
                        }
                        got
                    })
                })
                .collect();
            let reader = scope.spawn(|| {
                let client = Client::new(&url);
                let mut shown = Vec::new();
                while let Some(note) = client.get("checkpoint") {
                    if shown.last() != Some(&note) {
                        shown.push(note);
                    }
                }
                shown
            });
            // Anything from 10 to 250 ms, another each round.
            thread::sleep(Duration::from_millis(10 + round * 97 % 241));
            server.kill();
            got.extend(writers.into_iter().flat_map(|writer| writer.join().unwrap()));
            shown = reader.join().unwrap();
        });
        for note in &shown {
            largest = see(note, largest);
        }
        receipts.extend(got);
    }
    assert!(receipts.len() as u64 >= kills, "{} receipts", receipts.len());
    let server = house.start("serve --listen 127.0.0.1:0");
    house.ok(&format!("mirror {} copia", server.address));
    house.ok(&format!("audit copia --book {}", council.book));
    let all = entries(&house.path("copia"));
    assert!(all.len() as u64 >= largest);
    let mut numbers: BTreeMap<Hash, u64> = BTreeMap::new();
    for (number, entry) in all.iter().enumerate() {
        let entry = Entry::parse(entry).unwrap();
        assert_eq!(numbers.insert(entry.text_hash(), number as u64), None, "a text stands twice");
    }
    for receipt in &receipts {
        assert_eq!(numbers.get(&receipt.text), Some(&receipt.number));
        assert_eq!(Entry::parse(&all[receipt.number as usize]).unwrap().time(), receipt.time);
    }
}
