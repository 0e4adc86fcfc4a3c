//! `cabildo state`: what a book makes true now.

use book::files::PublicFiles;
use clap::Args as ClapArgs;
use council::{State, Tenure};
use mirror::source::Source;
use report::printable;

use crate::books::{self, Database};
use crate::commands::election::phase_words;
use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which book, and from where.
#[derive(ClapArgs)]
pub struct Which {
    /// A mirror's folder, a bundle or an address; left out with --db
    pub source: Option<String>,
    /// The database: a file, or postgres://…
    #[arg(long, conflicts_with = "source")]
    pub db: Option<String>,
    /// The book, where the database has several, or which it must be
    #[arg(long, value_name = "ID")]
    pub book: Option<String>,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let state = args.which.replay(args.json)?;
    let now = edge::now()?;
    show(&state, now, args.json);
    Ok(())
}

/// A book that was replayed and judged, and its public files.
pub struct Book {
    /// What it makes true.
    pub state: State,
    /// The files.
    pub files: Box<dyn PublicFiles>,
    /// How it is named to people.
    pub name: String,
}

impl Which {
    /// The state of the book, replayed and judged.
    pub fn replay(&self, quiet: bool) -> Result<State, Failure> {
        Ok(self.read(quiet)?.state)
    }

    /// The book, replayed and judged.
    pub fn read(&self, quiet: bool) -> Result<Book, Failure> {
        let wanted = self.book.as_deref().map(books::book_id).transpose()?;
        let (mut files, name, wanted): (Box<dyn PublicFiles>, _, _) = match &self.source {
            Some(name) => {
                let source = Source::open(name).map_err(|error| Failure::usage(error.to_string()))?;
                let wanted = wanted.or_else(|| source.book());
                (Box::new(source), name.clone(), wanted)
            }
            None => {
                let database = Database::parse(self.db.as_deref().unwrap_or("cabildo.db"));
                let mut store = database.open()?;
                let book = books::choose(&database, store.as_mut(), self.book.as_deref())?;
                (Box::new(clerk::PublicView::at_rest(store, book)), database.name(), Some(book))
            }
        };
        let state = judge(&mut files, &name, wanted, quiet)?;
        Ok(Book { state, files, name })
    }
}

/// Replays a book whose every check holds; else says which does not.
pub fn judge(
    files: &mut dyn PublicFiles,
    name: &str,
    wanted: Option<book::id::BookId>,
    quiet: bool,
) -> Result<State, Failure> {
    let mut steps = Steps::new(quiet);
    let step = steps.begin("replay", 0);
    let mut progress = |read: u64, all: u64| {
        step.of(all);
        step.reached(read);
    };
    let options = audit::Options {
        book: wanted,
        since: None,
        now: Some(edge::now()?),
        seed: *edge::fresh()?,
        progress: &mut progress,
    };
    let judged = audit::book(files, options).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    step.end();
    if !judged.report.holds() {
        let checks = judged.report.failed_checks().join(", ");
        return Err(Failure::Refused(format!(
            "{name}: the book does not hold ({checks}); `cabildo audit` says where"
        )));
    }
    judged.state.ok_or_else(|| Failure::Refused(format!("{name}: the book cannot be read to its end")))
}

/// One office at this time: who holds it, and who stands in.
struct OfficeLine {
    office: String,
    member: u32,
    /// Empty under rules version 1, where an office has no end.
    how: String,
    until: Option<u64>,
}

fn offices(state: &State, now: u64) -> Vec<OfficeLine> {
    let plain = |(office, member): (&str, u32)| OfficeLine {
        office: office.to_owned(),
        member,
        how: String::new(),
        until: None,
    };
    let (Some(council), Some(articles)) =
        (state.council(), state.statutes().and_then(|statutes| statutes.articles.as_ref()))
    else {
        return state.holders().map(plain).collect();
    };
    let mut lines = Vec::new();
    for article in &articles.offices {
        for seat in council.offices().seats(&article.office) {
            for (member, tenure) in seat.signers(now, articles.acting_days) {
                let (how, until) = match tenure {
                    Tenure::Holder => ("holder", seat.holding.as_ref().map(|held| held.until)),
                    Tenure::Overdue => ("acting, term over", seat.holding.as_ref().map(|held| held.until)),
                    Tenure::Acting => ("acting", seat.acting.as_ref().map(|acting| acting.until)),
                };
                lines.push(OfficeLine { office: article.office.clone(), member, how: how.into(), until });
            }
        }
    }
    lines
}

