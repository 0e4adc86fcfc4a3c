//! Copies, served.

use std::fs;
use std::path::Path;

use book::files::PublicFiles;
use clerk::PublicView;
use mirror::source::Address;
use server::{Limits, MirrorConfig, serve_mirror};
use store::Store;

use crate::council::Council;
use crate::server::{Hall, Running, any};

/// Writes a book's public files into a folder, the newest partial tiles only.
fn copy(hall: &Hall, folder: &Path) {
    let reader = hall.disk.open().unwrap().reader().unwrap();
    let mut view = PublicView::running(reader, hall.council.book, hall.desk.published());
    for path in view.paths().unwrap() {
        let to = folder.join(path.to_string());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(&to, view.read(&path.to_string(), usize::MAX).unwrap().unwrap()).unwrap();
    }
}

fn start(folders: Vec<(book::id::BookId, std::path::PathBuf)>) -> Running {
    Running::start(move |log, on_ready, stop| {
        serve_mirror(MirrorConfig { listen: any(), folders, limits: Limits::default(), log }, on_ready, stop)
    })
}

#[test]
fn a_copy_serves_as_well() {
    let hall = Hall::open("copied", &[], Limits::default());
    hall.write(0..300);
    let folder = tempfile::tempdir().unwrap();
    copy(&hall, folder.path());
    fs::write(folder.path().join("secret"), "nobody's business").unwrap();
    fs::create_dir_all(folder.path().join("evidence")).unwrap();
    fs::write(folder.path().join("evidence/fork"), "nobody's business").unwrap();
    let server = start(vec![(hall.council.book, folder.path().to_owned())]);
    let mut client = server.client();
    let path = |rest: &str| hall.council.path(rest);
    for (rest, content_type, keep) in [
        ("checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("vkeys", "text/plain; charset=utf-8", "no-cache"),
        ("tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("tile/entries/001.p/45", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("tile/0/001.p/12", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("proof/17", "text/plain; charset=utf-8", "no-cache"),
    ] {
        let answer = client.get(&path(rest));
        assert_eq!(answer.status, 200, "{rest}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{rest}");
        assert_eq!(answer.header("cache-control"), Some(keep), "{rest}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let mut address =
        Address::parse(&format!("http://{}{}", server.address, path("").trim_end_matches('/'))).unwrap();
    let options = audit::Options {
        book: Some(hall.council.book),
        since: None,
        now: None,
        seed: [7; 32],
        progress: &mut |_, _| {},
    };
    assert!(audit::book(&mut address, options).unwrap().report.holds());
    let elsewhere = Council::new("not copied", &[]);
    for absent in [
        path("final"),
        path("secret"),
        path("evidence/fork"),
        path("../../etc/passwd"),
        path("%2e%2e/secret"),
        path("tile/0/../../secret"),
        path("proof/301"),
        elsewhere.path("checkpoint"),
    ] {
        assert_eq!(client.get(&absent).status, 404, "{absent}");
    }
    let note = hall.council.remark("too late");
    for refused in ["entries", "cosignatures"] {
        let answer = client.post(&path(refused), "text/plain", &note);
        assert_eq!(answer.status, 405, "{refused}: a mirror records nothing");
    }
    let health = client.get("/health");
    assert_eq!(
        (health.status, health.json()["books"][hall.council.book.to_string()]["size"].clone()),
        (200, 301.into())
    );
    assert!(client.get("/").text().contains(&path("")));
    // It goes on while the folder grows.
    hall.write(300..310);
    copy(&hall, folder.path());
    assert_eq!(client.get("/health").json()["books"][hall.council.book.to_string()]["size"], 311);
    assert_eq!(client.get(&path("tile/0/001.p/55")).status, 200);
    fs::write(folder.path().join("checkpoint"), "damaged").unwrap();
    assert_eq!(client.get("/health").status, 503);
    assert_eq!(client.get(&path("proof/1")).status, 503);
    assert!(server.log().iter().any(|line| line.contains("checkpoint")), "{:?}", server.log());
}
