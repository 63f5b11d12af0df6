//! The one place that says whether the base of a link may move on.
//!
//! A base is what both sides were seen to say, in full: what is not in it is a change, and is carried.
//! Moving it on too early hides an edit for good, so it stays where anything is open. The same holds
//! for an answer that came, one that was lost and looked up after a crash, and two records that are
//! linked as they are.

/// What was seen when a link is about to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Writes of content (not of our marker) that the entry still needs.
    pub content_left: bool,
    /// One side says something else than what was meant, or than the other side.
    pub differs: bool,
    /// A person changed a record between our write and its reading.
    pub edited: bool,
}

/// Whether what both sides say now is agreed, and becomes the base.
pub(super) const fn base_moves(seen: Seen) -> bool {
    !(seen.content_left || seen.differs || seen.edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_that_is_open_keeps_the_base() {
        let seen = |content_left, differs, edited| {
            base_moves(Seen {
                content_left,
                differs,
                edited,
            })
        };
        assert!(seen(false, false, false));
        assert!(!seen(true, false, false));
        assert!(!seen(false, true, false));
        assert!(!seen(false, false, true));
    }
}
