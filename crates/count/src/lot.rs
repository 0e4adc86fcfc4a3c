//! The lot: an order drawn in public, which decides the ties that a rule leaves.

use crate::error::CountError;
use crate::profile::Profile;

/// Candidates in the order in which they were drawn, the most preferred first.
///
/// Wherever a rule needs a lot among tied candidates, those whom the lot lists come before those whom it does not,
/// in the order listed; about two whom it does not list it says nothing. The earliest is preferred: elected,
/// or first to have a surplus transferred. Where one is to be excluded, it is the latest. One lot serves the whole
/// count.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lot {
    order: Vec<usize>,
}

impl Lot {
    /// No lot was drawn.
    pub fn none() -> Self {
        Self::default()
    }

    /// The lot that lists these names, which must stand in the profile exactly so.
    ///
    /// # Errors
    /// [`CountError::UnknownInLot`], [`CountError::TwiceInLot`].
    pub fn from_names<S: AsRef<str>>(names: &[S], profile: &Profile) -> Result<Self, CountError> {
        let mut order = Vec::new();
        for name in names.iter().map(AsRef::as_ref) {
            let Some(index) = profile.candidates.iter().position(|candidate| candidate == name) else {
                return Err(CountError::UnknownInLot(name.into()));
            };
            if order.contains(&index) {
                return Err(CountError::TwiceInLot(name.into()));
            }
            order.push(index);
        }
        Ok(Self { order })
    }

    /// The lot written as names with commas between them, as on the command line; a name may hold commas itself.
    ///
    /// # Errors
    /// As [`Lot::from_names`].
    pub fn from_list(list: &str, profile: &Profile) -> Result<Self, CountError> {
        let pieces: Vec<&str> = list.split(',').collect();
        let stands = |name: &String| profile.candidates.contains(name);
        let mut names: Vec<String> = Vec::new();
        let mut from = 0;
        while from < pieces.len() {
            let most = profile.candidates.iter().map(|name| name.matches(',').count() + 1).max().unwrap_or(1);
            let ends = (from + 1..=pieces.len().min(from + most)).rev();
            let found = ends
                .map(|to| (to, pieces[from..to].join(",").trim().to_owned()))
                .find(|(_, name)| stands(name));
            let (to, name) = found.unwrap_or_else(|| (from + 1, pieces[from].trim().to_owned()));
            names.push(name);
            from = to;
        }
        Self::from_names(&names, profile)
    }

    /// The lot that lists these candidates by index; checked when the count begins.
    pub fn from_indices(order: Vec<usize>) -> Self {
        Self { order }
    }

    /// The candidates drawn, the most preferred first.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// # Errors
    /// [`CountError::UnknownInLot`], [`CountError::TwiceInLot`].
    pub(crate) fn check(&self, profile: &Profile) -> Result<(), CountError> {
        let mut seen = vec![false; profile.candidates.len()];
        for &index in &self.order {
            match seen.get_mut(index) {
                None => {
                    return Err(CountError::UnknownInLot(format!("candidate {}", index.saturating_add(1))));
                }
                Some(true) => return Err(CountError::TwiceInLot(profile.name(index).into())),
                Some(place) => *place = true,
            }
        }
        Ok(())
    }

    /// The `wanted` most preferred of the tied, in the lot's order; `None` where the lot leaves it open.
    pub(crate) fn best(&self, tied: &[usize], wanted: usize) -> Option<Vec<usize>> {
        let ordered = self.arrange(tied, wanted)?;
        Some(ordered.into_iter().take(wanted).collect())
    }

    /// The least preferred of the tied; `None` where the lot leaves it open.
    pub(crate) fn worst(&self, tied: &[usize]) -> Option<usize> {
        self.arrange(tied, tied.len())?.last().copied()
    }

    /// The tied in the lot's order, if it fixes at least the first `wanted` of them.
    fn arrange(&self, tied: &[usize], wanted: usize) -> Option<Vec<usize>> {
        let mut ordered: Vec<usize> = self.order.iter().copied().filter(|c| tied.contains(c)).collect();
        let listed = ordered.len();
        ordered.extend(tied.iter().filter(|c| !self.order.contains(c)));
        (wanted <= listed || tied.len() <= listed + 1).then_some(ordered)
    }
}
