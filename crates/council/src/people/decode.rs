//! Bytes to text, in the encodings in which spreadsheets save.

use std::borrow::Cow;

use super::error::RollError;
use super::{Encoding, MAX_BYTES};

/// Windows-1252 from 0x80 to 0x9F, as the Encoding Standard has it (five bytes are control characters); the rest is Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How files of other kinds begin.
const OTHERS: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or another packed file"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (.rtf)"),
    (b"SQLite format 3\0", "a database"),
];

/// The text of a file without its byte-order mark, and the encoding that it was in.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), RollError> {
    if bytes.len() > MAX_BYTES {
        return Err(RollError::TooLarge);
    }
    if let Some((_, what)) = OTHERS.iter().find(|(begins, _)| bytes.starts_with(begins)) {
        return Err(RollError::Binary(Some(what)));
    }
    let (text, encoding) = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let broken = |at: usize| RollError::BrokenUtf8 { line: line_at(rest, at) };
        let text = std::str::from_utf8(rest).map_err(|error| broken(error.valid_up_to()))?;
        (Cow::Borrowed(text), Encoding::Utf8)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        (Cow::Owned(utf16(rest, u16::from_le_bytes)?), Encoding::Utf16)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        (Cow::Owned(utf16(rest, u16::from_be_bytes)?), Encoding::Utf16)
    } else {
        eight_bits(bytes)?
    };
    // Some programs of old end a text with Ctrl-Z.
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches('\u{1a}')),
        owned => owned,
    };
    if !is_text(&text) {
        return Err(RollError::Binary(None));
    }
    Ok((text, encoding))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, RollError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(RollError::BrokenUtf16);
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map_err(|_| RollError::BrokenUtf16)
}

/// Without a mark: UTF-8 if it is that, else Windows-1252, unless it is UTF-8 with damage.
fn eight_bits(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), RollError> {
    let first = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(error) => error.valid_up_to(),
    };
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    if good > bad {
        return Err(RollError::MixedEncodings { line: line_at(bytes, first) });
    }
    let text = bytes.iter().map(|byte| match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    });
    Ok((Cow::Owned(text.collect()), Encoding::Windows1252))
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// No zero bytes, and no more than a sprinkle of control characters.
fn is_text(text: &str) -> bool {
    let (mut all, mut control) = (0_usize, 0_usize);
    for c in text.chars() {
        if c == '\0' {
            return false;
        }
        all += 1;
        control += usize::from(c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    }
    control * 20 <= all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(bytes: &[u8]) -> (String, Encoding) {
        let (text, encoding) = decode(bytes).unwrap();
        (text.into_owned(), encoding)
    }

    #[test]
    fn the_encodings() {
        let text = "Íñigo Muñoz, Conceição, Zoë Œuvrard, 5 €";
        assert_eq!(reads(text.as_bytes()), (text.into(), Encoding::Utf8));
        let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(reads(&with_mark), (text.into(), Encoding::Utf8));
        let units: Vec<u16> = "\u{feff}".encode_utf16().chain(format!("{text}𐐷").encode_utf16()).collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(reads(&little), (format!("{text}𐐷"), Encoding::Utf16));
        assert_eq!(reads(&big), (format!("{text}𐐷"), Encoding::Utf16));
        let western = b"\xcd\xf1igo Mu\xf1oz, Concei\xe7\xe3o, Zo\xeb \x8cuvrard, 5 \x80";
        assert_eq!(reads(western), (text.into(), Encoding::Windows1252));
    }

    /// What <https://encoding.spec.whatwg.org/index-windows-1252.txt> says of the 27 that differ from Latin-1.
    #[test]
    fn windows_1252() {
        let codes: Vec<u32> = WINDOWS_1252.iter().map(|c| u32::from(*c)).collect();
        assert_eq!(
            codes,
            [
                0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
                0x0152, 0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178
            ]
        );
    }

    #[test]
    fn what_is_no_text() {
        let refused = |bytes: &[u8]| decode(bytes).unwrap_err();
        assert!(refused(b"PK\x03\x04\x14\x00").to_string().contains(".xlsx"));
        assert!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").to_string().contains(".xls"));
        assert_eq!(refused(b"Nombre\nAna\0"), RollError::Binary(None));
        assert_eq!(refused(b"N\0o\0m\0b\0r\0e\0"), RollError::Binary(None));
        assert_eq!(refused(b"\x01\x02\x03\x04Ana"), RollError::Binary(None));
        assert_eq!(refused(b"\xff\xfeA\0B"), RollError::BrokenUtf16);
        assert_eq!(refused(b"\xff\xfe\x00\xd8A\0"), RollError::BrokenUtf16);
        assert_eq!(refused(b"\xff\xfe\x00\x00A\0\0\0"), RollError::Binary(None));
        assert_eq!(refused(b"\xef\xbb\xbfNombre\nMu\xf1oz"), RollError::BrokenUtf8 { line: 2 });
        let mixed = [b"Nombre\nMu\xf1oz\n".as_slice(), "Íñigo\nBegoña\n".as_bytes()].concat();
        assert_eq!(refused(&mixed), RollError::MixedEncodings { line: 2 });
        assert_eq!(refused(&vec![b'a'; MAX_BYTES + 1]), RollError::TooLarge);
        assert!(decode(b"Nombre\x0bcompleto\nAna Etxeberria\n\x1a").is_ok());
    }
}
