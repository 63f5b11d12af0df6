//! Sales Invoice rows and their child rows.

use chrono::NaiveDate;
use ledger::Currency;
use rust_decimal::Decimal;
use serde_json::Value;

use super::row::exact;
use super::{BadField, Row};

/// A Sales Invoice with its item and tax rows. Amounts are in [`InvoiceRow::currency`] unless said
/// otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// The document this one replaces.
    pub amended_from: Option<String>,
    /// The Customer.
    pub customer: String,
    /// The Customer's name when the document was made.
    pub customer_name: String,
    /// The invoice date.
    pub posting_date: NaiveDate,
    /// The due date.
    pub due_date: Option<NaiveDate>,
    /// The currency.
    pub currency: Currency,
    /// Units of the company's currency for one of [`InvoiceRow::currency`].
    pub conversion_rate: Decimal,
    /// The customer's order number.
    pub po_no: Option<String>,
    /// Net total after discounts.
    pub net_total: Decimal,
    /// The sum of the tax rows.
    pub tax_total: Decimal,
    /// Total before rounding to whole units.
    pub grand_total: Decimal,
    /// Total rounded to whole units; zero where rounding is off.
    pub rounded_total: Decimal,
    /// [`InvoiceRow::grand_total`] in the company's currency.
    pub base_grand_total: Decimal,
    /// What is still to be paid, in the currency of the receivable account. What returns took off beyond
    /// that is left of them, and is not in here where the document was read with what settles it.
    pub outstanding: Decimal,
    /// The currency of the receivable account.
    pub account_currency: Option<Currency>,
    /// Discount on the whole document.
    pub discount_amount: Decimal,
    /// Whether it is a return: a credit note, whose quantities and totals are negative.
    pub is_return: bool,
    /// Whether it is an opening entry, which is booked to no income account (Frappe: `is_opening`).
    pub is_opening: bool,
    /// The invoice whose goods a return takes back.
    pub return_against: Option<String>,
    /// Whether a return keeps a balance of its own; else it lowers the original's. ERPNext's default
    /// is that it does (observed on ERPNext 15).
    pub keeps_own_balance: bool,
    /// What was written off on the invoice itself, in its currency.
    pub write_off: Decimal,
    /// The receivable account.
    pub debit_to: Option<String>,
    /// Our marker: of an invoice, or of a credit note where this is a return.
    pub marker: Option<String>,
    /// The item rows, in document order.
    pub items: Vec<ItemRow>,
    /// The tax rows, in document order.
    pub taxes: Vec<TaxRow>,
    /// The payment schedule, in document order; empty where it was not asked for.
    pub schedule: Vec<ScheduleRow>,
}

impl InvoiceRow {
    /// The fields to ask for; the marker comes on top where it is installed.
    pub const FIELDS: [&'static str; 25] = [
        "name",
        "modified",
        "docstatus",
        "amended_from",
        "customer",
        "customer_name",
        "posting_date",
        "due_date",
        "currency",
        "conversion_rate",
        "po_no",
        "net_total",
        "total_taxes_and_charges",
        "grand_total",
        "rounded_total",
        "base_grand_total",
        "outstanding_amount",
        "party_account_currency",
        "discount_amount",
        "disable_rounded_total",
        "is_return",
        "is_opening",
        "return_against",
        "write_off_amount",
        "debit_to",
    ];

    /// The field that says whether a return keeps a balance of its own; version 14 has none.
    pub const OWN_BALANCE: &'static str = "update_outstanding_for_self";

