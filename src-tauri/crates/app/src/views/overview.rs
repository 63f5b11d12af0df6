//! Overview: do the two sides agree?

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, CallsView, ErrorView, Kind, LogLine, Side, SignInView};

/// Which books are kept in agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PairingView {
    /// The pairing's name.
    pub name: String,
    /// The Xero organisation's name.
    pub organisation: String,
    /// The ERPNext company's name.
    pub company: String,
    /// Whether these are the demo books.
    pub demo: bool,
}

/// The answer to "do the two sides agree?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// No sync has been finished yet.
    NotSynced,
    /// Both sides agree on every record, nothing is left to do, and customers owe the same; but for what
    /// a person has set aside, which `ignored` counts.
    Agrees,
    /// Nobody has to decide anything, but not everything is done yet: the next sync goes on.
    Unfinished,
    /// Nothing is left to carry, but what customers owe, or have on account, differs, or it could not be
    /// read what they have.
    Apart,
    /// Everything agrees but for some records that need a person.
    NeedsAttention,
    /// A connection failed at the last run; what is shown is as of `checked_at`.
    Unreachable,
}

/// One side's receivables in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SideReceivable {
    /// What customers owe by invoices, less what is left of credit notes, decimal text.
    pub amount: String,
    /// Invoices that are not fully paid.
    pub open_invoices: u32,
    /// Credit notes with credit left.
    pub open_credit_notes: u32,
    /// What customers have on account beside these (overpayments, prepayments, payments, journal entries),
    /// decimal text; below zero where they owe it.
    pub credits: String,
}

/// Both sides' receivables in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReceivableView {
    /// ISO 4217 code.
    pub currency: String,
    /// In Xero.
    pub xero: SideReceivable,
    /// In ERPNext.
    pub erpnext: SideReceivable,
    /// Xero less ERPNext, decimal text; `"0.00"` where they agree.
    pub apart: String,
    /// The same of what is on account.
    pub credits_apart: String,
    /// By age, in the order of [`Age`]; a credit note is as old as its date.
    pub ages: Vec<AgeView>,
}

/// How long a receivable has been overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Not due yet.
    NotDue,
    /// Up to 30 days overdue.
    Days30,
    /// 31 to 60 days overdue.
    Days60,
    /// 61 to 90 days overdue.
    Days90,
    /// More than 90 days overdue.
    Older,
}

/// What is owed for one age, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgeView {
    /// The age.
    pub age: Age,
    /// In Xero, decimal text.
    pub xero: String,
    /// In ERPNext, decimal text.
    pub erpnext: String,
}

/// What was invoiced in one currency, month by month, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InvoicedView {
    /// The currency's code.
    pub currency: String,
    /// The last twelve calendar months, oldest first, this one included; each is there.
    pub months: Vec<MonthView>,
}

/// What was invoiced in one month, less what was credited, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MonthView {
    /// The month by the documents' own dates: "2026-11".
    pub month: String,
    /// Totals of approved invoices in Xero, less those of approved credit notes, decimal text.
    pub xero: String,
    /// The same in ERPNext.
    pub erpnext: String,
}

/// A difference in receivables and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ApartView {
    /// The side on which more is owed of it; `None` of what is open beside invoices.
    pub more_in: Option<Side>,
    /// How much, without sign.
    pub amount: Amount,
    /// Why, as one sentence: "INV-0412 is in ERPNext and was refused by Xero: no account for
    /// Freight."
    pub reason: String,
    /// What the button says: "Choose account".
    pub action: String,
    /// The group in Needs attention that mends it.
    pub group: String,
}

/// A document with an open balance beside invoices that the other side does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CreditView {
    /// The side that has it.
    pub side: Side,
    /// `overpayment`, `prepayment`, `payment` or `journal`.
    pub form: String,
    /// What people know it by; `None` where it has no number.
    pub number: Option<String>,
    /// Form, number and day: "payment ACC-PAY-7 of 4 Nov 2026".
    pub title: String,
    /// The customer's name.
    pub contact: String,
    /// Its date (YYYY-MM-DD).
    pub date: Option<String>,
    /// What is open, in the customer's favour.
    pub amount: Amount,
}

/// What documents are that a rule leaves on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OutsideWhat {
    /// Invoices that are not fully paid.
    Invoice,
    /// Credit notes with credit left.
    CreditNote,
    /// Money on account.
    OnAccount,
}

/// Documents on one side only that are outside of what is carried, by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OutsideView {
    /// The side that has them.
    pub side: Side,
    /// What they are.
    pub what: OutsideWhat,
    /// How many.
    pub documents: u32,
    /// What is open of them; below zero of credit notes.
    pub amount: Amount,
    /// By which rule, to follow "outside:": "dated before the start date".
    pub rule: String,
}

/// A side of which it is not known what customers have on account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnreadView {
    /// The side.
    pub side: Side,
    /// Why.
    pub why: String,
}

/// Records written and linked today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TodayRow {
    /// The kind.
    pub kind: Kind,
    /// Created, changed or voided in Xero.
    pub to_xero: u32,
    /// Created, changed or voided in ERPNext.
    pub to_erpnext: u32,
    /// Found on both sides and linked.
    pub linked: u32,
}

/// A side that could not be read at the last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnreachableSide {
    /// The side.
    pub side: Side,
    /// When it was last read (UTC instant).
    pub last_read_at: Option<String>,
    /// What happened and what to do.
    pub error: ErrorView,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OverviewView {
    /// Whose books.
    pub pairing: PairingView,
    /// Do they agree?
    pub agreement: Agreement,
    /// Records that need a person.
    pub needs_attention: u32,
    /// Records that a person has set aside and that are still not in agreement.
    pub ignored: u32,
    /// By how much receivables differ (Xero less ERPNext) beyond what was set aside, by currency; empty
    /// where they do not.
    pub unexplained: Vec<Amount>,
    /// When both sides were last compared (UTC instant).
    pub checked_at: Option<String>,
    /// When the next sync starts by itself (UTC instant); `None` where only a person starts one.
    pub next_run_at: Option<String>,
    /// Receivables, base currency first. Empty before the first read.
    pub receivables: Vec<ReceivableView>,
    /// Invoiced amounts by month, less what was credited, base currency first. Empty before the first read.
    pub invoiced: Vec<InvoicedView>,
    /// Why receivables differ, largest first, each with its own part of the difference, at most 500.
    pub apart: Vec<ApartView>,
    /// What is on account on one side only, customer by customer, at most 100 documents; what
    /// was set aside is among it.
    pub credits: Vec<CreditView>,
    /// What is on one side only because a rule leaves it there.
    pub outside: Vec<OutsideView>,
    /// Sides of which it is not known what customers have on account.
    pub credits_unread: Vec<UnreadView>,
    /// What was written today.
    pub today: Vec<TodayRow>,
    /// Calls to Xero today.
    pub xero_calls: CallsView,
    /// How the sign-in to Xero stands.
    pub xero_sign_in: SignInView,
    /// The newest log lines, at most 6.
    pub latest: Vec<LogLine>,
    /// Sides that could not be read at the last run.
    pub unreachable: Vec<UnreachableSide>,
}
