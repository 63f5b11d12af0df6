//! Preview: what the next sync would do. Reads both sides, writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use engine::books::Change;
use engine::plan::{Entry, MatchReason, Outcome, PlannedWrite, Subject};
use engine::progress::Reporter;
use engine::run::Preview;
use engine::run::scope::Scope;
use ledger::agreement::ContactField;
use ledger::problem::Difference;
use ledger::{Document, Kind, Money, PaidDocument, Payment, Record, Reference, RemoteId, Side};
use net::Priority;
use store::ShownItem;

use crate::app::App;
use crate::error::AppError;
use crate::payments::{self, Numbers};
use crate::show::{count, instant, some};
use crate::views::{Amount, DifferenceView, KindCounts, PlannedChange, PreviewItem, PreviewView};
use crate::words;

/// The most items shown.
const MOST_ITEMS: usize = 1_000;

impl App {
    /// What the next sync would do.
    ///
    /// # Errors
    /// Where a side cannot be read, or another run is under way.
    pub async fn preview(&self) -> Result<PreviewView, AppError> {
        self.preview_of(&Scope::default()).await
    }

    /// What the next sync with this scope would do.
    ///
    /// # Errors
    /// As [`App::preview`].
    pub async fn preview_of(&self, scope: &Scope) -> Result<PreviewView, AppError> {
        let pairing = self.pairing().await?;
        let turn = self.take_turn("making a preview")?;
        let reached = self
            .reach_for(&pairing, Priority::Interactive, turn.control.stopped())
            .await?;
        let session = self.session(&pairing, &reached, &turn, Reporter::silent());
        let mut listed = Listing::default();
        let result = engine::run::preview_of(&session, scope, |entry| listed.take(entry)).await;
        self.keep_learned(&pairing, &reached).await;
        let preview = result?;
        self.note_preview(&pairing).await?;
        let (id, paid) = (pairing.id, listed.paid());
        let numbers = self
            .db(move |store| payments::numbers(store, id, &paid))
            .await?;
        listed.number(&numbers);
        let (view, listed) = listed.view(&preview, scope.words(), instant(self.0.clock.now()));
        self.db(move |store| store.note_shown_items(id, &listed))
            .await?;
        Ok(view)
    }
}

/// What is shown of a plan, entry by entry: all of it is counted, and some of it is listed.
#[derive(Default)]
struct Listing {
    entries: usize,
    to_xero: KindCounts,
    to_erpnext: KindCounts,
    link: KindCounts,
    unchanged: u32,
    waiting: u32,
    voids: u32,
    payments_ended: u32,
    causes: BTreeSet<String>,
    /// What is written or waits is listed first.
    first: Vec<Listed>,
    linked: Vec<Listed>,
}

/// An item, the position of its entry, and what a person can name that by.
struct Listed {
    index: usize,
    item: PreviewItem,
    shown: ShownItem,
    /// What a payment would pay, whose numbers are not among what the plan says.
    pays: Vec<Paid>,
}

/// An invoice that a payment would pay.
struct Paid {
    /// The side that knows the invoice by its identity here.
    side: Side,
    id: RemoteId,
    amount: Money,
}

/// Adds to a list while there is room in it.
fn list(
    listed: &mut Vec<Listed>,
    index: usize,
    entry: &Entry,
    pays: Option<&PlannedWrite>,
    item: impl FnOnce() -> PreviewItem,
) {
    if listed.len() < MOST_ITEMS {
        listed.push(Listed {
            index,
            item: item(),
            shown: shown(entry, engine::digest::entry(entry)),
            pays: pays.into_iter().flat_map(pays_for).collect(),
        });
    }
}

/// What a write would pay.
fn pays_for(write: &PlannedWrite) -> Vec<Paid> {
    let Change::Create {
        record: Record::Payment(payment),
        ..
    } = &write.change
    else {
        return Vec::new();
    };
    let parts = payment.allocations.iter().map(|part| {
        let (PaidDocument::Invoice(id) | PaidDocument::CreditNote(id)) = &part.document;
        // What is created earlier in the same run is still named as its source names it.
        let awaited = Reference {
            kind: Kind::Invoice,
            id: id.clone(),
        };
        let side = if write.waits_for.contains(&awaited) {
            write.target.other()
        } else {
            write.target
        };
        Paid {
            side,
            id: id.clone(),
            amount: Money {
                amount: part.amount,
                currency: payment.currency,
            },
        }
    });
    parts.collect()
}

