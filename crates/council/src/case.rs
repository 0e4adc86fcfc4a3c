//! One entry before the rules: the state it meets, who signs it, and when.

use book::entry::Signer;

use book::hash::Hash;

use crate::beside::Beside;
use crate::council::Council;
use crate::kinds::BlobRef;
use crate::named::NamedKeys;
use crate::offices::DAY;
use crate::refusal::{Refusal, Stop};
use crate::roll::Standing;
use crate::rules::Halt;
use crate::state::State;
use crate::statutes::{Articles, Power};

/// What a rule looks at, beside the content.
pub(crate) struct Case<'a> {
    pub(crate) state: &'a State,
    pub(crate) signers: &'a [Signer],
    /// When it is recorded: Unix seconds.
    pub(crate) at: u64,
    /// SHA-256 of the text.
    pub(crate) text: Hash,
    /// Blobs and fresh bytes.
    pub(crate) beside: &'a dyn Beside,
    /// The keys that the content names.
    pub(crate) named: &'a NamedKeys,
}

fn by_line(reason: impl Into<String>) -> Refusal {
    Refusal::author("entry-signers", "the `by` line", reason)
}

impl<'a> Case<'a> {
    /// The number that the entry will have.
    pub(crate) fn number(&self) -> u64 {
        self.state.size()
    }

    /// The bytes of a public blob that an entry's meaning depends on; where they are missing, the entry cannot be judged here.
    pub(crate) fn blob(&self, blob: &BlobRef) -> Result<Vec<u8>, Halt> {
        let hash = Hash::from_hex(&blob.sha256).ok_or_else(|| {
            Refusal::author("entry-content", "a reference", "its hash is not 64 hexadecimal digits")
        })?;
        let missing = Halt::Stopped(Stop::MissingBlob { hash, size: blob.size });
        self.beside.blob(&hash, blob.size).ok_or(missing)
    }

    /// What the council is beside its keys, and its articles. The kinds that ask come with rules version 2, as these do.
    pub(crate) fn council(&self) -> Result<(&'a Council, &'a Articles), Refusal> {
        let articles = self.state.statutes.as_ref().and_then(|statutes| statutes.articles.as_ref());
        self.state.council.as_deref().zip(articles).ok_or_else(|| {
            Refusal::author("statutes", "the book", "its rules are of version 1, without articles")
                .next("raise them with `rules.raised`")
        })
    }

    /// That a member has a vote now.
    pub(crate) fn votes(&self, member: u32) -> Result<(), Refusal> {
        let refuse = |reason: String| Err(Refusal::author("standing", format!("member {member}"), reason));
        let (council, _) = self.council()?;
        match council.roll.member(member).map(|membership| membership.standing(self.at)) {
            Some(Standing::Voting) => Ok(()),
            Some(Standing::New { until }) => {
                refuse(format!("they can still be challenged, until {until}, and have no vote before"))
            }
            Some(Standing::Challenged) => {
                refuse("they are challenged, and the assembly has not decided".into())
            }
            Some(Standing::Excluded) => refuse("they are excluded".into()),
            None => refuse("they are not on the roll".into()),
        }
    }

    /// That a member acts themselves: they alone sign, as a member; for one without a device two scrutineers do.
    pub(crate) fn acts(&self, member: u32) -> Result<(), Refusal> {
        let (council, _) = self.council()?;
        let has_device = self.state.members.contains_key(&member);
        if !has_device && council.roll.member(member).is_some() {
            return self.two_with(Power::Scrutiny, 0).map_err(|_| {
                by_line(format!(
                    "member {member} has no device: two who hold an office with the power `{}` sign for them",
                    Power::Scrutiny.word()
                ))
            });
        }
        match self.signers {
            [one] if one.number() == Some(member) && one.capacity.is_none() => Ok(()),
            _ => Err(by_line(format!("member {member} signs it, as a member and alone"))),
        }
    }

