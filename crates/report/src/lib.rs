//! The shape of every verdict that Cabildo gives.
//!
//! A verification never answers a bare yes. It returns a [`Report`]: the checks that were made, by name, how many
//! objects each looked at, and for each refusal the place, the object and the reason. A report of an audit is what a
//! stranger reads, so it names things as the specification does (`docs/spec/`).
//!
//! This crate is a leaf: it knows nothing of ballots or books.

use std::fmt;

use serde::Serialize;

/// At most this many failures of one check are kept word by word; the others are only counted, so that a report on a
/// wholly false archive stays readable and bounded.
pub const FAILURES_KEPT: usize = 50;

/// At most this many characters of an object or a reason are kept.
const CHARACTERS_KEPT: usize = 1000;

/// A text that may quote what was audited, fit to be printed: characters that would steer a terminal or turn the direction
/// of writing are escaped, so that a false archive cannot paint its own report, and it is cut where it gets long.
pub fn printable(text: String) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if text.len() <= CHARACTERS_KEPT && !text.contains(steers) {
        return text;
    }
    let mut kept = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == CHARACTERS_KEPT {
            kept.push('…');
            break;
        }
        if steers(c) {
            kept.extend(c.escape_unicode());
        } else {
            kept.push(c);
        }
    }
    kept
}

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Number of the event (its height in the archive, from 0); absent where the failure concerns the whole, or a book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// Number of the minute book's entry, from 0; absent where the failure concerns the whole, or an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The object: `ballot <tracker>`, `trustee 2`, `question 1`, a member's name in the archive.
    pub object: String,
    /// Which rule it breaks, in one sentence.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(event) = self.event {
            write!(f, "event {event}, ")?;
        }
        if let Some(entry) = self.entry {
            write!(f, "entry {entry}, ")?;
        }
        write!(f, "{}: {}", self.object, self.reason)
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every object that the check concerns was looked at and holds.
    Passed,
    /// At least one object does not hold.
    Failed,
    /// There was nothing to look at, or it is weaker than we ask of ourselves: the note says which.
    Noted,
}

/// One named check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The check's name, as in the specification.
    pub name: &'static str,
    /// How it ended.
    pub status: Status,
    /// How many objects it looked at.
    pub count: u64,
    /// How many of them do not hold; `failures` words the first [`FAILURES_KEPT`].
    pub failed: u64,
    /// What a reader should know beside the verdict, e.g. `claimed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The refusals, in the order in which they were found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// The checks that were made, in the order in which they began, and facts that belong beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    checks: Vec<Check>,
    facts: Vec<(String, String)>,
}

impl Report {
    /// An empty report, which nothing has been checked for yet and which therefore does not hold.
    pub fn new() -> Report {
        Report::default()
    }

    fn entry(&mut self, name: &'static str) -> &mut Check {
        let at = match self.checks.iter().position(|check| check.name == name) {
            Some(at) => at,
            None => {
                self.checks.push(Check {
                    name,
                    status: Status::Passed,
                    count: 0,
                    failed: 0,
                    note: None,
                    failures: Vec::new(),
                });
                self.checks.len() - 1
            }
        };
        &mut self.checks[at]
    }

    /// Records that `count` objects hold under the check `name`.
    pub fn passed(&mut self, name: &'static str, count: u64) {
        self.entry(name).count += count;
    }

    /// Records that one object does not hold under the check `name`.
    pub fn failed(
        &mut self,
        name: &'static str,
        event: Option<u64>,
        object: impl Into<String>,
        reason: impl Into<String>,
    ) {
        self.fail(name, event, None, object.into(), reason.into());
    }

    /// Records that one object of a minute book's entry does not hold under the check `name`.
    pub fn failed_entry(
        &mut self,
        name: &'static str,
        entry: u64,
        object: impl Into<String>,
        reason: impl Into<String>,
    ) {
        self.fail(name, None, Some(entry), object.into(), reason.into());
    }

    fn fail(
        &mut self,
        name: &'static str,
        event: Option<u64>,
        entry: Option<u64>,
        object: String,
        reason: String,
    ) {
        let check = self.entry(name);
        check.status = Status::Failed;
        check.count += 1;
        check.failed += 1;
        if check.failures.len() < FAILURES_KEPT {
            let (object, reason) = (printable(object), printable(reason));
            check.failures.push(Failure { event, entry, object, reason });
        }
    }

