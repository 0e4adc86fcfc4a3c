//! Making an election: its description and its list of credentials.

use crate::credential::{ALPHABET, Enrolled};
use crate::election::{Description, Election, Question};
use crate::group::Group;
use crate::json;
use crate::nonce::Nonces;
use crate::refusal::Misuse;
use crate::trustee::VerifiedTrustees;

/// What a new election is called and asks.
pub struct NewElection {
    /// The election's name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The questions.
    pub questions: Vec<Question>,
    /// Base58, at least 14 characters.
    pub uuid: String,
    /// `cabildo` for a rehearsal, `cabildo/<book id>` in a book.
    pub credential_authority: String,
}

impl NewElection {
    /// The text of `election.json`, under the key that these trustees hold.
    ///
    /// # Errors
    /// What [`Election::parse`] would refuse.
    pub fn describe<G: Group>(&self, trustees: &VerifiedTrustees<G>) -> Result<String, Misuse> {
        let description = Description {
            version: 1,
            description: self.description.clone(),
            name: self.name.clone(),
            group: G::NAME.into(),
            public_key: trustees.election_key().to_string(),
            questions: self.questions.clone(),
            uuid: self.uuid.clone(),
            administrator: None,
            credential_authority: Some(self.credential_authority.clone()),
            language: None,
        };
        let text = json::to_string(&description);
        Election::<G>::parse(text.as_bytes()).map_err(Misuse)?;
        Ok(text)
    }
}

/// A fresh uuid: 22 characters of Base58, about 128 bits.
pub fn new_uuid(nonces: &mut Nonces) -> String {
    (0..22).map(|_| char::from(ALPHABET[nonces.below(58) as usize])).collect()
}

/// The list of credentials as the archive holds it: sorted by key.
///
/// # Errors
/// A key that stands there twice.
pub fn credential_list<G: Group>(mut enrolled: Vec<Enrolled<G>>) -> Result<String, Misuse> {
    enrolled.sort_unstable_by_key(|enrolled| enrolled.key);
    if enrolled.windows(2).any(|pair| pair[0].key == pair[1].key) {
        return Err(Misuse("two voters have the same credential".into()));
    }
    Ok(json::to_string(&enrolled.iter().map(Enrolled::line).collect::<Vec<_>>()))
}
