//! Both sides of a record, field by field and line by line, in the words of people.

use chrono::NaiveDate;
use ledger::agreement::{ContactField, Counterparts, REMAINING_CREDIT, STATE, content_differences};
use ledger::payment::ON_ACCOUNT;
use ledger::problem::Difference;
use ledger::{
    Contact, Currency, Document, DocumentState, Kind, Line, Money, Payment, PaymentDirection,
    PriceMode, Record,
};
use rust_decimal::Decimal;

use crate::show::{amount, count, some};
use crate::views::{RecordField, RecordLineItem, RecordLinePair};

/// A field and what it holds.
type Field = (&'static str, Option<String>);

/// A record as the two sides have it.
pub(super) struct Both<'r> {
    pub xero: Option<&'r Record>,
    pub erpnext: Option<&'r Record>,
    /// Whether an account of Xero's and one of ERPNext's stand for each other.
    pub accounts: &'r dyn Fn(&str, &str) -> bool,
    /// The same of tax rates.
    pub taxes: &'r dyn Fn(&str, &str) -> bool,
    /// The same of bank accounts.
    pub banks: &'r dyn Fn(&str, &str) -> bool,
    /// Whether nothing that two lines are filed under contradicts the other.
    pub tracking: &'r dyn Fn(&Line, &Line) -> bool,
}

impl Both<'_> {
    /// Every field that either side has a value of; `bases` are both records as they last agreed.
    pub(super) fn fields(&self, bases: [Option<&Record>; 2]) -> Vec<RecordField> {
        let ours = self.xero.map(shown).unwrap_or_default();
        let theirs = self.erpnext.map(shown).unwrap_or_default();
        let before = bases.map(|base| base.map(shown).unwrap_or_default());
        let differing = self.differing();
        let differs = |field: &str| differing.iter().any(|it| it.field == field);
        let order: &[Field] = if ours.is_empty() { &theirs } else { &ours };
        let mut fields: Vec<RecordField> = order
            .iter()
            .map(|(field, _)| RecordField {
                field: (*field).to_owned(),
                xero: value(&ours, field),
                erpnext: value(&theirs, field),
                before: differs(field)
                    .then(|| before.iter().find_map(|base| value(base, field)))
                    .flatten(),
                differs: differs(field),
            })
            .filter(|it| it.xero.is_some() || it.erpnext.is_some())
            .collect();
        // What differs and is no field of its own; lines stand by themselves.
        let others = differing.into_iter().filter(|it| {
            !it.field.starts_with("line") && !order.iter().any(|(field, _)| *field == it.field)
        });
        fields.extend(others.map(|it| RecordField {
            field: it.field,
            xero: it.xero,
            erpnext: it.erpnext,
            before: None,
            differs: true,
        }));
        fields
    }

    /// In what the two differ, as the sync goes by it; nothing where one side alone has it.
    fn differing(&self) -> Vec<Difference> {
        let (Some(xero), Some(erpnext)) = (self.xero, self.erpnext) else {
            return Vec::new();
        };
        let mut found = Record::differences(xero, erpnext);
        found.extend(Record::due_difference(xero, erpnext));
        if let (Some(xero), Some(erpnext)) = (xero.document(), erpnext.document()) {
            found.extend(content_differences(xero, erpnext, &self.counterparts()));
            if let (Some(ours), Some(theirs)) = (&xero.number, &erpnext.number)
                && ours != theirs
            {
                found.push(Difference::new("number", some(ours), some(theirs)));
            }
        }
        if let (Some(xero), Some(erpnext)) = (xero.as_payment(), erpnext.as_payment())
            && let (Some(ours), Some(theirs)) = (&xero.bank_account, &erpnext.bank_account)
            && !(self.banks)(ours, theirs)
        {
            found.push(Difference::new("bank account", some(ours), some(theirs)));
        }
        found
    }

    const fn counterparts(&self) -> Counterparts<'_> {
        Counterparts {
            account: self.accounts,
            tax: self.taxes,
            tracking: self.tracking,
        }
    }

    /// The lines of both documents, those next to each other that say the same or are in the same place.
    pub(super) fn lines(&self) -> Vec<RecordLinePair> {
        let (xero, erpnext) = (
            self.xero.and_then(Record::document),
            self.erpnext.and_then(Record::document),
        );
        let lines = |document: Option<&Document>| document.map_or(0, |it| it.lines.len());
        let mut theirs: Vec<Option<usize>> = (0..lines(erpnext)).map(Some).collect();
        let mut partner: Vec<Option<usize>> = vec![None; lines(xero)];
        if let (Some(xero), Some(erpnext)) = (xero, erpnext) {
            for (at, line) in xero.lines.iter().enumerate() {
                let same = theirs.iter().position(|other| {
                    other
                        .and_then(|other| erpnext.lines.get(other))
                        .is_some_and(|other| {
                            self.line_differs((xero, line), (erpnext, other)).is_empty()
                        })
                });
                if let (Some(same), Some(place)) = (same, partner.get_mut(at)) {
                    *place = theirs.get_mut(same).and_then(Option::take);
                }
            }
        }
        // The others by their order.
        let mut rest = theirs.into_iter().flatten();
        for place in partner.iter_mut().filter(|place| place.is_none()) {
            *place = rest.next();
        }
        let pairs = partner
            .into_iter()
            .enumerate()
            .map(|(at, other)| (Some(at), other))
            .chain(rest.map(|other| (None, Some(other))));
        let pairs: Vec<(Option<usize>, Option<usize>)> = pairs.collect();
        pairs
            .into_iter()
            .enumerate()
            .map(|(index, (ours, theirs))| {
                let of = |document: Option<&'_ Document>, at: Option<usize>| {
                    let document = document?;
                    document
                        .lines
                        .get(at?)
                        .map(|line| shown_line(line, document.currency))
                };
                let both = xero.zip(erpnext).and_then(|(xero, erpnext)| {
                    let (ours, theirs) = (xero.lines.get(ours?)?, erpnext.lines.get(theirs?)?);
                    Some(self.line_differs((xero, ours), (erpnext, theirs)))
                });
                RecordLinePair {
                    number: count(index + 1),
                    xero: of(xero, ours),
                    erpnext: of(erpnext, theirs),
                    differs: both.unwrap_or_default(),
                }
            })
            .collect()
    }

    /// In what two lines differ.
    fn line_differs(&self, xero: (&Document, &Line), erpnext: (&Document, &Line)) -> Vec<String> {
        // A line is compared as that of a document which says nothing else.
        let alone = |(document, line): (&Document, &Line)| Document {
            number: None,
            contact: document.contact.clone(),
            contact_name: String::new(),
            state: DocumentState::Approved,
            date: document.date,
            due_date: None,
            currency: document.currency,
            exchange_rate: None,
            reference: None,
            price_mode: document.price_mode,
            lines: vec![line.clone()],
            net_total: Decimal::ZERO,
            tax_total: Decimal::ZERO,
            total: Decimal::ZERO,
            amount_due: Decimal::ZERO,
            opening: false,
            against: None,
            allocations: Vec::new(),
        };
        let found = content_differences(&alone(xero), &alone(erpnext), &self.counterparts());
        let field = |it: Difference| {
            let after = it.field.split_once(": ").map(|(_, field)| field.to_owned());
            after.unwrap_or(it.field)
        };
        found.into_iter().map(field).collect()
    }
}

