//! Requests by route and status, for Prometheus. Nothing here names a person or an address.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use hyper::StatusCode;

use crate::door::Door;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Other,
    Index,
    Health,
    Metrics,
    Checkpoint,
    Final,
    Vkeys,
    Tile,
    Entries,
    Blob,
    Proof,
    Record,
    Cosign,
    AddCheckpoint,
    /// Enrolments and ballots.
    HandIn,
}

const ROUTES: [(Route, &str); 15] = [
    (Route::Other, "other"),
    (Route::Index, "index"),
    (Route::Health, "health"),
    (Route::Metrics, "metrics"),
    (Route::Checkpoint, "checkpoint"),
    (Route::Final, "final"),
    (Route::Vkeys, "vkeys"),
    (Route::Tile, "tile"),
    (Route::Entries, "entries"),
    (Route::Blob, "blob"),
    (Route::Proof, "proof"),
    (Route::Record, "record"),
    (Route::Cosign, "cosign"),
    (Route::AddCheckpoint, "add-checkpoint"),
    (Route::HandIn, "hand-in"),
];

/// Every status that this server answers with; the last place is for any other.
const STATUSES: [u16; 17] =
    [200, 400, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431, 500, 501, 503, 507, 0];

/// What the server has done since it started.
#[derive(Default)]
pub(crate) struct Counters {
    requests: [[AtomicU64; STATUSES.len()]; ROUTES.len()],
    connections: AtomicU64,
    open: AtomicUsize,
}

/// A connection that is open until this is dropped.
pub(crate) struct Connected(Arc<Door>);

impl Connected {
    pub(crate) fn to(door: Arc<Door>) -> Connected {
        door.counters.connections.fetch_add(1, Ordering::Relaxed);
        door.counters.open.fetch_add(1, Ordering::Relaxed);
        Connected(door)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.counters.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counters {
    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(crate) fn answered(&self, route: Route, status: StatusCode) {
        // Whoever reads the metrics again and again would see when somebody votes.
        if route == Route::HandIn && status == StatusCode::OK {
            return;
        }
        let at = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        self.requests[route as usize][at].fetch_add(1, Ordering::Relaxed);
    }

    /// Appends the metrics of the server itself.
    pub(crate) fn write(&self, text: &mut String) {
        family(text, "cabildo_http_connections_total", "counter", "Connections taken.");
        let _ = writeln!(text, "cabildo_http_connections_total {}", self.connections.load(Ordering::Relaxed));
        family(text, "cabildo_http_connections", "gauge", "Connections open now.");
        let _ = writeln!(text, "cabildo_http_connections {}", self.open());
        family(text, "cabildo_http_requests_total", "counter", "Requests answered, by route and status.");
        for ((_, name), row) in ROUTES.iter().zip(&self.requests) {
            for (status, count) in STATUSES.iter().zip(row) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ = match status {
                        0 => writeln!(
                            text,
                            "cabildo_http_requests_total{{route=\"{name}\",status=\"other\"}} {count}"
                        ),
                        _ => writeln!(
                            text,
                            "cabildo_http_requests_total{{route=\"{name}\",status=\"{status}\"}} {count}"
                        ),
                    };
                }
            }
        }
    }
}

/// The two lines that begin a family of metrics.
pub(crate) fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_its_own_row() {
        let counters = Counters::default();
        for (at, (route, _)) in ROUTES.iter().enumerate() {
            assert_eq!(*route as usize, at);
            counters.answered(*route, StatusCode::NOT_FOUND);
        }
        counters.answered(Route::Blob, StatusCode::IM_A_TEAPOT);
        counters.answered(Route::HandIn, StatusCode::OK);
        let mut text = String::new();
        counters.open.store(3, Ordering::Relaxed);
        counters.write(&mut text);
        for (_, name) in ROUTES {
            assert!(text.contains(&format!("{{route=\"{name}\",status=\"404\"}} 1\n")), "{name}");
        }
        assert!(
            !text.contains("{route=\"hand-in\",status=\"200\"}"),
            "when somebody votes is not to be read here"
        );
        assert!(text.contains("{route=\"blob\",status=\"other\"} 1\n"));
        assert!(text.contains("\ncabildo_http_connections 3\n"));
    }
}
