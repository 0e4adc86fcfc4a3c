//! How often one address may post.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::limits::Rate;

/// Addresses that are remembered at a time.
const ADDRESSES: usize = 1 << 16;

/// A bucket of tokens for each address. Addresses are in memory only, and forgotten once their bucket is full again.
pub(crate) struct Buckets {
    rate: Rate,
    since: Instant,
    levels: Mutex<HashMap<IpAddr, Level>>,
}

#[derive(Clone, Copy)]
struct Level {
    tokens: f64,
    at: Duration,
}

impl Buckets {
    pub(crate) fn new(rate: Rate) -> Buckets {
        Buckets { rate, since: Instant::now(), levels: Mutex::new(HashMap::new()) }
    }

    /// Takes a token, or says how many seconds there is none.
    pub(crate) fn take(&self, address: IpAddr) -> Result<(), u64> {
        self.take_at(address, self.since.elapsed())
    }

    fn take_at(&self, address: IpAddr, now: Duration) -> Result<(), u64> {
        let a_second = f64::from(self.rate.an_hour) / 3600.0;
        let burst = f64::from(self.rate.burst);
        let risen = |level: &Level| (level.tokens + a_second * (now - level.at).as_secs_f64()).min(burst);
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = network(address);
        if levels.len() >= ADDRESSES && !levels.contains_key(&key) {
            levels.retain(|_, level| risen(level) < burst);
            if levels.len() >= ADDRESSES {
                // More than can be told apart: the rest are one.
                key = IpAddr::from([0; 16]);
            }
        }
        let level = levels.entry(key).or_insert(Level { tokens: burst, at: now });
        let tokens = risen(level);
        if tokens < 1.0 {
            let wait = if a_second > 0.0 { ((1.0 - tokens) / a_second).ceil() } else { 3600.0 };
            return Err(wait.clamp(1.0, 3600.0) as u64);
        }
        *level = Level { tokens: tokens - 1.0, at: now };
        Ok(())
    }
}

/// What counts as one address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::from((u128::from(v6) >> 64 << 64).to_be_bytes()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, an_hour: 3600 };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_burst_and_then_slowly() {
        let buckets = Buckets::new(RATE);
        let (one, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..3 {
            assert_eq!(buckets.take_at(one, at(10)), Ok(()));
        }
        assert_eq!(buckets.take_at(one, at(10)), Err(1));
        assert_eq!(buckets.take_at(other, at(10)), Ok(()), "somebody else");
        assert_eq!(buckets.take_at(one, at(11)), Ok(()));
        assert_eq!(buckets.take_at(one, at(11)), Err(1));
        for _ in 0..3 {
            assert_eq!(buckets.take_at(one, at(1000)), Ok(()));
        }
        assert_eq!(buckets.take_at(one, at(1000)), Err(1), "never more than a burst");
    }

    #[test]
    fn a_network_of_64_bits_is_one() {
        let buckets = Buckets::new(RATE);
        for host in 1..=3 {
            assert_eq!(buckets.take_at(format!("2001:db8::{host}").parse().unwrap(), at(0)), Ok(()));
        }
        assert!(buckets.take_at("2001:db8::ffff:4".parse().unwrap(), at(0)).is_err());
        assert!(buckets.take_at("2001:db8:0:1::1".parse().unwrap(), at(0)).is_ok());
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn memory_stays_bounded() {
        let buckets = Buckets::new(RATE);
        for number in 0..(ADDRESSES as u32 + 1000) {
            let _ = buckets.take_at(IpAddr::from(number.to_be_bytes()), at(0));
        }
        assert!(buckets.levels.lock().unwrap().len() <= ADDRESSES + 1);
        assert!(buckets.take_at("255.0.0.1".parse().unwrap(), at(0)).is_err(), "the rest share one bucket");
        assert!(buckets.take_at("255.0.0.1".parse().unwrap(), at(60)).is_ok(), "full buckets are forgotten");
        assert_eq!(buckets.levels.lock().unwrap().len(), 1);
    }
}