    /// Reads a row with its child rows.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>, items: &[Row<'_>], taxes: &[Row<'_>]) -> Result<Self, BadField> {
        let customer = row.name("customer")?;
        let mut items = items
            .iter()
            .map(|row| ItemRow::read(*row))
            .collect::<Result<Vec<_>, _>>()?;
        items.sort_by_key(|item| item.idx);
        let mut taxes = taxes
            .iter()
            .map(|row| TaxRow::read(*row))
            .collect::<Result<Vec<_>, _>>()?;
        taxes.sort_by_key(|tax| tax.idx);
        let is_return = row.flag("is_return")?;
        let marker = if is_return {
            crate::marker_fields::CREDIT_NOTE
        } else {
            crate::marker_fields::INVOICE
        };
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            docstatus: row.docstatus()?,
            amended_from: row.text("amended_from")?,
            customer_name: row
                .text("customer_name")?
                .unwrap_or_else(|| customer.clone()),
            customer,
            posting_date: row
                .date("posting_date")?
                .ok_or_else(|| BadField::missing("posting_date"))?,
            due_date: row.date("due_date")?,
            currency: row
                .currency("currency")?
                .ok_or_else(|| BadField::missing("currency"))?,
            conversion_rate: row.number("conversion_rate")?.unwrap_or(Decimal::ONE),
            po_no: row.text("po_no")?,
            net_total: row.amount("net_total")?,
            tax_total: row.amount("total_taxes_and_charges")?,
            grand_total: row
                .number("grand_total")?
                .ok_or_else(|| BadField::missing("grand_total"))?,
            // A site can keep an old rounded total on a document whose rounding was switched off.
            rounded_total: if row.flag("disable_rounded_total")? {
                Decimal::ZERO
            } else {
                row.amount("rounded_total")?
            },
            base_grand_total: row.amount("base_grand_total")?,
            outstanding: row.amount("outstanding_amount")?,
            account_currency: row.currency("party_account_currency")?,
            discount_amount: row.amount("discount_amount")?,
            is_return,
            is_opening: row.text("is_opening")?.as_deref() == Some("Yes"),
            return_against: row.text("return_against")?,
            // Version 14 has no such field: a return with an original always lowers it there.
            keeps_own_balance: match row.number(Self::OWN_BALANCE)? {
                Some(flag) => !flag.is_zero(),
                None => row.text("return_against")?.is_none(),
            },
            write_off: row.amount("write_off_amount")?,
            debit_to: row.text("debit_to")?,
            marker: row.text(marker)?,
            items,
            taxes,
            schedule: Vec::new(),
        })
    }
}

/// A Sales Invoice Item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// The row's name.
    pub name: String,
    /// Its place, from 1.
    pub idx: u32,
    /// The item, where the line names one.
    pub item_code: Option<String>,
    /// The short text.
    pub item_name: Option<String>,
    /// The long text, which may hold markup.
    pub description: Option<String>,
    /// How many.
    pub qty: Decimal,
    /// Price of one after the line's discount, tax included where prices are inclusive.
    pub rate: Decimal,
    /// Price of one before the line's discount; zero where the line has none.
    pub price_list_rate: Decimal,
    /// The line's discount in percent.
    pub discount_percentage: Decimal,
    /// `qty × rate`, rounded.
    pub amount: Decimal,
    /// The amount without tax and after the document's discount.
    pub net_amount: Decimal,
    /// The ledger account.
    pub income_account: Option<String>,
    /// The Item Tax Template.
    pub item_tax_template: Option<String>,
    /// The tax rates in percent that differ from the tax rows', per account.
    pub item_tax_rate: Vec<(String, Decimal)>,
    /// The Cost Center; ERPNext fills in the company's where none is said.
    pub cost_center: Option<String>,
    /// The Project.
    pub project: Option<String>,
}

impl ItemRow {
    /// The fields to ask for.
    pub const FIELDS: [&'static str; 17] = [
        "name",
        "parent",
        "idx",
        "item_code",
        "item_name",
        "description",
        "qty",
        "rate",
        "price_list_rate",
        "discount_percentage",
        "amount",
        "net_amount",
        "income_account",
        "item_tax_template",
        "item_tax_rate",
        "cost_center",
        "project",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.text("name")?.unwrap_or_default(),
            idx: index(row)?,
            item_code: row.text("item_code")?,
            item_name: row.text("item_name")?,
            description: row.text("description")?,
            qty: row.amount("qty")?,
            rate: row.amount("rate")?,
            price_list_rate: row.amount("price_list_rate")?,
            discount_percentage: row.amount("discount_percentage")?,
            amount: row.amount("amount")?,
            net_amount: row.amount("net_amount")?,
            income_account: row.text("income_account")?,
            item_tax_template: row.text("item_tax_template")?,
            item_tax_rate: rates(row)?,
            cost_center: row.text("cost_center")?,
            project: row.text("project")?,
        })
    }
}

