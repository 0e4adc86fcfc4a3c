//! The audit of an archive: every event, every cryptographic check, streamed.
//!
//! What it reads is judged as it comes, in bounded memory: a ballot leaves about a hundred bytes behind. A refused ballot is
//! reported and the audit goes on; a broken chain of events ends it. `docs/spec/ballot.md`, section *Audit*, lists the checks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek};

use report::Report;
use sha2::{Digest, Sha512};

use crate::archive::reader::{ArchiveError, Record, Records};
use crate::archive::{EventType, Owned, SizedTally};
use crate::ballot::{self, Ballot};
use crate::ballot_box::{BallotBox, Position};
use crate::checks;
use crate::decryption::{self, VerifiedDecryption};
use crate::election::{self, Description, Election};
use crate::group::{Group, GroupName};
use crate::hash::Hash;
use crate::json::{self, Natural};
use crate::refusal::Refusal;
use crate::result::ElectionResult;
use crate::shuffle::{self, Generators, MixInput, NotVerified, Shuffle};
use crate::sigma::Ciphertext;
use crate::standing::{self, Closed, Standing};
use crate::strong::{StrongFile, StrongProof};
use crate::trustee::{self, VerifiedTrustees};

/// How many ballots, or bytes of ballots, are verified together.
const BATCH_BALLOTS: usize = 512;
const BATCH_BYTES: usize = 8 << 20;

/// What an audit needs beside the archive.
pub struct Options<'a> {
    /// 32 fresh random bytes: the seed of every random weight. It stands in the report, so that the audit can be replayed.
    pub seed: [u8; 32],
    /// The content of `<uuid>.strong.json`, where it is there.
    pub strong: Option<&'a [u8]>,
    /// Whether an archive that has not reached its result is in order so far.
    pub partial: bool,
    /// Called with the bytes read so far.
    pub progress: &'a mut dyn FnMut(u64),
}

/// What an audit found.
pub struct Audit {
    /// The checks.
    pub report: Report,
    /// What `election.json` says, once it was read.
    pub description: Option<Description>,
    /// The result that the archive records, once it was confirmed.
    pub result: Option<ElectionResult>,
    /// How many ballots the archive holds, revotes included.
    pub ballots: u64,
    /// How many credentials are on the list.
    pub voters: u64,
    /// How many ballots count.
    pub num_tallied: u64,
    /// Their weight.
    pub total_weight: u64,
}

/// Why there is no audit at all: the input could not be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The input failed.
    Input(io::Error),
    /// It is no Belenios archive.
    NotAnArchive,
}

/// Audits an archive. Implements Audit.
pub fn audit<R: Read + Seek>(input: R, options: Options<'_>) -> Result<Audit, Unreadable> {
    match begin(input)? {
        Begun::Archive(records, setup, group) => crate::with_group!(group, G => {
            Auditor::<G, R>::run(records, setup, options).map(|(audit, _)| audit)
        }),
        Begun::Ended(audit) => Ok(audit),
    }
}

/// Audits an archive of a known group ([`group_of`]), and where it holds, hands out where it stands: what the next trustee
/// mixes or decrypts.
pub fn audit_to_go_on<G: Group, R: Read + Seek>(
    input: R,
    options: Options<'_>,
) -> Result<(Audit, Option<Standing<G>>), Unreadable> {
    match begin(input)? {
        Begun::Archive(records, setup, _) => Auditor::<G, R>::run(records, setup, options),
        Begun::Ended(audit) => Ok((audit, None)),
    }
}

/// The group of an archive's election; an audit that fails where there is none.
pub fn group_of<R: Read>(input: R) -> Result<Result<GroupName, Audit>, Unreadable> {
    Ok(match begin(input)? {
        Begun::Archive(_, _, group) => Ok(group),
        Begun::Ended(audit) => Err(audit),
    })
}

/// What the first records of an archive give.
enum Begun<R> {
    Archive(Records<R>, Record, GroupName),
    Ended(Audit),
}

