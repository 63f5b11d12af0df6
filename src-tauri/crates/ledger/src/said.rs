//! What the log says: the id of a message and what is inserted into it. Finished sentences are made when a
//! line is shown, never stored.

#[cfg(test)]
mod tests;
mod words;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Cause, MappingKind, Money, RemoteId, Side};

/// What a line of the log says. A new message is a variant here and its text in `said/words.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Finished words: those of a line that an older version wrote, and another system's own.
    Text(String),
    /// A record was created.
    Created {
        /// Where.
        side: Side,
    },
    /// A record was created under another name or number than it has on the other side.
    CreatedAs {
        /// Where.
        side: Side,
        /// What it is called there.
        title: String,
        /// What it is called on the other side.
        taken: String,
    },
    /// A record was changed.
    Changed {
        /// Where.
        side: Side,
    },
    /// A record was voided, cancelled, deleted or archived.
    Voided {
        /// Where.
        side: Side,
    },
    /// A credit note was used for invoices.
    CreditUsed {
        /// Where.
        side: Side,
    },
    /// A credit note was taken back from invoices that it was used for.
    CreditTakenBack {
        /// Where.
        side: Side,
    },
    /// Our marker was set.
    Marked {
        /// Where.
        side: Side,
    },
    /// A document of ours that was not what was meant was voided.
    TakenBack {
        /// Where.
        side: Side,
    },
    /// Something was written, and the system made something else of it.
    NotAsMeant {
        /// What was written.
        what: Box<Said>,
        /// The fields that are not what was meant.
        fields: Vec<String>,
    },
    /// Something was written over what the target's side had changed too, because the rules say which side holds.
    HeldByRule {
        /// What was written.
        what: Box<Said>,
        /// The side whose values hold.
        side: Side,
        /// The fields that both had changed.
        fields: Vec<String>,
    },
    /// Something was written whose answer had been lost.
    AnswerHadBeenLost {
        /// What was written.
        what: Box<Said>,
    },
    /// What a run had done was undone.
    UndoOf {
        /// The number of that run.
        run: i64,
        /// What was done.
        what: Box<Said>,
    },
    /// A person wants a record left alone.
    KeptApart {
        /// Why, in their words.
        reason: String,
    },
    /// A person took a record up again that had been left alone.
    ApartNoMore {
        /// Why it had been, in words.
        reason: String,
    },
    /// Two records were found to be one.
    Linked {
        /// How they were recognised, in words.
        reason: String,
        /// The fields in which they differ.
        fields: Vec<String>,
    },
    /// The link of a record that was renamed, replaced or merged went with it.
    LinkFollows {
        /// What it was called.
        from: RemoteId,
        /// What it is called now.
        to: RemoteId,
    },
    /// A record changed while it was being written.
    ChangedMeanwhile {
        /// Where.
        side: Side,
    },
    /// The answer to a write was lost.
    AnswerLost {
        /// Whose.
        side: Side,
        /// What is known of it.
        why: String,
    },
    /// A write whose answer was lost was not carried out.
    NotCarriedOut {
        /// By which side.
        side: Side,
    },
    /// A write whose answer was lost left a draft.
    DraftOfLostWrite {
        /// Where.
        side: Side,
    },
    /// A system refused the form of a request.
    WordedAnew {
        /// Which.
        side: Side,
    },
    /// A record was merged into another.
    MergedInto {
        /// Where.
        side: Side,
        /// The other.
        into: RemoteId,
    },
    /// A record is missing since its side was restored.
    MissingSinceRestored {
        /// The side.
        side: Side,
    },
    /// A record was deleted.
    Deleted {
        /// Where.
        side: Side,
    },
    /// The identity of a record is another's now.
    AnotherInItsPlace {
        /// Where.
        side: Side,
    },
    /// A record that is gone was made anew.
    AnotherOfItsName {
        /// Where.
        side: Side,
    },
    /// An account or tax rate has another name.
    ValueRenamed {
        /// Which of them.
        what: MappingKind,
        /// Whose.
        side: Side,
        /// What it was called.
        before: String,
        /// What it is called.
        now: String,
    },
    /// A record needs a person.
    NeedsAttention(Cause),
    /// An exception has ended.
    Settled,
    /// A person said that a record has no counterpart.
    ChoseNew,
    /// A person chose the counterpart.
    Chose {
        /// Which.
        id: RemoteId,
    },
    /// A person chose whose values are kept.
    Kept {
        /// Whose.
        side: Side,
    },
    /// A person set a record aside.
    SetAside {
        /// Why, in their words.
        reason: String,
    },
    /// A person took back what had been set aside.
    TakenUpAgain {
        /// Why it had been, in their words.
        reason: String,
    },
    /// What stands for an account or tax rate was chosen.
    Mapped(Mapped),
    /// A suggested mapping was accepted.
    MappedAsSuggested {
        /// Account or tax rate.
        what: MappingKind,
        /// Whose.
        side: Side,
        /// The value.
        value: String,
        /// What stands for it.
        to: String,
    },
    /// An organisation and a company were paired.
    Paired {
        /// The organisation.
        organisation: String,
        /// The company.
        company: String,
    },
    /// A pairing was ended.
    Unpaired {
        /// The organisation.
        organisation: String,
        /// The company.
        company: String,
    },
    /// A person said where a pairing's site is now.
    Moved {
        /// The address.
        place: String,
    },
    /// Set-up made a document of ours on a site: a field, a script of a form.
    PutOnSite {
        /// Whose site.
        side: Side,
        /// What it is, and what it is called there.
        title: String,
    },
    /// Set-up changed a document of ours on a site.
    ChangedOnSite {
        /// Whose site.
        side: Side,
        /// What it is, and what it is called there.
        title: String,
    },
    /// A person held a record back.
    HeldBack,
    /// A record waits for another that the run was not about.
    OutsideOfRun,
    /// A person said that a side was put back to an earlier state, and is taken as it is.
    TakenAsItIs {
        /// Which.
        side: Side,
    },
    /// A person said to go on where another installation synced.
    TookOver {
        /// Who synced there.
        from: String,
    },
    /// A run wrote nothing, because another installation synced.
    SyncedElsewhere {
        /// Who synced there.
        by: String,
        /// Since when, in words.
        since: Option<String>,
    },
    /// A run ended because another installation took over.
    TakenOver {
        /// Who did.
        by: String,
        /// What the run had come to.
        figures: Figures,
    },
    /// A person chose when syncs start by themselves.
    Scheduled {
        /// Of which records, in words.
        kinds: String,
        /// When, in words.
        when: String,
    },
    /// A person changed a rule.
    RuleChanged {
        /// Of which records, in words.
        kinds: String,
        /// Which setting, in words.
        what: String,
        /// What it was, in words.
        before: String,
        /// What it is, in words.
        after: String,
    },
    /// A person took a mapping over from a file of rules.
    MappedFromFile {
        /// Account, tax rate or bank account.
        what: MappingKind,
        /// The side from which records come.
        side: Side,
        /// The value there.
        value: String,
        /// What stands for it on the other side.
        to: String,
    },
    /// A person signed what was owed on a day.
    SignedOff {
        /// The day, as YYYY-MM-DD.
        day: String,
    },
    /// A person asked for old documents.
    HistoryAsked {
        /// The first day, as YYYY-MM-DD.
        from: String,
        /// The last day, as YYYY-MM-DD.
        until: String,
    },
    /// A person let the import of old documents wait, go on, or end before its end.
    HistoryHeld {
        /// What becomes of it, in words: "wait", "go on", "end".
        what: String,
    },
    /// All old documents that were asked for are dealt with.
    HistoryEnded {
        /// The first day, as YYYY-MM-DD.
        from: String,
        /// The last day, as YYYY-MM-DD.
        until: String,
        /// How many records were written.
        written: u64,
        /// How many records were found on both sides and linked.
        linked: u64,
    },
    /// A person let nothing start by itself.
    SchedulesPaused {
        /// Until when, in words; `None` until they say so.
        until: Option<String>,
    },
    /// A person let syncs start by themselves again.
    SchedulesResumed,
    /// Syncs that were to start by themselves did not: the program was closed, or nothing was reached.
    MissedSchedules {
        /// How many.
        slots: u32,
        /// When the first one was to start, in words.
        first: String,
    },
    /// A run found nothing new.
    NothingNew {
        /// Exceptions that are set aside.
        aside: u64,
        /// Entries that a person held back.
        #[serde(default)]
        held: u64,
    },
    /// A run that was about a part of the records did all there was to do.
    PartDone {
        /// What it was about, in words.
        about: Option<String>,
        /// What it came to.
        figures: Figures,
    },
    /// A run did all there was to do, and customers owe differently all the same.
    OwedDifferently(Figures),
    /// A run did all there was to do.
    BothAgree(Figures),
    /// A run left exceptions.
    Done(Figures),
    /// A person stopped a run.
    Stopped(Figures),
    /// A run asks before it goes on.
    Asks {
        /// Why.
        reasons: Vec<Asked>,
    },
    /// A run failed.
    Failed {
        /// What is known of it, in words.
        why: Option<String>,
    },
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Records written.
    pub written: u64,
    /// Records linked.
    pub linked: u64,
    /// Exceptions.
    pub waiting: u64,
    /// Exceptions that are set aside.
    pub aside: u64,
    /// Entries that a person held back.
    #[serde(default)]
    pub held: u64,
}

