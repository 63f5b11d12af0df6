//! What a scenario comes to: whatever differs is asked about, and nothing else than what has to be.

use std::collections::{BTreeMap, BTreeSet};

use app::views::{AttentionView, ExceptionView};
use cli::audit::{self, Audit, Held, Kind, Stage};
use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};

use super::{Mode, Scenario};

/// What people's ordinary work may leave for a person, where no record was edited on both sides: what
/// payments and credit notes stand in the way of, one in another currency than the customer's account,
/// what is left of one on account when its invoice is cancelled in ERPNext, one of more than an invoice
/// asks for since it was amended, and one that another installation ended in Xero to make it anew and could not.
const LEFT_TO_A_PERSON: [&str; 11] = [
    "payment_not_carried",
    "payments_differ",
    "paid_too_much",
    "allocation_not_carried",
    "cannot_edit",
    "cannot_void",
    "contact_archived",
    "credits_differ",
    "no_tax_mapping",
    "number_taken",
    "ended_there",
];

impl Scenario {
    /// Whatever differs is asked about, and nothing else than what has to be.
    pub(super) fn judged(&mut self, attention: &AttentionView) {
        for group in &attention.groups {
            for record in &group.records {
                self.steps.push(format!(
                    "asked: {} {:?} {}: {}",
                    group.cause, record.kind, record.title, record.message
                ));
            }
        }
        let titles = excused(attention);
        let company = self.books.ready.erpnext.company.clone();
        let (xero, erpnext) = self
            .books
            .with_books(|books| (books.state(System::Xero), books.state(System::Erpnext)));
        // What a system holds none of it does not name.
        let mut erpnext = erpnext;
        for doctype in ["Customer", "Sales Invoice", "Payment Entry"] {
            if erpnext[doctype].is_null() {
                erpnext[doctype] = json!([]);
            }
        }
        let merged = said(attention, "merged");
        let unused = said(attention, "allocation_not_carried");
        let on_account = said(attention, "credits_differ");
        let kept = kept_for(attention);
        let mut waiting = whose_money_waits(&xero["Overpayments"], "OverpaymentID", &titles);
        waiting.extend(whose_money_waits(
            &erpnext["Payment Entry"],
            "name",
            &titles,
        ));
        let xero = audit::xero(&xero).unwrap();
        let erpnext = audit::erpnext(&erpnext, &company).unwrap();
        if matches!(self.mode, Mode::Plain | Mode::Two) {
            let books = [&xero, &erpnext];
            self.problems.extend(needless(attention, &titles, books));
        }
        let audit = audit::compare(&xero, &erpnext);
        let mut credited = BTreeSet::new();
        for note in with_cause(attention, "allocation_not_carried") {
            let key = (Kind::CreditNote, note.title.clone());
            credited.extend(audit.pays.get(&key).into_iter().flatten());
        }
        // Drafts stay where they are.
        let drafts: BTreeSet<&str> = xero
            .invoices
            .iter()
            .chain(&erpnext.invoices)
            .filter(|invoice| invoice.stage == Stage::Draft)
            .map(|invoice| invoice.number.as_str())
            .collect();
        let paid_otherwise = paid_otherwise(&audit, &xero, &erpnext);
        let mut paid_there = paid_by_what_waits(attention);
        // One that waits may be for nothing by now (its invoice was cancelled and amended) while its counterpart
        // still pays that invoice, which is paid there by something else.
        let waiting_payments = audit.pays.iter().filter(|(of, _)| titles.contains(of));
        let paid = waiting_payments.filter(|((kind, _), _)| *kind == Kind::Payment);
        paid_there.extend(paid.flat_map(|(_, numbers)| numbers).map(String::as_str));
        let all = audit.differences.iter();
        self.steps.extend(all.map(|it| format!("differs: {it:?}")));
        for difference in audit.records_that_differ(&titles) {
            // What settles an invoice that waits for a person waits with it.
            let settles = (difference.kind, difference.title.clone());
            let settled = audit.pays.get(&settles).into_iter().flatten();
            let settled = settled.map(|number| number.trim_start_matches("ERPNext's "));
            let waits = settled.clone().any(|number| {
                let settled = [Kind::Invoice, Kind::CreditNote];
                settled
                    .iter()
                    .any(|kind| asked_about(&titles, *kind, number))
            });
            if waits {
                continue;
            }
            // The other side has one that waits, and of an invoice that is paid on both nothing is carried.
            let alone = difference.kind == Kind::Payment && difference.field == "record";
            if alone && settled.clone().any(|number| paid_there.contains(number)) {
                continue;
            }
            // A journal entry that waits settles as a payment does, and is none of the audit's.
            let owed = difference.kind == Kind::Invoice && difference.field == "amount due";
            if owed && numbered(&paid_there, &difference.title) {
                continue;
            }
            // A contact is called so on one side, and may have another name on the other.
            let mut ours = xero.contacts.iter();
            let ours = ours.find(|it| it.name == difference.title);
            let theirs = erpnext.contacts.iter().filter(|it| {
                let marked = ours.is_some_and(|ours| it.marker.as_ref() == Some(&ours.id));
                marked || it.name == difference.title
            });
            // One that was renamed waits under either name.
            let renamed = difference.kind == Kind::Contact
                && theirs
                    .clone()
                    .any(|it| asked_about(&titles, Kind::Contact, &it.name));
            if renamed {
                continue;
            }
            // Where two customers were merged and a person is asked about their contacts, what is theirs is one
            // customer's in ERPNext and each contact's in Xero: documents, money, addresses.
            let mut told = [&difference.xero, &difference.erpnext]
                .into_iter()
                .flatten();
            let of_merged = told.any(|id| {
                let mut contacts = xero.contacts.iter();
                contacts.any(|it| it.id == *id && asked_about(&titles, Kind::Contact, &it.name))
            });
            let into = merged.iter().any(|said| {
                said.contains(&difference.title) || ours.is_some_and(|it| said.contains(&it.id))
            });
            if difference.field == "contact" && of_merged
                || difference.kind == Kind::Contact && into
            {
                continue;
            }
            // Money on account is a payment's: one that waits leaves its contact's sum apart.
            let mut whose = ours.into_iter().chain(theirs);
            if difference.field == "on account" && whose.any(|it| waiting.contains(&it.id)) {
                continue;
            }
            // What a foreign payment has on account for the units of two currencies alone is told by its contact.
            let left = difference.kind == Kind::Payment && difference.field == "left on account";
            if left && on_account.iter().any(|it| names(it, &difference.title)) {
                continue;
            }
            // As much is owed, because a person's credit stands in the payment's place, and is asked about by the
            // invoice: once that is taken back, the payment is carried.
            let (mut paid, only_in_xero) = (settled.clone(), difference.erpnext.is_none());
            if alone && only_in_xero && paid.any(|number| kept.contains(number)) {
                continue;
            }
            // So it is with a credit note of Xero's that ERPNext uses in part, since its invoice was amended and paid there.
            // A note that is used for several invoices names one of them.
            let mut by_credit = settled.map(|number| {
                let mut of_note = credited.iter();
                unused.iter().any(|it| it.contains(number))
                    || of_note.any(|it| it.trim_start_matches("ERPNext's ") == number)
            });
            if alone && by_credit.any(|asked| asked) {
                continue;
            }
            // People on both sides paid it, in other parts or on another day: where as much is owed, that is left as it
            // is.
            let on_both_sides = self.mode == Mode::Conflict && difference.kind == Kind::Payment;
            let otherwise = on_both_sides
                && (difference.field == "date"
                    || difference.field == "record" && paid_otherwise.contains(&difference.title));
            if otherwise {
                continue;
            }
            let draft = difference.field == "record" && drafts.contains(difference.title.as_str());
            if !draft && !asked_about(&titles, difference.kind, &difference.title) {
                self.problems.push(format!("{difference:?}"));
            }
        }
    }
}

