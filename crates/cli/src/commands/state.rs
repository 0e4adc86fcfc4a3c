//! `cabildo state`: what a book makes true now.

use book::files::PublicFiles;
use clap::Args as ClapArgs;
use council::State;
use mirror::source::Source;
use report::printable;

use crate::books::{self, Database};
use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;

#[derive(ClapArgs)]
pub struct Args {
    /// A mirror's folder, a bundle or an address; left out with --db
    source: Option<String>,
    /// The database: a file, or postgres://…
    #[arg(long, conflicts_with = "source")]
    db: Option<String>,
    /// The book, where the database has several, or which it must be
    #[arg(long, value_name = "ID")]
    book: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let wanted = args.book.as_deref().map(books::book_id).transpose()?;
    let judged = match &args.source {
        Some(name) => {
            let mut source = Source::open(name).map_err(|error| Failure::usage(error.to_string()))?;
            let wanted = wanted.or_else(|| source.book());
            judge(&mut source, name, wanted, args.json)?
        }
        None => {
            let database = Database::parse(args.db.as_deref().unwrap_or("cabildo.db"));
            let mut store = database.open()?;
            let book = books::choose(&database, store.as_mut(), args.book.as_deref())?;
            let mut view = clerk::PublicView::at_rest(store, book);
            judge(&mut view, &database.name(), Some(book), args.json)?
        }
    };
    show(&judged, args.json);
    Ok(())
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
    let options =
        audit::Options { book: wanted, since: None, now: Some(edge::now()?), progress: &mut progress };
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

fn show(state: &State, json: bool) {
    let holders: Vec<(&str, u32)> = state.holders().collect();
    if json {
        let offices: serde_json::Map<String, serde_json::Value> =
            holders.iter().map(|(office, member)| ((*office).to_owned(), (*member).into())).collect();
        let object = serde_json::json!({
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
            "members": state.members().map(|(number, _)| number).collect::<Vec<_>>(),
            "offices": offices,
            "succession": {"among": state.succession().among, "needed": state.succession().needed},
            "policy": state.policy().lines(),
            "state": state.digest().to_string(),
        });
        say!("{object}");
        return;
    }
    say!("{}", printable(state.name().to_owned()));
    say!("book     {}", state.book());
    say!("entries  {} ({} void), the last of {}", state.size(), state.voids(), edge::utc(state.time()));
    say!("epoch    {}, rules version {}", state.epoch(), state.rules());
    say!("members  {}", state.members().count());
    for (office, member) in holders {
        say!("office   {office}: member {member}");
    }
    let among: Vec<String> = state.succession().among.iter().map(u32::to_string).collect();
    say!("clerk    a new one is named by {} of members {}", state.succession().needed, among.join(", "));
    for line in state.policy().lines() {
        say!("policy   {line}");
    }
    say!("root     {}", state.root());
    say!("state    {}", state.digest());
}
