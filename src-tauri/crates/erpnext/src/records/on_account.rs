//! What customers have open beside invoices and credit notes: payments and journal entries that name
//! no document, or in part.
//!
//! The Payment Ledger says what is open on a voucher: the sum of its rows against it, over all
//! receivable accounts, that of advances included (erpnext/FACTS §6, §7). What a voucher has on account
//! because it took it from a return is left of the return, and is told there
//! ([`crate::translate::credit_note::to_ledger`]).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{CreditForm, Currency, OpenCredit, RemoteId};
use rust_decimal::Decimal;
use serde_json::json;

use super::credit_note_scope;
use super::credit_notes::settlements;
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::translate::credit_note::put_on_account;
use crate::wire::{BadField, Row, Rows, SettlementRow};

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
    let mark = |row: Row<'_>| {
        let text = |field: &str| row.str(field).unwrap_or_default().to_owned();
        let delinked = row.int("delinked").unwrap_or_default();
        format!("{} {} {delinked}", text("name"), text("modified"))
    };
    Ok(rows.iter().map(mark).collect::<Vec<_>>().join("\n"))
}

/// All that customers of the company have open beside invoices and credit notes, in one call, and two
/// more where what has something on account raises a document too.
///
/// # Errors
/// See [`Error`].
pub async fn on_account(client: &Client, chart: &Chart) -> Result<OnAccount, Error> {
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
    let entries = client.list(&vouchers).await?;
    let mut found = of_rows(&entries);
    let open = found.open.iter().filter(|it| it.open > Decimal::ZERO);
    let names: BTreeSet<&str> = open.map(|it| it.id.as_str()).collect();
    let taken = from_returns(client, chart, &names).await?;
    take_off(&mut found.open, taken);
    Ok(found)
}

/// What these vouchers have on account because they took it from returns: voucher and amount.
async fn from_returns(
    client: &Client,
    chart: &Chart,
    vouchers: &BTreeSet<&str>,
) -> Result<Vec<(String, Decimal)>, Error> {
    if vouchers.is_empty() {
        return Ok(Vec::new());
    }
    let raising = List {
        fields: vec!["voucher_no", "against_voucher_no"],
        ..settlements(vec![
            json!(["voucher_no", "in", vouchers]),
            json!(["against_voucher_type", "=", "Sales Invoice"]),
            json!(["amount_in_account_currency", ">", 0]),
        ])
    };
    let raising = client.list(&raising).await?;
    if raising.is_empty() {
        return Ok(Vec::new());
    }
    let of = |field: &str| -> BTreeSet<&str> {
        raising.iter().filter_map(|row| row.str(field)).collect()
    };
    let mut filters = credit_note_scope(chart);
    filters.push(json!(["name", "in", of("against_voucher_no")]));
    let returns = List {
        doctype: "Sales Invoice",
        parent: None,
        fields: vec!["name"],
        filters,
        order_by: "name asc",
        limit: 0,
    };
    let returns = client.list(&returns).await?;
    let returns: BTreeSet<&str> = returns.iter().filter_map(|it| it.str("name")).collect();
    if returns.is_empty() {
        return Ok(Vec::new());
    }
    let rows = settlements(vec![json!(["voucher_no", "in", of("voucher_no")])]);
    let rows: Vec<SettlementRow> = client
        .list(&rows)
        .await?
        .iter()
        .filter_map(|row| SettlementRow::read(row).ok())
        .collect();
    Ok(taken_from(&returns, &rows))
}

/// What each voucher took from these returns and has on account.
fn taken_from(returns: &BTreeSet<&str>, rows: &[SettlementRow]) -> Vec<(String, Decimal)> {
    let mut vouchers: BTreeMap<&str, Vec<&SettlementRow>> = BTreeMap::new();
    for row in rows {
        vouchers.entry(&row.voucher).or_default().push(row);
    }
    let taken = vouchers.into_iter().map(|(voucher, entries)| {
        let parts = put_on_account(&entries).into_iter();
        let parts = parts.filter(|(document, _)| returns.contains(document.as_str()));
        (voucher.to_owned(), parts.map(|(_, amount)| amount).sum())
    });
    taken.collect()
}

