//! Witnesses, mirrors, finality.

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::files::PublicFiles;
use book::key::{Algorithm, Vkey};
use book::note::{Note, Signature};
use clerk::{COSIGNER_TOLERANCE, Clerk, CosignError};
use store::Store;
use store::memory::Disk;

use crate::common::{Council, Mark, START, Stranger, after, cosign, key, mirror, witness_vkey};

struct House {
    council: Council,
    disk: Disk,
    mark: Mark,
    clerk: Clerk,
}

impl House {
    fn new(name: &str, witnesses: &[&str]) -> House {
        let (council, disk, mark) = (Council::new(name, witnesses), Disk::new(), Mark::default());
        let (founding, key) = (council.founding.clone(), council.clerk(0));
        let store = Box::new(disk.open().unwrap());
        let clerk = Clerk::found(store, founding, key, &[], mark.boxed(), START).unwrap().0;
        House { council, disk, mark, clerk }
    }

    fn write(&mut self, text: &str) -> Checkpoint {
        let submission = self.council.remark(after(&self.clerk.checkpoint()), 1, text);
        self.clerk.record(&[submission], self.clerk.time() + 1).remove(0).unwrap();
        self.clerk.checkpoint()
    }

    fn lines(&mut self, lines: &[Signature], now: u64) -> Result<bool, CosignError> {
        let lines: String = lines.iter().map(Signature::line).collect();
        self.clerk.add_cosignatures(lines.as_bytes(), now).map(|cosigned| cosigned.is_final)
    }

    fn last(&self) -> Option<Checkpoint> {
        let note = self.clerk.published().last_final()?;
        Some(Checkpoint::parse_text(&Note::parse(&note).unwrap().text).unwrap())
    }
}

#[test]
fn a_checkpoint_becomes_final() {
    let mut house = House::new("final", &["ateneo", "biblioteca"]);
    let first = house.write("one");
    let now = house.clerk.time();
    assert_eq!(house.lines(&[cosign("ateneo", &first, now)], now), Ok(false));
    assert_eq!(house.last(), None);
    assert_eq!(house.lines(&[cosign("biblioteca", &first, now)], now), Ok(true));
    assert_eq!(house.last(), Some(first.clone()));
    // Both lines stand under the public checkpoint, and a stranger is content.
    let known = [witness_vkey("ateneo"), witness_vkey("biblioteca")];
    let vkey = Vkey {
        name: first.origin.clone(),
        algorithm: Algorithm::Plain,
        key: house.council.clerk(0).public(),
    };
    let shown = SignedCheckpoint::open(&house.clerk.checkpoint_note(), &vkey, &known).unwrap();
    assert_eq!(shown.cosignatures().len(), 2);
    let mut stranger = Stranger::new(house.council.book);
    stranger.read(&mut mirror(house.disk.open().unwrap().reader().unwrap(), house.council.book)).unwrap();
    // The book goes on: the next checkpoint has no lines yet, the final one stays.
    let second_note = {
        house.write("two");
        house.clerk.checkpoint_note()
    };
    let second = house.clerk.checkpoint();
    assert_eq!(Note::parse(&second_note).unwrap().signatures.len(), 1);
    assert_eq!(house.last(), Some(first.clone()));
    // Lines alone are for the current one; a whole note may be an earlier one, down to the final one.
    let third = house.write("three");
    let now = house.clerk.time();
    let late = [cosign("ateneo", &second, now), cosign("biblioteca", &second, now)];
    assert_eq!(house.lines(&late, now), Err(CosignError::Another { size: third.size }));
    let mut note = Note::parse(&second_note).unwrap();
    note.signatures.extend(late);
    let cosigned = house.clerk.add_cosignatures(&note.to_bytes(), now).unwrap();
    assert_eq!((cosigned.size, cosigned.is_final, cosigned.kept.len()), (second.size, true, 2));
    assert_eq!(house.last(), Some(second.clone()));
    let mut note = Note::parse(&house.clerk.published().last_final().unwrap()).unwrap();
    assert_eq!(note.signatures.len(), 3);
    // Without the clerk's own line nobody knows that it was signed.
    note.signatures.remove(0);
    let refused = house.clerk.add_cosignatures(&note.to_bytes(), now);
    assert_eq!(refused, Err(CosignError::Another { size: third.size }));
    // All of it is there after a restart.
    let House { council, disk, mark, clerk } = house;
    drop(clerk);
    let store = Box::new(disk.open().unwrap());
    let clerk = Clerk::open(store, council.book, None, mark.boxed(), now, &[]).unwrap();
    let note = clerk.published().last_final().unwrap();
    assert_eq!(Checkpoint::parse_text(&Note::parse(&note).unwrap().text).unwrap(), second);
    stranger.read(&mut mirror(disk.open().unwrap().reader().unwrap(), council.book)).unwrap();
}

