//! Believable books of a flower and food wholesaler, the same for the same seed.
//!
//! [`generate`] makes them as neutral data ([`DemoData`]): who, what, for how much, and on which
//! side it exists already. [`loading`] enters them into the two simulated systems as people would
//! have. Apart from a handful listed in [`DemoData::expected`], every record can be synced.

mod catalogue;
mod contacts;
mod exceptions;
mod invoices;
pub mod loading;
mod places;
pub mod totals;
mod words;

use chrono::{Datelike, Days, Months, NaiveDate};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::System;

/// How many records to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoSize {
    /// Contacts, counting one that exists on both sides once. Raised to 1 where there are invoices.
    pub contacts: usize,
    /// Sales invoices, counting one that exists on both sides once.
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

/// The side or sides a record exists on before the first sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// On both.
    Both,
    /// In Xero only.
    Xero,
    /// In ERPNext only.
    Erpnext,
}

impl Place {
    /// Whether the record exists in that system.
    pub const fn includes(self, system: System) -> bool {
        matches!(
            (self, system),
            (Place::Both, _) | (Place::Xero, System::Xero) | (Place::Erpnext, System::Erpnext)
        )
    }
}

/// Whether line prices hold tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PriceMode {
    /// Tax comes on top.
    Exclusive,
    /// Prices hold tax.
    Inclusive,
}

/// How a line is taxed, in words that fit every country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaxClass {
    /// The standard rate.
    Standard,
    /// The reduced rate (GB; the standard rate elsewhere).
    Reduced,
    /// Zero-rated.
    Zero,
    /// Exempt.
    Exempt,
}

/// The rates of a country in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxRates {
    standard: Decimal,
    reduced: Decimal,
}

impl TaxRates {
    /// The rates of a country.
    pub fn of(country: Country) -> Self {
        let (standard, reduced) = match country {
            Country::Gb => (Decimal::new(20, 0), Decimal::new(5, 0)),
            Country::Nz => (Decimal::new(15, 0), Decimal::new(15, 0)),
            Country::Au => (Decimal::new(10, 0), Decimal::new(10, 0)),
            Country::Us => (Decimal::new(825, 2), Decimal::new(825, 2)),
        };
        Self { standard, reduced }
    }

    /// The rate of a class in percent.
    pub const fn rate(&self, class: TaxClass) -> Decimal {
        match class {
            TaxClass::Standard => self.standard,
            TaxClass::Reduced => self.reduced,
            TaxClass::Zero | TaxClass::Exempt => Decimal::ZERO,
        }
    }
}

/// Where a line's income is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AccountClass {
    /// Sales of goods.
    Sales,
    /// Services and the rest.
    Other,
    /// An ERPNext account that has no counterpart in Xero.
    Freight,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoAddress {
    /// First line.
    pub line1: String,
    /// Second line.
    pub line2: Option<String>,
    /// Town; never empty, ERPNext demands it.
    pub city: String,
    /// County, state or region.
    pub region: Option<String>,
    /// Post code.
    pub postal_code: String,
    /// English name of the country; never empty, ERPNext demands it.
    pub country: String,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoContact {
    /// The name in Xero.
    pub xero_name: String,
    /// The name in ERPNext; usually the same.
    pub erpnext_name: String,
    /// Whether it is a person rather than a company.
    pub person: bool,
    /// E-mail address, under `.example`.
    pub email: Option<String>,
    /// Telephone number, from ranges kept for fiction.
    pub phone: Option<String>,
    /// VAT, GST or other tax registration number.
    pub tax_number: Option<String>,
    /// Address.
    pub address: Option<DemoAddress>,
    /// The currency its invoices are in.
    pub currency: String,
    /// Days until payment is due.
    pub terms_days: u64,
    /// Where it exists.
    pub place: Place,
    /// Whether invoices may be written to it (not where the match is ambiguous).
    pub invoiced: bool,
}

impl DemoContact {
    /// The name in that system.
    pub fn name(&self, system: System) -> &str {
        match system {
            System::Xero => &self.xero_name,
            System::Erpnext => &self.erpnext_name,
        }
    }
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoLine {
    /// What was sold.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// ERPNext's unit of measure.
    pub unit: String,
    /// Price of one before discount.
    pub unit_price: Decimal,
    /// Discount in percent.
    pub discount_percent: Option<Decimal>,
    /// How it is taxed.
    pub tax: TaxClass,
    /// Where it is booked.
    pub account: AccountClass,
}

/// Money received for an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPayment {
    /// When.
    pub date: NaiveDate,
    /// How much, in the invoice's currency.
    pub amount: Decimal,
    /// Where it was entered.
    pub place: Place,
}

/// A sales invoice, approved or submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoInvoice {
    /// Xero's invoice number and ERPNext's document name.
    pub number: String,
    /// Index into [`DemoData::contacts`].
    pub contact: usize,
    /// Invoice date.
    pub date: NaiveDate,
    /// Due date.
    pub due_date: NaiveDate,
    /// Currency of every amount.
    pub currency: String,
    /// Xero's rate: units of the currency for one of the home currency, at most 6 decimals. 1 at
    /// home.
    pub xero_rate: Decimal,
    /// The customer's reference.
    pub reference: Option<String>,
    /// Whether prices hold tax.
    pub price_mode: PriceMode,
    /// The lines.
    pub lines: Vec<DemoLine>,
    /// The lines in ERPNext where a person entered something else there.
    pub erpnext_lines: Option<Vec<DemoLine>>,
    /// Payments received.
    pub payments: Vec<DemoPayment>,
    /// Where it exists.
    pub place: Place,
}

impl DemoInvoice {
    /// The lines as entered in that system.
    pub fn lines(&self, system: System) -> &[DemoLine] {
        match (system, &self.erpnext_lines) {
            (System::Erpnext, Some(lines)) => lines,
            _ => &self.lines,
        }
    }

    /// ERPNext's rate: units of the home currency for one of the invoice's, 9 decimals.
    pub fn erpnext_rate(&self) -> Decimal {
        (Decimal::ONE / self.xero_rate).round_dp(9).normalize()
    }
}

/// What kind of record an [`ExpectedException`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// A contact or customer.
    Contact,
    /// A sales invoice.
    Invoice,
}

/// A record that is meant not to sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedException {
    /// The system the record stands in (Xero where it stands in both).
    pub side: System,
    /// What it is.
    pub kind: RecordKind,
    /// What a person calls it: name or number.
    pub title: String,
    /// The cause, by its stable word.
    pub cause: &'static str,
    /// Records on the other side that are part of the same trouble and may be listed for it too.
    pub with: Vec<String>,
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
    /// The records that are meant not to sync.
    pub expected: Vec<ExpectedException>,
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
        expected: contacts.expected,
    };
    let mut written = invoices::make(&mut rng, &data, size.invoices - plan.invoices());
    written.extend(exceptions::make(&mut rng, &data, plan));
    invoices::number(&mut rng, written, &mut data);
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
