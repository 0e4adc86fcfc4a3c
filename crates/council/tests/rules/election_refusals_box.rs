//! Elections, each way in which an entry may not be: ballots, the close, shuffles, decryptions, the result.

use ballot::hash::Hash;
use council::elections::batch::{Cast, Replaces};
use council::elections::{Ending, Phase};
use council::kinds::elections::*;

use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, approves, hall, ranks};
use super::support::{DAY, allowed, keys, refused, refused_by_clerk};

/// The largest number that an entry can hold.
const MOST: u64 = (1 << 53) - 1;

const ALL: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/// An election by approving between 9 and 10, its box open for 1 to 8 and with two slips.
fn open() -> (Hall, u64) {
    let mut hall = hall(12, |_| {});
    let id = hall.opened("spokesperson", 1, &[9, 10], &[1, 2, 3, 4, 5, 6, 7, 8], &[11, 12]);
    (hall, id)
}

fn raw(hall: &mut Hall, election: u64, ballots: u64, bytes: &[u8]) -> BallotsPublished {
    BallotsPublished { election, ballots, batch: hall.blob(bytes) }
}

/// The revote's proof, made with another credential or for another pair of ballots.
fn replaces(hall: &Hall, id: u64, prover: u32, said: Hash, proven: Hash, ballot: Hash) -> Replaces {
    let fresh = keys::seed("a proof");
    let (election, credential) = (hall.parsed(id), hall.credential(id, prover));
    let proof = ballot::revote::prove(&election, &credential, &proven, &ballot, &fresh);
    Replaces { ballot: said, proof }
}

fn again(cast: &Cast, replaces: Option<Replaces>) -> Cast {
    Cast { ballot: cast.ballot.clone(), hash: cast.hash, replaces }
}

