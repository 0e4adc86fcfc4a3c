//! What somebody looks for who wants to know who voted, or when: in the public files, in the database, in logs and metrics.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ballot::group::{Ed25519, Group};
use book::entry::Entry;
use book::note::Note;
use book::tile::decode_entries;
use council::elections::batch;

use super::played::Secrets;

/// Links between ballots and members, or times, in everything that is public.
pub(crate) fn in_public(files: &BTreeMap<String, Vec<u8>>, secrets: &Secrets, until: u64) -> Vec<String> {
    let mut found = Vec::new();
    for (path, bytes) in files {
        let text = String::from_utf8_lossy(bytes);
        for note in secrets.enrolments.values() {
            if private_parts(note).iter().any(|part| text.contains(part)) {
                found.push(format!("{path} holds an enrolment"));
            }
        }
        if text.contains("cabildo/enrolment") {
            found.push(format!("{path} speaks of an enrolment"));
        }
        if path.starts_with("tile/entries/") {
            entries(path, bytes, secrets, until, &mut found);
        }
        let of_credentials = secrets.credentials.values().any(|credential| text.contains(credential));
        let of_ballots = secrets.ballots.iter().any(|hash| text.contains(hash));
        if !of_credentials && !of_ballots {
            continue;
        }
        if let Ok(list) = serde_json::from_slice::<Vec<String>>(bytes) {
            let keys: Option<Vec<_>> = list.iter().map(|line| Ed25519::decode(line).ok()).collect();
            if !keys.is_some_and(|keys| keys.is_sorted()) {
                found.push(format!("{path} is a list of credentials that is not sorted, or says more"));
            }
        } else if let Ok(casts) = batch::parse(bytes) {
            for cast in casts {
                let hash = book::hash::Hash(cast.hash.0).hex();
                if !secrets.ballots.contains(&hash) {
                    found.push(format!("{path} holds a ballot that nobody cast"));
                }
            }
        } else {
            found.push(format!("{path} names credentials or ballots, and is neither list nor batch"));
        }
    }
    found
}

/// Entries: nothing of a ballot or credential but by the clerk alone, at coarse times.
fn entries(path: &str, bytes: &[u8], secrets: &Secrets, until: u64, found: &mut Vec<String>) {
    let width = path.rsplit_once(".p/").map_or(256, |(_, width)| width.parse().unwrap());
    for bytes in decode_entries(bytes, width).unwrap() {
        let text = String::from_utf8_lossy(bytes);
        let named = secrets.credentials.values().chain(&secrets.ballots);
        if named.into_iter().any(|secret| text.contains(secret.as_str())) {
            found.push("an entry names a credential or a ballot".into());
        }
        let entry = Entry::parse(bytes).unwrap();
        if entry.text().kind != "ballots.published" {
            continue;
        }
        if !entry.signers().is_empty() || Note::parse(bytes).unwrap().signatures.len() != 1 {
            found.push("an entry with ballots is signed by somebody".into());
        }
        let is_coarse = entry.time() % 3600 < 60 || entry.time() >= until;
        if !is_coarse || secrets.arrivals.contains(&entry.time()) {
            found.push("an entry with ballots has a time that says when one came".into());
        }
    }
}

/// How the order of a batch goes with the order in which its ballots came: Spearman's coefficient, 1 for the same order.
pub(crate) fn correlation(batch: &[u8], secrets: &Secrets) -> f64 {
    // A batch as it stands, sorted or not.
    let text = String::from_utf8(batch.to_vec()).unwrap();
    let hashes = text.lines().map(|line| book::hash::Hash(batch::Cast::parse(line).unwrap().hash.0).hex());
    let places: Vec<usize> =
        hashes.map(|hash| secrets.ballots.iter().position(|ballot| *ballot == hash).unwrap()).collect();
    let mut ranks = places.clone();
    ranks.sort_unstable();
    let n = places.len() as f64;
    let squares: f64 = places
        .iter()
        .enumerate()
        .map(|(at, place)| (ranks.binary_search(place).unwrap() as f64 - at as f64).powi(2))
        .sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

/// What of an enrolment stands nowhere else: its proof and its signature.
fn private_parts(note: &[u8]) -> Vec<String> {
    let text = String::from_utf8(note.to_vec()).unwrap();
    let digits = text.split('"').filter(|part| part.len() > 60 && part.bytes().all(|b| b.is_ascii_digit()));
    let line = text.lines().last().and_then(|line| line.rsplit(' ').next()).map(str::to_owned);
    digits.map(str::to_owned).chain(line).collect()
}

/// What stands in the database's files that should not.
pub(crate) fn in_files(folder: &Path, uuid: &str, secrets: &Secrets) -> Vec<String> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut tell = |what: String| found.push(format!("{name}: {what}"));
        for word in ["cabildo/enrolment/v1", &format!("enrolments/{uuid}"), &format!("ballots/{uuid}")] {
            if !places(&bytes, word.as_bytes()).is_empty() {
                tell(format!("it has `{word}`"));
            }
        }
        for (member, note) in &secrets.enrolments {
            for part in private_parts(note) {
                if !places(&bytes, part.as_bytes()).is_empty() {
                    tell(format!("it has a part of the enrolment of {member}"));
                }
            }
        }
        for (member, credential) in &secrets.credentials {
            // In lists and ballots a credential stands between quotation marks; a page may begin or end there.
            let quoted = |at: usize| {
                let end = at + credential.len();
                let near_edge = |at: usize| at % 4096 < 24 || at % 4096 > 4096 - 24;
                (bytes.get(at.wrapping_sub(1)) == Some(&b'"') || near_edge(at))
                    && (bytes.get(end) == Some(&b'"') || near_edge(end))
            };
            if !places(&bytes, credential.as_bytes()).into_iter().all(quoted) {
                tell(format!("it has the credential of {member} outside lists and ballots"));
            }
            let raw: Vec<u8> =
                (0..32).map(|i| u8::from_str_radix(&credential[2 * i..2 * i + 2], 16).unwrap()).collect();
            if !places(&bytes, &raw).is_empty() {
                tell(format!("it has the credential of {member} in bytes"));
            }
        }
        let seen = |needle: Vec<u8>| !places(&bytes, &needle).is_empty();
        let as_text = secrets.arrivals.iter().filter(|at| seen(at.to_string().into_bytes())).count();
        let as_number =
            secrets.arrivals.iter().filter(|at| seen((**at as u32).to_be_bytes().to_vec())).count();
        // Four bytes can be there by chance.
        if as_text > 0 || as_number > 2 {
            tell(format!("it has {as_text} or {as_number} times of arrival"));
        }
    }
    found
}

/// What a log or the metrics say that they should not.
pub(crate) fn in_words(words: &str, secrets: &Secrets) -> Vec<String> {
    let credentials = secrets.credentials.values().map(String::as_str);
    let times: Vec<String> = secrets.arrivals.iter().map(u64::to_string).collect();
    let all =
        credentials.chain(secrets.ballots.iter().map(String::as_str)).chain(times.iter().map(String::as_str));
    let mut found: Vec<String> = all.filter(|secret| words.contains(secret)).map(str::to_owned).collect();
    for note in secrets.enrolments.values() {
        found.extend(private_parts(note).into_iter().filter(|part| words.contains(part.as_str())));
    }
    found
}

fn places(hay: &[u8], needle: &[u8]) -> Vec<usize> {
    let first = needle[0];
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = hay[from..].iter().position(|byte| *byte == first) {
        let at = from + at;
        if hay[at..].starts_with(needle) {
            places.push(at);
        }
        from = at + 1;
    }
    places
}