/// What a person is asked about although nobody's work needs it.
fn needless(
    attention: &AttentionView,
    titles: &BTreeSet<(Kind, String)>,
    books: [&Held; 2],
) -> Vec<String> {
    let mut problems = Vec::new();
    for group in &attention.groups {
        let cause = group.cause.as_str();
        if LEFT_TO_A_PERSON.contains(&cause) {
            continue;
        }
        for record in &group.records {
            // What waits behind one of those is no question of its own.
            let behind = match cause {
                "waits_for_invoice" => Some(Kind::Invoice),
                "waits_for_credit_note" => Some(Kind::CreditNote),
                _ => None,
            };
            let mut pays = record.pays.iter();
            let waits =
                behind.is_some_and(|kind| pays.any(|number| asked_about(titles, kind, number)));
            let entered_twice = cause == "several_candidates" && look_alike(record, books);
            if !waits && !entered_twice {
                let (title, message) = (&record.title, &record.message);
                problems.push(format!("a person is asked about {title}: {message}"));
            }
        }
    }
    problems
}

/// Whether people entered a credit note of the same customer, day and total in the other office too, and nobody has
/// said that the two are one: it may be the same credit, entered twice.
fn look_alike(record: &ExceptionView, books: [&Held; 2]) -> bool {
    let note = |title: &String| {
        let all = books.iter().flat_map(|held| &held.credit_notes);
        all.filter(|it| it.marker.is_none())
            .find(|it| it.number == *title)
    };
    let Some(ours) = note(&record.title) else {
        return false;
    };
    let mut theirs = record.candidates.iter().map(|it| note(&it.title));
    record.kind == app::views::Kind::CreditNote
        && theirs.all(|it| {
            it.is_some_and(|it| {
                (&it.contact_name, it.date, it.total) == (&ours.contact_name, ours.date, ours.total)
            })
        })
}

