//! Trustees who hold the key of elections together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kinds::BlobRef;

/// A team of trustees, formed before it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The entry that formed it.
    pub entry: u64,
    /// Their public keys and what they signed for each other: the payload `trustees` of an archive.
    pub trustees: BlobRef,
    /// The members; a trustee's number, its owner index, is the place in this list, from 1.
    pub members: Vec<u32>,
    /// How many of them it takes.
    pub threshold: u32,
    /// Who has lost the share, or is off the roll.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lost: BTreeSet<u32>,
}

impl Team {
    /// The owner index of a member.
    pub fn owner(&self, member: u32) -> Option<usize> {
        self.members.iter().position(|other| *other == member).map(|place| place + 1)
    }

    /// Those who still have their share.
    pub fn able(&self) -> impl Iterator<Item = u32> {
        self.members.iter().copied().filter(|member| !self.lost.contains(member))
    }

    /// Whether enough shares are left to open a box.
    pub fn can_open(&self) -> bool {
        self.able().count() >= self.threshold as usize
    }

    pub(crate) fn lose(&mut self, member: u32) {
        if self.members.contains(&member) {
            self.lost.insert(member);
        }
    }
}
