//! A record of any kind.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::agreement::{
    Counterparts, contact_differences, content_differences, invoice_differences, open_difference,
    same_content,
};
use crate::allocation::by_invoice;
use crate::contact::folded_name;
use crate::payment::{payment_differences, same_payment, unallocated_difference};
use crate::problem::Difference;
use crate::{
    Allocation, Cause, Contact, Currency, Document, DocumentState, Kind, Money, PaidDocument,
    Payment, PaymentAllocation, PaymentDirection, Reference, RemoteId, Side,
};

/// A record of any kind, in the terms of the side it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A contact.
    Contact(Contact),
    /// A sales invoice.
    Invoice(Document),
    /// A sales credit note.
    CreditNote(Document),
    /// Money that a customer paid.
    Payment(Payment),
}

impl Record {
    /// A document of a kind; [`Kind::is_document`] says which kinds are.
    pub const fn of_document(kind: Kind, document: Document) -> Self {
        match kind {
            Kind::CreditNote => Record::CreditNote(document),
            Kind::Contact | Kind::Invoice | Kind::Payment => Record::Invoice(document),
        }
    }

    /// The record's kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Record::Contact(_) => Kind::Contact,
            Record::Invoice(_) => Kind::Invoice,
            Record::CreditNote(_) => Kind::CreditNote,
            Record::Payment(_) => Kind::Payment,
        }
    }

    /// What a person calls this record: a contact's name, a document's number, a payment's number or
    /// reference.
    pub fn title(&self) -> &str {
        match self {
            Record::Contact(contact) => &contact.name,
            Record::Invoice(document) | Record::CreditNote(document) => {
                document.number.as_deref().unwrap_or("(no number)")
            }
            Record::Payment(payment) => payment.title(),
        }
    }

    /// The contact's name, of the contact itself or of the document's.
    pub fn contact_name(&self) -> &str {
        match self {
            Record::Contact(contact) => &contact.name,
            Record::Invoice(document) | Record::CreditNote(document) => &document.contact_name,
            Record::Payment(payment) => &payment.contact_name,
        }
    }

    /// The total of a document, the amount of a payment, and its currency.
    pub const fn total(&self) -> Option<(Decimal, Currency)> {
        match self {
            Record::Contact(_) => None,
            Record::Invoice(document) | Record::CreditNote(document) => {
                Some((document.total, document.currency))
            }
            Record::Payment(payment) => Some((payment.amount, payment.currency)),
        }
    }

    /// The day a document is dated, or money moved.
    pub const fn day(&self) -> Option<NaiveDate> {
        match self {
            Record::Contact(_) => None,
            Record::Invoice(document) | Record::CreditNote(document) => Some(document.date),
            Record::Payment(payment) => Some(payment.date),
        }
    }

    /// Whether the record has come to its end: archived, voided or deleted.
    pub fn ended(&self) -> bool {
        match self {
            Record::Contact(contact) => contact.archived,
            Record::Invoice(document) | Record::CreditNote(document) => {
                document.state == DocumentState::Voided
            }
            Record::Payment(payment) => payment.state == DocumentState::Voided,
        }
    }

    /// Whether it has ended and stays so, and another record may carry its identity on.
    pub fn ended_for_good(&self) -> bool {
        self.ended() && self.kind().ends_for_good()
    }

    /// The records of a kind that this one refers to on its own side.
    pub fn refers_to(&self, kind: Kind) -> impl Iterator<Item = &RemoteId> {
        let contact = match self {
            Record::Contact(_) => None,
            Record::Invoice(document) | Record::CreditNote(document) => Some(&document.contact),
            Record::Payment(payment) => Some(&payment.contact),
        };
        let paid = self.as_payment().into_iter().flat_map(move |payment| {
            let documents = payment.allocations.iter();
            documents.filter_map(move |part| {
                let (of, id) = part.document.named();
                (of == kind).then_some(id)
            })
        });
        let used_along = self
            .as_payment()
            .filter(|_| kind == Kind::CreditNote)
            .into_iter()
            .flat_map(|payment| &payment.credits);
        let credited = self
            .document()
            .filter(|_| kind == Kind::Invoice)
            .into_iter()
            .flat_map(|note| note.allocations.iter().map(|used| &used.invoice));
        contact
            .filter(|_| kind == Kind::Contact)
            .into_iter()
            .chain(credited)
            .chain(paid)
            .chain(used_along)
    }

    /// Everything that the record refers to on its own side, of the kinds that [`Kind::parents`] says, and the
    /// money that it pays back.
    pub fn references(&self) -> Vec<Reference> {
        let of = |kind: &Kind| {
            let kind = *kind;
            self.refers_to(kind).map(move |id| Reference {
                kind,
                id: id.clone(),
            })
        };
        let money = (self.kind() == Kind::Payment).then_some(&Kind::Payment);
        let kinds = self.kind().parents().iter().chain(money);
        kinds.flat_map(of).collect()
    }

    /// Whether it refers to the same records as another of its side, in whatever order.
    pub fn refers_alike(&self, other: &Record) -> bool {
        let of = |record: &Record| {
            let mut references = record.references();
            references.sort();
            references
        };
        of(self) == of(other)
    }

    /// The same record, referring to `to` wherever it refers to `from`.
    pub fn refer(&mut self, from: &Reference, to: &RemoteId) {
        match self {
            Record::Contact(_) => {}
            Record::Invoice(document) | Record::CreditNote(document) => {
                if from.kind == Kind::Contact && document.contact == from.id {
                    document.contact.clone_from(to);
                }
                let used = document.allocations.iter_mut();
                for allocation in
                    used.filter(|used| from.kind == Kind::Invoice && used.invoice == from.id)
                {
                    allocation.invoice.clone_from(to);
                }
            }
            Record::Payment(payment) => {
                if from.kind == Kind::Contact && payment.contact == from.id {
                    payment.contact.clone_from(to);
                }
                for part in &mut payment.allocations {
                    if part.document.named() == (from.kind, &from.id) {
                        part.document = PaidDocument::of(from.kind, to.clone());
                    }
                }
                let credits = payment.credits.iter_mut();
                for note in credits.filter(|id| from.kind == Kind::CreditNote && **id == from.id) {
                    note.clone_from(to);
                }
            }
        }
    }

    /// Brings the record to its end, as its side would show it: archived, or voided with nothing due.
    pub fn end(&mut self) {
        match self {
            Record::Contact(contact) => contact.archived = true,
            Record::Invoice(document) | Record::CreditNote(document) => {
                document.state = DocumentState::Voided;
                document.amount_due = Decimal::ZERO;
                document.allocations.clear();
            }
            Record::Payment(payment) => payment.state = DocumentState::Voided,
        }
    }

    /// Forgets the identities of its lines, which say nothing about what it means.
    pub fn forget_rows(&mut self) {
        for line in self.document_mut().into_iter().flat_map(|it| &mut it.lines) {
            line.id = None;
        }
        if let Record::Payment(payment) = self {
            for part in &mut payment.allocations {
                part.id = None;
            }
        }
    }

    /// In what Xero's record and ERPNext's differ, amounts due and what they refer to aside. Records
    /// of two kinds have nothing to compare.
    pub fn differences(xero: &Record, erpnext: &Record) -> Vec<Difference> {
        match (xero, erpnext) {
            (Record::Contact(xero), Record::Contact(erpnext)) => contact_differences(xero, erpnext),
            (Record::Invoice(xero), Record::Invoice(erpnext))
            | (Record::CreditNote(xero), Record::CreditNote(erpnext)) => {
                invoice_differences(xero, erpnext)
            }
            (Record::Payment(xero), Record::Payment(erpnext)) => payment_differences(xero, erpnext),
            _ => Vec::new(),
        }
    }

    /// What names are told apart by within a kind: a contact's without case, accents and punctuation, a
    /// document's number without case.
    pub fn title_key(&self) -> String {
        match self {
            Record::Contact(contact) => folded_name(&contact.name),
            Record::Invoice(_) | Record::CreditNote(_) | Record::Payment(_) => {
                self.title().trim().to_lowercase()
            }
        }
    }

    /// Why another record cannot be called as this one is on a side.
    pub fn title_taken(&self, side: Side) -> Cause {
        match self {
            Record::Contact(contact) => Cause::NameTaken {
                side,
                name: contact.name.clone(),
                by: None,
            },
            Record::Invoice(document) | Record::CreditNote(document) => Cause::NumberTaken {
                side,
                number: document.number.clone().unwrap_or_default(),
                by: None,
            },
            Record::Payment(payment) => Cause::NumberTaken {
                side,
                number: payment.title().to_owned(),
                by: None,
            },
        }
    }

    /// Whether it stands as it stood before, on the same side: the same content, and the same open. What
    /// is spelt for people, and the identities of lines, do not count in a document.
    pub fn stands_as(&self, before: &Record) -> bool {
        match (self.document(), before.document()) {
            (Some(now), Some(before)) => {
                same_content(before, now)
                    && before.amount_due == now.amount_due
                    && by_invoice(&before.allocations) == by_invoice(&now.allocations)
            }
            _ => match (self.as_payment(), before.as_payment()) {
                (Some(now), Some(before)) => same_payment(before, now),
                _ => self == before,
            },
        }
    }

    /// Whether it says what another of the same side said, payments aside.
    pub fn same_content(&self, other: &Record) -> bool {
        match (self, other) {
            (Record::Contact(left), Record::Contact(right)) => {
                contact_differences(left, right).is_empty()
            }
            (Record::Payment(left), Record::Payment(right)) => same_payment(left, right),
            _ => match (self.document(), other.document()) {
                (Some(left), Some(right)) => {
                    self.kind() == other.kind() && same_content(left, right)
                }
                _ => false,
            },
        }
    }

    /// Whether it says all of what was meant in words and references, which [`Record::differences`] do
    /// not show; both are in the terms of one side.
    pub fn says_in_full(&self, meant: &Record) -> bool {
        self.kind() == meant.kind()
            && self.refers_alike(meant)
            && match (self.document(), meant.document()) {
                (Some(got), Some(meant)) => {
                    content_differences(got, meant, &Counterparts::SAME).is_empty()
                }
                _ => match (self.as_payment(), meant.as_payment()) {
                    (Some(got), Some(meant)) => same_payment(got, meant),
                    _ => true,
                },
            }
    }

    /// What it adds to what its customer owes: the amount due of an invoice; what is left of a credit note
    /// counts against it. `None` of what is no document.
    pub fn owed(&self) -> Option<Decimal> {
        match self {
            Record::Invoice(document) => Some(document.amount_due),
            Record::CreditNote(document) => Some(-document.amount_due),
            Record::Contact(_) | Record::Payment(_) => None,
        }
    }

    /// What a credit note, or money that was received, is used for: invoices, and how much of each. Of money
    /// that was paid back, what it was paid back of.
    pub fn uses(&self) -> Vec<Allocation> {
        match self {
            Record::CreditNote(note) => note.allocations.clone(),
            Record::Payment(payment) => {
                let parts = payment.allocations.iter();
                let used = parts.filter_map(|part| match &part.document {
                    PaidDocument::Invoice(of) | PaidDocument::Money(of) => Some(Allocation {
                        id: part.id.clone(),
                        invoice: of.clone(),
                        date: None,
                        amount: part.amount,
                    }),
                    PaidDocument::CreditNote(_) => None,
                });
                used.collect()
            }
            Record::Contact(_) | Record::Invoice(_) => Vec::new(),
        }
    }

    /// What is left of it to be used, in its currency; nothing of what cannot be used for an invoice.
    pub const fn unused(&self) -> Decimal {
        match self {
            Record::CreditNote(note) => note.amount_due,
            Record::Payment(payment) => payment.unallocated,
            Record::Contact(_) | Record::Invoice(_) => Decimal::ZERO,
        }
    }

    /// The same, used so: what is left of it follows.
    #[must_use]
    pub fn used_for(&self, uses: Vec<Allocation>) -> Record {
        let amount = |uses: &[Allocation]| -> Decimal { uses.iter().map(|used| used.amount).sum() };
        let more = amount(&uses) - amount(&self.uses());
        let mut used = self.clone();
        match &mut used {
            Record::CreditNote(note) => {
                note.allocations = uses;
                note.amount_due -= more;
            }
            Record::Payment(payment) => {
                let kind = match payment.direction {
                    PaymentDirection::Received => Kind::Invoice,
                    PaymentDirection::Refunded => Kind::Payment,
                };
                payment
                    .allocations
                    .retain(|part| matches!(part.document, PaidDocument::CreditNote(_)));
                let parts = uses.into_iter().map(|used| PaymentAllocation {
                    id: used.id,
                    document: PaidDocument::of(kind, used.invoice),
                    amount: used.amount,
                    in_document: None,
                    leaves: None,
                });
                payment.allocations.extend(parts);
                payment.unallocated -= more;
            }
            Record::Contact(_) | Record::Invoice(_) => {}
        }
        used
    }

    /// In what the uses of a credit are not those that were meant; both are in the terms of one side,
    /// and what was meant stands in the second column where that side is Xero.
    pub fn use_differences(xero: &Record, erpnext: &Record) -> Vec<Difference> {
        let (left, right) = (xero.uses(), erpnext.uses());
        let (ours, theirs) = (by_invoice(&left), by_invoice(&right));
        let currency = xero.total().map(|(_, currency)| currency);
        let shown = |amount: Option<&Decimal>| {
            let (amount, currency) = (*amount?, currency?);
            Some(Money { amount, currency }.to_string())
        };
        let invoices: BTreeSet<&RemoteId> = ours.keys().chain(theirs.keys()).copied().collect();
        invoices
            .into_iter()
            .filter(|invoice| ours.get(*invoice) != theirs.get(*invoice))
            .map(|invoice| {
                Difference::new(
                    &format!("used for {invoice}"),
                    shown(ours.get(invoice)),
                    shown(theirs.get(invoice)),
                )
            })
            .collect()
    }

    /// By how much less is open on one side than on the other, where that is no rounding: of a document what
    /// is due, of a payment what is for no document yet.
    pub fn due_difference(xero: &Record, erpnext: &Record) -> Option<Difference> {
        if let (Record::Payment(left), Record::Payment(right)) = (xero, erpnext) {
            return unallocated_difference(left, right);
        }
        open_difference(xero.kind(), xero.document()?, erpnext.document()?)
    }

    /// The state of a document or payment; a contact has none.
    pub const fn state(&self) -> Option<DocumentState> {
        match self {
            Record::Contact(_) => None,
            Record::Invoice(document) | Record::CreditNote(document) => Some(document.state),
            Record::Payment(payment) => Some(payment.state),
        }
    }

    /// The document, where this is one of any kind.
    pub const fn document(&self) -> Option<&Document> {
        match self {
            Record::Invoice(document) | Record::CreditNote(document) => Some(document),
            Record::Contact(_) | Record::Payment(_) => None,
        }
    }

    /// [`Record::document`], to change.
    pub const fn document_mut(&mut self) -> Option<&mut Document> {
        match self {
            Record::Invoice(document) | Record::CreditNote(document) => Some(document),
            Record::Contact(_) | Record::Payment(_) => None,
        }
    }

    /// The contact, where this is one.
    pub const fn as_contact(&self) -> Option<&Contact> {
        match self {
            Record::Contact(contact) => Some(contact),
            Record::Invoice(_) | Record::CreditNote(_) | Record::Payment(_) => None,
        }
    }

    /// The invoice, where this is one.
    pub const fn as_invoice(&self) -> Option<&Document> {
        match self {
            Record::Invoice(invoice) => Some(invoice),
            Record::Contact(_) | Record::CreditNote(_) | Record::Payment(_) => None,
        }
    }

    /// The bank or cash account's key, of what has one; to change.
    pub const fn bank_account_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Record::Payment(payment) => Some(&mut payment.bank_account),
            Record::Contact(_) | Record::Invoice(_) | Record::CreditNote(_) => None,
        }
    }

    /// The ledger account that it came to, by its key on its side; none of what is no payment, or does not say.
    pub fn bank_account(&self) -> Option<&str> {
        self.as_payment()?.bank_account.as_deref()
    }

    /// The payment, where this is one.
    pub const fn as_payment(&self) -> Option<&Payment> {
        match self {
            Record::Payment(payment) => Some(payment),
            Record::Contact(_) | Record::Invoice(_) | Record::CreditNote(_) => None,
        }
    }
}
