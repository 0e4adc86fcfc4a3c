//! `wigm-stv`: weighted inclusive Gregory in exact fractions; the Scottish rule without its rounding.

use num_bigint::BigUint;
use num_integer::Integer;

use super::{BallotKind, Method};
use crate::arithmetic::Arithmetic;
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::Outcome;
use crate::profile::Profile;
use crate::transfers::{Rule, count_by_transfers};

/// The longest common denominator of `wigm-stv`, in binary digits. A surplus that rests on earlier ones doubles
/// its length, so that this is enough for a chain of about eleven; independent ones cost little.
pub const MAX_FRACTION_BITS: u64 = 32_768;

/// Up to this length of the common denominator fractions are shown, in lowest terms; beyond it only the decimals.
const SHOWN_BITS: u64 = 4_096;

/// A decimal expansion that ends within so many places is given in full.
const PLACES_IN_FULL: u32 = 100;

/// Otherwise it is cut after so many.
const PLACES_CUT: u32 = 9;

pub(super) struct WigmStv;

impl Method for WigmStv {
    fn name(&self) -> &'static str {
        "wigm-stv"
    }

    fn about(&self) -> &'static str {
        "single transferable vote, weighted inclusive Gregory in exact fractions, otherwise as scottish-stv"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Rank
    }

    fn max_candidates(&self) -> usize {
        200
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let rule = Rule { method: self.name(), title: "Weighted inclusive Gregory, exact", run_off: false };
        let one = BigUint::from(1u8);
        let exact = Exact { denominator: one.clone(), values: vec![one], surpluses: 0 };
        count_by_transfers(rule, exact, profile, seats, lot)
    }
}

/// Every amount and every value is an integer over one common denominator, which grows with each surplus: no
/// fraction is ever added to another one. A value is an index into `values`; 0 is a whole vote.
struct Exact {
    denominator: BigUint,
    values: Vec<BigUint>,
    surpluses: usize,
}

impl Arithmetic for Exact {
    type Amount = BigUint;
    const FIRST_VALUE: u64 = 0;

    fn votes(&self, whole: u64) -> BigUint {
        &self.denominator * whole
    }

    fn papers(&self, papers: u64, value: u64) -> BigUint {
        self.value(value) * papers
    }

    fn add(&self, to: &mut BigUint, amount: &BigUint) {
        *to += amount;
    }

    fn subtract(&self, from: &mut BigUint, amount: &BigUint) {
        if *from >= *amount {
            *from -= amount;
        }
    }

    /// A value v becomes v × surplus ÷ total. With the surplus S/D and the total T/D, that is v × S/T: the common
    /// denominator is multiplied by T, the moving values by S, all else by T.
    fn transfer_values(
        &mut self,
        amounts: &mut [BigUint],
        from: usize,
        quota: usize,
        values: &[u64],
    ) -> Result<Vec<u64>, CountError> {
        self.surpluses += 1;
        let mut total = amounts[from].clone();
        let mut surplus = total.clone();
        self.subtract(&mut surplus, &amounts[quota]);
        if self.denominator.bits() <= SHOWN_BITS {
            let common = total.gcd(&surplus);
            if common.bits() > 0 {
                total /= &common;
                surplus /= &common;
            }
        }
        if self.denominator.bits() + total.bits() > MAX_FRACTION_BITS {
            return Err(CountError::FractionsTooLarge { surplus: self.surpluses });
        }
        let moving: Vec<BigUint> = values.iter().map(|&value| self.value(value) * &surplus).collect();
        self.denominator *= &total;
        self.values.iter_mut().chain(amounts.iter_mut()).for_each(|number| *number *= &total);
        let first = self.values.len() as u64;
        self.values.extend(moving);
        Ok((first..self.values.len() as u64).collect())
    }

    fn text(&self, amount: &BigUint) -> (String, Option<String>) {
        let (whole, rest) = amount.div_rem(&self.denominator);
        if rest.bits() == 0 {
            return (whole.to_string(), None);
        }
        if self.denominator.bits() > SHOWN_BITS {
            return (decimal(amount, &self.denominator, PLACES_CUT), None);
        }
        let common = amount.gcd(&self.denominator);
        let (over, under) = (amount / &common, &self.denominator / &common);
        if let Some(places) = places_until_it_ends(&under) {
            return (decimal(&over, &under, places), None);
        }
        (decimal(&over, &under, PLACES_CUT), Some(format!("{over}/{under}")))
    }

    fn value_text(&self, value: u64) -> String {
        let number = self.value(value);
        let (text, exact) = self.text(&number);
        match exact {
            Some(exact) if exact.len() <= 40 => exact,
            Some(_) => format!("{text}..."),
            None if text.len() > 40 => format!("{}...", &text[..40]),
            None => text,
        }
    }

    fn rounds(&self) -> bool {
        false
    }

    fn note(&self) -> Option<&'static str> {
        Some("The count is in fractions. Decimals that do not end are cut after nine places for reading.")
    }
}

impl Exact {
    fn value(&self, value: u64) -> BigUint {
        usize::try_from(value).ok().and_then(|index| self.values.get(index)).cloned().unwrap_or_default()
    }
}

/// The decimals of a fraction in lowest terms over `under`, if its expansion ends within [`PLACES_IN_FULL`].
fn places_until_it_ends(under: &BigUint) -> Option<u32> {
    let twos = u32::try_from(under.trailing_zeros()?).ok().filter(|&twos| twos <= PLACES_IN_FULL)?;
    let mut rest = under >> twos;
    let five = BigUint::from(5u8);
    for fives in 0..=PLACES_IN_FULL {
        if rest == BigUint::from(1u8) {
            return Some(twos.max(fives));
        }
        let (quotient, remainder) = rest.div_rem(&five);
        if remainder.bits() > 0 {
            return None;
        }
        rest = quotient;
    }
    None
}

/// `over`/`under` with so many places, the rest cut off.
fn decimal(over: &BigUint, under: &BigUint, places: u32) -> String {
    let scaled = over * BigUint::from(10u8).pow(places) / under;
    let digits = format!("{:0>width$}", scaled.to_string(), width = places as usize + 1);
    let (whole, rest) = digits.split_at(digits.len() - places as usize);
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}