/// The records that a person is asked about with a cause.
fn with_cause<'a>(
    attention: &'a AttentionView,
    cause: &'a str,
) -> impl Iterator<Item = &'a ExceptionView> {
    let groups = attention.groups.iter();
    let groups = groups.filter(move |group| group.cause == cause);
    groups.flat_map(|group| &group.records)
}

/// The numbers of the documents that payments pay which wait for a person.
fn paid_by_what_waits(attention: &AttentionView) -> BTreeSet<&str> {
    let records = attention.groups.iter().flat_map(|group| &group.records);
    let payments = records.filter(|it| it.kind == app::views::Kind::Payment);
    let numbers = payments.flat_map(|it| &it.pays);
    numbers.map(String::as_str).collect()
}

/// The invoices that ERPNext uses credit for which Xero took back, named by what a person is asked about the credit
/// note: it was a person who used it, so a person takes it back.
fn kept_for(attention: &AttentionView) -> BTreeSet<&str> {
    let records = with_cause(attention, "cannot_edit");
    let notes = records.filter(|it| it.kind == app::views::Kind::CreditNote);
    notes.flat_map(|it| it.message.split_whitespace()).collect()
}

/// What a person is told of the records with a cause.
fn said<'a>(attention: &'a AttentionView, cause: &'a str) -> Vec<&'a str> {
    let records = with_cause(attention, cause);
    records.map(|record| record.message.as_str()).collect()
}

/// Whether a sentence names a document.
fn names(said: &str, title: &str) -> bool {
    said.split_whitespace().any(|word| word == title)
}

/// The number of the document that one of this number amends.
fn amended(number: &str) -> Option<&str> {
    let (first, revision) = number.rsplit_once('-')?;
    (revision.len() == 1).then_some(first)
}

/// Whether a record waits for a person, under its own title or that of the document it amends.
pub(super) fn asked_about(titles: &BTreeSet<(Kind, String)>, kind: Kind, title: &str) -> bool {
    std::iter::once(title)
        .chain(amended(title))
        .any(|title| titles.contains(&(kind, title.to_owned())))
}

/// Whether a document of Xero's is among those of these numbers, which may be ERPNext's: of an amendment of it.
fn numbered(numbers: &BTreeSet<&str>, number: &str) -> bool {
    let mut numbers = numbers.iter();
    numbers.any(|it| *it == number || amended(it) == Some(number))
}

