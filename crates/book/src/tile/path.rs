//! The names of tiles: `tile/0/x001/x234/067.p/5`, `tile/entries/000`.

use std::fmt::Write;

use super::{MAX_INDEX, Tile, WIDTH};

impl Tile {
    /// The path of its file.
    pub fn path(&self) -> String {
        let mut path = match self {
            Tile::Hashes { level, .. } => format!("tile/{level}/"),
            Tile::Entries { .. } => "tile/entries/".to_owned(),
        };
        let index = self.index();
        // Groups of three digits, all but the last after an x. Writing to a string does not fail.
        let groups = index.checked_ilog(1000).unwrap_or(0);
        for group in (0..=groups).rev() {
            let sign = if group > 0 { "x" } else { "" };
            let end = if group > 0 { "/" } else { "" };
            let _ = write!(path, "{sign}{:03}{end}", index / 1000u64.pow(group) % 1000);
        }
        if u64::from(self.width()) != WIDTH {
            let _ = write!(path, ".p/{}", self.width());
        }
        path
    }

    /// Reads a path in its one form: no other number of zeros, an index below 2^40, a level from 0 to 63.
    pub fn parse(path: &str) -> Option<Tile> {
        let (kind, place) = path.strip_prefix("tile/")?.split_once('/')?;
        let (groups, width) = match place.split_once(".p/") {
            Some((groups, width)) => (groups, decimal(width, 255).filter(|width| *width > 0)?),
            None => (place, WIDTH),
        };
        let mut index = 0;
        let mut rest = groups;
        loop {
            let (group, more) = match rest.split_once('/') {
                Some((group, more)) => (group.strip_prefix('x')?, Some(more)),
                None => (rest, None),
            };
            // What follows zeros alone would be a second name of the same tile.
            if more.is_some() && index == 0 && group == "000" {
                return None;
            }
            if group.len() != 3 || !group.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            index = index * 1000 + group.parse::<u64>().ok()?;
            if index >= MAX_INDEX {
                return None;
            }
            let Some(more) = more else { break };
            rest = more;
        }
        let width = width as u16;
        match kind {
            "entries" => Some(Tile::Entries { index, width }),
            level => Some(Tile::Hashes { level: decimal(level, 63)? as u8, index, width }),
        }
    }
}

/// A decimal number up to `max` without leading zeros.
fn decimal(text: &str, max: u64) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    // `parse` alone would take a plus sign.
    (plain && text.len() <= 3).then(|| text.parse().ok()).flatten().filter(|number| *number <= max)
}
