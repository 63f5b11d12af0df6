//! The log's messages in plain English.

use serde_json::{Map, Value};

use super::{Asked, Figures, Mapped, Said, fill, inserted};
use crate::MappingKind;

impl Said {
    /// The text of a message, with its parameters in braces; `None` where it is put together below.
    const fn text(&self) -> Option<&'static str> {
        Some(match self {
            Said::Created { .. } => "Created in {side}",
            Said::CreatedAs { .. } => {
                "Created in {side} as \"{title}\", because \"{taken}\" is taken there"
            }
            Said::Changed { .. } => "Changed in {side}",
            Said::Voided { .. } => "Voided in {side}",
            Said::CreditUsed { .. } => "Used for invoices in {side}",
            Said::CreditTakenBack { .. } => "Taken back from invoices in {side}",
            Said::Marked { .. } => "Marked as linked in {side}",
            Said::TakenBack { .. } => "Voided in {side} again, since it was not what was meant",
            Said::LinkFollows { .. } => "{from} is now called {to} in ERPNext; the link follows",
            Said::ChangedMeanwhile { .. } => "Changed in {side} meanwhile; looked at again",
            Said::AnswerLost { .. } => {
                "The answer of {side} was lost ({why}); it is looked up again"
            }
            Said::NotCarriedOut { .. } => "{side} did not carry out a write whose answer was lost",
            Said::DraftOfLostWrite { .. } => {
                "{side} holds a draft of a write whose answer was lost; it is gone on with"
            }
            Said::WordedAnew { .. } => "{side} refused the form of the request; it is worded anew",
            Said::MergedInto { .. } => "Merged into {into} in {side}",
            Said::MissingSinceRestored { .. } => {
                "Not in {side} any more since it was restored; its counterpart stands alone"
            }
            Said::Deleted { .. } => "Deleted in {side}",
            Said::AnotherInItsPlace { .. } => "Another record has its place in {side} now",
            Said::AnotherOfItsName { .. } => "There is another of its name in {side}",
            Said::ValueRenamed { what, .. } => match what {
                MappingKind::Account => {
                    "{side}'s account \"{before}\" is \"{now}\" now; what it is mapped to stays"
                }
                MappingKind::Tax => {
                    "{side}'s tax rate \"{before}\" is \"{now}\" now; what it is mapped to stays"
                }
                MappingKind::Bank => {
                    "{side}'s bank account \"{before}\" is \"{now}\" now; what it is mapped to stays"
                }
                MappingKind::Tracking => {
                    "What was \"{before}\" in {side} is \"{now}\" now; what it is mapped to stays"
                }
            },
            Said::Settled => "Settled; both sides agree again",
            Said::ChoseNew => "You said that it is a record of its own",
            Said::Chose { .. } => "You chose {id}",
            Said::Kept { .. } => "You chose {side}'s values",
            Said::SetAside { .. } => "You set it aside: {reason}",
            Said::Scheduled { .. } => "You chose when {kinds} are synced: {when}",
            Said::SchedulesPaused { until: None } => {
                "You paused the schedules; nothing starts by itself until you resume them"
            }
            Said::SchedulesPaused { until: Some(_) } => "You paused the schedules until {until}",
            Said::SchedulesResumed => "You resumed the schedules",
            Said::MissedSchedules { slots: 1, .. } => {
                "The sync that was to start on {first} was missed; it is made up for now"
            }
            Said::MissedSchedules { .. } => {
                "{slots} syncs were missed since {first}; this one makes up for all of them"
            }
            Said::KeptApart { .. } => "You keep it apart: {reason}",
            Said::ApartNoMore { .. } => "You took it up again; it had been kept apart: {reason}",
            Said::TakenUpAgain { .. } => "You took it back; it had been set aside: {reason}",
            Said::MappedAsSuggested { what, .. } => match what {
                MappingKind::Account => {
                    "The account \"{value}\" of {side} goes to \"{to}\" of {other}, as suggested"
                }
                MappingKind::Tax => {
                    "The tax rate \"{value}\" of {side} goes to \"{to}\" of {other}, as suggested"
                }
                MappingKind::Bank => {
                    "The bank account \"{value}\" of {side} goes to \"{to}\" of {other}, as suggested"
                }
                MappingKind::Tracking => {
                    "What is filed under \"{value}\" in {side} goes under \"{to}\" in {other}, as suggested"
                }
            },
            Said::MappedFromFile { what, .. } => match what {
                MappingKind::Account => {
                    "The account \"{value}\" of {side} goes to \"{to}\" of {other}, as a file of rules says"
                }
                MappingKind::Tax => {
                    "The tax rate \"{value}\" of {side} goes to \"{to}\" of {other}, as a file of rules says"
                }
                MappingKind::Bank => {
                    "The bank account \"{value}\" of {side} goes to \"{to}\" of {other}, as a file of rules says"
                }
                MappingKind::Tracking => {
                    "What is filed under \"{value}\" in {side} goes under \"{to}\" in {other}, as a file of rules says"
                }
            },
            Said::SignedOff { .. } => "You signed what was owed at the end of {day}",
            Said::HistoryAsked { .. } => {
                "You asked for the documents dated from {from} to {until}; they are carried part by part"
            }
            Said::HistoryHeld { .. } => "You let the import of history {what}",
            Said::HistoryEnded { .. } => {
                "The documents dated from {from} to {until} are dealt with: {written} records written, {linked} linked"
            }
            Said::RuleChanged { .. } => {
                "You changed the rule of {kinds}: {what}: {after} (before: {before})"
            }
            Said::Paired { .. } => "You paired {organisation} with {company}",
            Said::Unpaired { .. } => "You ended the pairing of {organisation} and {company}",
            Said::Moved { .. } => "You said that the ERPNext books of this pairing are at {place}",
            Said::HeldBack => "Held back by you; the next sync carries it over",
            Said::OutsideOfRun => "Waits for a record that this sync was not about",
            Said::PutOnSite { .. } => "Put on the {side} site: {title}",
            Said::ChangedOnSite { .. } => "Changed on the {side} site: {title}",
            Said::TakenAsItIs { .. } => {
                "You said that {side} was put back to an earlier state; it is taken as it is now"
            }
            Said::TookOver { .. } => "You took over the syncing of this pairing from {from}",
            Said::SyncedElsewhere { since: Some(_), .. } => {
                "Nothing was written: this pairing is being synced by {by}, since {since}"
            }
            Said::SyncedElsewhere { since: None, .. } => {
                "Nothing was written: this pairing is being synced by {by}"
            }
            Said::Failed { why: Some(_) } => "{why}",
            Said::Failed { why: None } => "The run could not be finished",
            Said::Text(_)
            | Said::NotAsMeant { .. }
            | Said::AnswerHadBeenLost { .. }
            | Said::HeldByRule { .. }
            | Said::UndoOf { .. }
            | Said::Linked { .. }
            | Said::NeedsAttention(_)
            | Said::Mapped(_)
            | Said::NothingNew { .. }
            | Said::PartDone { .. }
            | Said::OwedDifferently(_)
            | Said::BothAgree(_)
            | Said::Done(_)
            | Said::TakenOver { .. }
            | Said::Stopped(_)
            | Said::Asks { .. } => return None,
        })
    }

    /// The finished sentence.
    pub fn sentence(&self) -> String {
        if let Some(text) = self.text() {
            return fill(text, &self.parameters());
        }
        match self {
            Said::Text(text) => text.clone(),
            Said::NotAsMeant { what, fields } => {
                format!(
                    "{}, but {} is not what was meant",
                    what.sentence(),
                    fields.join(", ")
                )
            }
            Said::HeldByRule { what, side, fields } => {
                format!(
                    "{}; both sides had changed {}, and by your rules {side}'s holds",
                    what.sentence(),
                    fields.join(", ")
                )
            }
            Said::AnswerHadBeenLost { what } => {
                format!("{}; its answer had been lost", what.sentence())
            }
            Said::UndoOf { run, what } => format!("Undo of run {run}: {}", what.sentence()),
            Said::Linked { reason, fields } if fields.is_empty() => {
                format!("Found on both sides ({reason}) and linked")
            }
            Said::Linked { reason, fields } => format!(
                "Found on both sides ({reason}) and linked; they differ in {}",
                fields.join(", ")
            ),
            Said::NeedsAttention(cause) => match cause.meaning().logged {
                crate::problem::Logged::Blocked => cause.sentence(),
                _ => format!("{} {}", cause.sentence(), cause.next_step()),
            },
            Said::Mapped(mapped) => {
                let begins = if mapped.asked {
                    "You chose"
                } else {
                    "Set with it"
                };
                let what = mapped.what.noun();
                let (from, to) = (mapped.side, mapped.side.other());
                format!("{begins}, from {from} to {to}: {what} {}", mapped.clause())
            }
            Said::NothingNew { aside, held } => format!(
                "Nothing new: both sides agree{}{}",
                held_back(*held),
                set_aside(*aside)
            ),
            Said::PartDone { about, figures } => format!(
                "Done, {}: {}{}",
                about.as_deref().unwrap_or("a part of the records"),
                figures.wrote(),
                figures.rest()
            ),
            Said::OwedDifferently(figures) => format!(
                "Done: {}; what customers owe differs all the same{}",
                figures.wrote(),
                figures.rest()
            ),
            Said::BothAgree(figures) => {
                format!("Both sides agree: {}{}", figures.wrote(), figures.rest())
            }
            Said::Done(figures) => {
                let waiting = counted(figures.waiting, "record needs you", "records need you");
                format!("Done: {}; {waiting}{}", figures.wrote(), figures.rest())
            }
            Said::Stopped(figures) => format!(
                "Stopped by you: {}; the next sync goes on from there",
                figures.wrote()
            ),
            Said::TakenOver { by, figures } => format!(
                "Stopped, because {by} took over the syncing of this pairing: {}; nothing is lost",
                figures.wrote()
            ),
            Said::Asks { reasons } if reasons.is_empty() => "Waits for your approval".to_owned(),
            Said::Asks { reasons } => {
                let reasons: Vec<String> = reasons.iter().map(Asked::sentence).collect();
                reasons.join(" ")
            }
            // Its text stands above.
            _ => String::new(),
        }
    }

    fn parameters(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(tagged)) => match tagged.into_iter().next() {
                Some((_, Value::Object(fields))) => inserted(&fields),
                _ => Map::new(),
            },
            _ => Map::new(),
        }
    }
}

