//! `cabildo count`: plain ballots, counted.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use count::{Lot, Method, Outcome, Profile, methods};

use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// A file of ballots: .blt, PrefLib .soi .soc .toi .toc .cat, graded .csv
    ballots: PathBuf,
    /// plurality approval irv scottish-stv wigm-stv meek-stv schulze majority-judgment
    #[arg(long)]
    method: String,
    /// Seats to fill; the file's number where it has one, else 1
    #[arg(long)]
    seats: Option<usize>,
    /// The order in which names were drawn, where a tie needs a lot
    #[arg(long, value_name = "NAME,…")]
    lot: Option<String>,
    /// Print one JSON object instead of the transcript
    #[arg(long)]
    json: bool,
}

/// Reads a file of ballots.
pub fn read_profile(path: &std::path::Path) -> Result<Profile, Failure> {
    let bytes = edge::read(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    count::formats::parse(&name, &bytes).map_err(|error| Failure::file(path, error))
}

/// The counting method of this name.
pub fn method(name: &str) -> Result<&'static dyn Method, Failure> {
    if methods::is_budget(name) {
        return Err(Failure::usage(format!("--method {name}: {}", methods::BUDGETS_COME_LATER)));
    }
    methods::by_name(name).ok_or_else(|| {
        let known: Vec<&str> = methods::all().iter().map(|method| method.name()).collect();
        Failure::usage(format!(
            "--method {name}: there is no such method; the methods are {}",
            known.join(" ")
        ))
    })
}

/// The lot that `--lot` gives.
pub fn lot(text: Option<&str>, profile: &Profile) -> Result<Lot, Failure> {
    let Some(text) = text else { return Ok(Lot::none()) };
    Lot::from_list(text, profile).map_err(|error| Failure::usage(format!("--lot: {error}")))
}

/// The seats: as asked, else as the file says, else one.
pub fn seats(asked: Option<usize>, profile: &Profile) -> usize {
    asked.or(profile.seats).unwrap_or(1)
}

/// The names of the elected, or of those among whom a lot is to be drawn.
pub fn winners(outcome: &Outcome, profile: &Profile) -> String {
    let names =
        |list: &[usize]| list.iter().map(|c| profile.candidates[*c].as_str()).collect::<Vec<_>>().join(", ");
    match &outcome.status {
        count::Status::Complete => format!("Elected: {}", names(&outcome.elected)),
        count::Status::LotRequired { among, purpose } => format!(
            "Elected so far: {}. A lot is required to decide {purpose}, among {}: draw it, then give --lot",
            if outcome.elected.is_empty() { "nobody".into() } else { names(&outcome.elected) },
            names(among)
        ),
    }
}

pub fn run(args: Args) -> Result<(), Failure> {
    let method = method(&args.method)?;
    let profile = read_profile(&args.ballots)?;
    let lot = lot(args.lot.as_deref(), &profile)?;
    let outcome = method
        .count(&profile, seats(args.seats, &profile), &lot)
        .map_err(|error| Failure::file(&args.ballots, error))?;
    if args.json {
        say!("{}", outcome.to_json(&profile));
    } else {
        put!("{}", outcome.transcript());
    }
    Ok(())
}
