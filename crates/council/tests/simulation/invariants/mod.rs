//! What must hold: of each entry that takes effect, by what was before it (`allows`), and of the state after each entry, at its
//! time and at some later one (`holds`). Judged by the ledger, without asking the code that is tested. One file for each group.

mod due;
mod hands;
mod offices;
mod order;
mod petitions;
mod roll;

use council::{Council, State};

use crate::ledger::{Ledger, Seen};

pub(crate) type Held = Result<(), String>;

/// The ledger and a state that should say the same at a time.
pub(crate) struct View<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) state: &'a State,
    pub(crate) at: u64,
}

impl<'a> View<'a> {
    fn council(&self) -> Result<&'a Council, String> {
        self.state.council().ok_or_else(|| "there is no council".into())
    }
}

/// A group of them.
pub(crate) struct Invariant {
    pub(crate) name: &'static str,
    pub(crate) allows: fn(&Ledger, &Seen<'_>) -> Held,
    pub(crate) holds: fn(&View<'_>) -> Held,
}

pub(crate) const INVARIANTS: &[Invariant] = &[
    Invariant { name: "order", allows: order::allows, holds: order::holds },
    Invariant { name: "hands", allows: hands::allows, holds: |_| Ok(()) },
    Invariant { name: "roll", allows: roll::allows, holds: roll::holds },
    Invariant { name: "offices", allows: offices::allows, holds: offices::holds },
    Invariant { name: "petitions", allows: petitions::allows, holds: petitions::holds },
    Invariant { name: "due", allows: |_, _| Ok(()), holds: due::holds },
];

/// What must be so, in words.
fn must(is_so: bool, what: impl FnOnce() -> String) -> Held {
    if is_so { Ok(()) } else { Err(what()) }
}
