//! Erasing from the tables' files, not only from what can be read.
//!
//! A deleted row stays in its page until the page is rewritten, and `VACUUM (FULL)` takes along what some older transaction
//! could still see. So the table is written anew without it: its rows are copied aside, it is truncated, which gives it new
//! files and removes the old ones at the commit, whoever else is reading, and the rows are put back. That needs the table
//! for itself for a moment; while others hold it the erasure is pending, which `cabildo_erasures_pending` remembers.
//!
//! `pg_wal` is out of reach: see the top of the module.

use super::{Postgres, Work};
use crate::StoreError;

/// A table whose rows are erased: its name, and the statements that write it anew.
pub(super) struct Place {
    name: &'static str,
    lock: &'static str,
    anew: &'static str,
}

/// `cabildo_bodies`.
pub(super) const BODIES: Place = Place {
    name: "cabildo_bodies",
    lock: "LOCK TABLE cabildo_bodies IN ACCESS EXCLUSIVE MODE",
    anew: "CREATE TEMP TABLE cabildo_kept ON COMMIT DROP AS SELECT * FROM cabildo_bodies;
           TRUNCATE cabildo_bodies;
           INSERT INTO cabildo_bodies SELECT * FROM cabildo_kept",
};

/// `cabildo_people`.
pub(super) const PEOPLE: Place = Place {
    name: "cabildo_people",
    lock: "LOCK TABLE cabildo_people IN ACCESS EXCLUSIVE MODE",
    anew: "CREATE TEMP TABLE cabildo_kept ON COMMIT DROP AS SELECT * FROM cabildo_people;
           TRUNCATE cabildo_people;
           INSERT INTO cabildo_people SELECT * FROM cabildo_kept",
};

/// `cabildo_clerk_seeds`.
pub(super) const SEEDS: Place = Place {
    name: "cabildo_clerk_seeds",
    lock: "LOCK TABLE cabildo_clerk_seeds IN ACCESS EXCLUSIVE MODE",
    anew: "CREATE TEMP TABLE cabildo_kept ON COMMIT DROP AS SELECT * FROM cabildo_clerk_seeds;
           TRUNCATE cabildo_clerk_seeds;
           INSERT INTO cabildo_clerk_seeds SELECT * FROM cabildo_kept",
};

/// `cabildo_inbox`. What stays lies in the order of the keys, all by one transaction.
pub(super) const INBOX: Place = Place {
    name: "cabildo_inbox",
    lock: "LOCK TABLE cabildo_inbox IN ACCESS EXCLUSIVE MODE",
    anew: "CREATE TEMP TABLE cabildo_kept ON COMMIT DROP AS SELECT * FROM cabildo_inbox;
           TRUNCATE cabildo_inbox;
           INSERT INTO cabildo_inbox SELECT * FROM cabildo_kept ORDER BY book, box, key",
};

/// Remembers, in the erasing transaction and after the rows were deleted, that the table is to be written anew.
pub(super) fn mark(work: &mut Work<'_>, place: &Place) -> Result<(), StoreError> {
    work.execute("INSERT INTO cabildo_erasures_pending (place) VALUES ($1)", &[&place.name])?;
    Ok(())
}

impl Postgres {
    pub(super) fn pending(&mut self, place: Option<&Place>) -> Result<bool, StoreError> {
        let name = place.map(|place| place.name);
        let sql = "SELECT FROM cabildo_erasures_pending WHERE place = coalesce($1, place) LIMIT 1";
        Ok(self.first(sql, &[&name])?.is_some())
    }

    /// Finishes what is pending, and says whether nothing is any more.
    pub(super) fn finish(&mut self) -> Result<bool, StoreError> {
        if !self.pending(None)? {
            return Ok(true);
        }
        if self.read_only {
            return Ok(false);
        }
        let mut done = true;
        for place in [&BODIES, &PEOPLE, &SEEDS, &INBOX] {
            if self.pending(Some(place))? {
                match self.write(|work| write_anew(work, place)) {
                    Ok(()) => {}
                    Err(StoreError::Busy | StoreError::Full) => done = false,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(done)
    }

    /// The same after a write that is durable whatever comes of this: what fails stays pending.
    pub(super) fn finish_if_possible(&mut self) {
        let _ = self.finish();
    }
}

fn write_anew(work: &mut Work<'_>, place: &Place) -> Result<(), StoreError> {
    // Not for long: an append waits for this.
    work.transaction.batch_execute("SET LOCAL lock_timeout = '100ms'")?;
    work.transaction.batch_execute(place.lock)?;
    // Who marked has deleted before, and so held the table: what is marked now is deleted.
    work.transaction.batch_execute(place.anew)?;
    work.execute("DELETE FROM cabildo_erasures_pending WHERE place = $1", &[&place.name])?;
    Ok(())
}
