//! The smallest server and client of HTTP/1.1 that a browser test needs: files from memory, what the page posts back,
//! JSON to the WebDriver. Loopback only.

use crate::failure::{Doing, Result, cannot};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

/// The policy of every answer: what the real pages will have.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const LARGEST_BODY: u64 = 256 << 20;

/// What the server has: by path, and served only under exactly that path.
pub(crate) type Site = BTreeMap<String, Vec<u8>>;

/// What a page posted: the path and the body.
pub(crate) type Posted = (String, Vec<u8>);

/// Serves the site on a free port of the loopback until the program ends. Posts come out of the receiver.
pub(crate) fn serve(site: Site) -> Result<(u16, mpsc::Receiver<Posted>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("cannot listen on the loopback")?;
    let port = listener.local_addr().doing("cannot listen on the loopback")?.port();
    let (sender, receiver) = mpsc::channel();
    let site = Arc::new(site);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (site, sender) = (Arc::clone(&site), sender.clone());
            // A connection that breaks is the browser's affair.
            thread::spawn(move || drop(answer(&stream, &site, &sender)));
        }
    });
    Ok((port, receiver))
}

fn answer(stream: &TcpStream, site: &Site, posts: &mpsc::Sender<Posted>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let Some(message) = read(stream)? else { return Ok(()) };
    let mut words = message.first_line.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let path = target.split('?').next().unwrap_or("");
    let nothing: &[u8] = b"";
    let (status, body) = match (method, site.get(path)) {
        ("GET", Some(body)) => ("200 OK", body.as_slice()),
        ("GET", None) => ("404 Not Found", nothing),
        ("POST", _) => {
            let _ = posts.send((path.to_owned(), message.body));
            ("204 No Content", nothing)
        }
        _ => ("405 Method Not Allowed", nothing),
    };
    let kind = match path.rsplit_once('.').map_or("html", |(_, extension)| extension) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        _ => "text/html; charset=utf-8",
    };
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {POLICY}\r\n\
         X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    out.write_all(body)
}

/// One request with a JSON body, and the body of its answer.
pub(crate) fn exchange(
    port: u16,
    method: &str,
    path: &str,
    body: &str,
    patience: Duration,
) -> Result<Vec<u8>> {
    let talk = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(patience))?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        read(&stream)
    };
    let message = talk().doing(format!("{method} {path}"))?;
    message.map(|m| m.body).ok_or_else(|| cannot(format!("{method} {path}: no answer")))
}

/// A request or a response.
struct Message {
    first_line: String,
    body: Vec<u8>,
}

/// Reads one message whose body, if any, has a length; nothing if the other side closed without a word.
fn read(stream: &TcpStream) -> std::io::Result<Option<Message>> {
    let mut reader = BufReader::new(stream.take(LARGEST_BODY));
    let mut first_line = String::new();
    if reader.read_line(&mut first_line)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    if body.len() as u64 != length {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Message { first_line: first_line.trim_end().to_owned(), body }))
}
