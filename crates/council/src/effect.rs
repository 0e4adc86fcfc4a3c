//! What follows from an entry outside the state: values that the clerk, the server or a mirror acts on.

use book::hash::Hash;

/// One thing to do or to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The entry refers to a public blob: nobody records, mirrors or cosigns the entry without it.
    Blob {
        /// Its SHA-256.
        hash: Hash,
        /// Its size in bytes.
        size: u64,
    },
    /// The entry commits to a private body.
    Body {
        /// See [`crate::body_commitment`].
        commitment: Hash,
        /// The first signer's name, which the commitment covers.
        signer: String,
    },
    /// Erase this private body and its salt wherever they are kept.
    EraseBody {
        /// See [`crate::body_commitment`].
        commitment: Hash,
    },
    /// This member is on the roll now.
    Admitted {
        /// Their number.
        member: u32,
    },
    /// This member has left.
    Left {
        /// Their number.
        member: u32,
    },
    /// This member is excluded.
    Excluded {
        /// Their number.
        member: u32,
    },
    /// This member signs with another key from here on.
    NewKey {
        /// Their number.
        member: u32,
    },
    /// Somebody holds an office now, or stands in.
    Seated {
        /// The office.
        office: String,
        /// Their number.
        member: u32,
    },
    /// Somebody has given up an office.
    Vacated {
        /// The office.
        office: String,
        /// Their number.
        member: u32,
    },
    /// An election goes on: its next step may be due.
    ElectionMoved {
        /// The entry that called it.
        election: u64,
    },
    /// Trustees stand ready for the next election.
    TrusteesReady,
    /// Enough have signed that somebody be recalled: the vote is due.
    RecallDue {
        /// The office.
        office: String,
        /// The holder's number.
        member: u32,
    },
    /// Other statutes are in force.
    NewStatutes,
    /// Look again at this time: something may be due then.
    Wake {
        /// Unix seconds.
        at: u64,
    },
    /// From here on another clerk records.
    NewClerk {
        /// The new epoch.
        epoch: u32,
    },
}

/// What follows, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    /// Nothing.
    pub fn none() -> Effects {
        Effects::default()
    }

    /// One thing.
    pub fn one(effect: Effect) -> Effects {
        Effects(vec![effect])
    }

    /// The public blobs the entry refers to, with their sizes.
    pub fn blobs(&self) -> impl Iterator<Item = (Hash, u64)> + '_ {
        self.0.iter().filter_map(|effect| match effect {
            Effect::Blob { hash, size } => Some((*hash, *size)),
            _ => None,
        })
    }
}