/// What was chosen to stand for a value, one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// Whether it was asked for, or set with what was.
    pub asked: bool,
    /// Account or tax rate.
    pub what: MappingKind,
    /// The side of the value.
    pub side: Side,
    /// What a person calls it.
    pub value: String,
    /// What stood for it, as a person calls it.
    pub before: Option<String>,
    /// What stands for it now.
    pub after: Option<String>,
}

/// Why a run asks before it writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Many records would end.
    ManyEnd {
        /// How many.
        count: u32,
        /// How many did in the last day.
        lately: u32,
    },
    /// Many records would change.
    ManyChange {
        /// How many.
        count: u32,
    },
    /// There is more than a person said yes to.
    NotShown {
        /// How many wait.
        count: u32,
    },
    /// Documents of a period for which tax is filed would be made, changed or ended.
    TaxFiled {
        /// The last day of it.
        until: NaiveDate,
        /// How many.
        count: u32,
        /// By how much tax, a sum for each currency.
        taxes: Vec<Money>,
    },
    /// A side came back empty.
    EmptySide {
        /// Which.
        side: Side,
        /// How many linked records it held.
        linked: u32,
    },
    /// A side went back in time.
    WentBack {
        /// Which.
        side: Side,
        /// How many of the last records are missing.
        count: u32,
        /// What some of them were called.
        titles: Vec<String>,
    },
}

