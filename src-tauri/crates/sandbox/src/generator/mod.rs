//! Believable books of a flower and food wholesaler, the same for the same seed.
//!
//! [`generate`] makes them as neutral data ([`DemoData`]): who, what, for how much, and on which
//! side it exists already. [`loading`] enters them into the two simulated systems as people would
//! have. Apart from a handful listed in [`DemoData::expected`], every record can be synced.

mod catalogue;
mod contacts;
mod credit_notes;
mod exceptions;
mod invoices;
pub mod loading;
mod model;
mod money;
mod payments;
mod places;
pub mod totals;
mod words;

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::System;
pub use model::{
    AccountClass, BankClass, DemoAddress, DemoContact, DemoCreditNote, DemoInvoice, DemoLine,
    DemoMoney, DemoPart, DemoPayment, DemoUse, ExpectedException, MoneyFor, Place, PriceMode,
    RecordKind, Standing, TaxClass, TaxRates,
};

/// How many records to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoSize {
    /// Contacts, counting one that exists on both sides once. Raised to 1 where there are invoices.
    pub contacts: usize,
    /// Sales invoices, counting one that exists on both sides once. There are a sixth as many credit
    /// notes.
    pub invoices: usize,
}

impl Default for DemoSize {
    fn default() -> Self {
        Self {
            contacts: 120,
            invoices: 500,
        }
    }
}

/// Where the wholesaler trades: decides currency, taxes, towns and number formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Country {
    /// United Kingdom: GBP, VAT 20 %, 5 %, zero-rated and exempt.
    #[default]
    Gb,
    /// New Zealand: NZD, GST 15 %.
    Nz,
    /// Australia: AUD, GST 10 %.
    Au,
    /// United States: USD, sales tax.
    Us,
}

impl Country {
    /// The two-letter code.
    pub const fn code(self) -> &'static str {
        match self {
            Country::Gb => "GB",
            Country::Nz => "NZ",
            Country::Au => "AU",
            Country::Us => "US",
        }
    }

    /// Reads [`Country::code`] in any case.
    pub fn from_code(code: &str) -> Option<Country> {
        [Country::Gb, Country::Nz, Country::Au, Country::Us]
            .into_iter()
            .find(|country| country.code().eq_ignore_ascii_case(code))
    }

    /// The home currency.
    pub const fn currency(self) -> &'static str {
        match self {
            Country::Gb => "GBP",
            Country::Nz => "NZD",
            Country::Au => "AUD",
            Country::Us => "USD",
        }
    }

    /// The English name.
    pub const fn name(self) -> &'static str {
        match self {
            Country::Gb => "United Kingdom",
            Country::Nz => "New Zealand",
            Country::Au => "Australia",
            Country::Us => "United States",
        }
    }
}

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorConfig {
    /// How many records.
    pub size: DemoSize,
    /// Decides every choice.
    pub seed: u64,
    /// Where.
    pub country: Country,
    /// The day the books are opened; documents are dated up to 18 months before it.
    pub today: NaiveDate,
}

/// The generated books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoData {
    /// What they were made from.
    pub config: GeneratorConfig,
    /// The last day of Xero's locked period.
    pub xero_locked_until: NaiveDate,
    /// Currencies used in Xero beside the home currency.
    pub xero_currencies: Vec<String>,
    /// Customers.
    pub contacts: Vec<DemoContact>,
    /// Invoices, oldest first.
    pub invoices: Vec<DemoInvoice>,
    /// Payments, oldest first.
    pub payments: Vec<DemoPayment>,
    /// Credit notes, oldest first.
    pub credit_notes: Vec<DemoCreditNote>,
    /// What customers paid ahead, and got back, oldest first.
    pub money: Vec<DemoMoney>,
    /// The records that are meant not to sync.
    pub expected: Vec<ExpectedException>,
}

impl DemoData {
    /// The foreign customers of ERPNext whose entries are kept in their own currency there: everything
    /// they were billed is in it. Others are made by a sync, or were billed in home currency once.
    pub(crate) fn kept_abroad(&self) -> BTreeSet<usize> {
        let home = self.config.country.currency();
        let contacts = self.contacts.iter().enumerate();
        let foreign = contacts.filter(|(_, contact)| {
            contact.currency != home && contact.place.includes(System::Erpnext)
        });
        let mut kept: BTreeSet<usize> = foreign.map(|(index, _)| index).collect();
        for invoice in &self.invoices {
            if invoice.currency != self.contacts[invoice.contact].currency {
                kept.remove(&invoice.contact);
            }
        }
        kept
    }
}

/// Makes the books. The same configuration gives the same books.
pub fn generate(config: GeneratorConfig) -> DemoData {
    let mut rng = StdRng::seed_from_u64(config.seed);
    let mut size = config.size;
    if size.invoices > 0 {
        size.contacts = size.contacts.max(1);
    }
    let plan = exceptions::Planned::for_size(size);
    let contacts = contacts::make(
        &mut rng,
        config.country,
        size.contacts,
        plan.several_candidates,
    );
    let mut data = DemoData {
        config,
        xero_locked_until: locked_until(config.today),
        xero_currencies: places::foreign_currencies(config.country)
            .iter()
            .map(|currency| (*currency).to_owned())
            .collect(),
        contacts: contacts.contacts,
        invoices: Vec::new(),
        payments: Vec::new(),
        credit_notes: Vec::new(),
        money: Vec::new(),
        expected: contacts.expected,
    };
    let mut written = invoices::make(&mut rng, &data, size.invoices - plan.invoices());
    written.extend(exceptions::make(&mut rng, &data, plan));
    invoices::number(&mut rng, written, &mut data);
    data.credit_notes = credit_notes::make(&data);
    data.money = money::make(&data);
    data
}

/// The end of a month before the oldest ordinary document.
fn locked_until(today: NaiveDate) -> NaiveDate {
    let month = today - Months::new(19);
    month.with_day(1).unwrap_or(month) - Days::new(1)
}

/// Splits `count` into both (45 %), Xero only (30 %) and ERPNext only (25 %), in that order.
fn spread(count: usize) -> Vec<Place> {
    let both = (count * 45).div_ceil(100);
    let xero = ((count * 30 + 50) / 100).min(count - both);
    (0..count)
        .map(|index| {
            if index < both {
                Place::Both
            } else if index < both + xero {
                Place::Xero
            } else {
                Place::Erpnext
            }
        })
        .collect()
}

/// A folded form in which no two names may be equal: lower case, letters and digits only, Latin
/// letters without their marks. Coarser than either system's own comparison.
pub(crate) fn folded(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .flat_map(|letter| plain(letter).chars().collect::<Vec<_>>())
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// A lower- or upper-case Latin letter without its marks.
pub(crate) fn plain(letter: char) -> String {
    let plain = match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => "a",
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' => "A",
        'ç' => "c",
        'Ç' => "C",
        'è' | 'é' | 'ê' | 'ë' | 'ē' => "e",
        'È' | 'É' | 'Ê' | 'Ë' | 'Ē' => "E",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' => "I",
        'ł' => "l",
        'Ł' => "L",
        'ñ' | 'ń' => "n",
        'Ñ' | 'Ń' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => "o",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ō' => "O",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' => "u",
        'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ū' => "U",
        'ý' | 'ÿ' => "y",
        'Ý' => "Y",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        other => return other.to_string(),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests;
