//! `trustees.formed`: trustees have made a key together, before anybody needs it. From then on they stand ready.

use ::ballot::group::Ed25519;
use ::ballot::trustee::{Block, Trustees};
use serde::{Deserialize, Serialize};

use super::{article, refuse, sized};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::elections::Team;
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `trustees.formed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteesFormed {
    /// The trustees, by member's number, in the order of the list of keys.
    pub members: Vec<u32>,
    /// The list of keys: `trustees` of an archive.
    pub trustees: BlobRef,
}

impl Content for TrusteesFormed {
    const KIND: &'static str = "trustees.formed";
}

impl Rule for TrusteesFormed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let article = article(case)?;
        let wrong = |reason: String| Refusal::author("trustees", "the trustees", reason);
        let mut distinct = self.members.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() != self.members.len() || self.members.len() != article.trustees as usize {
            let reason =
                format!("they are {}, and the statutes ask for {} members", distinct.len(), article.trustees);
            return Err(wrong(reason).into());
        }
        let signs = |(signer, member): (&book::entry::Signer, &u32)| {
            signer.number() == Some(*member) && signer.capacity.is_none()
        };
        let (council, _) = case.council()?;
        let (signers, assembly) = case.signers.split_at(self.members.len().min(case.signers.len()));
        if signers.len() != self.members.len() || !signers.iter().zip(&self.members).all(signs) {
            let reason = "every trustee signs it, as a member, in the order of the list";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        // Nobody pushes aside those who stand ready but the assembly: whoever holds the shares can open the ballots.
        let stands = council.elections.team.as_ref().is_some_and(Team::can_open);
        if (stands || !assembly.is_empty()) && case.assembly_of(assembly).is_err() {
            let reason = "trustees stand ready: who replaces them is decided by the assembly, so one with the power `presiding` \
                          signs after the trustees, then one with `minutes`";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        for member in &self.members {
            case.votes(*member)?;
        }
        if stands && council.recalls().next().is_some() {
            let reason = "a recall waits for its vote, and those who stand ready can open its box: nobody is put in their place now";
            return Err(wrong(reason.into()).into());
        }
        if council.elections.team.as_ref().is_some_and(|team| team.trustees == self.trustees) {
            return Err(wrong("they stand ready with these keys already".into()).into());
        }
        let blob = sized(&self.trustees, "the list of keys")?;
        let bytes = case.blob(&self.trustees)?;
        let list = Trustees::<Ed25519>::parse(&bytes).map_err(|error| wrong(error.to_string()))?;
        let verified = list.verify().map_err(|refusals| {
            let first = refusals.into_iter().next();
            first.map_or_else(
                || wrong("a key does not hold".into()),
                |found| Refusal::author("trustees", found.object, found.reason),
            )
        })?;
        let threshold = article.threshold as usize;
        let fits = match verified.blocks() {
            [Block::Pedersen { threshold: of, owners }] => {
                *of == threshold && owners.len() == self.members.len()
            }
            singles => {
                threshold == self.members.len()
                    && singles.len() == threshold
                    && singles.iter().all(|block| matches!(block, Block::Single { .. }))
            }
        };
        if !fits {
            let reason =
                format!("the keys are not those of {} trustees of whom {threshold} open", self.members.len());
            return Err(refuse("the list of keys", reason).into());
        }
        let team = Team {
            entry: case.number(),
            trustees: self.trustees,
            members: self.members,
            threshold: article.threshold,
            lost: Default::default(),
        };
        Ok(Ruled {
            effects: Effects(vec![blob, Effect::TrusteesReady]),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.elections.team = Some(team);
                }
            }),
        })
    }
}
