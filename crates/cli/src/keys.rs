//! Key files: one line, `PRIVATE+KEY+name+id+key`, which its owner alone may read and nothing writes over.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use book::key::{Algorithm, SecretKey, Vkey, is_key_name};
use book::text::check_line;
use zeroize::Zeroizing;

use crate::edge::{self, New};
use crate::failure::Failure;

/// A key file has at most so many bytes: a name of 255 and what goes with it.
const FILE_LIMIT: usize = 1024;

/// A secret key with the name under which it signs.
pub struct NamedKey {
    /// The name.
    pub name: String,
    /// What it signs: entries and checkpoints as a log does, or checkpoints with a time as a cosigner.
    pub algorithm: Algorithm,
    /// The secret.
    pub secret: SecretKey,
}

impl NamedKey {
    /// A key of this seed.
    pub fn new(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> NamedKey {
        NamedKey { name: name.into(), algorithm, secret: SecretKey::from_seed(seed) }
    }

    /// Reads a key file. What is said of a bad one never quotes it.
    pub fn read(path: &Path) -> Result<NamedKey, Failure> {
        let file = File::open(path).map_err(|error| Failure::file(path, edge::cause(&error)))?;
        let bytes =
            read_secret(file, FILE_LIMIT).map_err(|error| Failure::file(path, edge::cause(&error)))?;
        let bytes = bytes.ok_or_else(|| Failure::file(path, "it is too long to be a key file"))?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::file(path, "it is no key file: it is not text"))?;
        let line = text.trim_start_matches('\u{feff}').trim();
        NamedKey::parse(line).map_err(|reason| Failure::file(path, reason))
    }

    fn parse(line: &str) -> Result<NamedKey, String> {
        if line.is_empty() {
            return Err("the file is empty".into());
        }
        if line.lines().count() > 1 {
            return Err("it is no key file: it has more than one line".into());
        }
        if Vkey::parse(line).is_ok() {
            return Err("it holds a public verifier, not the secret key that goes with it".into());
        }
        let (name, algorithm, secret) =
            SecretKey::parse_text(line).map_err(|reason| format!("it is no key file: {reason}"))?;
        check_name(&name).map_err(|reason| format!("the name of its key {reason}"))?;
        Ok(NamedKey { name, algorithm, secret })
    }

    /// Makes the key file, which must not be there yet.
    pub fn create(&self, path: &Path) -> Result<(), Failure> {
        edge::create(&[New { path: path.to_owned(), bytes: self.to_file().as_bytes(), secret: true }])
    }

    /// The content of its file.
    pub fn to_file(&self) -> Zeroizing<String> {
        let line = self.secret.to_text(&self.name, self.algorithm);
        // Of the right size from the start: a text that grows leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(line.len() + 1));
        text.push_str(&line);
        text.push('\n');
        text
    }

    /// The public verifier.
    pub fn vkey(&self) -> Vkey {
        Vkey { name: self.name.clone(), algorithm: self.algorithm, key: self.secret.public() }
    }

    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Plain => "a signing key",
            Algorithm::Timestamped => "a cosigner's key",
        }
    }
}

/// Reads the key file of somebody who signs entries: its name and the secret.
pub fn read_signer(path: &Path) -> Result<(String, SecretKey), Failure> {
    let key = NamedKey::read(path)?;
    match key.algorithm {
        Algorithm::Plain => Ok((key.name, key.secret)),
        Algorithm::Timestamped => {
            Err(Failure::file(path, "it is a cosigner's key, which signs no entries: give a signing key"))
        }
    }
}

/// Reads the key file of a mirror or a witness, which cosigns checkpoints: its name and the secret.
pub fn read_cosigner(path: &Path) -> Result<(String, SecretKey), Failure> {
    let key = NamedKey::read(path)?;
    match key.algorithm {
        Algorithm::Timestamped => Ok((key.name, key.secret)),
        Algorithm::Plain => Err(Failure::file(
            path,
            "it is a signing key, and one key never does both: make one with `cabildo key new --cosigner`",
        )),
    }
}

/// Whether a key may have this name; what is said goes after "the name".
pub fn check_name(name: &str) -> Result<(), String> {
    if !is_key_name(name) {
        return Err("has from 1 to 255 bytes and neither spaces nor +".into());
    }
    check_line(name).map_err(|reason| format!("is refused: {reason}"))
}

/// All that can be read, if it is not more than `limit` bytes; what is read is wiped after use and never copied.
pub fn read_secret(from: impl Read, limit: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(vec![0; limit + 1]);
    let mut from = from.take(limit as u64 + 1);
    let mut length = 0;
    while length <= limit {
        match from.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if length > limit {
        return Ok(None);
    }
    bytes.truncate(length);
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let key = NamedKey::new("12", Algorithm::Plain, &[7; 32]);
        let file = key.to_file();
        let read = NamedKey::parse(file.trim_end()).ok().unwrap();
        assert_eq!((read.name.as_str(), read.algorithm), ("12", Algorithm::Plain));
        assert_eq!(read.secret.seed().as_ref(), [7; 32]);
        assert_eq!(read.vkey(), key.vkey());
        let refused = |line: &str| NamedKey::parse(line).err().unwrap();
        assert!(refused("").contains("empty"));
        assert!(refused(&key.vkey().to_string()).contains("public verifier"));
        assert!(refused(&file.repeat(2)).contains("more than one line"));
        // Another name than the one it was made for: the id tells.
        assert!(refused(&file.trim_end().replacen("+12+", "+13+", 1)).contains("id"));
        let turned = NamedKey::new("a\u{202e}b", Algorithm::Plain, &[7; 32]).to_file();
        assert!(refused(turned.trim_end()).contains("direction of writing"));
    }

    #[test]
    fn names() {
        for good in ["12", "mirror.example.org/ñ", "cabildo/aaaa/0", &"a".repeat(255)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "a+b", "a\nb", "n\u{303}", "a\u{200b}", &"a".repeat(256)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        assert_eq!(read_secret(&b"abc"[..], 3).unwrap().unwrap().as_slice(), b"abc");
        assert!(read_secret(&b"abcd"[..], 3).unwrap().is_none());
        assert!(read_secret(io::repeat(1), 3).unwrap().is_none());
    }
}
