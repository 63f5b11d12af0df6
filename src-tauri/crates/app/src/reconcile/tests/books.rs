//! Books that are filled by hand.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::{
    Allocation, Cause, Contact, CreditForm, Currency, DocumentState, Kind, OpenCredit,
    PaidDocument, Payment, PaymentAllocation, PaymentDirection, PriceMode, Record, RemoteId, Said,
    Version,
};
use store::{
    ConnectionId, CreditsRead, Direction, ExceptionQuery, ExceptionWrite, LinkState, LinkWrite,
    LogOutcome, LogWrite, Look, NewPairing, RecordRow, Rule, Settlement,
};

use super::super::*;

pub(super) fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

pub(super) fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A document over 120.00 GBP.
fn of(side: Side, contact: &str, number: &str, due: &str) -> ledger::Document {
    ledger::Document {
        number: Some(number.to_owned()),
        contact: RemoteId::new(format!("{}-{contact}", &side.word()[..1])),
        contact_name: contact.to_uppercase(),
        state: DocumentState::Approved,
        date: at().date_naive(),
        due_date: None,
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::NoTax,
        lines: vec![],
        net_total: money("120"),
        tax_total: Decimal::ZERO,
        opening: false,
        against: None,
        allocations: Vec::new(),
        total: money("120"),
        amount_due: money(due),
    }
}

/// Books that are filled by hand.
pub(super) struct Books {
    pub(super) store: Store,
    pub(super) pairing: Pairing,
}

impl Books {
    pub(super) fn new() -> Self {
        let store = Store::open_in_memory().unwrap();
        let new = NewPairing {
            name: "Test".into(),
            xero_connection: ConnectionId("x".into()),
            xero_tenant: "x".into(),
            xero_name: "x".into(),
            erpnext_connection: ConnectionId("e".into()),
            erpnext_company: "e".into(),
            base_currency: Currency::new("GBP").unwrap(),
            settings: serde_json::json!({}),
        };
        let id = store.add_pairing(&new, at()).unwrap();
        let pairings = store.pairings().unwrap();
        let pairing = pairings.into_iter().find(|it| it.id == id).unwrap();
        let books = Self { store, pairing };
        books.contact("acme", true);
        books
    }

    pub(super) fn settle(&self, settlement: Settlement) {
        self.store
            .settle(self.pairing.id, None, &[settlement], None, at())
            .unwrap();
    }

    pub(super) fn put(&self, side: Side, id: &str, record: Record, merged_into: Option<&str>) {
        let row = RecordRow {
            id: RemoteId::new(id),
            version: Version::new("1"),
            marker: None,
            born: None,
            merged_into: merged_into.map(RemoteId::new),
            record: Ok(record),
        };
        let kind = row.record.as_ref().unwrap().kind();
        self.settle(Settlement {
            records: vec![(side, kind, row)],
            ..Settlement::default()
        });
    }

    pub(super) fn link(&self, kind: Kind, xero: &str, erpnext: &str) {
        self.settle(Settlement {
            link: Some(LinkWrite {
                id: None,
                kind,
                xero_id: RemoteId::new(xero),
                erpnext_id: RemoteId::new(erpnext),
                base_xero: None,
                base_erpnext: None,
                xero_version: None,
                erpnext_version: None,
                state: LinkState::Active,
            }),
            ..Settlement::default()
        });
    }

    /// A contact on both sides: `x-NAME` and `e-NAME`.
    pub(super) fn contact(&self, name: &str, linked: bool) {
        let contact = || {
            Record::Contact(Contact {
                name: name.to_uppercase(),
                ..Contact::default()
            })
        };
        self.put(Side::Xero, &format!("x-{name}"), contact(), None);
        if linked {
            self.put(Side::Erpnext, &format!("e-{name}"), contact(), None);
            self.link(Kind::Contact, &format!("x-{name}"), &format!("e-{name}"));
        }
    }

    /// An invoice over 120.00; what is due of it on each side.
    pub(super) fn invoice(
        &self,
        contact: &str,
        number: &str,
        xero: Option<&str>,
        erpnext: Option<&str>,
    ) {
        self.document(contact, number, [xero, erpnext], "GBP", None);
    }

    /// A credit note over 120.00 on a side: `x-NUMBER` in Xero, what is left of it, and for how much of which
    /// invoices it is used.
    pub(super) fn credit_note(
        &self,
        side: Side,
        contact: &str,
        number: &str,
        left: &str,
        used: &[(&str, &str)],
    ) {
        let letter = &side.word()[..1];
        let uses = used.iter().map(|(invoice, amount)| Allocation {
            id: None,
            invoice: RemoteId::new(format!("{letter}-{invoice}")),
            date: Some(at().date_naive()),
            amount: money(amount),
        });
        let note = ledger::Document {
            allocations: uses.collect(),
            ..of(side, contact, number, left)
        };
        let id = format!("{letter}-{number}");
        self.put(side, &id, Record::CreditNote(note), None);
    }

    /// The same on both sides, linked.
    pub(super) fn credit_notes(
        &self,
        contact: &str,
        number: &str,
        left: [&str; 2],
        used: [&[(&str, &str)]; 2],
    ) {
        for (place, side) in Side::BOTH.into_iter().enumerate() {
            self.credit_note(side, contact, number, left[place], used[place]);
        }
        let (xero, erpnext) = (format!("x-{number}"), format!("e-{number}"));
        self.link(Kind::CreditNote, &xero, &erpnext);
    }