/// The contacts, by their identity on that side, of the payments of a list that wait for a person.
fn whose_money_waits(
    payments: &Value,
    identity: &str,
    titles: &BTreeSet<(Kind, String)>,
) -> BTreeSet<String> {
    let payments = payments.as_array().into_iter().flatten();
    let waits = payments.filter(|it| {
        let title = it[identity].as_str().map(audit::payment_title);
        title.is_some_and(|title| asked_about(titles, Kind::Payment, &title))
    });
    let whose = waits.filter_map(|it| it["party"].as_str().or(it["Contact"]["ContactID"].as_str()));
    whose.map(str::to_owned).collect()
}

/// The payments that only one side has and that come to as much, of each of their invoices, as those that only
/// the other side has: the same is owed, in other parts. What is owed is compared beside this.
fn paid_otherwise(audit: &Audit, xero: &Held, erpnext: &Held) -> BTreeSet<String> {
    let lone = |payment: &&audit::Payment| {
        let title = audit::payment_title(&payment.id);
        let mut differences = audit.differences.iter();
        differences.any(|it| it.kind == Kind::Payment && it.field == "record" && it.title == title)
    };
    let marked = |name: &String| {
        let invoice = erpnext.invoices.iter().find(|it| it.id == *name)?;
        let marker = invoice.marker.as_deref()?.split('#').next()?;
        Some(marker.to_lowercase())
    };
    // By the invoice's identity in Xero: what it is paid of there, less what it is paid of in ERPNext.
    let mut apart: BTreeMap<String, Decimal> = BTreeMap::new();
    let ours: Vec<&audit::Payment> = xero.payments.iter().filter(lone).collect();
    let theirs: Vec<&audit::Payment> = erpnext.payments.iter().filter(lone).collect();
    for (id, amount) in ours.iter().flat_map(|it| &it.parts) {
        *apart.entry(id.clone()).or_default() += amount;
    }
    for (name, amount) in theirs.iter().flat_map(|it| &it.parts) {
        *apart.entry(marked(name).unwrap_or_default()).or_default() -= amount;
    }
    let same = |id: &String| apart.get(id).is_some_and(Decimal::is_zero);
    let ours = ours.into_iter().filter(|it| it.parts.keys().all(same));
    let theirs = theirs.into_iter().filter(|it| {
        let mut ids = it.parts.keys().map(marked);
        ids.all(|id| id.as_ref().is_some_and(same))
    });
    let titles = ours.chain(theirs).map(|it| audit::payment_title(&it.id));
    titles.collect()
}

/// What waits for a person, by kind and title.
pub(super) fn excused(attention: &AttentionView) -> BTreeSet<(Kind, String)> {
    let mut titles = BTreeSet::new();
    for record in attention.groups.iter().flat_map(|group| &group.records) {
        let kind = match record.kind {
            app::views::Kind::Contact => Kind::Contact,
            app::views::Kind::Invoice => Kind::Invoice,
            app::views::Kind::CreditNote => Kind::CreditNote,
            app::views::Kind::Payment => Kind::Payment,
        };
        // A payment is told by its identity.
        let called = |id: &str, title: &str| match kind {
            Kind::Payment => document_of(id),
            Kind::Contact | Kind::Invoice | Kind::CreditNote => title.to_owned(),
        };
        titles.insert((kind, called(&record.remote_id, &record.title)));
        for candidate in &record.candidates {
            titles.insert((kind, called(&candidate.id, &candidate.title)));
        }
        let other = record.other_id.iter().filter(|_| kind == Kind::Payment);
        titles.extend(other.map(|id| (kind, document_of(id))));
    }
    titles
}

/// What the audit calls the document of a payment. What is a row of a document is a payment of its own in the program,
/// and is compared as part of that document here.
fn document_of(payment: &str) -> String {
    let rows = ["deduction:", "journal:", "till:"];
    let mut of_row = rows.iter().filter_map(|of| payment.strip_prefix(of));
    let document = of_row.next().and_then(|of| of.split_once(':'));
    document.map_or_else(
        || audit::payment_title(payment),
        |(_, document)| document.to_owned(),
    )
}
