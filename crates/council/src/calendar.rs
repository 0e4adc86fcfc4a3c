//! From Unix seconds to the civil calendar, UTC (days from civil, after H. Hinnant).

/// A moment as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The year.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
    /// Seconds since midnight.
    pub second: u64,
}

impl Moment {
    /// The moment of these Unix seconds.
    pub fn of(seconds: u64) -> Moment {
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let shifted = days + 719_468;
        let (era, day) = (shifted / 146_097, shifted % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
        Moment { year: year + era * 400, month, day, second }
    }

    /// `2026-11-22`.
    pub fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `20261122T194000Z`, as iCalendar (RFC 5545, section 3.3.5) writes it.
    pub fn compact(&self) -> String {
        let Moment { year, month, day, second } = self;
        format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        assert_eq!(Moment::of(0).compact(), "19700101T000000Z");
        assert_eq!(Moment::of(951_782_399).compact(), "20000228T235959Z");
        assert_eq!(Moment::of(951_782_400).date(), "2000-02-29");
        assert_eq!(Moment::of(1_772_388_000).compact(), "20260301T180000Z");
        assert_eq!(Moment::of(4_107_542_400).date(), "2100-03-01");
    }
}
