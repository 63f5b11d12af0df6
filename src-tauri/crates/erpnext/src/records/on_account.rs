//! What customers have open beside invoices: returns with a balance of their own, and payments and
//! journal entries that name no document, or in part.
//!
//! The Payment Ledger says what is open on a voucher: the sum of its rows against it, over all
//! receivable accounts, that of advances included (erpnext/FACTS §6, §7). Of a return the document
//! itself says the same, in its own currency too.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures::try_join;
use ledger::{CreditForm, Currency, OpenCredit, RemoteId};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::credit_note_scope;
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::translate::invoice_in;
use crate::wire::{BadField, InvoiceRow, Row};

/// What may hold money on account. A row against a Sales Order is an advance for it.
const VOUCHERS: [&str; 3] = ["Payment Entry", "Journal Entry", "Sales Order"];

/// How many of the newest rows of the ledger tell whether anything has moved.
const NEWEST: usize = 20;

/// What is open on a side, and what could not be read of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnAccount {
    /// What is open.
    pub open: Vec<OpenCredit>,
    /// Documents that could not be read, by name, and why.
    pub unreadable: Vec<(String, String)>,
}

/// A mark of the company's Payment Ledger: nothing was posted, moved or taken back as long as it stays
/// the same. One short call, from the end of an index. What is stored late behind others is not seen
/// by it.
///
/// # Errors
/// See [`Error`].
pub async fn ledger_mark(client: &Client, chart: &Chart) -> Result<String, Error> {
    let rows = client
        .list(&List {
            doctype: "Payment Ledger Entry",
            parent: None,
            fields: vec!["name", "modified", "delinked"],
            filters: vec![
                json!(["company", "=", chart.company]),
                json!(["party_type", "=", "Customer"]),
            ],
            order_by: "modified desc, name desc",
            limit: NEWEST,
        })
        .await?;
    let mark = |row: &Value| {
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("name"), text("modified"), row["delinked"])
    };
    Ok(rows.iter().map(mark).collect::<Vec<_>>().join("\n"))
}

/// All that customers of the company have open beside invoices, in two calls.
///
/// # Errors
/// See [`Error`].
pub async fn on_account(client: &Client, chart: &Chart) -> Result<OnAccount, Error> {
    let returns = List {
        doctype: "Sales Invoice",
        parent: None,
        fields: InvoiceRow::FIELDS.to_vec(),
        filters: [
            credit_note_scope(chart),
            vec![
                json!(["docstatus", "=", 1]),
                json!(["outstanding_amount", "!=", 0]),
            ],
        ]
        .concat(),
        order_by: "name asc",
        limit: 0,
    };
    let vouchers = List {
        doctype: "Payment Ledger Entry",
        parent: None,
        fields: ENTRY.to_vec(),
        filters: vec![
            json!(["company", "=", chart.company]),
            json!(["party_type", "=", "Customer"]),
            json!(["account_type", "=", "Receivable"]),
            json!(["against_voucher_type", "in", VOUCHERS]),
            json!(["docstatus", "=", 1]),
            json!(["delinked", "=", 0]),
        ],
        order_by: "against_voucher_no asc, name asc",
        limit: 0,
    };
    let (returns, entries) = try_join!(client.list(&returns), client.list(&vouchers))?;
    Ok(of_rows(&returns, &entries, chart))
}

/// The fields of a ledger row to ask for.
const ENTRY: [&str; 7] = [
    "voucher_no",
    "against_voucher_type",
    "against_voucher_no",
    "party",
    "account_currency",
    "amount_in_account_currency",
    "posting_date",
];

