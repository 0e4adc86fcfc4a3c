//! What people do: one file for each family of moves. A move does one thing in the world, or nothing where there is no occasion.

mod clerk;
mod messages;
mod offices;
mod overstayers;
mod petitions;
mod registrar;
mod remarks;
mod roll;
mod scrutineers;

use crate::world::{Outcome, World};

/// One thing that somebody does.
pub(crate) type Move = fn(&mut World) -> Outcome;

/// Moves that belong together.
pub(crate) struct Family {
    /// How often, against the others.
    pub(crate) weight: u64,
    pub(crate) moves: &'static [Move],
}

pub(crate) const FAMILIES: &[Family] = &[
    Family { weight: 22, moves: roll::MOVES },
    Family { weight: 18, moves: offices::MOVES },
    Family { weight: 22, moves: petitions::MOVES },
    Family { weight: 8, moves: remarks::MOVES },
    Family { weight: 8, moves: messages::MOVES },
    Family { weight: 6, moves: registrar::MOVES },
    Family { weight: 5, moves: overstayers::MOVES },
    Family { weight: 5, moves: scrutineers::MOVES },
    Family { weight: 6, moves: clerk::MOVES },
];

/// Kinds and checks that never happen here: books begin under rules version 2, and there is one book.
pub(crate) const NEVER: &[&str] = &["rules.raised"];
