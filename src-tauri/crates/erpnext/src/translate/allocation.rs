//! Credit put against an invoice.
//!
//! A return's credit is used by a Journal Entry over the receivable account, which can carry our
//! identity; ERPNext does not check that the credit is enough (observed on ERPNext 15), so that is
//! checked here. Money on account is put against an invoice by Payment Reconciliation, which adds a
//! row to the Payment Entry, and which knows what to do where the two were booked at different
//! exchange rates (erpnext/FACTS §6).

use chrono::NaiveDate;
use ledger::{Cause, Currency, DocumentState};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoice_out::{check_date, invalid, number};
use crate::chart::Chart;
use crate::marker_fields;

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
    /// How much, in the account's currency.
    pub amount: Decimal,
    /// The day it counts from.
    pub date: NaiveDate,
}

impl Use {
    /// Checks what ERPNext does not.
    ///
    /// # Errors
    /// [`Cause::Invalid`] where there is not so much credit, or not so much to pay.
    pub fn check(&self, chart: &Chart) -> Result<(), Cause> {
        check_date("Journal Entry", self.date, DocumentState::Approved, chart)?;
        let too_much = |what: &str, open: Decimal| {
            invalid(
                "amount",
                format!("{} is more than the {open} that {what}", self.amount),
            )
        };
        if self.amount <= Decimal::ZERO {
            return Err(invalid("amount", "An allocation must be more than zero"));
        }
        if self.amount > self.credit.open {
            return Err(too_much(
                &format!("is left of {}", self.credit.name),
                self.credit.open,
            ));
        }
        if self.amount > self.invoice.open {
            return Err(too_much(
                &format!("is to be paid on {}", self.invoice.name),
                self.invoice.open,
            ));
        }
        Ok(())
    }

    /// Whether both were booked at one rate, so that a plain Journal Entry between them balances.
    pub fn at_one_rate(&self) -> bool {
        self.credit.rate == self.invoice.rate
    }
}

/// The Journal Entry that uses a return's credit for an invoice booked at the same rate.
///
/// # Errors
/// The cause for which it would be wrong.
pub fn journal_body(used: &Use, identity: Option<&str>, chart: &Chart) -> Result<Value, Cause> {
    used.check(chart)?;
    let foreign = used.currency != chart.currency;
    let row = |side: &str, document: &str| {
        let mut row = json!({
            "account": used.account,
            "party_type": "Customer",
            "party": used.customer,
            side: number(used.amount),
            "reference_type": "Sales Invoice",
            "reference_name": document,
        });
        if let Some(cost_center) = &chart.cost_center {
            row["cost_center"] = json!(cost_center);
        }
        if foreign {
            row["exchange_rate"] = number(used.invoice.rate);
        }
        row
    };
    let mut body = json!({
        "doctype": "Journal Entry",
        "voucher_type": "Credit Note",
        "company": chart.company,
        "posting_date": used.date.to_string(),
        "multi_currency": u8::from(foreign),
        "accounts": [
            row("debit_in_account_currency", &used.credit.name),
            row("credit_in_account_currency", &used.invoice.name),
        ],
        "docstatus": 1,
    });
    if let Some(identity) = identity {
        body[marker_fields::ALLOCATION] = json!(identity);
    }
    Ok(body)
}

/// The arguments of `run_doc_method` that put a credit against an invoice. The form exists only in
/// the request, so what it would show stands in it; ERPNext refuses it where the credit is not what
/// it says any more ("modified after you pulled it"), so a second sending does no harm.
///
/// # Errors
/// The cause for which it would be wrong.
pub fn reconcile_body(used: &Use, chart: &Chart) -> Result<Value, Cause> {
    used.check(chart)?;
    let (open, amount) = (number(used.credit.open), number(used.amount));
    let currency = used.currency.code();
    // Positive is a loss: the credit was worth more than the part of the invoice it settles.
    let difference = chart.figures.rounding.round(
        used.amount * (used.credit.rate - used.invoice.rate),
        chart.figures.amount_digits,
    );
    let form = json!({
        "doctype": "Payment Reconciliation",
        "company": chart.company,
        "party_type": "Customer",
        "party": used.customer,
        "receivable_payable_account": used.account,
        "payments": [{
            "doctype": "Payment Reconciliation Payment",
            "reference_type": used.credit.doctype,
            "reference_name": used.credit.name,
            "amount": open,
            "currency": currency,
            "exchange_rate": number(used.credit.rate),
        }],
        "invoices": [{
            "doctype": "Payment Reconciliation Invoice",
            "invoice_type": "Sales Invoice",
            "invoice_number": used.invoice.name,
            "outstanding_amount": number(used.invoice.open),
            "currency": currency,
            "exchange_rate": number(used.invoice.rate),
        }],
        "allocation": [{
            "doctype": "Payment Reconciliation Allocation",
            "reference_type": used.credit.doctype,
            "reference_name": used.credit.name,
            "invoice_type": "Sales Invoice",
            "invoice_number": used.invoice.name,
            "allocated_amount": amount,
            "unreconciled_amount": open,
            "amount": open,
            "difference_amount": number(difference),
            "difference_account": chart.exchange_account,
            "gain_loss_posting_date": used.date.to_string(),
            "exchange_rate": number(used.invoice.rate),
            "currency": currency,
        }],
    });
    // The method takes its form as a text.
    Ok(json!({"docs": form.to_string(), "method": "reconcile"}))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::{chart, dec};

    fn used(amount: &str) -> Use {
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
                name: "INV-1".to_owned(),
                open: dec("50"),
                rate: Decimal::ONE,
            },
            amount: dec(amount),
            date: "2026-11-04".parse().unwrap(),
        }
    }

    #[test]
    fn a_journal_entry_between_the_two() {
        let body = journal_body(&used("20.50"), Some("guid"), &chart()).unwrap();
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
        assert_eq!(body["xero_allocation_id"], "guid");
        assert_eq!(body["multi_currency"], 0);
    }

    #[test]
    fn no_more_than_there_is() {
        let why = |used: &Use| match journal_body(used, None, &chart()) {
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

    #[test]
    fn what_exchange_rates_leave_is_stated() {
        let mut used = used("20");
        used.credit.rate = dec("0.82");
        used.invoice.rate = dec("0.8");
        assert!(!used.at_one_rate());
        let body = reconcile_body(&used, &chart()).unwrap();
        let form: Value = serde_json::from_str(body["docs"].as_str().unwrap()).unwrap();
        assert_eq!(
            form["allocation"][0]["difference_amount"].to_string(),
            "0.4"
        );
        assert_eq!(
            form["allocation"][0]["unreconciled_amount"].to_string(),
            "30"
        );
    }
}
