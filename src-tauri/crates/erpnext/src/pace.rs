//! How many writes to send at once.
//!
//! Writers of one naming series wait for each other inside ERPNext, and a small site has two to
//! four workers for everybody, people included: more than a few connections gain nothing but
//! latency (measured on ERPNext 15). So: start with two, add one while answers come well, halve
//! when the site struggles.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of calls in flight at once, adapted to how the site copes.
#[derive(Debug)]
pub struct Pace {
    limit: AtomicUsize,
    good: AtomicUsize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            limit: AtomicUsize::new(Self::START),
            good: AtomicUsize::new(0),
        }
    }
}

impl Pace {
    const START: usize = 2;
    const MOST: usize = 4;
    /// Good answers in a row before one more call is tried at once.
    const PATIENCE: usize = 12;

    /// How many calls to have in flight.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// An answer came in good time.
    pub fn went_well(&self) {
        if self.good.fetch_add(1, Ordering::Relaxed) + 1 >= Self::PATIENCE {
            self.good.store(0, Ordering::Relaxed);
            let limit = self.limit();
            self.limit
                .store((limit + 1).min(Self::MOST), Ordering::Relaxed);
        }
    }

    /// The site was slow, failed, or gave up in favour of another request.
    pub fn struggled(&self) {
        self.good.store(0, Ordering::Relaxed);
        let limit = self.limit();
        self.limit.store((limit / 2).max(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_slowly_and_falls_fast() {
        let pace = Pace::default();
        assert_eq!(pace.limit(), 2);
        for _ in 0..200 {
            pace.went_well();
        }
        assert_eq!(pace.limit(), 4);
        pace.struggled();
        assert_eq!(pace.limit(), 2);
        pace.struggled();
        pace.struggled();
        assert_eq!(pace.limit(), 1);
        for _ in 0..12 {
            pace.went_well();
        }
        assert_eq!(pace.limit(), 2);
    }
}
