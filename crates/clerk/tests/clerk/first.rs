//! What a clerk does when nothing goes wrong, and what it declines.

use crate::common::{Council, Mark, START, Stranger, after};
use book::files::{FilesError, PublicFiles, PublicPath};
use clerk::{CannotSign, Clerk, Declined, PrivateBody, PublicView, Submission};
use store::memory::Disk;
use store::{Person, Store};

fn founded(council: &Council, disk: &Disk, mark: &Mark) -> Clerk {
    let people = [Person { number: 1, name: "Ana".into(), contact: "{}".into() }];
    let store = Box::new(disk.open().unwrap());
    let (clerk, receipt) =
        Clerk::found(store, council.founding.clone(), council.clerk(0), &people, mark.boxed(), START)
            .unwrap();
    assert_eq!((receipt.number, receipt.time, receipt.book), (0, START, council.book));
    clerk
}

fn check(disk: &Disk, clerk: &Clerk, stranger: &mut Stranger) {
    let reader = || disk.open().unwrap().reader().unwrap();
    stranger.read(&mut PublicView::at_rest(reader(), clerk.book())).unwrap();
    stranger.read(&mut PublicView::running(reader(), clerk.book(), clerk.published())).unwrap();
    assert_eq!(stranger.checkpoint(), clerk.checkpoint());
    assert_eq!(stranger.plain_root(), clerk.checkpoint().root);
}

#[test]
fn a_book_is_founded_written_and_opened_again() {
    let (council, disk, mark) = (Council::new("first", &[]), Disk::new(), Mark::default());
    let mut clerk = founded(&council, &disk, &mark);
    let mut stranger = Stranger::new(council.book);
    check(&disk, &clerk, &mut stranger);
    assert_eq!(clerk.store().people(&council.book.0).unwrap().len(), 1);

    for size in [1, 2, 254, 1, 300, 600] {
        let seen = after(&clerk.checkpoint());
        let batch: Vec<Submission> =
            (0..size).map(|n| council.remark(seen, 1 + n % 3, &format!("{n} of {size}"))).collect();
        let receipts = clerk.record(&batch, START + 1);
        for (n, receipt) in receipts.iter().enumerate() {
            let receipt = receipt.as_ref().unwrap();
            assert_eq!((receipt.number, receipt.repeated), (seen.size + n as u64, false));
        }
        check(&disk, &clerk, &mut stranger);
        for receipt in receipts {
            stranger.holds(&receipt.unwrap()).unwrap();
        }
        // The same again: the same receipts, and the book does not grow.
        let again = clerk.record(&batch, START + 2);
        assert!(again.iter().all(|receipt| receipt.as_ref().unwrap().repeated));
        again.iter().for_each(|receipt| stranger.holds(receipt.as_ref().unwrap()).unwrap());
        assert_eq!(clerk.checkpoint().size, seen.size + u64::from(size));
    }
    assert_eq!(mark.signed(), Some(clerk.checkpoint()));

    // With the snapshot, and without it.
    let before = clerk.checkpoint();
    for _ in 0..2 {
        clerk.snapshot(START + 3).unwrap();
        drop(clerk);
        let store = Box::new(disk.open().unwrap());
        clerk =
            Clerk::open(store, council.book, None, mark.boxed(), START + 3, std::slice::from_ref(&before))
                .unwrap();
        assert_eq!(clerk.checkpoint(), before);
        assert_eq!(clerk.state().digest(), stranger.state().digest());
    }
    let seen = after(&clerk.checkpoint());
    assert!(clerk.record(&[council.remark(seen, 2, "after all")], START + 4)[0].is_ok());
    check(&disk, &clerk, &mut stranger);
}

