//! `.cat`: PrefLib's categories. The first category holds the approved; a leading `{}` approves nobody.

use super::preflib::read;
use crate::error::ParseError;
use crate::profile::{Profile, Vote};

pub(super) fn parse(text: &str) -> Result<Profile, ParseError> {
    read(text, "cat", |tiers, _| Ok(Vote::Approved(tiers.into_iter().next().unwrap_or_default())))
}
