//! Activity: runs, and the log of what happened to each record.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, DifferenceView, ErrorView, Kind, Outcome, RecordLinks, Side};

/// Why a run ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunReason {
    /// A person pressed Sync now.
    Person,
    /// A person retried records.
    Retry,
    /// The schedule.
    Schedule,
    /// Something changed, and a side told of it.
    RealTime,
    /// The import of old documents.
    History,
    /// The first sync after set-up.
    First,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It is under way.
    Running,
    /// Both sides agree.
    Agrees,
    /// What it was about is done; it was not about everything.
    Done,
    /// Done; some records need a person.
    NeedsAttention,
    /// A person stopped it.
    Stopped,
    /// It waits for a person to approve a mass change.
    NeedsApproval,
    /// Another installation synced the pairing, or took over.
    Elsewhere,
    /// A connection failed.
    Failed,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunView {
    /// Its number.
    pub id: u32,
    /// When it began (UTC instant).
    pub started_at: String,
    /// When it ended (UTC instant); `None` while it runs.
    pub finished_at: Option<String>,
    /// Why it ran.
    pub reason: RunReason,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Records created, changed or voided in Xero.
    pub to_xero: u32,
    /// Records created, changed or voided in ERPNext.
    pub to_erpnext: u32,
    /// Both together: what a preview counts as to be written.
    pub records_written: u32,
    /// Of these, payments.
    pub payments: u32,
    /// Of these, credit notes and what was done about their uses.
    pub credit_notes: u32,
    /// Our markers set on records that existed.
    pub markers: u32,
    /// Everything that was written to either remote system: records and markers.
    pub writes: u32,
    /// Records found on both sides and linked; those created are not among them.
    pub linked: u32,
    /// Records that need a person after it.
    pub exceptions: u32,
    /// Records that a person has set aside and that are still not in agreement.
    pub ignored: u32,
    /// Records that a person held back, and those that need them: they wait.
    pub held: u32,
    /// Documents that were asked for by their dates and are left for the next run.
    pub later: u32,
    /// What it was about, in words; `None` where it was about everything.
    pub about: Option<String>,
    /// Currencies in which customers owe differently after it, beyond what was set aside.
    pub apart: u32,
    /// Calls to Xero.
    pub xero_calls: u32,
    /// Why it failed, where it did.
    pub error: Option<ErrorView>,
}

/// Which log lines to show. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct LogFilter {
    /// Words to be found in names, numbers and messages.
    pub text: Option<String>,
    /// Only this kind of record.
    pub kind: Option<Kind>,
    /// Only what was written to this side.
    pub towards: Option<Side>,
    /// Only these outcomes; empty for all.
    pub outcomes: Vec<Outcome>,
    /// From this instant on (UTC).
    pub since: Option<String>,
    /// Before this instant (UTC).
    pub until: Option<String>,
    /// Only this run.
    pub run: Option<u32>,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LogLine {
    /// Its number; grows with time.
    pub id: u32,
    /// When (UTC instant).
    pub at: String,
    /// The run it belongs to.
    pub run: Option<u32>,
    /// The record's kind; `None` for a line about a run.
    pub kind: Option<Kind>,
    /// The record's name or number; for a run why it ran.
    pub title: String,
    /// The contact of a document.
    pub contact: Option<String>,
    /// The document's total.
    pub amount: Option<Amount>,
    /// The side written to.
    pub towards: Option<Side>,
    /// What became of it.
    pub outcome: Outcome,
    /// One sentence on what happened.
    pub message: String,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LogPage {
    /// The lines, newest first.
    pub lines: Vec<LogLine>,
    /// How many lines the filter finds in all; counted up to 10,000.
    pub total: u32,
    /// Whether there are more than that: "10,000+".
    #[serde(default)]
    pub more_than_total: bool,
    /// When the oldest line of the whole log was written (UTC instant).
    pub oldest_at: Option<String>,
    /// Pass it as `before` to get the next, older page; `None` at the end.
    pub next_before: Option<u32>,
}

/// A value that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangedValue {
    /// The field in the accountant's words.
    pub field: String,
    /// Before; `None` where it had none.
    pub before: Option<String>,
    /// After; `None` where it has none.
    pub after: Option<String>,
}

/// An event in a record's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryLine {
    /// The log line.
    pub id: u32,
    /// When (UTC instant).
    pub at: String,
    /// One sentence.
    pub text: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// A request that changed, or was to change, a remote system, and its answer. Secrets removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExchangeView {
    /// The side it was sent to.
    pub side: Side,
    /// When it was sent (UTC instant).
    pub at: String,
    /// Method and path: `PUT /Invoices?summarizeErrors=false`.
    pub request: String,
    /// The request's body, formatted.
    pub body: String,
    /// The answer, formatted; `None` where none came.
    pub answer: Option<String>,
}

/// Everything about one log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LogDetail {
    /// The line.
    pub line: LogLine,
    /// What happened and what it means.
    pub explanation: String,
    /// What to do, where there is something.
    pub next_step: Option<String>,
    /// The open exception this line led to.
    pub exception: Option<u32>,
    /// The record, as it is named to be synced alone; `None` for a line about a run.
    pub record: Option<String>,
    /// Who did it: the account and machine of a person, or what started it there.
    pub who: Option<String>,
    /// The values that were changed, each before and after.
    pub changes: Vec<ChangedValue>,
    /// What differs, or what was changed.
    pub differences: Vec<DifferenceView>,
    /// The record's life, newest first.
    pub history: Vec<HistoryLine>,
    /// The requests behind it.
    pub exchanges: Vec<ExchangeView>,
    /// Where to open the record.
    pub links: RecordLinks,
}

/// The form of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// Comma separated, with a heading, for a spreadsheet.
    Csv,
    /// A spreadsheet.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Exported {
    /// Where it is.
    pub path: String,
    /// How many lines it holds, without headings and totals.
    pub lines: u32,
}