fn begin<R: Read>(input: R) -> Result<Begun<R>, Unreadable> {
    let mut records = match Records::open(input) {
        Ok(records) => records,
        Err(ArchiveError::Input(error)) => return Err(Unreadable::Input(error)),
        Err(ArchiveError::NotAnArchive) => return Err(Unreadable::NotAnArchive),
        Err(broken) => return stopped(Report::new(), broken).map(Begun::Ended),
    };
    let setup = match records.next_record() {
        Ok(Some(setup)) => setup,
        Ok(None) => {
            let mut report = Report::new();
            report.passed(checks::ARCHIVE, 1);
            report.failed(checks::COMPLETE, None, "archive", "it ends before its Setup");
            return Ok(Begun::Ended(Audit::of(report)));
        }
        Err(error) => return stopped(Report::new(), error).map(Begun::Ended),
    };
    match election::group_of(&setup.payloads[0].bytes) {
        Ok(group) => Ok(Begun::Archive(records, setup, group)),
        Err(reason) => {
            let mut report = Report::new();
            report.failed(checks::ELECTION, Some(0), "election.json", reason);
            Ok(Begun::Ended(Audit::of(report)))
        }
    }
}

/// An audit that ends where the archive cannot be read on.
fn stopped(mut report: Report, error: ArchiveError) -> Result<Audit, Unreadable> {
    match error {
        ArchiveError::Input(error) => Err(Unreadable::Input(error)),
        ArchiveError::NotAnArchive => Err(Unreadable::NotAnArchive),
        ArchiveError::Broken { check, event, object, reason } => {
            report.failed(check, event, object, reason);
            Ok(Audit::of(report))
        }
    }
}

impl Audit {
    fn of(report: Report) -> Audit {
        Audit {
            report,
            description: None,
            result: None,
            ballots: 0,
            voters: 0,
            num_tallied: 0,
            total_weight: 0,
        }
    }
}

/// Adds a refusal to a report.
pub(crate) fn note_refusal(report: &mut Report, event: Option<u64>, refusal: Refusal) {
    report.failed(refusal.check, event, refusal.object, refusal.reason);
}

/// Everything that the audit of a group's archive remembers between events.
struct Auditor<'a, G: Group, R> {
    records: Records<R>,
    options: Options<'a>,
    report: Report,
    election: Election<G>,
    setup: Hash,
    trustees_hash: Hash,
    trustees: VerifiedTrustees<G>,
    box_: BallotBox<G>,
    pending: Vec<(u64, Position, Vec<u8>)>,
    pending_bytes: usize,
    ballots: u64,
    refused_ballots: u64,
    mixers: BTreeSet<usize>,
    shuffles: u64,
    generators: Generators<G>,
    closed: Option<Closed<G>>,
    decryptions: BTreeMap<usize, (u64, VerifiedDecryption<G>)>,
    result: Option<ElectionResult>,
    strong: Vec<StrongProof<G>>,
    last: EventType,
    stands_at: &'static str,
}

/// Ends the audit early with what is known.
struct Stop;