fn of_rows(returns: &[Value], entries: &[Value], chart: &Chart) -> OnAccount {
    let mut found = OnAccount::default();
    for row in returns {
        match InvoiceRow::read(row, &[], &[]) {
            Ok(row) => found.open.push(of_return(&row, chart)),
            Err(why) => found.unreadable.push(unreadable(row, "name", &why)),
        }
    }
    let mut sums: BTreeMap<(String, String, Currency), OpenCredit> = BTreeMap::new();
    for row in entries {
        match Entry::read(row) {
            Ok(entry) => entry.add(&mut sums),
            Err(why) => {
                let why = unreadable(row, "against_voucher_no", &why);
                found.unreadable.push(why);
            }
        }
    }
    let open = sums.into_values().filter(|credit| !credit.open.is_zero());
    found.open.extend(open);
    found
}

fn of_return(row: &InvoiceRow, chart: &Chart) -> OpenCredit {
    let (owed, exact) = invoice_in::open_amount(row, chart);
    OpenCredit {
        form: CreditForm::CreditNote,
        id: RemoteId::new(row.name.clone()),
        number: Some(row.name.clone()),
        contact: RemoteId::new(row.customer.clone()),
        contact_name: row.customer_name.clone(),
        date: Some(row.posting_date),
        currency: row.currency,
        open: -owed,
        // A unit of what its account keeps, in the document's own currency.
        uncertain: if exact {
            Decimal::ZERO
        } else {
            let cent = Decimal::new(1, 2);
            cent.checked_div(row.conversion_rate)
                .map_or(cent, |unit| unit.max(cent))
        },
    }
}

/// A row of the Payment Ledger against a voucher on account.
struct Entry {
    voucher: String,
    form: CreditForm,
    document: String,
    party: String,
    currency: Currency,
    /// In the account's currency: positive raises what is owed.
    amount: Decimal,
    date: Option<NaiveDate>,
}

impl Entry {
    fn read(value: &Value) -> Result<Self, BadField> {
        let row = Row::new(value)?;
        let of = row.required("against_voucher_type")?;
        Ok(Self {
            voucher: row.name("voucher_no")?,
            form: if of == "Journal Entry" {
                CreditForm::Journal
            } else {
                CreditForm::Payment
            },
            document: row.name("against_voucher_no")?,
            party: row.name("party")?,
            currency: row
                .currency("account_currency")?
                .ok_or_else(|| BadField::missing("account_currency"))?,
            amount: row.amount("amount_in_account_currency")?,
            date: row.date("posting_date")?,
        })
    }

    fn add(self, sums: &mut BTreeMap<(String, String, Currency), OpenCredit>) {
        let own = self.voucher == self.document;
        let key = (self.document.clone(), self.party.clone(), self.currency);
        let sum = sums.entry(key).or_insert_with(|| OpenCredit {
            form: self.form,
            id: RemoteId::new(self.document.clone()),
            number: Some(self.document),
            contact: RemoteId::new(self.party.clone()),
            contact_name: self.party,
            date: None,
            currency: self.currency,
            open: Decimal::ZERO,
            uncertain: Decimal::ZERO,
        });
        sum.open -= self.amount;
        // The day of the voucher itself, not of what uses it.
        if own || sum.date.is_none() {
            sum.date = self.date;
        }
    }
}

