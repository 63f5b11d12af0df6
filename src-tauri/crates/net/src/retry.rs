//! How long to wait before a request is repeated.
//!
//! Pure: the random number is the caller's. Whether a request *may* be repeated is the caller's
//! decision too: reads always; writes only where the remote system recognises a repetition
//! (Xero's `Idempotency-Key`) or where the request certainly was not received.

use std::time::Duration;

use rand::Rng;

/// Exponential backoff with full jitter: the n-th wait is uniform between nothing and
/// `min(longest, first × 2ⁿ)`, so that many clients that failed together do not return together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The upper bound of the first wait.
    pub first: Duration,
    /// The upper bound of every wait.
    pub longest: Duration,
    /// How many times a request is repeated at most.
    pub retries: u32,
}

impl Default for Backoff {
    /// Four repetitions within about 15 seconds.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            retries: 4,
        }
    }
}

impl Backoff {
    /// Never repeats.
    pub const NONE: Backoff = Backoff {
        first: Duration::ZERO,
        longest: Duration::ZERO,
        retries: 0,
    };

    /// The upper bound of the wait before the `attempt`-th repetition, counted from 0; `None` where
    /// there is to be none.
    pub fn ceiling(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.retries {
            return None;
        }
        let doubled = 2_u32.checked_pow(attempt).unwrap_or(u32::MAX);
        Some(self.first.saturating_mul(doubled).min(self.longest))
    }

    /// The wait before the `attempt`-th repetition, counted from 0; `None` where there is to be
    /// none.
    pub fn wait(&self, attempt: u32, rng: &mut dyn rand::RngCore) -> Option<Duration> {
        let ceiling = self.ceiling(attempt)?;
        let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
        Some(Duration::from_millis(rng.random_range(0..=millis)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn ceilings_double_up_to_the_longest_and_end() {
        let backoff = Backoff::default();
        let ceilings: Vec<_> = (0..5)
            .map(|attempt| backoff.ceiling(attempt).map(|wait| wait.as_millis()))
            .collect();
        assert_eq!(
            ceilings,
            [Some(500), Some(1000), Some(2000), Some(4000), None]
        );
        let long = Backoff {
            retries: 99,
            ..backoff
        };
        assert_eq!(long.ceiling(80), Some(Duration::from_secs(8)));
        assert_eq!(Backoff::NONE.ceiling(0), None);
    }

    #[test]
    fn waits_are_within_their_ceiling_and_repeat_with_the_seed() {
        let backoff = Backoff::default();
        let draw = |seed| {
            let mut rng = StdRng::seed_from_u64(seed);
            (0..4)
                .map(|attempt| backoff.wait(attempt, &mut rng).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        for (attempt, wait) in draw(7).into_iter().enumerate() {
            assert!(wait <= backoff.ceiling(u32::try_from(attempt).unwrap()).unwrap());
        }
    }
}
