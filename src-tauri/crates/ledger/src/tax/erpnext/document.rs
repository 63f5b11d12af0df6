//! A document and its totals, as ERPNext knows them.

use rust_decimal::Decimal;
/// A document as ERPNext computes it. Amounts and prices are in the document's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErpnextDocument<'a> {
    /// The lines, in document order. A return's amounts and quantities are negative.
    pub lines: Vec<ErpnextLine<'a>>,
    /// The tax rows, in document order.
    pub taxes: Vec<ErpnextTax<'a>>,
    /// The discount on the whole document.
    pub discount: Option<DocumentDiscount>,
    /// Units of the company's currency for one of the document's; 1 where they are the same.
    pub conversion_rate: Decimal,
    /// How the total is rounded for payment.
    pub rounded_total: RoundedTotal,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErpnextLine<'a> {
    /// How many; counts for charges by quantity only.
    pub quantity: Decimal,
    /// The rounded amount after the line's discount; holds tax where prices are inclusive.
    pub amount: Decimal,
    /// The rates in percent that the line's Item Tax Template says, per account: they win over the
    /// tax rows'.
    pub rates: Vec<(&'a str, Decimal)>,
}

/// A tax row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErpnextTax<'a> {
    /// Its account.
    pub account: &'a str,
    /// What it is computed on.
    pub charge: Charge,
    /// Whether prices hold it (`included_in_print_rate`).
    pub included: bool,
}

/// What a tax row is computed on (`charge_type`). Rows are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// A percentage of each line's net amount.
    OnNetTotal(Decimal),
    /// A percentage of an earlier row's tax.
    OnPreviousAmount {
        /// The percentage.
        rate: Decimal,
        /// The earlier row.
        row: usize,
    },
    /// A percentage of the running total up to an earlier row.
    OnPreviousTotal {
        /// The percentage.
        rate: Decimal,
        /// The earlier row.
        row: usize,
    },
    /// An amount for each unit of quantity.
    OnQuantity(Decimal),
    /// An amount as stated.
    Actual(Decimal),
}

impl Charge {
    pub(super) fn rate(self) -> Decimal {
        match self {
            Self::OnNetTotal(rate)
            | Self::OnPreviousAmount { rate, .. }
            | Self::OnPreviousTotal { rate, .. }
            | Self::OnQuantity(rate) => rate,
            Self::Actual(_) => Decimal::ZERO,
        }
    }
}

/// What a discount on the whole document is taken from (`apply_discount_on`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountOn {
    /// The net total.
    NetTotal,
    /// The total with taxes.
    GrandTotal,
}

/// A discount on the whole document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentDiscount {
    /// What it is taken from.
    pub on: DiscountOn,
    /// How much.
    pub size: DiscountSize,
}

/// How much a discount on the whole document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountSize {
    /// An amount, as stated.
    Amount(Decimal),
    /// A percentage of the total it is taken from.
    Percent(Decimal),
}

/// How the total is rounded for payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundedTotal {
    /// Not at all (`disable_rounded_total`).
    Off,
    /// To whole units: the currency names no smallest coin.
    Units,
    /// To the currency's smallest coin (`smallest_currency_fraction_value`).
    Coin(Decimal),
}

/// What ERPNext computes. Fields named `base_` are in the company's currency, the others in the
/// document's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErpnextTotals {
    /// The sum of the lines as priced.
    pub lines: Decimal,
    /// Before tax, after discount.
    pub net: Decimal,
    /// `net`, each line turned by itself.
    pub base_net: Decimal,
    /// All tax rows.
    pub tax: Decimal,
    /// `tax`, turned.
    pub base_tax: Decimal,
    /// The total. With inclusive prices not always `net + tax`: up to five of the last digit that
    /// rounding lost are given back here and nowhere else.
    pub grand: Decimal,
    /// `grand`, turned.
    pub base_grand: Decimal,
    /// The total rounded for payment; zero where that is off.
    pub rounded: Decimal,
    /// `rounded`, turned.
    pub base_rounded: Decimal,
    /// `rounded` less `grand`.
    pub adjustment: Decimal,
    /// `adjustment`, turned.
    pub base_adjustment: Decimal,
    /// The discount on the whole document.
    pub discount: Decimal,
    /// Each line's net amount.
    pub line_nets: Vec<Decimal>,
    /// Each tax row's amount, after discount.
    pub rows: Vec<Decimal>,
    /// Why ERPNext refuses the document, draft or not; empty up to 15.
    pub refusals: Vec<Refusal>,
}

/// Why ERPNext 16 refuses a document for its arithmetic alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// "Item Wise Tax Details do not match with Taxes and Charges": what a tax row comes to, broken
    /// down by line, is more than 0.50 away from the row (417 ValidationError).
    Breakdown {
        /// The tax row, counted from 0.
        row: usize,
        /// The row less its breakdown, in the company's currency.
        difference: Decimal,
        /// Whether releases refuse it that break down line by line (16.9.1 was observed).
        each_line: bool,
        /// Whether releases refuse it that break down running totals (16.18.3, by its source).
        running: bool,
    },
    /// The discount on the document is more than its total.
    DiscountBeyondTotal,
}

impl ErpnextTotals {
    /// What the customer owes once it is submitted, in the document's currency.
    pub fn payable(&self) -> Decimal {
        if self.adjustment.is_zero() || self.rounded.is_zero() {
            self.grand
        } else {
            self.rounded
        }
    }

    /// What the customer owes once it is submitted, where the receivable account is in the
    /// company's currency.
    pub fn base_payable(&self) -> Decimal {
        if self.base_adjustment.is_zero() || self.base_rounded.is_zero() {
            self.base_grand
        } else {
            self.base_rounded
        }
    }
}
