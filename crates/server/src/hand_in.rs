//! Enrolments and ballots, handed in. Nothing of them goes into a log, and of what is taken nothing into the metrics.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use clerk::{Declined, Desk, LINE_LIMIT};
use council::Fault;
use council::elections::batch::Cast;
use council::elections::enrolment::{ENROLMENT_LIMIT, Enrolment};
use council::elections::waiting::Named;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use store::StoreError;
use tokio::sync::oneshot;

use crate::answer::{Answer, Keep, TEXT, after, answer, of, refusal};
use crate::counters::Route;
use crate::serve::{Hall, LATER, desk, take};
use crate::submission::Form;

/// What is handed in: its name, its largest size, the uuid that it names, and how the clerk takes it.
struct Kind {
    name: &'static str,
    limit: usize,
    uuid: fn(&[u8]) -> Result<String, String>,
    hand: fn(&Desk, Vec<u8>, Tell),
}

type Tell = Box<dyn FnOnce(Result<Vec<u8>, Declined>) + Send>;

const ENROLMENT: Kind = Kind {
    name: "an enrolment",
    limit: ENROLMENT_LIMIT,
    uuid: |bytes| Enrolment::parse(bytes).map(|enrolment| enrolment.uuid().to_owned()),
    hand: |desk, bytes, tell| desk.enrol_then(bytes, tell),
};

const BALLOT: Kind = Kind {
    name: "a ballot",
    limit: LINE_LIMIT,
    uuid: |bytes| {
        let line = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        Ok(Named::of(&Cast::parse(line)?)?.election_uuid)
    },
    // It is text: its uuid was read.
    hand: |desk, bytes, tell| desk.cast_then(String::from_utf8_lossy(&bytes).into_owned(), tell),
};

pub(crate) async fn enrolments(
    State(hall): State<Arc<Hall>>,
    Path((id, uuid)): Path<(String, String)>,
    request: Request,
) -> Answer {
    hand_in(&hall, &ENROLMENT, (&id, &uuid), request).await
}

pub(crate) async fn ballots(
    State(hall): State<Arc<Hall>>,
    Path((id, uuid)): Path<(String, String)>,
    request: Request,
) -> Answer {
    hand_in(&hall, &BALLOT, (&id, &uuid), request).await
}

async fn hand_in(hall: &Hall, kind: &Kind, at: (&str, &str), request: Request) -> Answer {
    of(Route::HandIn, try_hand_in(hall, kind, at, request).await.unwrap_or_else(|answer| *answer))
}

async fn try_hand_in(
    hall: &Hall,
    kind: &Kind,
    (id, uuid): (&str, &str),
    request: Request,
) -> Result<Answer, Box<Answer>> {
    let desk = desk(hall, id)?;
    let refuse = |status, check: &str, words: String| Box::new(refusal(status, check, &words));
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.and_then(Form::of) != Some(Form::Note) {
        let words = format!("{} is handed in as text/plain: say so in Content-Type", kind.name);
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "form", words));
    }
    // A ballot's line may have its newline.
    let mut handed_in = take(hall, request.into_body(), kind.limit + 1).await?;
    if kind.limit == LINE_LIMIT && handed_in.bytes.last() == Some(&b'\n') {
        handed_in.bytes.pop();
    }
    let named = (kind.uuid)(&handed_in.bytes)
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, "form", format!("what was handed in: {error}")))?;
    if named != uuid {
        let words =
            format!("it is {} for another election than that of this address: hand it in there", kind.name);
        return Err(refuse(StatusCode::BAD_REQUEST, "election", words));
    }
    let (tell, told) = oneshot::channel();
    (kind.hand)(
        desk,
        handed_in.bytes,
        Box::new(move |answer| {
            let _ = tell.send(answer);
        }),
    );
    let taken = told.await.unwrap_or_else(|_| {
        Err(Declined::Stopped("the clerk broke off: hand the same in again later".into()))
    });
    drop(handed_in.share);
    Ok(match taken {
        Ok(receipt) => answer(StatusCode::OK, TEXT, Keep::Never, receipt),
        Err(declined) => not_taken(hall, &declined),
    })
}

/// As entries are declined; but what a sentence says to the one who handed in may name a ballot or a member, and is not
/// logged.
fn not_taken(hall: &Hall, declined: &Declined) -> Answer {
    let words = declined.to_string();
    let answer = |status| refusal(status, declined.check(), &words);
    match declined {
        Declined::Form(_) | Declined::Unreadable(_) | Declined::Attachment(_) => {
            answer(StatusCode::BAD_REQUEST)
        }
        Declined::Refused(refusal) if refusal.whose == Fault::Author => answer(StatusCode::FORBIDDEN),
        Declined::Refused(refusal) => {
            hall.door.log(&format!(
                "what was handed in privately is refused through our own fault ({})",
                refusal.check
            ));
            answer(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Declined::Busy => after(answer(StatusCode::SERVICE_UNAVAILABLE), 1),
        Declined::Stopped(why) => {
            hall.door.log(why);
            after(answer(StatusCode::SERVICE_UNAVAILABLE), LATER)
        }
        Declined::Store(error) => {
            hall.door.log(&error.to_string());
            match error {
                StoreError::Full => answer(StatusCode::INSUFFICIENT_STORAGE),
                _ => after(answer(StatusCode::SERVICE_UNAVAILABLE), LATER),
            }
        }
    }
}
