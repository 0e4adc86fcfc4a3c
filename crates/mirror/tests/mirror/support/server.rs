//! A small HTTP server on loopback: one thread a connection, connections kept, answers from a closure.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does with a request.
pub(crate) enum Reply {
    /// Status, content type, body.
    Answer(u16, &'static str, Vec<u8>),
    /// A redirect to this address.
    Redirect(String),
    /// The body of a good answer, of which only the first bytes are sent before the connection is closed.
    Cut(Vec<u8>, usize),
    /// Nothing for this long.
    Silence(Duration),
    /// The connection is closed without an answer.
    HangUp,
}

impl Reply {
    pub(crate) fn file(bytes: Option<Vec<u8>>) -> Reply {
        match bytes {
            Some(bytes) => Reply::Answer(200, "application/octet-stream", bytes),
            None => Reply::Answer(404, "text/plain", b"not here\n".to_vec()),
        }
    }
}

type Handler = Box<dyn FnMut(&str, &str, &[u8]) -> Reply + Send>;

/// The server; it lives until the test ends.
pub(crate) struct Server {
    pub(crate) base: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// `handler` is given method, path and body.
    pub(crate) fn start(handler: impl FnMut(&str, &str, &[u8]) -> Reply + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let handler: Arc<Mutex<Handler>> = Arc::new(Mutex::new(Box::new(handler)));
        let count = connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let handler = handler.clone();
                count.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || serve(stream.unwrap(), &handler));
            }
        });
        Server { base, connections }
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn serve(mut stream: TcpStream, handler: &Mutex<Handler>) -> Option<()> {
    let mut input = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut first = String::new();
        input.read_line(&mut first).ok().filter(|bytes| *bytes > 0)?;
        let mut words = first.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut length = 0;
        loop {
            let mut header = String::new();
            input.read_line(&mut header).ok()?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body).ok()?;
        let reply = (handler.lock().unwrap())(&method, &path, &body);
        match reply {
            Reply::Answer(status, kind, body) => {
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&body).ok()?;
            }
            Reply::Redirect(to) => {
                let head = format!("HTTP/1.1 302 x\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).ok()?;
            }
            Reply::Cut(body, sent) => {
                let head = format!("HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&body[..sent]).ok()?;
                return None;
            }
            Reply::Silence(pause) => {
                thread::sleep(pause);
                return None;
            }
            Reply::HangUp => return None,
        }
    }
}
