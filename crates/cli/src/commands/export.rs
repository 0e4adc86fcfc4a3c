//! `cabildo export`: what a council is, for other people's programs.

use clap::{Args as ClapArgs, ValueEnum};
use council::export;

use super::state::Which;
use crate::edge;
use crate::failure::Failure;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The council, its seats and who holds them, as Popolo JSON
    Popolo,
    /// The roll as a table: CSV
    Roll,
    /// The offices as a table: CSV
    Offices,
    /// The deadlines as a calendar: iCalendar
    Ical,
}

#[derive(ClapArgs)]
pub struct Args {
    /// What for
    #[arg(value_enum)]
    format: Format,
    #[command(flatten)]
    which: Which,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let state = args.which.replay(false)?;
    let now = edge::now()?;
    match args.format {
        Format::Popolo => say!("{}", export::popolo(&state, now)),
        Format::Roll => put!("{}", export::roll(&state, now)),
        Format::Offices => put!("{}", export::offices(&state, now)),
        Format::Ical => put!("{}", export::icalendar(&state)),
    }
    Ok(())
}