#[test]
fn only_valid_lines_by_known_cosigners_are_kept() {
    let mut house = House::new("lines", &["ateneo"]);
    let first = house.clerk.checkpoint();
    let current = house.write("one");
    let now = house.clerk.time();
    let good = cosign("ateneo", &current, now);
    let stranger = cosign("nobody", &current, now);
    let changed = |change: &dyn Fn(&mut Signature)| {
        let mut line = good.clone();
        change(&mut line);
        line
    };
    let cases: Vec<(Signature, &str)> = vec![
        (stranger.clone(), "unknown"),
        (Signature::timestamped(&house.council.clerk(0), &first.origin, now, &current.text()), "unknown"),
        (Signature::timestamped(&key("witness nobody"), &good.name, now, &current.text()), "unknown"),
        (Signature::plain(&key("witness ateneo"), &good.name, &current.text()), "unknown"),
        (changed(&|line| line.name = "other.example".into()), "unknown"),
        (changed(&|line| line.bytes[0] ^= 1), "another"),
        (changed(&|line| line.bytes[40] ^= 1), "another"),
        (changed(&|line| line.bytes.truncate(64)), "another"),
        (cosign("ateneo", &first, now), "another"),
        (cosign("ateneo", &current, now + COSIGNER_TOLERANCE + 1), "time"),
        (cosign("ateneo", &current, now - COSIGNER_TOLERANCE - 2), "time"),
    ];
    for (line, expected) in cases {
        let refused = house.lines(&[line], now).unwrap_err();
        let name = match &refused {
            CosignError::Unknown => "unknown",
            CosignError::Another { size: 2 } => "another",
            CosignError::Time(_) => "time",
            _ => "",
        };
        assert_eq!(name, expected, "{refused}");
    }
    // Under the text that it claims to sign, a false line is a forgery.
    let mut note = Note::parse(&house.clerk.checkpoint_note()).unwrap();
    note.signatures.push(changed(&|line| line.bytes[40] ^= 1));
    let refused = house.clerk.add_cosignatures(&note.to_bytes(), now);
    assert!(matches!(refused, Err(CosignError::Invalid(_))));
    for wrong in [&b""[..], b"\n", b"\xff", b"line", &[b'a'; 70_000]] {
        assert!(matches!(house.clerk.add_cosignatures(wrong, now), Err(CosignError::Form(_))));
    }
    assert_eq!(house.last(), None);
    // A good one among unknown ones is kept, once, and the newest of it.
    assert_eq!(house.lines(&[stranger, good.clone(), good.clone()], now), Ok(true));
    let newer = cosign("ateneo", &current, now + 5);
    assert_eq!(house.lines(std::slice::from_ref(&newer), now), Ok(true));
    assert_eq!(house.lines(&[good], now), Ok(true));
    let note = Note::parse(&house.clerk.checkpoint_note()).unwrap();
    assert_eq!(note.signatures[1..], [newer]);
}

