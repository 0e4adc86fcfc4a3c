//! What a clerk's server carries to the cosigners of its policy: each new checkpoint to every witness that has an address
//! (C2SP `add-checkpoint`), and their lines back. Mirrors come by themselves.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::files::PublicFiles;
use book::hash::Hash;
use book::id::BookId;
use book::key::Vkey;
use book::merkle::consistency;
use book::note::{NOTE_LIMIT, Note};
use book::policy::{Cosigner, Policy, Role};
use book::tile::TileTree;
use clerk::{Desk, PublicView};
use mirror::witness::add_checkpoint_request;
use store::Store;
use ureq::Agent;

/// How long between two looks at the book.
const INTERVAL: Duration = Duration::from_secs(1);
/// After a failure a witness is left in peace so many looks, twice as many after each, up to this.
const PATIENCE: u32 = 256;

fn agent(seconds: u64) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(seconds)))
        .http_status_as_error(false)
        .build();
    Agent::new_with_config(config)
}

/// What the cosigners of a policy have seen of a book, where they have an address and answer: checkpoints with the clerk's
/// valid signature. Who does not answer is named in the second list.
pub fn seen_by_cosigners(policy: &Policy, log: &Vkey, book: BookId) -> (Vec<Checkpoint>, Vec<String>) {
    let agent = agent(5);
    let cosigners: Vec<Vkey> = policy.cosigners().map(|cosigner| cosigner.vkey.clone()).collect();
    let (mut seen, mut silent) = (Vec::new(), Vec::new());
    for cosigner in policy.cosigners() {
        let Some(url) = &cosigner.url else { continue };
        let url = url.trim_end_matches('/');
        let address = match cosigner.role {
            Role::Witness => format!("{url}/{}/checkpoint", Hash::of(log.name.as_bytes()).hex()),
            Role::Mirror => format!("{url}/book/{book}/checkpoint"),
        };
        match get(&agent, &address) {
            Some((200, bytes)) => {
                seen.extend(
                    SignedCheckpoint::open(&bytes, log, &cosigners)
                        .map(|signed| signed.checkpoint().clone())
                        .ok(),
                );
            }
            // It has not seen this book yet.
            Some((404, _)) => {}
            _ => silent.push(cosigner.name.clone()),
        }
    }
    (seen, silent)
}

fn get(agent: &Agent, address: &str) -> Option<(u16, Vec<u8>)> {
    let mut response = agent.get(address).call().ok()?;
    let mut bytes = Vec::new();
    response.body_mut().as_reader().take(NOTE_LIMIT as u64).read_to_end(&mut bytes).ok()?;
    Some((response.status().as_u16(), bytes))
}

/// A courier under way.
pub struct Courier {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    /// Sends one out for a book, where its policy has witnesses with an address. `log` hears of each witness's first failure.
    pub fn start(
        desk: Desk,
        reader: Box<dyn Store>,
        book: BookId,
        policy: &Policy,
        log: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Option<Courier> {
        let witnesses: Vec<Round> = policy
            .cosigners()
            .filter(|cosigner| cosigner.role == Role::Witness && cosigner.url.is_some())
            .map(|cosigner| Round {
                cosigner: cosigner.clone(),
                cosigned: 0,
                pause: 0,
                failures: 0,
                done: Vec::new(),
            })
            .collect();
        if witnesses.is_empty() {
            return None;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let view = PublicView::running(reader, book, desk.published());
        let walk = move || run(&desk, view, witnesses, &log, &asked);
        let thread = thread::Builder::new().name("courier".into()).spawn(walk).ok()?;
        Some(Courier { stop, thread: Some(thread) })
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One witness, and how it stands with it.
struct Round {
    cosigner: Cosigner,
    cosigned: u64,
    pause: u32,
    failures: u32,
    /// The checkpoint's text that it cosigned last.
    done: Vec<u8>,
}

fn run(
    desk: &Desk,
    mut view: PublicView,
    mut witnesses: Vec<Round>,
    log: &Arc<dyn Fn(&str) + Send + Sync>,
    stop: &AtomicBool,
) {
    let agent = agent(10);
    while !stop.load(Ordering::Relaxed) {
        if let Ok(Some(checkpoint)) = view.read("checkpoint", NOTE_LIMIT) {
            for round in &mut witnesses {
                if round.pause > 0 {
                    round.pause -= 1;
                    continue;
                }
                match round.carry(&agent, &mut view, &checkpoint, desk) {
                    Ok(()) => round.failures = 0,
                    Err(reason) => {
                        if round.failures == 0 {
                            log(&format!("witness {}: {reason}; it is tried again", round.cosigner.name));
                        }
                        round.failures = round.failures.saturating_add(1);
                        round.pause = 1_u32.checked_shl(round.failures).unwrap_or(PATIENCE).min(PATIENCE);
                    }
                }
            }
        }
        thread::sleep(INTERVAL);
    }
}

impl Round {
    fn carry(
        &mut self,
        agent: &Agent,
        view: &mut PublicView,
        checkpoint: &[u8],
        desk: &Desk,
    ) -> Result<(), String> {
        let note = Note::parse(checkpoint).map_err(|error| error.to_string())?;
        if self.done == note.text.as_bytes() {
            return Ok(());
        }
        let parsed = Checkpoint::parse_text(&note.text).map_err(|error| error.to_string())?;
        let url = self.cosigner.url.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
        for _ in 0..2 {
            let proof = if self.cosigned == 0 || self.cosigned >= parsed.size {
                Vec::new()
            } else {
                let tree = TileTree::authenticated(&mut *view, parsed.size, parsed.root);
                let mut tree = tree.map_err(|error| error.to_string())?;
                let proof =
                    consistency(&mut tree, self.cosigned, parsed.size).map_err(|error| error.to_string())?;
                proof.unwrap_or_default()
            };
            let body = add_checkpoint_request(self.cosigned, &proof, checkpoint);
            let mut response = agent
                .post(format!("{url}/add-checkpoint"))
                .send(&body[..])
                .map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            let read = response.body_mut().as_reader().take(NOTE_LIMIT as u64).read_to_end(&mut bytes);
            read.map_err(|error| error.to_string())?;
            let said = report::printable(String::from_utf8_lossy(&bytes).trim().to_owned());
            match response.status().as_u16() {
                200 => {
                    // The clerk's lines stay out: only the witness's are handed on, under the text that they sign.
                    let mut cosigned = format!("{}\n", note.text).into_bytes();
                    cosigned.extend(&bytes);
                    desk.cosign(cosigned).map_err(|error| error.to_string())?;
                    self.cosigned = parsed.size;
                    self.done = note.text.into_bytes();
                    return Ok(());
                }
                409 => {
                    let size: u64 = said.parse().map_err(|_| format!("it answers 409 and `{said}`"))?;
                    if size > parsed.size {
                        return Err(format!(
                            "it has cosigned {size} entries, and this book has {}",
                            parsed.size
                        ));
                    }
                    self.cosigned = size;
                }
                status => return Err(format!("it answers {status}: {said}")),
            }
        }
        Err("it names another size each time".into())
    }
}
