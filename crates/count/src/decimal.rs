//! Exact numbers as decimal strings.

/// `amount` in units of 10^-`places`, with all its places: `fixed(2460944, 5)` is `24.60944`.
pub(crate) fn fixed(amount: u128, places: u32) -> String {
    let unit = 10u128.saturating_pow(places);
    if places == 0 {
        return amount.to_string();
    }
    format!("{}.{:0width$}", amount / unit, amount % unit, width = places as usize)
}

/// `over`/`under` in percent with two places, truncated; `0.00` when `under` is zero.
pub(crate) fn percent(over: u64, under: u64) -> String {
    if under == 0 {
        return "0.00".into();
    }
    fixed(u128::from(over) * 10_000 / u128::from(under), 2)
}