/// `item_tax_rate` is JSON in a text: `{"VAT - ACM": 20}`.
fn rates(row: Row<'_>) -> Result<Vec<(String, Decimal)>, BadField> {
    let Some(text) = row.text("item_tax_rate")? else {
        return Ok(Vec::new());
    };
    let bad = || BadField {
        field: "item_tax_rate".to_owned(),
        why: format!(
            "is not a list of rates: {}",
            net::redact::shorten(&text, 80)
        ),
    };
    let value: Value = serde_json::from_str(&text).map_err(|_| bad())?;
    let map = value.as_object().ok_or_else(bad)?;
    map.iter()
        .map(|(account, rate)| {
            let rate = match rate {
                Value::Number(rate) => exact(&rate.to_string()),
                // An account that a template takes no tax on (from 16.18 on, by its source).
                Value::String(rate) if rate == "N/A" => Some(Decimal::ZERO),
                Value::String(rate) => exact(rate),
                Value::Null => Some(Decimal::ZERO),
                _ => None,
            };
            rate.map(|rate| (account.clone(), rate)).ok_or_else(bad)
        })
        .collect()
}

/// A Sales Taxes and Charges row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRow {
    /// Its place, from 1.
    pub idx: u32,
    /// "On Net Total", "Actual", "On Previous Row Amount", "On Previous Row Total",
    /// "On Item Quantity".
    pub charge_type: String,
    /// The ledger account.
    pub account_head: String,
    /// The text.
    pub description: Option<String>,
    /// The place of the row that "On Previous Row" means; none where it does not.
    pub of_row: Option<u32>,
    /// The rate in percent.
    pub rate: Decimal,
    /// The amount after the document's discount.
    pub amount: Decimal,
    /// Whether prices hold it.
    pub included: bool,
}

impl TaxRow {
    /// The fields to ask for.
    pub const FIELDS: [&'static str; 10] = [
        "parent",
        "idx",
        "charge_type",
        "row_id",
        "account_head",
        "description",
        "rate",
        "tax_amount",
        "tax_amount_after_discount_amount",
        "included_in_print_rate",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        let amount = row.amount("tax_amount")?;
        Ok(Self {
            idx: index(row)?,
            charge_type: row.text("charge_type")?.unwrap_or_default(),
            account_head: row.required("account_head")?,
            description: row.text("description")?,
            of_row: row
                .text("row_id")?
                .and_then(|place| place.parse().ok())
                .filter(|place| *place > 0),
            rate: row.amount("rate")?,
            amount: row
                .number("tax_amount_after_discount_amount")?
                .unwrap_or(amount),
            included: row.flag("included_in_print_rate")?,
        })
    }
}

/// A Payment Schedule row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Its place, from 1.
    pub idx: u32,
    /// When this part is due.
    pub due_date: NaiveDate,
    /// How much, in the document's currency.
    pub amount: Decimal,
    /// The Payment Term it was made from.
    pub term: Option<String>,
}

impl ScheduleRow {
    /// The fields to ask for.
    pub const FIELDS: [&'static str; 5] = [
        "parent",
        "idx",
        "due_date",
        "payment_amount",
        "payment_term",
    ];

    /// Reads a document's rows.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read_all(rows: &[Row<'_>]) -> Result<Vec<Self>, BadField> {
        let mut schedule = rows
            .iter()
            .map(|row| {
                Ok(Self {
                    idx: index(*row)?,
                    due_date: row
                        .date("due_date")?
                        .ok_or_else(|| BadField::missing("due_date"))?,
                    amount: row.amount("payment_amount")?,
                    term: row.text("payment_term")?,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        schedule.sort_by_key(|row| row.idx);
        Ok(schedule)
    }
}

pub(super) fn index(row: Row<'_>) -> Result<u32, BadField> {
    Ok(u32::try_from(row.amount("idx")?).unwrap_or_default())
}
