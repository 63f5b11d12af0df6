//! What a payment is called, and what it is for: payments of Xero have no number.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{DocumentState, Kind, PaymentDirection, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;
use store::{PairingId, Store, StoreError};

/// What a payment is called that has neither number nor reference.
pub(crate) const NAMELESS: &str = "Payment";

/// The numbers of documents, by side, kind and identity.
pub(crate) type Numbers = BTreeMap<(Side, Kind, RemoteId), String>;

/// The numbers of documents that are known here.
pub(crate) fn numbers(
    store: &Store,
    pairing: PairingId,
    wanted: &BTreeMap<(Side, Kind), BTreeSet<RemoteId>>,
) -> Result<Numbers, StoreError> {
    let mut numbers = Numbers::new();
    for ((side, kind), ids) in wanted {
        let ids: Vec<RemoteId> = ids.iter().cloned().collect();
        let found = store.records_by_ids(pairing, *side, *kind, &ids)?;
        numbers.extend(found.iter().map(|(id, document)| {
            let number = document.title().to_owned();
            ((*side, *kind, id.clone()), number)
        }));
    }
    Ok(numbers)
}

/// The number of an invoice or credit note. ERPNext's documents are known by theirs.
pub(crate) fn number(numbers: &Numbers, side: Side, kind: Kind, id: &RemoteId) -> String {
    let known = numbers.get(&(side, kind, id.clone())).cloned();
    known.unwrap_or_else(|| match (side, kind) {
        (Side::Erpnext, _) => id.as_str().to_owned(),
        (Side::Xero, Kind::CreditNote) => "a credit note".to_owned(),
        (Side::Xero, _) => "an invoice".to_owned(),
    })
}

/// The numbers of the documents that a payment pays or pays back, or that a credit note is used for; none of
/// any other record.
pub(crate) fn paid_by(
    store: &Store,
    pairing: PairingId,
    side: Side,
    record: &Record,
) -> Result<Vec<String>, StoreError> {
    if !record.kind().ends_first() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<(Kind, RemoteId)> = Vec::new();
    let mut wanted: BTreeMap<(Side, Kind), BTreeSet<RemoteId>> = BTreeMap::new();
    for kind in [Kind::Invoice, Kind::CreditNote] {
        let used_along = |id: &RemoteId| {
            let payment = record.as_payment();
            payment.is_some_and(|payment| payment.credits.contains(id))
        };
        for id in record.refers_to(kind).filter(|id| !used_along(id)) {
            // One invoice may be settled by several uses.
            if wanted.entry((side, kind)).or_default().insert(id.clone()) {
                ids.push((kind, id.clone()));
            }
        }
    }
    let known = numbers(store, pairing, &wanted)?;
    let all = ids.iter().map(|(kind, id)| number(&known, side, *kind, id));
    Ok(all.collect())
}

/// What a record takes off what is owed of which documents of its side, in the documents' currency: a payment,
/// and a credit note that is used. What is paid back, and what a payment uses up of a credit note, is less than nothing. One that is
/// not approved takes nothing.
pub(crate) fn takes_off(record: &Record) -> Vec<(Reference, Decimal)> {
    let approved = record.state() == Some(DocumentState::Approved);
    match record {
        Record::Payment(payment) if approved => {
            let parts = payment.allocations.iter().map(|part| {
                let (kind, id) = part.document.named();
                let id = id.clone();
                let own = part.settles(payment.currency).amount;
                let amount = match payment.direction {
                    PaymentDirection::Received => own,
                    PaymentDirection::Refunded => -own,
                };
                (Reference { kind, id }, amount)
            });
            parts.collect()
        }
        Record::CreditNote(note) if approved => {
            let uses = note.allocations.iter().map(|used| {
                let (kind, id) = (Kind::Invoice, used.invoice.clone());
                (Reference { kind, id }, used.amount)
            });
            uses.collect()
        }
        _ => Vec::new(),
    }
}

/// What a person calls a record of this kind and title, of which it is known what it pays.
pub(crate) fn called(kind: Kind, title: &str, pays: &[String]) -> String {
    if kind != Kind::Payment || title != "(no number)" {
        return title.to_owned();
    }
    if pays.is_empty() {
        NAMELESS.to_owned()
    } else {
        format!("{NAMELESS} for {}", several(pays))
    }
}

/// "INV-1", "INV-1 and INV-2", "INV-1, INV-2 and 3 more".
pub(crate) fn several(numbers: &[String]) -> String {
    match numbers {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_without_a_number_is_called_after_what_it_pays() {
        let numbers = |of: &[&str]| -> Vec<String> { of.iter().map(|&it| it.to_owned()).collect() };
        let called = |title, pays: &[&str]| called(Kind::Payment, title, &numbers(pays));
        assert_eq!(called("(no number)", &["INV-1"]), "Payment for INV-1");
        assert_eq!(
            called("(no number)", &["INV-1", "INV-2", "INV-3", "INV-4"]),
            "Payment for INV-1, INV-2 and 2 more"
        );
        assert_eq!(called("(no number)", &[]), "Payment");
        assert_eq!(called("BACS 42", &["INV-1", "INV-2"]), "BACS 42");
        let draft = super::called(Kind::Invoice, "(no number)", &[]);
        assert_eq!(draft, "(no number)");
    }

    /// A dollar invoice that ERPNext keeps in pounds is owed in dollars.
    #[test]
    fn what_a_payment_takes_off_is_in_the_currency_of_its_document() {
        let currency = |code| ledger::Currency::new(code).ok();
        let (Some(pounds), Some(dollars)) = (currency("GBP"), currency("USD")) else {
            panic!("codes");
        };
        let payment = ledger::Payment {
            number: Some("PE-1".into()),
            direction: PaymentDirection::Refunded,
            state: DocumentState::Approved,
            contact: RemoteId::new("C"),
            contact_name: String::new(),
            date: chrono::NaiveDate::default(),
            currency: pounds,
            exchange_rate: None,
            amount: Decimal::new(88, 0),
            bank_account: None,
            bank_amount: None,
            bank_currency: None,
            mode: None,
            reference: None,
            allocations: vec![ledger::PaymentAllocation {
                id: None,
                document: ledger::PaidDocument::CreditNote(RemoteId::new("CN")),
                amount: Decimal::new(88, 0),
                in_document: Some(ledger::Money {
                    amount: Decimal::new(110, 0),
                    currency: dollars,
                }),
                leaves: None,
            }],
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
        };
        let off = takes_off(&Record::Payment(payment));
        let amounts: Vec<Decimal> = off.into_iter().map(|(_, amount)| amount).collect();
        assert_eq!(amounts, [Decimal::new(-110, 0)]);
    }
}
