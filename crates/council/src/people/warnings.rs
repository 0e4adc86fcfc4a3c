//! What a secretary should look at, and no more of it than can be looked at.

use std::collections::BTreeMap;

use super::Warning;

/// So many warnings of one kind are kept word by word; the others are counted.
const KEPT: usize = 50;

/// What a warning is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    File,
    Header,
    Cells,
    Names,
    Email,
    Phone,
    Duplicate,
    Shared,
}

impl About {
    fn plural(self) -> &'static str {
        match self {
            About::File | About::Header => "warnings about the file",
            About::Cells => "rows with more cells than titles or with characters that were dropped",
            About::Names => "odd names",
            About::Email => "e-mail addresses without @",
            About::Phone => "damaged phone numbers",
            About::Duplicate => "likely duplicates",
            About::Shared => "shared addresses and phones",
        }
    }
}

/// Collects warnings.
#[derive(Default)]
pub(super) struct Warnings {
    list: Vec<Warning>,
    counts: BTreeMap<About, usize>,
}

impl Warnings {
    /// One more; its text is made only if it is kept.
    pub(super) fn add(&mut self, about: About, row: Option<usize>, text: impl FnOnce() -> String) {
        let count = self.counts.entry(about).or_default();
        *count += 1;
        if *count <= KEPT {
            self.list.push(Warning { row, text: text() });
        }
    }

    /// All of them: those about the file first, then by row.
    pub(super) fn finish(mut self) -> Vec<Warning> {
        self.list.sort_by_key(|warning| warning.row);
        for (about, count) in self.counts {
            if count > KEPT {
                let text =
                    format!("there are {} more {}, which are not listed", count - KEPT, about.plural());
                self.list.push(Warning { row: None, text });
            }
        }
        self.list
    }
}
