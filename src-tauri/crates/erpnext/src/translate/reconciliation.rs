//! Money on account put to invoices by Payment Reconciliation, and taken off by Unreconcile Payment.

use ledger::Cause;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::allocation::{Use, check_day, no_exchange_account};
use super::invoice_out::number;
use crate::chart::Chart;
use crate::records::OpenMoney;

/// The arguments of `run_doc_method` that put a credit against an invoice. The form exists only in
/// the request, so what it would show stands in it; ERPNext refuses it where the credit is not what
/// it says any more ("modified after you pulled it"), so a second sending does no harm.
///
/// # Errors
/// The cause for which it would be wrong; [`Cause::PeriodLocked`] where a gain or loss of exchange rates is
/// booked on a day that is.
pub fn reconcile_body(used: &Use, chart: &Chart) -> Result<Value, Cause> {
    used.check()?;
    let (open, amount) = (number(used.credit.open), number(used.amount));
    let currency = used.currency.code();
    // Positive is a loss: the credit was worth more than the part of the invoice it settles.
    let difference = difference(used, chart);
    if !difference.is_zero() {
        check_day(used.date, chart)?;
        if chart.exchange_account.is_none() {
            return Err(no_exchange_account(&used.credit.name, &used.invoice.name));
        }
    }
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
            "invoice_type": used.invoice.doctype,
            "invoice_number": used.invoice.name,
            "outstanding_amount": number(used.invoice.open),
            "currency": currency,
            "exchange_rate": number(used.invoice.rate),
        }],
        "allocation": [{
            "doctype": "Payment Reconciliation Allocation",
            "reference_type": used.credit.doctype,
            "reference_name": used.credit.name,
            "invoice_type": used.invoice.doctype,
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
    Ok(as_method(&form))
}

/// What the two were booked at different exchange rates for, in the company's currency; positive is a loss.
pub fn difference(used: &Use, chart: &Chart) -> Decimal {
    chart.figures.rounding.round(
        used.amount * (used.credit.rate - used.invoice.rate),
        chart.figures.amount_digits,
    )
}

/// The method takes its form as a text.
fn as_method(form: &Value) -> Value {
    json!({"docs": form.to_string(), "method": "reconcile"})
}

/// [`reconcile_body`] with what is left of the credit as the site has it, to the last digit. `None` where
/// that is not what the form was worded for, but for rounding, or where this is no such form.
pub fn told_exactly(body: &Value, money: &OpenMoney) -> Option<Value> {
    let open = money.open;
    let mut form: Value = serde_json::from_str(body["docs"].as_str()?).ok()?;
    let row = form["allocation"].get_mut(0)?;
    let exact = |value: &Value| crate::wire::row::exact(&value.to_string());
    let (worded, amount) = (
        exact(&row["unreconciled_amount"])?,
        exact(&row["allocated_amount"])?,
    );
    if (worded - open).abs() >= money.noise() {
        return None;
    }
    row["unreconciled_amount"] = number(open);
    // What is used up may have been rounded up.
    row["amount"] = number(open.max(amount));
    form["payments"][0]["amount"] = number(open.max(amount));
    Some(as_method(&form))
}

/// The document that takes a Payment Entry off invoices, submitted by the request that makes it: each of
/// them whole (`Unreconcile Payment`, which people make by the button of that name). Made again it finds
/// nothing to take off.
pub fn unreconcile_body(
    money: &OpenMoney,
    released: &[(String, String, Decimal)],
    chart: &Chart,
) -> Value {
    let currency = money.currency.unwrap_or(chart.currency);
    let rows: Vec<Value> = released
        .iter()
        .map(|(invoice, account, amount)| {
            json!({
                "doctype": "Unreconcile Payment Entries",
                "reference_doctype": "Sales Invoice",
                "reference_name": invoice,
                "account": account,
                "party_type": "Customer",
                "party": money.customer,
                "allocated_amount": number(*amount),
                "account_currency": currency.code(),
            })
        })
        .collect();
    json!({
        "doctype": "Unreconcile Payment",
        "company": chart.company,
        "voucher_type": "Payment Entry",
        "voucher_no": money.name,
        "allocations": rows,
        "docstatus": 1,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ledger::Currency;

    use super::super::allocation::tests::used;
    use super::*;
    use crate::chart::sample::{chart, dec};

    /// Version 15 keeps what a division left, and takes a use only where it is told that.
    #[test]
    fn what_is_left_is_told_to_the_last_digit() {
        let mut used = used("66.64");
        (used.credit.doctype, used.credit.open) = ("Payment Entry", dec("66.64"));
        used.invoice.open = dec("70");
        let body = reconcile_body(&used, &chart()).unwrap();
        let mut money = OpenMoney {
            name: "PAY-1".to_owned(),
            modified: "m".to_owned(),
            docstatus: 1,
            customer: "Acme".to_owned(),
            account: "Debtors USD - ACM".to_owned(),
            separate: false,
            currency: Currency::new("USD").ok(),
            open: dec("66.637804878"),
            rate: dec("0.82"),
        };
        let told = |money: &OpenMoney| -> Option<Value> {
            let body = told_exactly(&body, money)?;
            serde_json::from_str(body["docs"].as_str().unwrap()).ok()
        };
        let form = told(&money).unwrap();
        let row = &form["allocation"][0];
        assert_eq!(row["unreconciled_amount"].to_string(), "66.637804878");
        assert_eq!(row["allocated_amount"].to_string(), "66.64");
        // No more is used than the form says there is.
        assert_eq!(row["amount"].to_string(), "66.64");
        money.open = dec("66.7");
        assert_eq!(told(&money), None);
        (money.open, money.rate) = (dec("66.637"), Decimal::ONE);
        assert!(told(&money).is_some());
        money.open = dec("66.634");
        assert_eq!(told(&money), None);
    }

    #[test]
    fn what_exchange_rates_leave_is_stated() {
        let mut used = used("20");
        used.credit.rate = dec("0.82");
        used.invoice.rate = dec("0.8");
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
