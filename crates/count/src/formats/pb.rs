//! `.pb`: Pabulib's participatory budgets, refused for now.

use crate::error::ParseError;
use crate::methods::BUDGETS_COME_LATER;
use crate::profile::Profile;

pub(super) fn parse(_text: &str) -> Result<Profile, ParseError> {
    Err(ParseError::whole(BUDGETS_COME_LATER))
}