impl<'a, G: Group, R: Read + Seek> Auditor<'a, G, R> {
    fn run(
        records: Records<R>,
        setup: Record,
        options: Options<'a>,
    ) -> Result<(Audit, Option<Standing<G>>), Unreadable> {
        let mut report = Report::new();
        report.fact("seed", hex::encode(options.seed));
        let election = match Election::<G>::parse(&setup.payloads[0].bytes) {
            Ok(election) => election,
            Err(reason) => {
                report.failed(checks::ELECTION, Some(0), "election.json", reason);
                return Ok((Audit::of(report), None));
            }
        };
        let description = election.description.clone();
        let trustees = match Self::trustees(&election, &setup.payloads[1].bytes, &mut report) {
            Some(trustees) => trustees,
            None => return Ok((Audit { description: Some(description), ..Audit::of(report) }, None)),
        };
        let box_ = match BallotBox::open(
            &election,
            &setup.payloads[2].bytes,
            &subseed(&options.seed, "credentials", 0),
        ) {
            Ok(box_) => box_,
            Err(refusal) => {
                note_refusal(&mut report, Some(0), refusal);
                return Ok((Audit { description: Some(description), ..Audit::of(report) }, None));
            }
        };
        report.passed(checks::CREDENTIALS, box_.voters());
        let (setup_hash, trustees_hash) =
            (setup.payloads[setup.payloads.len() - 1].hash, setup.payloads[1].hash);
        drop(setup);
        let mut auditor = Auditor {
            records,
            options,
            report,
            election,
            setup: setup_hash,
            trustees_hash,
            trustees,
            box_,
            pending: Vec::new(),
            pending_bytes: 0,
            ballots: 0,
            refused_ballots: 0,
            mixers: BTreeSet::new(),
            shuffles: 0,
            generators: Generators::new(),
            closed: None,
            decryptions: BTreeMap::new(),
            result: None,
            strong: Vec::new(),
            last: EventType::Setup,
            stands_at: "Setup",
        };
        let mut events: u64 = 1;
        loop {
            let record = match auditor.records.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(ArchiveError::Broken { check, event, object, reason }) => {
                    auditor.verify_pending()?;
                    auditor.report.passed(checks::EVENTS, events);
                    auditor.report.failed(check, event, object, reason);
                    return Ok((auditor.outcome().0, None));
                }
                Err(error) => return stopped(auditor.report, error).map(|audit| (audit, None)),
            };
            events += 1;
            (auditor.options.progress)(auditor.records.offset());
            if auditor.event(record)?.is_err() {
                break;
            }
        }
        auditor.verify_pending()?;
        auditor.report.passed(checks::ARCHIVE, 1);
        auditor.report.passed(checks::EVENTS, events);
        Ok(auditor.finish())
    }

    fn trustees(election: &Election<G>, bytes: &[u8], report: &mut Report) -> Option<VerifiedTrustees<G>> {
        match trustee::read_verified::<G>(bytes) {
            Ok(trustees) => {
                report.passed(checks::TRUSTEES, trustees.owners().len() as u64);
                match trustees.check_key(election) {
                    Ok(()) => report.passed(checks::ELECTION, 1),
                    Err(refusal) => note_refusal(report, Some(0), refusal),
                }
                Some(trustees)
            }
            Err(refusals) => {
                for refusal in refusals {
                    note_refusal(report, Some(0), refusal);
                }
                None
            }
        }
    }

    fn event(&mut self, mut record: Record) -> Result<Result<(), Stop>, Unreadable> {
        let height = record.event.height;
        self.last = record.event.r#type;
        if record.event.r#type != EventType::Ballot {
            self.verify_pending()?;
        }
        let outcome = match record.event.r#type {
            // The reader lets a second Setup pass nowhere.
            EventType::Setup => Ok(()),
            EventType::Ballot => {
                if let Some(payload) = record.payloads.pop() {
                    let position =
                        Position { offset: payload.offset, size: payload.bytes.len(), hash: payload.hash };
                    self.pending_bytes += payload.bytes.len();
                    self.pending.push((height, position, payload.bytes));
                    self.ballots += 1;
                }
                self.stands_at = "Ballot";
                if self.pending.len() >= BATCH_BALLOTS || self.pending_bytes >= BATCH_BYTES {
                    self.verify_pending()?;
                }
                return Ok(Ok(()));
            }
            EventType::EndBallots => {
                self.stands_at = "EndBallots";
                Ok(())
            }
            EventType::EncryptedTally => {
                self.stands_at = "EncryptedTally";
                self.encrypted_tally(height, &record)
            }
            EventType::Shuffle => {
                self.stands_at = "Shuffle";
                self.shuffle(height, &record)
            }
            EventType::EndShuffles => {
                self.stands_at = "EndShuffles";
                Ok(())
            }
            EventType::PartialDecryption => {
                self.stands_at = "PartialDecryption";
                self.partial_decryption(height, &record)
            }
            EventType::Result => {
                self.stands_at = "Result";
                self.result(height, &record)
            }
        };
        Ok(outcome)
    }

    /// Verifies the ballots that wait, in order.
    fn verify_pending(&mut self) -> Result<(), Unreadable> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        let seed = subseed(&self.options.seed, "ballots", pending[0].0);
        let (places, bytes): (Vec<_>, Vec<_>) =
            pending.into_iter().map(|(h, p, bytes)| ((h, p), bytes)).unzip();
        let verdicts = ballot::verify_all(&self.election, &bytes, &seed);
        drop(bytes);
        for ((height, position), verdict) in places.into_iter().zip(verdicts) {
            let accepted = match verdict {
                Ok(ballot) => {
                    let replaced = match self.box_.last_of(&ballot.credential) {
                        Some(last) => Some(self.read_again(last)?),
                        None => None,
                    };
                    self.box_.accept(&ballot, position, replaced.as_deref())
                }
                Err(refusal) => Err(refusal),
            };
            match accepted {
                Ok(()) => {
                    for check in [
                        checks::BALLOT_FORM,
                        checks::BALLOT_POINTS,
                        checks::BALLOT_CREDENTIAL,
                        checks::BALLOT_SIGNATURE,
                        checks::BALLOT_PROOFS,
                        checks::BALLOT_COPIES,
                    ] {
                        self.report.passed(check, 1);
                    }
                }
                Err(refusal) => {
                    self.refused_ballots += 1;
                    note_refusal(&mut self.report, Some(height), refusal);
                }
            }
        }
        Ok(())
    }

    /// The ciphertexts of a ballot that was verified before.
    fn read_again(&mut self, position: Position) -> Result<Vec<Vec<Ciphertext<G>>>, Unreadable> {
        let bytes =
            self.records.again(position.offset, position.size, &position.hash).map_err(
                |error| match error {
                    ArchiveError::Input(error) => Unreadable::Input(error),
                    changed => Unreadable::Input(io::Error::other(changed.to_string())),
                },
            )?;
        let ballot = Ballot::parse(&self.election, &bytes);
        let ballot = ballot.map_err(|refusal| Unreadable::Input(io::Error::other(refusal.to_string())))?;
        Ok(ballot.ciphertexts())
    }

    fn encrypted_tally(&mut self, height: u64, record: &Record) -> Result<(), Stop> {
        let sized = &record.payloads[1];
        let (close, closed) = standing::add_up(&self.election, &self.box_);
        let expected = SizedTally {
            num_tallied: close.num_tallied,
            total_weight: Natural(close.total_weight),
            encrypted_tally: closed.tally_hash,
        };
        let (num_tallied, total_weight) = (close.num_tallied, close.total_weight);
        if self.refused_ballots == 0 {
            let claimed: Result<SizedTally, _> = json::parse(&sized.bytes);
            match claimed {
                Ok(claimed) if claimed == expected => self.report.passed(checks::ENCRYPTED_TALLY, 1),
                Ok(claimed) => {
                    let reason = if claimed.num_tallied != expected.num_tallied {
                        format!("it counts {} ballots, and {num_tallied} count", claimed.num_tallied)
                    } else if claimed.total_weight != expected.total_weight {
                        format!(
                            "its weight is {}, and the ballots that count weigh {total_weight}",
                            claimed.total_weight.0
                        )
                    } else {
                        "it is not the sum of the ballots that count".to_owned()
                    };
                    self.report.failed(checks::ENCRYPTED_TALLY, Some(height), "encrypted tally", reason);
                    return Err(Stop);
                }
                Err(error) => {
                    self.report.failed(
                        checks::ENCRYPTED_TALLY,
                        Some(height),
                        "encrypted tally",
                        error.to_string(),
                    );
                    return Err(Stop);
                }
            }
            self.closed = Some(closed);
            return Ok(());
        }
        let reason = format!("it cannot be recomputed, for {} ballots were refused", self.refused_ballots);
        self.report.failed(checks::ENCRYPTED_TALLY, Some(height), "encrypted tally", reason);
        Err(Stop)
    }

    fn shuffle(&mut self, height: u64, record: &Record) -> Result<(), Stop> {
        let Some(closed) = &mut self.closed else { return Err(Stop) };
        let Some(owner) = owner_of(record) else { return Err(Stop) };
        let object = format!("shuffle by trustee {owner}");
        if owner == 0 || owner > self.trustees.owners().len() {
            self.report.failed(checks::MIXERS, Some(height), object, "there is no trustee of this number");
            return Err(Stop);
        }
        if !self.mixers.insert(owner) {
            self.report.failed(checks::MIXERS, Some(height), object, "this trustee mixed before");
            return Err(Stop);
        }
        let payload = &record.payloads[0];
        let shuffle: Shuffle<G> = match json::parse(&payload.bytes) {
            Ok(shuffle) => shuffle,
            Err(error) => {
                self.report.failed(checks::SHUFFLES, Some(height), object, error.to_string());
                return Err(Stop);
            }
        };
        let questions = self.election.questions();
        let mixed: Vec<usize> = (0..questions.len()).filter(|i| questions[*i].is_mixed()).collect();
        let input: Vec<Vec<Ciphertext<G>>> =
            mixed.iter().map(|i| std::mem::take(&mut closed.rows[*i])).collect();
        // They are those of verified ballots, or of the verified shuffle before.
        let input = MixInput::from_members(input);
        let seed = subseed(&self.options.seed, "shuffle", height);
        match shuffle::verify(&self.election, &mut self.generators, &input, shuffle, &seed) {
            Ok(verified) => {
                self.report.passed(checks::SHUFFLES, 1);
                self.shuffles += 1;
                for (i, ciphertexts) in mixed.into_iter().zip(verified.into_output().into_questions()) {
                    closed.rows[i] = ciphertexts;
                }
                closed.last_shuffle = Some(payload.hash);
                Ok(())
            }
            Err(NotVerified::Refused(refusal)) => {
                let object = format!("{object}, {}", refusal.object);
                self.report.failed(refusal.check, Some(height), object, refusal.reason);
                Err(Stop)
            }
            Err(internal) => {
                self.report.failed(checks::SHUFFLES, Some(height), object, internal.to_string());
                Err(Stop)
            }
        }
    }

    /// Whether the mixing is enough to decrypt; recorded once.
    fn check_mixed(&mut self, height: u64) -> Result<(), Stop> {
        if self.election.is_mixed() && self.shuffles == 0 {
            if self.report.check(checks::MIXERS).is_none() {
                let reason = "a ranked question is decrypted without a single shuffle";
                self.report.failed(checks::MIXERS, Some(height), "shuffles", reason);
            }
            return Err(Stop);
        }
        Ok(())
    }

    fn partial_decryption(&mut self, height: u64, record: &Record) -> Result<(), Stop> {
        self.check_mixed(height)?;
        let Some(closed) = &self.closed else { return Err(Stop) };
        let Some(owner) = owner_of(record) else { return Err(Stop) };
        let object = format!("trustee {owner}");
        let check = checks::PARTIAL_DECRYPTIONS;
        let Some(trustee) = owner.checked_sub(1).and_then(|i| self.trustees.owners().get(i)) else {
            self.report.failed(check, Some(height), object, "there is no trustee of this number");
            return Err(Stop);
        };
        if self.decryptions.contains_key(&owner) {
            self.report.failed(check, Some(height), object, "this trustee decrypted before");
            return Err(Stop);
        }
        let alphas: Vec<G::Element> =
            closed.rows.iter().flatten().map(|ciphertext| ciphertext.alpha).collect();
        let seed = subseed(&self.options.seed, "decryption", height);
        let payload = &record.payloads[0];
        match decryption::verify(
            &self.election,
            &closed.shape,
            &alphas,
            owner,
            &trustee.key,
            &payload.bytes,
            &seed,
        ) {
            Ok(verified) => {
                self.report.passed(check, 1);
                self.decryptions.insert(owner, (height, verified));
                Ok(())
            }
            Err(refusal) => {
                note_refusal(&mut self.report, Some(height), refusal);
                Err(Stop)
            }
        }
    }

    fn result(&mut self, height: u64, record: &Record) -> Result<(), Stop> {
        self.check_mixed(height)?;
        let Some(closed) = &self.closed else { return Err(Stop) };
        let parts = self.decryptions.iter().map(|(owner, (_, part))| (*owner, part));
        let combined = match self.trustees.combine_parts(parts) {
            Ok(combined) => combined,
            Err(missing) => {
                self.report.failed(checks::PARTIAL_DECRYPTIONS, Some(height), "result", missing.to_string());
                return Err(Stop);
            }
        };
        match closed.confirm(&self.election, &combined, &record.payloads[0].bytes) {
            Ok(claimed) => {
                self.report.passed(checks::RESULT, claimed.result.len() as u64);
                self.result = Some(claimed);
                Ok(())
            }
            Err(refusal) => {
                note_refusal(&mut self.report, Some(height), refusal);
                Err(Stop)
            }
        }
    }

    /// The strong proofs of the partial decryptions.
    fn strong(&mut self) {
        let check = checks::DECRYPTION;
        let Some(closed) = self.closed.as_ref().filter(|_| !self.decryptions.is_empty()) else { return };
        let Some(bytes) = self.options.strong else {
            if !self.election.is_ours() {
                self.report.noted(check, "Belenios proof only");
            } else if self.options.partial && self.result.is_none() {
                self.report.noted(check, "the strong proofs are not there yet");
            } else {
                let file = format!("{}.strong.json", self.election.description.uuid);
                self.report.failed(check, None, file, "an election of Cabildo needs it, and it is missing");
            }
            return;
        };
        let file = match json::parse::<StrongFile<G>>(bytes) {
            Ok(file) => file,
            Err(error) => return self.report.failed(check, None, "strong proofs", error.to_string()),
        };
        if file.version != 1 || file.election_uuid != self.election.description.uuid {
            return self.report.failed(check, None, "strong proofs", "they belong to another election");
        }
        let flat = closed.flat();
        let so_far = self.options.partial && self.result.is_none();
        let mut seen = BTreeSet::new();
        for proof in &file.proofs {
            let object = format!("trustee {}", proof.owner);
            if !seen.insert(proof.owner) {
                self.report.failed(check, None, object, "it has two strong proofs");
                continue;
            }
            let Some((height, decryption)) = self.decryptions.get(&proof.owner) else {
                if so_far {
                    // Whoever adds a decryption writes its strong proof first: they were interrupted in between.
                    self.report
                        .noted(check, format!("{object} has a strong proof and has not decrypted yet"));
                } else {
                    let reason = "it has a strong proof and no partial decryption";
                    self.report.failed(check, None, object, reason);
                }
                continue;
            };
            let Some(public) = self.trustees.owners().get(proof.owner.wrapping_sub(1)) else { continue };
            let statement = closed.statement(
                &self.election,
                (self.setup, self.trustees_hash),
                (proof.owner, &public.key),
                &flat,
                &decryption.factors,
                decryption.hash,
            );
            match statement.verify(proof) {
                Ok(()) => {
                    self.report.passed(check, 1);
                    self.strong.push(proof.clone());
                }
                Err(refusal) => note_refusal(&mut self.report, Some(*height), refusal),
            }
        }
        for (owner, (height, _)) in self.decryptions.iter().filter(|(owner, _)| !seen.contains(owner)) {
            let object = format!("trustee {owner}");
            if !self.election.is_ours() {
                self.report.noted(check, format!("Belenios proof only for {object}"));
            } else if !so_far {
                self.report.failed(check, Some(*height), object, "its strong proof is missing");
            }
        }
    }

    fn finish(mut self) -> (Audit, Option<Standing<G>>) {
        self.strong();
        if self.shuffles > 0 {
            self.report.passed(checks::MIXERS, self.shuffles);
            self.report.noted(checks::MIXERS, "claimed");
        }
        if self.result.is_some() {
            self.report.passed(checks::COMPLETE, 1);
        } else if self.options.partial && self.report.holds() {
            self.report.noted(checks::COMPLETE, format!("it stands at {}", self.stands_at));
        } else if self.report.holds() {
            let reason = format!(
                "it has not reached its result: it stands at {} (--partial asks how things stand)",
                self.stands_at
            );
            self.report.failed(checks::COMPLETE, None, "archive", reason);
        }
        self.outcome()
    }

    /// What was found.
    fn outcome(self) -> (Audit, Option<Standing<G>>) {
        let audit = Audit {
            voters: self.box_.voters(),
            num_tallied: self
                .closed
                .as_ref()
                .map_or_else(|| self.box_.num_tallied(), |closed| closed.num_tallied),
            total_weight: self
                .closed
                .as_ref()
                .map_or_else(|| self.box_.total_weight(), |closed| closed.total_weight),
            description: Some(self.election.description.clone()),
            result: self.result,
            ballots: self.ballots,
            report: self.report,
        };
        let standing = audit.report.holds().then(|| Standing {
            head: self.records.head(),
            last: self.last,
            election: self.election,
            setup: self.setup,
            trustees_hash: self.trustees_hash,
            trustees: self.trustees,
            box_: self.box_,
            closed: self.closed,
            mixers: self.mixers,
            generators: self.generators,
            decryptions: self.decryptions.into_iter().map(|(owner, (_, found))| (owner, found)).collect(),
            strong: self.strong,
        });
        (audit, standing)
    }
}

/// The owner that a shuffle or a partial decryption names.
fn owner_of(record: &Record) -> Option<usize> {
    // The reader parsed it before.
    json::parse::<Owned>(&record.payloads[1].bytes).ok().map(|owned| owned.owner)
}

/// A seed of its own for each use.
fn subseed(seed: &[u8; 32], purpose: &str, number: u64) -> [u8; 32] {
    let mut hash = Sha512::new();
    hash.update(b"cabildo/audit-seed/v1\n");
    hash.update(seed);
    hash.update(purpose.as_bytes());
    hash.update(number.to_be_bytes());
    let digest: [u8; 64] = hash.finalize().into();
    let mut subseed = [0; 32];
    subseed.copy_from_slice(&digest[..32]);
    subseed
}
