//! What is owed on invoices, or left of returns, and where: all that a payment of them, or the use of a
//! return for an invoice, has to know.

use std::collections::BTreeSet;

use ledger::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::child;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{BadField, PaymentRow, Row};

/// A Sales Invoice, or a return, as far as what settles it is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Its document name.
    pub name: String,
    /// When it was last saved, as sent.
    pub modified: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// The Customer.
    pub customer: String,
    /// The receivable account it is kept in (`debit_to`): a payment of it goes from the same one, or is
    /// refused.
    pub account: String,
    /// The currency of that account; `None` where the site does not say.
    pub currency: Option<Currency>,
    /// What is left to pay, in that currency; of a return what is left of it, as less than nothing.
    pub open: Decimal,
    /// The currency of the document itself.
    pub document_currency: Option<Currency>,
    /// Units of the company's currency for one of the document's.
    pub rate: Decimal,
    /// What is left to pay of each of its terms, the first due first, where its Payment Terms Template wants
    /// payments divided among them; else none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<OpenTerm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<String>,
}

/// A part of an invoice that is due by a Payment Term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTerm {
    /// The Payment Term.
    pub term: String,
    /// What is left to pay of it, in the invoice's currency.
    pub open: Decimal,
}

impl Owed {
    /// Money that was paid back, as far as what it was paid back of is concerned: until that is said, the
    /// customer owes it.
    pub fn of_refund(row: &PaymentRow) -> Self {
        let told: Decimal = row.pays_back.iter().map(|(_, amount)| *amount).sum();
        Self {
            name: row.name.clone(),
            modified: row.modified.clone(),
            docstatus: row.docstatus,
            customer: row.party.clone(),
            account: row.party_account.clone(),
            currency: Some(row.party_currency),
            open: row.unallocated - told,
            document_currency: None,
            rate: row.party_rate,
            terms: Vec::new(),
            template: None,
        }
    }

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.name("name")?,
            modified: row.text("modified")?.unwrap_or_default(),
            docstatus: row.docstatus()?,
            customer: row.text("customer")?.unwrap_or_default(),
            account: row.text("debit_to")?.unwrap_or_default(),
            currency: row.currency("party_account_currency")?,
            open: row.amount("outstanding_amount")?,
            document_currency: row.currency("currency")?,
            rate: row.number("conversion_rate")?.unwrap_or(Decimal::ONE),
            terms: Vec::new(),
            template: row.text("payment_terms_template")?,
        })
    }
}

/// An invoice that a template divides no payment of.
#[cfg(test)]
pub(crate) fn sample(name: &str, account: &str, open: Decimal) -> Owed {
    Owed {
        name: name.to_owned(),
        modified: "m".to_owned(),
        docstatus: 1,
        customer: "Acme".to_owned(),
        account: account.to_owned(),
        currency: None,
        open,
        document_currency: None,
        rate: Decimal::ONE,
        terms: Vec::new(),
        template: None,
    }
}

/// What is owed on these invoices, or left of these returns, in one call, and two more where one of them has a Payment Terms Template.
/// Those that are not there, or cannot be read, are not in the answer.
///
/// # Errors
/// See [`Error`].
pub async fn owed(client: &Client, names: &[&str]) -> Result<Vec<Owed>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: vec![
                "name",
                "modified",
                "docstatus",
                "customer",
                "debit_to",
                "party_account_currency",
                "outstanding_amount",
                "currency",
                "conversion_rate",
                "payment_terms_template",
            ],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    // The database compares names without case and accents; identities are exact.
    let mut found: Vec<Owed> = rows
        .iter()
        .filter_map(|row| Owed::read(row).ok())
        .filter(|row| names.contains(&row.name.as_str()))
        .collect();
    read_terms(client, &mut found).await?;
    Ok(found)
}

/// Where a template wants payments divided, each row of a payment names a term and pays no more than is
/// left of it, or the payment is refused (observed on 15 and 16).
async fn read_terms(client: &Client, invoices: &mut [Owed]) -> Result<(), Error> {
    let templates: BTreeSet<&str> = invoices
        .iter()
        .filter_map(|it| it.template.as_deref())
        .collect();
    if templates.is_empty() {
        return Ok(());
    }
    let dividing = client
        .list_if_offered(&List {
            doctype: "Payment Terms Template",
            parent: None,
            fields: vec!["name"],
            filters: vec![
                json!(["name", "in", templates]),
                json!(["allocate_payment_based_on_payment_terms", "=", 1]),
            ],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    let divides = |invoice: &Owed| {
        let own = invoice.template.as_deref();
        own.is_some_and(|own| dividing.iter().any(|row| row.str("name") == Some(own)))
    };
    let names: Vec<String> = invoices
        .iter()
        .filter(|it| divides(it))
        .map(|it| it.name.clone())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let schedule = ["parent", "payment_term", "outstanding"];
    let rows = client
        .list(&child(
            "Sales Invoice",
            "Payment Schedule",
            &schedule,
            &names,
        ))
        .await?;
    for invoice in invoices {
        invoice.terms = rows
            .iter()
            .filter(|row| row.str("parent") == Some(&invoice.name))
            .filter_map(|row| {
                Some(OpenTerm {
                    term: row.text("payment_term").ok()??,
                    open: row.amount("outstanding").ok()?,
                })
            })
            .collect();
    }
    Ok(())
}