#[test]
fn ballots_published() {
    let mut before = hall(12, |_| {});
    let id = before.call("spokesperson", 1);
    for member in [9, 10] {
        before.stand(id, member);
    }
    before.freeze(id);
    before.list_credentials(id, &[1, 2, 3, 4, 5, 6, 7, 8], &[11, 12]);
    let mut hall = before.clone();
    hall.open(id);
    let cast: Vec<Cast> = [1, 2, 3].map(|member| hall.vote(id, member, &approves(&[0]))).into();
    let lines: Vec<String> = cast.iter().map(|cast| again(cast, None).line()).collect();
    let batch = hall.batch(id, cast.iter().map(|cast| again(cast, None)).collect());
    let bytes = hall.bytes(&batch.batch);
    before.scribe.blobs = hall.scribe.blobs.clone();
    refused_by_clerk(&before.scribe, &batch, "election", "it stands at Listed");
    for by in [KEEPER, "9", SCRUTINEERS] {
        refused(&hall.scribe, by, &batch, "entry-signers", "the clerk alone");
    }
    let foreign = BallotsPublished { election: id + 1, ..batch.clone() };
    refused_by_clerk(&hall.scribe, &foreign, "election", "there is none");
    for ballots in [0, 2, 4, MOST] {
        let wrong = BallotsPublished { ballots, ..batch.clone() };
        refused_by_clerk(&hall.scribe, &wrong, "ballot", "it has 3 ballots");
    }
    // The form of a batch.
    let mut turned: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
    turned.reverse();
    let turned = turned.join("\n") + "\n";
    let twice = format!("{}\n{}\n", lines[0], lines[0]);
    let spaced = format!("{}\n", lines[0].replacen(':', ": ", 1));
    let mut many: Vec<(Hash, u32)> =
        (0..10_001).map(|n: u32| (Hash::of(n.to_string().as_bytes()), n)).collect();
    many.sort_unstable_by_key(|(hash, _)| hash.0);
    let many: String = many.iter().map(|(_, n)| format!("{{\"ballot\":{n}}}\n")).collect();
    for (text, words) in [
        (turned.as_str(), "the order of their hashes"),
        (&twice, "the order of their hashes"),
        (&spaced, "line 1: it is not in its one form"),
        (&lines[0], "its last line has no end"),
        ("", "its last line has no end"),
        ("\n", "line 1"),
        ("{\"ballot\":3,\"weight\":2}\n", "line 1"),
        (&many, "more than 10000"),
    ] {
        let content = raw(&mut hall, id, 1, text.as_bytes());
        refused_by_clerk(&hall.scribe, &content, "ballot", words);
    }
    let no_text = raw(&mut hall, id, 1, b"\xff\n");
    refused_by_clerk(&hall.scribe, &no_text, "ballot", "it is not text");
    // A single ballot that does not hold voids the batch: altered in one byte, of another election, not listed.
    let mut altered = again(&cast[2], None);
    let digit = altered.ballot.iter().rposition(u8::is_ascii_digit).unwrap();
    altered.ballot[digit] = if altered.ballot[digit] == b'1' { b'2' } else { b'1' };
    altered.hash = Hash::of(&altered.ballot);
    let stranger = hall.vote(id, 10, &approves(&[0]));
    let mut other = hall.clone();
    other.scribe.time += 1;
    let (mut other, theirs) = {
        allowed(&mut other.scribe, ASSEMBLY, &ElectionAnnulled { election: id, reason: "No.".into() });
        let id = other.opened("spokesperson", 1, &[9, 10], &ALL, &[]);
        (other, id)
    };
    let foreign = other.vote(theirs, 3, &approves(&[0]));
    for (bad, words) in [(altered, ""), (stranger, ""), (foreign, "")] {
        let content = hall.batch(id, vec![again(&cast[0], None), again(&cast[1], None), bad]);
        refused_by_clerk(&hall.scribe, &content, "ballot", words);
    }
    // One credential, one ballot in a batch: with or without saying so.
    let second = hall.vote(id, 1, &approves(&[1]));
    let both = hall.batch(id, vec![again(&cast[0], None), again(&second, None)]);
    refused_by_clerk(&hall.scribe, &both, "ballot", "");
    // A first ballot that claims to replace one.
    let content = hall.batch(id, vec![again(&second, second.replaces.clone())]);
    refused_by_clerk(&hall.scribe, &content, "ballot", "its credential has cast none");
    hall.by_clerk(&batch);
    refused_by_clerk(&hall.scribe, &batch, "ballot", "in the box already");
    // Voting again: without naming the ballot before, naming another, with another's proof, or a proof for another pair.
    let [first, theirs] = [cast[0].hash, cast[1].hash];
    for (named, words) in [
        (None, "does not name the last ballot"),
        (Some(replaces(&hall, id, 1, theirs, theirs, second.hash)), "does not name the last ballot"),
        (Some(replaces(&hall, id, 2, first, first, second.hash)), ""),
        (Some(replaces(&hall, id, 1, first, theirs, second.hash)), ""),
        (Some(replaces(&hall, id, 1, first, first, cast[2].hash)), ""),
    ] {
        let content = hall.batch(id, vec![again(&second, named)]);
        refused_by_clerk(&hall.scribe, &content, "ballot", words);
    }
    let content = hall.batch(id, vec![again(&second, second.replaces.clone())]);
    hall.by_clerk(&content);
    // Bytes that were in the box do not come back, be it by the voter's own word: what was said of them could be said again.
    let back = replaces(&hall, id, 1, second.hash, second.hash, first);
    let content = hall.batch(id, vec![again(&cast[0], Some(back))]);
    refused_by_clerk(&hall.scribe, &content, "ballot", "in the box already");
    let third = hall.vote(id, 1, &approves(&[0]));
    let skips = replaces(&hall, id, 1, first, first, third.hash);
    let content = hall.batch(id, vec![again(&third, Some(skips))]);
    refused_by_clerk(&hall.scribe, &content, "ballot", "does not name the last ballot");
    hall.publish(id, vec![third]);
    let more = [4, 5].map(|member| hall.vote(id, member, &approves(&[1]))).into();
    let more = hall.batch(id, more);
    hall.by_clerk(&more);
    assert_eq!(hall.election(id).ballots, 7);
    let late = hall.vote(id, 6, &approves(&[1]));
    let late = hall.batch(id, vec![late]);
    hall.close(id);
    assert_eq!(hall.election(id).counted, 5);
    refused_by_clerk(&hall.scribe, &late, "election", "it stands at Decrypting");
}

#[test]
fn papers_transcribed() {
    let (mut hall, id) = open();
    let papers = |papers, spoiled| PapersTranscribed { election: id, papers, spoiled };
    let s = &hall.scribe;
    for by in ["3 as scrutineer", ASSEMBLY, "3 as scrutineer, 4"] {
        refused(s, by, &papers(1, 0), "entry-signers", "two people");
    }
    refused(s, SCRUTINEERS, &papers(0, 0), "election", "credentials were printed for 2");
    refused(s, SCRUTINEERS, &papers(2, 1), "election", "they would be 3 in all");
    refused(s, SCRUTINEERS, &papers(MOST, MOST), "election", "printed for 2");
    allowed(&mut hall.scribe, SCRUTINEERS, &papers(1, 0));
    refused(&hall.scribe, SCRUTINEERS, &papers(1, 1), "election", "they would be 3 in all");
    refused(&hall.scribe, SCRUTINEERS, &papers(MOST, 1), "election", "printed for 2");
    allowed(&mut hall.scribe, SCRUTINEERS, &papers(0, 1));
    assert_eq!(hall.election(id).papers, 2);
    hall.approve(id, &[5]);
    hall.close(id);
    refused(&hall.scribe, SCRUTINEERS, &papers(1, 0), "election", "it stands at Decrypting");
    // Nobody counts for themselves.
    let mut hall = super::hall::hall(12, |_| {});
    let id = hall.opened("spokesperson", 1, &[4, 9], &[1, 2, 3], &[11, 12]);
    let content = PapersTranscribed { election: id, papers: 1, spoiled: 0 };
    refused(&hall.scribe, SCRUTINEERS, &content, "entry-signers", "member 4 stands in this election");
    allowed(&mut hall.scribe, "5 as scrutineer, 3 as scrutineer", &content);
}

