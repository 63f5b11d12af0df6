//! Time, injected.

mod event;

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use event::EventClock;

/// Tells the time and waits. Nothing in the clients asks the operating system directly, so tests
/// and the simulation run without waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant, UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Returns once [`Clock::now`] has reached `at`; at once where it has already.
    async fn sleep_until(&self, at: DateTime<Utc>);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        // A machine that was suspended wakes with its wall clock ahead of the timer, and one whose
        // clock was set back has further to wait; so the wall clock is asked again after each nap.
        const NAP: std::time::Duration = std::time::Duration::from_secs(10);
        loop {
            let Ok(left) = (at - Utc::now()).to_std() else {
                return;
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}

/// A clock for tests and simulation: whoever sleeps moves it forward and goes on at once.
#[derive(Debug)]
pub struct JumpClock(Mutex<DateTime<Utc>>);

impl JumpClock {
    /// A clock standing at an instant.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: chrono::Duration) {
        *self.lock() += by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for JumpClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        {
            let mut now = self.lock();
            if *now < at {
                *now = at;
            }
        }
        // Others may have become ready; a loop that sleeps must not starve them.
        tokio::task::yield_now().await;
    }
}