fn unreadable(row: &Value, name: &str, why: &BadField) -> (String, String) {
    let name = row[name].as_str().unwrap_or_default().to_owned();
    (name.clone(), format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::chart;

    /// As real sites answer (observed on 15.71.1 and 16.9.1).
    fn entry(voucher: &str, against: (&str, &str), party: &str, amount: f64) -> Value {
        json!({
            "voucher_no": voucher, "against_voucher_type": against.0, "against_voucher_no": against.1,
            "party": party, "account_currency": "GBP", "amount_in_account_currency": amount,
            "posting_date": if voucher == against.1 { "2026-11-20" } else { "2026-11-28" },
        })
    }

    fn back(name: &str, currency: &str, kept_in: &str, rate: f64, base: f64, open: f64) -> Value {
        json!({
            "name": name, "modified": "m", "docstatus": 1, "customer": "Acme", "is_return": 1,
            "customer_name": "Acme Ltd", "posting_date": "2026-11-20", "currency": currency,
            "conversion_rate": rate, "net_total": -60.0, "total_taxes_and_charges": 0.0,
            "grand_total": -60.0, "rounded_total": 0.0, "disable_rounded_total": 1,
            "base_grand_total": base, "outstanding_amount": open,
            "party_account_currency": kept_in,
        })
    }

    fn shown(found: &OnAccount) -> Vec<String> {
        let one = |it: &OpenCredit| {
            let (title, of, money) = (it.title(), &it.contact, it.money());
            format!("{title}, {of}: {money} ±{}", it.uncertain.round_dp(4))
        };
        found.open.iter().map(one).collect()
    }

    #[test]
    fn what_is_open_on_a_voucher_is_the_sum_of_the_rows_against_it() {
        let pay = ("Payment Entry", "PAY-1");
        let found = of_rows(
            &[],
            &[
                entry("PAY-1", pay, "Acme", -150.0),
                // A separate account for advances: what was reconciled is taken off there.
                entry("PAY-2", ("Payment Entry", "PAY-2"), "Acme", -150.0),
                entry("PAY-2", ("Payment Entry", "PAY-2"), "Acme", 100.0),
                entry("PAY-3", ("Payment Entry", "PAY-3"), "Acme", -80.0),
                // Paid back by another payment.
                entry("PAY-9", ("Payment Entry", "PAY-3"), "Acme", 80.0),
                entry("JV-1", ("Journal Entry", "JV-1"), "Bolt", 25.0),
                entry("JV-1", ("Journal Entry", "JV-1"), "Acme", -40.0),
                entry("JV-2", ("Sales Order", "SO-1"), "Acme", -5.0),
            ],
            &chart(),
        );
        assert_eq!(
            shown(&found),
            [
                "journal entry JV-1 of 20 Nov 2026, Acme: 40.00 GBP ±0",
                "journal entry JV-1 of 20 Nov 2026, Bolt: -25.00 GBP ±0",
                "payment PAY-1 of 20 Nov 2026, Acme: 150.00 GBP ±0",
                "payment PAY-2 of 20 Nov 2026, Acme: 50.00 GBP ±0",
                "payment SO-1 of 28 Nov 2026, Acme: 5.00 GBP ±0",
            ]
        );
    }

    #[test]
    fn a_return_is_told_in_its_own_currency() {
        let found = of_rows(
            &[
                back("R-1", "GBP", "GBP", 1.0, -60.0, -60.0),
                // On a receivable in the company's currency, unused and used in part.
                back("R-2", "USD", "GBP", 0.79, -47.4, -47.4),
                back("R-3", "USD", "GBP", 0.79, -47.4, -17.4),
                back("R-4", "USD", "USD", 0.79, -47.4, -12.5),
            ],
            &[],
            &chart(),
        );
        assert_eq!(
            shown(&found),
            [
                "credit note R-1 of 20 Nov 2026, Acme: 60.00 GBP ±0",
                "credit note R-2 of 20 Nov 2026, Acme: 60.00 USD ±0",
                "credit note R-3 of 20 Nov 2026, Acme: 22.03 USD ±0.0127",
                "credit note R-4 of 20 Nov 2026, Acme: 12.50 USD ±0",
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_is_read() {
        let mut bad = entry("PAY-1", ("Payment Entry", "PAY-1"), "Acme", -150.0);
        bad["amount_in_account_currency"] = json!([]);
        let good = entry("PAY-2", ("Payment Entry", "PAY-2"), "Acme", -1.0);
        let found = of_rows(&[], &[bad, good], &chart());
        assert_eq!(shown(&found).len(), 1);
        assert_eq!(found.unreadable[0].0, "PAY-1");
        assert!(found.unreadable[0].1.contains("amount_in_account_currency"));
    }
}