#[test]
fn election_closed() {
    let (mut hall, id) = open();
    hall.approve(id, &[3, 2]);
    let stale = hall.closing(id);
    let until = hall.election(id).opened.unwrap().until;
    hall.scribe.time = until - 61;
    refused(&hall.scribe, KEEPER, &stale, "election", "ballots are taken until");
    hall.scribe.time += 1;
    let more = vec![hall.vote(id, 6, &approves(&[0, 1]))];
    hall.publish(id, more);
    hall.scribe.time = until;
    refused(&hall.scribe, KEEPER, &stale, "ballot", "not the sum of the ballots");
    let content = hall.closing(id);
    let altered = ElectionClosed { tally: hall.altered(&content.tally), ..content.clone() };
    refused(&hall.scribe, KEEPER, &altered, "ballot", "not the sum of the ballots");
    for by in ["9", "3 as scrutineer", ASSEMBLY] {
        refused(&hall.scribe, by, &content, "entry-signers", "`minutes` or `presiding`");
    }
    let mut late = hall.clone();
    late.scribe.time = until + 7 * DAY - 61;
    refused(&late.scribe, "9", &content, "entry-signers", "any member");
    late.scribe.time += 1;
    allowed(&mut late.scribe, "9", &content);
    allowed(&mut hall.scribe, "2 as chair", &content);
    refused(&hall.scribe, KEEPER, &content, "election", "it stands at Decrypting");
    // Fewer than five: it ends, and nothing is decrypted.
    let (mut hall, id) = open();
    hall.approve(id, &[2, 2]);
    hall.close(id);
    assert!(matches!(hall.election(id).ended, Some(Ending::TooFewBallots { .. })));
    let blob = hall.blob(b"{}");
    let part = VotesDecrypted { election: id, decryption: blob.clone(), strong: blob };
    refused(&hall.scribe, "6", &part, "election", "it stands at Ended");
}

/// By ranking: six ballots, closed, and 6 and 7 to mix.
fn mixing() -> (Hall, u64) {
    let mut hall = hall(24, |_| {});
    let id = hall.opened("spokesperson", 1, &[9, 10], &(1..=24).collect::<Vec<_>>(), &[]);
    let cast = (1..=6).map(|member| hall.vote(id, member, &ranks(&[(member % 3 / 2) as usize]))).collect();
    hall.publish(id, cast);
    (hall, id)
}

#[test]
fn votes_shuffled_and_trustees_missing() {
    let (mut hall, id) = mixing();
    // The same votes, and another: a shuffle for that tally is none for this one.
    let mut other = hall.clone();
    let more = vec![other.vote(id, 7, &ranks(&[1, 0]))];
    other.publish(id, more);
    other.close(id);
    let foreign = other.mixing(id, 6);
    hall.scribe.blobs.extend(other.scribe.blobs.clone());
    refused(&hall.scribe, "6", &foreign, "election", "it stands at Open");
    let missing = |member| TrusteeMissing { election: id, member };
    refused(&hall.scribe, ASSEMBLY, &missing(6), "election", "it stands at Open");
    hall.close(id);
    refused(&hall.scribe, "6", &foreign, "ballot", "");
    let first = hall.mixing(id, 6);
    let stale = hall.mixing(id, 7);
    let altered = VotesShuffled { election: id, shuffle: hall.altered(&first.shuffle) };
    let s = &hall.scribe;
    for by in ["9", "1 as secretary", "6, 7", ASSEMBLY] {
        refused(s, by, &first, "entry-signers", "one of its trustees signs it");
    }
    refused(s, "8", &first, "election", "does not name them as a mixer");
    refused(s, "6", &altered, "ballot", "");
    // Missing: not before it is late, not by others, and never the last one.
    for by in ["2 as chair", SCRUTINEERS, "1 as secretary, 2 as chair"] {
        refused(s, by, &missing(7), "entry-signers", "assembly");
    }
    refused(s, ASSEMBLY, &missing(8), "election", "no mixer whose shuffle");
    let closed = hall.election(id).closed.unwrap().0;
    let mut late = hall.clone();
    late.scribe.time = closed + 7 * DAY - 61;
    refused(&late.scribe, ASSEMBLY, &missing(7), "election", "they have until");
    late.scribe.time += 1;
    allowed(&mut late.scribe, ASSEMBLY, &missing(7));
    refused(&late.scribe, ASSEMBLY, &missing(7), "election", "no mixer whose shuffle");
    refused(&late.scribe, ASSEMBLY, &missing(6), "election", "the last mixer");
    refused(&late.scribe, "7", &stale, "election", "does not name them as a mixer");
    allowed(&mut late.scribe, "6", &first);
    assert_eq!(late.phase(id), Phase::Decrypting);
    // At once, if the share is lost.
    let mut lost = hall.clone();
    allowed(&mut lost.scribe, "7", &ShareForgotten { member: 7 });
    allowed(&mut lost.scribe, ASSEMBLY, &missing(7));
    allowed(&mut hall.scribe, "6", &first);
    refused(&hall.scribe, "6", &first, "election", "or they have mixed");
    refused(&hall.scribe, ASSEMBLY, &missing(6), "election", "no mixer whose shuffle");
    // It mixes what the last one left.
    refused(&hall.scribe, "7", &stale, "ballot", "");
    hall.mix(id, 7);
    refused(&hall.scribe, "7", &stale, "election", "it stands at Decrypting");
    refused(&hall.scribe, ASSEMBLY, &missing(7), "election", "it stands at Decrypting");
}