fn shown(entry: &Entry, digest: String) -> ShownItem {
    let subject = entry.subject(Side::Xero).map(|(_, subject)| subject);
    ShownItem {
        entry: digest,
        title: subject.map(|it| it.title.clone()).unwrap_or_default(),
        records: engine::run::scope::keys(entry),
    }
}

impl Listing {
    fn take(&mut self, entry: &Entry) {
        let index = self.entries;
        self.entries += 1;
        match &entry.outcome {
            Outcome::Agrees | Outcome::Rebase => self.unchanged += 1,
            Outcome::OutOfScope(_) => {}
            Outcome::Problem { side, cause } => {
                self.waiting += 1;
                self.causes.insert(crate::attention::group_id(cause));
                list(&mut self.first, index, entry, None, || {
                    item(
                        index,
                        entry,
                        *side,
                        PlannedChange::Wait,
                        None,
                        format!("Waits: {}", cause.sentence()),
                        cause.differences(),
                    )
                });
            }
            Outcome::Link {
                reason,
                differences,
                writes,
            } => {
                count_one(&mut self.link, entry.kind);
                list(&mut self.linked, index, entry, None, || {
                    item(
                        index,
                        entry,
                        Side::Xero,
                        PlannedChange::Link,
                        None,
                        linked_sentence(*reason, differences),
                        differences.clone(),
                    )
                });
                self.writes(index, entry, writes);
            }
            Outcome::Write(writes) => {
                let ends = |write: &&PlannedWrite| {
                    matches!(write.change, Change::End { .. })
                        || write.change.replaces(write.target)
                };
                let ended = count(writes.iter().filter(ends).count());
                match entry.kind {
                    Kind::Payment => self.payments_ended += ended,
                    Kind::Contact | Kind::Invoice | Kind::CreditNote => self.voids += ended,
                }
                self.writes(index, entry, writes);
            }
        }
    }

    fn writes(&mut self, index: usize, entry: &Entry, writes: &[PlannedWrite]) {
        for write in writes {
            if matches!(write.change, Change::Mark { .. }) {
                continue;
            }
            let counts = match write.target {
                Side::Xero => &mut self.to_xero,
                Side::Erpnext => &mut self.to_erpnext,
            };
            count_one(counts, entry.kind);
            list(&mut self.first, index, entry, Some(write), || {
                written(index, entry, write)
            });
        }
    }

    /// The invoices that listed payments would pay, by the side that knows them so.
    fn paid(&self) -> BTreeMap<Side, BTreeSet<RemoteId>> {
        let mut paid: BTreeMap<Side, BTreeSet<RemoteId>> = BTreeMap::new();
        for it in self.first.iter().flat_map(|it| &it.pays) {
            paid.entry(it.side).or_default().insert(it.id.clone());
        }
        paid
    }

    /// Says of each payment which invoices it pays, by their numbers.
    fn number(&mut self, numbers: &Numbers) {
        for listed in &mut self.first {
            let number = |paid: &Paid| payments::number(numbers, paid.side, &paid.id);
            let target = listed.item.towards.map(Side::from);
            let said = listed.pays.iter().map(|paid| {
                let (field, value) = (format!("pays {}", number(paid)), paid.amount.to_string());
                match target {
                    Some(Side::Xero) => Difference::new(&field, None, Some(value)),
                    _ => Difference::new(&field, Some(value), None),
                }
            });
            let said: Vec<DifferenceView> = said.map(DifferenceView::from).collect();
            listed.item.differences.extend(said);
            let of: Vec<String> = listed.pays.iter().map(number).collect();
            if !of.is_empty() {
                listed.item.text = format!("{}, for {}", listed.item.text, payments::several(&of));
            }
        }
    }