impl Figures {
    fn wrote(&self) -> String {
        let written = counted(self.written, "record written", "records written");
        format!("{written}, {} linked", self.linked)
    }

    /// What was left as it is because a person said so.
    fn rest(&self) -> String {
        format!("{}{}", held_back(self.held), set_aside(self.aside))
    }
}

impl Mapped {
    /// What becomes of the value.
    pub fn clause(&self) -> String {
        let value = format!("\"{}\"", self.value);
        match (&self.before, &self.after) {
            (None, None) => format!("{value} has no counterpart, as before"),
            (Some(before), None) => {
                format!("{value} has no counterpart any more (until now \"{before}\")")
            }
            (before, Some(after)) if before.as_ref() == Some(after) => {
                format!("{value} stays \"{after}\"")
            }
            (Some(before), Some(after)) => {
                format!("{value} becomes \"{after}\" (until now \"{before}\")")
            }
            (None, Some(after)) if self.asked => format!("{value} becomes \"{after}\""),
            (None, Some(after)) => {
                format!("{value} becomes \"{after}\", for it had no counterpart")
            }
        }
    }
}

impl Asked {
    /// One reason to ask, as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Asked::ManyEnd { count, lately: 0 } => {
                format!("{count} records would be voided, cancelled, replaced or archived at once.")
            }
            Asked::ManyEnd { count, lately } => format!(
                "{} would be voided, cancelled, replaced or archived, after {lately} in the last 24 hours.",
                records(*count)
            ),
            Asked::NotShown { count } => format!(
                "{} would be voided, cancelled, replaced or changed that {} not in what you said yes to: they wait.",
                records(*count),
                if *count == 1 { "was" } else { "were" }
            ),
            Asked::TaxFiled {
                until,
                count,
                taxes,
            } => {
                let taxes: Vec<String> = taxes.iter().map(ToString::to_string).collect();
                format!(
                    "{} of {} or before, for which tax is filed, would be made, changed or ended: tax of {}.",
                    counted(u64::from(*count), "document", "documents"),
                    until.format("%-d %b %Y"),
                    taxes.join(" and ")
                )
            }
            Asked::ManyChange { count } => format!("{count} records would be changed at once."),
            Asked::EmptySide { side, linked } => format!(
                "{side} came back empty although {linked} of its records are linked. It may be another organisation, or somebody deleted them."
            ),
            Asked::WentBack {
                side,
                count,
                titles,
            } => {
                let named = titles.join(", ");
                let others = usize::try_from(*count)
                    .unwrap_or(usize::MAX)
                    .saturating_sub(titles.len());
                let which = match others {
                    0 => named,
                    1 => format!("{named} and one more"),
                    others => format!("{named} and {others} more"),
                };
                format!(
                    "{side} no longer has what was written there last ({which}), and nothing says that anybody deleted it. It was probably put back to an earlier state, for example from a backup."
                )
            }
        }
    }
}

fn records(count: u32) -> String {
    counted(u64::from(count), "record", "records")
}

fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        many_of_them => format!("{many_of_them} {many}"),
    }
}

fn held_back(many: u64) -> String {
    match many {
        0 => String::new(),
        many => format!("; {many} held back"),
    }
}

fn set_aside(count: u64) -> String {
    match count {
        0 => String::new(),
        many => format!("; {many} set aside"),
    }
}
