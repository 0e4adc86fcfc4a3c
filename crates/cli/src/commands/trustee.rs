//! `cabildo trustee`: a trustee's work, from files alone.

use clap::Args as ClapArgs;

use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {}

pub fn run(_args: Args) -> Result<(), Failure> {
    Err(Failure::usage("not yet"))
}