    pub(super) fn document(
        &self,
        contact: &str,
        number: &str,
        due: [Option<&str>; 2],
        currency: &str,
        rate: Option<&str>,
    ) {
        for (side, due) in Side::BOTH.into_iter().zip(due) {
            let Some(due) = due else { continue };
            let document = ledger::Document {
                currency: Currency::new(currency).unwrap(),
                exchange_rate: rate.map(money),
                ..of(side, contact, number, due)
            };
            let id = format!("{}-{number}", &side.word()[..1]);
            self.put(side, &id, Record::Invoice(document), None);
        }
        if due.iter().all(Option::is_some) {
            self.link(
                Kind::Invoice,
                &format!("x-{number}"),
                &format!("e-{number}"),
            );
        }
    }

    pub(super) fn payment(&self, side: Side, contact: &str, id: &str, paid: &[(&str, &str)]) {
        let letter = &side.word()[..1];
        let allocations: Vec<PaymentAllocation> = paid
            .iter()
            .map(|(number, amount)| PaymentAllocation {
                id: None,
                document: PaidDocument::Invoice(RemoteId::new(format!("{letter}-{number}"))),
                amount: money(amount),
                in_document: None,
                leaves: None,
            })
            .collect();
        let payment = Payment {
            number: Some(id.to_uppercase()),
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new(format!("{letter}-{contact}")),
            contact_name: contact.to_uppercase(),
            date: at().date_naive(),
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            amount: allocations.iter().map(|it| it.amount).sum(),
            bank_account: None,
            bank_amount: None,
            mode: None,
            reference: None,
            allocations,
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            bank_currency: None,
        };
        self.put(side, id, Record::Payment(payment), None);
    }

    pub(super) fn raise(&self, side: Side, kind: Kind, id: &str, cause: Cause) {
        self.settle(Settlement {
            raise: vec![ExceptionWrite {
                record: RecordKey::new(side, kind, id),
                title: id.to_owned(),
                contact_name: "ACME".into(),
                total: None,
                cause,
                fingerprint: None,
                tried: false,
            }],
            ..Settlement::default()
        });
    }

    /// Sets the only open exception aside, as a person does.
    pub(super) fn set_aside(&self, reason: &str) {
        let open = self.store.exceptions(&ExceptionQuery::default()).unwrap();
        let [one] = open.as_slice() else {
            panic!("{open:?}");
        };
        self.store.ignore_exception(one.id, reason).unwrap();
        let said = Said::SetAside {
            reason: reason.to_owned(),
        };
        let line = LogWrite {
            xero_id: Some(one.record.id.clone()),
            detail: Some(serde_json::json!({"who": "jo on desk-1"})),
            ..LogWrite::note(LogOutcome::Decided, said)
        };
        self.store
            .append_log(self.pairing.id, None, &[line], at())
            .unwrap();
    }

    pub(super) fn credit(&self, side: Side, contact: &str, id: &str, open: &str, uncertain: &str) {
        let letter = &side.word()[..1];
        let credit = OpenCredit {
            form: match side {
                Side::Xero => CreditForm::Overpayment,
                Side::Erpnext => CreditForm::Payment,
            },
            id: RemoteId::new(id),
            number: Some(id.to_uppercase()),
            contact: RemoteId::new(format!("{letter}-{contact}")),
            contact_name: contact.to_uppercase(),
            date: Some(at().date_naive()),
            currency: Currency::new("GBP").unwrap(),
            open: money(open),
            uncertain: money(uncertain),
        };
        let read = CreditsRead {
            whole: false,
            seen: vec![credit],
        };
        self.store
            .store_credits(self.pairing.id, side, &read, &Look::default())
            .unwrap();
    }

    pub(super) fn rule(&self, kind: Kind, direction: Direction, starts_in: Option<i64>) {
        let rule = Rule {
            direction,
            start_date: starts_in.map(|days| (at() + TimeDelta::days(days)).date_naive()),
            ..Rule::unset(kind)
        };
        self.store.set_rule(self.pairing.id, &rule).unwrap();
    }

    /// Of all contacts; the parts have to add up whatever the books hold.
    pub(super) fn all(&self, filter: ReconcileFilter) -> ReconcileView {
        let view = reconciled(&self.store, &self.pairing, filter).unwrap();
        for line in &view.lines {
            adds_up(&line.why, &line.difference);
        }
        for total in &view.totals {
            let raw = |side: Side| -> Decimal {
                let receivables = self
                    .store
                    .receivables(self.pairing.id, at().date_naive())
                    .unwrap();
                let due = receivables
                    .iter()
                    .filter(|it| it.side == side && it.currency.code() == total.currency);
                let credits = self.store.credits(self.pairing.id).unwrap();
                let open = credits
                    .iter()
                    .filter(|(of, it)| *of == side && it.currency.code() == total.currency);
                due.map(|it| it.total).sum::<Decimal>()
                    - open.map(|(_, it)| it.open).sum::<Decimal>()
            };
            assert_eq!(money(&total.xero_report), raw(Side::Xero));
            assert_eq!(money(&total.erpnext_report), raw(Side::Erpnext));
            assert_eq!(
                money(&total.xero) + money(&total.xero_left_alone),
                raw(Side::Xero)
            );
            assert_eq!(
                money(&total.xero) - money(&total.erpnext),
                money(&total.difference)
            );
        }
        view
    }

    pub(super) fn one(&self, contact: &str, filter: ReconcileFilter) -> ContactOwesView {
        let key = RecordKey::new(Side::Xero, Kind::Contact, format!("x-{contact}"));
        let view = contact_owes(&self.store, &self.pairing, &[key], filter).unwrap();
        for document in &view.documents {
            adds_up(&document.why, &document.difference);
        }
        view
    }
}

fn adds_up(why: &[crate::views::WhyView], difference: &str) {
    let sum: Decimal = why.iter().map(|it| money(&it.amount)).sum();
    assert_eq!(sum, money(difference), "{why:?}");
}
