//! The server of a witness (C2SP `tlog-witness`).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::{get, post};
use hyper::StatusCode;
use hyper::header::HeaderValue;
use mirror::witness::{REQUEST_LIMIT, Response, Witness, WitnessState};

use crate::answer::{Answer, Keep, TEXT, after, answer, anywhere, of, sentence};
use crate::body::{NotRead, read};
use crate::counters::Route;
use crate::door::Door;
use crate::serve::closed;
use crate::workers::{NotDone, Workers};
use crate::{Limits, Log, ServeError, Stop};

/// What to witness.
pub struct WitnessConfig {
    /// Where to listen. Port 0: any that is free.
    pub listen: SocketAddr,
    /// The witness.
    pub witness: Witness,
    /// What it has cosigned.
    pub state: Box<dyn WitnessState + Send>,
    /// UTC: Unix seconds.
    pub now: Box<dyn Fn() -> u64 + Send>,
    /// How much a stranger may take.
    pub limits: Limits,
    /// Where the server speaks to whoever runs it.
    pub log: Log,
}

/// Requests that wait for the witness.
const WAITING: usize = 256;

/// What only the witness's own thread touches.
struct Desk {
    witness: Arc<Witness>,
    state: Box<dyn WitnessState + Send>,
    now: Box<dyn Fn() -> u64 + Send>,
}

struct Post {
    /// One thread: check and write are one step. After a panic the state is gone, and it signs nothing more.
    desk: Workers<Option<Desk>>,
    vkey: String,
    door: Arc<Door>,
}

/// Serves until `stop` is moved. `on_ready` is called with the address once it is listened on.
pub fn serve_witness(
    config: WitnessConfig,
    on_ready: impl FnOnce(SocketAddr),
    stop: &Stop,
) -> Result<(), ServeError> {
    let WitnessConfig { listen, witness, state, now, limits, log } = config;
    let door = Door::new(limits, log);
    let vkey = witness.vkey().to_string();
    let desk = std::sync::Mutex::new(Some(Desk { witness: Arc::new(witness), state, now }));
    let take = move || desk.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let desk = Workers::start("witness", 1, WAITING, take).map_err(ServeError::System)?;
    let post_box = Arc::new(Post { desk, vkey, door: Arc::clone(&door) });
    let router = Router::new()
        .route("/", get(index))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin}/checkpoint", get(checkpoint))
        .with_state(post_box);
    let ready = |address| {
        door.log(&format!("listening on {address}: witness"));
        on_ready(address);
    };
    door.run(listen, closed(router), ready, stop)
}

async fn index(State(post): State<Arc<Post>>) -> Answer {
    let text = format!("Cabildo: a witness, which cosigns checkpoints\n\n{}\n", post.vkey);
    of(Route::Index, anywhere(answer(StatusCode::OK, TEXT, Keep::Never, text)))
}

async fn add_checkpoint(State(post): State<Arc<Post>>, request: Request) -> Answer {
    of(Route::AddCheckpoint, try_add(&post, request).await)
}

async fn try_add(post: &Post, request: Request) -> Answer {
    let handed_in = read(request.into_body(), REQUEST_LIMIT, post.door.limits.stall, &post.door.bodies).await;
    let bytes = match handed_in {
        Ok(handed_in) => handed_in.bytes,
        Err(NotRead::TooLarge { limit }) => {
            return sentence(StatusCode::PAYLOAD_TOO_LARGE, &format!("a request has at most {limit} bytes"));
        }
        Err(error) => return error.answer(),
    };
    post.ask(move |desk| {
        let now = (desk.now)();
        desk.witness.add_checkpoint(&mut *desk.state, &bytes, now)
    })
    .await
}

async fn checkpoint(State(post): State<Arc<Post>>, Path(origin): Path<String>) -> Answer {
    let path = format!("{origin}/checkpoint");
    let answer = post.ask(move |desk| desk.witness.checkpoint(&mut *desk.state, &path)).await;
    of(Route::Checkpoint, anywhere(answer))
}

/// Whether the witness still signs.
async fn health(State(post): State<Arc<Post>>) -> Answer {
    let asked = post.desk.ask(|desk| desk.is_some()).await;
    let answer = match asked {
        Ok(true) => sentence(StatusCode::OK, "ok"),
        Err(NotDone::Busy) => after(sentence(StatusCode::SERVICE_UNAVAILABLE, BUSY), 1),
        Ok(false) | Err(NotDone::Failed) => sentence(StatusCode::SERVICE_UNAVAILABLE, BROKEN),
    };
    of(Route::Health, answer)
}

async fn metrics(State(post): State<Arc<Post>>) -> Answer {
    let mut text = String::new();
    post.door.write_metrics(&mut text);
    of(Route::Metrics, answer(StatusCode::OK, crate::status::PROMETHEUS, Keep::Never, text))
}

const BUSY: &str = "the witness has its hands full: try again in a moment";
const BROKEN: &str =
    "the witness broke off, a fault of this software: whoever runs it starts it again and reports it";

impl Post {
    async fn ask(&self, ask: impl FnOnce(&mut Desk) -> Response + Send + 'static) -> Answer {
        match self.desk.ask(move |desk| desk.as_mut().map(ask)).await {
            Ok(Some(response)) => self.answer(response),
            Err(NotDone::Busy) => after(sentence(StatusCode::SERVICE_UNAVAILABLE, BUSY), 1),
            Ok(None) | Err(NotDone::Failed) => {
                self.door.log(BROKEN);
                sentence(StatusCode::SERVICE_UNAVAILABLE, BROKEN)
            }
        }
    }

    fn answer(&self, response: Response) -> Answer {
        let Response { status, content_type, body } = response;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            self.door.log(String::from_utf8_lossy(&body).trim_end());
        }
        answer(status, HeaderValue::from_static(content_type), Keep::Never, body)
    }
}