#[test]
fn what_is_not_in_order_is_declined_and_changes_nothing() {
    let (council, disk, mark) = (Council::new("declines", &[]), Disk::new(), Mark::default());
    let mut clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let body = PrivateBody { salt: [7; 32], bytes: b"in confidence".to_vec() };
    let with_blob = council.remark_with(seen, 1, "blob", vec![b"public".to_vec()], None);
    let with_body = council.remark_with(seen, 1, "body", vec![], Some(body.clone()));
    let changed = |base: &Submission, change: &dyn Fn(&mut Submission)| {
        let mut changed = base.clone();
        change(&mut changed);
        changed
    };
    let cases: Vec<(&str, Submission)> = vec![
        ("entry-form", Submission::of(b"nothing".to_vec())),
        ("entry-form", Submission::of(vec![b'a'; 70_000])),
        ("repeated", council.founding.clone()),
        ("attachment", changed(&with_blob, &|s| s.blobs.clear())),
        ("attachment", changed(&with_blob, &|s| s.blobs.push(b"more".to_vec()))),
        ("attachment", changed(&with_blob, &|s| s.blobs[0] = b"other".to_vec())),
        ("attachment", changed(&with_blob, &|s| s.blobs.push(s.blobs[0].clone()))),
        ("attachment", changed(&with_blob, &|s| s.bodies.push(body.clone()))),
        ("attachment", changed(&with_body, &|s| s.bodies.clear())),
        ("attachment", changed(&with_body, &|s| s.bodies[0].salt[0] ^= 1)),
        ("attachment", changed(&with_body, &|s| s.bodies[0].bytes.push(b'!'))),
        ("attachment", changed(&with_body, &|s| s.bodies.push(body.clone()))),
        ("succession", council.succession(1, seen.size, seen.root)),
        ("entry-signers", council.remark(seen, 9, "no member")),
    ];
    for (check, submission) in cases {
        let before = (clerk.checkpoint(), disk.changes());
        let declined = clerk.record(std::slice::from_ref(&submission), START + 1).remove(0);
        // The founding text is in the book: it is only repeated.
        if submission == council.founding {
            assert!(declined.unwrap().repeated);
        } else {
            assert_eq!(declined.as_ref().map_err(Declined::check), Err(check), "{declined:?}");
        }
        assert_eq!((clerk.checkpoint(), disk.changes()), before);
    }
    // One that is refused keeps nobody else from being recorded.
    let batch = [
        council.remark(seen, 1, "one"),
        council.remark(seen, 9, "no member"),
        council.remark(seen, 1, "one"),
        with_blob.clone(),
        changed(&with_blob, &|s| s.note[40] ^= 1),
        with_body.clone(),
    ];
    let answers = clerk.record(&batch, START + 1);
    let numbers: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().ok().map(|r| (r.number, r.repeated))).collect();
    assert_eq!(numbers, [Some((1, false)), None, Some((1, true)), Some((2, false)), None, Some((3, false))]);
    // A blob that is there need not come again, and may.
    let seen = after(&clerk.checkpoint());
    let again = council.remark_with(seen, 2, "the same blob", vec![b"public".to_vec()], None);
    let bare =
        changed(&council.remark_with(seen, 3, "bare", vec![b"public".to_vec()], None), &|s| s.blobs.clear());
    assert!(clerk.record(&[again, bare], START + 1).iter().all(Result::is_ok));
    let mut stranger = Stranger::new(council.book);
    check(&disk, &clerk, &mut stranger);
    assert_eq!(
        clerk.store().body(&council.book.0, &council.commitment(1, &body).0).unwrap().unwrap().bytes,
        body.bytes
    );
    // Erased: gone for good, in the same batch or later.
    let commitment = council.commitment(1, &body);
    let answer =
        clerk.record(&[council.erasure(after(&clerk.checkpoint()), 3, &commitment)], START + 2).remove(0);
    answer.unwrap();
    assert_eq!(clerk.store().body(&council.book.0, &commitment.0).unwrap(), None);
    check(&disk, &clerk, &mut stranger);
}

#[test]
fn a_founding_entry_must_name_the_key_and_is_recorded_once() {
    let (council, disk, mark) = (Council::new("once", &[]), Disk::new(), Mark::default());
    let found = |key, disk: &Disk| {
        let store = Box::new(disk.open().unwrap());
        Clerk::found(store, council.founding.clone(), key, &[], mark.boxed(), START).map(|_| ())
    };
    assert_eq!(found(council.clerk(1), &disk), Err(CannotSign::WrongKey { epoch: 0 }));
    assert_eq!(disk.changes(), 0);
    assert_eq!(found(council.clerk(0), &disk), Ok(()));
    assert_eq!(found(council.clerk(0), &disk), Err(CannotSign::Exists(council.book)));
    // Another store without the book, beside the same record: the database was lost.
    assert_eq!(found(council.clerk(0), &Disk::new()), Err(CannotSign::RolledBack { here: 0, seen: 1 }));
    // Another key than the book's does not open it.
    let store = Box::new(disk.open().unwrap());
    let opened = Clerk::open(store, council.book, Some(council.clerk(1)), mark.boxed(), START, &[]);
    assert_eq!(opened.err(), Some(CannotSign::WrongKey { epoch: 0 }));
    let mut tampered = council.founding.clone();
    let at = tampered.note.len() - 3;
    tampered.note[at] ^= 1;
    let store = Box::new(Disk::new().open().unwrap());
    let refused = Clerk::found(store, tampered, council.clerk(0), &[], Mark::default().boxed(), START).err();
    assert!(matches!(refused, Some(CannotSign::Refused(_) | CannotSign::Form(_))), "{refused:?}");
}

