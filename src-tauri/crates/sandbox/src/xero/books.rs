//! The organisation's books: settings and records, with the rules that hold however they change.

use chrono::{DateTime, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::batch_payments::BatchPayment;
use super::config::{Quirks, XeroConfig};
use super::contacts::Contact;
use super::credits::{BankTransaction, Credit, CreditKind};
use super::dates;
use super::history::HistoryRecord;
use super::invoices::Invoice;
use super::payments::Payment;
use super::records::Records;
use super::settings::{Account, Currency, Item, Organisation, TaxRate, TrackingCategory};
use super::webhooks::Event;

/// Everything one organisation holds.
pub struct Books {
    rng: StdRng,
    /// Choices where the real behaviour is not known.
    pub quirks: Quirks,
    /// Organisation details.
    pub organisation: Organisation,
    /// Chart of accounts, in code order.
    pub accounts: Vec<Account>,
    /// Tax rates.
    pub tax_rates: Vec<TaxRate>,
    /// Subscribed currencies, base first.
    pub currencies: Vec<Currency>,
    /// Contacts.
    pub contacts: Records<Contact>,
    /// Invoices.
    pub invoices: Records<Invoice>,
    /// Payments.
    pub payments: Records<Payment>,
    /// Credit notes, overpayments, prepayments.
    pub credits: Records<Credit>,
    /// Money received that no invoice asked for.
    pub bank_transactions: Records<BankTransaction>,
    /// What is sold.
    pub items: Records<Item>,
    /// Tracking categories.
    pub tracking_categories: Records<TrackingCategory>,
    /// Batch payments.
    pub batch_payments: Records<BatchPayment>,
    /// Templates of invoices that are raised again and again, as they are answered. Nothing is raised here.
    pub repeating: Vec<Value>,
    /// History and notes.
    pub history: Records<HistoryRecord>,
    /// How many lines of history there have been.
    pub next_history_record: u128,
    /// What the record being written was saved otherwise than sent.
    pub warnings: Vec<String>,
    /// The number the next invoice without one gets.
    pub next_invoice_number: u64,
    /// The number the next credit note without one gets.
    pub next_credit_note_number: u64,
}

impl Books {
    /// Books with settings and no records.
    pub fn new(config: &XeroConfig) -> Self {
        let mut books = Books {
            rng: StdRng::seed_from_u64(config.seed ^ 0xb00c_5000),
            quirks: config.quirks,
            organisation: Organisation::new(config),
            accounts: Vec::new(),
            tax_rates: TaxRate::of(config.country),
            currencies: Currency::of(config.country),
            contacts: Records::default(),
            invoices: Records::default(),
            payments: Records::default(),
            credits: Records::default(),
            bank_transactions: Records::default(),
            items: Records::default(),
            tracking_categories: Records::default(),
            batch_payments: Records::default(),
            repeating: Vec::new(),
            history: Records::default(),
            next_history_record: 0,
            warnings: Vec::new(),
            next_invoice_number: 1,
            next_credit_note_number: 1,
        };
        books.accounts = Account::of(config.country, &mut || books_id(&mut books.rng));
        books
    }

    /// A new id.
    pub fn new_id(&mut self) -> Uuid {
        books_id(&mut self.rng)
    }

    /// Today in the organisation's time zone.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        dates::today(now, self.organisation.time_zone)
    }

    /// Starts a set of changes that stand or fall together.
    pub fn begin(&mut self) {
        self.contacts.begin();
        self.invoices.begin();
        self.payments.begin();
        self.credits.begin();
        self.bank_transactions.begin();
        self.batch_payments.begin();
        self.history.begin();
        self.items.begin();
        self.tracking_categories.begin();
    }

    /// Keeps them.
    pub fn commit(&mut self) {
        self.contacts.commit();
        self.invoices.commit();
        self.payments.commit();
        self.credits.commit();
        self.bank_transactions.commit();
        self.batch_payments.commit();
        self.history.commit();
        self.items.commit();
        self.tracking_categories.commit();
    }

    /// Takes them back.
    pub fn roll_back(&mut self) {
        self.contacts.roll_back();
        self.invoices.roll_back();
        self.payments.roll_back();
        self.credits.roll_back();
        self.bank_transactions.roll_back();
        self.batch_payments.roll_back();
        self.history.roll_back();
        self.items.roll_back();
        self.tracking_categories.roll_back();
    }
}

impl Books {
    /// What has changed since last asked, as webhooks tell it: records whose `UpdatedDateUTC` is this
    /// instant.
    pub fn take_events(&mut self, now: DateTime<Utc>) -> Vec<Event> {
        let now = dates::to_millis(now);
        let mut events = Vec::new();
        let mut event = |category, endpoint, (resource, created), data| {
            events.push(Event {
                category,
                endpoint,
                resource,
                created,
                data,
            });
        };
        for touched in self.contacts.take_touched() {
            let record = self.contacts.get(touched.0);
            if record.is_some_and(|contact| contact.updated == now) {
                event("CONTACT", "Contacts", touched, None);
            }
        }
        for touched in self.invoices.take_touched() {
            let record = self.invoices.get(touched.0);
            if record.is_some_and(|invoice| invoice.updated == now) {
                event("INVOICE", "Invoices", touched, None);
            }
        }
        for touched in self.credits.take_touched() {
            if let Some(credit) = self.credits.get(touched.0)
                && credit.document.updated == now
            {
                let category = match credit.kind {
                    CreditKind::CreditNote => "CREDITNOTE",
                    CreditKind::Overpayment => "OVERPAYMENT",
                    CreditKind::Prepayment => "PREPAYMENT",
                };
                let data = json!({
                    "Type": credit.kind.type_word(),
                    "Status": credit.document.status.word(),
                });
                event(category, credit.kind.names().plural, touched, Some(data));
            }
        }
        events
    }
}

fn books_id(rng: &mut StdRng) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
