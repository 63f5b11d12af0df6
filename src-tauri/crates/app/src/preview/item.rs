//! What the preview says of one record.

use engine::books::Change;
use engine::plan::{Entry, MatchReason, PlannedWrite, Subject};
use ledger::agreement::ContactField;
use ledger::problem::Difference;
use ledger::{Document, Kind, Money, Payment, PaymentDirection, Record, Side};

use crate::payments;
use crate::show::some;
use crate::views::{Amount, DifferenceView, PlannedChange, PreviewItem};
use crate::words;

/// What is said of two records that are linked, and of where they differ.
pub(super) fn linked_sentence(reason: MatchReason, differences: &[Difference]) -> String {
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

pub(super) fn written(index: usize, entry: &Entry, write: &PlannedWrite) -> PreviewItem {
    let target = write.target;
    let (change, text, differences) = match &write.change {
        Change::Create { record, .. } => {
            let mut text = format!("Create in {target}{}", told_apart(entry, target, record));
            if let Some(invoice) = record.document() {
                text = format!("{text}, {}", lines_and_tax(invoice));
            }
            if matches!(record, Record::Payment(payment) if payment.on_account) {
                text.push_str(", on account");
            }
            if write.uses_follow {
                text.push_str(if is_refund(record) {
                    ", then put it to the payment that it pays back"
                } else {
                    ", then use it for its invoices"
                });
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
        Change::Allocate { from, .. } if is_refund(from) => {
            let text = format!("Put to the payment that it pays back in {target}");
            (PlannedChange::Update, text, Vec::new())
        }
        Change::Allocate { .. } => {
            // Of which invoices is said once their numbers are known.
            let text = if write.change.takes_back() {
                format!("Take back in {target}")
            } else {
                format!("Use in {target}")
            };
            (PlannedChange::Update, text, Vec::new())
        }
        Change::Mark { .. } => (
            PlannedChange::Link,
            format!("Mark as linked in {target}"),
            Vec::new(),
        ),
    };
    let mut item = item(
        index,
        entry,
        target.other(),
        change,
        Some(target),
        text,
        differences,
    );
    if matches!(write.change, Change::Allocate { .. }) {
        // Beside a write of what it says.
        item.id.push_str("-uses");
    }
    item
}

/// Whether a record is money paid back.
fn is_refund(record: &Record) -> bool {
    let payment = record.as_payment();
    payment.is_some_and(|it| it.direction == PaymentDirection::Refunded)
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

pub(super) fn item(
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
