//! How the server is doing: `/health` and `/metrics`.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use book::id::BookId;
use clerk::Desk;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Keep, answer, object, of};
use crate::counters::{Route, family};
use crate::serve::Hall;

/// Whether every book's clerk signs, and why not. 503 where one does not.
pub(crate) async fn health(State(hall): State<Arc<Hall>>) -> Answer {
    let (mut all, mut books) = (true, Map::new());
    for (book, clerk) in &hall.books {
        let (size, stopped) = match clerk {
            Ok(desk) => {
                let status = desk.status();
                (Some(status.size), status.stopped)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        all &= stopped.is_none();
        let mut stands = Map::from_iter([("ok".to_owned(), Value::from(stopped.is_none()))]);
        stands.extend(size.map(|size| ("size".to_owned(), size.into())));
        stands.extend(stopped.map(|why| ("why".to_owned(), why.into())));
        books.insert(book.to_string(), Value::from(stands));
    }
    let status = if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    of(Route::Health, object(status, &json!({ "ok": all, "books": books })))
}

/// Metrics in Prometheus' text form.
pub(crate) async fn metrics(State(hall): State<Arc<Hall>>) -> Answer {
    let mut text = String::new();
    books(&mut text, &hall);
    family(&mut text, "cabildo_cache_bytes", "gauge", "Bytes of public files kept ready in memory.");
    let _ = writeln!(text, "cabildo_cache_bytes {}", hall.public.cached());
    hall.door.write_metrics(&mut text);
    of(Route::Metrics, answer(StatusCode::OK, PROMETHEUS, Keep::Never, text))
}

pub(crate) const PROMETHEUS: hyper::header::HeaderValue =
    hyper::header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

fn books(text: &mut String, hall: &Hall) {
    let desks: Vec<(&BookId, &Desk)> =
        hall.books.iter().filter_map(|(book, clerk)| Some((book, clerk.as_ref().ok()?))).collect();
    let standing: Vec<_> =
        desks.iter().map(|(book, desk)| (*book, desk.status(), desk.metrics(), desk.published())).collect();
    family(text, "cabildo_book_signing", "gauge", "Whether the book's clerk signs.");
    for (book, clerk) in &hall.books {
        let signing = clerk.as_ref().is_ok_and(|desk| desk.status().stopped.is_none());
        let _ = writeln!(text, "cabildo_book_signing{{book=\"{book}\"}} {}", u8::from(signing));
    }
    let mut each = |name: &str, kind: &str, help: &str, value: &dyn Fn(&Standing) -> Option<String>| {
        family(text, name, kind, help);
        for standing in &standing {
            if let Some(value) = value(standing) {
                let _ = writeln!(text, "{name}{{book=\"{}\"}} {value}", standing.0);
            }
        }
    };
    each("cabildo_book_entries", "gauge", "Entries that the book's checkpoint covers.", &|(
        _,
        _,
        _,
        published,
    )| {
        Some(published.size().to_string())
    });
    each(
        "cabildo_book_checkpoint_timestamp_seconds",
        "gauge",
        "When the newest checkpoint's last entry was recorded.",
        &|(_, status, _, _)| Some(status.time.to_string()),
    );
    each("cabildo_book_final_entries", "gauge", "Entries that are final.", &|(_, _, _, published)| {
        Some(published.settled().to_string())
    });
    each("cabildo_entries_recorded_total", "counter", "Entries recorded.", &|(_, _, metrics, _)| {
        Some(metrics.entries.to_string())
    });
    each("cabildo_entries_repeated_total", "counter", "Texts that were recorded before.", &|(
        _,
        _,
        metrics,
        _,
    )| {
        Some(metrics.repeated.to_string())
    });
    each("cabildo_entries_waiting", "gauge", "Submissions that wait for the clerk.", &|(
        _,
        _,
        metrics,
        _,
    )| {
        Some(metrics.waiting.to_string())
    });
    each("cabildo_batches_total", "counter", "Batches that were tried.", &|(_, _, metrics, _)| {
        Some(metrics.batches.to_string())
    });
    each("cabildo_last_batch_seconds", "gauge", "How long the last batch took.", &|(_, _, metrics, _)| {
        Some(metrics.last_batch.as_secs_f64().to_string())
    });
    each("cabildo_cosignatures_total", "counter", "Cosignatures kept.", &|(_, _, metrics, _)| {
        Some(metrics.cosignatures.to_string())
    });
    each("cabildo_ballots_published_total", "counter", "Ballots published.", &|(_, _, metrics, _)| {
        Some(metrics.ballots.to_string())
    });
    family(text, "cabildo_entries_declined_total", "counter", "What was declined, by check.");
    for (book, _, metrics, _) in &standing {
        for (check, count) in &metrics.declined {
            let _ =
                writeln!(text, "cabildo_entries_declined_total{{book=\"{book}\",check=\"{check}\"}} {count}");
        }
    }
}

type Standing<'a> = (&'a BookId, clerk::Status, clerk::Metrics, Arc<clerk::Published>);
