//! Payment Entry rows and their child rows (erpnext/FACTS §7).

use chrono::NaiveDate;
use ledger::money::round_half_up;
use ledger::{Currency, Money, PaymentDirection};
use rust_decimal::Decimal;

use super::invoice::index;
use super::{BadField, Row};
use crate::marker_fields;

/// A Payment Entry of a Customer with its reference and deduction rows.
///
/// One account of it is the Customer's receivable account, the other the bank's or the till's; which
/// is which follows from [`PaymentRow::direction`] and is sorted out when the row is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// Receive or Pay.
    pub direction: PaymentDirection,
    /// The day the money moved.
    pub posting_date: NaiveDate,
    /// The Customer.
    pub party: String,
    /// The Customer's name when the document was made.
    pub party_name: String,
    /// The receivable account.
    pub party_account: String,
    /// The receivable account's currency: of the allocated amounts.
    pub party_currency: Currency,
    /// What moved on the receivable account before deductions, in its currency.
    pub party_amount: Decimal,
    /// Units of the company's currency for one of [`PaymentRow::party_currency`].
    pub party_rate: Decimal,
    /// The bank or cash account.
    pub bank_account: String,
    /// Its currency.
    pub bank_currency: Option<Currency>,
    /// What moved on it, in its currency.
    pub bank_amount: Decimal,
    /// The Mode of Payment.
    pub mode: Option<String>,
    /// The cheque's or transfer's number.
    pub reference_no: Option<String>,
    /// What is for no document yet, in [`PaymentRow::party_currency`].
    pub unallocated: Decimal,
    /// The day the bank cleared it, where it has been matched with the bank's statement.
    pub cleared: Option<NaiveDate>,
    /// Our marker for the whole document.
    pub marker: Option<String>,
    /// What it is for, in document order.
    pub references: Vec<ReferenceRow>,
    /// What went elsewhere, in document order.
    pub deductions: Vec<DeductionRow>,
    /// Of money paid back: the Payment Entries that it was put to, and how much of each. They name it, it
    /// does not name them.
    pub pays_back: Vec<(String, Decimal)>,
}

impl PaymentRow {
    /// The fields to ask for; the marker comes on top where it is installed.
    pub const FIELDS: [&'static str; 21] = [
        "name",
        "modified",
        "docstatus",
        "payment_type",
        "posting_date",
        "party",
        "party_name",
        "paid_from",
        "paid_from_account_currency",
        "paid_to",
        "paid_to_account_currency",
        "paid_amount",
        "received_amount",
        "source_exchange_rate",
        "target_exchange_rate",
        "mode_of_payment",
        "reference_no",
        "unallocated_amount",
        "clearance_date",
        "total_allocated_amount",
        "amended_from",
    ];

    /// Reads a row with its child rows.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(
        row: Row<'_>,
        references: &[Row<'_>],
        deductions: &[Row<'_>],
    ) -> Result<Self, BadField> {
        let direction = match row.required("payment_type")?.as_str() {
            "Receive" => PaymentDirection::Received,
            "Pay" => PaymentDirection::Refunded,
            other => {
                return Err(BadField {
                    field: "payment_type".to_owned(),
                    why: format!("is neither Receive nor Pay: {other}"),
                });
            }
        };
        // (account, currency, amount, rate) of the party's side and of the bank's.
        let from = (
            "paid_from",
            "paid_from_account_currency",
            "paid_amount",
            "source_exchange_rate",
        );
        let to = (
            "paid_to",
            "paid_to_account_currency",
            "received_amount",
            "target_exchange_rate",
        );
        let (own, bank) = match direction {
            PaymentDirection::Received => (from, to),
            PaymentDirection::Refunded => (to, from),
        };
        let mut references = references
            .iter()
            .map(|row| ReferenceRow::read(*row))
            .collect::<Result<Vec<_>, _>>()?;
        references.sort_by_key(|row| row.idx);
        let mut deductions = deductions
            .iter()
            .map(|row| DeductionRow::read(*row))
            .collect::<Result<Vec<_>, _>>()?;
        deductions.sort_by_key(|row| row.idx);
        let party = row.name("party")?;
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            docstatus: row.docstatus()?,
            direction,
            posting_date: row
                .date("posting_date")?
                .ok_or_else(|| BadField::missing("posting_date"))?,
            party_name: row.text("party_name")?.unwrap_or_else(|| party.clone()),
            party,
            party_account: row.required(own.0)?,
            party_currency: row
                .currency(own.1)?
                .ok_or_else(|| BadField::missing(own.1))?,
            party_amount: row.amount(own.2)?,
            party_rate: row.number(own.3)?.unwrap_or(Decimal::ONE),
            bank_account: row.required(bank.0)?,
            bank_currency: row.currency(bank.1)?,
            bank_amount: row.amount(bank.2)?,
            mode: row.text("mode_of_payment")?,
            reference_no: row.text("reference_no")?,
            unallocated: row.amount("unallocated_amount")?,
            cleared: row.date("clearance_date")?,
            marker: row.text(marker_fields::PAYMENT)?,
            references,
            deductions,
            pays_back: Vec::new(),
        })
    }
}

