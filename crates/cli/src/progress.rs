//! Progress with time left on a terminal, and nothing when piped.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The steps of a long work, with the time that each took.
pub struct Steps {
    taken: Vec<(&'static str, Duration)>,
    quiet: bool,
}

/// One step that is under way.
pub struct Step<'a> {
    steps: &'a mut Steps,
    name: &'static str,
    bar: ProgressBar,
    began: Instant,
}

impl Steps {
    /// No step yet; `quiet` shows nothing even on a terminal.
    pub fn new(quiet: bool) -> Steps {
        Steps { taken: Vec::new(), quiet }
    }

    /// Begins a step of so many units, shown as `name`.
    #[expect(clippy::disallowed_methods, reason = "the edge measures time")]
    pub fn begin(&mut self, name: &'static str, units: u64) -> Step<'_> {
        // Standard error of a terminal only: indicatif hides the bar elsewhere.
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(units), target);
        let style = ProgressStyle::with_template("{msg:28} {bar:30} {pos}/{len}  {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name);
        Step { steps: self, name, bar, began: Instant::now() }
    }

    /// Each step with the time that it took.
    pub fn taken(&self) -> &[(&'static str, Duration)] {
        &self.taken
    }
}

impl Step<'_> {
    /// There are so many units, as it turned out.
    pub fn of(&self, units: u64) {
        self.bar.set_length(units);
    }

    /// What is done with them now.
    pub fn doing(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// A line on standard error, above the bar.
    pub fn say(&self, line: &str) {
        if !self.steps.quiet {
            // Where nobody reads it, it is not said.
            self.bar.suspend(|| drop(writeln!(std::io::stderr(), "{line}")));
        }
    }

    /// So long it has been under way.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// So many units more are done.
    pub fn advance(&self, units: u64) {
        self.bar.inc(units);
    }

    /// So many units are done in all.
    pub fn reached(&self, units: u64) {
        self.bar.set_position(units);
    }

    /// Ends the step.
    pub fn end(self) {
        self.bar.finish_and_clear();
        self.steps.taken.push((self.name, self.began.elapsed()));
    }
}