fn value(fields: &[Field], field: &str) -> Option<String> {
    let found = fields.iter().find(|(name, _)| *name == field);
    found.and_then(|(_, value)| value.clone())
}

fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

fn money(amount: Decimal, currency: Currency) -> String {
    Money { amount, currency }.to_string()
}

fn plain(amount: Decimal) -> String {
    amount.normalize().to_string()
}

/// The fields of a record, in the order in which people read them; those of one kind are the same on both sides.
fn shown(record: &Record) -> Vec<Field> {
    match record {
        Record::Contact(contact) => of_contact(contact),
        Record::Invoice(document) | Record::CreditNote(document) => {
            of_document(record.kind(), document)
        }
        Record::Payment(payment) => of_payment(payment),
    }
}

fn of_contact(contact: &Contact) -> Vec<Field> {
    let mut fields: Vec<Field> = ContactField::ALL
        .iter()
        .map(|field| (field.label(), field.shown(contact)))
        .collect();
    let currency = contact.currency.map(|it| it.code().to_owned());
    fields.push(("currency", currency));
    fields
}

/// The word for a state; a contact has none.
pub(crate) const fn state_word(state: Option<DocumentState>) -> &'static str {
    match state {
        None => "",
        Some(DocumentState::Draft) => "draft",
        Some(DocumentState::Approved) => "approved",
        Some(DocumentState::Voided) => "voided",
    }
}

fn of_document(kind: Kind, document: &Document) -> Vec<Field> {
    let figure = |amount| Some(money(amount, document.currency));
    let prices = match document.price_mode {
        PriceMode::Exclusive => "without tax",
        PriceMode::Inclusive => "with tax",
        PriceMode::NoTax => "no tax on it",
    };
    let open = if kind == Kind::CreditNote {
        REMAINING_CREDIT
    } else {
        "amount due"
    };
    vec![
        ("number", document.number.clone()),
        ("contact", some(&document.contact_name)),
        (STATE, some(state_word(Some(document.state)))),
        ("date", Some(day(document.date))),
        ("due date", document.due_date.map(day)),
        ("reference", document.reference.clone()),
        ("exchange rate", document.exchange_rate.map(plain)),
        ("prices", Some(prices.to_owned())),
        ("total before tax", figure(document.net_total)),
        ("tax", figure(document.tax_total)),
        ("total", figure(document.total)),
        (open, figure(document.amount_due)),
    ]
}

fn of_payment(payment: &Payment) -> Vec<Field> {
    let figure = |amount| Some(money(amount, payment.currency));
    let direction = match payment.direction {
        PaymentDirection::Received => "received",
        PaymentDirection::Refunded => "paid back",
    };
    let moved = payment.bank_amount.map(|amount| {
        let currency = payment.bank_currency.unwrap_or(payment.currency);
        money(amount, currency)
    });
    vec![
        ("number", payment.number.clone()),
        ("contact", some(&payment.contact_name)),
        (STATE, some(state_word(Some(payment.state)))),
        ("direction", Some(direction.to_owned())),
        ("date", Some(day(payment.date))),
        ("reference", payment.reference.clone()),
        ("mode of payment", payment.mode.clone()),
        ("bank account", payment.bank_account.clone()),
        ("on the bank account", moved),
        ("exchange rate", payment.exchange_rate.map(plain)),
        ("amount", figure(payment.amount)),
        (ON_ACCOUNT, figure(payment.unallocated)),
    ]
}

fn shown_line(line: &Line, currency: Currency) -> RecordLineItem {
    RecordLineItem {
        text: line.description.clone(),
        item: line.item_code.clone(),
        quantity: plain(line.quantity),
        price: amount(line.unit_price, currency),
        discount: line.discount_percent.filter(|it| !it.is_zero()).map(plain),
        amount: amount(line.amount, currency),
        account: line.account.clone(),
        tax: line.tax.clone(),
        tracking: line.tracking.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
