//! Private bodies: what an entry commits to and does not hold.

use book::hash::Hash;
use book::id::BookId;

/// The commitment to a private body: SHA-256 of `cabildo/body/v1`, the book's id and the first signer's name, each with a
/// newline, then 32 bytes of salt and the body. Without the salt a guess at the body cannot be tested.
pub fn body_commitment(book: &BookId, first_signer: &str, salt: &[u8; 32], body: &[u8]) -> Hash {
    let head = format!("cabildo/body/v1\n{book}\n{first_signer}\n");
    Hash::of_parts(&[head.as_bytes(), salt, body])
}
