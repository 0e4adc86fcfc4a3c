//! An election over HTTP, and what it leaves behind.

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../../../clerk/tests/elections/authors.rs"]
mod authors;
#[allow(dead_code, unreachable_pub, reason = "shared with other tests")]
#[path = "../server/client.rs"]
mod client;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../../../council/tests/rules/hall.rs"]
mod hall;
#[allow(unused_imports, reason = "shared with other tests")]
#[path = "../../../council/tests/rules/support.rs"]
mod support;

mod leaks;
mod played;
mod routes;
mod secrecy;
