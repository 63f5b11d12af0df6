#![allow(clippy::unwrap_used)]
use futures::FutureExt;

use super::*;

/// A made-up site: calls one after the other, each so many milliseconds long.
struct Site {
    rhythm: Rhythm,
    now: DateTime<Utc>,
}

impl Site {
    fn new() -> Self {
        Self {
            rhythm: Rhythm::default(),
            now: DateTime::UNIX_EPOCH,
        }
    }

    fn calls(&mut self, count: usize, millis: i64, health: Health) -> usize {
        self.calls_of(Work::Write, count, millis, health);
        self.rhythm.limit()
    }

    fn books(&mut self, count: usize, millis: i64, health: Health) {
        self.calls_of(Work::Book, count, millis, health);
    }

    fn calls_of(&mut self, work: Work, count: usize, millis: i64, health: Health) {
        for _ in 0..count {
            let sent = self.now;
            self.now += TimeDelta::milliseconds(millis);
            self.rhythm.note(work, sent, self.now, health, false);
        }
    }
}

#[test]
fn rises_by_one_and_falls_by_half() {
    use Health::{Answered, Failed, Unknown};
    // (calls, milliseconds each, how they went) and the limit after each step.
    for (steps, limits) in [
        (vec![(11, 200, Answered), (1, 200, Answered)], vec![2, 3]),
        (
            vec![(12 + 18, 200, Answered), (500, 200, Answered)],
            vec![4, 4],
        ),
        (
            vec![
                (100, 200, Answered),
                (1, 200, Failed),
                (1, 200, Failed),
                (5, 200, Failed),
            ],
            vec![4, 2, 1, 1],
        ),
        // It recovers as it began.
        (
            vec![
                (3, 200, Failed),
                (6, 200, Answered),
                (12, 200, Answered),
                (18, 200, Answered),
            ],
            vec![1, 2, 3, 4],
        ),
        // A site that cannot be reached says nothing.
        (vec![(50, 10, Unknown)], vec![2]),
        // Slow is three times the usual, if that is not still soon.
        (
            vec![
                (100, 900, Answered),
                (1, 2_600, Answered),
                (1, 2_900, Answered),
            ],
            vec![4, 4, 2],
        ),
        (
            vec![(100, 100, Answered), (20, 1_400, Answered)],
            vec![4, 4],
        ),
        // A site that is always slow is not made slower by what is usual there …
        (vec![(100, 3_000, Answered)], vec![4]),
        // … but one that takes ever so long is.
        (vec![(1, 9_000, Answered), (1, 9_000, Answered)], vec![1, 1]),
    ] {
        let mut site = Site::new();
        for ((count, millis, health), limit) in steps.iter().zip(limits) {
            assert_eq!(site.calls(*count, *millis, *health), limit, "{steps:?}");
        }
    }
}

#[test]
fn calls_in_flight_together_count_once() {
    let mut site = Site::new();
    site.calls(100, 200, Health::Answered);
    let sent = site.now;
    let late = sent + TimeDelta::seconds(20);
    for _ in 0..4 {
        site.rhythm
            .note(Work::Write, sent, late, Health::Failed, false);
    }
    assert_eq!(site.rhythm.limit(), 2);
    // One sent after the limit fell is news.
    site.rhythm.note(
        Work::Write,
        late,
        late + TimeDelta::seconds(1),
        Health::Failed,
        false,
    );
    assert_eq!(site.rhythm.limit(), 1);
}

#[test]
fn reads_and_writes_have_their_own_usual_time() {
    let mut site = Site::new();
    site.calls(100, 2_000, Health::Answered);
    let now = site.now;
    for _ in 0..10 {
        let end = now + TimeDelta::milliseconds(20);
        site.rhythm
            .note(Work::Read, now, end, Health::Answered, false);
    }
    assert_eq!(site.calls(1, 2_000, Health::Answered), 4);
}

/// A site of two workers: each call takes 300 ms, and calls beyond two wait for a worker. Left
/// to itself the rhythm stays within what makes nobody wait for long.
#[test]
fn a_site_of_two_workers_is_not_overrun() {
    let mut site = Site::new();
    for _ in 0..200 {
        let in_flight = site.rhythm.limit();
        let queue = i64::try_from(in_flight.div_ceil(2)).unwrap();
        site.calls(in_flight, 300 * queue, Health::Answered);
        assert!((1..=Rhythm::MOST).contains(&site.rhythm.limit()));
    }
    // Everybody's work takes ten times as long for a while.
    assert_eq!(site.calls(2, 3_000, Health::Answered), 1);
    assert!(site.calls(40, 300, Health::Answered) >= 3);
}

#[test]
fn no_more_calls_than_allowed_are_in_flight() {
    let pace = Pace::default();
    let first = pace.turn(Work::Read).now_or_never().unwrap();
    let _second = pace.turn(Work::Write).now_or_never().unwrap();
    let mut third = std::pin::pin!(pace.turn(Work::Write));
    assert!(third.as_mut().now_or_never().is_none());
    drop(first);
    assert!(third.now_or_never().is_some());
}

