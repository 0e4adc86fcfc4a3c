//! A whole council in memory, every key in the test's hands: for tests that need a book, and for those that forge one.

#![allow(dead_code, reason = "each test program uses a part")]

pub(crate) mod by_hand;
pub(crate) mod judge;
pub(crate) mod keys;
pub(crate) mod scribe;