/// Who is on the roll: numbers, and from rules version 2 on, where members can be without one, whether they have a device.
fn members(state: &State) -> serde_json::Value {
    let Some(council) = state.council() else {
        return state.members().map(|(number, _)| number).collect();
    };
    let member =
        |number: u32| serde_json::json!({"member": number, "device": state.member(number).is_some()});
    council.roll().members().map(|(number, _)| member(number)).collect()
}

fn elections(state: &State) -> serde_json::Value {
    let all =
        state.council().into_iter().flat_map(|council| council.elections().all()).map(|(entry, election)| {
            serde_json::json!({
                "entry": entry,
                "uuid": election.uuid,
                "title": election.title,
                "office": election.purpose.office(),
                "recall": election.purpose.is_recall(),
                "phase": election.phase().name(),
            })
        });
    all.collect()
}

fn show(state: &State, now: u64, json: bool) {
    let offices = offices(state, now);
    let voters = state.council().map(|council| council.roll().voters(now));
    let without_device = state.council().map(|council| {
        council.roll().members().filter(|(number, _)| state.member(*number).is_none()).count()
    });
    if json {
        let mut held: serde_json::Map<String, serde_json::Value> = serde_json::Map::new();
        for line in &offices {
            if line.how.is_empty() {
                held.insert(line.office.clone(), line.member.into());
                continue;
            }
            let holders = held.entry(line.office.clone()).or_insert_with(|| serde_json::json!([]));
            if let Some(holders) = holders.as_array_mut() {
                holders.push(serde_json::json!({"member": line.member, "as": line.how, "until": line.until}));
            }
        }
        let mut object = serde_json::json!({
            "ok": true,
            "book": state.book().to_string(),
            "name": state.name(),
            "language": state.language(),
            "rules": state.rules(),
            "entries": state.size(),
            "void": state.voids(),
            "root": state.root().to_string(),
            "epoch": state.epoch(),
            "time": state.time(),
            "members": members(state),
            "offices": held,
            "succession": {"among": state.succession().among, "needed": state.succession().needed},
            "policy": state.policy().lines(),
            "state": state.digest().to_string(),
        });
        if let Some(statutes) = state.statutes().filter(|statutes| statutes.articles.is_some()) {
            object["voters"] = voters.into();
            object["without_device"] = without_device.into();
            object["elections"] = elections(state);
            object["statutes"] = serde_json::to_value(statutes).unwrap_or_default();
        }
        say!("{object}");
        return;
    }
    say!("{}", printable(state.name().to_owned()));
    say!("book     {}", state.book());
    say!("entries  {} ({} void), the last of {}", state.size(), state.voids(), edge::utc(state.time()));
    say!("epoch    {}, rules version {}", state.epoch(), state.rules());
    match (voters, without_device) {
        (Some(voters), Some(without)) => {
            say!("members  {}, {voters} with a vote, {without} without a device", state.on_roll());
        }
        _ => say!("members  {}", state.on_roll()),
    }
    for line in offices {
        let until = line.until.map(|until| format!(" ({}, until {})", line.how, edge::utc(until)));
        say!("office   {}: member {}{}", line.office, line.member, until.unwrap_or_default());
    }
    for (entry, election) in state.council().into_iter().flat_map(|council| council.elections().all()) {
        let phase = phase_words(election.phase());
        say!("election {}: {phase} ({}, entry {entry})", printable(election.title.clone()), election.uuid);
    }
    let among: Vec<String> = state.succession().among.iter().map(u32::to_string).collect();
    say!("clerk    a new one is named by {} of members {}", state.succession().needed, among.join(", "));
    for line in state.policy().lines() {
        say!("policy   {line}");
    }
    say!("root     {}", state.root());
    say!("state    {}", state.digest());
}
