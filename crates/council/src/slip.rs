//! The code on a slip: 16 characters that people type, and the key that it stands for.
//!
//! The alphabet has no look-alikes: digits and capitals without I, L, O and U; what people type for them (`o` for `0`, `l` for
//! `1`) is read as meant. 15 characters hold 75 random bits, so that the slip's public key, which stands in the book, gives
//! nothing away. The last is a check over the field of 32 elements: it notices every wrong character and every two that changed
//! places.

use std::fmt;

use book::id::BookId;
use book::key::SecretKey;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters that hold randomness.
const RANDOM: usize = 15;
/// Characters in all.
const LENGTH: usize = RANDOM + 1;
const DOMAIN: &[u8] = b"cabildo/slip/v1\n";

/// A slip's code. Secret: it is not shown by `Debug`, and wiped when it goes.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SlipCode([u8; RANDOM]);

/// Why a text is no slip's code. Shown as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipError {
    /// It has another number of characters.
    Length {
        /// How many it has, spaces and hyphens aside.
        found: usize,
    },
    /// A character that no code has.
    Character {
        /// Which, from 1.
        at: usize,
    },
    /// The check character does not fit: something was mistyped.
    Check,
}

impl fmt::Display for SlipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SlipError::Length { found } => {
                write!(
                    f,
                    "a slip's code has {LENGTH} letters and digits, and this has {found}: type it again"
                )
            }
            SlipError::Character { at } => {
                write!(f, "character {at} is none that a slip's code has: type it again")
            }
            SlipError::Check => f.write_str("the code is mistyped somewhere: compare it with the slip"),
        }
    }
}

impl std::error::Error for SlipError {}

/// Multiplication by x in GF(32) = GF(2)[x]/(x^5 + x^2 + 1), where x generates all that is not 0.
fn times_x(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 { doubled } else { (doubled & 31) ^ 0b101 }
}

/// The check over these: the sum of each times x to the power of its place, from 1.
fn check(values: &[u8; RANDOM]) -> u8 {
    // Horner's rule, from the last place down.
    values.iter().rev().fold(0, |sum, value| times_x(sum ^ value))
}

/// What a character stands for.
fn value(character: char) -> Option<u8> {
    let meant = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|known| char::from(*known) == meant).map(|place| place as u8)
}

impl SlipCode {
    /// A code from 15 random bytes, of each of which five bits count.
    pub fn from_random(random: &[u8; RANDOM]) -> SlipCode {
        SlipCode(random.map(|byte| byte & 31))
    }

    /// Reads a code as people type it, with or without spaces and hyphens, in any case.
    pub fn parse(text: &str) -> Result<SlipCode, SlipError> {
        let typed = text.chars().filter(|character| !character.is_whitespace() && *character != '-');
        let mut values = Vec::with_capacity(LENGTH);
        let mut found = 0;
        for character in typed {
            found += 1;
            if found <= LENGTH {
                values.push(value(character).ok_or(SlipError::Character { at: found })?);
            }
        }
        let mut code = SlipCode([0; RANDOM]);
        let read = match values.split_last() {
            Some((last, first)) if found == LENGTH => {
                code.0.copy_from_slice(first);
                if *last == check(&code.0) { Ok(()) } else { Err(SlipError::Check) }
            }
            _ => Err(SlipError::Length { found }),
        };
        values.zeroize();
        read.map(|()| code)
    }

    /// The code in groups of four, as it is printed.
    pub fn printed(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH + 3));
        let last = check(&self.0);
        for (at, value) in self.0.iter().chain([&last]).enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*value) & 31]));
        }
        text
    }

    /// The seed of the Ed25519 key that this code stands for, in this book and for this number: SHA-256 of `cabildo/slip/v1`, the
    /// book's id and the number, each on a line, and the 15 values, a byte each.
    pub fn seed(&self, book: &BookId, member: u32) -> Zeroizing<[u8; 32]> {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(format!("{book}\n{member}\n"));
        hash.update(self.0);
        Zeroizing::new(hash.finalize().into())
    }

    /// That key.
    pub fn key(&self, book: &BookId, member: u32) -> SecretKey {
        SecretKey::from_seed(&self.seed(book, member))
    }
}

impl fmt::Debug for SlipCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlipCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(seed: u8) -> SlipCode {
        let mut random = [0; RANDOM];
        for (at, byte) in random.iter_mut().enumerate() {
            *byte = seed.wrapping_mul(31).wrapping_add((at as u8).wrapping_mul(57)) ^ 0xa5;
        }
        SlipCode::from_random(&random)
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let printed = code(1).printed();
        assert_eq!(printed.len(), 19);
        assert_eq!(SlipCode::parse(&printed), Ok(code(1)));
        let typed = printed.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(SlipCode::parse(&typed), Ok(code(1)));
        assert_eq!(SlipCode::parse("").unwrap_err(), SlipError::Length { found: 0 });
        assert_eq!(SlipCode::parse(&format!("{}7", *printed)).unwrap_err(), SlipError::Length { found: 17 });
        assert_eq!(SlipCode::parse("2222-2ñ22").unwrap_err(), SlipError::Character { at: 6 });
        assert_eq!(SlipCode::parse("2222-U222").unwrap_err(), SlipError::Character { at: 5 });
        assert_eq!(format!("{:?}", code(1)), "SlipCode(…)");
    }

    /// One wrong character anywhere, and any two that changed places.
    #[test]
    fn what_is_mistyped_is_noticed() {
        for seed in 0..20 {
            let right: Vec<char> = code(seed).printed().chars().filter(|c| *c != '-').collect();
            let refused = |wrong: &[char]| {
                let text: String = wrong.iter().collect();
                assert_eq!(SlipCode::parse(&text), Err(SlipError::Check), "{text}");
            };
            for at in 0..LENGTH {
                for other in ALPHABET.iter().map(|byte| char::from(*byte)).filter(|other| *other != right[at])
                {
                    let mut wrong = right.clone();
                    wrong[at] = other;
                    refused(&wrong);
                }
                for to in (at + 1..LENGTH).filter(|to| right[*to] != right[at]) {
                    let mut wrong = right.clone();
                    wrong.swap(at, to);
                    refused(&wrong);
                }
            }
        }
    }

    /// The same code in another book, or for another number, is another key; the vector is in the specification.
    #[test]
    fn a_key_belongs_to_book_and_number() {
        let code = SlipCode::from_random(&std::array::from_fn(|at| at as u8));
        assert_eq!(*code.printed(), "0123-4567-89AB-CDE4");
        let (one, other) = (BookId([1; 32]), BookId([2; 32]));
        let key = |book: &BookId, member| code.key(book, member).public().base64();
        assert_eq!(key(&one, 9), key(&one, 9));
        assert_ne!(key(&one, 9), key(&other, 9));
        assert_ne!(key(&one, 9), key(&one, 10));
    }
}
