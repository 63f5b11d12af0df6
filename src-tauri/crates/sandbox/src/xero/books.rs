//! The organisation's books: settings and records, with the rules that hold however they change.

use chrono::{DateTime, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use uuid::Uuid;

use super::config::{Quirks, XeroConfig};
use super::contacts::Contact;
use super::dates;
use super::invoices::Invoice;
use super::payments::Payment;
use super::records::Records;
use super::settings::{Account, Currency, Organisation, TaxRate};

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
    /// The number the next invoice without one gets.
    pub next_invoice_number: u64,
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
            next_invoice_number: 1,
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
    }

    /// Keeps them.
    pub fn commit(&mut self) {
        self.contacts.commit();
        self.invoices.commit();
        self.payments.commit();
    }

    /// Takes them back.
    pub fn roll_back(&mut self) {
        self.contacts.roll_back();
        self.invoices.roll_back();
        self.payments.roll_back();
    }
}

fn books_id(rng: &mut StdRng) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
