//! What both systems hold, as people look at it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::identity;

/// What both systems hold.
pub struct Offices<'a> {
    pub xero: &'a Value,
    pub erpnext: &'a Value,
    pub company: &'a str,
}

impl Offices<'_> {
    /// All rows of a sort.
    pub(super) fn rows(state: &Value, of: &str) -> Vec<Value> {
        state[of].as_array().cloned().unwrap_or_default()
    }

    /// Those who are not billed in another currency: ERPNext takes one alone of each.
    pub(super) fn contacts(&self) -> Vec<Value> {
        let mut rows = Self::rows(self.xero, "Contacts");
        rows.retain(|row| row["ContactStatus"] == "ACTIVE");
        let abroad = self.abroad();
        rows.retain(|row| !abroad.contains(&identity(row)));
        rows
    }

    pub(super) fn customers(&self) -> Vec<Value> {
        let mut rows = Self::rows(self.erpnext, "Customer");
        rows.retain(|row| row["disabled"] != 1);
        let abroad = self.abroad();
        rows.retain(|row| !abroad.contains(&identity(row)));
        rows
    }

    /// The identities of those who are billed in another currency.
    fn abroad(&self) -> BTreeSet<String> {
        let mut abroad = BTreeSet::new();
        for row in Self::rows(self.xero, "Invoices") {
            if row["CurrencyCode"] != "GBP" {
                abroad.insert(identity(&row["Contact"]));
            }
        }
        let customers = Self::rows(self.erpnext, "Customer");
        for row in &customers {
            let accounts = row["accounts"].as_array().is_some_and(|it| !it.is_empty());
            let currency = row["default_currency"].as_str().unwrap_or("GBP");
            if accounts || currency != "GBP" {
                abroad.insert(identity(row));
            }
        }
        for row in Self::rows(self.erpnext, "Sales Invoice") {
            if row["currency"] != "GBP" {
                let of = customers.iter().find(|it| it["name"] == row["customer"]);
                abroad.extend(of.map(identity));
            }
        }
        abroad
    }

    pub(super) fn invoices(&self, status: &str) -> Vec<Value> {
        let mut rows = Self::rows(self.xero, "Invoices");
        rows.retain(|row| row["Status"] == status && row["Type"] == "ACCREC");
        rows
    }

    pub(super) fn sales_invoices(&self, docstatus: i64) -> Vec<Value> {
        let mut rows = Self::rows(self.erpnext, "Sales Invoice");
        rows.retain(|row| row["docstatus"] == docstatus && row["is_return"] != 1);
        rows
    }
}
