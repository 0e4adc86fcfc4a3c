//! The numbers in which votes are transferred.

use crate::error::CountError;

/// The numbers of a rule. An amount is a number of votes in the rule's unit; a value is a key for what one paper
/// is worth, ordered as the rule likes.
pub(crate) trait Arithmetic {
    type Amount: Clone + Ord;

    /// The value of a paper at its first preference.
    const FIRST_VALUE: u64;

    fn votes(&self, whole: u64) -> Self::Amount;
    fn papers(&self, papers: u64, value: u64) -> Self::Amount;
    fn add(&self, to: &mut Self::Amount, amount: &Self::Amount);
    /// Never below zero.
    fn subtract(&self, from: &mut Self::Amount, amount: &Self::Amount);

    /// The transfer values of papers that a candidate with a surplus holds at `values`, in that order. May change
    /// the unit, and then changes all `amounts` with it. `amounts[from]` is the candidate's total, `amounts[quota]`
    /// the quota.
    fn transfer_values(
        &mut self,
        amounts: &mut [Self::Amount],
        from: usize,
        quota: usize,
        values: &[u64],
    ) -> Result<Vec<u64>, CountError>;

    /// As a decimal string, and as a fraction where that one is cut short.
    fn text(&self, amount: &Self::Amount) -> (String, Option<String>);
    fn value_text(&self, value: u64) -> String;
    /// Whether transfers lose fractions of votes by rounding.
    fn rounds(&self) -> bool;
    /// A remark for the head of the transcript.
    fn note(&self) -> Option<&'static str> {
        None
    }
}

/// Votes in units of 10^-`PLACES`, transfer values with remainders ignored.
pub(crate) struct Fixed<const PLACES: u32>;

impl<const PLACES: u32> Fixed<PLACES> {
    const UNIT: u64 = 10u64.pow(PLACES);
}

impl<const PLACES: u32> Arithmetic for Fixed<PLACES> {
    type Amount = u128;
    const FIRST_VALUE: u64 = Self::UNIT;

    fn votes(&self, whole: u64) -> u128 {
        u128::from(whole) * u128::from(Self::UNIT)
    }

    fn papers(&self, papers: u64, value: u64) -> u128 {
        u128::from(papers) * u128::from(value)
    }

    fn add(&self, to: &mut u128, amount: &u128) {
        *to = to.saturating_add(*amount);
    }

    fn subtract(&self, from: &mut u128, amount: &u128) {
        *from = from.saturating_sub(*amount);
    }

    fn transfer_values(
        &mut self,
        amounts: &mut [u128],
        from: usize,
        quota: usize,
        values: &[u64],
    ) -> Result<Vec<u64>, CountError> {
        let (total, surplus) = (amounts[from], amounts[from].saturating_sub(amounts[quota]));
        // At most 10^12 votes in units of 10^-5, times a value of at most 10^5: below 10^23.
        let transfer = |&value: &u64| surplus * u128::from(value) / total.max(1);
        Ok(values.iter().map(|value| u64::try_from(transfer(value)).unwrap_or(*value)).collect())
    }

    fn text(&self, amount: &u128) -> (String, Option<String>) {
        (crate::decimal::fixed(*amount, PLACES), None)
    }

    fn value_text(&self, value: u64) -> String {
        crate::decimal::fixed(u128::from(value), PLACES)
    }

    fn rounds(&self) -> bool {
        PLACES > 0
    }
}