/// Takes off what is told of returns.
fn take_off(open: &mut Vec<OpenCredit>, taken: Vec<(String, Decimal)>) {
    for (voucher, mut amount) in taken {
        let own = open.iter_mut().filter(|it| it.id.as_str() == voucher);
        for credit in own.filter(|it| it.open > Decimal::ZERO) {
            let part = amount.min(credit.open);
            credit.open -= part;
            amount -= part;
        }
    }
    open.retain(|credit| !credit.open.is_zero());
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

fn of_rows(entries: &Rows) -> OnAccount {
    let mut found = OnAccount::default();
    let mut sums: BTreeMap<(String, String, Currency), OpenCredit> = BTreeMap::new();
    for row in entries.iter() {
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
    fn read(row: Row<'_>) -> Result<Self, BadField> {
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

fn unreadable(row: Row<'_>, name: &str, why: &BadField) -> (String, String) {
    let name = row.str(name).unwrap_or_default().to_owned();
    (name.clone(), format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::Value;

    /// As real sites answer (observed on 15.71.1 and 16.9.1).
    fn entry(voucher: &str, against: (&str, &str), party: &str, amount: f64) -> Value {
        json!({
            "voucher_no": voucher, "against_voucher_type": against.0, "against_voucher_no": against.1,
            "party": party, "account_currency": "GBP", "amount_in_account_currency": amount,
            "posting_date": if voucher == against.1 { "2026-11-20" } else { "2026-11-28" },
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
        let found = of_rows(&Rows::from_iter([
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
        ]));
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

    /// R13: the Journal Entry had put a return of 100 to an invoice of 60, which was taken off again, and
    /// 40 of money had come with it.
    #[test]
    fn what_was_taken_from_a_return_is_left_of_the_return() {
        let row = |voucher: &str, of: &str, document: &str, amount: &str| SettlementRow {
            voucher_type: "Journal Entry".into(),
            voucher: voucher.into(),
            document_type: of.into(),
            document: document.into(),
            amount: amount.parse().unwrap(),
            date: None,
        };
        let rows = [
            row("JV-1", "Journal Entry", "JV-1", "-140"),
            row("JV-1", "Sales Invoice", "CN-1", "100"),
            // One that is used for an invoice has nothing on account of it.
            row("JV-2", "Journal Entry", "JV-2", "-5"),
            row("JV-2", "Sales Invoice", "INV-2", "-30"),
            row("JV-2", "Sales Invoice", "CN-2", "30"),
            // What raises an invoice is no return.
            row("JV-3", "Journal Entry", "JV-3", "-7"),
            row("JV-3", "Sales Invoice", "INV-3", "7"),
        ];
        let returns = BTreeSet::from(["CN-1", "CN-2"]);
        let mut found = of_rows(&Rows::from_iter([
            entry("JV-1", ("Journal Entry", "JV-1"), "Acme", -140.0),
            entry("JV-2", ("Journal Entry", "JV-2"), "Acme", -5.0),
            entry("JV-3", ("Journal Entry", "JV-3"), "Acme", -7.0),
        ]));
        take_off(&mut found.open, taken_from(&returns, &rows));
        assert_eq!(
            shown(&found),
            [
                "journal entry JV-1 of 20 Nov 2026, Acme: 40.00 GBP ±0",
                "journal entry JV-2 of 20 Nov 2026, Acme: 5.00 GBP ±0",
                "journal entry JV-3 of 20 Nov 2026, Acme: 7.00 GBP ±0",
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_is_read() {
        let mut bad = entry("PAY-1", ("Payment Entry", "PAY-1"), "Acme", -150.0);
        bad["amount_in_account_currency"] = json!([]);
        let good = entry("PAY-2", ("Payment Entry", "PAY-2"), "Acme", -1.0);
        let found = of_rows(&Rows::from_iter([bad, good]));
        assert_eq!(shown(&found).len(), 1);
        assert_eq!(found.unreadable[0].0, "PAY-1");
        assert!(found.unreadable[0].1.contains("amount_in_account_currency"));
    }
}
