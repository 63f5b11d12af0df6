//! Credit put against an invoice.
//!
//! A return's credit is used by a Journal Entry over the receivable account, which carries our identity
//! from the request that makes it; ERPNext does not check that the credit is enough, nor that the invoice
//! owes as much (observed on ERPNext 15 and 16), so that is checked here. Where the two were booked at
//! different exchange rates, a third row books what that comes to as gain or loss. Money on account is
//! put against an invoice by Payment Reconciliation, which adds a row to the Payment Entry
//! (erpnext/FACTS §6).

use std::cmp::Ordering;

use chrono::NaiveDate;
use ledger::{Cause, Currency, DocumentState};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoice_out::{check_date, invalid, number};
use crate::chart::Chart;
use crate::marker_fields;
use crate::records::Owed;

/// Whether a Journal Entry of this day can be made or cancelled.
///
/// # Errors
/// [`Cause::PeriodLocked`]; [`Cause::Invalid`] where no Fiscal Year has the day.
pub fn check_day(date: NaiveDate, chart: &Chart) -> Result<(), Cause> {
    check_date("Journal Entry", date, DocumentState::Approved, chart)
}

/// A credit and how much of it is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCredit {
    /// `Sales Invoice` for a return, `Payment Entry` for money on account.
    pub doctype: &'static str,
    /// Its name.
    pub name: String,
    /// What is unused, positive, in the receivable account's currency.
    pub open: Decimal,
    /// Units of the company's currency for one of the account's.
    pub rate: Decimal,
}

/// An invoice and how much of it is unpaid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInvoice {
    /// `Sales Invoice`; `Payment Entry` for money that was paid back.
    pub doctype: &'static str,
    /// Its name.
    pub name: String,
    /// What is unpaid, in the receivable account's currency.
    pub open: Decimal,
    /// Units of the company's currency for one of the account's.
    pub rate: Decimal,
}

/// Credit to be put against an invoice of the same Customer, on the same receivable account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The Customer.
    pub customer: String,
    /// The receivable account of both.
    pub account: String,
    /// Its currency.
    pub currency: Currency,
    /// The credit.
    pub credit: OpenCredit,
    /// The invoice.
    pub invoice: OpenInvoice,
    /// How much of the credit is used, in the account's currency.
    pub amount: Decimal,
    /// How much of the invoice that settles, in the account's currency: another amount where both are in
    /// a foreign currency of their own, at different rates, on an account in the company's.
    pub settles: Decimal,
    /// The day it counts from.
    pub date: NaiveDate,
}

impl Use {
    /// Checks what ERPNext does not.
    ///
    /// # Errors
    /// [`Cause::Invalid`] where there is not so much credit, or not so much to pay.
    pub fn check(&self) -> Result<(), Cause> {
        let too_much = |amount: Decimal, what: &str, open: Decimal| {
            invalid(
                "amount",
                format!("{amount} is more than the {open} that {what}"),
            )
        };
        if self.amount <= Decimal::ZERO || self.settles <= Decimal::ZERO {
            return Err(invalid("amount", "An allocation must be more than zero"));
        }
        if self.amount > self.credit.open {
            let what = format!("is left of {}", self.credit.name);
            return Err(too_much(self.amount, &what, self.credit.open));
        }
        if self.settles > self.invoice.open {
            let what = format!("is to be paid on {}", self.invoice.name);
            return Err(too_much(self.settles, &what, self.invoice.open));
        }
        Ok(())
    }
}

/// An amount of a document's own currency as its receivable account keeps it.
pub fn in_account(owed: &Owed, amount: Decimal, chart: &Chart) -> Decimal {
    let own = owed.document_currency;
    if own.is_none() || owed.currency.is_none_or(|kept_in| Some(kept_in) == own) {
        return amount;
    }
    let figures = &chart.figures;
    figures
        .rounding
        .round(amount * owed.rate, figures.amount_digits)
}

/// [`in_account`] of what is to be used of a document: all that is open stays all of it, whatever rounding
/// made of its parts.
pub fn kept(owed: &Owed, amount: Decimal, chart: &Chart) -> Decimal {
    let open = owed.open.abs();
    let kept = in_account(owed, amount, chart);
    let own = owed.document_currency;
    if own.is_none() || owed.currency.is_none_or(|kept_in| Some(kept_in) == own) {
        return kept;
    }
    let figures = &chart.figures;
    let in_own = open.checked_div(owed.rate).unwrap_or(open);
    let in_own = figures.rounding.round(in_own, figures.amount_digits);
    match amount.cmp(&in_own) {
        Ordering::Equal => open,
        // What is less than all of it is no more than all of it.
        Ordering::Less => kept.min(open),
        Ordering::Greater => kept,
    }
}

