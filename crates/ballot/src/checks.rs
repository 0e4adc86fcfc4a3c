//! The names of the checks that an audit makes, in the order in which it makes them. `docs/spec/ballot.md`, section
//! *Audit*, says what each covers.

/// The file is a tar as Belenios writes it; every member's name is the hash of its content, in the order of its event.
pub const ARCHIVE: &str = "archive";
/// Every event names its predecessor, its height and its payload, and the types come in the order of an election.
pub const EVENTS: &str = "events";
/// `election.json` is well-formed and its key is the one that the trustees' keys give.
pub const ELECTION: &str = "election";
/// Every trustee's key, certificate, coefficients and proof of possession.
pub const TRUSTEES: &str = "trustees";
/// The list of credentials: sorted, distinct, in the subgroup, with weights.
pub const CREDENTIALS: &str = "credentials";
/// A ballot is canonical, for this election, and answers each question in its shape.
pub const BALLOT_FORM: &str = "ballot-form";
/// A ballot's points are in the prime-order subgroup and none is the identity.
pub const BALLOT_POINTS: &str = "ballot-points";
/// A ballot's credential is on the list and may answer what it answers.
pub const BALLOT_CREDENTIAL: &str = "ballot-credential";
/// The credential's signature covers the ballot.
pub const BALLOT_SIGNATURE: &str = "ballot-signature";
/// The proofs that a ballot's votes are allowed ones and known to its maker.
pub const BALLOT_PROOFS: &str = "ballot-proofs";
/// No ballot was cast a second time, byte for byte. That no voter's ciphertexts stand in another's ballot is for the
/// proofs, which cover the credential.
pub const BALLOT_COPIES: &str = "ballot-copies";
/// The encrypted tally is the recomputed one, with the recomputed numbers of ballots and weights.
pub const ENCRYPTED_TALLY: &str = "encrypted-tally";
/// Every shuffle's proof.
pub const SHUFFLES: &str = "shuffles";
/// Who mixed: no one twice, at least one where a question needs it.
pub const MIXERS: &str = "mixers";
/// Every partial decryption's factors and Belenios proofs, one for each trustee at most.
pub const PARTIAL_DECRYPTIONS: &str = "partial-decryptions";
/// The strong proof of each partial decryption.
pub const DECRYPTION: &str = "decryption";
/// The result is the recomputed one.
pub const RESULT: &str = "result";
/// The archive has reached its result.
pub const COMPLETE: &str = "complete";

// What a minute book checks beyond an archive's audit.

/// A ballot that takes another's place: its credential says so itself, and the other one is its last. (In an archive the
/// order of events says which ballot is the last.)
pub const BALLOT_REPLACED: &str = "ballot-replaced";
/// Whoever brings a credential's public key has its secret.
pub const ENROLMENT: &str = "enrolment";
