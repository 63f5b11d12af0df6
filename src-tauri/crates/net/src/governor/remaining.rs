//! What is left of one window of calls, a minute or a day.

/// An answer and the call it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// The number of the call; calls are numbered in the order they are admitted.
    pub(super) call: u64,
    /// What the answer says is left; `None` where it says nothing or was lost.
    pub(super) said: Option<i64>,
    /// What [`Remaining::lowest`] was when the call was admitted.
    pub(super) lowest_then: Option<i64>,
    /// Whether the call was certainly counted: a refused one is not.
    pub(super) counted: bool,
    /// Calls without an answer yet.
    pub(super) under_way: i64,
    /// The number of the next call that will be admitted.
    pub(super) next: u64,
}

/// What is left of one window, by our own count and by what the answers say.
///
/// Answers overtake each other, so what one says may be old: it tells what was left when its call
/// was counted, and others have been counted since. Within a window the lowest said is the newest,
/// and of the calls counted after that one none has been answered yet; so the lowest less the calls
/// under way is never too much, and exact once none is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remaining {
    left: i64,
    lowest: Option<i64>,
    /// Which numbers have been said in this window, of those below 128: none is said twice.
    heard: u128,
    /// The first call that was admitted in this window.
    first: u64,
    /// Calls that have ended but may have been counted after the lowest said, and the number of the
    /// first call admitted after the last of them ended.
    untold: (i64, u64),
    /// The same, of answers that seem overtaken but would be of the next window if it has begun.
    overtaken: (i64, u64),
}

impl Remaining {
    /// A window that begins with the call of this number.
    pub(super) fn new(left: i64, first: u64) -> Self {
        Self {
            left,
            lowest: None,
            heard: 0,
            first,
            untold: (0, first),
            overtaken: (0, first),
        }
    }

    /// Calls left; negative where others have used what calls under way were to use.
    pub(super) fn left(&self) -> i64 {
        self.left
    }

    /// The lowest that any answer has said in this window.
    pub(super) fn lowest(&self) -> Option<i64> {
        self.lowest
    }

    /// Whether a call was certainly admitted in this window.
    pub(super) fn holds(&self, call: u64) -> bool {
        call >= self.first
    }

    /// Nothing is left, whatever was said.
    pub(super) fn exhaust(&mut self) {
        self.left = 0;
    }

    /// Counts a call.
    pub(super) fn count(&mut self) {
        self.left -= 1;
    }

    /// Learns from an answer. True where it tells that a new window has begun.
    pub(super) fn learn(&mut self, answer: Answer) -> bool {
        let Some(said) = answer.said.filter(|_| self.holds(answer.call)) else {
            // It may be of the window before, or be counted and not say so: stays counted until a
            // later call's answer covers it.
            self.untold = (self.untold.0 + 1, answer.next);
            return false;
        };
        let number = u32::try_from(said)
            .ok()
            .filter(|_| answer.counted)
            .and_then(|said| 1_u128.checked_shl(said))
            .unwrap_or(0);
        // More is left than before the call was even made, or the same number is said again.
        let renewed = answer.lowest_then.is_some_and(|then| said > then) || self.heard & number > 0;
        if renewed {
            self.first = answer.call;
            self.lowest = Some(said);
            self.heard = 0;
            self.untold.0 += std::mem::take(&mut self.overtaken.0);
            self.untold.1 = self.untold.1.max(self.overtaken.1);
        } else if self.lowest.is_some_and(|lowest| said > lowest) {
            self.overtaken = (self.overtaken.0 + 1, answer.next);
        } else {
            self.lowest = Some(said);
        }
        self.heard |= number;
        for ended in [&mut self.untold, &mut self.overtaken] {
            if answer.call >= ended.1 {
                ended.0 = 0;
            }
        }
        if let Some(lowest) = self.lowest {
            self.left = lowest
                .saturating_sub(answer.under_way)
                .saturating_sub(self.untold.0);
        }
        renewed
    }
}
