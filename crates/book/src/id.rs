//! Names of books and of their epochs.

use std::fmt;

use crate::hash::Hash;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A book's id: SHA-256 of its founding entry's text. Written as 52 characters of lower-case base32 (RFC 4648 §6)
/// without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(pub [u8; 32]);

impl BookId {
    /// The id of the book that begins with this founding text (the note's text, its last newline included).
    pub fn of_founding(text: &str) -> BookId {
        BookId(Hash::of(text.as_bytes()).0)
    }

    /// Reads the 52 characters; the four bits that base32 leaves over must be zero.
    pub fn parse(text: &str) -> Option<BookId> {
        if text.len() != 52 {
            return None;
        }
        let mut bytes = [0_u8; 32];
        let (mut window, mut bits, mut at) = (0_u32, 0, 0);
        for character in text.bytes() {
            let value = match character {
                b'a'..=b'z' => character - b'a',
                b'2'..=b'7' => character - b'2' + 26,
                _ => return None,
            };
            window = (window << 5) | u32::from(value);
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes[at] = (window >> bits) as u8;
                window &= (1 << bits) - 1;
                at += 1;
            }
        }
        (window == 0).then_some(BookId(bytes))
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut window, mut bits) = (0_u32, 0);
        let mut text = String::with_capacity(52);
        for byte in self.0 {
            window = (window << 8) | u32::from(byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                text.push(char::from(ALPHABET[(window >> bits) as usize & 31]));
                window &= (1 << bits) - 1;
            }
        }
        if bits > 0 {
            text.push(char::from(ALPHABET[(window << (5 - bits)) as usize & 31]));
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The origin of a book's log in one epoch, and the name of the clerk's key: `cabildo/<id>/<epoch>`. It holds no host
/// name, so a lost domain changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The book.
    pub book: BookId,
    /// How many clerks it had before this one.
    pub epoch: u32,
}

impl Origin {
    /// Reads `cabildo/<id>/<epoch>`; the epoch has no leading zero.
    pub fn parse(text: &str) -> Option<Origin> {
        let (book, epoch) = text.strip_prefix("cabildo/")?.split_once('/')?;
        let origin = Origin { book: BookId::parse(book)?, epoch: epoch.parse().ok()? };
        (origin.to_string() == text).then_some(origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cabildo/{}/{}", self.book, self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_and_read() {
        for byte in 0..=255_u8 {
            let id = BookId(std::array::from_fn(|at| byte.wrapping_mul(at as u8 + 1)));
            assert_eq!(id.to_string().len(), 52);
            assert_eq!(BookId::parse(&id.to_string()), Some(id));
        }
        // RFC 4648 base32 of 32 zero bytes and of 32 bytes 0xff.
        assert_eq!(BookId([0; 32]).to_string(), "a".repeat(52));
        assert_eq!(BookId([255; 32]).to_string(), format!("{}q", "7".repeat(51)));
    }

    #[test]
    fn only_the_one_form_is_read() {
        let id = BookId([255; 32]).to_string();
        assert_eq!(BookId::parse(&id.to_uppercase()), None);
        assert_eq!(BookId::parse(&format!("{}r", "7".repeat(51))), None);
        assert_eq!(BookId::parse(&id[1..]), None);
        let origin = format!("cabildo/{id}/12");
        assert_eq!(Origin::parse(&origin).map(|origin| origin.epoch), Some(12));
        for wrong in
            [format!("cabildo/{id}/012"), format!("cabildo/{id}/+1"), format!("cabildo/{id}/4294967296")]
        {
            assert_eq!(Origin::parse(&wrong), None);
        }
    }
}
