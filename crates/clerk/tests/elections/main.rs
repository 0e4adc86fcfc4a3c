//! What is handed in privately in an election, and what becomes of it.

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../../../council/tests/rules/hall.rs"]
mod hall;
#[allow(unused_imports, reason = "shared with other tests")]
#[path = "../../../council/tests/rules/support.rs"]
mod support;

#[allow(dead_code, reason = "shared with other tests")]
mod authors;
mod private;