    /// Whether a signer signs in the name of an office with this power. That they hold it was looked at before.
    pub(crate) fn has(&self, signer: &Signer, power: Power) -> Result<bool, Refusal> {
        let (_, articles) = self.council()?;
        let office = signer.capacity.as_deref().and_then(|office| articles.office(office));
        Ok(office.is_some_and(|office| office.powers.contains(&power)))
    }

    /// Who may sign now in an office with this power.
    pub(crate) fn with(&self, power: Power) -> Result<Vec<u32>, Refusal> {
        let (council, articles) = self.council()?;
        let offices = articles.offices.iter().filter(|office| office.powers.contains(&power));
        Ok(offices.flat_map(|office| self.state.signers_of(council, &office.office, self.at)).collect())
    }

    /// That the signers from `from` on are two people with this power, and nobody else.
    pub(crate) fn two_with(&self, power: Power, from: usize) -> Result<(), Refusal> {
        let refused = || by_line(format!("two people sign in offices with the power `{}`", power.word()));
        match self.signers.get(from..) {
            Some([one, other])
                if one.name != other.name && self.has(one, power)? && self.has(other, power)? =>
            {
                Ok(())
            }
            _ => Err(refused()),
        }
    }

    /// That what the assembly decided is signed by whoever presided and whoever keeps the minutes, two people.
    pub(crate) fn assembly(&self) -> Result<(), Refusal> {
        self.assembly_of(self.signers)
    }

    /// The same of some of the signers.
    pub(crate) fn assembly_of(&self, signers: &[Signer]) -> Result<(), Refusal> {
        match signers {
            [presiding, minutes]
                if presiding.name != minutes.name
                    && self.has(presiding, Power::Presiding)?
                    && self.has(minutes, Power::Minutes)? =>
            {
                Ok(())
            }
            _ => Err(by_line(
                "what the assembly decided is signed by two: one with the power `presiding`, then one with `minutes`",
            )),
        }
    }

    /// That those admit who may, by the first signers: whoever keeps the roll, or as many members as the statutes ask for to
    /// vouch. How many signers that are.
    pub(crate) fn admitters(&self, newcomer: u32) -> Result<usize, Refusal> {
        let (_, articles) = self.council()?;
        let vouchers = articles.roll.vouchers as usize;
        if vouchers == 0 {
            return match self.signers.first() {
                Some(first) if self.has(first, Power::Roll)? && first.number() != Some(newcomer) => Ok(1),
                _ => Err(by_line("whoever keeps the roll signs first, in the office's name")),
            };
        }
        let asked = || by_line(format!("{vouchers} members vouch for a new one, and sign first, as members"));
        let first = self.signers.get(..vouchers).ok_or_else(asked)?;
        for voucher in first {
            let number = voucher.number().filter(|number| *number != newcomer && voucher.capacity.is_none());
            self.votes(number.ok_or_else(asked)?)?;
        }
        Ok(vouchers)
    }

    /// From when on a member has a vote who comes onto the roll now.
    pub(crate) fn votes_from(&self) -> Result<u64, Refusal> {
        let (_, articles) = self.council()?;
        Ok(self.at.saturating_add(u64::from(articles.roll.challenge_days) * DAY))
    }

    /// That those sign, as members, whom the state names to choose a new clerk, and enough of them.
    pub(crate) fn named_for_succession(&self) -> Result<(), Refusal> {
        let succession = &self.state.succession;
        for signer in self.signers {
            let named = signer.number().is_some_and(|number| succession.among.contains(&number));
            if !named || signer.capacity.is_some() {
                let reason = "the statutes do not name them among those who choose a new clerk, as members";
                return Err(Refusal::author("succession", format!("the line of {}", signer.name), reason));
            }
        }
        if (self.signers.len() as u64) < u64::from(succession.needed) {
            let reason = format!("{} sign, and it takes {}", self.signers.len(), succession.needed);
            return Err(Refusal::author("succession", "the succession", reason)
                .next("collect the missing signatures"));
        }
        Ok(())
    }
}