    /// The view, and what can be named of it by the numbers in it, which follow the order of the list.
    fn view(
        self,
        preview: &Preview,
        about: Option<String>,
        made_at: String,
    ) -> (PreviewView, Vec<ShownItem>) {
        let Preview { guards, held } = preview;
        let mut warnings = words::guards_in_full(guards);
        warnings.extend(match self.voids {
            0 => None,
            1 => Some("1 invoice will be voided, cancelled or replaced by another.".to_owned()),
            many => Some(format!(
                "{many} invoices will be voided, cancelled or replaced by others."
            )),
        });
        warnings.extend(match self.payments_ended {
            0 => None,
            1 => Some(
                "1 payment will be deleted or cancelled: its invoice is owed again.".to_owned(),
            ),
            many => Some(format!(
                "{many} payments will be deleted or cancelled: their invoices are owed again."
            )),
        });
        let waiting = held.iter().enumerate().map(|(place, waits)| {
            let index = self.entries + place;
            Listed {
                index,
                item: item(
                    index,
                    &waits.entry,
                    Side::Xero,
                    PlannedChange::Wait,
                    None,
                    "Held back: the next sync without --hold carries it over".to_owned(),
                    Vec::new(),
                ),
                shown: shown(&waits.entry, waits.digest.clone()),
                pays: Vec::new(),
            }
        });
        let all = self.first.into_iter().chain(waiting).chain(self.linked);
        let (mut numbers, mut items, mut named) = (BTreeMap::new(), Vec::new(), Vec::new());
        for Listed {
            index,
            mut item,
            shown,
            ..
        } in all.take(MOST_ITEMS)
        {
            item.number = *numbers.entry(index).or_insert_with(|| {
                named.push(shown);
                count(named.len())
            });
            items.push(item);
        }
        let view = PreviewView {
            made_at,
            about,
            held: count(held.len()),
            to_xero: self.to_xero,
            to_erpnext: self.to_erpnext,
            link: self.link,
            unchanged: self.unchanged,
            waiting: self.waiting,
            causes: count(self.causes.len()),
            warnings,
            needs_approval: !guards.is_empty(),
            items,
            total: count(self.entries + held.len()),
        };
        (view, named)
    }
}

fn count_one(counts: &mut KindCounts, kind: Kind) {
    match kind {
        Kind::Contact => counts.contacts += 1,
        Kind::Invoice => counts.invoices += 1,
        Kind::CreditNote => counts.credit_notes += 1,
        Kind::Payment => counts.payments += 1,
    }
}

/// What is said of two records that are linked, and of where they differ.
fn linked_sentence(reason: MatchReason, differences: &[Difference]) -> String {
    let found = format!("On both sides already: {}", words::match_reason(reason));
    if differences.is_empty() {
        return found;
    }
    let fields: Vec<&str> = differences.iter().map(|it| it.field.as_str()).collect();
    format!(
        "{found}. They differ in {}: you will be asked",
        fields.join(", ")
    )
}

/// What a new record is called instead of its own name or number, which another has there.
fn told_apart(entry: &Entry, target: Side, record: &Record) -> String {
    let own = entry.subject(target.other());
    let own = own.map_or("", |(_, subject)| subject.title.as_str());
    let title = record.title();
    if own.is_empty() || title.is_empty() || own == title {
        return String::new();
    }
    format!(" as \"{title}\", because another \"{own}\" is there")
}

/// What a new record says, field by field: nothing of it is on the target yet.
fn contents(target: Side, record: &Record) -> Vec<Difference> {
    let mut fields: Vec<(&str, Option<String>)> = Vec::new();
    match record {
        Record::Contact(contact) => {
            let all = ContactField::ALL.iter();
            fields.extend(all.map(|field| (field.label(), field.shown(contact))));
        }
        Record::Invoice(invoice) | Record::CreditNote(invoice) => {
            let money = |amount| {
                let currency = invoice.currency;
                Money { amount, currency }.to_string()
            };
            let day = |day: chrono::NaiveDate| day.format("%-d %b %Y").to_string();
            fields.push(("number", invoice.number.clone()));
            fields.push(("contact", some(&invoice.contact_name)));
            fields.push(("date", Some(day(invoice.date))));
            fields.push(("due date", invoice.due_date.map(day)));
            fields.push(("reference", invoice.reference.clone()));
            for line in &invoice.lines {
                let (quantity, price) = (line.quantity.normalize(), line.unit_price.normalize());
                let account = line.account.as_deref().unwrap_or("no account");
                let tax = line.tax.as_deref().unwrap_or("no tax");
                let said = format!("{quantity} × {price}, {account}, {tax}");
                fields.push((line.description.as_str(), Some(said)));
            }
            fields.push(("total before tax", Some(money(invoice.net_total))));
            fields.push(("tax", Some(money(invoice.tax_total))));
            fields.push(("total", Some(money(invoice.total))));
        }
        Record::Payment(payment) => fields.extend(received(payment)),
    }
    fields
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_some_and(|value| !value.is_empty()))
        .map(|(field, value)| match target {
            Side::Xero => Difference::new(field, None, value),
            Side::Erpnext => Difference::new(field, value, None),
        })
        .collect()
}

