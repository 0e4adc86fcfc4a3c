//! A measure of how fast files are served: clients that ask over connections that stay open.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

/// What was fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Answers with status 200.
    pub files: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

/// `clients` threads ask the server at `address` for `each` files, one after the other over one connection, each beginning
/// elsewhere in `paths` and going round. Any other answer than 200 is an error. The caller measures the time.
pub fn fetch(address: SocketAddr, paths: &[String], clients: usize, each: u64) -> io::Result<Fetched> {
    if paths.is_empty() {
        return Ok(Fetched::default());
    }
    thread::scope(|scope| {
        let start = |client: usize| move || one(address, paths, client * paths.len() / clients.max(1), each);
        let clients: Vec<_> = (0..clients).map(|client| scope.spawn(start(client))).collect();
        clients.into_iter().try_fold(Fetched::default(), |all, client| {
            let one = client.join().map_err(|_| io::Error::other("a client panicked"))??;
            Ok(Fetched { files: all.files + one.files, bytes: all.bytes + one.bytes })
        })
    })
}

fn one(address: SocketAddr, paths: &[String], from: usize, each: u64) -> io::Result<Fetched> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let (mut fetched, mut line, mut body) = (Fetched::default(), String::new(), Vec::new());
    for path in paths.iter().cycle().skip(from).take(usize::try_from(each).unwrap_or(usize::MAX)) {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
        let mut length = 0;
        let mut first = true;
        loop {
            line.clear();
            answers.read_line(&mut line)?;
            let text = line.trim_end();
            if first && !text.starts_with("HTTP/1.1 200") {
                return Err(io::Error::other(format!("{path}: {text}")));
            }
            first = false;
            if text.is_empty() {
                break;
            }
            if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        body.resize(length, 0);
        answers.read_exact(&mut body)?;
        fetched.files += 1;
        fetched.bytes += length as u64;
    }
    Ok(fetched)
}