#[test]
fn after_a_loss_one_submits_at_a_time_until_twenty_went_well() {
    let mut site = Site::new();
    site.books(100, 200, Health::Answered);
    assert_eq!(
        (site.rhythm.limit(), site.rhythm.limit_of(Work::Book)),
        (4, 4)
    );
    site.books(1, 60, Health::Collided);
    // The site is well: reads go on as before.
    assert_eq!(
        (site.rhythm.limit(), site.rhythm.limit_of(Work::Book)),
        (4, 1)
    );
    for bookers in [2, 3, 4] {
        site.books(Rhythm::AT_PEACE - 1, 200, Health::Answered);
        assert_eq!(site.rhythm.limit_of(Work::Book), bookers - 1);
        site.books(1, 200, Health::Answered);
        assert_eq!(site.rhythm.limit_of(Work::Book), bookers);
    }
    site.books(1, 60, Health::Collided);
    assert_eq!(site.rhythm.limit_of(Work::Book), 1);
    // What does not submit is no sign of peace among those that do.
    let now = site.now;
    for _ in 0..100 {
        let end = now + TimeDelta::milliseconds(20);
        for work in [Work::Read, Work::Write] {
            site.rhythm.note(work, now, end, Health::Answered, false);
        }
    }
    assert_eq!(site.rhythm.limit_of(Work::Book), 1);
}

#[test]
fn those_that_met_count_once_and_the_winner_is_no_sign_of_peace() {
    let mut site = Site::new();
    let sent = site.now;
    let at = |millis| sent + TimeDelta::milliseconds(millis);
    site.rhythm
        .note(Work::Book, sent, at(60), Health::Collided, false);
    for late in [61, 62, 63] {
        site.rhythm
            .note(Work::Book, sent, at(late), Health::Answered, false);
    }
    site.now = at(70);
    site.books(Rhythm::AT_PEACE - 1, 10, Health::Answered);
    assert_eq!(site.rhythm.limit_of(Work::Book), 1);
    // One that was sent before it fell does not make it start again.
    let now = site.now;
    site.rhythm
        .note(Work::Book, sent, now, Health::Collided, false);
    site.books(1, 10, Health::Answered);
    assert_eq!(site.rhythm.limit_of(Work::Book), 2);
}

#[test]
fn a_call_that_makes_several_takes_as_long_as_they_do() {
    let mut site = Site::new();
    site.books(100, 200, Health::Answered);
    // Ten of what takes 200 ms, and ten of what takes a second on a site at work.
    site.calls_of(Work::Many, 20, 2_000, Health::Answered);
    assert_eq!(site.rhythm.limit(), 4);
    site.calls_of(Work::Many, 20, 5_900, Health::Answered);
    assert_eq!(site.rhythm.limit(), 4);
    // Each of them took longer than a single one may.
    site.calls_of(Work::Many, 1, 33_000, Health::Answered);
    assert_eq!(site.rhythm.limit(), 2);
    // Those that met on the row of a series go one at a time; what submits one does not wait.
    site.calls_of(Work::Many, 1, 500, Health::Collided);
    assert_eq!(site.rhythm.limit_of(Work::Many), 1);
    assert_eq!(site.rhythm.limit_of(Work::Book), 2);
}

#[test]
fn what_counts_for_the_month_goes_alone_once_something_met_it() {
    let pace = Pace::default();
    let at = |millis| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis);
    for call in 0..30 {
        pace.note(Work::Read, at(call), at(call), Health::Answered);
    }
    assert_eq!(pace.limit(), 4);
    let turn = |work| pace.turn(work).now_or_never();
    // Nobody met yet: they go together.
    let together = (turn(Work::Month).unwrap(), turn(Work::Book).unwrap());
    // Both losers met with it, whether it was answered before or after them, and it is no
    // reason for the others to go one by one.
    pace.note(Work::Book, at(100), at(200), Health::Collided);
    pace.note(Work::Month, at(100), at(210), Health::Answered);
    drop(together);
    pace.note(Work::Book, at(150), at(220), Health::Collided);
    assert_eq!(pace.limit_of(Work::Book), 4);
    let others = (turn(Work::Book).unwrap(), turn(Work::Book).unwrap());
    assert!(turn(Work::Month).is_none());
    assert!(turn(Work::Read).is_some());
    drop(others);
    let alone = turn(Work::Month).unwrap();
    assert!(turn(Work::Book).is_none());
    assert!(turn(Work::Month).is_none());
    assert!(turn(Work::Write).is_some());
    drop(alone);
    // It did not help: others meet here.
    pace.note(Work::Book, at(300), at(310), Health::Collided);
    assert_eq!(pace.limit_of(Work::Book), 1);
    assert_eq!(pace.limit_of(Work::Month), 1);
}

#[test]
fn the_month_is_the_sites() {
    let now = "2026-06-30T22:30:00Z".parse().unwrap();
    for (date, zone, expected) in [
        ("2026-06-30", "Europe/London", true),
        ("2026-06-01", "Europe/London", true),
        ("2026-07-01", "Europe/London", false),
        ("2025-06-30", "Europe/London", false),
        // There it is half past midnight.
        ("2026-06-30", "Europe/Berlin", false),
        ("2026-07-31", "Europe/Berlin", true),
        ("2026-06-30", "Middle-earth/Shire", false),
    ] {
        let date = date.parse().unwrap();
        assert_eq!(is_this_month(date, zone, now), expected, "{date} {zone}");
    }
}

#[test]
fn others_do_not_wait_for_the_one_that_submits() {
    let pace = Pace::default();
    let now = DateTime::UNIX_EPOCH;
    pace.note(Work::Book, now, now, Health::Collided);
    let one = pace.turn(Work::Book).now_or_never().unwrap();
    let mut second = std::pin::pin!(pace.turn(Work::Book));
    assert!(second.as_mut().now_or_never().is_none());
    let draft = pace.turn(Work::Write).now_or_never().unwrap();
    let mut other = std::pin::pin!(pace.turn(Work::Read));
    assert!(other.as_mut().now_or_never().is_none());
    // Whoever waits longest cannot use the room; the read behind it can.
    drop(draft);
    assert!(second.as_mut().now_or_never().is_none());
    let other = other.now_or_never().unwrap();
    drop(one);
    assert!(second.now_or_never().is_some());
    drop(other);
}