/// What a payment says, but for what it pays.
fn received(payment: &Payment) -> [(&'static str, Option<String>); 5] {
    let amount = Money {
        amount: payment.amount,
        currency: payment.currency,
    };
    [
        ("contact", some(&payment.contact_name)),
        ("date", Some(payment.date.format("%-d %b %Y").to_string())),
        ("bank account", payment.bank_account.clone()),
        ("reference", payment.reference.clone()),
        ("amount", Some(amount.to_string())),
    ]
}

fn written(index: usize, entry: &Entry, write: &PlannedWrite) -> PreviewItem {
    let target = write.target;
    let (change, text, differences) = match &write.change {
        Change::Create { record, .. } => {
            let mut text = format!("Create in {target}{}", told_apart(entry, target, record));
            if let Some(invoice) = record.document() {
                text = format!("{text}, {}", lines_and_tax(invoice));
            }
            (PlannedChange::Create, text, contents(target, record))
        }
        Change::Update { from, to, .. } => {
            let differences = match target {
                Side::Xero => Record::differences(from, to),
                Side::Erpnext => Record::differences(to, from),
            };
            let change = if to.ended() && !from.ended() {
                PlannedChange::Void
            } else {
                PlannedChange::Update
            };
            // What is approved in ERPNext is cancelled, and another document takes its place.
            let text = if write.change.replaces(target) {
                format!("Cancel and replace in {target}{}", named(&differences))
            } else {
                format!("Change in {target}{}", named(&differences))
            };
            (change, text, differences)
        }
        Change::End { from, .. } => (
            PlannedChange::Void,
            match (target, from.kind()) {
                (Side::Xero, Kind::Payment) => "Delete in Xero".to_owned(),
                (Side::Xero, _) => "Void in Xero".to_owned(),
                (Side::Erpnext, _) => "Cancel in ERPNext".to_owned(),
            },
            Vec::new(),
        ),
        Change::Allocate { from, to, .. } => {
            let text = if write.change.takes_back() {
                format!("Take back from invoices in {target}")
            } else {
                format!("Use for invoices in {target}")
            };
            let (xero, erpnext) = target.ordered(from, to);
            let differences = Record::use_differences(xero, erpnext);
            (PlannedChange::Update, text, differences)
        }
        Change::Mark { .. } => (
            PlannedChange::Link,
            format!("Mark as linked in {target}"),
            Vec::new(),
        ),
    };
    item(
        index,
        entry,
        target.other(),
        change,
        Some(target),
        text,
        differences,
    )
}

fn lines_and_tax(invoice: &Document) -> String {
    let lines = match invoice.lines.len() {
        1 => "1 line".to_owned(),
        many => format!("{many} lines"),
    };
    let tax = Money {
        amount: invoice.tax_total,
        currency: invoice.currency,
    };
    format!("{lines}, tax {tax}")
}

/// The fields that differ, after a colon.
fn named(differences: &[Difference]) -> String {
    let fields: Vec<&str> = differences
        .iter()
        .map(|difference| difference.field.as_str())
        .collect();
    if fields.is_empty() {
        String::new()
    } else {
        format!(": {}", fields.join(", "))
    }
}

fn item(
    index: usize,
    entry: &Entry,
    prefer: Side,
    change: PlannedChange,
    towards: Option<Side>,
    text: String,
    differences: Vec<Difference>,
) -> PreviewItem {
    let subject = entry.subject(prefer).map(|(_, subject)| subject);
    let towards_word = towards.map_or("none", Side::word);
    PreviewItem {
        id: format!("{index}-{towards_word}"),
        number: 0,
        kind: entry.kind.into(),
        title: payments::called(entry.kind, subject.map_or("", |it| &it.title), &[]),
        contact: subject
            .and_then(|it| some(&it.contact))
            .filter(|_| entry.kind != Kind::Contact),
        amount: subject.and_then(money),
        change,
        towards: towards.map(Into::into),
        text,
        differences: differences.into_iter().map(DifferenceView::from).collect(),
    }
}

fn money(subject: &Subject) -> Option<Amount> {
    subject.money.map(Into::into)
}