    /// Puts a word beside the check `name` without changing whether it holds: `mixers: claimed`.
    pub fn noted(&mut self, name: &'static str, note: impl Into<String>) {
        let check = self.entry(name);
        if check.status == Status::Passed {
            check.status = Status::Noted;
        }
        check.note = Some(note.into());
    }

    /// Adds a fact that is no check: the seed of the random weights, the number of voters.
    pub fn fact(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.facts.push((name.into(), value.into()));
    }

    /// The checks, in the order in which they began.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The check of that name, if it was made.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// The facts beside the checks.
    pub fn facts(&self) -> &[(String, String)] {
        &self.facts
    }

    /// The value of a fact, if it is there.
    pub fn fact_of(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether at least one check was made and none failed.
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.status != Status::Failed)
    }

    /// How many single checks were made in all.
    pub fn total(&self) -> u64 {
        self.checks.iter().map(|check| check.count).sum()
    }

    /// The names of the checks that failed.
    pub fn failed_checks(&self) -> Vec<&'static str> {
        self.checks.iter().filter(|check| check.status == Status::Failed).map(|check| check.name).collect()
    }

    /// Appends another report: its checks are added to those of the same name.
    pub fn absorb(&mut self, other: Report) {
        for check in other.checks {
            let mine = self.entry(check.name);
            mine.count += check.count;
            mine.failed += check.failed;
            match (mine.status, check.status) {
                (_, Status::Failed) => mine.status = Status::Failed,
                (Status::Passed, Status::Noted) => mine.status = Status::Noted,
                _ => {}
            }
            if check.note.is_some() {
                mine.note = check.note;
            }
            let room = FAILURES_KEPT.saturating_sub(mine.failures.len());
            mine.failures.extend(check.failures.into_iter().take(room));
        }
        self.facts.extend(other.facts);
    }
}

impl fmt::Display for Report {
    /// One line a check, then its failures indented.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
        for check in &self.checks {
            let mark = match check.status {
                Status::Passed => "ok  ",
                Status::Failed => "FAIL",
                Status::Noted => "note",
            };
            write!(f, "{mark}  {:width$}  {:>9}", check.name, check.count)?;
            if check.failed > 0 {
                write!(f, "  {} refused", check.failed)?;
            }
            if let Some(note) = &check.note {
                write!(f, "  {}: {note}", check.name)?;
            }
            writeln!(f)?;
            for failure in &check.failures {
                writeln!(f, "        {failure}")?;
            }
            let unsaid = check.failed - check.failures.len() as u64;
            if unsaid > 0 {
                writeln!(f, "        and {unsaid} more")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_checked_does_not_hold() {
        assert!(!Report::new().holds());
    }

    #[test]
    fn one_failure_among_many_is_named_and_counted() {
        let mut report = Report::new();
        report.passed("ballots", 3);
        report.failed("ballots", Some(7), "ballot x", "its signature does not verify");
        let check = report.check("ballots").expect("made");
        assert_eq!((check.count, check.failed, check.status), (4, 1, Status::Failed));
        assert!(!report.holds());
        assert!(report.to_string().contains("event 7, ballot x: its signature does not verify"));
    }

    #[test]
    fn failures_are_bounded_but_counted() {
        let mut report = Report::new();
        for _ in 0..FAILURES_KEPT + 5 {
            report.failed("ballots", None, "b", "r");
        }
        let check = report.check("ballots").expect("made");
        assert_eq!((check.failures.len(), check.failed), (FAILURES_KEPT, FAILURES_KEPT as u64 + 5));
        assert!(report.to_string().contains("and 5 more"));
    }

    #[test]
    fn what_a_failure_quotes_cannot_steer_the_terminal() {
        let mut report = Report::new();
        report.failed("archive", None, "\u{1b}[2J\nok  result", "\u{202e}x".repeat(3000));
        let text = report.to_string();
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains(r"\u{1b}[2J\u{a}ok") && !text.contains('\u{202e}'));
        assert!(text.len() < 10_000);
    }

    #[test]
    fn a_note_never_hides_a_failure() {
        let mut report = Report::new();
        report.failed("mixers", None, "m", "r");
        report.noted("mixers", "claimed");
        assert!(!report.holds());
        let mut whole = Report::new();
        whole.passed("mixers", 1);
        whole.absorb(report);
        assert!(!whole.holds());
    }
}
