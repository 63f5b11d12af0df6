//! What is left, as plain data: no waiting, no clock.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::remaining::{Answer, Remaining};
use super::{GovernorState, Limits, Priority, WaitReason};

/// What has been spent; survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// When this was true, UTC.
    pub at: DateTime<Utc>,
    /// Calls made on that (UTC) day.
    pub used_today: u32,
    /// Calls left on that day, where there is a limit.
    pub left_today: Option<u32>,
    /// Since when this minute is counted, and what is left of it.
    pub minute: Option<(DateTime<Utc>, u32)>,
    /// Until when the remote system refuses calls.
    pub day_over_until: Option<DateTime<Utc>>,
    /// Until when the remote system asked to wait, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<(DateTime<Utc>, WaitReason)>,
}

/// May the next call be made?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Yes, and it has been counted.
    Go(Admitted),
    /// Not before another call has ended or others have gone first.
    Later,
    /// Not before this instant.
    At(DateTime<Utc>),
    /// Not today.
    DayOver(DateTime<Utc>),
}

/// A call that may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    /// Its number, in the order of admission.
    call: u64,
    /// The lowest said till then to be left of the minute and of the day.
    lowest: (Option<i64>, Option<i64>),
}

/// A minute as the remote system counts it: a fixed window of unknown phase. It began at or before
/// `since`, so it has ended 60 seconds later: calls may take long to be counted, so `since` is when
/// the first of them ended.
#[derive(Debug, Clone, Copy)]
struct Minute {
    since: DateTime<Utc>,
    /// Whether a call of this minute has ended.
    begun: bool,
    remaining: Remaining,
}

pub(super) struct Budget {
    limits: Limits,
    in_progress: usize,
    queue: BTreeSet<(Priority, u64)>,
    next_ticket: u64,
    next_call: u64,
    minute: Option<Minute>,
    day: chrono::NaiveDate,
    used_today: u32,
    today: Option<Remaining>,
    day_over_until: Option<DateTime<Utc>>,
    paused: Option<(DateTime<Utc>, WaitReason)>,
    busy_answers: u32,
    waiting: Option<(DateTime<Utc>, WaitReason)>,
}

const MINUTE: Duration = Duration::seconds(60);

impl Budget {
    pub(super) fn new(limits: Limits, before: Option<Spent>) -> Self {
        let mut budget = Self {
            limits,
            in_progress: 0,
            queue: BTreeSet::new(),
            next_ticket: 0,
            next_call: 0,
            minute: None,
            day: chrono::NaiveDate::MIN,
            used_today: 0,
            today: limits.per_day.map(|limit| Remaining::new(limit.into(), 0)),
            day_over_until: None,
            paused: None,
            busy_answers: 0,
            waiting: None,
        };
        if let Some(before) = before {
            budget.day = before.at.date_naive();
            budget.used_today = before.used_today;
            budget.today = before.left_today.map(|left| Remaining::new(left.into(), 0));
            budget.day_over_until = before.day_over_until;
            budget.paused = before.paused;
            budget.minute = before.minute.map(|(since, left)| Minute {
                since,
                begun: true,
                remaining: Remaining::new(left.into(), 0),
            });
        }
        budget
    }

