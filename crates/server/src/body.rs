//! Reading what is handed in.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use hyper::StatusCode;
use tokio::time::{Instant, timeout_at};

use crate::answer::{Answer, after, refusal};
use crate::budget::{Budget, Share};
use crate::limits::STALL_BYTES;

/// So much of each body is not counted, so that small ones pass when large ones fill the memory.
const UNCOUNTED: usize = 64 << 10;

/// A body, with its share of the memory.
pub(crate) struct HandedIn {
    pub(crate) bytes: Vec<u8>,
    /// Given back when the bytes are no longer needed.
    pub(crate) share: Share,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotRead {
    TooLarge { limit: usize },
    Busy,
    Slow,
    Broken,
}

/// Reads a body of at most `limit` bytes, which must keep coming.
pub(crate) async fn read(
    mut body: Body,
    limit: usize,
    stall: Duration,
    budget: &Budget,
) -> Result<HandedIn, NotRead> {
    let too_large = NotRead::TooLarge { limit };
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large);
    }
    let mut handed_in = HandedIn { bytes: Vec::new(), share: budget.share() };
    let mut deadline = Instant::now() + stall;
    let mut since = 0;
    loop {
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| NotRead::Slow)?;
        let Some(frame) = frame else { return Ok(handed_in) };
        let Ok(data) = frame.map_err(|_| NotRead::Broken)?.into_data() else { continue };
        let length = handed_in.bytes.len() + data.len();
        if length > limit {
            return Err(too_large);
        }
        if length > UNCOUNTED && !budget.grow(&mut handed_in.share, length - UNCOUNTED) {
            return Err(NotRead::Busy);
        }
        handed_in.bytes.extend_from_slice(&data);
        since += data.len();
        if since >= STALL_BYTES {
            (since, deadline) = (0, Instant::now() + stall);
        }
    }
}

impl NotRead {
    pub(crate) fn answer(self) -> Answer {
        match self {
            NotRead::TooLarge { limit } => refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "size",
                &format!("it has more than the {limit} bytes that are taken here: hand in less"),
            ),
            NotRead::Busy => after(
                refusal(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "busy",
                    "too much is being handed in at the moment: try again in a minute",
                ),
                60,
            ),
            NotRead::Slow => refusal(
                StatusCode::REQUEST_TIMEOUT,
                "slow",
                "it came too slowly and was not taken: try again over a better connection",
            ),
            NotRead::Broken => {
                refusal(StatusCode::BAD_REQUEST, "form", "the connection broke off: hand it in again")
            }
        }
    }
}
