//! What a customer has open beside invoices.

use std::collections::BTreeMap;

use ledger::{Cause, Currency, OpenCredit, Side};
use rust_decimal::Decimal;
use store::RecordKey;

use super::customers::{Customer, place};
use super::documents::{Desk, Document, Form};
use super::reason::{Reason, What, Why};

impl Desk<'_> {
    /// What is open beside invoices: documents that one side alone has, and the sum of all others.
    pub(super) fn on_account(
        &self,
        contact: &RecordKey,
        customer: &Customer,
        documents: &mut Vec<Document>,
    ) {
        let mut rest: BTreeMap<Currency, [Option<Decimal>; 2]> = BTreeMap::new();
        for (side, credit) in &customer.credits {
            let due = &mut rest.entry(credit.currency).or_default()[place(*side)];
            *due = Some(due.unwrap_or_default() - credit.open);
        }
        let mut put = |side: Side, credit: &OpenCredit, reason: Reason| {
            if let Some(due) = rest
                .get_mut(&credit.currency)
                .and_then(|due| due[place(side)].as_mut())
            {
                *due += credit.open;
            }
            documents.push(of_credit(side, credit, reason));
        };
        for (why, side, credit) in &self.credits.left_alone {
            if customer.ids[place(*side)].contains(&credit.contact) {
                let reason = Reason::LeftAlone {
                    side: *side,
                    what: What::Credit,
                    why: *why,
                };
                put(*side, credit, reason);
            }
        }
        let of_customer = self
            .credits
            .apart
            .iter()
            .filter(|it| it.contact == *contact);
        let named = self
            .exceptions
            .get(contact)
            .filter(|it| matches!(it.cause, Cause::CreditsDiffer { .. }));
        for (side, credit) in of_customer
            .flat_map(|it| &it.apart)
            .flat_map(|it| &it.documents)
        {
            let reason = match named {
                Some(exception) => Reason::Exception(Box::new(exception.clone())),
                None => Reason::OneSide {
                    side: *side,
                    what: What::Credit,
                },
            };
            put(*side, credit, reason);
        }
        for (currency, due) in rest {
            let due = due.map(|due| due.filter(|due| !due.is_zero()));
            if due == [None, None] {
                continue;
            }
            let mut document = Document {
                form: Form::OnAccount,
                key: None,
                number: String::new(),
                date: None,
                currency,
                due,
                why: Vec::new(),
                payments: Vec::new(),
            };
            let difference = document.difference();
            if !difference.is_zero() {
                // Within the unit of what a side keeps in another currency, or it would be apart.
                document.why = vec![Why::of(Reason::Rounding, difference)];
            }
            documents.push(document);
        }
    }
}

fn of_credit(side: Side, credit: &OpenCredit, reason: Reason) -> Document {
    let due = Some(-credit.open);
    let mut document = Document {
        form: Form::Credit(credit.form),
        key: None,
        number: credit.number.clone().unwrap_or_default(),
        date: credit.date,
        currency: credit.currency,
        due: match side {
            Side::Xero => [due, None],
            Side::Erpnext => [None, due],
        },
        why: Vec::new(),
        payments: Vec::new(),
    };
    document.why = vec![Why::of(reason, document.difference())];
    document
}