    pub(super) fn enter(&mut self, priority: Priority) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.queue.insert((priority, ticket));
        ticket
    }

    pub(super) fn leave(&mut self, priority: Priority, ticket: u64) {
        self.queue.remove(&(priority, ticket));
        if self.queue.is_empty() {
            self.waiting = None;
        }
    }

    /// Until when the calls of all organisations wait, where they do.
    pub(super) fn app_pause(&self) -> Option<DateTime<Utc>> {
        self.paused
            .filter(|(_, reason)| *reason == WaitReason::AppMinute)
            .map(|(until, _)| until)
    }

    /// Waits because another organisation of the same app met the app's limit.
    pub(super) fn wait_for_app(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) {
        if until > now {
            self.pause(until, WaitReason::AppMinute);
        }
    }

    /// Asks for one call, and counts it where the answer is [`Verdict::Go`].
    pub(super) fn ask(&mut self, priority: Priority, ticket: u64, now: DateTime<Utc>) -> Verdict {
        self.roll(now);
        if let Some(until) = self.day_over_until {
            return Verdict::DayOver(until);
        }
        if let Some(today) = self.today
            && today.left() <= self.reserve_of_day(priority)
        {
            return Verdict::DayOver(next_day(now));
        }
        if self.queue.first() != Some(&(priority, ticket)) || self.is_full() {
            return Verdict::Later;
        }
        if let Some((until, reason)) = self.paused {
            self.waiting = Some((until, reason));
            return Verdict::At(until);
        }
        if let (Some(limit), Some(minute)) = (self.limits.per_minute, self.minute)
            && minute.remaining.left() <= reserve_of_minute(limit, priority)
        {
            let until = minute.since + MINUTE;
            self.waiting = Some((until, WaitReason::Minute));
            return Verdict::At(until);
        }
        Verdict::Go(self.count(now))
    }

    fn is_full(&self) -> bool {
        self.in_progress >= self.limits.concurrent
    }

    fn count(&mut self, now: DateTime<Utc>) -> Admitted {
        let call = self.next_call;
        self.next_call += 1;
        self.waiting = None;
        self.used_today = self.used_today.saturating_add(1);
        if let Some(today) = &mut self.today {
            today.count();
        }
        if let Some(limit) = self.limits.per_minute {
            // Calls still under way may be counted in the new minute.
            let left = i64::from(limit).saturating_sub(self.under_way());
            let minute = self.minute.get_or_insert(Minute {
                since: now,
                begun: false,
                remaining: Remaining::new(left, call),
            });
            minute.remaining.count();
        }
        self.in_progress += 1;
        Admitted {
            call,
            lowest: (
                self.minute.and_then(|minute| minute.remaining.lowest()),
                self.today.and_then(|today| today.lowest()),
            ),
        }
    }

    fn under_way(&self) -> i64 {
        i64::try_from(self.in_progress).unwrap_or(i64::MAX)
    }

    /// A day of which nothing is used but by calls that may still be under way.
    fn new_day(&self) -> Option<Remaining> {
        let limit = i64::from(self.limits.per_day?);
        let left = limit.saturating_sub(self.under_way());
        Some(Remaining::new(left, self.next_call))
    }

    /// Lets windows that have ended end.
    fn roll(&mut self, now: DateTime<Utc>) {
        if self.day_over_until.is_some_and(|until| until <= now) {
            self.day_over_until = None;
            self.today = self.new_day();
        }
        let today = now.date_naive();
        if today > self.day {
            // When Xero's day begins is not documented. A new UTC day is taken for one; where that
            // is wrong the next answer's header corrects it before harm is done.
            self.day = today;
            self.used_today = 0;
            self.today = self.new_day();
        }
        if self.paused.is_some_and(|(until, _)| until <= now) {
            self.paused = None;
        }
        if self
            .minute
            .is_some_and(|minute| minute.since + MINUTE <= now)
        {
            self.minute = None;
        }
    }

    /// A call has ended, without an answer where there is none to [learn](Self::learn) from.
    pub(super) fn ended(
        &mut self,
        admitted: Admitted,
        answer: Option<(StatusCode, &HeaderMap)>,
        now: DateTime<Utc>,
    ) {
        self.roll(now);
        self.in_progress = self.in_progress.saturating_sub(1);
        let learnt = |name: &str, lowest_then: Option<i64>| Answer {
            call: admitted.call,
            said: answer.and_then(|(_, headers)| number(headers, name)),
            lowest_then,
            counted: answer.is_some_and(|(status, _)| status.is_success()),
            under_way: self.under_way(),
            next: self.next_call,
        };
        let minute = learnt("x-minlimit-remaining", admitted.lowest.0);
        let day = learnt("x-daylimit-remaining", admitted.lowest.1);
        match &mut self.today {
            Some(today) => {
                today.learn(day);
            }
            None => {
                // A limit we did not know of.
                self.today = day.said.map(|said| {
                    let mut today = Remaining::new(said, admitted.call);
                    today.learn(day);
                    today
                });
            }
        }
        if let (Some(limit), Some(current)) = (self.limits.per_minute, &mut self.minute) {
            let said = minute.said.map(|said| said.min(limit.into()));
            let first = !current.begun && current.remaining.holds(admitted.call);
            if current.remaining.learn(Answer { said, ..minute }) || first {
                current.since = now;
                current.begun = true;
            }
        }
    }

    /// Learns from the answer of a call that has [ended](Self::ended).
    pub(super) fn learn(&mut self, status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) {
        if status == StatusCode::TOO_MANY_REQUESTS {
            let problem = headers
                .get("x-rate-limit-problem")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_lowercase();
            self.refused(&problem, number(headers, "retry-after"), now);
        } else {
            self.busy_answers = 0;
            if number(headers, "x-appminlimit-remaining").is_some_and(|left| left <= 10) {
                self.pause(now + Duration::seconds(10), WaitReason::AppMinute);
            }
        }
    }

    fn refused(&mut self, problem: &str, retry_after: Option<i64>, now: DateTime<Utc>) {
        let wait = retry_after
            .filter(|seconds| *seconds >= 0)
            .map(|seconds| Duration::seconds(seconds.clamp(1, 7 * 86_400)));
        if problem.contains("day") {
            self.today
                .get_or_insert(Remaining::new(0, self.next_call))
                .exhaust();
            self.day_over_until = Some(wait.map_or_else(|| next_day(now), |wait| now + wait));
        } else if problem.contains("app") {
            self.pause(
                now + wait.unwrap_or(Duration::seconds(20)),
                WaitReason::AppMinute,
            );
        } else if problem.contains("concurrent") {
            // No Retry-After on this one: wait for the calls of others to end, longer each time.
            let seconds = 1_i64 << self.busy_answers.min(5);
            self.busy_answers = self.busy_answers.saturating_add(1);
            self.pause(
                now + wait.unwrap_or(Duration::seconds(seconds)),
                WaitReason::Concurrent,
            );
        } else if problem.contains("min") {
            // What we counted of this minute stays: were the wait shorter than the minute is, a count
            // begun anew would overrun it. The next answer corrects it either way.
            self.pause(now + wait.unwrap_or(MINUTE), WaitReason::Minute);
        } else {
            self.pause(
                now + wait.unwrap_or(Duration::seconds(30)),
                WaitReason::Asked,
            );
        }
    }

    fn pause(&mut self, until: DateTime<Utc>, reason: WaitReason) {
        if self.paused.is_none_or(|(before, _)| before < until) {
            self.paused = Some((until, reason));
        }
    }

    /// The calls of the day that a priority leaves for more urgent ones.
    fn reserve_of_day(&self, priority: Priority) -> i64 {
        let per_day = self.limits.per_day.map_or(0, i64::from);
        match priority {
            Priority::Interactive => 0,
            Priority::RealTime => per_day / 50,
            Priority::Scheduled => per_day / 20,
            Priority::History => per_day / 5,
        }
    }

    pub(super) fn state(&self, now: DateTime<Utc>) -> GovernorState {
        let shown = |left: i64| u32::try_from(left.max(0)).unwrap_or(u32::MAX);
        let waiting = self.waiting.filter(|(until, _)| *until > now);
        GovernorState {
            used_today: self.used_today,
            left_today: self.today.map(|today| shown(today.left())),
            left_this_minute: self.limits.per_minute.map(|limit| {
                self.minute
                    .map_or(limit, |minute| shown(minute.remaining.left()))
            }),
            in_progress: self.in_progress,
            waiting_until: waiting.map(|(until, _)| until),
            reason: waiting.map(|(_, reason)| reason),
            per_minute: self.limits.per_minute,
            reserved_today: shown(self.reserve_of_day(Priority::Scheduled)),
            reserved_this_minute: self.limits.per_minute.map_or(0, |limit| {
                shown(reserve_of_minute(limit, Priority::Scheduled))
            }),
        }
    }

    pub(super) fn spent(&mut self, now: DateTime<Utc>) -> Spent {
        self.roll(now);
        let state = self.state(now);
        Spent {
            at: now,
            used_today: state.used_today,
            left_today: state.left_today,
            minute: self.minute.map_or_else(
                // The first calls of a minute are under way: whoever goes on from here must not take
                // it for a whole one.
                || {
                    let limit = i64::from(self.limits.per_minute?);
                    let under_way = self.under_way();
                    let left = limit.saturating_sub(under_way).max(0);
                    (under_way > 0).then(|| (now, u32::try_from(left).unwrap_or(0)))
                },
                |minute| {
                    let left = minute.remaining.left().max(0);
                    Some((minute.since, u32::try_from(left).unwrap_or(0)))
                },
            ),
            day_over_until: self.day_over_until,
            paused: self.paused,
        }
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The calls of a minute that a priority leaves for a person's clicks.
fn reserve_of_minute(limit: u32, priority: Priority) -> i64 {
    match priority {
        Priority::Interactive | Priority::RealTime => 0,
        Priority::Scheduled | Priority::History => i64::from(limit / 30),
    }
}

fn next_day(now: DateTime<Utc>) -> DateTime<Utc> {
    (now.date_naive() + Days::new(1))
        .and_time(NaiveTime::MIN)
        .and_utc()
}