#[test]
fn the_view_serves_every_tile_that_was_ever_published() {
    let (council, disk, mark) = (Council::new("tiles", &[]), Disk::new(), Mark::default());
    let mut clerk = founded(&council, &disk, &mark);
    let mut older = Vec::new();
    for count in [4, 250, 1, 1, 43] {
        let seen = after(&clerk.checkpoint());
        let batch: Vec<Submission> =
            (0..count).map(|n| council.remark(seen, 1, &format!("{n} after {}", seen.size))).collect();
        assert!(clerk.record(&batch, START).iter().all(Result::is_ok));
        let mut view = PublicView::at_rest(disk.open().unwrap().reader().unwrap(), council.book);
        for path in view.paths().unwrap().into_iter().filter(|path| matches!(path, PublicPath::Tile(_))) {
            let bytes = view.read(&path.to_string(), usize::MAX).unwrap().unwrap();
            older.push((path.to_string(), bytes));
        }
        // What was served for an earlier size is served still, the same.
        for (path, bytes) in &older {
            assert_eq!(view.read(path, bytes.len()).unwrap().as_ref(), Some(bytes), "{path}");
            assert!(matches!(view.read(path, bytes.len() - 1), Err(FilesError::TooLarge { .. })));
        }
    }
    assert_eq!(clerk.checkpoint().size, 300);
    let mut view =
        PublicView::running(disk.open().unwrap().reader().unwrap(), council.book, clerk.published());
    let blob = format!("blob/{}", "0".repeat(64));
    for none in [
        "tile/0/001.p/45",
        "tile/entries/001.p/45",
        "tile/0/001",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "final",
        &blob,
    ] {
        assert_eq!(view.read(none, usize::MAX).unwrap(), None, "{none}");
    }
    for wrong in ["", "tile/0/001.p/0", "tile/0/1", "../cabildo.db", "blob/../cabildo.db", "people"] {
        assert!(matches!(view.read(wrong, usize::MAX), Err(FilesError::NotPublic { .. })), "{wrong}");
    }
    let paths: Vec<String> = view.paths().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        [
            "vkeys",
            "checkpoint",
            "tile/0/000",
            "tile/0/001.p/44",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/44"
        ]
    );
}

/// The SHA-256 of a blob that the book has, with another size: no replica could ever take the entry.
#[test]
fn a_blob_has_one_size() {
    let (council, disk, mark) = (Council::new("sizes", &[]), Disk::new(), Mark::default());
    let mut clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let blob = b"plano del solar".to_vec();
    let attach = council.remark_with(seen, 1, "attached", vec![blob.clone()], None);
    let naming = |size: u64| council.remark_naming(seen, 3, &blob, size);
    let bringing = |size: u64| Submission { blobs: vec![blob.clone()], ..naming(size) };
    let declined = |answer: &Result<clerk::Receipt, Declined>, size: u64| {
        let reason = format!("has 15 bytes, and the entry says {size}");
        let error = answer.as_ref().unwrap_err();
        assert!(error.check() == "attachment" && error.to_string().contains(&reason), "{error}");
    };
    // Brought along; staged in the same batch; in the store.
    declined(&clerk.record(&[bringing(16)], START)[0], 16);
    let answers = clerk.record(&[attach, naming(16), naming(14), naming(15)], START);
    assert_eq!(answers[0].as_ref().map(|receipt| receipt.number), Ok(1));
    declined(&answers[1], 16);
    declined(&answers[2], 14);
    assert_eq!(answers[3].as_ref().map(|receipt| receipt.number), Ok(2));
    for size in [0, 14, 16, 64 << 20] {
        declined(&clerk.record(&[naming(size)], START)[0], size);
        declined(&clerk.record(&[bringing(size)], START)[0], size);
    }
    check(&disk, &clerk, &mut Stranger::new(council.book));
}