impl Said {
    /// The id, and the parameters as JSON; the text of finished words, which have no id.
    ///
    /// # Errors
    /// Where the parameters cannot be said in JSON, which is a mistake here.
    pub fn apart(&self) -> Result<(Option<String>, String), serde_json::Error> {
        if let Said::Text(text) = self {
            return Ok((None, text.clone()));
        }
        Ok(match serde_json::to_value(self)? {
            Value::Object(tagged) => match tagged.into_iter().next() {
                Some((id, parameters)) => (Some(id), parameters.to_string()),
                None => (None, String::new()),
            },
            Value::String(id) => (Some(id), String::new()),
            other => (None, other.to_string()),
        })
    }

    /// Puts [`Said::apart`] together again. What cannot be read (a message of a newer version) is shown as
    /// it stands.
    pub fn together(id: Option<String>, parameters: String) -> Self {
        let Some(id) = id else {
            return Said::Text(parameters);
        };
        let whole = if parameters.is_empty() {
            Ok(Value::String(id.clone()))
        } else {
            serde_json::from_str(&parameters).map(|read: Value| {
                let mut tagged = Map::new();
                tagged.insert(id.clone(), read);
                Value::Object(tagged)
            })
        };
        whole
            .and_then(serde_json::from_value)
            .unwrap_or_else(|_| Said::Text(format!("{id} {parameters}").trim().to_owned()))
    }

    /// The cause, where it is one that is told.
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Said::NeedsAttention(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Said::Text(text)
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        Said::Text(text.to_owned())
    }
}

/// A text with its parameters in the place of `{name}`. One that is not known stays as it stands.
pub(crate) fn fill(template: &str, parameters: &Map<String, Value>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        match parameters.get(name) {
            Some(Value::String(value)) => text.push_str(value),
            Some(value) => text.push_str(&value.to_string()),
            None => {
                text.push('{');
                text.push_str(name);
                text.push('}');
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Fields as they are inserted into texts: sides by their names, days as people write them, and lists
/// with commas.
pub(crate) fn inserted(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut named = Map::new();
    for (name, value) in fields {
        let text = match value {
            Value::String(text) if name == "side" => match Side::from_word(text) {
                Some(side) => {
                    named.insert("other".to_owned(), side.other().to_string().into());
                    side.to_string()
                }
                None => text.clone(),
            },
            Value::String(text) if name == "until" => text
                .parse::<chrono::NaiveDate>()
                .map_or_else(|_| text.clone(), |day| day.format("%-d %b %Y").to_string()),
            // The text goes on after it.
            Value::String(text) if name == "why" => text.trim().trim_end_matches('.').to_owned(),
            Value::String(text) => text.trim().to_owned(),
            Value::Array(list) => {
                let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                words.join(", ")
            }
            Value::Null => continue,
            other => other.to_string(),
        };
        named.insert(name.clone(), text.into());
    }
    named
}