#[test]
fn votes_decrypted_and_result_declared() {
    let (mut hall, id) = open();
    hall.approve(id, &[3, 2]);
    let mut other = hall.clone();
    let more = vec![other.vote(id, 6, &approves(&[1]))];
    other.publish(id, more);
    other.close(id);
    let foreign = other.decrypting(id, 6);
    for trustee in [6, 7] {
        other.decrypt(id, trustee);
    }
    let theirs = other.declaring(id);
    hall.scribe.blobs.extend(other.scribe.blobs.clone());
    refused(&hall.scribe, "6", &foreign, "election", "it stands at Open");
    refused(&hall.scribe, "9", &theirs, "election", "it stands at Open");
    hall.close(id);
    let own = hall.decrypting(id, 6);
    let seventh = hall.decrypting(id, 7);
    refused(&hall.scribe, "6", &foreign, "ballot", "");
    for by in ["9", "1 as secretary", "6, 7"] {
        refused(&hall.scribe, by, &own, "entry-signers", "one of its trustees signs it");
    }
    refused(&hall.scribe, "7", &own, "ballot", "that of trustee 1");
    let mixed = VotesDecrypted { strong: seventh.strong.clone(), ..own.clone() };
    refused(&hall.scribe, "6", &mixed, "ballot", "that of trustee 2");
    let mixed = VotesDecrypted { decryption: seventh.decryption.clone(), ..own.clone() };
    refused(&hall.scribe, "6", &mixed, "ballot", "");
    for altered in [
        VotesDecrypted { decryption: hall.altered(&own.decryption), ..own.clone() },
        VotesDecrypted { strong: hall.altered(&own.strong), ..own.clone() },
    ] {
        refused(&hall.scribe, "6", &altered, "ballot", "");
    }
    allowed(&mut hall.scribe, "6", &own);
    refused(&hall.scribe, "6", &own, "election", "decrypted already");
    // One part is not enough; then the assembly can no longer call off what everybody can compute.
    refused(&hall.scribe, "9", &theirs, "ballot", "");
    let annulled = ElectionAnnulled { election: id, reason: "No.".into() };
    let to_paper = MovedToPaper { election: id, reason: "No.".into() };
    allowed(&mut hall.clone().scribe, ASSEMBLY, &annulled);
    allowed(&mut hall.scribe, "7", &seventh);
    refused(&hall.scribe, ASSEMBLY, &annulled, "election", "enough trustees have decrypted");
    refused(&hall.scribe, ASSEMBLY, &to_paper, "election", "enough trustees have decrypted");
    let content = hall.declaring(id);
    hall.scribe.admit(13);
    refused(&hall.scribe, "9", &theirs, "ballot", "");
    refused(&hall.scribe, "13", &content, "standing", "no vote");
    refused(&hall.scribe, "9, 10", &content, "entry-signers", "exactly one");
    let altered = ResultDeclared { election: id, result: hall.altered(&content.result) };
    refused(&hall.scribe, "9", &altered, "ballot", "");
    allowed(&mut hall.scribe, "9", &content);
    refused(&hall.scribe, "9", &content, "election", "it stands at Declared");
    refused(&hall.scribe, "8", &own, "election", "it stands at Declared");
}
