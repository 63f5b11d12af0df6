//! The time that the program and both systems live in. Nobody waits: whoever would is there already.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use net::Clock;
use sandbox::server::Running;

/// One clock for all.
pub struct Time {
    books: Arc<Running>,
    ahead: AtomicI64,
}

impl Time {
    /// The books' own time.
    pub fn of(books: Arc<Running>) -> Self {
        Self {
            books,
            ahead: AtomicI64::new(0),
        }
    }

    /// Lets time go by, everywhere.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead
            .fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        self.books.with_books(|books| books.advance(by));
    }
}

#[async_trait]
impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.ahead.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        let left = at - self.now();
        if left > TimeDelta::zero() {
            self.advance(TimeDelta::milliseconds(left.num_milliseconds() + 1));
        }
    }
}