/// What a unit of the receivable account is worth in the company's currency, on a document.
pub fn account_rate(owed: &Owed, chart: &Chart) -> Decimal {
    match owed.currency {
        Some(kept_in) if kept_in != chart.currency => owed.rate,
        _ => Decimal::ONE,
    }
}

/// The Journal Entry that uses a return's credit for an invoice, submitted by the request that makes it.
/// `identity` is unique on the site.
///
/// # Errors
/// The cause for which it would be wrong.
pub fn journal_body(used: &Use, identity: &str, chart: &Chart) -> Result<Value, Cause> {
    check_day(used.date, chart)?;
    used.check()?;
    let foreign = used.currency != chart.currency;
    let figures = &chart.figures;
    let round = |amount| figures.rounding.round(amount, figures.amount_digits);
    let placed = |mut row: Value| {
        if let Some(cost_center) = &chart.cost_center {
            row["cost_center"] = json!(cost_center);
        }
        row
    };
    let row = |side: &str, document: &str, amount: Decimal, rate: Decimal| {
        let mut row = placed(json!({
            "account": used.account,
            "party_type": "Customer",
            "party": used.customer,
            side: number(amount),
            "reference_type": "Sales Invoice",
            "reference_name": document,
        }));
        if foreign {
            row["exchange_rate"] = number(rate);
        }
        row
    };
    let (credit, invoice) = (&used.credit, &used.invoice);
    let mut accounts = vec![
        row(
            "debit_in_account_currency",
            &credit.name,
            used.amount,
            credit.rate,
        ),
        row(
            "credit_in_account_currency",
            &invoice.name,
            used.settles,
            invoice.rate,
        ),
    ];
    // Positive is a loss: the invoice was worth more than the credit that settles it.
    let difference = round(used.settles * invoice.rate) - round(used.amount * credit.rate);
    if !difference.is_zero() {
        let Some(account) = &chart.exchange_account else {
            return Err(no_exchange_account(&credit.name, &invoice.name));
        };
        let side = if difference > Decimal::ZERO {
            "debit_in_account_currency"
        } else {
            "credit_in_account_currency"
        };
        accounts.push(placed(
            json!({"account": account, side: number(difference.abs())}),
        ));
    }
    Ok(json!({
        "doctype": "Journal Entry",
        "voucher_type": "Credit Note",
        "company": chart.company,
        "posting_date": used.date.to_string(),
        "multi_currency": u8::from(foreign),
        "user_remark": format!("{} used for {}, as in Xero", credit.name, invoice.name),
        "accounts": accounts,
        marker_fields::ALLOCATION: identity,
        "docstatus": 1,
    }))
}

pub(super) fn no_exchange_account(credit: &str, invoice: &str) -> Cause {
    invalid(
        "exchange rate",
        format!(
            "{credit} and {invoice} were booked at different exchange rates, and the company has no Exchange Gain / Loss Account in ERPNext. Choose one in the company"
        ),
    )
}

