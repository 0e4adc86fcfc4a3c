//! Books on the web: whole, slow, cut, moved.

use std::sync::Mutex;
use std::time::Duration;

use book::files::{FilesError, MemoryFiles, PublicFiles};
use book::id::BookId;
use mirror::source::{Address, Source};
use mirror::{CopyError, Mirror};
use tempfile::tempdir;

use crate::scribe::Scribe;
use crate::support::{Reply, Server, grown, holds};

/// Serves these files as a clerk does; `fault` may answer in its place.
fn serve(
    files: MemoryFiles,
    book: BookId,
    mut fault: impl FnMut(&str, &Option<Vec<u8>>) -> Option<Reply> + Send + 'static,
) -> Server {
    let (files, prefix) = (Mutex::new(files), format!("/book/{book}/"));
    Server::start(move |_, path, _| {
        let Some(path) = path.strip_prefix(&prefix) else { return Reply::file(None) };
        let bytes = files.lock().unwrap().read(path, 1 << 26).unwrap_or(None);
        fault(path, &bytes).unwrap_or_else(|| Reply::file(bytes))
    })
}

fn address(server: &Server, book: BookId) -> String {
    format!("{}/book/{book}", server.base)
}

#[test]
fn a_book_is_copied_over_one_connection() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 600);
    let server = serve(scribe.files(), scribe.book(), |_, _| None);
    let folder = tempdir().unwrap();
    let mut source = Source::open(&format!("{}/", address(&server, scribe.book()))).unwrap();
    assert_eq!(source.book(), Some(scribe.book()));
    let mut mirror = Mirror::open(folder.path(), source.book()).unwrap();
    mirror.copy(&mut source, scribe.time, &mut ()).unwrap();
    holds(folder.path(), &scribe.files());
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_address_names_its_book() {
    let id = "a".repeat(52);
    for good in [
        format!("http://example.org/book/{id}"),
        format!("https://example.org:8443/council/book/{id}"),
        format!("https://[::1]/book/{id}/"),
    ] {
        assert_eq!(Address::parse(&good).unwrap().book().to_string(), id, "{good}");
    }
    for wrong in [
        "http://example.org/".to_owned(),
        format!("http://example.org/book/{}", &id[1..]),
        format!("http://example.org/book/{id}/checkpoint"),
        format!("ftp://example.org/book/{id}"),
        format!("http://me:secret@example.org/book/{id}"),
        format!("http://example.org/book/{id}?x=1"),
        format!("http://example.org/book/{id}#x"),
        format!("http:///book/{id}"),
        format!("book/{id}"),
    ] {
        let error = Address::parse(&wrong).err().unwrap_or_else(|| panic!("{wrong}"));
        assert!(error.0.starts_with(&wrong));
    }
}

#[test]
fn a_flaky_server_is_asked_again() {
    let scribe = Scribe::lived();
    let mut asked = 0;
    let server = serve(scribe.files(), scribe.book(), move |_, bytes| {
        asked += 1;
        let bytes = bytes.clone().unwrap_or_default();
        // Every kind of trouble once, and then the file.
        match asked {
            2 => Some(Reply::HangUp),
            4 => Some(Reply::Answer(503, "text/plain", b"busy".to_vec())),
            6 => Some(Reply::Answer(429, "text/plain", b"busy".to_vec())),
            8 => Some(Reply::Cut(bytes, 1)),
            10 => Some(Reply::Silence(Duration::from_millis(700))),
            _ => None,
        }
    });
    let folder = tempdir().unwrap();
    let mut source =
        Address::with_patience(&address(&server, scribe.book()), Duration::from_millis(400)).unwrap();
    let mut mirror = Mirror::open(folder.path(), Some(source.book())).unwrap();
    mirror.copy(&mut source, scribe.time, &mut ()).unwrap();
    holds(folder.path(), &scribe.files());
}

#[test]
fn a_server_in_trouble_is_given_up() {
    let scribe = Scribe::lived();
    type Answer = fn(&Option<Vec<u8>>) -> Reply;
    let cases: [(&str, Answer, &str); 4] = [
        ("500", |_| Reply::Answer(500, "text/plain", Vec::new()), "answers 500"),
        ("403", |_| Reply::Answer(403, "text/plain", Vec::new()), "answers 403"),
        ("silence", |_| Reply::Silence(Duration::from_millis(400)), "too slowly"),
        ("cut", |bytes| Reply::Cut(bytes.clone().unwrap_or_default(), 1), ""),
    ];
    for (what, answer, words) in cases {
        let server = serve(scribe.files(), scribe.book(), move |path, bytes| {
            (path == "tile/entries/000.p/12" || path.starts_with("tile/entries")).then(|| answer(bytes))
        });
        let folder = tempdir().unwrap();
        let mut source =
            Address::with_patience(&address(&server, scribe.book()), Duration::from_millis(200)).unwrap();
        let mut mirror = Mirror::open(folder.path(), Some(source.book())).unwrap();
        let error = mirror.copy(&mut source, scribe.time, &mut ()).unwrap_err();
        assert!(matches!(&error, CopyError::Source(FilesError::Io(_))), "{what}: {error:?}");
        assert!(
            error.to_string().contains(words) && error.to_string().contains("tile/entries"),
            "{what}: {error}"
        );
        assert!(!error.is_about_material());
    }
    let nobody = format!("http://127.0.0.1:9/book/{}", scribe.book());
    let error = Address::parse(&nobody).unwrap().read("checkpoint", 100).unwrap_err();
    assert!(matches!(error, FilesError::Io(_)));
}

#[test]
fn sizes_are_limited_and_paths_checked() {
    let scribe = Scribe::lived();
    let server = serve(scribe.files(), scribe.book(), |path, _| {
        (path == "vkeys").then(|| Reply::Answer(200, "text/plain", vec![b'x'; 1000]))
    });
    let mut source = Address::parse(&address(&server, scribe.book())).unwrap();
    assert_eq!(source.read("vkeys", 1000).unwrap().unwrap().len(), 1000);
    let too_large = FilesError::TooLarge { path: "vkeys".into(), limit: 999 };
    assert_eq!(source.read("vkeys", 999), Err(too_large));
    assert_eq!(source.read("final", 999), Ok(None));
    for path in ["../vkeys", "vkeys?x", "blob/x", "tile/0/0", ""] {
        assert!(matches!(source.read(path, 999), Err(FilesError::NotPublic { .. })), "{path}");
    }
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let scribe = Scribe::lived();
    let there = serve(scribe.files(), scribe.book(), |_, _| None);
    let base = there.base.clone();
    let moved = Server::start(move |_, path, _| Reply::Redirect(format!("{base}{path}")));
    let folder = tempdir().unwrap();
    let mut source = Address::parse(&address(&moved, scribe.book())).unwrap();
    let mut mirror = Mirror::open(folder.path(), Some(source.book())).unwrap();
    mirror.copy(&mut source, scribe.time, &mut ()).unwrap();
    holds(folder.path(), &scribe.files());
    // A cosignature is never carried elsewhere.
    let answer = source.hand_in(b"x").unwrap();
    assert!(matches!(answer, mirror::source::HandIn::Declined(words) if words.contains("302")));
    let circle = Server::start(|_, path, _| Reply::Redirect(path.to_owned()));
    let mut source = Address::parse(&address(&circle, scribe.book())).unwrap();
    assert!(matches!(source.read("checkpoint", 100), Err(FilesError::Io(_))));
}
