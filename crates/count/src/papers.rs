//! The papers of an election as strict preference lists.

use crate::error::CountError;
use crate::profile::{Profile, Vote};

/// The papers of a profile as strict preference lists, flat in memory.
pub(crate) struct Papers {
    preferences: Vec<u32>,
    /// Where the list of each group begins; one more entry ends the last.
    starts: Vec<usize>,
    counts: Vec<u64>,
}

impl Papers {
    /// Implements StrictPreferences: a paper's preferences up to the first tie on it. A paper without any is left
    /// out: it is not valid.
    pub(crate) fn new(profile: &Profile, method: &'static str) -> Result<Self, CountError> {
        let mut papers = Self { preferences: Vec::new(), starts: vec![0], counts: Vec::new() };
        for (place, group) in profile.groups.iter().enumerate() {
            let Vote::Ranked(tiers) = &group.vote else {
                return Err(CountError::WrongBallots { method, group: place + 1, found: group.vote.kind() });
            };
            let before = papers.preferences.len();
            for tier in tiers {
                let [only] = tier[..] else { break };
                // A profile holds at most MAX_CANDIDATES.
                papers.preferences.push(u32::try_from(only).unwrap_or(u32::MAX));
            }
            if papers.preferences.len() > before && group.count > 0 {
                papers.starts.push(papers.preferences.len());
                papers.counts.push(group.count);
            } else {
                papers.preferences.truncate(before);
            }
        }
        Ok(papers)
    }

    pub(crate) fn groups(&self) -> usize {
        self.counts.len()
    }

    pub(crate) fn count(&self, group: usize) -> u64 {
        self.counts[group]
    }

    pub(crate) fn preferences(&self, group: usize) -> &[u32] {
        &self.preferences[self.starts[group]..self.starts[group + 1]]
    }

    pub(crate) fn valid(&self) -> u64 {
        self.counts.iter().sum()
    }
}
