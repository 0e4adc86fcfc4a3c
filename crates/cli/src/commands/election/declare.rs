//! `cabildo election declare`: the tally, opened with the parts that trustees have recorded. Anybody can compute that.

use ballot::json;
use ballot::standing::NoResult;
use clap::Args as ClapArgs;
use council::elections::outcome;
use council::kinds::elections::ResultDeclared;

use super::held::{Of, Out};
use super::show;
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let mut held = args.of.read(false)?;
    let folder = args.out.folder("declare", held.number)?;
    let result = held.standing()?.result().map_err(|why| match why {
        NoResult::Early(misuse) => held.about(misuse),
        NoResult::NotEnough(lack) => held.about(format!("{lack}: they record theirs with `votes.decrypted`")),
        NoResult::Refused(refusal) => Failure::Refused(refusal.to_string()),
    })?;
    let text = json::to_string(&result);
    let content = ResultDeclared { election: held.number, result: material::reference(text.as_bytes()) };
    let answer = result.result.first().ok_or_else(|| held.about("its result has no answer"))?;
    let profile = outcome::profile(&held.election, answer).map_err(|reason| held.about(reason))?;
    let counted = show::counted(&held.election, &profile)?;
    material::make(&folder, &content, &[("result.json", text.as_bytes())])?;
    put!("\n{counted}");
    Ok(())
}
