//! Customers and invoices as neutral data, and where they exist.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Country;
use crate::System;

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
            Country::Us => (Decimal::new(8875, 3), Decimal::new(8875, 3)),
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

/// Where money comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BankClass {
    /// The bank account that both sides have.
    Bank,
    /// ERPNext's cash, which has no counterpart in Xero.
    Cash,
}

/// Money received for one invoice or several of one customer, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPayment {
    /// When.
    pub date: NaiveDate,
    /// What it pays; never empty, and each invoice once.
    pub parts: Vec<DemoPart>,
    /// Where it was entered.
    pub place: Place,
    /// Where it came to.
    pub bank: BankClass,
    /// Xero's rate of the day, as [`DemoInvoice::xero_rate`].
    pub xero_rate: Decimal,
    /// What the statement says of it.
    pub reference: Option<String>,
    /// The document's name in ERPNext, where it was entered there.
    pub erpnext_name: Option<String>,
}

impl DemoPayment {
    /// All of it, in the currency of its invoices.
    pub fn amount(&self) -> Decimal {
        self.parts.iter().map(|part| part.amount).sum()
    }
}

/// How much of an invoice a payment pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPart {
    /// Index into [`super::DemoData::invoices`].
    pub invoice: usize,
    /// How much, in the invoice's currency.
    pub amount: Decimal,
}

/// A sales invoice, approved or submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoInvoice {
    /// Xero's invoice number and ERPNext's document name.
    pub number: String,
    /// Index into [`super::DemoData::contacts`].
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
        erpnext_rate(self.xero_rate)
    }
}

/// ERPNext's rate for one of Xero's.
pub(super) fn erpnext_rate(xero: Decimal) -> Decimal {
    (Decimal::ONE / xero).round_dp(9).normalize()
}

/// How far a credit note has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// Not approved yet.
    Draft,
    /// Approved or submitted.
    Approved,
    /// Approved by mistake, and voided or cancelled.
    Voided,
}

/// A part of a credit note used for an invoice of the same customer in the same currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoUse {
    /// Index into [`super::DemoData::invoices`].
    pub invoice: usize,
    /// How much, in the credit note's currency.
    pub amount: Decimal,
    /// When.
    pub date: NaiveDate,
    /// Where it was entered; no more sides than the credit note exists on.
    pub place: Place,
}

/// A credit note to a customer; its amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoCreditNote {
    /// Xero's credit note number and ERPNext's document name.
    pub number: String,
    /// Index into [`super::DemoData::contacts`].
    pub contact: usize,
    /// Its date.
    pub date: NaiveDate,
    /// Currency of every amount.
    pub currency: String,
    /// Xero's rate, as [`DemoInvoice::xero_rate`].
    pub xero_rate: Decimal,
    /// The customer's reference.
    pub reference: Option<String>,
    /// Whether prices hold tax.
    pub price_mode: PriceMode,
    /// The lines, none with a discount, which Xero's credit notes do not know.
    pub lines: Vec<DemoLine>,
    /// Where it exists.
    pub place: Place,
    /// How far it has come.
    pub standing: Standing,
    /// The invoice whose goods come back, which only ERPNext notes; an index into
    /// [`super::DemoData::invoices`].
    pub against: Option<usize>,
    /// Whether it lowers in ERPNext what that invoice owes, by all of itself, and keeps nothing
    /// (`update_outstanding_for_self` 0). Its only use is of that invoice then.
    pub lowers_invoice: bool,
    /// What it is used for; the rest is left to the customer.
    pub uses: Vec<DemoUse>,
}

impl DemoCreditNote {
    /// What it is worth on a side that it exists on first, as [`super::totals`] computes it.
    pub fn total(&self, taxes: &TaxRates) -> Decimal {
        let of = match self.place {
            Place::Erpnext => super::totals::erpnext_totals,
            Place::Both | Place::Xero => super::totals::xero_totals,
        };
        of(&self.lines, self.price_mode, taxes).total
    }

    /// ERPNext's rate, as [`DemoInvoice::erpnext_rate`].
    pub fn erpnext_rate(&self) -> Decimal {
        erpnext_rate(self.xero_rate)
    }

    /// How much of it has been used on a side.
    pub fn used(&self, system: System) -> Decimal {
        let uses = self.uses.iter();
        let there = uses.filter(|it| it.place.includes(system));
        there.map(|it| it.amount).sum()
    }
}

/// What money is for that is for no invoice when it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoneyFor {
    /// Paid ahead: it is used for invoices later.
    Later,
    /// Paid back on a credit note; an index into [`super::DemoData::credit_notes`].
    CreditNote(usize),
}

/// Money of a customer that is for no invoice when it moves, in home currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoMoney {
    /// What it is for.
    pub what: MoneyFor,
    /// When.
    pub date: NaiveDate,
    /// Where it was entered.
    pub place: Place,
    /// Index into [`super::DemoData::contacts`].
    pub contact: usize,
    /// How much; positive either way.
    pub amount: Decimal,
    /// What the statement says of it.
    pub reference: Option<String>,
    /// The document's name in ERPNext, where it was entered there.
    pub erpnext_name: Option<String>,
    /// What money that was paid ahead is used for; the rest is on account.
    pub uses: Vec<DemoUse>,
}

/// What kind of record an [`ExpectedException`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// A contact or customer.
    Contact,
    /// A sales invoice.
    Invoice,
    /// Money received.
    Payment,
}

/// A record that is meant not to sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedException {
    /// The system the record stands in (Xero where it stands in both).
    pub side: System,
    /// What it is.
    pub kind: RecordKind,
    /// What a person calls it: name or number; of a payment its name in ERPNext.
    pub title: String,
    /// The cause, by its stable word.
    pub cause: &'static str,
    /// Records on the other side that are part of the same trouble and may be listed for it too, and
    /// the invoice of a payment.
    pub with: Vec<String>,
}