#[test]
fn cosigners_can_be_registered() {
    let mut house = House::new("registered", &["ateneo"]);
    let current = house.write("one");
    let now = house.clerk.time();
    let line = cosign("archivo", &current, now);
    assert_eq!(house.lines(std::slice::from_ref(&line), now), Err(CosignError::Unknown));
    let vkey = witness_vkey("archivo");
    let plain = Vkey { algorithm: Algorithm::Plain, ..vkey.clone() };
    let clerks = Vkey { key: house.council.clerk(0).public(), ..vkey.clone() };
    let members = Vkey { key: house.council.member(2).public(), ..vkey.clone() };
    let second_name = Vkey { name: "other.example".into(), ..witness_vkey("ateneo") };
    let taken_name = Vkey { name: "ateneo.example".into(), ..vkey.clone() };
    for wrong in [plain, clerks, members, second_name, taken_name] {
        assert!(
            matches!(house.clerk.register_cosigner(&wrong), Err(CosignError::NotRegistered(_))),
            "{wrong}"
        );
    }
    house.clerk.register_cosigner(&vkey).unwrap();
    house.clerk.register_cosigner(&vkey).unwrap();
    house.clerk.register_cosigner(&witness_vkey("ateneo")).unwrap();
    // It is shown, and counts for nothing.
    assert_eq!(house.lines(&[line], now), Ok(false));
    let vkeys = String::from_utf8(house.clerk.published().vkeys()).unwrap();
    let expected = [witness_vkey("ateneo").to_string(), vkey.to_string()];
    assert_eq!(vkeys.lines().skip(1).collect::<Vec<_>>(), expected);
    assert_eq!(Note::parse(&house.clerk.checkpoint_note()).unwrap().signatures.len(), 2);
    let mut stranger = Stranger::new(house.council.book);
    stranger.read(&mut mirror(house.disk.open().unwrap().reader().unwrap(), house.council.book)).unwrap();
    house.clerk.unregister_cosigner(&vkey.name).unwrap();
    assert_eq!(house.clerk.cosigners().unwrap(), [witness_vkey("ateneo")]);
}

/// A mirror's key is admitted as a member's: from then on it is nobody's cosigner, or every audit would fail.
#[test]
fn a_registered_cosigner_who_gets_another_role_is_left_out() {
    let mut house = House::new("roles", &["ateneo"]);
    let current = house.write("one");
    let now = house.clerk.time();
    let vkey = Vkey { key: house.council.member(4).public(), ..witness_vkey("archivo") };
    let cosigned = |checkpoint: &Checkpoint| {
        Signature::timestamped(&house.council.member(4), &vkey.name, now, &checkpoint.text())
    };
    let lines = [cosigned(&current)];
    house.clerk.register_cosigner(&vkey).unwrap();
    assert_eq!(house.clerk.cosigners().unwrap(), [witness_vkey("ateneo"), vkey.clone()]);
    assert_eq!(house.lines(&lines, now), Ok(false));
    let admission = house.council.admission(after(&current), 4);
    house.clerk.record(&[admission], now).remove(0).unwrap();
    let only = [witness_vkey("ateneo")];
    assert_eq!(house.clerk.cosigners().unwrap(), only);
    // Neither those whom the clerk serves nor those who read the store see the key.
    let listed =
        |vkeys: Vec<u8>| String::from_utf8(vkeys).unwrap().lines().skip(1).collect::<Vec<_>>().join("\n");
    assert_eq!(listed(house.clerk.published().vkeys()), only[0].to_string());
    let mut files = mirror(house.disk.open().unwrap().reader().unwrap(), house.council.book);
    assert_eq!(listed(files.read("vkeys", usize::MAX).unwrap().unwrap()), only[0].to_string());
    let newest = house.clerk.checkpoint();
    let line = Signature::timestamped(&house.council.member(4), &vkey.name, now, &newest.text());
    assert_eq!(house.lines(&[line], now), Err(CosignError::Unknown));
    // The command line that named it still starts the clerk; anew it is not registered.
    house.clerk.register_cosigner(&vkey).unwrap();
    assert_eq!(house.clerk.cosigners().unwrap(), only);
    house.clerk.unregister_cosigner(&vkey.name).unwrap();
    assert!(matches!(house.clerk.register_cosigner(&vkey), Err(CosignError::NotRegistered(_))));
}
