//! The listener: who may come in, for how long, and how it is closed.

use std::convert::Infallible;
use std::fmt::Write;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower_service::Service;

use crate::Log;
use crate::answer::{Answer, after, dress, refusal};
use crate::budget::Budget;
use crate::counters::{Connected, Counters, Route, family};
use crate::crowd::{Crowd, Inside};
use crate::error::ServeError;
use crate::limits::Limits;
use crate::rate::Buckets;
use crate::stop::{Asked, Stop};

/// Bytes of a request's line and headers.
const HEADERS_LIMIT: usize = 16 << 10;
/// A request has at most so many headers.
const HEADERS: usize = 64;
/// How long to wait where the system gives no connection (too many files are open).
const PAUSE: Duration = Duration::from_millis(100);

/// So many lines are said within
const LINES: u32 = 60;
/// so long a time; the others are only counted, so that strangers who keep asking for what fails do not fill the log.
const LINES_TIME: Duration = Duration::from_secs(60);

/// What was said lately.
struct Lines {
    since: Instant,
    said: u32,
}

/// What all connections share.
pub(crate) struct Door {
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    pub(crate) bodies: Budget,
    log: Log,
    lines: Mutex<Lines>,
    places: Arc<Semaphore>,
    posts: Option<Buckets>,
    crowd: Option<Arc<Crowd>>,
}

/// One address has as many connections as it may.
struct TooMany;

impl Door {
    pub(crate) fn new(limits: Limits, log: Log) -> Arc<Door> {
        let bodies = Budget::new(limits.bodies);
        let places = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
        let posts = limits.posts.map(Buckets::new);
        let crowd = limits.of_one_address.map(Crowd::new);
        let lines = Mutex::new(Lines { since: Instant::now(), said: 0 });
        Arc::new(Door { limits, counters: Counters::default(), bodies, log, lines, places, posts, crowd })
    }

    /// One line for whoever runs the server.
    pub(crate) fn log(&self, line: &str) {
        let unsaid = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            let passed = lines.since.elapsed() >= LINES_TIME;
            let unsaid = if passed { lines.said.saturating_sub(LINES) } else { 0 };
            if passed {
                *lines = Lines { since: Instant::now(), said: 0 };
            }
            lines.said += 1;
            if lines.said > LINES {
                return;
            }
            unsaid
        };
        if unsaid > 0 {
            (self.log)(&format!("{unsaid} more such lines were not written"));
        }
        (self.log)(line);
    }

    /// Appends the metrics of the server itself.
    pub(crate) fn write_metrics(&self, text: &mut String) {
        self.counters.write(text);
        let name = "cabildo_http_body_bytes";
        family(text, name, "gauge", "Bytes of large request bodies in memory.");
        let _ = writeln!(text, "{name} {}", self.bodies.taken());
    }

    /// Listens, and answers with the router until it is told to stop.
    pub(crate) fn run(
        self: &Arc<Door>,
        listen: SocketAddr,
        router: Router,
        on_ready: impl FnOnce(SocketAddr),
        stop: &Stop,
    ) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("http")
            .max_blocking_threads(4)
            .build()
            .map_err(ServeError::System)?;
        runtime.block_on(async {
            stop.watch_signals().map_err(ServeError::System)?;
            let failed = |error| ServeError::Listen { address: listen, error };
            let listener = TcpListener::bind(listen).await.map_err(failed)?;
            on_ready(listener.local_addr().map_err(failed)?);
            self.accept(listener, &router, stop).await;
            Ok(())
        })
    }

    async fn accept(self: &Arc<Door>, listener: TcpListener, router: &Router, stop: &Stop) {
        let mut connections = JoinSet::new();
        loop {
            let next = async {
                let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
                Ok::<_, io::Error>((place, listener.accept().await?))
            };
            let (place, (stream, peer)) = tokio::select! {
                () = stop.asked(Asked::End) => break,
                next = next => match next {
                    Ok(next) => next,
                    Err(_) => {
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                },
            };
            let Ok(inside) = self.let_in(peer.ip()) else { continue };
            let connected = Connected::to(Arc::clone(self));
            let connection = Arc::clone(self).serve(stream, peer.ip(), router.clone(), stop.clone());
            connections.spawn(async move {
                connection.await;
                drop((place, inside, connected));
            });
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        let all = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            () = all => {}
            () = tokio::time::sleep(self.limits.grace) => {}
            () = stop.asked(Asked::EndNow) => {}
        }
        connections.shutdown().await;
    }

    /// Counts a connection of this address where they are counted; an error where it has as many as it may.
    fn let_in(&self, peer: IpAddr) -> Result<Option<Inside>, TooMany> {
        match &self.crowd {
            Some(crowd) if !self.is_proxy(peer) => crowd.enter(peer).map(Some).ok_or(TooMany),
            _ => Ok(None),
        }
    }

    /// Whether this is the reverse proxy.
    fn is_proxy(&self, peer: IpAddr) -> bool {
        self.limits.behind_proxy && peer.to_canonical().is_loopback()
    }

    /// One connection, to its end.
    async fn serve(self: Arc<Door>, stream: TcpStream, peer: IpAddr, router: Router, stop: Stop) {
        // Without it small answers may wait; where it cannot be set they do.
        let _ = stream.set_nodelay(true);
        let stall = self.limits.stall;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.limits.headers)
            .max_header_size(HEADERS_LIMIT)
            .max_headers(HEADERS);
        let service = service_fn(move |request| {
            let (door, router) = (Arc::clone(&self), router.clone());
            async move { Ok::<_, Infallible>(door.answer(router, request, peer).await) }
        });
        let connection =
            http.serve_connection(TokioIo::new(crate::stream::Reading::new(stream, stall)), service);
        let mut connection = std::pin::pin!(connection);
        // What ends a connection is the other end's business.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = stop.asked(Asked::End) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn answer(&self, mut router: Router, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let mut answer = match self.may_post(&request, peer) {
            Ok(()) => {
                let Ok(answer) = router.call(request.map(Body::new)).await;
                answer
            }
            Err(seconds) => too_often(seconds),
        };
        dress(&mut answer);
        if self.counters.open() > self.limits.connections / 4 * 3 {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let route = answer.extensions().get().copied().unwrap_or(Route::Other);
        self.counters.answered(route, answer.status());
        answer
    }

    /// Whether this address may post now, or after how many seconds.
    fn may_post(&self, request: &Request<Incoming>, peer: IpAddr) -> Result<(), u64> {
        match &self.posts {
            Some(buckets) if *request.method() == Method::POST => buckets.take(self.client(request, peer)),
            _ => Ok(()),
        }
    }

    /// Whose request it is.
    fn client(&self, request: &Request<Incoming>, peer: IpAddr) -> IpAddr {
        if !self.is_proxy(peer) {
            return peer;
        }
        // The last address is the one that the proxy saw; those before it are hearsay.
        let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back();
        let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next());
        last.and_then(|address| address.trim().parse().ok()).unwrap_or(peer)
    }
}

fn too_often(seconds: u64) -> Answer {
    let sentence = format!("too much was handed in from this address: try again in {seconds} s");
    after(refusal(StatusCode::TOO_MANY_REQUESTS, "rate", &sentence), seconds)
}