/// A Payment Entry Reference: a document the payment is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRow {
    /// The row's name.
    pub name: String,
    /// Its place, from 1.
    pub idx: u32,
    /// The document's DocType: Sales Invoice, Sales Order, Journal Entry.
    pub doctype: String,
    /// The document's name.
    pub document: String,
    /// How much of it is settled, in the receivable account's currency: negative for a credit note.
    pub allocated: Decimal,
    /// The document, where it is in another currency than its receivable account; the row itself does not
    /// say it.
    pub foreign: Option<ForeignDocument>,
    /// Our marker: one Xero payment is one row.
    pub marker: Option<String>,
}

impl ReferenceRow {
    /// The fields to ask for; the marker comes on top where it is installed.
    pub const FIELDS: [&'static str; 6] = [
        "name",
        "parent",
        "idx",
        "reference_doctype",
        "reference_name",
        "allocated_amount",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.text("name")?.unwrap_or_default(),
            idx: index(row)?,
            doctype: row.required("reference_doctype")?,
            document: row.name("reference_name")?,
            allocated: row.amount("allocated_amount")?,
            foreign: None,
            marker: row.text(marker_fields::PAYMENT)?,
        })
    }
}

/// A Sales Invoice, or a return, in a foreign currency that is kept on a receivable account in the company's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignDocument {
    /// Its own currency.
    pub currency: Currency,
    /// Units of the company's currency for one of its own.
    pub rate: Decimal,
    /// Its total, in its own currency.
    pub total: Decimal,
    /// Its total as the receivable account has it, in the company's currency.
    pub base_total: Decimal,
}

impl ForeignDocument {
    /// The fields to ask for.
    pub const FIELDS: [&'static str; 8] = [
        "name",
        "currency",
        "party_account_currency",
        "conversion_rate",
        "grand_total",
        "rounded_total",
        "base_grand_total",
        "base_rounded_total",
    ];

    /// Reads a row; `None` of one that is kept in its own currency.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Option<Self>, BadField> {
        let currency = row
            .currency("currency")?
            .ok_or_else(|| BadField::missing("currency"))?;
        let kept_in = row.currency("party_account_currency")?;
        let rate = row.number("conversion_rate")?.unwrap_or_default();
        if kept_in.is_none_or(|it| it == currency) || rate.is_zero() {
            return Ok(None);
        }
        let of = |rounded: &str, exact: &str| {
            let rounded = row.amount(rounded)?;
            if rounded.is_zero() {
                row.amount(exact)
            } else {
                Ok(rounded)
            }
        };
        Ok(Some(Self {
            currency,
            rate,
            total: of("rounded_total", "grand_total")?,
            base_total: of("base_rounded_total", "base_grand_total")?,
        }))
    }

    /// An amount of the receivable account in the document's currency. The whole is the whole; a part is
    /// rounded as Xero rounds, because that is where such an amount goes to.
    pub fn own(&self, kept: Decimal, digits: u32) -> Money {
        let amount = if kept.abs() == self.base_total.abs() {
            let total = self.total.abs();
            if kept < Decimal::ZERO { -total } else { total }
        } else {
            round_half_up(kept / self.rate, digits)
        };
        Money {
            amount,
            currency: self.currency,
        }
    }
}

/// A Payment Entry Deduction: a bank's fee, a write-off, an exchange gain or loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeductionRow {
    /// The row's name.
    pub name: String,
    /// Our marker: what was deducted is a payment of its own in Xero.
    pub marker: Option<String>,
    /// Its place, from 1.
    pub idx: u32,
    /// The ledger account.
    pub account: String,
    /// In the company's currency; positive is a cost.
    pub amount: Decimal,
    /// Whether ERPNext made it of a difference in exchange rates (version 15 and later say so).
    pub exchange: bool,
}

impl DeductionRow {
    /// The fields every version has.
    pub const FIELDS: [&'static str; 5] = ["name", "parent", "idx", "account", "amount"];
    /// The field that version 15 added.
    pub const EXCHANGE: &'static str = "is_exchange_gain_loss";

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.text("name")?.unwrap_or_default(),
            marker: row.text(marker_fields::PAYMENT)?,
            idx: index(row)?,
            account: row.required("account")?,
            amount: row.amount("amount")?,
            exchange: row.flag(Self::EXCHANGE)?,
        })
    }
}