/// Whether a Journal Entry that the site holds does what this body says.
pub fn says_the_same(document: &Value, body: &Value) -> bool {
    let rows = |of: &Value| -> Vec<(Value, Decimal, Decimal)> {
        let amount = |row: &Value, field: &str| {
            let exact = crate::wire::row::exact(&row[field].to_string());
            exact.unwrap_or_default().normalize()
        };
        let rows = of["accounts"].as_array().map_or(&[][..], Vec::as_slice);
        rows.iter()
            .filter(|row| row["reference_name"].is_string())
            .map(|row| {
                (
                    row["reference_name"].clone(),
                    amount(row, "debit_in_account_currency"),
                    amount(row, "credit_in_account_currency"),
                )
            })
            .collect()
    };
    let identity = marker_fields::ALLOCATION;
    document["docstatus"] == body["docstatus"]
        && document[identity] == body[identity]
        && rows(document) == rows(body)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::{chart, dec};

    pub(crate) fn used(amount: &str) -> Use {
        Use {
            customer: "Acme".to_owned(),
            account: "Debtors - ACM".to_owned(),
            currency: Currency::new("GBP").unwrap(),
            credit: OpenCredit {
                doctype: "Sales Invoice",
                name: "CN-1".to_owned(),
                open: dec("30"),
                rate: Decimal::ONE,
            },
            invoice: OpenInvoice {
                doctype: "Sales Invoice",
                name: "INV-1".to_owned(),
                open: dec("50"),
                rate: Decimal::ONE,
            },
            amount: dec(amount),
            settles: dec(amount),
            date: "2026-11-04".parse().unwrap(),
        }
    }

    #[test]
    fn a_journal_entry_between_the_two() {
        let body = journal_body(&used("20.50"), "guid/1", &chart()).unwrap();
        assert_eq!(
            body["accounts"][0]["debit_in_account_currency"].to_string(),
            "20.5"
        );
        assert_eq!(body["accounts"][0]["reference_name"], "CN-1");
        assert_eq!(
            body["accounts"][1]["credit_in_account_currency"].to_string(),
            "20.5"
        );
        assert_eq!(body["accounts"][1]["reference_name"], "INV-1");
        assert_eq!(body["xero_allocation_id"], "guid/1");
        // R23: left out, a site takes the company of its defaults.
        assert_eq!(body["company"], chart().company);
        assert_eq!(body["accounts"].as_array().unwrap().len(), 2);
        assert_eq!(body["multi_currency"], 0);
        assert_eq!(body["user_remark"], "CN-1 used for INV-1, as in Xero");
    }

    #[test]
    fn no_more_than_there_is() {
        let why = |used: &Use| match journal_body(used, "guid/1", &chart()) {
            Err(Cause::Invalid { why, .. }) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            why(&used("30.01")),
            "30.01 is more than the 30 that is left of CN-1"
        );
        let mut paid = used("20");
        paid.invoice.open = dec("19.99");
        assert_eq!(
            why(&paid),
            "20 is more than the 19.99 that is to be paid on INV-1"
        );
        assert_eq!(why(&used("0")), "An allocation must be more than zero");
    }

    /// A dollar of the credit was booked at 0.82, and one of the invoice at 0.80.
    #[test]
    fn a_third_row_books_what_exchange_rates_leave() {
        let mut used = used("20");
        used.currency = Currency::new("USD").unwrap();
        (used.credit.rate, used.invoice.rate) = (dec("0.82"), dec("0.8"));
        let body = journal_body(&used, "guid/1", &chart()).unwrap();
        assert_eq!(body["multi_currency"], 1);
        assert_eq!(body["accounts"][0]["exchange_rate"].to_string(), "0.82");
        assert_eq!(body["accounts"][1]["exchange_rate"].to_string(), "0.8");
        let third = &body["accounts"][2];
        assert_eq!(third["account"], "Exchange Gain/Loss - ACM");
        assert_eq!(third["credit_in_account_currency"].to_string(), "0.4");
        // The same on an account in pounds: each is settled by what it says there.
        let (mut credit, mut invoice) = (owed("CN-1", "-16.4", "0.82"), owed("INV-1", "40", "0.8"));
        let (amount, settles) = (
            kept(&credit, dec("20"), &chart()),
            kept(&invoice, dec("20"), &chart()),
        );
        assert_eq!((amount, settles), (dec("16.4"), dec("16")));
        // What is all of it in dollars is all of it in pounds, and less is no more.
        (credit.open, invoice.open) = (dec("-16.39"), dec("15.99"));
        assert_eq!(kept(&credit, dec("19.99"), &chart()), dec("16.39"));
        assert_eq!(kept(&invoice, dec("19.99"), &chart()), dec("15.99"));
        let pounds = Use {
            currency: Currency::new("GBP").unwrap(),
            amount,
            settles,
            credit: OpenCredit {
                rate: Decimal::ONE,
                ..used.credit.clone()
            },
            invoice: OpenInvoice {
                rate: Decimal::ONE,
                ..used.invoice.clone()
            },
            ..used
        };
        let body = journal_body(&pounds, "guid/1", &chart()).unwrap();
        assert_eq!(body["multi_currency"], 0);
        let third = &body["accounts"][2];
        assert_eq!(third["credit_in_account_currency"].to_string(), "0.4");
        let mut none = chart();
        none.exchange_account = None;
        assert!(journal_body(&pounds, "guid/1", &none).is_err());
    }

    /// A document in dollars, on an account in pounds.
    fn owed(name: &str, open: &str, rate: &str) -> Owed {
        let mut owed = crate::records::owed::sample(name, "Debtors - ACM", dec(open));
        owed.document_currency = Some(Currency::new("USD").unwrap());
        owed.currency = Some(Currency::new("GBP").unwrap());
        owed.rate = dec(rate);
        owed
    }

    #[test]
    fn an_entry_is_known_again_by_what_it_says() {
        let body = journal_body(&used("20.50"), "guid/1", &chart()).unwrap();
        let mut stored = body.clone();
        stored["accounts"][0]["debit_in_account_currency"] = json!(20.5);
        stored["accounts"][0]["credit_in_account_currency"] = json!(0.0);
        assert!(says_the_same(&stored, &body));
        for (pointer, value) in [
            ("/docstatus", json!(2)),
            ("/xero_allocation_id", json!("guid/2")),
            ("/accounts/1/reference_name", json!("INV-2")),
            ("/accounts/1/credit_in_account_currency", json!(20.4)),
        ] {
            let mut other = stored.clone();
            *other.pointer_mut(pointer).unwrap() = value;
            assert!(!says_the_same(&other, &body), "{pointer}");
        }
    }
}
