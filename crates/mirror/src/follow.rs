//! Following a book: copying again and again, with pauses.

use std::time::Duration;

use crate::copy::{Copied, CopyError, Mirror, Watch};
use crate::cosign::{CosignError, CosignedBook, Cosigner, cosign_and_hand_in};
use crate::source::Source;

/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(600);

/// How long to wait between rounds: the interval, and after each failure twice as long as before, up to ten minutes.
#[derive(Clone, Debug)]
pub struct Pace {
    interval: Duration,
    failures: u32,
}

impl Pace {
    /// A pace of this interval.
    pub fn new(interval: Duration) -> Pace {
        Pace { interval, failures: 0 }
    }

    /// The next pause. `random` spreads it by a quarter to either side, so that a thousand mirrors do not come at once.
    pub fn next(&mut self, went_well: bool, random: u64) -> Duration {
        self.failures = if went_well { 0 } else { self.failures.saturating_add(1) };
        let longest = LONGEST.max(self.interval);
        let pause = self.interval.saturating_mul(1 << self.failures.min(16)).min(longest);
        let spread = 768 + (random % 513) as u32;
        (pause / 1024).saturating_mul(spread)
    }
}

/// What the edge gives: the clock, chance, patience, and an ear.
pub trait World: Watch {
    /// Unix seconds.
    fn now(&mut self) -> Result<u64, String>;
    /// Any number.
    fn random(&mut self) -> u64;
    /// Waits, and says whether to go on.
    fn wait(&mut self, pause: Duration) -> bool;
    /// Hears how a round went.
    fn heard(&mut self, event: &Event);
}

/// How a round went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The source was read.
    Copied(Copied),
    /// The source could not be used.
    Failed(CopyError),
    /// Our cosignature was handed in, or, where the source is no address, made.
    Cosigned(CosignedBook),
    /// It was not.
    NotCosigned(CosignError),
}

/// Follows a book until the world says stop, which is no error, or a person must look: the error says at what.
pub fn follow(
    mirror: &mut Mirror,
    source: &mut Source,
    cosigner: Option<&Cosigner>,
    interval: Duration,
    world: &mut dyn World,
) -> Result<(), CopyError> {
    let mut pace = Pace::new(interval);
    // What the clerk has taken from us already.
    let mut handed = None;
    loop {
        let went_well = round(mirror, source, cosigner, world, &mut handed)?;
        let random = world.random();
        if !world.wait(pace.next(went_well, random)) {
            return Ok(());
        }
    }
}

fn round(
    mirror: &mut Mirror,
    source: &mut Source,
    cosigner: Option<&Cosigner>,
    world: &mut dyn World,
    handed: &mut Option<Vec<u8>>,
) -> Result<bool, CopyError> {
    let now = match world.now() {
        Ok(now) => now,
        Err(why) => {
            world.heard(&Event::Failed(CopyError::Own(why)));
            return Ok(false);
        }
    };
    match mirror.copy(source, now, &mut Through(world)) {
        Ok(copied) => world.heard(&Event::Copied(copied)),
        Err(CopyError::Interrupted) => return Ok(true),
        Err(error) => {
            world.heard(&Event::Failed(error.clone()));
            // Who held the right book once has the right address: another answer may pass.
            let passes = matches!(error, CopyError::OtherBook { .. }) && mirror.checkpoint().is_some();
            return if error.needs_a_person() && !passes { Err(error) } else { Ok(false) };
        }
    }
    let Some(cosigner) = cosigner else { return Ok(true) };
    let cosigned = match mirror.cosign(cosigner, now) {
        Ok(cosigned) if handed.as_ref() == Some(&cosigned.note) => return Ok(true),
        Ok(cosigned) => match source {
            Source::Address(address) => {
                let handed_in = cosign_and_hand_in(mirror, cosigner, address, now, &mut Through(world));
                handed_in.map(|last| CosignedBook { is_new: last.is_new || cosigned.is_new, ..last })
            }
            _ => Ok(cosigned),
        },
        Err(error) => Err(error),
    };
    match cosigned {
        Ok(cosigned) => {
            *handed = Some(cosigned.note.clone());
            world.heard(&Event::Cosigned(cosigned));
            Ok(true)
        }
        Err(error) => {
            world.heard(&Event::NotCosigned(error));
            Ok(false)
        }
    }
}

/// A world, as one who looks on.
struct Through<'a>(&'a mut dyn World);

impl Watch for Through<'_> {
    fn copied(&mut self, done: u64, total: u64) {
        self.0.copied(done, total);
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.0.progress(done, total);
    }

    fn goes_on(&mut self) -> bool {
        self.0.goes_on()
    }
}
