//! A book's address on the web.

use std::time::Duration;

use book::files::{FilesError, PublicFiles, is_public_path};
use book::id::BookId;
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body};

use super::SourceError;

/// A request is made at most so many times where the network or the server fails.
const ATTEMPTS: u32 = 3;
/// The pause after the first failure; it doubles.
const PAUSE: Duration = Duration::from_millis(300);
/// A server that has not answered after so long is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Below so many bytes a second a download is given up.
const SLOWEST: u64 = 8 << 10;
/// So many redirects are followed.
const REDIRECTS: u32 = 3;

/// `http://…/book/<id>` or `https://…/book/<id>`. Connections are kept and used again; an address with https is never left
/// for one without.
pub struct Address {
    base: String,
    book: BookId,
    agent: Agent,
    patience: Duration,
}

/// What a clerk says to a cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandIn {
    /// It is kept.
    Taken,
    /// The clerk's newest checkpoint is another one, of this size: fetch it, cosign that.
    Moved {
        /// Its size.
        size: Option<u64>,
    },
    /// The clerk does not want it; the reason in its own words.
    Declined(String),
}

impl Address {
    /// Reads an address. It names the book, so that nobody gets another one by mistake.
    pub fn parse(text: &str) -> Result<Address, SourceError> {
        Address::with_patience(text, PATIENCE)
    }

    /// The same with another patience for a server that does not answer.
    pub fn with_patience(text: &str, patience: Duration) -> Result<Address, SourceError> {
        let refuse = |reason: &str| SourceError(format!("{text}: {reason}"));
        let uri: Uri = text.parse().map_err(|_| refuse("it is no address"))?;
        let https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(refuse("an address begins with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("it names no host"))?;
        if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(refuse("an address has no password, no ? and no #"));
        }
        let path = uri.path().trim_end_matches('/');
        let book = path.rsplit_once("/book/").and_then(|(_, id)| BookId::parse(id));
        let book =
            book.ok_or_else(|| refuse("the address of a book ends in /book/ and its id of 52 characters"))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(https)
            .max_redirects(REDIRECTS)
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            .user_agent(concat!("cabildo/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let scheme = if https { "https" } else { "http" };
        Ok(Address { base: format!("{scheme}://{authority}{path}"), book, agent, patience })
    }

    /// The book.
    pub fn book(&self) -> BookId {
        self.book
    }

    /// Hands in a cosigned checkpoint: `POST <address>/cosignatures`.
    pub fn hand_in(&mut self, note: &[u8]) -> Result<HandIn, SourceError> {
        let url = format!("{}/cosignatures", self.base);
        let answer = retried(|| {
            let request = self.agent.post(&url).header("content-type", "text/plain; charset=utf-8");
            request.config().max_redirects(0).timeout_per_call(Some(2 * self.patience)).build().send(note)
        });
        let mut answer = answer.map_err(|cause| SourceError(format!("{url}: {cause}")))?;
        let status = answer.status();
        let words = answer.body_mut().with_config().limit(4096).read_to_string().unwrap_or_default();
        Ok(match status {
            StatusCode::OK => HandIn::Taken,
            StatusCode::CONFLICT => HandIn::Moved { size: words.trim_end().parse().ok() },
            _ => {
                let words: String = words.trim().chars().filter(|c| !c.is_control()).take(300).collect();
                HandIn::Declined(format!("{url}: {} {words}", status.as_u16()))
            }
        })
    }
}

impl PublicFiles for Address {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        if !is_public_path(path) {
            return Err(FilesError::NotPublic { path: path.to_owned() });
        }
        let url = format!("{}/{path}", self.base);
        let patience = self.patience + Duration::from_secs(limit as u64 / SLOWEST);
        let too_large = || FilesError::TooLarge { path: path.to_owned(), limit };
        // The body belongs to the attempt: a connection that breaks within it is tried again.
        let read = retried(|| {
            let request = self.agent.get(&url).config().timeout_per_call(Some(patience)).build();
            let mut answer = request.call()?;
            if answer.status() != StatusCode::OK {
                return Ok(Err(answer));
            }
            if answer.body().content_length().is_some_and(|length| length > limit as u64) {
                return Err(ureq::Error::BodyExceedsLimit(limit as u64));
            }
            Ok(Ok(answer.body_mut().with_config().limit(limit as u64).read_to_vec()?))
        });
        match read {
            Ok(Ok(bytes)) => Ok(Some(bytes)),
            Ok(Err(answer)) => match answer.status() {
                StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
                status => Err(FilesError::Io(format!("{url}: the server answers {}", status.as_u16()))),
            },
            Err(Cause::TooLarge) => Err(too_large()),
            Err(cause) => Err(FilesError::Io(format!("{url}: {cause}"))),
        }
    }
}

/// Why a request gives nothing.
enum Cause {
    TooLarge,
    Other(String),
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cause::TooLarge => f.write_str("the answer is larger than it may be"),
            Cause::Other(words) => f.write_str(words),
        }
    }
}

impl From<ureq::Error> for Cause {
    fn from(error: ureq::Error) -> Cause {
        match error {
            ureq::Error::BodyExceedsLimit(_) => Cause::TooLarge,
            ureq::Error::Timeout(_) => Cause::Other("the server does not answer, or too slowly".into()),
            ureq::Error::HostNotFound => Cause::Other("there is no such host".into()),
            ureq::Error::RequireHttpsOnly(_) => {
                Cause::Other("the server redirects to an address without https, which is not followed".into())
            }
            other => Cause::Other(other.to_string()),
        }
    }
}

/// What an attempt gives that a server's trouble may have spoiled.
trait Answer {
    fn is_trouble(&self) -> bool;
}

impl Answer for Response<Body> {
    fn is_trouble(&self) -> bool {
        self.status() == StatusCode::TOO_MANY_REQUESTS || self.status().is_server_error()
    }
}

impl<T> Answer for Result<T, Response<Body>> {
    fn is_trouble(&self) -> bool {
        self.as_ref().is_err_and(Answer::is_trouble)
    }
}

/// Tries again, after a pause, where another attempt may help.
fn retried<T: Answer>(mut attempt: impl FnMut() -> Result<T, ureq::Error>) -> Result<T, Cause> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt() {
            Ok(answer) if answer.is_trouble() => {}
            Ok(answer) => return Ok(answer),
            Err(ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed) => {}
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(pause);
        pause *= 4;
    }
    Ok(attempt()?)
}
