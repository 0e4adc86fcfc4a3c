//! Kinds that concern who belongs: rules version 2. (`member.admitted` and `member.left` are older, and stand one folder up.)

mod appeal_decided;
mod challenge_decided;
mod exclusion_appealed;
mod key_replaced;
mod member_challenged;
mod member_enrolled;
mod member_excluded;
mod member_joined;
mod slips_issued;

pub use appeal_decided::AppealDecided;
pub use challenge_decided::ChallengeDecided;
pub use exclusion_appealed::ExclusionAppealed;
pub use key_replaced::KeyReplaced;
pub use member_challenged::MemberChallenged;
pub use member_enrolled::MemberEnrolled;
pub use member_excluded::MemberExcluded;
pub use member_joined::MemberJoined;
pub use slips_issued::{SlipIssued, SlipsIssued};

use crate::case::Case;
use crate::refusal::Refusal;
use crate::roll::Membership;

/// A reason has at most so many characters.
const REASON_LIMIT: usize = 2000;

/// That a reason is given, of a readable length.
pub(super) fn is_reason(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.chars().count() > REASON_LIMIT {
        let reason = format!("it is empty, or longer than {REASON_LIMIT} characters");
        return Err(Refusal::author("entry-content", "the reason", reason));
    }
    Ok(())
}

/// What the roll says of a member.
fn membership<'a>(case: &Case<'a>, member: u32) -> Result<&'a Membership, Refusal> {
    let (council, _) = case.council()?;
    council.roll.member(member).ok_or_else(|| not_on_roll(member))
}

fn not_on_roll(member: u32) -> Refusal {
    Refusal::author("standing", format!("member {member}"), "they are not on the roll")
}
