//! What a site is asked and what it answers.

use std::collections::BTreeMap;

use erpnext::client::List;
use erpnext::error::{Error, RefusalKind};
use erpnext::records::CreditNoteRows;
use erpnext::wire::InvoiceRow;
use erpnext::{records, site};
use futures::stream::{self, StreamExt};
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{CUSTOMERS, Site};

/// The amounts of a document that are compared.
pub const AMOUNTS: [&str; 13] = [
    "total",
    "net_total",
    "base_net_total",
    "total_taxes_and_charges",
    "base_total_taxes_and_charges",
    "grand_total",
    "base_grand_total",
    "rounded_total",
    "base_rounded_total",
    "rounding_adjustment",
    "base_rounding_adjustment",
    "discount_amount",
    "outstanding_amount",
];

/// What a site made of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// [`AMOUNTS`], in order.
    pub amounts: Vec<Decimal>,
    /// The lines' net amounts, in the document's currency and in the company's.
    pub nets: Vec<(Decimal, Decimal)>,
    /// The tax rows' amounts after discount, in the document's currency and in the company's.
    pub rows: Vec<(Decimal, Decimal)>,
}

impl Outcome {
    pub fn of(&self, field: &str) -> Decimal {
        let at = AMOUNTS.iter().position(|name| *name == field).unwrap();
        self.amounts[at]
    }
}

fn exact(value: &Value) -> Decimal {
    match value {
        Value::Null => Decimal::ZERO,
        Value::Number(number) => erpnext::wire::row::exact(&number.to_string()).unwrap(),
        Value::String(text) => erpnext::wire::row::exact(text).unwrap(),
        other => panic!("not a number: {other}"),
    }
}

impl Site {
    /// Creates and submits documents, several at once on a real site; why where one is refused.
    pub async fn create(&self, bodies: Vec<Value>) -> Vec<(String, String)> {
        let path = site::doctype_v2("Sales Invoice");
        stream::iter(bodies)
            .map(|mut body| {
                let path = &path;
                async move {
                    body["docstatus"] = json!(1);
                    let name = body["name"].as_str().unwrap().to_owned();
                    let mut answer = self.client.write(Method::POST, path, &body).await;
                    // Two writers of MariaDB 11.6 and later get in each other's way; nothing of
                    // the one that lost is stored.
                    for _ in 0..20 {
                        match &answer {
                            Err(Error::Refused(refused))
                                if refused.kind() == RefusalKind::Deadlock =>
                            {
                                answer = self.client.write(Method::POST, path, &body).await;
                            }
                            _ => break,
                        }
                    }
                    answer.err().map(|error| (name, format!("{error} {body}")))
                }
            })
            .buffer_unordered(self.writers)
            .filter_map(|refused| async move { refused })
            .collect()
            .await
    }

    /// Reads invoices back as the client does.
    pub async fn read(&self, names: &[String]) -> Vec<(String, InvoiceRow)> {
        let filters = vec![json!(["name", "in", names])];
        records::invoices(&self.client, &self.chart, filters, "name asc", 0)
            .await
            .unwrap()
            .into_iter()
            .map(|fetched| (fetched.name, fetched.record.unwrap()))
            .collect()
    }

    /// Reads returns back as the client does.
    pub async fn read_returns(&self, names: &[String]) -> Vec<(String, CreditNoteRows)> {
        let filters = vec![json!(["name", "in", names])];
        records::credit_notes(&self.client, &self.chart, filters, "name asc", 0)
            .await
            .unwrap()
            .into_iter()
            .map(|fetched| (fetched.name, fetched.record.unwrap()))
            .collect()
    }

    /// Reads every amount of documents.
    pub async fn outcomes(&self, names: &[String]) -> BTreeMap<String, Outcome> {
        let mut found: BTreeMap<String, Outcome> = BTreeMap::new();
        let mut fields = AMOUNTS.to_vec();
        fields.push("name");
        let documents = self
            .rows("Sales Invoice", None, fields, json!(["name", "in", names]))
            .await;
        for row in &documents {
            let outcome = found
                .entry(row["name"].as_str().unwrap().to_owned())
                .or_default();
            outcome.amounts = AMOUNTS.map(|field| exact(&row[field])).to_vec();
        }
        let of_documents = json!(["parent", "in", names]);
        for (doctype, amount, base) in [
            ("Sales Invoice Item", "net_amount", "base_net_amount"),
            (
                "Sales Taxes and Charges",
                "tax_amount_after_discount_amount",
                "base_tax_amount_after_discount_amount",
            ),
        ] {
            let rows = self
                .rows(
                    doctype,
                    Some("Sales Invoice"),
                    vec!["parent", "idx", amount, base],
                    of_documents.clone(),
                )
                .await;
            for row in &rows {
                let outcome = found.get_mut(row["parent"].as_str().unwrap()).unwrap();
                let pair = (exact(&row[amount]), exact(&row[base]));
                match doctype {
                    "Sales Invoice Item" => outcome.nets.push(pair),
                    _ => outcome.rows.push(pair),
                }
            }
        }
        found
    }

    async fn rows(
        &self,
        doctype: &str,
        parent: Option<&str>,
        fields: Vec<&str>,
        filter: Value,
    ) -> Vec<Value> {
        let order_by = match parent {
            Some(_) => "parent asc, idx asc",
            None => "name asc",
        };
        self.client
            .list(&List {
                doctype,
                parent,
                fields,
                filters: vec![filter],
                order_by,
                limit: 0,
            })
            .await
            .unwrap()
            .to_values()
    }

    /// Cancels and deletes documents, one group after the other: returns before what they return.
    pub async fn remove(&self, groups: &[&[String]]) {
        let ledger = "delete_linked_ledger_entries";
        self.put("Accounts Settings", &json!({ledger: 1})).await;
        for group in groups {
            stream::iter(group.iter())
                .for_each_concurrent(self.writers, |name| async move {
                    let path = site::document("Sales Invoice", name);
                    let cancel = json!({"docstatus": 2});
                    let cancelled = self.client.write(Method::PUT, &path, &cancel).await;
                    let deleted = self.client.write(Method::DELETE, &path, &Value::Null).await;
                    if let (Err(error), _) | (_, Err(error)) = (cancelled, deleted) {
                        eprintln!("{name} stays: {error}");
                    }
                })
                .await;
        }
        self.put("Accounts Settings", &json!({ledger: 0})).await;
    }

    /// A document in the company's currency for the customer that is billed in another one on the
    /// same account: ERPNext allows that only to customers who have entries there.
    pub async fn bill_at_home(&self, run: &str) -> String {
        let at = CUSTOMERS
            .iter()
            .position(|(_, code, own)| !code.is_empty() && !own)
            .unwrap();
        let name = format!("F-{run}-home");
        let refused = self
            .create(vec![json!({
                "doctype": "Sales Invoice", "name": name, "company": self.company.name, "customer": CUSTOMERS[at].0,
                "currency": self.company.currency, "debit_to": self.receivable(at), "disable_rounded_total": 1,
                "items": [{"item_name": "Work", "description": "Work", "uom": "Nos", "qty": 1, "rate": 1,
                    "income_account": self.account("Sales")}],
            })])
            .await;
        assert_eq!(refused, []);
        name
    }
}
