//! A signal ends a server in good order. In a program of its own, for a signal reaches all of it.
#![cfg(unix)]

use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use server::{Config, Limits, Stop, serve};

#[test]
fn a_signal_ends_it() {
    for signal in ["TERM", "INT"] {
        let disk = store::memory::Disk::new();
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            store: Box::new(disk.open().unwrap()),
            books: Vec::new(),
            limits: Limits::default(),
            log: Arc::new(|_: &str| {}),
        };
        let (ready, is_ready) = channel();
        let (ended, has_ended) = channel();
        std::thread::spawn(move || {
            let served = serve(config, |address| ready.send(address).unwrap(), &Stop::on_signals());
            ended.send(served.is_ok()).unwrap();
        });
        is_ready.recv_timeout(Duration::from_secs(10)).unwrap();
        let sent = Command::new("kill").args([format!("-{signal}"), std::process::id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert!(has_ended.recv_timeout(Duration::from_secs(10)).unwrap());
    }
}
